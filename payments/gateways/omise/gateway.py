"""Omise as a gateway: its charges carry our reference in their metadata, by which they are found again.

That it knows an idempotency key again is not promised for every endpoint, so nothing relies on that: before an act is
repeated, the books are searched for its reference.

Source: https://docs.omise.co/api
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

import orjson

from payments.gateways.base import (
    Authorization,
    Entry,
    Gateway,
    MethodReference,
    Notice,
    Outcome,
    Refused,
    Result,
    SavedMethod,
)
from payments.gateways.omise import answers
from payments.gateways.omise.client import Client, api_of, vault_of
from payments.money import Money

_SLACK = timedelta(minutes=5)  # between its clock and ours
_TOLERANCE = timedelta(seconds=300)
_PAGE = 100
_TOKEN = "tokn_"  # noqa: S105 -- a prefix


class OmiseGateway(Gateway):
    """An account at Omise, or at what speaks its language."""

    kind: ClassVar[str] = "omise"
    credential_names: ClassVar[tuple[str, ...]] = (
        "secret_key", "public_key", "webhook_secret", "api_base", "vault_base",
    )  # fmt: skip
    credentials_needed: ClassVar[int] = 1

    @property
    def api(self) -> Client:
        return api_of(self.access)

    def check(self) -> str:
        is_test = "_test_" in self.access.credentials["secret_key"]
        if is_test == self.access.livemode:
            mode = "live" if self.access.livemode else "test"
            raise Refused(f"This is no key of {mode} mode.", code="api_key_wrong_mode")
        account = self.api.ask("get", "account")
        return f"{account.get('email') or 'Omise'} ({account['id']})"

    # -- methods -------------------------------------------------------------------------------------------------------

    def save(
        self, token_reference: str, *, reference: str, customer: Mapping[str, str]
    ) -> SavedMethod:
        is_token = token_reference.startswith(_TOKEN)
        if not customer:
            vault = vault_of(self.access) if is_token else None
            card = vault.ask("get", "tokens", token_reference)["card"] if vault else {}
            return SavedMethod(token_reference, details=answers.columns(card) if card else {})
        owner = customer.get("reference", "")
        if not is_token:
            card = self.api.ask("get", "customers", owner, "cards", token_reference)
            return SavedMethod(card["id"], owner, answers.columns(card))
        if owner:
            wanted = {"card": token_reference}
            self.api.ask("patch", "customers", owner, payload=wanted, reference=reference)
        else:
            told = {
                "card": token_reference,
                "email": customer.get("email", ""),
                "description": customer.get("name", ""),
                "metadata": {"customer_ref": customer["id"]},
            }
            owner = self.api.ask("post", "customers", payload=told, reference=reference)["id"]
        card = self._newest_card(owner)
        return SavedMethod(card["id"], owner, answers.columns(card))

    def forget(self, method: MethodReference) -> None:
        if not method.customer_reference:
            return  # a token is used up or expires by itself
        try:
            self.api.ask(
                "delete", "customers", method.customer_reference, "cards", method.reference
            )
        except Refused as error:
            if error.code != "resource_missing":
                raise

    def verify(
        self, method: MethodReference, *, amounts: list[int], descriptor_code: str = ""
    ) -> Outcome:
        raise Refused("Omise has no bank accounts to verify.", code="payment_method_not_available")

    def authenticate(
        self, method: MethodReference, *, reference: str, return_url: str, off_session: bool
    ) -> Outcome:
        """Omise checks a card when it is saved; its customer authenticates when they pay."""
        return Outcome(Result.DONE, reference=method.reference)

    # -- money ---------------------------------------------------------------------------------------------------------

    def authorize(self, request: Authorization) -> Outcome:
        method = request.method
        wanted: dict[str, Any] = {
            "amount": request.money.amount,
            "currency": request.money.currency,
            "card": method.reference,
            "capture": request.takes_now,
            "metadata": {**request.metadata, "charge_ref": request.reference},
        }
        if method.customer_reference:
            wanted["customer"] = method.customer_reference
        if request.description:
            wanted["description"] = request.description
        if request.return_url:
            wanted["return_uri"] = request.return_url
        if request.off_session:
            wanted["recurring_reason"] = "unscheduled"
        charge = self.api.ask("post", "charges", payload=wanted, reference=request.reference)
        return answers.of_charge(charge)

    def capture(self, gateway_reference: str, money: Money, *, reference: str) -> Outcome:
        held = self.api.ask("get", "charges", gateway_reference)
        partly = {"capture_amount": money.amount} if money.amount < held["amount"] else {}
        path = ("charges", gateway_reference, "capture")
        return answers.of_charge(self.api.ask("post", *path, payload=partly, reference=reference))

    def void(self, gateway_reference: str, *, reference: str) -> Outcome:
        held = self.api.ask("get", "charges", gateway_reference)
        verb = "reverse" if held.get("authorized") else "expire"  # one that waits for its customer
        path = ("charges", gateway_reference, verb)
        charge = self.api.ask("post", *path, payload={}, reference=reference)
        return Outcome(Result.DONE, reference=charge["id"])

    def refund(
        self, gateway_reference: str, money: Money, *, reference: str, reason: str = ""
    ) -> Outcome:
        wanted = {
            "amount": money.amount,
            "metadata": {"charge_ref": reference, **({"reason": reason} if reason else {})},
        }
        path = ("charges", gateway_reference, "refunds")
        return answers.of_refund(self.api.ask("post", *path, payload=wanted, reference=reference))

    def contest(self, dispute_reference: str, evidence: Mapping[str, str], *, submit: bool) -> str:
        message = "\n\n".join(text for text in evidence.values() if text)
        dispute = self.api.ask("patch", "disputes", dispute_reference, payload={"message": message})
        if submit and dispute["status"] == "open":
            return "under_review"  # Omise hands it to the bank with the message
        return answers.DISPUTES.get(dispute["status"], "under_review")

    def concede(self, dispute_reference: str) -> None:
        self.api.ask("patch", "disputes", dispute_reference, "accept", payload={})

    # -- what became of it ---------------------------------------------------------------------------------------------

    def look_up(self, reference: str, *, kind: str, since: datetime) -> Outcome | None:
        if kind == "authenticate":
            return None
        if kind == "refund":
            refund = self._found("refunds", reference, since)
            return answers.of_refund(refund) if refund else None
        # A capture or release is found at its charge, which is older than it by a month at most.
        first = since if kind == "authorize" else since - timedelta(days=31)
        charge = self._found("charges", reference.partition("/")[0], first)
        if charge is None or kind == "authorize":
            return answers.of_charge(charge) if charge else None
        return _of_later_act(charge, kind)

    def entries(self, since: datetime) -> Iterator[Entry]:
        for kind in ("charge", "refund"):
            for thing in self._newer(f"{kind}s", since):
                yield answers.of_line(kind, thing)

    def parse_notification(
        self, body: bytes, headers: Mapping[str, str], *, at: datetime
    ) -> Notice:
        try:
            event_id = str(orjson.loads(body)["id"])
        except (ValueError, KeyError, TypeError):
            raise Refused("This is no event.", code="signature_invalid") from None
        secret = self.access.credentials.get("webhook_secret", "")
        if secret:
            _verify(body, headers, secret, at=at)
            return Notice(event_id)
        # Older webhooks are not signed: whether it is Omise's, Omise has to say.
        return Notice(str(self.api.ask("get", "events", event_id)["id"]))

    def read_notification(self, body: bytes) -> Notice:
        event = orjson.loads(body)
        thing = event.get("data") or {}
        kind = thing.get("object", "")
        if kind == "dispute":
            return self._dispute(event["id"], thing["id"])
        about = "operation" if kind in {"charge", "refund"} else ""
        return Notice(event["id"], about, str(thing.get("id") or ""), answers.reference_of(thing))

    # -- private -------------------------------------------------------------------------------------------------------

    def _newest_card(self, owner: str) -> dict[str, Any]:
        """Return the card that a customer got last; of many, the customer's own object may leave it out."""
        newest = {"order": "reverse_chronological", "limit": 1}
        (card,) = self.api.ask("get", "customers", owner, "cards", query=newest)["data"]
        return dict(card)

    def _dispute(self, event_id: str, dispute_id: str) -> Notice:
        dispute = self.api.ask("get", "disputes", dispute_id)
        charge = self.api.ask("get", "charges", dispute["charge"])
        details = {
            "amount": dispute["amount"],
            "currency": str(dispute["currency"]).lower(),
            "reason": answers.REASONS.get(dispute.get("reason_code") or "", "general"),
            "status": answers.DISPUTES.get(dispute["status"], "needs_response"),
            "evidence_due_at": dispute.get("closed_at"),
        }
        return Notice(event_id, "dispute", dispute["id"], answers.reference_of(charge), details)

    def _found(self, name: str, reference: str, since: datetime) -> dict[str, Any] | None:
        for thing in self._newer(name, since):
            if answers.reference_of(thing) == reference:
                return thing
        return None

    def _newer(self, name: str, since: datetime) -> Iterator[dict[str, Any]]:
        """Return a list's objects since an instant, the newest first."""
        first = (since - _SLACK).isoformat(timespec="seconds")
        offset = 0
        while True:
            query = {
                "from": first,
                "order": "reverse_chronological",
                "limit": _PAGE,
                "offset": offset,
            }
            page = self.api.ask("get", name, query=query)["data"]
            yield from page
            offset += len(page)
            if len(page) < _PAGE:
                return


