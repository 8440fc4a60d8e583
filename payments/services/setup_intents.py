"""Setup intents: a method saved for later, with the customer's authentication or their bank's microdeposits.

A confirmation is written down, the gateway is asked outside of any transaction under `seti_…/<try>`, and the answer is
settled under the row's lock; whoever comes second finds it settled.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from customers.events.services import events
from customers.kit import ids, tenancy
from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState, NotFound
from customers.kit.registry import Hook
from customers.models import Customer
from customers.services import changes, customers, test_clocks
from payments.gateways.base import Outcome, Result
from payments.models import PaymentMethod, SetupIntent
from payments.services import (
    attachments,
    gateway_accounts,
    mandates,
    microdeposits,
    payment_methods,
    returns,
    vaulting,
)
from payments.services.attachments import Attachment

Status = SetupIntent.Status
TYPES = tuple(PaymentMethod.Kind.values)
_OPEN = {Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION, Status.REQUIRES_ACTION}
_ASKED = {Status.REQUIRES_CONFIRMATION, Status.REQUIRES_ACTION}

when_succeeded: Hook[Callable[[SetupIntent, datetime], object]] = Hook(
    "setup_intents.when_succeeded"
)
"""Called with a locked intent that has saved its method, in the transaction of that; its customer is locked, too."""


def get(pk: str, *, param: str = "intent") -> SetupIntent:
    """Return a setup intent.

    Raises:
        NotFound: the site has none with this id.
    """
    intent = _rows().filter(pk=pk).first()
    if intent is None:
        raise NotFound(f"No such setupintent: '{pk}'", param=param)
    return intent


def of_reference(reference: str) -> SetupIntent:
    """Return the intent that a gateway knows under a reference.

    Raises:
        NotFound: there is none.
    """
    return get(reference.partition("/")[0])


def create(
    *, details: Mapping[str, Any], request_key: str | None = None, at: datetime
) -> SetupIntent:
    """Make a setup intent, or return the one that the same request made before.

    Args:
        details: columns by name; `customer` and `payment_method` are objects.

    Raises:
        InvalidRequest: the method is not the customer's.
    """
    pk = vaulting.new_id(SetupIntent.PREFIX, request_key)
    existing = _rows().filter(pk=pk).first() if request_key else None
    if existing is not None:
        return existing
    scope = tenancy.current()
    method = details.get("payment_method")
    intent = SetupIntent(
        id=pk,
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        status=Status.REQUIRES_CONFIRMATION if method else Status.REQUIRES_PAYMENT_METHOD,
        client_secret=f"{pk}_secret_{ids.random_key()}",
        **{"payment_method_types": list(TYPES), **details},
    )
    _check_method(intent)
    with transaction.atomic():
        intent.save(force_insert=True)
        events.publish("setup_intent.created", intent, at=at)
    return intent


def update(intent: SetupIntent, *, details: Mapping[str, Any], at: datetime) -> SetupIntent:
    """Change a setup intent that is not yet through.

    Args:
        details: columns by name; `metadata` is merged.

    Raises:
        InvalidState: it succeeded or was canceled.
        InvalidRequest: the method is not the customer's.
    """
    with transaction.atomic():
        row = _locked(intent)
        is_told_only = details.keys() <= {"metadata", "description"}
        if row.status not in _OPEN and not is_told_only:
            raise _unexpected(row, "updated")
        for name, value in details.items():
            if name == "metadata":
                row.metadata = customers.merged_metadata(row.metadata, value)
            else:
                setattr(row, name, value)
        _check_method(row)
        if details.get("payment_method"):
            row.last_error, row.next_action = None, None
            _move(row, Status.REQUIRES_CONFIRMATION, at=at)
        else:
            row.save()
    return row


def confirm(
    intent: SetupIntent,
    *,
    details: Mapping[str, Any],
    acceptance: Mapping[str, Any] | None = None,
    request_key: str | None = None,
    at: datetime,
) -> SetupIntent:
    """Save the intent's method: ask the gateway, and settle what it answers. No transaction may be open.

    Args:
        details: columns to change first; `payment_method` is an object.
        acceptance: how the customer permitted debits, for a mandate.
        request_key: the digest of the request's idempotency key: the same request finds what came of it.

    Raises:
        InvalidState: it succeeded or was canceled.
        InvalidRequest: it has no method, or the method is not the customer's, or a mandate is needed.
        CardDeclined: the issuer refuses; the intent then waits for another method.
        GatewayUnavailable: the gateway does not answer; the intent can be confirmed again.
    """
    if request_key and intent.request_key == request_key and _is_settled(intent):
        if intent.last_error:
            raise declined_error(intent)
        return intent
    row = _begin(intent, {**details, "request_key": request_key or ""}, acceptance, at=at)
    method = row.payment_method
    assert method is not None  # noqa: S101 -- `_begin` made sure
    if method.verification == PaymentMethod.Verification.VERIFIED:
        return _conclude(row, row.tries, Outcome(Result.DONE), at=at)
    outcome = _authenticated(row, method)
    return _conclude(row, row.tries, outcome, at=at)


def resume(intent: SetupIntent, *, at: datetime) -> SetupIntent:
    """Look at what became of an authentication that the customer went away for, and settle it.

    Raises:
        GatewayUnavailable: the gateway does not answer.
    """
    method = intent.payment_method
    if intent.status not in _ASKED or method is None or not intent.tries:
        return intent
    gateway = gateway_accounts.gateway_of(method.gateway_account)
    with vaulting.answering():
        outcome = gateway.look_up(_reference(intent), kind="authenticate", since=intent.created_at)
    if outcome is None or outcome.result in {Result.ACTION_REQUIRED, Result.WAITING}:
        return intent
    try:
        return _conclude(
            intent, intent.tries, outcome, at=test_clocks.now_for_id(intent.customer_id, at)
        )
    except CardDeclined:
        return get(intent.pk)  # the customer is told where they come back to


def verify_microdeposits(
    intent: SetupIntent, *, amounts: list[int], descriptor_code: str, at: datetime
) -> SetupIntent:
    """Finish an intent by what the customer saw on their bank statement.

    Raises:
        InvalidState: it does not wait for that.
        InvalidRequest: the amounts or the code are wrong.
        GatewayUnavailable: the gateway does not answer.
    """
    method = intent.payment_method
    waits = (intent.next_action or {}).get("type") == "verify_with_microdeposits"
    if intent.status != Status.REQUIRES_ACTION or not waits or method is None:
        raise _unexpected(intent, "verified")
    payment_methods.verify_microdeposits(
        method, amounts=amounts, descriptor_code=descriptor_code, at=at
    )
    return _conclude(intent, intent.tries, Outcome(Result.DONE), at=at)


def cancel(intent: SetupIntent, *, reason: str = "", at: datetime) -> SetupIntent:
    """Give a setup intent up.

    Raises:
        InvalidState: it succeeded or was canceled before.
    """
    with transaction.atomic():
        row = _locked(intent)
        if row.status not in _OPEN:
            raise _unexpected(row, "canceled")
        row.cancellation_reason, row.next_action = reason, None
        _move(row, Status.CANCELED, at=at)
    return row


# -- one confirmation -------------------------------------------------------------------------------------------------


def _begin(
    intent: SetupIntent,
    details: Mapping[str, Any],
    acceptance: Mapping[str, Any] | None,
    *,
    at: datetime,
) -> SetupIntent:
    """Write down that the gateway is about to be asked."""
    with transaction.atomic(durable=True):
        row = _locked(intent)
        if row.status not in _OPEN:
            raise _unexpected(row, "confirmed")
        for name, value in details.items():
            setattr(row, name, value)
        method = row.payment_method
        if method is None:
            raise InvalidRequest(
                "You cannot confirm this SetupIntent because it's missing a payment method. Update it with a payment "
                "method and then confirm it again.",
                param="payment_method",
                code="parameter_missing",
            )
        _check_method(row)
        is_verified = method.verification in ("", PaymentMethod.Verification.VERIFIED)
        mandate = mandates.give(method, acceptance, is_pending=not is_verified, at=at)
        row.mandate_id = mandate.pk if mandate else ""
        row.tries += 1
        row.last_error, row.next_action = None, None
        _move(row, Status.REQUIRES_CONFIRMATION, at=at)
    return row


def _authenticated(intent: SetupIntent, method: PaymentMethod) -> Outcome:
    gateway = gateway_accounts.gateway_of(method.gateway_account)
    reference = _reference(intent)
    back = returns.url_for(reference) if intent.return_url else ""
    with vaulting.answering():
        return gateway.authenticate(
            payment_methods.reference(method),
            reference=reference, return_url=back, off_session=False,
        )  # fmt: skip


def _conclude(intent: SetupIntent, try_: int, outcome: Outcome, *, at: datetime) -> SetupIntent:
    """Attach the method where the outcome allows it, and settle; raise where it is a refusal."""
    attachment = None
    if outcome.result == Result.DONE and intent.customer is not None:
        try:
            attachment = _prepared(intent, intent.customer)
        except CardDeclined as error:
            outcome = _refusal(error)
    row = _settle(intent, try_, outcome, attachment, at=at)
    if outcome.result == Result.DECLINED and row.last_error:
        raise declined_error(row)
    return row


def _prepared(intent: SetupIntent, customer: Customer) -> Attachment:
    method = intent.payment_method
    assert method is not None  # noqa: S101 -- it was confirmed with one
    return payment_methods.prepared(method, payment_methods.customer_of(customer))


def _refusal(error: CardDeclined) -> Outcome:
    return Outcome(
        Result.DECLINED,
        code=error.code, decline_code=error.extra.get("decline_code", ""), message=error.message,
    )  # fmt: skip


def _settle(
    intent: SetupIntent, try_: int, outcome: Outcome, attachment: Attachment | None, *, at: datetime
) -> SetupIntent:
    """Write a try's outcome down, once."""
    with transaction.atomic():
        if attachment is not None and intent.customer is not None:
            changes.locked(intent.customer.pk)  # the customer before the intent, as everywhere
        row = _locked(intent)
        if row.status not in _ASKED or row.tries != try_:
            return row
        if attachment is not None and row.customer is not None:
            row.payment_method = attachments.attach(attachment, row.customer, at=at)
        _SETTLERS[outcome.result](row, outcome, at)
    return row


