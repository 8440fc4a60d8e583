"""`/v1/prices`.

Source: https://docs.stripe.com/api/prices
"""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.search_language import Query
from customers.restkit import inputs
from customers.restkit.expansion import Included
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import Input
from customers.restkit.keyed_inputs import HashesField
from customers.restkit.lists import AnyOfFilter, ParamFilter, V1FilterSet
from customers.restkit.objects import (
    Computed,
    Constant,
    Metadata,
    Plain,
    ShownId,
    ShownReference,
    Text,
    UnixTime,
    WireObject,
)
from customers.restkit.searches import Searchable, SearchQuery
from customers.restkit.v1 import V1ViewSet
from payments.api.v1 import payment_inputs
from payments.billing.api.v1 import price_inputs, price_members
from payments.billing.api.v1.catalog_filters import ProductFilter
from payments.billing.api.v1.price_inputs import (
    CurrencyOptionHash,
    DecimalAmountField,
    ProductDataHash,
    RecurringHash,
    TermsHash,
    TransformQuantityHash,
    UnitAmountField,
    UsageTypeField,
)
from payments.billing.models import Price
from payments.billing.services import prices, products, search

_KEPT = frozenset({"is_active", "lookup_key", "metadata", "nickname"})
_MAX_LOOKUP_KEY = 200


class PriceUpdate(Input):
    active = inputs.BooleanField(source="is_active")
    currency_options = HashesField(
        CurrencyOptionHash, names=inputs.CurrencyField(), emptied=None, emptied_inside=None
    )
    lookup_key = inputs.TextField(max_length=_MAX_LOOKUP_KEY)
    metadata = inputs.MetadataField()
    nickname = inputs.TextField()
    tax_behavior = price_inputs.tax_behavior_field()
    transfer_lookup_key = inputs.BooleanField()


class PriceCreate(TermsHash):
    active = inputs.BooleanField(source="is_active")
    billing_scheme = inputs.ChoiceField(Price.Scheme.values)
    currency = inputs.CurrencyField(required=True)
    currency_options = HashesField(CurrencyOptionHash, names=inputs.CurrencyField())
    lookup_key = inputs.TextField(max_length=_MAX_LOOKUP_KEY)
    metadata = inputs.MetadataField()
    nickname = inputs.TextField()
    product = IdField()
    product_data = inputs.HashField(ProductDataHash)
    recurring = inputs.HashField(RecurringHash)
    tax_behavior = price_inputs.tax_behavior_field()
    tiers = price_inputs.tiers_field()
    tiers_mode = inputs.ChoiceField(["graduated", "volume"])
    transfer_lookup_key = inputs.BooleanField()
    transform_quantity = inputs.HashField(TransformQuantityHash)
    unit_amount = UnitAmountField()
    unit_amount_decimal = DecimalAmountField()


class _LicensedFilter(ParamFilter):
    """Recurring prices: all of them are licensed."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to recurring prices."""
        return qs.filter(kind=Price.Kind.RECURRING)


class PriceFilters(V1FilterSet):
    active = ParamFilter(inputs.BooleanField(), "is_active")
    currency = ParamFilter(inputs.CurrencyField(), "currency")
    lookup_keys = AnyOfFilter(
        inputs.ListField(inputs.TextField(max_length=_MAX_LOOKUP_KEY, emptied=...), max_items=10),
        "lookup_key",
    )
    product = ProductFilter()
    type = ParamFilter(inputs.ChoiceField(Price.Kind.values), "kind")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        return {
            **super().get_filters(),
            "recurring[interval]": ParamFilter(inputs.ChoiceField(Price.Unit.values), "interval"),
            "recurring[usage_type]": _LicensedFilter(UsageTypeField(), "kind"),
        }


class PriceObject(WireObject):
    """What a product costs."""

    id = ShownId()
    object = Constant("price")
    active = Plain("is_active")
    billing_scheme = Plain("scheme")
    created = UnixTime("created_at")
    currency = Plain()
    custom_unit_amount = Constant(None)
    livemode = Plain()
    lookup_key = Text()
    metadata = Metadata()
    nickname = Text()
    product = ShownReference("product_id", resource="product")
    recurring = Computed(
        price_members.recurring, "kind", "interval", "interval_count", "trial_days",
        schema=price_members.RECURRING_SCHEMA,
    )  # fmt: skip
    tax_behavior = Plain()
    tiers_mode = Text()
    transform_quantity = Computed(
        price_members.transform, "divide_by", "rounds_up", schema=price_members.TRANSFORM_SCHEMA
    )
    type = Plain("kind")
    unit_amount = Plain()
    unit_amount_decimal = Computed(
        price_members.decimal, "unit_amount_decimal", schema=price_members.DECIMAL_SCHEMA
    )

    currency_options = Included(
        price_members.currency_options, of=None, schema=price_members.OPTIONS_SCHEMA
    )
    tiers = Included(price_members.tiers, of=None, schema=price_members.TIERS_SCHEMA)


class OfPrices(V1ViewSet):
    """Views of prices under whichever name: those made for one use can be retrieved, but are not listed."""

    @classmethod
    def all_rows(cls) -> QuerySet[Any]:
        return Price.objects.filter(deleted_at=None)

    @classmethod
    def rows(cls) -> QuerySet[Any]:
        return cls.all_rows().filter(is_inline=False)


class PriceViewSet(OfPrices, Searchable):
    resource = "prices"
    model = Price
    output = PriceObject
    filterset_class = PriceFilters
    has_chosen_ids = True
    compared_whole = frozenset({"currency", "lookup_key", "metadata", "type"})
    inputs = {"create": PriceCreate, "update": PriceUpdate, "search": SearchQuery}

    @classmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        return search.prices_matching(query)

    def create(self, request: HttpRequest) -> HttpResponse:
        body = self.read(PriceCreate)
        takes_it = body.pop("transfer_lookup_key", False)
        product = _product(body)
        return self.write(
            prices.create(
                product,
                terms={name: value for name, value in body.items() if name not in _KEPT},
                details={name: value for name, value in body.items() if name in _KEPT},
                takes_lookup_key=takes_it,
                at=self.at,
            )
        )

    def update(self, request: HttpRequest, pk: str) -> HttpResponse:
        body = self.read(PriceUpdate)
        takes_it = body.pop("transfer_lookup_key", False)
        price = prices.update(prices.get(pk), details=body, takes_lookup_key=takes_it, at=self.at)
        return self.write(price)

    def missing(self, pk: str) -> NotFound:
        return payment_inputs.missing("price", pk)


def _product(body: dict[str, Any]) -> Any:
    """Take out of a body what its price is for: a product, or what makes one."""
    pk, data = body.pop("product", None), body.pop("product_data", None)
    if (pk is None) == (data is None):
        raise InvalidRequest(
            "You must specify either `product` or `product_data` when creating a price.",
            param="product",
            code="parameter_missing" if pk is None else "",
        )
    return data if pk is None else products.get(pk, param="product")
