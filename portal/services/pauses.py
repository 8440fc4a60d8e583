"""Pausing by the customer: for how long, which payments fall away, and going on earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customers.kit.errors import InvalidState
from customers.models import Message
from payments.billing import periods
from payments.billing.models import Invoice, Subscription
from payments.billing.services import subscription_calendar as calendar
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_resumption, subscriptions
from payments.billing.services.customer_acts import CustomersAct
from portal.services import subscription_rules as rules
from portal.services.subscription_rules import Features

Kind = Message.Kind
Status = Subscription.Status
LONGEST = timedelta(days=366)
"""How long a customer can pause who chooses the day."""
_CHOICES = 3
_MOST_SKIPPED = 400


class SkipsNothing(InvalidState):
    """No payment falls into the pause."""


class TooLong(InvalidState):
    """The pause would last longer than customers may choose."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to pause.

    Args:
        until: when collection goes on.
        skipped: how many payments fall away.
    """

    until: datetime
    skipped: int


def choices(row: Subscription, features: Features, *, at: datetime) -> list[Choice]:
    """Return for how long a customer can pause, the shortest first.

    They are the durations that the configuration names; where it names none, one to three payments are skipped.
    """
    named = _named(features)
    if named:
        ends = sorted(_after(at, option) for option in named)
    else:
        ends = [calendar.end_of_period(row, row.period_end)]
        while len(ends) < _CHOICES:
            ends.append(calendar.end_of_period(row, ends[-1]))
    found = (Choice(end, skipped(row, end)) for end in ends)
    return [choice for choice in found if choice.skipped]


def is_free(features: Features) -> bool:
    """Tell whether a customer may choose any day, or none, instead of those that are offered."""
    return not _named(features)


def skipped(row: Subscription, until: datetime) -> int:
    """Return how many payments fall away if collection goes on at an instant; what is due then is collected."""
    count, due = 0, row.period_end
    while due < until and count < _MOST_SKIPPED:
        count += 1
        due = calendar.end_of_period(row, due)
    return count


def check(row: Subscription, until: datetime | None, features: Features, *, at: datetime) -> None:
    """Refuse a pause that is too long, or in which nothing would be charged.

    Raises:
        SkipsNothing: no payment falls into that time.
        TooLong: nobody may pause for so long.
    """
    is_offered = until in {choice.until for choice in choices(row, features, at=at)}
    is_short = until is None or until <= at + LONGEST
    if not (is_offered or (is_free(features) and is_short)):
        raise TooLong("Choose an earlier day.")
    _check_skips(row, until)


def pause(
    row: Subscription, *, until: datetime | None, features: Features, at: datetime
) -> Subscription:
    """Charge nothing until an instant; the invoices that would have come are void. No transaction may be open.

    Args:
        until: None for as long as the customer likes.

    Raises:
        NotOffered: it is not offered, or was done before.
        SkipsNothing: no payment falls into that time.
        TooLong: nobody may pause for so long.
        DomainError: billing refuses it.
    """
    check(row, until, features, at=at)

    def check_again(locked: Subscription) -> None:
        rules.require(rules.may_pause, features)(locked)
        _check_skips(locked, until)

    details = {"pause": {"behavior": Subscription.Pause.VOID.value, "resumes_at": until}}
    act = CustomersAct(Kind.PAUSED, check_again)
    return subscriptions.update(row, details=details, by_customer=act, at=at)


def resume(row: Subscription, *, features: Features, at: datetime) -> Subscription:
    """Let a paused subscription go on; one whose trial had ended begins a period now. No transaction may be open.

    Raises:
        NotOffered: it is not paused, or was paused by the merchant.
        InvalidRequest: there is nothing to collect with.
        CardDeclined: the first payment of a new period was refused.
        DomainError: billing refuses it.
    """
    act = CustomersAct(Kind.RESUMED, rules.require(rules.may_resume, features))
    if row.status == Status.PAUSED:
        return subscriptions.resume(row, details={}, by_customer=act, at=at)
    return subscriptions.update(row, details={"pause": None}, by_customer=act, at=at)


def first_bill(row: Subscription, *, at: datetime) -> Invoice | None:
    """Return the draft with which a subscription goes on whose trial had ended; the caller takes it back.

    Raises:
        DomainError: billing refuses it.
    """
    return subscription_resumption.drafted(row, at=at)


def lacks_method(row: Subscription) -> bool:
    """Tell whether a subscription cannot go on since there is nothing to collect with."""
    by_charge = row.collection_method == Subscription.Collection.CHARGE
    return by_charge and not paying.has_method(row)


def _check_skips(row: Subscription, until: datetime | None) -> None:
    if until is not None and not skipped(row, until):
        raise SkipsNothing("Nothing would be charged until then anyway.")


def _named(features: Features) -> Sequence[Mapping[str, Any]]:
    """Return the durations that the configuration lets customers choose from; none where they choose freely."""
    duration = features["subscription_pause"]["duration"]
    return duration["interval_options"] if duration["type"] == "interval_options" else ()


def _after(at: datetime, option: Mapping[str, Any]) -> datetime:
    rhythm = periods.Interval(option["interval"], option.get("interval_count") or 1)
    return periods.nth(at.replace(microsecond=0), rhythm, 1)
