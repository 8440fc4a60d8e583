"""What a subscription brings in a month, by Stripe's definition of monthly recurring revenue.

- A subscription counts while it is `active` or `past_due`; not on trial, nor `incomplete`, `unpaid`, `paused` or ended.
  One whose collection is paused is active, and counts.
- Of each item counts what an invoice would say for a whole period, without taxes, brought to a month: a year is 12
  months, a week 12/52 and a day 12/365 of one. That is rounded once for each item, half away from zero.
- Coupons that hold for ever count; those that hold once or for some months do not. They are the subscription's own and
  its items', or else the customer's.
- An active customer is one whose subscriptions bring in more than nothing. Who never did and begins to is new; who did
  before, and not now, is reactivated; more and less of it are expansion and contraction, nothing is churn. What changes
  at one and the same instant is one movement. Each currency is looked at by itself.

Source: https://support.stripe.com/questions/billing-analytics,
https://docs.stripe.com/billing/subscriptions/analytics/glossary
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from payments.billing import pricing, totals
from payments.billing.models import DailyFigure, Discount, Price, Subscription
from payments.billing.services import discounts, prices
from payments.billing.totals import Cut
from payments.money import rounded

Measure = DailyFigure.Measure
COUNTED = frozenset({Subscription.Status.ACTIVE, Subscription.Status.PAST_DUE})
_A_MONTH = {
    Price.Unit.DAY: Fraction(365, 12),
    Price.Unit.WEEK: Fraction(52, 12),
    Price.Unit.MONTH: Fraction(1),
    Price.Unit.YEAR: Fraction(1, 12),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What amounts are worked out from, beside the terms.

    Args:
        prices: by the ids that the wire shows.
        discounts: those of the subscription's customer whose coupons hold for ever, also those that were taken away.
    """

    prices: Mapping[str, Price]
    discounts: Iterable[Discount]


def terms_of(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event's picture of a subscription says of what it brings in."""
    default = snapshot.get("default_tax_rates") or []
    return {
        "status": snapshot["status"],
        "items": [
            {
                "id": item["id"],
                "price": item["price"]["id"],
                "quantity": item.get("quantity") or 0,
                "taxes": _contained(item.get("tax_rates") or default),
            }
            for item in snapshot["items"]["data"]
        ],
    }


def monthly(
    subscription: str, currency: str, terms: Mapping[str, Any], known: Known, *, at: datetime
) -> int:
    """Return what a subscription brings in a month, in minor units.

    Args:
        subscription: its id.
        at: when, for discounts come and go.
    """
    if terms["status"] not in COUNTED:
        return 0
    items = [item for item in terms["items"] if _has_price(item, currency, known)]
    holding = [each for each in known.discounts if _holds(each, at=at)]
    lines = [_line(item, currency, known.prices[item["price"]], holding) for item in items]
    own = [each for each in holding if each.subscription_id == subscription]
    found = totals.totals(lines, _cuts(own or [*filter(_is_customers, holding)], currency))
    return sum(
        _a_month(known.prices[item["price"]], line.amount - _taken(whole), item["taxes"])
        for item, line, whole in zip(items, lines, found.lines, strict=True)
    )


def movement(before: int, after: int, *, was_known: bool) -> Measure | None:
    """Return what a change of a customer's revenue is called; None where there is none.

    Args:
        was_known: whether it was ever above nothing.
    """
    if before == after:
        return None
    if not before:
        return Measure.REACTIVATION if was_known else Measure.NEW
    if not after:
        return Measure.CHURN
    return Measure.EXPANSION if after > before else Measure.CONTRACTION


def _has_price(item: Mapping[str, Any], currency: str, known: Known) -> bool:
    """Tell whether it can still be said what an item costs; a currency may have been taken off its price."""
    price = known.prices.get(item["price"])
    return price is not None and currency in prices.currencies(price)


def _contained(rates: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the percentages of the taxes that amounts contain."""
    return [str(rate["percentage"]) for rate in rates if rate["inclusive"]]


def _line(
    item: Mapping[str, Any], currency: str, price: Price, holding: Iterable[Discount]
) -> totals.Line:
    own = [each for each in holding if each.subscription_item_id == item["id"]]
    return totals.Line(
        amount=pricing.amount(prices.pricing(price, currency), item["quantity"]),
        discounts=_cuts(own, currency),
        product=price.product_id,
    )


def _a_month(price: Price, net: int, taxes: Iterable[str]) -> int:
    """Bring what a period costs to a month, without the taxes that it contains."""
    own = totals.without_tax(net, [Decimal(percent) for percent in taxes])
    return rounded(own * _A_MONTH[Price.Unit(price.interval)] / price.interval_count)


def _taken(line: totals.LineTotals) -> int:
    return sum(cut.amount for cut in line.discounts)


def _cuts(found: Iterable[Discount], currency: str) -> tuple[Cut, ...]:
    cuts = (discounts.cut(each, currency) for each in found)
    return tuple(cut for cut in cuts if cut is not None)


def _holds(discount: Discount, *, at: datetime) -> bool:
    """Tell whether a discount held at an instant, which may be long ago."""
    return discount.start_at <= at and (discount.removed_at is None or discount.removed_at > at)


def _is_customers(discount: Discount) -> bool:
    return discount.subscription_id is None and discount.subscription_item_id is None
