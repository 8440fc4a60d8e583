"""How customers' monthly recurring revenue moves, event by event, in the order in which they were written.

A customer's movement is what changed between two instants: what several events of one instant tell is one movement,
however they are grouped into transactions.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from customers.kit import ids, tenancy
from payments.billing.models import (
    Coupon,
    CustomerRevenue,
    Discount,
    Price,
    SubscriptionRevenue,
)
from payments.billing.services import chosen_ids, recurring_revenue
from payments.billing.services.figure_sources import DISCOUNTS, SUBSCRIPTIONS, Sums, Told
from payments.billing.services.recurring_revenue import Known

_Pair = tuple[str, str]  # a customer and a currency


def add(sums: Sums, told: Iterable[Told], *, at: datetime) -> None:
    """Add what events tell of subscriptions and discounts, and remember where customers now stand.

    Args:
        at: when rows are made that were not there.
    """
    events = [event for event in told if event.type in {*SUBSCRIPTIONS, *DISCOUNTS}]
    if not events:
        return
    work = _Work(sums, events, at=at)
    for event in events:
        if event.type in SUBSCRIPTIONS:
            work.follow_subscription(event)
        else:
            work.follow_discount(event)
    work.save()


class _Work:
    """What is known of the customers of some events, read at once, changed in memory, and written at once."""

    def __init__(self, sums: Sums, events: list[Told], *, at: datetime) -> None:
        self._sums, self._at = sums, at
        customers = {_customer_of(event) for event in events}
        named = {event.object_id for event in events if event.type in SUBSCRIPTIONS}
        rows = SubscriptionRevenue.objects.filter(Q(customer_id__in=customers) | Q(pk__in=named))
        self._subscriptions = {row.pk: row for row in rows}
        customers |= {row.customer_id for row in self._subscriptions.values()}
        standing = CustomerRevenue.objects.filter(customer_id__in=customers)
        self._customers = {(row.customer_id, row.currency): row for row in standing}
        self._discounts = _lasting(customers)
        self._terms = {
            id(event): recurring_revenue.terms_of(event.snapshot)
            for event in events
            if event.type in SUBSCRIPTIONS
        }
        kept = [row.terms for row in self._subscriptions.values()]
        self._prices = _prices([*self._terms.values(), *kept])

    def follow_subscription(self, event: Told) -> None:
        """Let a subscription bring in what it was told to."""
        customer, currency = _customer_of(event), event.snapshot["currency"]
        row = self._subscriptions.get(event.object_id)
        if row is None:
            scope = tenancy.current()
            row = SubscriptionRevenue(
                id=event.object_id, site=scope.site, livemode=scope.livemode, created_at=event.at,
                customer_id=customer, currency=currency, amount=0,
            )  # fmt: skip
            self._subscriptions[row.pk] = row
        if (row.customer_id, row.currency) != (customer, currency):
            self._set(row, 0, at=event.at)
            row.customer_id, row.currency = customer, currency
        row.terms = self._terms[id(event)]
        self._set(row, self._monthly(row, at=event.at), at=event.at)

    def follow_discount(self, event: Told) -> None:
        """Let all subscriptions of a customer bring in what they do with the discounts as they are then."""
        customer = _customer_of(event)
        if self._discounts.get(customer):
            for row in self._subscriptions.values():
                if row.customer_id == customer:
                    self._set(row, self._monthly(row, at=event.at), at=event.at)

    def save(self) -> None:
        """Write down where everything stands."""
        _write(self._subscriptions.values(), ["customer_id", "currency", "amount", "terms"])
        _write(
            self._customers.values(), ["amount", "moved_at", "amount_before", "was_known"]
        )  # fmt: skip

    def _monthly(self, row: SubscriptionRevenue, *, at: datetime) -> int:
        known = Known(self._prices, self._discounts.get(row.customer_id, ()))
        return recurring_revenue.monthly(row.pk, row.currency, row.terms, known, at=at)

    def _set(self, row: SubscriptionRevenue, amount: int, *, at: datetime) -> None:
        change, row.amount = amount - row.amount, amount
        if change:
            self._move((row.customer_id, row.currency), change, at=at)

    def _move(self, pair: _Pair, change: int, *, at: datetime) -> None:
        """Change what a customer brings in; the movement of the same instant is taken back for that."""
        row = self._customers.get(pair)
        if row is None:
            row = self._customers[pair] = self._new(pair, at=at)
        if row.moved_at == at:
            self._tell(row, sign=-1)
        else:
            row.was_known = row.was_known or row.amount > 0
            row.amount_before, row.moved_at = row.amount, at
        row.amount += change
        self._tell(row, sign=1)

    def _tell(self, row: CustomerRevenue, *, sign: int) -> None:
        before, after = row.amount_before, row.amount
        measure = recurring_revenue.movement(before, after, was_known=row.was_known)
        if measure is not None:
            amount = sign * (after - before)
            self._sums.add(measure, amount, row.currency, at=row.moved_at, count=sign)

    def _new(self, pair: _Pair, *, at: datetime) -> CustomerRevenue:
        scope = tenancy.current()
        customer, currency = pair
        return CustomerRevenue(
            id=CustomerRevenue.new_id(), site=scope.site, livemode=scope.livemode,
            created_at=self._at, customer_id=customer, currency=currency, moved_at=at,
        )  # fmt: skip


def _customer_of(event: Told) -> str:
    return str(event.snapshot["customer"])


def _lasting(customers: Iterable[str]) -> dict[str, list[Discount]]:
    """Return customers' discounts that hold for ever, in order, also those that were taken away."""
    rows = Discount.objects.select_related("coupon").filter(
        customer__in=list(customers), coupon__duration=Coupon.Duration.FOREVER,
        invoice__isnull=True, invoice_item__isnull=True,
    )  # fmt: skip
    found: dict[str, list[Discount]] = {}
    for row in rows.order_by("position", "created_at", "id"):
        found.setdefault(str(row.customer_id), []).append(row)
    return found


def _prices(terms: Iterable[Mapping[str, Any]]) -> dict[str, Price]:
    """Return the prices of subscriptions' items, by the ids that the wire shows."""
    wanted = {item["price"] for each in terms for item in each["items"]}
    keys = [key for pk in wanted for key in chosen_ids.keys(pk)]
    return {ids.shown(str(row.pk)): row for row in Price.objects.filter(pk__in=keys)}


def _write(rows: Iterable[Any], fields: list[str]) -> None:
    """Insert the rows that are new, and update the others."""
    found = list(rows)
    if found:
        model = type(found[0])
        model.objects.bulk_create(
            found, update_conflicts=True, update_fields=fields, unique_fields=["id"]
        )
