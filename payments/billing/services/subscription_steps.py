"""What is due of a subscription at an instant, one step at a time: renewals, ends of trials and of pauses, ends.

A step is a transaction of its own, safe to be asked for twice: it locks, looks again, and moves `next_step_at` on. One
that was missed is made up for, and the ones behind it in their order.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import together
from customers.models import TestClock
from payments.billing import periods
from payments.billing.models import Invoice, Subscription
from payments.billing.services import batches, invoice_states, schedule_steps, telling
from payments.billing.services import subscription_calendar as calendar
from payments.billing.services import subscription_endings as endings
from payments.billing.services import subscription_invoices as billing
from payments.billing.services import subscription_lines as lines_of
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_resumption as resumption
from payments.billing.services import subscription_states as states
from payments.billing.services import subscription_wishes as wishes_of
from payments.services import due_work

Status = Subscription.Status
TrialEnd = Subscription.TrialEnd
KIND = "subscription.step"
_CLOCK_INTERVALS = 2


def register() -> None:
    """Enter the kind of due work."""
    due_work.register(
        due_work.Kind(
            name=KIND, model=Subscription, due_at="next_step_at", carry_out=carry_out,
            carry_out_many=carry_out_many, is_one_batch=True,
        )
    )  # fmt: skip


def carry_out(subscription: Subscription, at: datetime) -> None:
    """Take the first step that is due, if one is; a phase of its schedule that begins then begins before it."""
    with transaction.atomic(durable=True), together.opened():
        _take(subscription, at=at)


def carry_out_many(subscriptions: Sequence[Subscription], at: datetime) -> list[Subscription]:
    """Take the first step that is due of each as far as that goes from memory, and return the others."""

    def act(subscription: Subscription) -> None:
        batches.begin(subscription.customer_id)
        _take(together.recalled((Subscription, subscription.pk)) or subscription, at=at)

    return together.attempt_all(
        batches.by_customer(subscriptions),
        act,
        prepare=lambda: batches.read_for_drafts(subscriptions),
    )


def farthest(clock: TestClock) -> datetime | None:
    """Return how far a clock may be advanced at once: two intervals of its shortest subscription."""
    rows = Subscription.objects.filter(test_clock_id=clock.pk).exclude(
        status__in=Subscription.ENDED
    )
    latest = [
        periods.nth(clock.frozen_at, calendar.rhythm(row), _CLOCK_INTERVALS)
        for row in rows.only("interval", "interval_count")
    ]
    return min(latest, default=None)


def renew(subscription: Subscription, *, takes_pending: bool = True, at: datetime) -> Invoice:
    """Begin a locked subscription's next period and bill it; the caller saves the subscription.

    Args:
        takes_pending: whether what is pending is billed with it.
    """
    before = (subscription.period_start, subscription.period_end)
    start = subscription.period_end
    subscription.period_start = start
    subscription.period_end = calendar.end_of_period(subscription, start)
    items = wishes_of.living_items(subscription)
    lines = lines_of.of_period(subscription, items, start, subscription.period_end, at=at)
    return billing.draft(
        subscription, lines, reason=Invoice.Reason.SUBSCRIPTION_CYCLE, start=before[0], end=before[1],
        takes_pending=takes_pending, at=at,
    )  # fmt: skip


def _take(subscription: Subscription, *, at: datetime) -> None:
    schedule_steps.carry_out_due_of(subscription, at)
    customer = invoice_states.lock_customer(subscription.customer_id)
    row = states.locked(subscription.pk)
    row.customer = customer
    name = calendar.step_at(row, at)
    if name is None:
        row.next_step_at = calendar.next_step(row)
        together.save(row, "next_step_at")
    else:
        _STEPS[name](row, at=at)


def _renewal(subscription: Subscription, *, at: datetime) -> None:
    with states.tracked(subscription, at=at) as row:
        row.customer = subscription.customer
        if row.status == Status.TRIALING:
            if _lacks_method(row) and row.trial_end_behavior != TrialEnd.CREATE_INVOICE:
                _end_without_method(row, at=at)
                return
            states.move(row, Status.ACTIVE)
        invoice = renew(row, at=at)
    billing.settle_paused(row, invoice, at=at)


def _lacks_method(subscription: Subscription) -> bool:
    by_charge = subscription.collection_method == Subscription.Collection.CHARGE
    return by_charge and not paying.has_method(subscription)


def _end_without_method(subscription: Subscription, *, at: datetime) -> None:
    if subscription.trial_end_behavior == TrialEnd.CANCEL:
        endings.end(subscription, reason="", at=at)
    else:
        states.move(subscription, Status.PAUSED)


def _resume_collection(subscription: Subscription, *, at: datetime) -> None:
    with states.tracked(subscription, at=at) as row:
        row.pause_behavior, row.pause_resumes_at = "", None


def _cancel(subscription: Subscription, *, at: datetime) -> None:
    """End a subscription at its date, having billed what is pending."""
    with states.tracked(subscription, at=at) as row:
        row.customer = subscription.customer
        invoice = endings.end(row, invoice_now=True, at=at)
    endings.settle(row, invoice, at=at)


def _tell_trial_end(subscription: Subscription, *, at: datetime) -> None:
    subscription.trial_end_told_at = at
    states.keep(subscription)
    events.publish("customer.subscription.trial_will_end", subscription, at=at)
    telling.of_trial_end(subscription, at=at)


def _expire(subscription: Subscription, *, at: datetime) -> None:
    endings.void_first(subscription, at=at)  # which lets the subscription expire
    with states.tracked(subscription, at=at) as row:
        if row.status == Status.INCOMPLETE:
            endings.expire(row, at=at)


_STEPS: dict[str, Callable[..., Any]] = {
    "resume_collection": _resume_collection,
    "cancel": _cancel,
    "tell_trial_end": _tell_trial_end,
    "renew": _renewal,
    "expire": _expire,
    "give_up_resumption": resumption.give_up,
}
