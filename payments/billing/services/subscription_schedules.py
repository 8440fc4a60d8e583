"""Subscription schedules: made from phases or for a subscription that is there, changed, released, canceled.

Source: https://docs.stripe.com/billing/subscriptions/subscription-schedules
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from customers.services import customers, test_clocks
from payments.billing.models import Invoice, Subscription, SubscriptionSchedule
from payments.billing.services import invoice_states, schedule_steps, subscription_states
from payments.billing.services import schedule_phases as phases_of
from payments.billing.services import schedule_states as states
from payments.billing.services import subscription_endings as endings
from payments.billing.services import subscription_terms as terms
from payments.billing.services.schedule_states import get, no_such_schedule

__all__ = ["cancel", "create", "create_from", "get", "no_such_schedule", "release", "update"]

Status = SubscriptionSchedule.Status


def create(
    customer: Customer,
    *,
    phases: Sequence[Mapping[str, Any]],
    details: Mapping[str, Any],
    at: datetime,
) -> SubscriptionSchedule:
    """Plan a subscription, which begins with the first phase, perhaps now.

    Args:
        phases: as `schedule_phases.read` takes them.
        details: `start_date` (an instant or `now`, also where absent), `end_behavior`, `metadata`, `settings` (what
            all phases have in common).

    Raises:
        NotFound: the customer was deleted, or something that is named is not there.
        InvalidRequest: the phases make no sense.
    """
    with transaction.atomic(savepoint=False):
        row = invoice_states.lock_customer(customer.pk)
        at = test_clocks.now_for(row, at)
        test_clocks.check_steady(row)
        start = details.get("start_date") or terms.NOW
        start = terms.whole(at) if start == terms.NOW else start
        schedule = _prepared(row, details, at=at)
        schedule.phases = phases_of.read(phases, start=start, customer=row, at=at)
        if phases_of.instant(schedule.phases[-1]["end_at"]) <= at:
            raise InvalidRequest("The last phase must end in the future.", param="phases")
        _write(schedule, at=at)
        current = phases_of.at_time(schedule.phases, at)
        if current is not None:
            with states.tracked(schedule, at=at) as locked:
                schedule_steps.enter(locked, current, at=at)
            schedule = locked
    return schedule


def create_from(
    subscription: Subscription, *, details: Mapping[str, Any], at: datetime
) -> SubscriptionSchedule:
    """Plan the changes of a subscription that is there; its first phase is its current period.

    Args:
        details: as for `create`.

    Raises:
        InvalidState: it has ended, or has a schedule.
    """
    at = test_clocks.now_for(subscription, at)
    with transaction.atomic(savepoint=False):
        customer = invoice_states.lock_customer(subscription.customer_id)
        test_clocks.check_steady(customer)
        with subscription_states.tracked(subscription, at=at) as row:
            if row.status in Subscription.ENDED:
                raise InvalidState(f"This subscription is {row.status}, so it cannot be planned.")
            if row.schedule_id:
                raise InvalidState(
                    f"You cannot migrate a subscription that is already attached to a schedule: {row.schedule_id}."
                )
            schedule = _prepared(customer, details, at=at)
            schedule.subscription, schedule.status = row, Status.ACTIVE
            schedule.phases, schedule.current_phase = [phases_of.of_subscription(row)], 0
            row.schedule_id = schedule.pk
        _write(schedule, at=at)
    return schedule


def update(
    schedule: SubscriptionSchedule,
    *,
    phases: Sequence[Mapping[str, Any]] | None = None,
    details: Mapping[str, Any],
    at: datetime,
) -> SubscriptionSchedule:
    """Change a schedule; what it wants of the phase under way becomes true at once.

    Args:
        phases: all phases from the current one on, in the place of those there are; those there are where absent.
        details: `end_behavior`, `metadata` (merged), `settings`, `proration_behavior` (of the change now).

    Raises:
        InvalidState: it is over.
        InvalidRequest: the phases make no sense, or leave out the one under way.
    """
    at = test_clocks.now_for(schedule, at)
    with transaction.atomic(savepoint=False):
        customer = invoice_states.lock_customer(schedule.customer_id)
        test_clocks.check_steady(customer)
        with states.tracked(schedule, at=at) as row:
            row.customer = customer
            if details.keys() - {"metadata"} or phases is not None:
                _check_running(row, "updated")
            if "metadata" in details:
                row.metadata = customers.merged_metadata(row.metadata, details["metadata"])
            row.end_behavior = details.get("end_behavior", row.end_behavior)
            row.default_settings = {**row.default_settings, **details.get("settings", {})}
            if phases is not None:
                _replace(row, phases, details, at=at)
    return row


def release(
    schedule: SubscriptionSchedule, *, keeps_end: bool = False, at: datetime
) -> SubscriptionSchedule:
    """Let a schedule's subscription go on as it is, without the schedule.

    Args:
        keeps_end: whether a subscription that would have been canceled behind the last phase still is.

    Raises:
        InvalidState: it is over.
    """
    at = test_clocks.now_for(schedule, at)
    with transaction.atomic(savepoint=False):
        customer = invoice_states.lock_customer(schedule.customer_id)
        test_clocks.check_steady(customer)
        with states.tracked(schedule, at=at) as row:
            _check_running(row, "released")
            subscription = row.subscription
            schedule_steps.released(row, at=at)
        ends = row.end_behavior == SubscriptionSchedule.End.CANCEL
        if keeps_end and ends and subscription is not None:
            with subscription_states.tracked(subscription, at=at) as kept:
                kept.cancel_at = phases_of.instant(row.phases[-1]["end_at"])
    return row


def cancel(
    schedule: SubscriptionSchedule, *, invoice_now: bool = True, prorate: bool = True, at: datetime
) -> SubscriptionSchedule:
    """End a schedule and its subscription now.

    Args:
        invoice_now: whether what is pending is billed at once.
        prorate: whether the unused time is given back.

    Raises:
        InvalidState: it is over.
    """
    at = test_clocks.now_for(schedule, at)
    with transaction.atomic(savepoint=False):
        customer = invoice_states.lock_customer(schedule.customer_id)
        test_clocks.check_steady(customer)
        with states.tracked(schedule, at=at) as row:
            _check_running(row, "canceled")
            states.move(row, Status.CANCELED)
            row.canceled_at, row.current_phase = at, None
        if row.subscription is not None:
            _end(row.subscription, customer, invoice_now=invoice_now, prorate=prorate, at=at)
    return row


def _end(
    subscription: Subscription,
    customer: Customer,
    *,
    invoice_now: bool,
    prorate: bool,
    at: datetime,
) -> None:
    invoice: Invoice | None = None
    with subscription_states.tracked(subscription, at=at) as row:
        row.customer = customer
        if row.status not in Subscription.ENDED:
            invoice = endings.end(
                row, invoice_now=invoice_now, prorate=prorate, has_schedule=False, at=at
            )
    endings.settle(row, invoice, at=at)


def _prepared(
    customer: Customer, details: Mapping[str, Any], *, at: datetime
) -> SubscriptionSchedule:
    return SubscriptionSchedule.belonging_to(
        customer, customer=customer, status=Status.NOT_STARTED, created_at=at,
        end_behavior=details.get("end_behavior", SubscriptionSchedule.End.RELEASE),
        metadata=customers.merged_metadata({}, details.get("metadata") or {}),
        default_settings=dict(details.get("settings", {})),
        test_clock_id=customer.test_clock_id or "",
    )  # fmt: skip


def _write(schedule: SubscriptionSchedule, *, at: datetime) -> None:
    schedule.next_step_at = states.next_step(schedule)
    schedule.save(force_insert=True)
    events.publish("subscription_schedule.created", schedule, at=at)


def _check_running(schedule: SubscriptionSchedule, verb: str) -> None:
    if schedule.status not in SubscriptionSchedule.RUNNING:
        raise InvalidState(
            f"This subscription schedule is {schedule.status}, so it can no longer be {verb}."
        )


def _replace(
    schedule: SubscriptionSchedule,
    phases: Sequence[Mapping[str, Any]],
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Put other phases into a locked schedule; the one under way keeps its beginning, and becomes true at once."""
    current = schedule.current_phase or 0
    start = phases_of.instant(schedule.phases[current]["start_at"])
    begins = phases[0].get("start_date") if phases else None
    if begins is not None and begins != start:
        if schedule.status == Status.ACTIVE:
            raise InvalidRequest(
                "The first phase must be the one under way, and begin when it began.",
                param="phases[0][start_date]",
            )
        start = begins
    before = schedule.phases[current]
    done = schedule.phases[:current] if schedule.status == Status.ACTIVE else []
    new = phases_of.read(phases, start=start, customer=schedule.customer, at=at)
    schedule.phases = [*done, *new]
    if schedule.status != Status.ACTIVE or schedule.subscription is None:
        return
    place = phases_of.at_time(schedule.phases, at)
    if place is None:
        raise InvalidRequest("One of the phases must be under way.", param="phases")
    schedule.current_phase = place
    phase = schedule.phases[place]
    wanted = phases_of.details(phase, schedule.default_settings, schedule.customer)
    wanted.pop("anchor", None)
    if "proration_behavior" in details:
        wanted["proration_behavior"] = details["proration_behavior"]
    schedule_steps.apply(schedule.subscription, phase, wanted, before=before, at=at)
