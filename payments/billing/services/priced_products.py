"""Products that are made together with their default price."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from payments.billing.models import Price, Product
from payments.billing.services import prices, products


def create(
    *,
    details: Mapping[str, Any],
    pk: str = "",
    terms: Mapping[str, Any],
    price_details: Mapping[str, Any] | None = None,
    at: datetime,
) -> Product:
    """Make a product and the price that is its default.

    Args:
        details: as `products.create` takes them.
        pk: the product's id, where it was chosen.
        terms: what the price costs and how often, as `price_terms.columns` takes it.
        price_details: the price's other columns by name.

    Raises:
        InvalidRequest: the terms do not fit together, or another product has the id.
    """

    def name(word: str) -> str:
        head, bracket, rest = word.partition("[")
        return f"default_price_data[{head}]{bracket}{rest}"

    price_id = Price.new_id()
    with transaction.atomic(savepoint=False):
        product = products.create(details={**details, "default_price_id": price_id}, pk=pk, at=at)
        prices.create(product, terms=terms, details=price_details, key=price_id, name=name, at=at)
    return product
