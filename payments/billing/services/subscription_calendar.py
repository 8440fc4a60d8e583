"""When a subscription's periods begin and end, and when something of it is due next."""

from datetime import datetime, timedelta
from fractions import Fraction

from customers.kit import tenancy
from payments.billing import proration
from payments.billing.models import Subscription
from payments.billing.periods import Interval, next_after, period_at

FIRST_PAYMENT = timedelta(hours=23)
"""How long a new subscription waits for its first payment, and a resumed one for its invoice's."""

TRIAL_NOTICE = timedelta(days=3)
"""How long before a trial's end its event comes."""

Status = Subscription.Status


def rhythm(subscription: Subscription) -> Interval:
    """Return the interval that all its prices have."""
    return Interval(subscription.interval, subscription.interval_count)  # type: ignore[arg-type]  # the column's choices


def end_of_period(subscription: Subscription, start: datetime) -> datetime:
    """Return the end of the period that begins at an instant: the next boundary, or an earlier cancellation."""
    boundary = next_after(subscription.anchor_at, rhythm(subscription), start)
    cancel_at = subscription.cancel_at
    return cancel_at if cancel_at and start < cancel_at < boundary else boundary


def share(subscription: Subscription, start: datetime, end: datetime) -> Fraction:
    """Return which part of a whole period lies between two instants; 1 where it is one."""
    whole = period_at(subscription.anchor_at, rhythm(subscription), start)
    if whole == (start, end):
        return Fraction(1)
    return proration.fraction(*whole, start) - proration.fraction(*whole, end)


def elapsed(subscription: Subscription, start: datetime, end: datetime) -> Fraction:
    """Return how many periods lie between two instants, with the parts of those that are not whole."""
    total, at = Fraction(0), start
    while at < end:
        boundary = min(next_after(subscription.anchor_at, rhythm(subscription), at), end)
        total += share(subscription, at, boundary)
        at = boundary
    return total


def next_step(subscription: Subscription) -> datetime | None:
    """Return when something is due next; None where nothing ever is."""
    return min((instant for instant, _name in _steps(subscription)), default=None)


def upcoming(subscription: Subscription) -> datetime | None:
    """Return when to tell of the invoice that the end of the period brings.

    None where the site tells of none, and where the period is no longer than the notice.
    """
    days = tenancy.current().site.upcoming_days
    notice = subscription.period_end - timedelta(days=days)
    return notice if days and notice > subscription.period_start else None


def step_at(subscription: Subscription, at: datetime) -> str | None:
    """Return what is due first at an instant, by the name that `subscription_steps` knows; None where nothing is."""
    due = [step for step in _steps(subscription) if step[0] <= at]
    return min(due, key=lambda step: step[0])[1] if due else None


def _steps(subscription: Subscription) -> list[tuple[datetime, str]]:
    """Return all that is to come and when; of the same instant, in the order in which it is done."""
    if subscription.status in Subscription.ENDED:
        return []
    steps: list[tuple[datetime | None, str]] = [
        (subscription.pause_resumes_at, "resume_collection"),
        (subscription.cancel_at, "cancel"),
    ]
    if subscription.status == Status.TRIALING and subscription.trial_end_told_at is None:
        steps.append((_notice_of(subscription), "tell_trial_end"))
    if subscription.status in Subscription.BILLED:
        steps.append((subscription.period_end, "renew"))
    if subscription.status == Status.INCOMPLETE:
        steps.append((subscription.created_at + FIRST_PAYMENT, "expire"))
    if subscription.status == Status.PAUSED:
        steps.append((subscription.resumption_expires_at, "give_up_resumption"))
    return [(instant, name) for instant, name in steps if instant is not None]


def _notice_of(subscription: Subscription) -> datetime | None:
    end = subscription.trial_end_at
    return end and max(end - TRIAL_NOTICE, subscription.trial_start_at or end - TRIAL_NOTICE)
