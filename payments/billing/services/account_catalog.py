"""Products and prices of another account, made here under their own ids.

Source: https://docs.stripe.com/api/prices/object
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.kit.errors import InvalidState
from payments.billing.models import Price, Product
from payments.billing.services import chosen_ids, prices, products
from payments.services.account_ledger import Kind, Ledger, Written, needed

_PRODUCT = ("description", "statement_descriptor", "tax_code", "unit_label", "url")
_TIER = ("unit_amount", "unit_amount_decimal", "flat_amount", "flat_amount_decimal")


def write_product(said: Mapping[str, Any], object_id: str, *, at: datetime) -> Written:
    """Make or change a product within the open transaction.

    Raises:
        InvalidRequest: a value does not fit.
    """
    details: dict[str, Any] = {name: said.get(name) or "" for name in _PRODUCT}
    details |= {
        "name": said["name"],
        "is_active": bool(said.get("active", True)),
        "images": said.get("images") or [],
        "marketing_features": [
            feature["name"]
            for feature in said.get("marketing_features") or ()
            if feature.get("name")
        ],
        "metadata": said.get("metadata") or {},
        "package_dimensions": said.get("package_dimensions"),
        "is_shippable": said.get("shippable"),
    }
    keys = (object_id,) if object_id else chosen_ids.keys(said["id"])
    known = Product.objects.filter(pk__in=keys).first()
    if known is not None:
        return Written(products.update(known, details=details, at=at))
    made = products.create(details=details, pk=said["id"], at=at)
    Product.objects.filter(pk=made.pk).update(created_at=_instant(said))
    return Written(made)


def write_price(
    ledger: Ledger, said: Mapping[str, Any], object_id: str, *, at: datetime
) -> Written:
    """Make a price, or change what of a price may change, within the open transaction.

    Raises:
        InvalidState: it is of a kind that is not offered here, or its product was not imported.
        InvalidRequest: its terms do not fit, or its lookup key is taken.
    """
    check_price(said)
    details: dict[str, Any] = {
        "is_active": bool(said.get("active", True)),
        "metadata": said.get("metadata") or {},
        "nickname": said.get("nickname") or "",
    }
    keys = (object_id,) if object_id else chosen_ids.keys(said["id"])
    known = Price.objects.filter(pk__in=keys).first()
    if known is not None:
        return Written(prices.update(known, details=details, at=at))
    if said.get("lookup_key"):
        details["lookup_key"] = said["lookup_key"]
    source_id = said["product"]
    if said.get("billing_scheme") == "tiered" and not said.get("tiers"):
        raise InvalidState("Its tiers could not be read.")
    product = Product.objects.get(
        pk=needed(ledger.ours(Kind.PRODUCT, source_id), "product", source_id)
    )
    made = prices.create(product, terms=_terms(said), details=details, pk=said["id"], at=at)
    Price.objects.filter(pk=made.pk).update(created_at=_instant(said))
    return Written(made)


def check_price(said: Mapping[str, Any]) -> None:
    """Refuse a price of a kind that is not offered here.

    Raises:
        InvalidState: it is metered, or the customer says what to pay.
    """
    if (said.get("recurring") or {}).get("usage_type", "licensed") != "licensed":
        raise InvalidState("Metered prices are not offered here.")
    if said.get("custom_unit_amount"):
        raise InvalidState("Prices that the customer chooses are not offered here.")


def ensured(ledger: Ledger, said: Mapping[str, Any], *, at: datetime) -> Price:
    """Return the price that an object names, made now where the list of prices did not have it.

    Args:
        said: a price, or a plan of older versions.

    Raises:
        InvalidState: it cannot be made here.
    """
    known = ledger.ours(Kind.PRICE, said["id"])
    row = None if known else write_price(ledger, as_price(said), "", at=at).row
    return row if isinstance(row, Price) else Price.objects.get(pk=known)


def as_price(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a legacy plan as the price that it is."""
    if said.get("object") != "plan":
        return dict(said)
    recurring = {
        name: said[name] for name in ("interval", "interval_count", "usage_type") if said.get(name)
    }
    plan = {"unit_amount": said.get("amount"), "unit_amount_decimal": said.get("amount_decimal")}
    return {**said, **plan, "object": "price", "recurring": recurring}


def _terms(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a price in the words in which prices are asked for."""
    terms = {
        name: said[name]
        for name in ("currency", "tax_behavior", "transform_quantity", "billing_scheme")
        if said.get(name)
    }
    if recurring := said.get("recurring"):
        names = ("interval", "interval_count", "trial_period_days")
        terms["recurring"] = {name: recurring[name] for name in names if recurring.get(name)}
    if said.get("billing_scheme") == "tiered":
        tiers = [{"up_to": tier["up_to"], **_amounts(tier, _TIER)} for tier in said["tiers"]]
        return {**terms, "tiers_mode": said["tiers_mode"], "tiers": tiers}
    return terms | _amounts(said, ("unit_amount", "unit_amount_decimal"))


def _amounts(said: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return amounts, each once: what is whole as a number, what is not as a decimal."""
    found: dict[str, Any] = {}
    for name in names:
        if said.get(name) is not None and name.removesuffix("_decimal") not in found:
            found[name] = said[name]
    return found


def _instant(said: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(said["created"], UTC)
