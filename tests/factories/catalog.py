"""Rows of the catalog as they lie in the database, without the services' rules and events."""

from decimal import Decimal

import factory

from payments.billing.models import Price, Product, ShippingRate, TaxRate
from tests.factories.customers import TenantFactory


class ProductFactory(TenantFactory):
    class Meta:
        model = Product

    name = factory.Sequence("Product {}".format)
    updated_at = factory.SelfAttribute("created_at")


class PriceFactory(TenantFactory):
    """Ten dollars, once."""

    class Meta:
        model = Price

    product = factory.SubFactory(ProductFactory)
    kind = Price.Kind.ONE_TIME
    currency = "usd"
    unit_amount = 1000
    unit_amount_decimal = factory.LazyAttribute(lambda price: Decimal(price.unit_amount))


class TaxRateFactory(TenantFactory):
    """Seven per cent, to be added."""

    class Meta:
        model = TaxRate

    display_name = "VAT"
    percentage = 7
    is_inclusive = False


class ShippingRateFactory(TenantFactory):
    """Five dollars."""

    class Meta:
        model = ShippingRate

    display_name = "Ground"
    amount = 500
    currency = "usd"
