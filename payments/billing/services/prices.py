"""Prices: made, changed in what may change, and withdrawn; and how each of them is computed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet

from customers.events.services import events
from customers.kit import statements, tenancy
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, InvalidState, NotFound
from customers.services import customers
from payments.billing.models import InvoiceItem, InvoiceLine, Price, Product, SubscriptionItem
from payments.billing.pricing import Pricing, Tier
from payments.billing.services import chosen_ids, price_terms, products

_KEEP = "SELECT id FROM billing_price WHERE id = %s AND deleted_at IS NULL FOR KEY SHARE"
_MODES: dict[str, Literal["graduated", "volume"]] = {"graduated": "graduated", "volume": "volume"}
_USERS = (SubscriptionItem, InvoiceItem, InvoiceLine)
"""What refers to prices."""


def get(pk: str, *, param: str = "id") -> Price:
    """Return a price of the chosen site, by the id that the wire shows.

    Raises:
        NotFound: there is none, or it was a plan that was deleted.
    """
    rows = Price.objects.select_related("product").filter(deleted_at=None)
    found = rows.filter(pk__in=chosen_ids.keys(pk)).first()
    if found is None:
        raise _missing(pk, param=param)
    return found


def usable(pk: str, *, param: str) -> Price:
    """Return a price that something new may be sold at.

    Raises:
        NotFound: there is none.
        InvalidRequest: it was archived.
    """
    price = get(pk, param=param)
    if not price.is_active:
        raise InvalidRequest(
            "The price specified is inactive. This field only accepts active prices.", param=param
        )
    return price


def pricing(price: Price, currency: str = "") -> Pricing:
    """Return how a price is computed.

    Args:
        currency: in which; the price's own when empty.

    Raises:
        InvalidRequest: it has no amounts in this currency.
    """
    exact, tiers = unit_amount(price, currency), _tiers(price, currency)
    if price.scheme == Price.Scheme.TIERED:
        kept = tuple(_tier(tier) for tier in tiers)
        return Pricing("tiered", tiers_mode=_MODES[price.tiers_mode], tiers=kept)
    return Pricing(
        "per_unit",
        unit=Fraction(exact or 0),
        divide_by=price.divide_by or 1,
        round_up=price.rounds_up and price.divide_by is not None,
    )


def unit_amount(price: Price, currency: str = "") -> Decimal | None:
    """Return what one unit costs, in exact minor units; None where tiers say it.

    Raises:
        InvalidRequest: the price has no amounts in this currency.
    """
    if not currency or currency == price.currency:
        return price.unit_amount_decimal
    exact = _option(price, currency)["unit_amount_decimal"]
    return None if exact is None else Decimal(exact)


def tax_behavior(price: Price, currency: str = "") -> str:
    """Return whether tax is contained in what a price costs.

    Raises:
        InvalidRequest: the price has no amounts in this currency.
    """
    if not currency or currency == price.currency:
        return price.tax_behavior
    return str(_option(price, currency)["tax_behavior"])


def currencies(price: Price) -> list[str]:
    """Return the currencies that a price has amounts in, its own first."""
    return [price.currency, *sorted(price.currency_options)]


def create(
    product: Product | Mapping[str, Any],
    *,
    terms: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
    pk: str = "",
    key: str = "",
    takes_lookup_key: bool = False,
    name: price_terms.Name = str,
    at: datetime,
) -> Price:
    """Make a price.

    Args:
        product: what it is for: a product that is there, or the columns of a new one and its `id`.
        terms: what it costs and how often, as `price_terms.columns` takes it.
        details: other columns by name.
        pk: the id that was chosen.
        key: an id of ours that was drawn before.
        takes_lookup_key: whether another price that has the lookup key loses it.

    Raises:
        InvalidRequest: the terms do not fit together, or an id or the lookup key is taken.
        NotFound: the product was deleted meanwhile.
    """
    columns = price_terms.columns(terms, name)
    with transaction.atomic(savepoint=False), translated(_REFUSALS):
        if not isinstance(product, Product):
            product = _new_product(product, at=at)
        products.keep(product)
        price = _prepared(
            product,
            {**columns, **(details or {})},
            key=key or chosen_ids.key(Price, pk, noun="Plan"),
            at=at,
        )
        if price.lookup_key:
            _claim_lookup_key(price, takes_it=takes_lookup_key, at=at)
        statements.insert(price)
        events.publish(_event(price, "created"), price, at=at)
    return price


def inline(data: Mapping[str, Any], *, param: str = "price_data", at: datetime) -> Price:
    """Make a price for one use, out of `price_data`: nothing else can be sold at it, and lists leave it out.

    Args:
        data: what `price_inputs.PriceDataHash` reads: `product` or `product_data` beside the terms.
        param: where in the request it stands, such as `items[0][price_data]`.

    Raises:
        InvalidRequest: the terms do not fit together, or it names no product, or two.
        NotFound: there is no such product.
    """
    chosen = [word for word in ("product", "product_data") if word in data]
    if len(chosen) != 1:
        raise InvalidRequest(
            "`price_data` has either a `product` or `product_data`.", param=f"{param}[product]"
        )

    def name(word: str) -> str:
        head, bracket, rest = word.partition("[")
        return f"{param}[{head}]{bracket}{rest}"

    product = data.get("product_data") or products.get(data["product"], param=name("product"))
    return create(
        product, terms=data, details={"is_active": False, "is_inline": True}, name=name, at=at
    )


def update(
    price: Price, *, details: Mapping[str, Any], takes_lookup_key: bool = False, at: datetime
) -> Price:
    """Change a price; what the details leave out stays as it is.

    Args:
        details: columns by name; `metadata` is merged; `currency_options` too, by currency, None for all or for one
            of them takes them away; `product` is another product for a plan.
        takes_lookup_key: whether another price that has the lookup key loses it.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidState: it is its product's default and would be archived.
        InvalidRequest: the lookup key is taken, or what may be said once was said before.
    """
    with transaction.atomic(savepoint=False), translated(_REFUSALS):
        if details.get("is_active") is False or "product" in details:
            products.locked(price.product)  # before the price, whose being its default this decides
        row = _locked(price)
        before, options = events.spell(row), row.currency_options
        _apply(row, details)
        if details.get("lookup_key"):
            _claim_lookup_key(row, takes_it=takes_lookup_key, at=at)
        previous = events.difference(before, events.spell(row))
        if previous or row.currency_options != options:
            row.save(update_fields=[*details])
            events.publish(_event(row, "updated"), row, previous=previous, at=at)
    return row


def delete(price: Price, *, at: datetime) -> Price:
    """Delete a plan: nothing new can be sold at it; what was stays as it is.

    Raises:
        NotFound: it was deleted before.
        InvalidState: it is its product's default.
    """
    with transaction.atomic(savepoint=False):
        products.locked(price.product)
        row = _one(Price.objects.select_for_update(), price)  # `keep` waits for this lock
        _check_not_default(row, "archived")
        events.publish(_event(row, "deleted"), row, at=at)
        if any(user._default_manager.filter(price=row).exists() for user in _USERS):
            row.is_active, row.lookup_key, row.deleted_at = False, "", at
            row.save(update_fields=["is_active", "lookup_key", "deleted_at"])
        else:  # so that its id may be chosen again
            Price.objects.filter(pk=row.pk).delete()
    return price


def keep(price: Price) -> None:
    """Keep a price from being deleted until the open transaction ends, in which something begins to refer to it.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    if not statements.fetch(_KEEP, [price.pk]):
        raise _missing(chosen_ids.shown(price), param="price")


