"""Stripe as a gateway: a charge is a payment intent there, found again by `metadata.charge_ref`.

Source: https://docs.stripe.com/api
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import orjson
import stripe

from payments.gateways.base import (
    Access,
    Authorization,
    Declined,
    Entry,
    Gateway,
    MethodReference,
    Notice,
    Outcome,
    Refused,
    Result,
    SavedMethod,
)
from payments.gateways.stripe import answers, notices
from payments.gateways.stripe.client import client_of, is_missing, plain, translated
from payments.money import Money

_EXPAND = ["latest_charge.balance_transaction"]
_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}
_SLACK = timedelta(minutes=5)  # between its clock and ours
_PAGE = 100


class StripeGateway(Gateway):
    """An account at Stripe, or at what speaks its language."""

    kind: ClassVar[str] = "stripe"
    credential_names: ClassVar[tuple[str, ...]] = (
        "secret_key", "publishable_key", "webhook_secret", "api_base",
    )  # fmt: skip
    credentials_needed: ClassVar[int] = 1

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client: stripe.StripeClient | None = None

    @property
    def v1(self) -> Any:
        """The client's services; parameters are checked by Stripe, not by types."""
        if self._client is None:
            self._client = client_of(self.access)
        return self._client.v1

    def check(self) -> str:
        key = self.access.credentials["secret_key"]
        if ("_live_" in key) != self.access.livemode:
            mode = "live" if self.access.livemode else "test"
            raise Refused(f"This is no key of {mode} mode.", code="api_key_wrong_mode")
        with translated():
            try:
                account = plain(self.v1.accounts.retrieve_current())
            except (stripe.PermissionError, stripe.InvalidRequestError, stripe.APIError):
                self.v1.balance.retrieve()  # a restricted key may be kept from the account
                return f"Stripe, key …{key[-4:]}"
        name = (account.get("settings") or {}).get("dashboard", {}).get("display_name")
        return f"{name or 'Stripe'} ({account['id']})"

    # -- methods -------------------------------------------------------------------------------------------------------

    def save(
        self, token_reference: str, *, reference: str, customer: Mapping[str, str]
    ) -> SavedMethod:
        methods = self.v1.payment_methods
        with translated():
            if token_reference.startswith("tok_"):
                wanted = {"type": "card", "card": {"token": token_reference}}
                token_reference = methods.create(wanted, _once(f"{reference}/token")).id
            if not customer:
                method = plain(methods.retrieve(token_reference))
                return SavedMethod(method["id"], details=answers.columns(method))
            owner = customer.get("reference") or self._customer(customer)
            attached = methods.attach(token_reference, {"customer": owner}, _once(reference))
        method = plain(attached)
        return SavedMethod(method["id"], owner, answers.columns(method))

    def forget(self, method: MethodReference) -> None:
        try:
            with translated():
                self.v1.payment_methods.detach(method.reference)
        except Refused as error:
            if not is_missing(error) and "not attached" not in error.message:
                raise

    def verify(
        self, method: MethodReference, *, amounts: list[int], descriptor_code: str = ""
    ) -> Outcome:
        said: dict[str, Any] = (
            {"descriptor_code": descriptor_code} if descriptor_code else {"amounts": amounts}
        )
        try:
            with translated():
                wanted = {"payment_method": method.reference, "limit": 1}
                setup = next(iter(self.v1.setup_intents.list(wanted).data), None)
                intent = plain(setup and self.v1.setup_intents.verify_microdeposits(setup.id, said))
        except Refused as error:
            if not error.code.startswith("payment_method_microdeposit"):
                raise
            return Outcome(Result.DECLINED, code=error.code, message=error.message)
        if not intent:
            raise Refused("There is nothing to verify.", code="resource_missing")
        return answers.of_intent(intent)

    def authenticate(
        self, method: MethodReference, *, reference: str, return_url: str, off_session: bool
    ) -> Outcome:
        wanted = {
            "payment_method": method.reference,
            "payment_method_types": [method.kind],
            "usage": "off_session",
            "confirm": True,
            "metadata": {"charge_ref": reference},
            **_present(customer=method.customer_reference, return_url=return_url),
        }
        return self._intended(self.v1.setup_intents, wanted, reference)

    # -- money ---------------------------------------------------------------------------------------------------------

    def authorize(self, request: Authorization) -> Outcome:
        wanted = {
            "amount": request.money.amount,
            "currency": request.money.currency,
            "payment_method": request.method.reference,
            "payment_method_types": [request.method.kind],
            "capture_method": "automatic" if request.takes_now else "manual",
            "confirm": True,
            "metadata": {**request.metadata, "charge_ref": request.reference},
            **_with_code(request.security_code),
            "expand": _EXPAND,
            **_present(
                customer=request.method.customer_reference,
                off_session=request.off_session,
                setup_future_usage="off_session"
                if request.sets_up and not request.off_session
                else "",
                return_url=request.return_url,
                description=request.description,
                statement_descriptor_suffix=request.statement_descriptor,
            ),
        }
        return self._intended(self.v1.payment_intents, wanted, request.reference)

    def capture(self, gateway_reference: str, money: Money, *, reference: str) -> Outcome:
        wanted = {"amount_to_capture": money.amount, "expand": _EXPAND}
        with translated():
            capture = self.v1.payment_intents.capture
            return answers.of_intent(plain(capture(gateway_reference, wanted, _once(reference))))

    def void(self, gateway_reference: str, *, reference: str) -> Outcome:
        with translated():
            canceled = self.v1.payment_intents.cancel(gateway_reference, {}, _once(reference))
        return Outcome(Result.DONE, reference=plain(canceled)["id"])

    def refund(
        self, gateway_reference: str, money: Money, *, reference: str, reason: str = ""
    ) -> Outcome:
        wanted = {
            "payment_intent": gateway_reference,
            "amount": money.amount,
            "metadata": {"charge_ref": reference},
            **_present(reason=reason if reason in _REASONS else ""),
        }
        with translated():
            return answers.of_refund(plain(self.v1.refunds.create(wanted, _once(reference))))

    def contest(self, dispute_reference: str, evidence: Mapping[str, str], *, submit: bool) -> str:
        wanted = {"evidence": dict(evidence), "submit": submit}
        with translated():
            dispute = plain(self.v1.disputes.update(dispute_reference, wanted))
        return answers.DISPUTES.get(dispute["status"], "under_review")

    def concede(self, dispute_reference: str) -> None:
        with translated():
            self.v1.disputes.close(dispute_reference)

    # -- what became of it ---------------------------------------------------------------------------------------------

    def look_up(self, reference: str, *, kind: str, since: datetime) -> Outcome | None:
        if kind == "refund":
            refund = self._found(self.v1.refunds, reference, since)
            return answers.of_refund(refund) if refund else None
        if kind == "authenticate":
            setup = self._found(self.v1.setup_intents, reference, since)
            return answers.of_intent(setup) if setup else None
        # A capture or release is found at its charge, which is older than it by a week or so at most.
        first = since if kind == "authorize" else since - timedelta(days=31)
        intent = self._found(self.v1.payment_intents, reference.partition("/")[0], first)
        if intent is None:
            return None
        with translated():
            retrieve = self.v1.payment_intents.retrieve
            intent = plain(retrieve(intent["id"], {"expand": _EXPAND}))
        return _of_later_act(intent, kind) if kind != "authorize" else answers.of_intent(intent)

    def entries(self, since: datetime) -> Iterator[Entry]:
        with translated():
            for intent in _newer(self.v1.payment_intents, since):
                yield _entry("charge", intent, intent["id"])
            for refund in _newer(self.v1.refunds, since):
                yield _entry("refund", refund, refund["id"])

    def parse_notification(
        self, body: bytes, headers: Mapping[str, str], *, at: datetime
    ) -> Notice:
        secret = self.access.credentials.get("webhook_secret", "")
        notices.verify(body, headers.get("Stripe-Signature", ""), secret, at=at)
        return Notice(str(orjson.loads(body)["id"]))

    def read_notification(self, body: bytes) -> Notice:
        event = orjson.loads(body)
        if not notices.is_of_dispute(event):
            return notices.of_event(event)
        with translated():
            dispute = plain(
                self.v1.disputes.retrieve(
                    event["data"]["object"]["id"],
                    {"expand": ["payment_intent", "balance_transactions"]},
                )
            )
        return notices.of_dispute(event, dispute)

    # -- private -------------------------------------------------------------------------------------------------------

    def _customer(self, customer: Mapping[str, str]) -> str:
        wanted = {
            **_present(email=customer.get("email", ""), name=customer.get("name", "")),
            "metadata": {"customer_ref": customer["id"]},
        }
        made = self.v1.customers.create(wanted, _once(f"{self.access.account}/{customer['id']}"))
        return str(made.id)

    def _intended(self, service: Any, wanted: Mapping[str, Any], reference: str) -> Outcome:
        """Create an intent, and return what became of it."""
        try:
            with translated():
                return answers.of_intent(plain(service.create(wanted, _once(reference))))
        except Declined as error:
            return Outcome(
                Result.DECLINED,
                code=error.code,
                decline_code=error.decline_code,
                message=error.message,
            )

    def _found(self, service: Any, reference: str, since: datetime) -> dict[str, Any] | None:
        with translated():
            for thing in _newer(service, since):
                if (thing.get("metadata") or {}).get("charge_ref") == reference:
                    return thing
        return None


