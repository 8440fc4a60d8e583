"""Products: made, changed, and deleted while nothing has a price."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from customers.events.services import events
from customers.kit import statements, tenancy
from customers.kit.constraints import translated
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.services import customers
from payments.billing.models import Price, Product
from payments.billing.services import chosen_ids

_KEEP = "SELECT id FROM billing_product WHERE id = %s FOR KEY SHARE"


def get(pk: str, *, param: str = "id") -> Product:
    """Return a product of the chosen site, by the id that the wire shows.

    Raises:
        NotFound: there is none.
    """
    found = Product.objects.filter(pk__in=chosen_ids.keys(pk)).first()
    if found is None:
        raise _missing(pk, param=param)
    return found


def create(*, details: Mapping[str, Any], pk: str = "", at: datetime) -> Product:
    """Make a product.

    Args:
        details: columns by name; `name` at least.
        pk: the id that was chosen.

    Raises:
        InvalidRequest: another product has the id.
    """
    scope = tenancy.current()
    product = Product(
        id=chosen_ids.key(Product, pk), site=scope.site, livemode=scope.livemode,
        **{**details, "metadata": customers.merged_metadata({}, details.get("metadata"))},
        created_at=at, updated_at=at,
    )  # fmt: skip
    refusals = {"billing_product_pkey": lambda: chosen_ids.taken(Product)}
    with transaction.atomic(savepoint=False), translated(refusals):
        statements.insert(product)
        events.publish("product.created", product, at=at)
    return product


def update(product: Product, *, details: Mapping[str, Any], at: datetime) -> Product:
    """Change a product; what the details leave out stays as it is.

    Args:
        details: columns by name; `metadata` is merged, and `default_price` is a price of the product, or None.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidRequest: the default price is another product's, or inactive.
    """
    columns = {name: value for name, value in details.items() if name != "default_price"}
    with transaction.atomic(savepoint=False):
        row = locked(product)
        before = events.spell(row)
        if "default_price" in details:
            columns["default_price_id"] = _default_price_id(row, details["default_price"])
        if "metadata" in columns:
            columns["metadata"] = customers.merged_metadata(row.metadata, columns["metadata"])
        for name, value in columns.items():
            setattr(row, name, value)
        previous = events.difference(before, events.spell(row))
        if previous:
            row.updated_at = at
            row.save(update_fields=[*columns, "updated_at"])
            events.publish("product.updated", row, previous=previous, at=at)
    return row


def delete(product: Product, *, at: datetime) -> Product:
    """Delete a product that nothing was priced for.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidState: it has prices.
    """
    with transaction.atomic(savepoint=False):
        row = _one(Product.objects.select_for_update(), product)  # `keep` waits for this lock
        if row.prices.exists():
            raise InvalidState(
                "This product cannot be deleted because it has one or more user-created prices.",
                param="id",
            )
        events.publish("product.deleted", row, at=at)
        Product.objects.filter(pk=row.pk).delete()
    return product


def keep(product: Product) -> None:
    """Keep a product from being deleted until the open transaction ends, in which something begins to refer to it.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    if not statements.fetch(_KEEP, [product.pk]):
        raise _missing(chosen_ids.shown(product), param="product")


def locked(product: Product) -> Product:
    """Lock a product's row for the open transaction and return it; which price is its default stays until then.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    return _one(Product.objects.select_for_update(no_key=True), product)


def prices_of(product: Product) -> QuerySet[Price]:
    """Return a product's prices that are offered or were, the newest first."""
    return product.prices.filter(is_inline=False, deleted_at=None).order_by("-created_at", "-id")


def _one(rows: QuerySet[Product], product: Product) -> Product:
    row = rows.filter(pk=product.pk).first()
    if row is None:
        raise _missing(chosen_ids.shown(product), param="id")
    return row


def _default_price_id(product: Product, price: Price | None) -> str:
    """Return the key of a locked product's default price."""
    if price is None:
        return ""
    shown = chosen_ids.shown(price)
    row = Price.objects.filter(pk=price.pk, deleted_at=None).first()  # as it is under the lock
    if row is None:
        raise NotFound(f"No such price: '{shown}'", param="default_price")
    if row.product_id != product.pk:
        raise InvalidRequest(
            f"The price `{shown}` does not belong to this product.", param="default_price"
        )
    if not row.is_active:
        raise InvalidRequest(
            "The default price must be active; this one was archived.", param="default_price"
        )
    return str(row.pk)


def _missing(pk: str, *, param: str) -> NotFound:
    return NotFound(f"No such product: '{pk}'", param=param)
