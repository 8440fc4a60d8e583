"""Search of billing: a query of Stripe's language, answered from the rows as they stand in this moment.

Source: https://docs.stripe.com/search#query-fields-for-products, https://docs.stripe.com/search#query-fields-for-prices
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from customers.kit import search_conditions
from customers.kit.search_conditions import (
    BooleanField,
    Field,
    IdField,
    IntegerField,
    MetadataField,
    TextField,
    TimeField,
)
from customers.kit.search_language import Clause, Query
from payments.billing.models import Invoice, Price, Product
from payments.billing.services import chosen_ids


def products_matching(query: Query) -> QuerySet[Product]:
    """Return the products that match a query, the newest first.

    Raises:
        InvalidRequest: the query asks for what products do not have.
    """
    condition = search_conditions.condition(query, _PRODUCTS)
    return Product.objects.filter(condition).order_by("-created_at", "-id")


def invoices_matching(query: Query) -> QuerySet[Invoice]:
    """Return the invoices that match a query, the newest first.

    Raises:
        InvalidRequest: the query asks for what invoices do not have.
    """
    condition = search_conditions.condition(query, _INVOICES)
    return Invoice.objects.filter(condition).order_by("-created_at", "-id")


def prices_matching(query: Query) -> QuerySet[Price]:
    """Return the prices that match a query, the newest first; those made for one use are left out.

    Raises:
        InvalidRequest: the query asks for what prices do not have.
    """
    condition = search_conditions.condition(query, _PRICES)
    return Price.objects.filter(condition, is_inline=False, deleted_at=None).order_by(
        "-created_at", "-id"
    )


@dataclass(frozen=True)
class _ChosenIdField(IdField):
    """An id that a merchant may have chosen."""

    def _matches(self, clause: Clause, value: str) -> Q:
        return Q((f"{self.column}__in", chosen_ids.keys(value)))


_INVOICES: dict[str, Field] = {
    "created": TimeField("created_at"),
    "currency": TextField("currency"),
    "customer": IdField("customer_id"),
    "last_finalization_error_code": TextField("last_finalization_error__code"),
    "last_finalization_error_type": TextField("last_finalization_error__type"),
    "metadata": MetadataField("metadata"),
    "number": TextField("number"),
    "receipt_number": TextField("receipt_number"),
    "status": TextField("status"),
    "subscription": IdField("subscription_id"),
    "total": IntegerField("total"),
}
_PRODUCTS: dict[str, Field] = {
    "active": BooleanField("is_active"),
    "description": TextField("description", substring=True, words=True),
    "metadata": MetadataField("metadata"),
    "name": TextField("name", substring=True, words=True),
    "shippable": BooleanField("is_shippable"),
    "url": TextField("url"),
}
_PRICES: dict[str, Field] = {
    "active": BooleanField("is_active"),
    "currency": TextField("currency"),
    "lookup_key": IdField("lookup_key"),
    "metadata": MetadataField("metadata"),
    "product": _ChosenIdField("product_id"),
    "type": TextField("kind"),
}
