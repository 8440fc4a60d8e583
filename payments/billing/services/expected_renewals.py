"""What many subscriptions' renewals will come to, with discounts and taxes, loaded for all of them together.

The arithmetic is that of invoices. What is not known yet is left out: what is put on the next invoice by then, changes
that a schedule has planned, and the customer's balance.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from django.db.models import Q

from customers.kit.errors import InvalidRequest
from payments.billing import totals
from payments.billing.models import Coupon, Discount, InvoiceItem, Subscription, SubscriptionItem
from payments.billing.services import discounts, invoice_totals, subscription_lines, tax_rates
from payments.billing.services import subscription_calendar as calendar
from payments.money import rounded

Items = Mapping[str, Sequence[SubscriptionItem]]
_ONCE = Coupon.Duration.ONCE


class Expected:
    """What subscriptions are billed with: discounts, tax rates, and what is pending.

    Args:
        subscriptions: with their customers.
        items: theirs, with prices, by their ids.
    """

    def __init__(self, subscriptions: Sequence[Subscription], items: Items) -> None:
        self._items = items
        self._pending = _pending(subscriptions)
        self._discounts = _discounts(subscriptions, items)
        self._rates = tax_rates.by_id(self._rate_ids(subscriptions))
        self._found: dict[tuple[object, ...], int] = {}

    def total(self, subscription: Subscription, at: datetime) -> int:
        """Return what a subscription is billed when it is renewed at the beginning of a period, in minor units."""
        share = calendar.share(subscription, at, calendar.end_of_period(subscription, at))
        is_next = at == subscription.period_end
        own = self._holding(subscription, at, is_next=is_next)
        of_items = {
            item.pk: self._of("subscription_item", item.pk, at, is_next=is_next)
            for item in self._items[subscription.pk]
        }
        ids = tuple(each.pk for found in (own, *of_items.values()) for each in found)
        key = (subscription.pk, share, is_next, ids)
        if key not in self._found:
            pending = self._pending_lines(subscription, at) if is_next else ()
            lines = [*pending, *self._lines(subscription, of_items, share)]
            self._found[key] = totals.totals(
                lines, invoice_totals.cuts(own, subscription.currency),
                exemption=subscription.customer.tax_exempt,  # type: ignore[arg-type]  # the column's choices
            ).total  # fmt: skip
        return self._found[key]

    def _holding(
        self, subscription: Subscription, at: datetime, *, is_next: bool
    ) -> list[Discount]:
        """Return the discounts of an invoice: the subscription's, or else the customer's."""
        own = self._of("subscription", subscription.pk, at, is_next=is_next)
        return own or self._of("customer", subscription.customer_id, at, is_next=is_next)

    def _of(self, owner: str, pk: str, at: datetime, *, is_next: bool) -> list[Discount]:
        """Return what holds at an instant; what holds once does so for the next invoice alone."""
        return [
            discount
            for discount in self._discounts.get((owner, pk), ())
            if discounts.holds(discount, at=at) and (is_next or discount.coupon.duration != _ONCE)
        ]

    def _lines(
        self, subscription: Subscription, own: Mapping[str, list[Discount]], share: Fraction
    ) -> Iterator[totals.Line]:
        for item in self._items[subscription.pk]:
            yield totals.Line(
                amount=_cost(subscription, item, share),
                discounts=invoice_totals.cuts(own[item.pk], subscription.currency),
                taxes=self._taxes(item.tax_rate_ids or subscription.tax_rate_ids),
                product=item.price.product_id,
            )

    def _pending_lines(self, subscription: Subscription, at: datetime) -> Iterator[totals.Line]:
        for item in self._pending[subscription.pk]:
            own = self._of("invoice_item", item.pk, at, is_next=True)
            own_rates = item.tax_rate_ids
            yield totals.Line(
                amount=item.amount,
                is_discountable=item.is_discountable,
                discounts=invoice_totals.cuts(own, subscription.currency),
                taxes=self._taxes(subscription.tax_rate_ids if own_rates is None else own_rates),
                product=item.price.product_id if item.price else "",
            )

    def _taxes(self, ids: Iterable[str]) -> tuple[totals.Rate, ...]:
        return tuple(invoice_totals.rate_of(self._rates[pk]) for pk in ids if pk in self._rates)

    def _rate_ids(self, subscriptions: Sequence[Subscription]) -> set[str]:
        found = {pk for row in subscriptions for pk in row.tax_rate_ids}
        for items in self._items.values():
            found.update(pk for item in items for pk in item.tax_rate_ids)
        for pending in self._pending.values():
            found.update(pk for item in pending for pk in item.tax_rate_ids or ())
        return found


def _cost(subscription: Subscription, item: SubscriptionItem, share: Fraction) -> int:
    """Return what an item costs; nothing where its price has lost the currency, as long as nobody bills it."""
    try:
        return rounded(subscription_lines.cost(subscription, item) * share)
    except InvalidRequest:
        return 0


def _pending(subscriptions: Sequence[Subscription]) -> dict[str, list[InvoiceItem]]:
    """Return what the subscriptions' next invoices bill beside their periods."""
    found: dict[str, list[InvoiceItem]] = defaultdict(list)
    customers = {row.customer_id for row in subscriptions}
    rows = InvoiceItem.objects.filter(
        customer__in=customers, invoice=None, subscription__in=[row.pk for row in subscriptions]
    )
    for item in rows.select_related("price").order_by("created_at", "id"):
        found[str(item.subscription_id)].append(item)
    return found


def _discounts(
    subscriptions: Sequence[Subscription], items: Items
) -> dict[tuple[str, str], list[Discount]]:
    """Return the living discounts of subscriptions, their items, customers and pending items, by whose they are."""
    of_customers = Q(
        customer__in={row.customer_id for row in subscriptions}, invoice=None, removed_at=None,
        used_at=None,
    )  # fmt: skip
    found: dict[tuple[str, str], list[Discount]] = defaultdict(list)
    rows = Discount.objects.filter(of_customers).select_related("coupon")
    for discount in rows.order_by("position", "created_at", "id"):
        found[_owner(discount)].append(discount)
    return found


def _owner(discount: Discount) -> tuple[str, str]:
    for name in ("subscription_item", "invoice_item", "subscription"):
        pk = getattr(discount, f"{name}_id")
        if pk is not None:
            return name, str(pk)
    return "customer", str(discount.customer_id)
