"""What a customer may do with a subscription: what the configuration offers, as far as its state allows it.

Pages ask before they offer something, and acts ask again under the lock.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from customers.kit.errors import InvalidState, NotFound
from customers.models import Customer
from payments.billing.models import Subscription
from payments.billing.services import planned_changes, subscriptions

Status = Subscription.Status
Features = Mapping[str, Mapping[str, Any]]
Rule = Callable[[Subscription, Features], bool]
"""Tells whether something may be done with a subscription where the configuration has these features."""


class NotOffered(InvalidState):
    """The configuration, or the subscription as it is now, does not allow it."""


def _billed_here(rule: Rule) -> Rule:
    """Let a rule say no where it is the record of a subscription that is billed elsewhere."""

    @wraps(rule)
    def checked(row: Subscription, features: Features) -> bool:
        return not row.imported_from and rule(row, features)

    return checked


def own(customer: Customer, pk: str) -> Subscription:
    """Return a customer's subscription.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = subscriptions.get(pk)
    if row.customer_id != customer.pk:
        raise NotFound(f"No such subscription: '{pk}'")
    return row


@_billed_here
def may_change(row: Subscription, features: Features) -> bool:
    """Tell whether the plan may be changed: it is paid or on trial, and nobody else has planned what becomes of it."""
    feature = features["subscription_update"]
    if not (feature["enabled"] and feature["default_allowed_updates"]):
        return False
    is_steady = row.status in (Status.ACTIVE, Status.TRIALING) and not row.pause_behavior
    return is_steady and row.cancel_at is None and not _is_planned_by_merchant(row)


@_billed_here
def may_stay(row: Subscription, features: Features) -> bool:
    """Tell whether a change that the customer has planned may be given up."""
    planned = planned_changes.coming(row)
    return planned is not None and planned.is_own and row.status not in Subscription.ENDED


@_billed_here
def may_pause(row: Subscription, features: Features) -> bool:
    """Tell whether collection may be paused: what is not paid now is not made to wait."""
    is_on = bool(features["subscription_pause"]["enabled"])
    return is_on and row.status == Status.ACTIVE and not row.pause_behavior and not row.cancel_at


@_billed_here
def may_resume(row: Subscription, features: Features) -> bool:
    """Tell whether a paused subscription may go on; one whose trial ended without a card always may."""
    if row.status == Status.PAUSED:
        return True
    is_paused = row.pause_behavior != "" and row.status not in Subscription.ENDED
    return is_paused and bool(features["subscription_pause"]["enabled"])


@_billed_here
def may_cancel(row: Subscription, features: Features) -> bool:
    """Tell whether it may be canceled: it has not ended, and no end of it is known."""
    is_on = bool(features["subscription_cancel"]["enabled"])
    return is_on and row.status not in Subscription.ENDED and row.cancel_at is None


@_billed_here
def may_keep(row: Subscription, features: Features) -> bool:
    """Tell whether a cancellation may be taken back; an end that the merchant has fixed stays."""
    is_on = bool(features["subscription_cancel"]["enabled"])
    return is_on and row.status not in Subscription.ENDED and row.cancels_at_period_end


def require(rule: Rule, features: Features) -> Callable[[Subscription], None]:
    """Return a check that refuses what a rule does not allow.

    Raises:
        NotOffered: the returned function does, where the rule says no.
    """

    def check(row: Subscription) -> None:
        if not rule(row, features):
            raise NotOffered("This cannot be done with the subscription as it is now.")

    return check


def ends_at_period_end(row: Subscription, features: Features) -> bool:
    """Tell whether canceling lets it run until what is paid for is over; there must be a period that is."""
    is_later = features["subscription_cancel"]["mode"] == "at_period_end"
    return is_later and row.status in Subscription.BILLED


def ends_on(row: Subscription, features: Features, *, at: datetime) -> datetime:
    """Return when it ends if it is canceled."""
    return row.period_end if ends_at_period_end(row, features) else at


def _is_planned_by_merchant(row: Subscription) -> bool:
    schedule = planned_changes.schedule_of(row)
    return schedule is not None and not planned_changes.is_own(schedule)