def _new_product(said: Mapping[str, Any], *, at: datetime) -> Product:
    columns = {name: value for name, value in said.items() if name != "id"}
    return products.create(details=columns, pk=said.get("id", ""), at=at)


def _prepared(product: Product, columns: Mapping[str, Any], *, key: str, at: datetime) -> Price:
    scope = tenancy.current()
    return Price(
        id=key, site=scope.site, livemode=scope.livemode, product=product,
        **{**columns, "metadata": customers.merged_metadata({}, columns.get("metadata"))},
        created_at=at,
    )  # fmt: skip


def _apply(row: Price, details: Mapping[str, Any]) -> None:
    """Set columns of a locked price."""
    for name, value in details.items():
        if name == "metadata":
            row.metadata = customers.merged_metadata(row.metadata, value)
        elif name == "currency_options":
            row.currency_options = _merged_options(row, value)
        elif name == "product":
            _move(row, value)
        elif name == "tax_behavior":
            row.tax_behavior = _settled(row.tax_behavior, value, "tax_behavior")
        else:
            setattr(row, name, value)
    if details.get("is_active") is False:
        _check_not_default(row, "archived")


def _merged_options(row: Price, said: Mapping[str, Any] | None) -> dict[str, Any]:
    merged = {} if said is None else dict(row.currency_options)
    for currency, wanted in (said or {}).items():
        was = merged.pop(currency, None)
        if wanted is None:
            continue
        new = price_terms.option(currency, wanted, own=row.currency, scheme=row.scheme)
        if was is not None:
            param = f"currency_options[{currency}][tax_behavior]"
            said_before = was["tax_behavior"]
            new["tax_behavior"] = _settled(
                said_before, wanted.get("tax_behavior", said_before), param
            )
        merged[currency] = new
    return merged


