"""The demonstration merchant's year of billing: made on a test clock that is advanced from then to now.

The customers live by the clock while it runs and by real time afterwards, so that their subscriptions renew like
anybody's. Filling again, after a crash, finds what was made and goes on from where the clock stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from customers.kit import ids
from customers.models import Customer, TestClock
from customers.services import customers, test_clocks
from payments.billing.models import (
    Coupon,
    Invoice,
    InvoiceItem,
    Price,
    Product,
    Subscription,
    SubscriptionItem,
    SubscriptionSchedule,
    TaxRate,
)
from payments.billing.services import (
    coupons,
    invoices,
    prices,
    products,
    promotion_codes,
    subscription_wishes,
    subscriptions,
    tax_rates,
)
from payments.billing.services.demo_year import (
    COUPONS,
    PRICES,
    PRODUCTS,
    SEATS,
    SUBSCRIPTIONS,
    TAXES,
)
from payments.billing.services.subscription_wishes import ItemWish
from payments.services import clock_advances, payment_methods

NAME = "The demonstration's year"
TRIAL_DAYS, DAYS_UNTIL_DUE = 14, 30
_STEP = timedelta(days=27)
_SEATS = ("seats", "month")
_ON_CLOCK = (Subscription, SubscriptionSchedule, Invoice, InvoiceItem)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of SUBSCRIPTIONS."""

    key: str
    customer: Customer
    product: str
    interval: str
    currency: str
    at: datetime
    seats: int
    tax: str
    coupon: str
    fate: str


@dataclass(frozen=True, slots=True)
class _Shop:
    """What is sold, and how it is taxed."""

    prices: Mapping[tuple[str, str], Price]
    rates: Mapping[str, TaxRate]


def fill(people: Mapping[int, Customer], *, at: datetime) -> None:
    """Let some of the demonstration's customers have subscribed; no transaction may be open.

    Args:
        people: by place; one who was deleted is left out.
    """
    lines = list(_lines(people, at=at))
    clock = TestClock.objects.filter(name=NAME).first()
    if not lines or (clock is not None and clock.deleted_at is not None):
        return
    began = lines[0].at - timedelta(days=1)
    clock = clock or test_clocks.create(frozen_at=began, name=NAME, at=at)
    living = [line.customer.pk for line in lines]
    Customer.objects.filter(pk__in=living, deleted_at=None).update(test_clock=clock)
    shop = _stocked(at=began)
    for then, act in sorted(_acts(lines, shop), key=lambda entry: entry[0]):
        if then < at:
            _let_pass(clock, then, at=at)
            act(then)
    _let_pass(clock, at, at=at)
    _release(clock, at=at)


def _lines(people: Mapping[int, Customer], *, at: datetime) -> Iterator[_Line]:
    for number, text in enumerate(SUBSCRIPTIONS.strip().splitlines()):
        place, product, interval, currency, days, seats, tax, coupon, fate = text.split("|")
        customer = people.get(int(place))
        if customer is not None:
            then = at - timedelta(days=int(days), hours=number % 9, minutes=number * 13 % 60)
            yield _Line(
                f"demonstration subscription {number}", customer, product, interval, currency,
                then.replace(microsecond=0), int(seats or 0), tax, coupon, fate,
            )  # fmt: skip


def _stocked(*, at: datetime) -> _Shop:
    """Make what is sold, or find what was made before."""
    found = {price.nickname: price for price in Price.objects.exclude(nickname="")}
    sold: dict[tuple[str, str], Price] = {}
    for text in PRICES.strip().splitlines():
        product, interval, amounts = text.split("|")
        terms = {"recurring": {"interval": interval}, **_amounts(amounts)}
        sold[product, interval] = _price(found, product, interval, terms, at=at)
    tiers = [{"up_to": up_to, "unit_amount": cents} for up_to, cents in SEATS]
    terms = {
        "recurring": {"interval": "month"}, "currency": "usd", "billing_scheme": "tiered",
        "tiers_mode": "graduated", "tiers": tiers,
        "currency_options": {currency: {"tiers": tiers} for currency in ("eur",)},
    }  # fmt: skip
    sold[_SEATS] = _price(found, *_SEATS, terms, at=at)
    _make_coupons(at=at)
    return _Shop(sold, _rates(at=at))


