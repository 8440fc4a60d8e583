"""What a subscription's items cost for a period or a part of one, as lines of an invoice.

What is given back is a part of a line that was billed, after its discounts and with its taxes; what is asked for the
rest of a period is the same part of what a whole period costs after the discounts that hold. Both become lines that no
further discount touches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from payments.billing import pricing, proration, totals
from payments.billing.models import (
    Discount,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    Price,
    Subscription,
    SubscriptionItem,
)
from payments.billing.services import discounts, prices
from payments.billing.services import subscription_calendar as calendar
from payments.billing.services.invoice_lines import NewLine
from payments.billing.services.subscription_texts import trial, voice_for
from payments.money import rounded


@dataclass(frozen=True, slots=True)
class Billed:
    """What was billed for an item and can still be given back.

    Args:
        key: the id of the invoice item, or of the line where no invoice item was behind it.
        net: after discounts, for `start` to `end`.
        until: where what was given back before begins; the end where nothing was.
    """

    key: str
    item_id: str
    net: int
    start: datetime
    end: datetime
    until: datetime
    price: Price
    quantity: int
    tax_rate_ids: list[str] | None

    def unused(self, since: datetime, until: datetime) -> int:
        """Return what of it lies between two instants."""
        left = proration.debit(self.net, proration.fraction(self.start, self.end, since))
        return left - proration.debit(self.net, proration.fraction(self.start, self.end, until))


def cost(subscription: Subscription, item: SubscriptionItem) -> int:
    """Return what an item costs for a whole period, before discounts."""
    return pricing.amount(prices.pricing(item.price, subscription.currency), item.quantity)


def of_period(
    subscription: Subscription,
    items: Iterable[SubscriptionItem],
    start: datetime,
    end: datetime,
    *,
    is_free: bool = False,
    at: datetime,
) -> list[NewLine]:
    """Return the lines of a period, or of the part of one between its boundary and another instant.

    Args:
        is_free: whether it is a trial.
        at: when, which tells the items' discounts.
    """
    share = calendar.share(subscription, start, end)
    items, lines = list(items), []
    own = discounts.of_items(items, at=at)
    with voice_for(subscription.customer) as voice:
        for item in items:
            said = (
                trial(item.price, item.quantity)
                if is_free
                else voice.period(item.price, item.quantity, subscription.currency)
            )
            amount = 0 if is_free else rounded(cost(subscription, item) * share)
            is_whole = share == 1 and not is_free and item.price.divide_by is None
            unit = prices.unit_amount(item.price, subscription.currency) if is_whole else None
            lines.append(
                _line(
                    subscription, item, amount, said, start, end,
                    unit_amount_decimal=unit, is_proration=not is_free and share != 1,
                    discount_ids=[each.pk for each in own.get(item.pk, ())],
                )
            )  # fmt: skip
    return lines


def of_past(
    subscription: Subscription, items: Iterable[SubscriptionItem], start: datetime, end: datetime
) -> list[NewLine]:
    """Return the lines of the time before the first period of a subscription that began in the past."""
    periods = calendar.elapsed(subscription, start, end)
    with voice_for(subscription.customer) as voice:
        return [
            _line(
                subscription, item, rounded(cost(subscription, item) * periods),
                voice.remaining(item.price, item.quantity, start), start, end, is_proration=True,
            )
            for item in items
        ]  # fmt: skip


def credits_of(
    subscription: Subscription, billed: Iterable[Billed], *, at: datetime
) -> list[NewLine]:
    """Return the lines that give back what is unused from an instant on."""
    lines = []
    with voice_for(subscription.customer) as voice:
        for piece in billed:
            amount = -piece.unused(at, piece.until)
            if not amount:
                continue
            lines.append(
                NewLine(
                    amount=amount, currency=subscription.currency,
                    description=voice.unused(piece.price, piece.quantity, at),
                    period_start=max(at, piece.start), period_end=piece.until, price=piece.price,
                    quantity=piece.quantity, subscription_item=_reference(subscription, piece),
                    is_discountable=False, is_proration=True, credits_line_id=piece.key,
                    tax_rate_ids=piece.tax_rate_ids,
                )
            )  # fmt: skip
    return lines


def debits_of(
    subscription: Subscription,
    items: Iterable[SubscriptionItem],
    all_items: Sequence[SubscriptionItem],
    start: datetime,
    end: datetime,
    *,
    at: datetime,
) -> list[NewLine]:
    """Return the lines that ask for items for the rest of a period.

    Args:
        items: those to ask for.
        all_items: those of the subscription, over which amounts that are taken off are spread.
        at: when, which tells the discounts.
    """
    share = calendar.share(subscription, start, end)
    nets = _net_costs(subscription, all_items, at=at)
    lines = []
    with voice_for(subscription.customer) as voice:
        for item in items:
            amount = proration.debit(nets[item.pk], share)
            if amount:
                said = voice.remaining(item.price, item.quantity, start)
                lines.append(
                    _line(
                        subscription, item, amount, said, start, end,
                        is_proration=True, is_discountable=False,
                    )
                )  # fmt: skip
    return lines


def billed_for(
    subscription: Subscription, item_ids: Iterable[str], *, at: datetime
) -> list[Billed]:
    """Return what was billed for items, or is about to be, and reaches beyond an instant."""
    wanted = list(item_ids)
    rows = _pieces(subscription, wanted)
    given_back: dict[str, datetime] = {}
    for row in rows:
        key = row.credits_line_id
        if key:
            given_back[key] = min(given_back.get(key, row.period_start), row.period_start)
    found = []
    for row in rows:
        if row.credits_line_id or row.amount <= 0:
            continue
        piece = _billed(row, given_back)
        if piece.until > at:
            found.append(piece)
    return found


def _pieces(subscription: Subscription, item_ids: list[str]) -> list[Any]:
    """Return the lines of invoices that count, and the pending items, of a subscription's items."""
    mine = Q(subscription_item__in=item_ids)
    current = Q(period_end__gt=subscription.period_start)
    lines = InvoiceLine.objects.filter(mine, current).exclude(invoice__status=Invoice.Status.VOID)
    pending = InvoiceItem.objects.filter(mine, current, invoice__isnull=True, is_proration=True)
    return [
        *lines.select_related("price__product").order_by("created_at", "position"),
        *pending.select_related("price__product").order_by("created_at", "id"),
    ]


