"""What is offered: the items of checkout sessions and payment links, and how many of each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.services import customers
from payments.billing.models import Price
from payments.billing.services import prices, tax_rates
from portal.models import CheckoutItem, CheckoutMode, CheckoutSession, CheckoutTerms, PaymentLink

MOST_ITEMS = 100
MOST_RECURRING = 20
MOST_QUANTITY = 999_999
_Owner = CheckoutSession | PaymentLink


def of(owner: _Owner) -> list[CheckoutItem]:
    """Return the items of a session or a link in order, with their prices and products."""
    rows = CheckoutItem.objects.select_related("price__product")
    found = rows.filter(**{_column(owner): owner})
    return list(found.order_by("position"))


def prepared(
    owner: _Owner, wanted: Sequence[Mapping[str, Any]], *, at: datetime
) -> list[CheckoutItem]:
    """Return the unsaved items of a session or a link, and set its currency where it has none.

    Args:
        wanted: each with `price` (an id, or a price that is sold already) or `price_data`, and perhaps `quantity`,
            `adjustable_quantity` (`enabled`, `minimum`, `maximum`), `tax_rates` (ids), `metadata`.

    Raises:
        NotFound: there is no such price, product or tax rate.
        InvalidRequest: they do not fit the mode, the currency, or each other.
    """
    items = [
        _prepared(owner, each, position, at=at) for position, each in enumerate(wanted)
    ]  # the first one decides the currency
    _check(owner, items)
    return items


def copied(items: Sequence[CheckoutItem], session: CheckoutSession) -> list[CheckoutItem]:
    """Return unsaved items for a session that begins by a link, like those of the link."""
    names = (
        "position", "price", "description", "currency", "quantity", "least_quantity", "most_quantity",
        "tax_rate_ids", "metadata",
    )  # fmt: skip
    return [
        CheckoutItem.belonging_to(
            session,
            session=session,
            created_at=session.created_at,
            **{name: getattr(item, name) for name in names},
        )
        for item in items
    ]


def choose(item: CheckoutItem, quantity: int, *, param: str = "quantity") -> None:
    """Set how many of an item the customer takes, unsaved.

    Raises:
        InvalidRequest: they cannot choose, or not that many.
    """
    least, most = item.least_quantity, item.most_quantity
    if least is None or most is None:
        raise InvalidRequest("The quantity of this item cannot be changed.", param=param)
    if not least <= quantity <= most:
        raise InvalidRequest(f"The quantity must be from {least} to {most}.", param=param)
    item.quantity = quantity


def bounds(wanted: Mapping[str, Any], where: str) -> tuple[int | None, int | None]:
    """Return between what a customer may choose a quantity: nothing where they may not.

    Args:
        where: the parameter that says it.

    Raises:
        InvalidRequest: the quantity lies outside.
    """
    said = wanted.get("adjustable_quantity") or {}
    if not said.get("enabled"):
        return None, None
    least, most = said.get("minimum", 0), said.get("maximum", 99)
    if not least <= wanted.get("quantity", 1) <= most:
        raise InvalidRequest(
            f"The quantity must be from {least} to {most}.", param=f"{where}[quantity]"
        )
    return least, most


def _column(owner: _Owner) -> str:
    return "session" if isinstance(owner, CheckoutSession) else "payment_link"


def _prepared(
    owner: _Owner, wanted: Mapping[str, Any], position: int, *, at: datetime
) -> CheckoutItem:
    where = f"line_items[{position}]"
    price = _price_of(wanted, where, at=at)
    owner.currency = owner.currency or price.currency
    prices.unit_amount(price, owner.currency)  # refuses a price that has none in this currency
    least, most = bounds(wanted, where)
    rates = tax_rates.resolve(wanted.get("tax_rates") or [], param=f"{where}[tax_rates]")
    return CheckoutItem.belonging_to(
        owner, created_at=at, position=position, price=price, description=price.product.name,
        currency=owner.currency, quantity=wanted.get("quantity", 1), least_quantity=least,
        most_quantity=most, tax_rate_ids=rates,
        metadata=customers.merged_metadata({}, wanted.get("metadata")), **{_column(owner): owner},
    )  # fmt: skip


def _price_of(wanted: Mapping[str, Any], where: str, *, at: datetime) -> Price:
    data = wanted.get("price_data")
    if (data is None) is not bool(wanted.get("price")):
        raise InvalidRequest(
            "Give one of these parameters: price, price_data.", param=f"{where}[price]"
        )
    if data is not None:
        return prices.inline(data, param=f"{where}[price_data]", at=at)
    if isinstance(wanted["price"], Price):
        return wanted["price"]
    return prices.usable(wanted["price"], param=f"{where}[price]")


def _check(owner: CheckoutTerms, items: Sequence[CheckoutItem]) -> None:
    """Refuse items that the mode does not know, or that cannot be one subscription."""
    recurring = [
        (place, item) for place, item in enumerate(items) if item.price.kind == Price.Kind.RECURRING
    ]
    if owner.mode == CheckoutMode.PAYMENT and recurring:
        raise InvalidRequest(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.",
            param=f"line_items[{recurring[0][0]}][price]",
        )
    if owner.mode != CheckoutMode.SUBSCRIPTION:
        return
    if not recurring:
        raise InvalidRequest(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            param="line_items",
        )
    if len(recurring) > MOST_RECURRING:
        raise InvalidRequest(
            f"There can be at most {MOST_RECURRING} recurring prices.", param="line_items"
        )
    first = recurring[0][1].price
    for place, item in recurring:
        if (item.price.interval, item.price.interval_count) != (
            first.interval,
            first.interval_count,
        ):
            raise InvalidRequest(
                "All recurring prices must have the same billing interval.",
                param=f"line_items[{place}][price]",
            )
