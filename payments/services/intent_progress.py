"""How a payment intent follows its charge, in the transaction that settles the charge."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet

from customers.events.services import events
from customers.kit import together
from customers.kit.errors import Conflict, DomainError, GatewayUnavailable, RateLimited
from customers.kit.registry import Hook
from customers.kit.statements import NewRow
from customers.kit.tenancy import every_site, scoped_to
from customers.services import test_clocks
from payments.models import Charge, PaymentIntent
from payments.services import drills, operations, payment_methods

Status = PaymentIntent.Status
_KEPT_IN = {Status.SUCCEEDED, Status.REQUIRES_CAPTURE, Status.PROCESSING}
_PASSING = (GatewayUnavailable, Conflict, RateLimited)
_LONGEST_PAUSE = timedelta(days=1)
_DOC_URL = "https://docs.stripe.com/error-codes"

Moved = Callable[[PaymentIntent, str, Charge | None, datetime], object]
when_moved: Hook[Moved] = Hook("payment_intents.when_moved")
"""Called with a locked intent that has another status, the status before, the charge that moved it (None where there
is none) and the time, in the transaction of the move; what is paid by an intent follows it here."""

Foresee = Callable[[Sequence[PaymentIntent]], object]
when_many_move: Hook[Foresee] = Hook("payment_intents.when_many_move")
"""Called with locked intents that are about to move, in the transaction of the moves: whoever follows them locks and
reads here, with a few statements for all of them, what it would lock and read for each one."""


def moved(intent: PaymentIntent, before: str, charge: Charge | None, *, at: datetime) -> None:
    """Let others follow a locked intent, if it has another status than before."""
    if intent.status != before:
        for follow in when_moved:
            follow(intent, before, charge, at)


def locked(charge: Charge) -> PaymentIntent | None:
    """Lock the intent of a charge for the open transaction; None where the charge has none."""
    return None if charge.payment_intent_id is None else lock(charge.payment_intent_id)


def lock(pk: str) -> PaymentIntent:
    """Lock an intent's row for the open transaction and return it."""
    known = together.recalled((PaymentIntent, pk))
    if known is not None:
        return cast("PaymentIntent", known)
    row = PaymentIntent.objects.select_for_update(no_key=True).get(pk=pk)
    together.remember((PaymentIntent, pk), row)
    return row


def lock_many(pks: Collection[str] | QuerySet[Any, Any]) -> list[PaymentIntent]:
    """Lock several intents in the order of their ids, so that two who do it wait for each other in one direction."""
    return together.locked_rows(PaymentIntent.objects.filter(pk__in=pks))


def foresee(intents: Sequence[PaymentIntent]) -> None:
    """Let those who follow intents read ahead what they will need."""
    for read in when_many_move:
        read(intents)


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
    until = test_clocks.real(at) + _lease(intent)
    intent.keep_method_at = until if _keeps(intent, charge) else None
    together.save(intent, *_FOLLOWED)
    return [events.prepare(event, intent, at=at)] if event else []


def keep_method(charge: Charge, *, at: datetime) -> None:
    """Attach a method that its customer agreed to be kept, once the payment went through; no transaction may be open.

    An issuer that refuses to have it kept does not undo the payment. A gateway that does not answer is asked again.
    """
    intent = charge.payment_intent
    if intent is None or intent.keep_method_at is None:
        return
    customer = intent.customer if _keeps(intent, charge) else None
    method = charge.payment_method
    if customer is not None and method is not None and not customer.is_deleted:
        try:
            now = test_clocks.now_for(customer, at)
            charge.payment_method = payment_methods.attach(method, customer, at=now)
        except _PASSING:
            return
        except DomainError:
            pass
    intent.keep_method_at = None
    intent.save(update_fields=["keep_method_at"])


def keep_due(*, at: datetime, limit: int = 100) -> int:
    """Attach the methods that nobody came back to attach, and return how many there were; no transaction may be open.

    A gateway that does not answer is left alone until the next run, and asked less and less often.
    """
    silent: set[str] = set()
    for count in range(limit):
        charge = _claimed(silent, at=at)
        if charge is None:
            return count
        with scoped_to(charge.site, livemode=charge.livemode):
            keep_method(charge, at=at)
        if charge.payment_intent is not None and charge.payment_intent.keep_method_at is not None:
            silent.add(charge.gateway_account_id)
    return limit


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


def _keeps(intent: PaymentIntent, charge: Charge) -> bool:
    """Tell whether the method of a payment is nobody's, and has become the customer's to keep."""
    if not intent.setup_future_usage or intent.customer_id is None or intent.status not in _KEPT_IN:
        return False
    method = charge.payment_method
    return method is not None and method.customer_id is None and method.detached_at is None


def _lease(intent: PaymentIntent) -> timedelta:
    """Return how long who settles a payment has time to attach its method."""
    return drills.scaled(operations.LONGEST_CALL, livemode=intent.livemode)


def _claimed(silent: set[str], *, at: datetime) -> Charge | None:
    """Take the payment whose method has been due the longest; its next turn is the lease, so a crash only delays it."""
    with every_site(), transaction.atomic():
        rows = PaymentIntent.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        due = rows.filter(keep_method_at__lte=at).order_by("keep_method_at", "id")
        intent = due.exclude(payment_method__gateway_account__in=silent).first()
        if intent is None:
            return None
        pause = min(max(at - intent.created_at, _lease(intent)), _LONGEST_PAUSE)
        intent.keep_method_at = at + pause
        intent.save(update_fields=["keep_method_at"])
        charges = Charge.objects.select_related("site", "payment_method__gateway_account")
        charge = charges.get(pk=intent.latest_charge_id)
    charge.payment_intent = intent
    return charge


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
    if charge.failure_code == Charge.SUPERSEDED:
        return Status.REQUIRES_CONFIRMATION
    if charge.failure_code == Charge.CANCELED:
        intent.canceled_at = at
        return Status.CANCELED
    intent.latest_charge_id, intent.last_error = charge.pk, error_of(charge)
    intent.payment_method = None
    return Status.REQUIRES_PAYMENT_METHOD


def _released(intent: PaymentIntent, charge: Charge, at: datetime) -> Status:
    if charge.failure_code == Charge.SUPERSEDED:
        intent.amount_capturable = 0
        return Status.REQUIRES_CONFIRMATION
    if charge.status == Charge.Status.EXPIRED:
        intent.cancellation_reason = "automatic"
    intent.amount_capturable, intent.canceled_at = 0, at
    return Status.CANCELED


def _forget_trouble(intent: PaymentIntent, charge: Charge) -> None:
    intent.next_action = intent.last_error = None
    intent.latest_charge_id, intent.payment_method = charge.pk, charge.payment_method


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
    "canceled_at", "cancellation_reason", "keep_method_at",
]  # fmt: skip