def _once(reference: str) -> dict[str, str]:
    return {"idempotency_key": reference}


def _with_code(security_code: str) -> dict[str, Any]:
    """Return what lets a saved card be charged with the security code that the customer entered again."""
    return (
        {"payment_method_options": {"card": {"cvc_token": security_code}}} if security_code else {}
    )


def _present(**values: Any) -> dict[str, Any]:
    """Return what is worth sending."""
    return {name: value for name, value in values.items() if value}


def _newer(service: Any, since: datetime) -> Iterator[dict[str, Any]]:
    """Return a list's objects since an instant; Stripe lists the newest first."""
    first = (since - _SLACK).timestamp()
    listed: Iterable[Any] = service.list({"limit": _PAGE}).auto_paging_iter()
    for found in listed:
        thing = plain(found)
        if thing["created"] < first:
            return
        yield thing


def _of_later_act(intent: Mapping[str, Any], kind: str) -> Outcome | None:
    """Return what became of a capture or release, by the state of what it was asked for."""
    is_done = {"capture": "succeeded", "void": "canceled"}[kind]
    if intent["status"] == is_done:
        return answers.of_intent({**intent, "status": "succeeded"})
    if intent["status"] == "requires_capture":
        return None
    return Outcome(
        Result.DECLINED,
        reference=intent["id"],
        code="charge_not_capturable" if kind == "capture" else "charge_not_voidable",
        message=f"The payment is {intent['status']}.",
    )


def _entry(kind: str, thing: Mapping[str, Any], reference: str) -> Entry:
    outcome = answers.of_refund(thing) if kind == "refund" else answers.of_intent(thing)
    status = {Result.DONE: "succeeded", Result.DECLINED: "failed"}.get(outcome.result, "pending")
    if thing.get("status") == "requires_capture":
        status = "authorized"
    return Entry(
        (thing.get("metadata") or {}).get("charge_ref", ""),
        reference,
        kind,
        Money(thing["amount"], thing["currency"]),
        status,
        datetime.fromtimestamp(thing["created"], UTC),
    )
