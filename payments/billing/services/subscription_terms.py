"""When a subscription begins, what its trial and its anchor are: worked out from what a request says of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from customers.kit.errors import InvalidRequest
from payments.billing import periods
from payments.billing.models import Subscription, SubscriptionItem
from payments.billing.services import subscription_calendar as calendar

MOST_TRIAL_DAYS = 730
NOW: Literal["now"] = "now"
PERIOD_ENDS = ("min_period_end", "max_period_end")
"""Words for the end of the period; there is one of it, since all items have the same interval."""

_ONE_TRIAL = ("trial_end", "trial_period_days", "trial_from_plan")


def whole(at: datetime) -> datetime:
    """Return an instant without the part of its second, as the calendar counts."""
    return at.replace(microsecond=0)


def begin(
    subscription: Subscription,
    items: Sequence[SubscriptionItem],
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> None:
    """Set the rhythm, the trial, the anchor and the first period of a new subscription.

    Args:
        details: `trial_end` (an instant or `now`), `trial_period_days`, `trial_from_plan`, `anchor_at`,
            `anchor_config`, `backdate_start_date`, `cancel_at` (an instant or one of `PERIOD_ENDS`),
            `cancels_at_period_end`; as far as they are there.

    Raises:
        InvalidRequest: they do not fit together, or lie where they must not.
    """
    start = whole(at)
    subscription.interval = items[0].price.interval
    subscription.interval_count = items[0].price.interval_count
    subscription.start_at = _backdated(details, start)
    trial_end = trial_of(items, details, at=start)
    if trial_end:
        subscription.trial_start_at, subscription.trial_end_at = start, trial_end
    billed_from = trial_end or start
    subscription.anchor_at = _anchor(subscription, details, billed_from)
    subscription.period_start = start
    subscription.period_end = trial_end or calendar.end_of_period(subscription, start)
    set_cancellation(subscription, details, at=start)
    if not trial_end:
        subscription.period_end = calendar.end_of_period(subscription, start)


def trial_of(
    items: Sequence[SubscriptionItem], details: Mapping[str, Any], *, at: datetime
) -> datetime | None:
    """Return when the trial that a request asks for ends; None where it asks for none.

    Raises:
        InvalidRequest: it asks in two ways, or for an end that lies in the past or too far ahead.
    """
    given = [name for name in _ONE_TRIAL if details.get(name)]
    if len(given) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(given)}.", param=given[1]
        )
    days = details.get("trial_period_days")
    if details.get("trial_from_plan"):
        days = max((item.price.trial_days or 0 for item in items), default=0)
    if days:
        return at + timedelta(days=days)
    end = details.get("trial_end")
    if end in (None, NOW):
        return None
    if end <= at:
        raise InvalidRequest(
            "Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end"
        )
    if end > at + timedelta(days=MOST_TRIAL_DAYS):
        raise InvalidRequest("The trial cannot be longer than two years.", param="trial_end")
    return whole(end)


def set_cancellation(
    subscription: Subscription, details: Mapping[str, Any], *, at: datetime
) -> None:
    """Set when a subscription ends by itself, as far as a request says so.

    Raises:
        InvalidRequest: it lies in the past, or is asked for in two ways.
    """
    if details.get("cancels_at_period_end") and details.get("cancel_at"):
        raise InvalidRequest(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            param="cancel_at",
        )
    if "cancel_at" in details:
        wanted = details["cancel_at"]
        end = subscription.period_end if wanted in PERIOD_ENDS else wanted and whole(wanted)
        if end and end <= at:
            raise InvalidRequest(
                "`cancel_at` must be a timestamp in the future.", param="cancel_at"
            )
        subscription.cancel_at = end
        subscription.cancels_at_period_end = wanted in PERIOD_ENDS
    elif details.get("cancels_at_period_end"):
        subscription.cancel_at = subscription.period_end
        subscription.cancels_at_period_end = True
    elif "cancels_at_period_end" in details and subscription.cancels_at_period_end:
        subscription.cancel_at = None
        subscription.cancels_at_period_end = False


def _backdated(details: Mapping[str, Any], start: datetime) -> datetime:
    wanted: datetime | None = details.get("backdate_start_date")
    if wanted is None:
        return start
    if wanted > start:
        raise InvalidRequest(
            "The backdate_start_date must be in the past.", param="backdate_start_date"
        )
    return whole(wanted)


def _anchor(
    subscription: Subscription, details: Mapping[str, Any], billed_from: datetime
) -> datetime:
    config, wanted = details.get("anchor_config"), details.get("anchor_at")
    if config and wanted:
        raise InvalidRequest(
            "You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.",
            param="billing_cycle_anchor",
        )
    if config:
        subscription.anchor_config = dict(config)
        return _configured(subscription, config, billed_from)
    if not wanted:
        return billed_from
    latest = periods.nth(billed_from, calendar.rhythm(subscription), 1)
    if not billed_from <= whole(wanted) <= latest:
        raise InvalidRequest(
            "billing_cycle_anchor must lie between the start of billing "
            f"({int(billed_from.timestamp())}) and the next natural billing date ({int(latest.timestamp())}).",
            param="billing_cycle_anchor",
        )
    return whole(wanted)


def _configured(
    subscription: Subscription, config: Mapping[str, Any], billed_from: datetime
) -> datetime:
    rhythm = calendar.rhythm(subscription)
    if rhythm.unit not in ("month", "year"):
        raise InvalidRequest(
            "billing_cycle_anchor_config needs prices whose interval is month or year.",
            param="billing_cycle_anchor_config",
        )
    return periods.anchored(billed_from, periods.AnchorConfig(**config), rhythm)