def _settled(was: str, wanted: str, param: str) -> str:
    """Return a tax behavior, which may be said once."""
    if was not in (Price.Tax.UNSPECIFIED, wanted):
        raise InvalidRequest(
            f"The tax behavior of this price is `{was}`, and once it was specified it cannot be changed.",
            param=param,
        )
    return wanted


def _claim_lookup_key(price: Price, *, takes_it: bool, at: datetime) -> None:
    """Make sure that nothing else has a price's lookup key, in the caller's transaction."""
    others = Price.objects.select_for_update(no_key=True).filter(lookup_key=price.lookup_key)
    other = others.exclude(pk=price.pk).first()
    if other is None:
        return
    if not takes_it:
        raise _lookup_key_taken(chosen_ids.shown(other))
    before = events.spell(other)
    other.lookup_key = ""
    other.save(update_fields=["lookup_key"])
    previous = events.difference(before, events.spell(other))
    events.publish(_event(other, "updated"), other, previous=previous, at=at)


def _move(row: Price, product: Product) -> None:
    """Let a locked plan be another product's."""
    if product.pk != row.product_id:
        _check_not_default(row, "moved")
        products.keep(product)
        row.product = product


def _check_not_default(price: Price, what: str) -> None:
    if Product.objects.filter(pk=price.product_id, default_price_id=price.pk).exists():
        raise InvalidState(
            f"This price cannot be {what} because it is the default price of its product.",
            param="active",
        )


def _option(price: Price, currency: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = price.currency_options.get(currency)
    if found is None:
        known = ", ".join(f"`{each}`" for each in currencies(price))
        raise InvalidRequest(
            f"The price specified only supports {known}. This doesn't match the expected currency: `{currency}`.",
            param="currency",
        )
    return found


def _tiers(price: Price, currency: str) -> list[Mapping[str, Any]]:
    own = not currency or currency == price.currency
    return list(price.tiers if own else _option(price, currency)["tiers"])


def _tier(kept: Mapping[str, Any]) -> Tier:
    unit, flat = kept["unit_amount_decimal"], kept["flat_amount_decimal"]
    return Tier(
        kept["up_to"],
        unit=None if unit is None else Fraction(unit),
        flat=None if flat is None else Fraction(flat),
    )


def _locked(price: Price) -> Price:
    return _one(Price.objects.select_for_update(no_key=True), price)


def _one(rows: QuerySet[Price], price: Price) -> Price:
    row = rows.filter(pk=price.pk, deleted_at=None).first()
    if row is None:
        raise _missing(chosen_ids.shown(price), param="id")
    return row


def _event(price: Price, what: str) -> str:
    return f"{'plan' if price.is_plan else 'price'}.{what}"


def _missing(pk: str, *, param: str) -> NotFound:
    return NotFound(f"No such price: '{pk}'", param=param)


def _lookup_key_taken(pk: str = "") -> DomainError:
    who = f"A price (`{pk}`)" if pk else "Another price"
    return InvalidRequest(
        f"{who} already uses that lookup key.", param="lookup_key", code="resource_already_exists"
    )


_REFUSALS: dict[str, Callable[[], Exception]] = {
    "price_lookup_key_once": _lookup_key_taken,
    "billing_price_pkey": lambda: chosen_ids.taken(Price, noun="Plan"),
    "billing_product_pkey": lambda: chosen_ids.taken(Product),
}
