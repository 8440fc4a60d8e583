"""How a payment intent follows its charge, in the transaction that settles the charge."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from customers.events.services import events
from customers.kit.errors import DomainError
from customers.kit.statements import NewRow
from payments.models import Charge, PaymentIntent
from payments.services import payment_methods

Status = PaymentIntent.Status
_KEPT_IN = {Status.SUCCEEDED, Status.REQUIRES_CAPTURE, Status.PROCESSING}
_DOC_URL = "https://docs.stripe.com/error-codes"


def locked(charge: Charge) -> PaymentIntent | None:
    """Lock the intent of a charge for the open transaction; None where the charge has none."""
    if charge.payment_intent_id is None:
        return None
    rows = PaymentIntent.objects.select_for_update(no_key=True)
    return rows.get(pk=charge.payment_intent_id)


def takes_back(intent: PaymentIntent) -> bool:
    """Tell whether a charge that was given up may still pay an intent: nothing else has begun to."""
    return intent.status == Status.REQUIRES_PAYMENT_METHOD


def charge_changed(intent: PaymentIntent, charge: Charge, *, at: datetime) -> list[NewRow]:
    """Bring a locked intent to where its charge is, save it, and return the event that tells of it, if there is one."""
    before = intent.status
    target = _FOLLOW[Charge.Status(charge.status)](intent, charge, at)
    event = ""
    if target != before:
        event = PaymentIntent.TRANSITIONS.event(before, target, noun="payment intent")
        intent.status = target
    elif target == Status.PROCESSING:
        event = "payment_intent.processing"
    intent.save(update_fields=_FOLLOWED)
    return [events.prepare(event, intent, at=at)] if event else []


def keep_method(charge: Charge, *, at: datetime) -> None:
    """Attach a method that its customer agreed to be kept, once the payment went through; no transaction may be open.

    An issuer that refuses to have it kept does not undo the payment.
    """
    intent = charge.payment_intent
    if intent is None or intent.customer is None:
        return
    if not intent.setup_future_usage or intent.status not in _KEPT_IN:
        return
    method = charge.payment_method
    if method is None or method.customer_id is not None or intent.customer.is_deleted:
        return
    try:
        charge.payment_method = payment_methods.attach(method, intent.customer, at=at)
    except DomainError:
        return


def error_of(charge: Charge) -> dict[str, Any]:
    """Return a failed charge as `/v1/` spells an intent's `last_payment_error`."""
    error: dict[str, Any] = {"charge": charge.pk, "code": charge.failure_code}
    if charge.decline_code:
        error["decline_code"] = charge.decline_code
    error["doc_url"] = f"{_DOC_URL}/{charge.failure_code.replace('_', '-')}"
    error["message"] = charge.failure_message
    if charge.payment_method is not None:
        error["payment_method"] = events.spell(charge.payment_method)
    return {**error, "type": "card_error"}


def _pending(intent: PaymentIntent, charge: Charge, at: datetime) -> Status:
    if not charge.action_url:
        intent.next_action, intent.latest_charge_id = None, charge.pk
        return Status.PROCESSING
    intent.latest_charge_id = (
        ""  # there is none, as Stripe sees it, before the customer has authenticated
    )
    intent.next_action = {
        "redirect_to_url": {"return_url": charge.return_url or None, "url": charge.action_url},
        "type": "redirect_to_url",
    }
    return Status.REQUIRES_ACTION


def _authorized(intent: PaymentIntent, charge: Charge, at: datetime) -> Status:
    _forget_trouble(intent, charge)
    intent.amount_capturable = charge.amount
    return Status.REQUIRES_CAPTURE


def _succeeded(intent: PaymentIntent, charge: Charge, at: datetime) -> Status:
    _forget_trouble(intent, charge)
    intent.amount_capturable, intent.amount_received = 0, charge.amount_captured
    return Status.SUCCEEDED


def _failed(intent: PaymentIntent, charge: Charge, at: datetime) -> Status:
    intent.next_action = None
    if charge.failure_code == "canceled":
        intent.canceled_at = at
        return Status.CANCELED
    intent.latest_charge_id, intent.last_error = charge.pk, error_of(charge)
    intent.payment_method = None
    return Status.REQUIRES_PAYMENT_METHOD


def _released(intent: PaymentIntent, charge: Charge, at: datetime) -> Status:
    if charge.status == Charge.Status.EXPIRED:
        intent.cancellation_reason = "automatic"
    intent.amount_capturable, intent.canceled_at = 0, at
    return Status.CANCELED


def _forget_trouble(intent: PaymentIntent, charge: Charge) -> None:
    intent.next_action = intent.last_error = None
    intent.latest_charge_id, intent.payment_method_id = charge.pk, charge.payment_method_id


_FOLLOW: dict[Charge.Status, Callable[[PaymentIntent, Charge, datetime], Status]] = {
    Charge.Status.PENDING: _pending,
    Charge.Status.AUTHORIZED: _authorized,
    Charge.Status.SUCCEEDED: _succeeded,
    Charge.Status.FAILED: _failed,
    Charge.Status.VOIDED: _released,
    Charge.Status.EXPIRED: _released,
}
_FOLLOWED = [
    "status", "amount_capturable", "amount_received", "next_action", "last_error", "latest_charge_id", "payment_method",
    "canceled_at", "cancellation_reason",
]  # fmt: skip