def _succeed(row: SetupIntent, outcome: Outcome, at: datetime) -> None:
    row.next_action = row.last_error = None
    if row.payment_method is not None:
        mandates.activate(row.payment_method, at=at)
    _move(row, Status.SUCCEEDED, at=at)
    for follow in when_succeeded:
        follow(row, at)


def _fail(row: SetupIntent, outcome: Outcome, at: datetime) -> None:
    row.last_error = {
        "code": outcome.code or "setup_intent_authentication_failure",
        "decline_code": outcome.decline_code,
        "message": outcome.message or "Your payment method was declined.",
        "type": "card_error",
        "payment_method": row.payment_method and events.spell(row.payment_method),
    }
    row.next_action, row.payment_method = None, None
    _move(row, Status.REQUIRES_PAYMENT_METHOD, at=at)


def _send_to_customer(row: SetupIntent, outcome: Outcome, at: datetime) -> None:
    row.next_action = {"type": "redirect_to_url", "url": outcome.action_url}
    _move(row, Status.REQUIRES_ACTION, at=at)


def _wait_for_bank(row: SetupIntent, outcome: Outcome, at: datetime) -> None:
    assert row.payment_method is not None  # noqa: S101 -- it was confirmed with one
    told = microdeposits.on_their_way(row.payment_method, outcome, at=at)
    url = told.pop("hosted_verification_url")
    row.next_action = {"type": "verify_with_microdeposits", "url": url, **told}
    _move(row, Status.REQUIRES_ACTION, at=at)


