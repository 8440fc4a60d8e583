"""What becomes of checkout sessions: completed once their payment, or what stands for it, is through; or expired.

A payment is settled in a transaction of its own, by a page, a job or a notification; that transaction marks the session
as due. Whoever comes first then finishes it: the page right away, or the worker. What a session brings about beside the
payment is made before it is complete, and finishing it again changes nothing.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from customers.kit.errors import DomainError, InvalidState
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoices, redemptions, subscriptions
from payments.models import Charge, PaymentIntent, SetupIntent
from payments.services import intent_progress, microdeposits, payment_intents, setup_intents
from payments.services.due_work import Kind
from payments.services.due_work import register as register_due_work
from portal.models import CheckoutMode, CheckoutSession, PaymentLink
from portal.services import checkout_customers, checkout_subscriptions
from portal.services import checkout_states as states
from portal.services.checkout_states import PaymentStatus, Status

LOOKS_AGAIN = timedelta(minutes=10)
"""After how long a session is looked at again whose time is over while its payment is under way."""

_Intent = PaymentIntent.Status
_SETTLED = {_Intent.SUCCEEDED, _Intent.REQUIRES_CAPTURE}
_FAILED = {_Intent.REQUIRES_PAYMENT_METHOD, _Intent.CANCELED}
_INCOMPLETE = Subscription.Status.INCOMPLETE


def register() -> None:
    """Enter the functions."""
    intent_progress.when_moved.register(follow)
    setup_intents.when_succeeded.register(on_saved)
    register_due_work(
        Kind(
            "checkout.step", CheckoutSession, "due_at", lambda row, at: carry_out(row, at=at),
            clock="customer__test_clock",
        )
    )  # fmt: skip


def follow(intent: PaymentIntent, before: str, charge: Charge | None, at: datetime) -> None:
    """Mark the session that a locked intent pays as due, in the transaction that moves the intent."""
    if not states.is_return(intent.return_url):
        return
    found = CheckoutSession.objects.filter(payment_intent=intent)
    if intent.status in _SETTLED:
        found.filter(status=Status.OPEN).update(due_at=at)
    for session in found.filter(status=Status.COMPLETE, payment_status=PaymentStatus.UNPAID):
        if intent.status == _Intent.SUCCEEDED:
            _settle_late(session, intent, is_paid=True, at=at)
        elif intent.status in _FAILED:
            _settle_late(session, intent, is_paid=False, at=at)


def on_saved(intent: SetupIntent, at: datetime) -> None:
    """Mark the session for which a locked setup intent has saved a method as due.

    It is complete where an account had to be verified first: what it has subscribed to gets its method now.
    """
    if states.is_return(intent.return_url):
        waits = Q(status=Status.OPEN) | Q(status=Status.COMPLETE, subscription__isnull=False)
        CheckoutSession.objects.filter(waits, setup_intent_id=intent.pk).update(due_at=at)


def carry_out(session: CheckoutSession, *, at: datetime) -> None:
    """Finish a session that is due, or let it expire."""
    row = states.get(session.pk)
    if row.status != Status.OPEN:
        if row.subscription is not None and row.subscription.status not in Subscription.ENDED:
            checkout_subscriptions.made(row, at=at)
        CheckoutSession.objects.filter(pk=row.pk).update(due_at=None)
        return
    row = finish(row, at=at)
    if row.status == Status.OPEN and row.expires_at <= at:
        row = give_up(row, at=at)
    if row.status == Status.OPEN:
        later = row.expires_at if row.expires_at > at else at + LOOKS_AGAIN
        CheckoutSession.objects.filter(pk=row.pk, status=Status.OPEN).update(due_at=later)


def finish(session: CheckoutSession, *, at: datetime) -> CheckoutSession:
    """Complete a session whose payment is through, and return it as it is; no transaction may be open.

    Raises:
        DomainError: what it is to bring about cannot be made; the worker tries again.
    """
    row = states.get(session.pk)
    if row.status != Status.OPEN or row.begun_at is None:
        return row
    outcome = _outcome(row)
    if outcome is None:
        return row
    subscription = checkout_subscriptions.made(row, at=at)
    with transaction.atomic(durable=True):
        row = states.locked(row)
        if row.status != Status.OPEN:
            return row
        row.subscription = row.subscription or subscription
        row.status, row.payment_status = Status.COMPLETE, outcome
        row.completed_at, row.due_at = at, None
        row.save()
        checkout_customers.note(row, at=at)
        if row.payment_link_id is not None:
            links = PaymentLink.objects.filter(pk=row.payment_link_id)
            links.update(completed_count=F("completed_count") + 1)
        states.publish("completed", row, at=at)
    return row


def give_up(session: CheckoutSession, *, at: datetime) -> CheckoutSession:
    """Let an open session expire, unless its payment is under way; no transaction may be open.

    Raises:
        GatewayUnavailable: the gateway does not say what became of a payment.
    """
    if session.begun_at is not None and not _called_off(session, at=at):
        return finish(session, at=at)
    with transaction.atomic(durable=True):
        row = states.locked(session)
        if row.status != Status.OPEN or row.begun_at != session.begun_at:
            return row
        row.status, row.due_at = Status.EXPIRED, None
        if row.are_discounts_redeemed:
            redemptions.give_back(*_redeemed(row))
            row.are_discounts_redeemed = False
        row.save()
        states.publish("expired", row, at=at)
    return row


# -- below the public ones --------------------------------------------------------------------------------------------


def _outcome(session: CheckoutSession) -> PaymentStatus | None:
    """Return what a session's payment is when it completes now; None where it cannot."""
    if session.payment_intent is not None:
        return _outcome_of_payment(session.payment_intent)
    if session.setup_intent_id:
        intent = setup_intents.get(session.setup_intent_id)
        is_saved = intent.status == SetupIntent.Status.SUCCEEDED
        return PaymentStatus.NOT_REQUIRED if is_saved or _awaits_deposits(intent) else None
    needs_method = checkout_subscriptions.needs_method(session)
    is_free = session.mode != CheckoutMode.SETUP and session.amount_due == 0 and not needs_method
    return PaymentStatus.NOT_REQUIRED if is_free else None


