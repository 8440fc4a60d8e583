"""How the portal puts one subscription: its plan, its state, what happens next, and what can be done about that.

Everything here is called with the reader's language active.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from babel.numbers import format_percent
from django.utils.translation import pgettext

from customers.kit import ids
from customers.services.letters import Reader
from payments.billing import pricing
from payments.billing.models import Coupon, Discount, Price, Subscription, SubscriptionItem
from payments.billing.services import document_parts as parts
from payments.billing.services import prices
from payments.billing.services.planned_changes import Planned
from payments.emails import shown
from portal.views import statement
from portal.views.statement import Badge

Status = Subscription.Status
Duration = Coupon.Duration
_LONGEST_NAME = 120
Counted = tuple[Price, int]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done.

    Args:
        url: where; an address to go to, or where a form is sent.
        is_form: which of these.
    """

    label: str
    url: str
    style: str = ""
    is_form: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody should know before anything else.

    Args:
        tone: `warn`, `bad` or `ok`.
    """

    tone: str
    title: str
    text: str = ""
    acts: Sequence[Act] = field(default_factory=tuple)


def counted(items: Iterable[SubscriptionItem]) -> list[Counted]:
    """Return the prices of items with their quantities."""
    return [(item.price, item.quantity) for item in items]


def plan(price: Price) -> str:
    """Return how a price is told from others: its product's name, and its own."""
    own = [price.product.name, price.nickname]
    return parts.cut(" · ".join(each for each in own if each), _LONGEST_NAME) or ids.shown(price.pk)


def plans(items: Iterable[Counted]) -> str:
    """Return plans in a line, with how many of each, where that is not one."""
    return ", ".join(
        plan(price) if quantity == 1 else f"{quantity} \N{MULTIPLICATION SIGN} {plan(price)}"
        for price, quantity in items
    )


def cost(items: Sequence[Counted], currency: str, to: Reader) -> str:
    """Return what plans of one rhythm come to before discounts and taxes, such as `$10.00 per month`."""
    total = sum(
        pricing.amount(prices.pricing(price, currency), quantity) for price, quantity in items
    )
    first = items[0][0]
    amount = statement.money(total, currency, to)
    return statement.per_period(amount, first.interval, first.interval_count)


def unit_cost(price: Price, currency: str, to: Reader) -> str:
    """Return what one of a plan costs; of what has tiers, that it depends."""
    unit = prices.unit_amount(price, currency)
    if unit is None:
        return pgettext("page", "Price by quantity")
    amount = shown.unit_amount(unit, currency, to)
    if price.divide_by:
        words = {"amount": amount, "count": price.divide_by}
        amount = pgettext("page", "%(amount)s for %(count)s") % words
    return statement.per_period(amount, price.interval, price.interval_count)


def badges(subscription: Subscription, to: Reader) -> list[Badge]:
    """Return a subscription's state, and beside it when it ends, if it does."""
    badge = statement.subscription_badge(subscription)
    if subscription.status in Subscription.ENDED or subscription.cancel_at is None:
        return [badge]
    words = {"date": shown.day(subscription.cancel_at, to)}
    return [(pgettext("page", "Ends on %(date)s") % words, "warn")]


def discount(found: Discount, to: Reader) -> str:
    """Return what a discount takes off, and until when."""
    said = _off(found.coupon, to)
    called = found.coupon.name
    text = pgettext("page", "%(off)s off") % {"off": said}
    text = f"{called}: {text}" if called else text
    if found.end_at is None:
        return text
    until = pgettext("page", "until %(date)s") % {"date": shown.day(found.end_at, to)}
    return f"{text}, {until}"


def offer(coupon: Coupon, to: Reader) -> str:
    """Return what a coupon takes off and for how long, as an offer for staying."""
    words: dict[str, object] = {"off": _off(coupon, to), "count": coupon.duration_months}
    if coupon.duration == Duration.FOREVER:
        return pgettext("page", "Stay and get %(off)s off for as long as you are with us.") % words
    if coupon.duration == Duration.ONCE:
        return pgettext("page", "Stay and get %(off)s off your next bill.") % words
    if coupon.duration_months == 1:
        return pgettext("page", "Stay and get %(off)s off for a month.") % words
    return pgettext("page", "Stay and get %(off)s off for %(count)s months.") % words


def what_is_planned(planned: Planned, subscription: Subscription, to: Reader) -> tuple[str, str]:
    """Return what becomes of a subscription at the end of its period: a title and a text."""
    date = {"date": shown.day(planned.begins_at, to)}
    if not planned.items:
        return pgettext("page", "Your subscription ends on %(date)s") % date, ""
    title = pgettext("page", "Your plan changes on %(date)s") % date
    words = {
        "plan": plans(planned.items),
        "cost": cost(list(planned.items), subscription.currency, to),
    }
    return title, pgettext("page", "It is %(plan)s from then on: %(cost)s.") % words


def pause_ends(until: datetime | None, to: Reader) -> str:
    """Return until when nothing is charged."""
    if until is None:
        return pgettext("page", "Nothing is charged until you resume.")
    words = {"date": shown.day(until, to)}
    return pgettext("page", "Nothing is charged before %(date)s.") % words


def _off(coupon: Coupon, to: Reader) -> str:
    if coupon.percent_off is not None:
        return _percent(coupon.percent_off, to)
    return statement.money(coupon.amount_off or 0, coupon.currency, to)


def _percent(value: Decimal, to: Reader) -> str:
    return format_percent(value / 100, locale=to.locale, decimal_quantization=False)
