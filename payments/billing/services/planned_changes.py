"""What a subscription becomes when its period ends: read from its schedule, planned by its customer, and given up.

A customer's plan is a schedule of two phases: what there is until the period's end, and one period of what comes then.
Its metadata say whose it is, since a customer must not give up what the merchant has planned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit.errors import InvalidState
from payments.billing.models import Price, Subscription, SubscriptionSchedule
from payments.billing.services import prices, subscription_schedules
from payments.billing.services import schedule_phases as phases_of
from payments.billing.services.customer_acts import CustomersAct
from payments.billing.services.subscription_wishes import ItemWish

MARK = {"made_by": "customer_portal"}


@dataclass(frozen=True, slots=True)
class Planned:
    """What comes next of a schedule.

    Args:
        items: a price and its quantity each; none where the subscription ends.
        is_own: whether the customer has planned it.
    """

    begins_at: datetime
    items: tuple[tuple[Price, int], ...]
    is_own: bool


def coming(subscription: Subscription) -> Planned | None:
    """Return what is planned behind the phase under way; None where nothing changes."""
    schedule = schedule_of(subscription)
    if schedule is None or schedule.current_phase is None:
        return None
    here = schedule.phases[schedule.current_phase]
    begins_at = phases_of.instant(here["end_at"])
    following = schedule.phases[schedule.current_phase + 1 :]
    if following:
        items = following[0]["items"]
        return Planned(
            begins_at,
            tuple((prices.get(each["price"]), each["quantity"]) for each in items),
            is_own(schedule),
        )
    if schedule.end_behavior == SubscriptionSchedule.End.CANCEL:
        return Planned(begins_at, (), is_own(schedule))
    return None


def schedule_of(subscription: Subscription) -> SubscriptionSchedule | None:
    """Return the schedule that a subscription has; None where it has none."""
    if not subscription.schedule_id:
        return None
    return subscription_schedules.get(subscription.schedule_id)


def is_own(schedule: SubscriptionSchedule) -> bool:
    """Tell whether a schedule is one that its customer has planned."""
    return bool(MARK.items() <= schedule.metadata.items())


def plan(
    subscription: Subscription,
    items: Sequence[ItemWish],
    *,
    discounts: Sequence[Mapping[str, str]],
    by_customer: CustomersAct,
    at: datetime,
) -> None:
    """Let a subscription have other items from its period's end on, in the place of what its customer had planned.

    Args:
        items: all that it is to have then.
        discounts: all that it is to have then.

    Raises:
        NotFound: a price or a discount is not there.
        InvalidRequest: the items make no subscription.
        InvalidState: the merchant has planned something, it has ended, or its test clock is being advanced.
    """
    with transaction.atomic():
        by_customer.begin(subscription)
        give_up(subscription, at=at)
        fresh = Subscription.objects.select_related("customer").get(pk=subscription.pk)
        schedule = subscription_schedules.create_from(fresh, details={"metadata": MARK}, at=at)
        then = {"wishes": items, "iterations": 1, "discounts": list(discounts)}
        subscription_schedules.update(
            schedule, phases=[_as_it_is(schedule.phases[0]), then], details={}, at=at
        )
        by_customer.finish(fresh, None, at=at)


def give_up(subscription: Subscription, *, at: datetime) -> None:
    """Let what the customer has planned of a subscription not come; nothing happens where that is nothing.

    Raises:
        InvalidState: the merchant has planned it.
    """
    current = Subscription.objects.get(pk=subscription.pk)
    schedule = schedule_of(current)
    if schedule is None:
        return
    if not is_own(schedule):
        raise InvalidState("The merchant has planned what becomes of this subscription.")
    subscription_schedules.release(schedule, at=at)


def _as_it_is(phase: phases_of.Phase) -> dict[str, Any]:
    """Return what a request asks for that wants a phase as it is."""
    wishes = [
        ItemWish(
            price=item["price"], quantity=item["quantity"], metadata=item["metadata"],
            tax_rates=item["tax_rates"], discounts=item["discounts"],
        )
        for item in phase["items"]
    ]  # fmt: skip
    return {
        "wishes": wishes,
        "end_date": phases_of.instant(phase["end_at"]),
        "discounts": phase["discounts"],
        "currency": phase["currency"],
    }
