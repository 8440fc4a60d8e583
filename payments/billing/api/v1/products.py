"""`/v1/products`.

Source: https://docs.stripe.com/api/products
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.v1.addresses import deleted
from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.search_language import Query
from customers.restkit import inputs
from customers.restkit.id_inputs import ChosenIdField, IdField
from customers.restkit.inputs import Input
from customers.restkit.keyed_inputs import HashesField
from customers.restkit.lists import AnyOfFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Json,
    Metadata,
    Plain,
    ShownId,
    ShownReference,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.searches import Searchable, SearchQuery
from payments.api.v1 import payment_inputs
from payments.api.v1.payment_inputs import StatementDescriptorField
from payments.billing.api.v1 import price_inputs
from payments.billing.api.v1.catalog_filters import IdsField
from payments.billing.api.v1.price_inputs import (
    TAX_CODE,
    CurrencyOptionHash,
    DecimalAmountField,
    InlineRecurringHash,
    TermsHash,
    UnitAmountField,
)
from payments.billing.models import Product
from payments.billing.services import chosen_ids, priced_products, prices, products, search

_TEXT_OR_NULL = {"type": ["string", "null"]}


class UrlField(inputs.TextField):
    """An address of the web."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=2048, **options)

    def read(self, value: Any, path: str) -> str:
        text = super().read(value, path)
        scheme, _, rest = text.partition("://")
        if scheme.lower() not in {"http", "https"} or not rest or not text.isprintable():
            raise InvalidRequest(f"Not a valid URL: '{text[:60]}'", param=path, code="url_invalid")
        return text


class MarketingFeatureHash(Input):
    name = inputs.TextField(max_length=80, emptied=..., required=True)


class LengthField(inputs.NumberField):
    """Inches or ounces; none of them, or some."""

    def read(self, value: Any, path: str) -> float:
        number = super().read(value, path)
        if number < 0:
            raise InvalidRequest("This value must be greater than or equal to 0.", param=path)
        return round(number, 2)


class PackageDimensionsHash(Input):
    height = LengthField(required=True)
    length = LengthField(required=True)
    weight = LengthField(required=True)
    width = LengthField(required=True)


class DefaultPriceDataHash(TermsHash):
    currency = inputs.CurrencyField(required=True)
    currency_options = HashesField(CurrencyOptionHash, names=inputs.CurrencyField())
    metadata = inputs.MetadataField()
    recurring = inputs.HashField(InlineRecurringHash)
    tax_behavior = price_inputs.tax_behavior_field()
    unit_amount = UnitAmountField()
    unit_amount_decimal = DecimalAmountField()


class _ProductInput(Input):
    active = inputs.BooleanField(source="is_active")
    description = inputs.TextField(max_length=40000)
    images = inputs.ListField(UrlField(emptied=...), max_items=8, emptied=[])
    marketing_features = inputs.ListField(
        inputs.HashField(MarketingFeatureHash), max_items=15, emptied=[]
    )
    metadata = inputs.MetadataField()
    name = inputs.TextField(emptied=...)
    package_dimensions = inputs.HashField(PackageDimensionsHash, emptied=None)
    shippable = inputs.BooleanField(source="is_shippable")
    statement_descriptor = StatementDescriptorField()
    tax_code = inputs.TextField(pattern=TAX_CODE, wording="tax codes look like txcd_99999999.")
    unit_label = inputs.TextField(max_length=80)
    url = UrlField()


class ProductUpdate(_ProductInput):
    default_price = IdField(emptied="")


class ProductCreate(_ProductInput):
    default_price_data = inputs.HashField(DefaultPriceDataHash)
    id = ChosenIdField()
    name = inputs.TextField(emptied=..., required=True)
    type = inputs.ChoiceField(Product.Kind.values, source="kind")


class ProductFilters(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")
    ids = AnyOfFilter(IdsField(IdField(), max_items=100), "id")
    shippable = ParamFilter(inputs.BooleanField(), "is_shippable")
    type = ParamFilter(inputs.ChoiceField(Product.Kind.values), "kind")
    url = ParamFilter(inputs.TextField(max_length=2048), "url")


def _features(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def _tax_details(code: str) -> dict[str, str | None] | None:
    return {"performance_location": None, "tax_code": code} if code else None


class ProductObject(WireObject):
    """Something that is sold."""

    id = ShownId()
    object = Constant("product")
    active = Plain("is_active")
    created = UnixTime("created_at")
    default_price = ShownReference("default_price_id", resource="price")
    description = Text()
    images = Plain()
    livemode = Plain()
    marketing_features = Computed(
        _features,
        "marketing_features",
        schema={
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
    )
    metadata = Metadata()
    name = Plain()
    package_dimensions = Json()
    shippable = Plain("is_shippable")
    statement_descriptor = Text()
    tax_code = Text()
    tax_details = Computed(
        _tax_details,
        "tax_code",
        schema={
            "type": ["object", "null"],
            "properties": {"performance_location": {"type": "null"}, "tax_code": _TEXT_OR_NULL},
        },
    )
    type = Plain("kind")
    unit_label = Text()
    updated = UnixTime("updated_at")
    url = Text()


class ProductViewSet(Searchable):
    resource = "products"
    model = Product
    output = ProductObject
    filterset_class = ProductFilters
    has_chosen_ids = True
    compared_whole = frozenset({"metadata", "url"})
    substrings = frozenset({"description", "name"})
    inputs = {"create": ProductCreate, "update": ProductUpdate, "search": SearchQuery}

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return search.products_matching(query)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(ProductCreate)
        pk, terms = body.pop("id", ""), body.pop("default_price_data", None)
        details = _columns(body)
        if terms is None:
            return self.write(products.create(details=details, pk=pk, at=self.at))
        kept = {"metadata": terms.pop("metadata", None)}
        return self.write(
            priced_products.create(
                details=details, pk=pk, terms=terms, price_details=kept, at=self.at
            )
        )

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(ProductUpdate)
        product = products.get(pk)
        if "default_price" in body:
            chosen = body["default_price"]
            body["default_price"] = prices.get(chosen, param="default_price") if chosen else None
        return self.write(products.update(product, details=_columns(body), at=self.at))

    def destroy(self, request: HttpRequest, pk: str) -> HttpResponse:
        self.refuse_params()
        product = products.delete(products.get(pk), at=self.at)
        return self.answer(deleted(chosen_ids.shown(product), "product"))

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("product", pk)


def _columns(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body by columns."""
    if "marketing_features" in body:
        body["marketing_features"] = [feature["name"] for feature in body["marketing_features"]]
    return body