def _of_later_act(charge: Mapping[str, Any], kind: str) -> Outcome | None:
    """Return what became of a capture or release, by the state of what it was asked for."""
    status = charge["status"]
    if status in {"capture": {"successful"}, "void": {"reversed", "expired"}}[kind]:
        return Outcome(Result.DONE, reference=charge["id"], fee=int(charge.get("fee") or 0))
    if status == "pending":
        return None
    return Outcome(
        Result.DECLINED,
        reference=charge["id"],
        code="charge_not_capturable" if kind == "capture" else "charge_not_voidable",
        message=f"The charge is {status}.",
    )


def _verify(body: bytes, headers: Mapping[str, str], secret: str, *, at: datetime) -> None:
    """Make sure that a webhook is Omise's, and of now.

    Source: https://docs.omise.co/api-webhooks
    """
    stamp = headers.get("Omise-Signature-Timestamp", "")
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        raise Refused("The webhook secret is none of Omise's.", code="signature_invalid") from None
    signed = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    given = headers.get("Omise-Signature", "").split(",")
    if not any(hmac.compare_digest(signed.encode(), value.strip().encode()) for value in given):
        raise Refused("The signature is not Omise's.", code="signature_invalid")
    is_number = stamp.isascii() and stamp.isdigit()
    if not is_number or abs(at.timestamp() - int(stamp)) > _TOLERANCE.total_seconds():
        raise Refused("The webhook is too old.", code="signature_invalid")
