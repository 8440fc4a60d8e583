"""What somebody wants a subscription's items to be: checked against prices and each other, and put into rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from customers.kit import together
from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.unset import UNSET, Unset
from customers.services import customers
from payments.billing.models import Price, Subscription, SubscriptionItem
from payments.billing.services import discounts, prices, tax_rates
from payments.billing.services.discounts import Wanted

MOST_ITEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWish:
    """A new item, or a change of one.

    Args:
        param: where the request has it, such as `items[0]`.
        pk: the item to change; empty for a new one, or for the one that has the price.
        price: the id of its price; `price_data` describes one instead.
        metadata: merged into what is there.
        tax_rates: ids.
        discounts: hashes of `coupon`, `promotion_code` or `discount`; none are removed by an empty list.
        is_offered: whether the price was offered to the customer before, so that it may be archived by now.
    """

    param: str = ""
    pk: str = ""
    price: str = ""
    price_data: Mapping[str, Any] | None = None
    quantity: int | None = None
    metadata: Mapping[str, Any] | Unset | None = UNSET
    tax_rates: Sequence[str] | None = None
    discounts: Sequence[Mapping[str, str]] | Unset | None = UNSET
    is_deleted: bool = False
    is_offered: bool = False

    def at(self, name: str) -> str:
        """Return how an error spells one of its parameters."""
        return f"{self.param}[{name}]" if self.param else name


@dataclass(slots=True)
class Fitting:
    """A subscription's items as they are to be, and what becomes of the rows.

    Args:
        items: those that stay or come, in order.
        added: rows to insert.
        changed: rows that cost something else from now on.
        touched: rows to save; those in `changed` too.
        removed: rows that end.
        discounts: by item, what its discounts are to be.
    """

    items: list[SubscriptionItem] = field(default_factory=list)
    added: list[SubscriptionItem] = field(default_factory=list)
    changed: list[SubscriptionItem] = field(default_factory=list)
    touched: list[SubscriptionItem] = field(default_factory=list)
    removed: list[SubscriptionItem] = field(default_factory=list)
    discounts: list[tuple[SubscriptionItem, list[Wanted]]] = field(default_factory=list)

    @property
    def credited(self) -> list[SubscriptionItem]:
        """The items whose unused time is given back."""
        return [*self.changed, *self.removed]

    @property
    def debited(self) -> list[SubscriptionItem]:
        """The items whose remaining time is asked for."""
        return [item for item in self.items if item in self.changed or item in self.added]


def items_of(subscription: Subscription) -> QuerySet[SubscriptionItem]:
    """Return a subscription's items in order, with their prices and products."""
    rows = SubscriptionItem.objects.filter(subscription=subscription, deleted_at__isnull=True)
    return rows.select_related("price__product").order_by("position", "id")


def living_items(subscription: Subscription) -> list[SubscriptionItem]:
    """Return what `items_of` finds, or what a batch has read of it."""
    known = together.recalled((SubscriptionItem, subscription.pk))
    return list(items_of(subscription)) if known is None else list(known)


def fitted(
    subscription: Subscription, current: Sequence[SubscriptionItem], wishes: Iterable[ItemWish],
    *, at: datetime,
) -> Fitting:  # fmt: skip
    """Return what wishes make of a subscription's items; inline prices are made, nothing else is written.

    Raises:
        NotFound: there is no such item, price, tax rate, coupon or code.
        InvalidRequest: a price is not recurring or active, or has another currency or interval than the others.
    """
    fitting = Fitting(items=list(current))
    for wish in wishes:
        item = _meant(fitting.items, wish)
        if wish.is_deleted:
            fitting.items.remove(_existing(item, wish))
            fitting.removed.append(_existing(item, wish))
        elif item is None:
            _add(fitting, subscription, wish, at=at)
        else:
            _change(fitting, subscription, item, wish, at=at)
    _check(fitting.items)
    return fitting


def write(fitting: Fitting, subscription: Subscription, *, at: datetime) -> None:
    """Put a fitting's rows into the database, in the caller's transaction."""
    for item in fitting.removed:
        item.deleted_at = at
        item.save(update_fields=["deleted_at"])
    for item in fitting.touched:
        item.save()
    for item in fitting.added:
        item.save(force_insert=True)
    for item, wanted in fitting.discounts:
        discounts.replace(wanted, customer=subscription.customer, subscription_item=item, at=at)


def price_of(wish: ItemWish, *, at: datetime) -> Price | None:
    """Return the price that a wish names or describes; None where it does neither.

    Raises:
        NotFound: there is no such price.
        InvalidRequest: it names one and describes another, or the description makes none.
    """
    if wish.price and wish.price_data is not None:
        raise InvalidRequest(
            "You may only specify one of these parameters: price, price_data.",
            param=wish.at("price"),
        )
    if wish.price_data is not None:
        return prices.inline(wish.price_data, param=wish.at("price_data"), at=at)
    return prices.get(wish.price, param=wish.at("price")) if wish.price else None