def _billed(row: Any, given_back: dict[str, datetime]) -> Billed:
    is_line = isinstance(row, InvoiceLine)
    key = (row.invoice_item_id if is_line else None) or row.pk
    discounted = sum(amount for _key, amount in row.discounts_shown) if is_line else 0
    rates = [tax["id"] for tax in row.taxes_shown] if is_line else row.tax_rate_ids
    return Billed(
        key=key, item_id=row.subscription_item_id, net=row.amount - discounted,
        start=row.period_start, end=row.period_end,
        until=min(given_back.get(key, row.period_end), row.period_end),
        price=row.price, quantity=1 if row.quantity is None else row.quantity, tax_rate_ids=rates,
    )  # fmt: skip


def _net_costs(
    subscription: Subscription, items: Sequence[SubscriptionItem], *, at: datetime
) -> dict[str, int]:
    """Return by item what a whole period costs after discounts."""
    holding = discounts.holding(customer=subscription.customer, subscription=subscription, at=at)
    own = discounts.of_items(items, at=at)
    for discount in _used_up(subscription, items):
        if discount.subscription_item_id is None:
            holding.append(discount)
        else:
            own[str(discount.subscription_item_id)].append(discount)
    lines = [
        totals.Line(
            amount=cost(subscription, item), discounts=_cuts(own.get(item.pk, ()), subscription.currency),
            product=item.price.product_id,
        )
        for item in items
    ]  # fmt: skip
    found = totals.totals(lines, _cuts(holding, subscription.currency))
    return {
        item.pk: line.amount - sum(cut.amount for cut in whole.discounts)
        for item, line, whole in zip(items, lines, found.lines, strict=True)
    }


def _used_up(subscription: Subscription, items: Sequence[SubscriptionItem]) -> Iterable[Discount]:
    """Return the discounts that held once, and did so for the period that is under way: they hold for its changes."""
    lines = InvoiceLine.objects.filter(
        subscription_item__in=items, period_end__gt=subscription.period_start
    )
    shown = lines.exclude(discounts_shown=[]).values_list("discounts_shown", flat=True)
    used = {key for pairs in shown for key, _amount in pairs}
    if not used:
        return []
    return Discount.objects.filter(pk__in=used, used_at__isnull=False).select_related("coupon")


def _cuts(found: Iterable[Discount], currency: str) -> tuple[totals.Cut, ...]:
    cuts = (discounts.cut(discount, currency) for discount in found)
    return tuple(cut for cut in cuts if cut is not None)


def _line(
    subscription: Subscription,
    item: SubscriptionItem,
    amount: int,
    description: str,
    start: datetime,
    end: datetime,
    **more: Any,
) -> NewLine:
    return NewLine(
        amount=amount, currency=subscription.currency, description=description,
        period_start=start, period_end=end, price=item.price, quantity=item.quantity,
        subscription_item=item, tax_rate_ids=item.tax_rate_ids or None, metadata=item.metadata, **more,
    )  # fmt: skip


def _reference(subscription: Subscription, piece: Billed) -> SubscriptionItem:
    """Return an item as far as a reference to it goes."""
    return SubscriptionItem(
        id=piece.item_id, site_id=subscription.site_id, livemode=subscription.livemode,
        subscription=subscription, price=piece.price,
    )  # fmt: skip
