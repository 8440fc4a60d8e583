"""What a subscription's next invoice would be, as it is or with changes: made as if in earnest, and taken back.

What is previewed runs through the same functions as what is billed. All of it is written in the caller's transaction,
which the caller rolls back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import NotFound
from customers.models import Customer
from customers.services import changes as customer_changes
from customers.services import test_clocks
from payments.billing.models import Invoice, Subscription, SubscriptionSchedule
from payments.billing.services import (
    invoice_states,
    invoices,
    schedule_states,
    schedule_steps,
    subscription_schedules,
)
from payments.billing.services import schedule_phases as phases_of
from payments.billing.services import subscription_changes as changes
from payments.billing.services import subscription_creation as creation
from payments.billing.services import subscription_endings as endings
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_states as states
from payments.billing.services import subscription_steps as steps
from payments.billing.services.subscription_wishes import ItemWish

NEXT, RECURRING = "next", "recurring"
MODES = (NEXT, RECURRING)
Status = Subscription.Status


def of_change(
    subscription: Subscription,
    *,
    wishes: Sequence[ItemWish] = (),
    details: Mapping[str, Any],
    mode: str = NEXT,
    at: datetime,
) -> Invoice:
    """Return the draft of the invoice that comes next if a subscription is changed like this.

    Args:
        details: as `subscriptions.update` takes them, and `cancels_now`.
        mode: `recurring` leaves out what is billed only once.

    Raises:
        NotFound: no invoice will come.
        InvalidRequest: the change cannot be made.
    """
    at = test_clocks.now_for(subscription, at)
    if subscription.status in Subscription.ENDED:
        raise _none_upcoming(subscription)
    asked = {**details, "payment_behavior": paying.DEFAULT_INCOMPLETE}
    ends_now = asked.pop("cancels_now", False)
    if mode == RECURRING:
        asked["proration_behavior"] = changes.NO_PRORATION
    row, invoice = changes.changed(subscription, wishes=wishes, details=asked, at=at)
    if ends_now:
        prorate = asked.get("proration_behavior") != changes.NO_PRORATION
        invoice = endings.end(row, invoice_now=True, prorate=prorate, at=at)
    if invoice is not None and mode == NEXT:
        return invoice
    if ends_now or row.status not in Subscription.BILLED:
        raise _none_upcoming(row)
    return _renewal(row, mode)


def of_renewal(subscription: Subscription) -> Invoice:
    """Return the draft of the invoice that the end of the period brings, with the phases that begin by then.

    Raises:
        NotFound: no invoice will come.
    """
    return _renewal(subscription, NEXT)


def of_new(
    customer: Customer,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    mode: str = NEXT,
    at: datetime,
) -> Invoice:
    """Return the draft of the invoice with which a subscription would begin.

    Args:
        details: as `subscriptions.create` takes them.
        mode: `recurring` gives the first whole period.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: the terms do not fit together.
    """
    row = customer_changes.locked(customer.pk)
    at = test_clocks.now_for(row, at)
    asked = {**details, "payment_behavior": paying.DEFAULT_INCOMPLETE}
    subscription, invoice = creation.begun(row, wishes=wishes, details=asked, at=at)
    if invoice is None or mode == RECURRING:
        return _renewal(subscription, mode)
    return invoice


def of_schedule(
    schedule: SubscriptionSchedule,
    *,
    phases: Sequence[Mapping[str, Any]] | None = None,
    details: Mapping[str, Any],
    mode: str = NEXT,
    at: datetime,
) -> Invoice:
    """Return the draft of the invoice that comes next if a schedule is changed like this.

    Args:
        phases: as `subscription_schedules.update` takes them.
        details: as for that.

    Raises:
        NotFound: no invoice will come.
        InvalidRequest: the change cannot be made.
    """
    if schedule.status not in SubscriptionSchedule.RUNNING:
        raise _none_upcoming(schedule)
    before = schedule.subscription.latest_invoice_id if schedule.subscription else ""
    if details or phases is not None:
        schedule = subscription_schedules.update(schedule, phases=phases, details=details, at=at)
    return _of_planned(schedule, before, mode)


def of_new_schedule(
    customer: Customer,
    *,
    phases: Sequence[Mapping[str, Any]],
    details: Mapping[str, Any],
    mode: str = NEXT,
    at: datetime,
) -> Invoice:
    """Return the draft of the invoice with which the subscription of a schedule would begin.

    Args:
        phases: as `subscription_schedules.create` takes them.
        details: as for that.

    Raises:
        NotFound: something that is named is not there, or no invoice will come.
        InvalidRequest: the phases make no sense.
    """
    schedule = subscription_schedules.create(customer, phases=phases, details=details, at=at)
    return _of_planned(schedule, "", mode)


def _of_planned(schedule: SubscriptionSchedule, before: str, mode: str) -> Invoice:
    """Return what has been billed since the invoice before, or else what will be next."""
    if schedule.subscription is None:
        schedule_steps.carry_out(schedule, phases_of.instant(schedule.phases[0]["start_at"]))
        schedule = schedule_states.get(schedule.pk)
    assert schedule.subscription is not None  # noqa: S101 -- its first phase has begun
    subscription = paying.fresh(schedule.subscription)
    if subscription.latest_invoice_id != before and mode == NEXT:
        return invoices.get(subscription.latest_invoice_id)
    if subscription.status not in Subscription.BILLED:
        raise _none_upcoming(subscription)
    return _renewal(subscription, mode)


def _renewal(subscription: Subscription, mode: str) -> Invoice:
    """Renew at the end of the period, or bill what is pending where the subscription ends then."""
    row, invoice = _begin_phases(subscription, mode)
    if invoice is not None:
        return invoice
    end = row.period_end
    if row.status in Subscription.ENDED:
        raise _none_upcoming(row)
    if row.cancel_at is not None and row.cancel_at <= end:
        invoice = endings.end(row, invoice_now=True, at=row.cancel_at)
        if invoice is None:
            raise _none_upcoming(row)
        return invoice
    return steps.renew(row, takes_pending=mode == NEXT, at=end)


def _begin_phases(subscription: Subscription, mode: str) -> tuple[Subscription, Invoice | None]:
    """Let the phases of its schedule begin that do so within its period; return it and what they bill at once."""
    while True:
        row = states.locked(subscription.pk)
        row.customer = invoice_states.lock_customer(row.customer_id)
        if row.latest_invoice_id != subscription.latest_invoice_id and mode == NEXT:
            return row, invoices.get(row.latest_invoice_id)
        if not row.schedule_id:
            return row, None
        due = SubscriptionSchedule.objects.filter(
            subscription=row, pk=row.schedule_id, next_step_at__lte=row.period_end
        ).first()
        if due is None or due.next_step_at is None:
            return row, None
        if due.end_behavior == schedule_steps.End.CANCEL and _is_in_last_phase(due):
            return row, endings.end(row, invoice_now=True, has_schedule=False, at=due.next_step_at)
        schedule_steps.carry_out(due, due.next_step_at)


def _is_in_last_phase(schedule: SubscriptionSchedule) -> bool:
    return schedule.current_phase == len(schedule.phases) - 1


def _none_upcoming(owner: Subscription | SubscriptionSchedule) -> NotFound:
    return NotFound(
        f"No upcoming invoices for customer: {owner.customer_id}",
        param="subscription",
        code="invoice_upcoming_none",
    )