def _outcome_of_payment(intent: PaymentIntent) -> PaymentStatus | None:
    """Return what a payment lets its session be: debits, and what is only held, are paid later."""
    if intent.status == _Intent.SUCCEEDED:
        return PaymentStatus.PAID
    is_debit = intent.payment_method is not None and intent.payment_method.kind != "card"
    is_waiting = intent.status == _Intent.PROCESSING and is_debit
    is_held = intent.status == _Intent.REQUIRES_CAPTURE
    is_unverified = microdeposits.are_awaited(intent)
    return PaymentStatus.UNPAID if is_waiting or is_held or is_unverified else None


def _awaits_deposits(intent: SetupIntent) -> bool:
    """Tell whether an account is saved as soon as its customer tells what was paid into it, some days later."""
    is_waiting = intent.status == SetupIntent.Status.REQUIRES_ACTION
    return is_waiting and (intent.next_action or {}).get("type") == "verify_with_microdeposits"


def _settle_late(
    session: CheckoutSession, intent: PaymentIntent, *, is_paid: bool, at: datetime
) -> None:
    """Tell what became of a payment that a complete session was still waiting for."""
    row = states.locked(session)
    if is_paid:
        row.payment_status = PaymentStatus.PAID
        row.save(update_fields=["payment_status"])
    row.payment_intent = intent
    if intent.captures_manually:
        return
    states.publish("async_payment_succeeded" if is_paid else "async_payment_failed", row, at=at)


def _called_off(session: CheckoutSession, *, at: datetime) -> bool:
    """Call off what waits for the customer, and tell whether nothing of the session can be paid any more."""
    if session.payment_intent_id is not None:
        intent = payment_intents.resume(payment_intents.get(session.payment_intent_id), at=at)
        if _outcome_of_payment(intent) is not None or intent.status == _Intent.PROCESSING:
            return False
    if session.setup_intent_id:
        return _saving_called_off(session.setup_intent_id, at=at)
    try:
        _withdraw(session, at=at)
    except InvalidState:
        return False  # the customer was faster
    return True


def _withdraw(session: CheckoutSession, *, at: datetime) -> None:
    """Take back what was made to be paid: the subscription with its invoice, the invoice, or the payment."""
    if session.subscription is not None:
        if session.subscription.status == _INCOMPLETE:
            subscriptions.cancel(session.subscription, at=at)
    elif session.invoice is not None:
        if session.invoice.status == Invoice.Status.OPEN:
            invoices.void(session.invoice, at=at)
            invoices.call_off(invoices.get(session.invoice.pk), at=at)
    elif session.payment_intent_id is not None:
        intent = payment_intents.get(session.payment_intent_id)
        if intent.status != _Intent.CANCELED:
            payment_intents.cancel(intent, reason="abandoned", at=at)


def _saving_called_off(pk: str, *, at: datetime) -> bool:
    intent = setup_intents.resume(setup_intents.get(pk), at=at)
    if intent.status == SetupIntent.Status.SUCCEEDED:
        return False
    with suppress(DomainError):  # it was canceled before
        setup_intents.cancel(intent, reason="abandoned", at=at)
    return setup_intents.get(pk).status == SetupIntent.Status.CANCELED


def _redeemed(session: CheckoutSession) -> tuple[list[str], list[str]]:
    """Return the coupons and the promotion codes that a session has counted."""
    shown = session.discounts_shown
    codes = [each["promotion_code"] for each in shown if each["promotion_code"]]
    return [each["coupon"] for each in shown], codes