def _meant(items: Sequence[SubscriptionItem], wish: ItemWish) -> SubscriptionItem | None:
    if not wish.pk:
        return None
    found = next((item for item in items if item.pk == wish.pk), None)
    if found is None:
        raise NotFound(f"No such subscription item: '{wish.pk}'", param=wish.at("id"))
    return found


def _existing(item: SubscriptionItem | None, wish: ItemWish) -> SubscriptionItem:
    if item is None:
        raise InvalidRequest("Give the id of the item that is to be deleted.", param=wish.at("id"))
    return item


def _add(fitting: Fitting, subscription: Subscription, wish: ItemWish, *, at: datetime) -> None:
    price = price_of(wish, at=at)
    if price is None:
        raise InvalidRequest(
            f"Missing required param: {wish.at('price')}.",
            param=wish.at("price"),
            code="parameter_missing",
        )
    _check_price(price, subscription, wish)
    _check_once(fitting.items, price, wish)
    item = SubscriptionItem.belonging_to(
        subscription, subscription=subscription, price=price,
        quantity=1 if wish.quantity is None else wish.quantity,
        metadata=customers.merged_metadata({}, _given(wish.metadata)),
        tax_rate_ids=_rates(wish), position=_next_position(fitting),
        subscribed_at=subscription.created_at, created_at=at,
    )  # fmt: skip
    fitting.items.append(item)
    fitting.added.append(item)
    _wish_discounts(fitting, item, wish, subscription, at=at)


def _change(
    fitting: Fitting, subscription: Subscription, item: SubscriptionItem, wish: ItemWish, *, at: datetime
) -> None:  # fmt: skip
    price = price_of(wish, at=at)
    before = (item.price_id, item.quantity)
    if price is not None and price.pk != item.price_id:
        _check_price(price, subscription, wish)
        _check_once([other for other in fitting.items if other is not item], price, wish)
        item.price = price
    if wish.quantity is not None:
        item.quantity = wish.quantity
    if not isinstance(wish.metadata, Unset):
        item.metadata = customers.merged_metadata(item.metadata, wish.metadata)
    if wish.tax_rates is not None:
        item.tax_rate_ids = _rates(wish)
    fitting.touched.append(item)
    if (item.price_id, item.quantity) != before:
        fitting.changed.append(item)
    _wish_discounts(fitting, item, wish, subscription, at=at)


def _given(metadata: Mapping[str, Any] | Unset | None) -> Mapping[str, Any]:
    return {} if metadata is None or isinstance(metadata, Unset) else metadata


def _rates(wish: ItemWish) -> list[str]:
    return tax_rates.resolve(list(wish.tax_rates or ()), param=wish.at("tax_rates"))


def _wish_discounts(
    fitting: Fitting, item: SubscriptionItem, wish: ItemWish, subscription: Subscription, *, at: datetime
) -> None:  # fmt: skip
    if isinstance(wish.discounts, Unset):
        return
    wanted = discounts.read(
        list(wish.discounts or ()),
        param=wish.at("discounts"),
        customer=subscription.customer,
        at=at,
    )
    fitting.discounts.append((item, wanted))


def _next_position(fitting: Fitting) -> int:
    taken = [item.position for item in (*fitting.items, *fitting.removed)]
    return max(taken, default=-1) + 1


def _check_price(price: Price, subscription: Subscription, wish: ItemWish) -> None:
    if price.kind != Price.Kind.RECURRING:
        raise InvalidRequest(
            f"The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: "
            f"{wish.price or price.pk}.",
            param=wish.at("price"),
        )
    if not (price.is_active or wish.price_data is not None or wish.is_offered):
        raise InvalidRequest(
            "The price specified is inactive. This field only accepts active prices.",
            param=wish.at("price"),
        )
    if subscription.currency not in prices.currencies(price):
        raise InvalidRequest(
            f"The price specified only supports `{price.currency}`. This doesn't match the expected currency: "
            f"`{subscription.currency}`.",
            param=wish.at("price"),
        )


def _check_once(items: Iterable[SubscriptionItem], price: Price, wish: ItemWish) -> None:
    if any(item.price_id == price.pk for item in items):
        raise InvalidRequest(
            f"Cannot add multiple subscription items with the same price: {wish.price}.",
            param=wish.at("price"),
        )


def _check(items: Sequence[SubscriptionItem]) -> None:
    if not items:
        raise InvalidRequest(
            "A subscription must have at least one item; cancel it instead.", param="items"
        )
    if len(items) > MOST_ITEMS:
        raise InvalidRequest(f"A subscription can have up to {MOST_ITEMS} items.", param="items")
    rhythms = {(item.price.interval, item.price.interval_count) for item in items}
    if len(rhythms) > 1:
        raise InvalidRequest(
            "Currency and interval fields must match across all prices on this subscription. Found mismatch in "
            "interval field.",
            param="items",
        )
