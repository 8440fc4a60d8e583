"""What figures are made of: the ledger's entries and some events, each worth something on one day.

Every amount of the ledger is of the day on which it was entered, and what events tell is of the day on which they
happened; a test clock's time counts as it showed. Recovered is what an invoice was paid by a further try, after the
first one had failed. A payment has failed for each try that was refused, not where it was called off.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from customers.events.models import Event
from payments.billing.models import DailyFigure
from payments.models import BalanceTransaction, Charge

Kind, Measure = BalanceTransaction.Kind, DailyFigure.Measure
DISCOUNTS = (
    "customer.discount.created", "customer.discount.deleted", "customer.discount.updated",
)  # fmt: skip
SUBSCRIPTIONS = (
    "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
    "customer.subscription.resumed", "customer.subscription.updated",
)  # fmt: skip
FAILED, PAID = "charge.failed", "invoice.paid"
EVENTS = (FAILED, *DISCOUNTS, *SUBSCRIPTIONS, PAID)
"""The types of events that figures are made of; the trigger on the events knows them, too."""

_MEASURES: dict[str, DailyFigure.Measure] = {
    Kind.CHARGE: Measure.CHARGES,
    Kind.PAYMENT: Measure.CHARGES,
    Kind.REFUND: Measure.REFUNDS,
    Kind.PAYMENT_REFUND: Measure.REFUNDS,
    Kind.REFUND_FAILURE: Measure.REFUNDS,
    Kind.PAYMENT_FAILURE: Measure.REFUNDS,
    Kind.ADJUSTMENT: Measure.DISPUTES,
}
_CALLED_OFF = frozenset({Charge.CANCELED, Charge.SUPERSEDED})


class Key(NamedTuple):
    """Which figure something adds to."""

    day: date
    currency: str
    measure: str


class Told(NamedTuple):
    """An event, as far as figures need it."""

    type: str
    object_id: str
    at: datetime
    snapshot: Mapping[str, Any]


@dataclass(slots=True)
class Sums:
    """What is to be added to figures: amounts and numbers.

    Args:
        zone: whose days count.
    """

    zone: ZoneInfo
    found: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(
        self, measure: str, amount: int, currency: str, *, at: datetime, count: int = 1
    ) -> None:
        """Add an amount of minor units to the figure of an instant's day."""
        self.add_on(Key(at.astimezone(self.zone).date(), currency, measure), amount, count)

    def add_on(self, key: Key, amount: int, count: int) -> None:
        """Add an amount of minor units, and a number of things, to a figure."""
        both = self.found[key]
        both[0] += amount
        both[1] += count


def add_entries(sums: Sums, pks: Iterable[str]) -> None:
    """Add entries of the ledger."""
    rows = BalanceTransaction.objects.filter(pk__in=list(pks)).order_by()
    days = rows.annotate(day=TruncDate("created_at", tzinfo=sums.zone))
    found = days.values("day", "currency", "kind").annotate(
        amounts=Sum("amount"), number=Count("pk"), fees=Sum("fee"),
        with_fee=Count("pk", filter=~Q(fee=0)),
    )  # fmt: skip
    for row in found:
        day, currency = row["day"], row["currency"]
        sums.add_on(Key(day, currency, _MEASURES[row["kind"]]), row["amounts"], row["number"])
        if row["with_fee"]:
            sums.add_on(Key(day, currency, Measure.FEES), row["fees"], row["with_fee"])


def add_payments(sums: Sums, told: Iterable[Told]) -> None:
    """Add what events tell of payments that failed, and of invoices that were paid after all."""
    for event in told:
        snapshot = event.snapshot
        if event.type == FAILED and snapshot["failure_code"] not in _CALLED_OFF:
            sums.add(Measure.FAILED, snapshot["amount"], snapshot["currency"], at=event.at)
        elif event.type == PAID and _is_recovered(snapshot):
            sums.add(Measure.RECOVERED, snapshot["amount_paid"], snapshot["currency"], at=event.at)


def events_of(pks: Iterable[str]) -> list[Told]:
    """Return events in the order in which they were written."""
    rows = Event.objects.filter(pk__in=list(pks)).order_by("sequence")
    return [Told(*row) for row in rows.values_list("type", "object_id", "created_at", "snapshot")]


def _is_recovered(invoice: Mapping[str, Any]) -> bool:
    by_us = invoice["amount_paid"] - invoice["amount_paid_off_stripe"]
    return bool(invoice["attempt_count"] > 1 and by_us > 0)