def _price(
    found: Mapping[str, Price], product: str, interval: str, terms: Mapping[str, Any], *, at: datetime
) -> Price:  # fmt: skip
    name = f"{_names()[product][0]}, {'yearly' if interval == 'year' else 'monthly'}"
    if name in found:
        return found[name]
    details = {"nickname": name}
    return prices.create(_product(product, at=at), terms=terms, details=details, at=at)


def _product(key: str, *, at: datetime) -> Product:
    name, description = _names()[key]
    existing = Product.objects.filter(name=name).first()
    details = {"name": name, "description": description, "is_shippable": key == "coffee"}
    return existing or products.create(details=details, pk=key, at=at)


def _names() -> dict[str, tuple[str, str]]:
    return {
        key: (name, description)
        for key, name, description in (
            line.split("|") for line in PRODUCTS.strip().splitlines()
        )
    }  # fmt: skip


def _amounts(text: str) -> dict[str, Any]:
    pairs = [pair.split() for pair in text.split(",")]
    (currency, amount), *others = ((name, int(number)) for name, number in pairs)
    options = {name: {"unit_amount": number} for name, number in others}
    return {"currency": currency, "unit_amount": amount, "currency_options": options}


def _rates(*, at: datetime) -> dict[str, TaxRate]:
    found = {rate.metadata.get("key"): rate for rate in TaxRate.objects.all()}
    made = {}
    for text in TAXES.strip().splitlines():
        key, name, country, percent, kind = text.split("|")
        details = {
            "display_name": name, "country": country, "jurisdiction": country,
            "percentage": Decimal(percent), "is_inclusive": kind == "contained",
            "metadata": {"key": key},
        }  # fmt: skip
        made[key] = found.get(key) or tax_rates.create(details=details, at=at)
    return made


def _make_coupons(*, at: datetime) -> None:
    there = {ids.shown(str(pk)) for pk in Coupon.objects.values_list("pk", flat=True)}
    for text in COUPONS.strip().splitlines():
        pk, name, percent, months = text.split("|")
        if pk not in there:
            duration = Coupon.Duration.REPEATING if months else Coupon.Duration.FOREVER
            terms = {
                "name": name, "percent_off": Decimal(percent), "duration": duration,
                "duration_months": int(months) if months else None,
            }  # fmt: skip
            coupon = coupons.create(terms=terms, pk=pk, at=at)
            promotion_codes.create(coupon=coupon, terms={"code": pk.rstrip("0123456789")}, at=at)


def _acts(
    lines: list[_Line], shop: _Shop
) -> Iterator[tuple[datetime, Callable[[datetime], object]]]:
    """Yield what people did, and when."""
    for line in lines:
        yield line.at, partial(_subscribe, line, shop)
        for days, act in _follow(line, shop):
            yield line.at + timedelta(days=days), partial(_do, line, act)


def _do(line: _Line, act: Callable[..., object], at: datetime) -> None:
    """Let something happen to what came of a line, unless that has ended."""
    rows = Subscription.objects.select_related("customer").filter(metadata__key=line.key)
    subscription = rows.exclude(status__in=Subscription.ENDED).first()
    if subscription is not None:
        act(subscription, at=at)


def _follow(line: _Line, shop: _Shop) -> list[tuple[int, Callable[..., object]]]:
    """Return what happened to a subscription later, each with the days after which it did."""
    what, _, days = line.fate.partition(" ")
    if days and (what, line.interval) in shop.prices:
        return [(int(days), partial(_change, price=shop.prices[what, line.interval]))]
    if line.fate == "by invoice":
        return [(day, _pay_invoices) for day in range(DAYS_UNTIL_DUE - 6, 366, DAYS_UNTIL_DUE)]
    if what in _LATER:
        return [(int(days), _LATER[what])]
    seats = partial(_add_seats, price=shop.prices[_SEATS])
    others: dict[str, tuple[int, Callable[..., object]]] = {
        "seats": (60, seats),
        "ends": (30, _end_with_period),
    }
    return [others[what]] if what in others else []


