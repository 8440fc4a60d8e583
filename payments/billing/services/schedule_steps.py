"""What is due of subscription schedules: phases that begin, and the end of the last one."""

from datetime import datetime
from typing import Any

from django.db import transaction

from payments.billing.models import Subscription, SubscriptionSchedule
from payments.billing.services import invoice_states, subscription_states
from payments.billing.services import schedule_phases as phases_of
from payments.billing.services import schedule_states as states
from payments.billing.services import subscription_changes as changes
from payments.billing.services import subscription_creation as creation
from payments.billing.services import subscription_endings as endings
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_wishes as wishes_of
from payments.services import due_work

Status = SubscriptionSchedule.Status
End = SubscriptionSchedule.End
KIND = "subscription_schedule.step"


def register() -> None:
    """Enter the kind of due work; before that of subscriptions, whose renewals follow the phase that begins."""
    due_work.register(
        due_work.Kind(
            name=KIND, model=SubscriptionSchedule, due_at="next_step_at", carry_out=carry_out
        )
    )


def carry_out(schedule: SubscriptionSchedule, at: datetime) -> None:
    """Begin the next phase, or end, if that is due."""
    with transaction.atomic(savepoint=False):
        invoice_states.lock_customer(schedule.customer_id)
        with states.tracked(schedule, at=at) as row:
            due = states.next_step(row)
            if due is None or due > at:
                return
            following = 0 if row.current_phase is None else row.current_phase + 1
            if following < len(row.phases):
                enter(row, following, at=at)
            else:
                _finish(row, at=at)


def carry_out_due_of(subscription: Subscription, at: datetime) -> None:
    """Begin what is due of a subscription's schedule before the subscription takes its own step."""
    if not subscription.schedule_id:
        return
    rows = SubscriptionSchedule.objects.filter(pk=subscription.schedule_id, next_step_at__lte=at)
    for schedule in rows:
        carry_out(schedule, at)


def enter(schedule: SubscriptionSchedule, place: int, *, at: datetime) -> None:
    """Let a locked schedule be in a phase: its subscription begins, or becomes what the phase wants."""
    phase = schedule.phases[place]
    before = {} if schedule.current_phase is None else schedule.phases[schedule.current_phase]
    schedule.current_phase = place
    customer = schedule.customer
    details: dict[str, Any] = phases_of.details(phase, schedule.default_settings, customer)
    if schedule.status == Status.NOT_STARTED:
        states.move(schedule, Status.ACTIVE)
    if schedule.subscription is None:
        schedule.subscription = _begun(schedule, phase, details, at=at)
        return
    apply(schedule.subscription, phase, details, before=before, at=at)


def apply(
    subscription: Subscription,
    phase: phases_of.Phase,
    details: dict[str, Any],
    *,
    before: phases_of.Phase,
    at: datetime,
) -> None:
    """Let a subscription become what a phase wants; what is billed at once stays a draft for an hour.

    Args:
        before: the phase that it was in, or the same one before it was changed.
    """
    wanted = phases_of.wishes(phase, list(wishes_of.items_of(subscription)), before=before)
    asked = {
        **details,
        "discounts": phases_of.own_discounts(phase, subscription, before=before),
        "payment_behavior": paying.DEFAULT_INCOMPLETE,
    }
    changes.changed(subscription, wishes=wanted, details=asked, at=at)


def _begun(
    schedule: SubscriptionSchedule,
    phase: phases_of.Phase,
    details: dict[str, Any],
    *,
    at: datetime,
) -> Subscription:
    asked = {
        **details, "currency": phase["currency"], "is_scheduled": True, "schedule_id": schedule.pk,
        "payment_behavior": paying.DEFAULT_INCOMPLETE,
    }  # fmt: skip
    asked.pop("anchor", None)
    customer = invoice_states.lock_customer(schedule.customer_id)
    wanted = phases_of.wishes(phase, [])
    subscription, _draft = creation.begun(customer, wishes=wanted, details=asked, at=at)
    return subscription


def _finish(schedule: SubscriptionSchedule, *, at: datetime) -> None:
    """Let go of the subscription behind the last phase, or end it."""
    subscription = schedule.subscription
    if schedule.end_behavior == End.RELEASE or subscription is None:
        released(schedule, at=at)
        return
    states.move(schedule, Status.COMPLETED)
    schedule.completed_at, schedule.current_phase = at, None
    invoice = None
    with subscription_states.tracked(subscription, at=at) as row:
        if row.status not in Subscription.ENDED:
            invoice = endings.end(row, invoice_now=True, has_schedule=False, at=at)
    endings.settle(row, invoice, at=at)


def released(schedule: SubscriptionSchedule, *, at: datetime) -> None:
    """Let a locked schedule's subscription go on without it."""
    states.move(schedule, Status.RELEASED)
    schedule.released_at, schedule.current_phase = at, None
    if schedule.subscription is None:
        return
    schedule.released_subscription_id = schedule.subscription.pk
    with subscription_states.tracked(schedule.subscription, at=at) as row:
        row.schedule_id = ""
    schedule.subscription = None
