"""The phases of a subscription schedule: read from what is wanted, and turned into what becomes of a subscription.

A phase is kept as a hash of JSON; instants in it are seconds since 1970.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from customers.kit import ids
from customers.kit.errors import InvalidRequest
from customers.models import Customer
from payments.billing import periods
from payments.billing.models import Discount, Price, Subscription, SubscriptionItem
from payments.billing.services import discounts, prices, tax_rates
from payments.billing.services import subscription_wishes as wishes_of
from payments.billing.services.subscription_wishes import ItemWish
from payments.services import payment_methods

MOST_PHASES = 10
MOST_ITERATIONS = 120
Phase = dict[str, Any]
_KEPT = (
    "anchor", "collection_method", "days_until_due", "default_payment_method", "description", "discounts", "extras",
    "invoice_settings", "metadata", "proration_behavior", "tax_rates",
)  # fmt: skip


def read(
    wanted: Sequence[Mapping[str, Any]], *, start: datetime, customer: Customer, at: datetime
) -> list[Phase]:
    """Return phases that follow each other from an instant on, having checked what they name.

    Args:
        wanted: each with `wishes` (its items), `end_date`, `duration` (an interval and its count) or `iterations` (of
            its prices' interval), perhaps `start_date`, `trial` or `trial_end`, and terms as `subscriptions.update`
            takes them.

    Raises:
        NotFound: a price, tax rate, coupon or payment method is not there.
        InvalidRequest: a phase has no end, ends before it begins, or does not begin when the one before it ends.
    """
    if not 1 <= len(wanted) <= MOST_PHASES:
        raise InvalidRequest(f"A schedule has 1 to {MOST_PHASES} phases.", param="phases")
    phases = []
    for position, asked in enumerate(wanted):
        param = f"phases[{position}]"
        if position and asked.get("start_date") not in (None, start):
            raise InvalidRequest(
                "A phase must begin when the one before it ends.", param=f"{param}[start_date]"
            )
        items = [_item(wish, customer, at=at) for wish in asked["wishes"]]
        if not items:
            raise InvalidRequest("A phase needs an item.", param=f"{param}[items]")
        end = _end(asked, items, start, param)
        phase: Phase = {
            "start_at": _seconds(start), "end_at": _seconds(end), "items": [kept for _price, kept in items]
        }  # fmt: skip
        phase["currency"] = str(asked.get("currency") or items[0][0].currency)
        _read_terms(phase, asked, param, customer, at=at)
        phases.append(phase)
        start = end
    return phases


def of_subscription(subscription: Subscription) -> Phase:
    """Return the phase that a subscription is in, as it is: its current period."""
    return {
        "start_at": _seconds(subscription.period_start),
        "end_at": _seconds(subscription.period_end),
        "currency": subscription.currency,
        "items": [_kept(item) for item in wishes_of.items_of(subscription)],
        "discounts": [
            {"discount": held.pk} for held in discounts.of_owner(subscription=subscription)
        ],
        "proration_behavior": "create_prorations",
    }


def wishes(
    phase: Phase, current: Sequence[SubscriptionItem], *, before: Phase | None = None
) -> list[ItemWish]:
    """Return what a phase wants of a subscription's items: those that it does not name end.

    Args:
        before: the phase that the items come from.
    """
    by_price = {item.price_id: item for item in current}
    had = {kept["price"]: kept["discounts"] for kept in before["items"]} if before else {}
    wanted = []
    for place, kept in enumerate(phase["items"]):
        item = by_price.pop(kept["price"], None)
        held = discounts.of_owner(subscription_item=item) if item else []
        wanted.append(
            ItemWish(
                param=f"phases[items][{place}]", pk=item.pk if item else "",
                price="" if item else kept["price"], quantity=kept["quantity"],
                metadata=kept["metadata"], tax_rates=kept["tax_rates"],
                discounts=_carried(kept["discounts"], had.get(kept["price"], ()), held),
            )
        )  # fmt: skip
    gone = [ItemWish(pk=item.pk, is_deleted=True) for item in by_price.values()]
    return [*wanted, *gone]


def own_discounts(
    phase: Phase, subscription: Subscription, *, before: Phase
) -> list[Mapping[str, str]]:
    """Return what a phase wants of a subscription's own discounts: the phase before takes with it what it gave."""
    held = discounts.of_owner(subscription=subscription)
    had = before.get("discounts", ())
    if "discounts" in phase:
        return _carried(phase["discounts"], had, held)
    return [{"discount": each.pk} for each in held if not any(_is_of(each, asked) for asked in had)]


def details(phase: Phase, settings: Mapping[str, Any], customer: Customer) -> dict[str, Any]:
    """Return what a phase wants of a subscription's terms, with what the schedule says of all phases."""
    said = {**settings, **{name: phase[name] for name in _KEPT if name in phase}}
    wanted = {name: value for name, value in said.items() if value is not None}
    if "invoice_settings" in wanted:
        common = settings.get("invoice_settings", {})
        wanted["invoice_settings"] = {**common, **wanted["invoice_settings"]}
    if wanted.get("anchor") != "now":
        wanted.pop("anchor", None)
    if wanted.get("default_payment_method"):
        wanted["default_payment_method"] = payment_methods.get_own(
            customer, wanted["default_payment_method"], param="default_payment_method"
        )
    if phase.get("trial_end"):
        wanted["trial_end"] = instant(phase["trial_end"])
    return wanted


def at_time(phases: Sequence[Phase], at: datetime) -> int | None:
    """Return which phase is under way at an instant; None before the first and after the last."""
    now = _seconds(at)
    places = (
        place for place, phase in enumerate(phases) if phase["start_at"] <= now < phase["end_at"]
    )
    return next(places, None)


def instant(seconds: int) -> datetime:
    """Return an instant of a phase."""
    return datetime.fromtimestamp(seconds, UTC)


def _read_terms(
    phase: Phase, asked: Mapping[str, Any], param: str, customer: Customer, *, at: datetime
) -> None:
    """Check and keep what a phase says beside its items and dates."""
    phase.update({name: asked[name] for name in _KEPT if asked.get(name) is not None})
    discounts.read(asked.get("discounts"), param=f"{param}[discounts]", customer=customer, at=at)
    if asked.get("tax_rates"):
        tax_rates.resolve(asked["tax_rates"], param=f"{param}[default_tax_rates]")
    if asked.get("default_payment_method"):
        payment_methods.get_own(
            customer, asked["default_payment_method"], param=f"{param}[default_payment_method]"
        )
    trial_end = instant(phase["end_at"]) if asked.get("trial") else asked.get("trial_end")
    if trial_end is not None:
        if not phase["start_at"] < _seconds(trial_end) <= phase["end_at"]:
            raise InvalidRequest(
                "A phase's trial must end within the phase.", param=f"{param}[trial_end]"
            )
        phase["trial_end"] = _seconds(trial_end)


def _end(
    asked: Mapping[str, Any], items: Sequence[tuple[Price, Any]], start: datetime, param: str
) -> datetime:
    given = [name for name in ("end_date", "duration", "iterations") if asked.get(name)]
    if len(given) != 1:
        raise InvalidRequest(
            "Give one of these parameters: end_date, duration, iterations.",
            param=f"{param}[end_date]",
        )
    if given == ["end_date"]:
        end: datetime = asked["end_date"]
    else:
        price = items[0][0]
        unit, count = asked.get("duration") or (price.interval, price.interval_count)
        rhythm = periods.Interval(unit, count)  # type: ignore[arg-type]  # the column's choices
        try:
            end = periods.nth(start, rhythm, asked.get("iterations") or 1)
        except ValueError as error:
            raise InvalidRequest(
                "The phase ends too late.", param=f"{param}[{given[0]}]"
            ) from error
    if end <= start:
        raise InvalidRequest("A phase must end after it begins.", param=f"{param}[end_date]")
    return end


def _item(wish: ItemWish, customer: Customer, *, at: datetime) -> tuple[Price, dict[str, Any]]:
    price = wishes_of.price_of(wish, at=at)
    if price is None:
        raise InvalidRequest(
            f"Missing required param: {wish.at('price')}.",
            param=wish.at("price"),
            code="parameter_missing",
        )
    if price.kind != Price.Kind.RECURRING:
        raise InvalidRequest(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
            param=wish.at("price"),
        )
    wanted = list(wish.discounts or ()) if isinstance(wish.discounts, list) else []
    discounts.read(wanted, param=wish.at("discounts"), customer=customer, at=at)
    kept = {
        "price": price.pk,
        "quantity": 1 if wish.quantity is None else wish.quantity,
        "metadata": dict(wish.metadata) if isinstance(wish.metadata, dict) else {},
        "tax_rates": tax_rates.resolve(list(wish.tax_rates or ()), param=wish.at("tax_rates")),
        "discounts": wanted,
    }
    return prices.get(price.pk) if not price.is_active else price, kept


def _kept(item: SubscriptionItem) -> dict[str, Any]:
    held = discounts.of_owner(subscription_item=item)
    return {
        "price": item.price_id,
        "quantity": item.quantity,
        "metadata": item.metadata,
        "tax_rates": item.tax_rate_ids,
        "discounts": [{"discount": discount.pk} for discount in held],
    }


def _carried(
    wanted: Sequence[Mapping[str, str]],
    had: Sequence[Mapping[str, str]],
    held: Sequence[Discount],
) -> list[Mapping[str, str]]:
    """Return discounts of a phase, having named those that are there already, so that nobody redeems them again.

    What the phase before had as well and is there no more does not begin anew: its time is over, or somebody took it
    away.

    Args:
        had: what the phase before wanted.
    """
    found: list[Mapping[str, str]] = []
    for asked in wanted:
        kept = next((each for each in held if _is_of(each, asked)), None)
        if kept is not None:
            found.append({"discount": kept.pk})
        elif asked not in had:
            found.append(asked)
    return found


def _is_of(discount: Discount, asked: Mapping[str, str]) -> bool:
    """Tell whether a discount is what a phase asks for, or was made of it."""
    return (
        discount.pk == asked.get("discount")
        or ids.shown(discount.coupon_id) == asked.get("coupon")
        or discount.promotion_code_id == asked.get("promotion_code", "")
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