def _let_pass(clock: TestClock, until: datetime, *, at: datetime) -> None:
    """Advance the clock to an instant, in steps that even the shortest subscription allows."""
    clock.refresh_from_db()
    while clock.frozen_at < until:
        then = min(clock.frozen_at + _STEP, until)
        clock = clock_advances.advance(clock, to=then, at=at)


def _subscribe(line: _Line, shop: _Shop, at: datetime) -> None:
    if Subscription.objects.filter(metadata__key=line.key).exists():
        return
    wishes = [ItemWish(price=str(shop.prices[line.product, line.interval].pk))]
    if line.seats:
        wishes.append(ItemWish(price=str(shop.prices[_SEATS].pk), quantity=line.seats))
    details: dict[str, Any] = {
        "currency": line.currency, "metadata": {"key": line.key}, "off_session": True,
        "tax_rates": [shop.rates[line.tax].pk] if line.tax else [],
        "discounts": [{"coupon": line.coupon}] if line.coupon else [],
        "payment_behavior": "allow_incomplete",
    }  # fmt: skip
    if line.fate == "by invoice":
        sent = Subscription.Collection.SEND
        details |= {"collection_method": sent, "days_until_due": DAYS_UNTIL_DUE}
    if line.fate == "trial":
        details["trial_period_days"] = TRIAL_DAYS
    customer = customers.get(line.customer.pk)
    subscriptions.create(customer, wishes=wishes, details=details, request_key=line.key, at=at)


def _change(subscription: Subscription, *, price: Price, at: datetime) -> None:
    item = subscription_wishes.items_of(subscription).first()
    if item is not None and item.price_id != price.pk:
        wish = ItemWish(pk=str(item.pk), price=str(price.pk))
        subscriptions.update(subscription, wishes=[wish], details={}, at=at)


def _add_seats(subscription: Subscription, *, price: Price, at: datetime) -> None:
    rows = SubscriptionItem.objects.filter(subscription=subscription, deleted_at=None)
    if not rows.filter(price=price).exists():
        wish = ItemWish(price=str(price.pk), quantity=4)
        subscriptions.update(subscription, wishes=[wish], details={}, at=at)


def _pay_invoices(subscription: Subscription, *, at: datetime) -> None:
    """Let the customer have paid what was sent to them, by a transfer that only the merchant's bank knows of."""
    for invoice in Invoice.objects.filter(subscription=subscription, status=Invoice.Status.OPEN):
        invoices.pay_out_of_band(invoice, at=at)


def _cancel(subscription: Subscription, *, at: datetime) -> None:
    said = {
        "cancellation_feedback": "switched_service",
        "cancellation_comment": "We do it ourselves now.",
    }
    subscriptions.cancel(subscription, details=said, at=at)


def _end_with_period(subscription: Subscription, *, at: datetime) -> None:
    if subscription.cancel_at is None:
        details = {"cancels_at_period_end": True, "cancellation_feedback": "too_expensive"}
        subscriptions.update(subscription, details=details, at=at)


def _pause(subscription: Subscription, *, at: datetime) -> None:
    pause = {"behavior": Subscription.Pause.MARK_UNCOLLECTIBLE, "resumes_at": None}
    subscriptions.update(subscription, details={"pause": pause}, at=at)


def _lose_card(subscription: Subscription, *, at: datetime) -> None:
    """Let the customer's only card be one that is declined from now on."""
    key = f"{subscription.metadata['key']} declined card"
    method = payment_methods.resolve("pm_card_chargeCustomerFail", request_key=key, at=at)
    if method.customer_id is None:
        method = payment_methods.attach(method, subscription.customer, at=at)
        customers.update(
            subscription.customer, details={"default_payment_method": method.pk}, at=at
        )


_LATER: dict[str, Callable[..., object]] = {
    "cancel": _cancel,
    "declines": _lose_card,
    "pause": _pause,
}


def _release(clock: TestClock, *, at: datetime) -> None:
    """Let the customers live by real time from now on, and the clock be gone."""
    with transaction.atomic():
        for model in _ON_CLOCK:
            model._default_manager.filter(test_clock_id=clock.pk).update(test_clock_id="")
        Customer.objects.filter(test_clock=clock).update(test_clock=None)
        TestClock.objects.filter(pk=clock.pk).update(deleted_at=at)