_SETTLERS = {
    Result.DONE: _succeed,
    Result.DECLINED: _fail,
    Result.ACTION_REQUIRED: _send_to_customer,
    Result.WAITING: _wait_for_bank,
}


def declined_error(intent: SetupIntent) -> CardDeclined:
    """Return the error that tells of an intent's last failure, with the intent in it, as Stripe does."""
    error = intent.last_error or {}
    extra: dict[str, Any] = {"setup_intent": events.spell(intent)}
    if error.get("decline_code"):
        extra = {"decline_code": error["decline_code"], **extra}
    if error.get("payment_method"):
        extra["payment_method"] = error["payment_method"]
    return CardDeclined(error["message"], code=error["code"], extra=extra)


# -- small things -----------------------------------------------------------------------------------------------------


def _rows() -> models.QuerySet[SetupIntent]:
    return SetupIntent.objects.select_related(
        "customer", "payment_method__gateway_account", "payment_method__customer"
    )


def _locked(intent: SetupIntent) -> SetupIntent:
    rows = _rows().select_for_update(no_key=True, of=("self",))
    return rows.get(pk=intent.pk)


def _move(row: SetupIntent, target: str, *, at: datetime) -> None:
    """Change the locked row's status by the table, save it, and publish what the table says."""
    event = SetupIntent.TRANSITIONS.event(row.status, target, noun="SetupIntent")
    row.status = target
    row.save()
    if event:
        events.publish(event, row, at=at)


def _is_settled(intent: SetupIntent) -> bool:
    """Tell whether the gateway has answered the last confirmation."""
    return intent.status != Status.REQUIRES_CONFIRMATION and intent.tries > 0


def _reference(intent: SetupIntent) -> str:
    return f"{intent.pk}/{intent.tries}"


def _check_method(intent: SetupIntent) -> None:
    """Refuse a method that the intent's customer cannot have."""
    method = intent.payment_method
    if method is None:
        return
    if method.detached_at is not None:
        raise attachments.unusable()
    if method.kind not in intent.payment_method_types:
        raise InvalidRequest(
            f"The PaymentMethod provided ({method.kind}) is not allowed for this SetupIntent.",
            param="payment_method",
        )
    if method.customer_id is not None and method.customer_id != intent.customer_id:
        raise InvalidRequest(
            "The payment method provided belongs to a customer, who must be the SetupIntent's.",
            param="payment_method",
        )


def _unexpected(intent: SetupIntent, verb: str) -> InvalidState:
    return InvalidState(
        f"This SetupIntent's status is {intent.status}, so it cannot be {verb}.",
        code="setup_intent_unexpected_state",
        extra={"setup_intent": events.spell(intent)},
    )
