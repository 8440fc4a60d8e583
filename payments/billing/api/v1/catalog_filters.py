"""How lists of the catalog are narrowed by ids that merchants may have chosen."""

from typing import Any

from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.lists import OwnerFilter
from payments.billing.models import Product
from payments.billing.services import chosen_ids


class ProductField(IdField):
    """A product's id; yields its key."""

    def read(self, value: Any, path: str) -> str:
        pk = super().read(value, path)
        keys = Product.objects.filter(pk__in=chosen_ids.keys(pk)).values_list("pk", flat=True)
        return next(iter(keys), pk)


class IdsField(inputs.ListField):
    """Ids that merchants may have chosen; yields the keys that they may stand for."""

    def read(self, value: Any, path: str) -> list[Any]:
        return [key for pk in super().read(value, path) for key in chosen_ids.keys(pk)]


class ProductFilter(OwnerFilter):
    """The prices of one product."""

    def __init__(self) -> None:
        super().__init__(ProductField(), "product_id")

    def stand_in(self, name: str, position: int) -> Any:
        """Return a text that stands for any other."""
        return f"\ue000{name}"
