"""Rows of billing as they lie in the database, without the services' rules, events and gateways."""

from datetime import timedelta

import factory

from payments.billing.models import (
    CreditNote,
    DailyFigure,
    Discount,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    InvoicePayment,
    Price,
    Product,
    Subscription,
    SubscriptionItem,
    TaxRate,
)
from tests.factories.coupons import CouponFactory
from tests.factories.customers import CustomerFactory, TenantFactory


class ProductFactory(TenantFactory):
    class Meta:
        model = Product

    name = factory.Sequence("Gold {}".format)
    updated_at = factory.SelfAttribute("created_at")


class PriceFactory(TenantFactory):
    """Ten dollars a month."""

    class Meta:
        model = Price

    product = factory.SubFactory(ProductFactory)
    kind = Price.Kind.RECURRING
    currency = "usd"
    unit_amount = 1000
    unit_amount_decimal = factory.SelfAttribute("unit_amount")
    interval = Price.Unit.MONTH


class TaxRateFactory(TenantFactory):
    class Meta:
        model = TaxRate

    display_name = "VAT"
    percentage = 7
    is_inclusive = False


class SubscriptionFactory(TenantFactory):
    """An active subscription in its first month, without items."""

    class Meta:
        model = Subscription

    customer = factory.SubFactory(CustomerFactory)
    status = Subscription.Status.ACTIVE
    currency = "usd"
    interval = Price.Unit.MONTH
    start_at = factory.SelfAttribute("created_at")
    anchor_at = factory.SelfAttribute("start_at")
    period_start = factory.SelfAttribute("start_at")
    period_end = factory.LazyAttribute(lambda made: made.period_start + timedelta(days=30))


class SubscriptionItemFactory(TenantFactory):
    class Meta:
        model = SubscriptionItem

    subscription = factory.SubFactory(SubscriptionFactory)
    price = factory.SubFactory(PriceFactory)
    subscribed_at = factory.SelfAttribute("subscription.created_at")


class DiscountFactory(TenantFactory):
    class Meta:
        model = Discount

    coupon = factory.SubFactory(CouponFactory, forever=True, name="Welcome")
    customer = factory.SubFactory(CustomerFactory)
    start_at = factory.SelfAttribute("created_at")


class InvoiceFactory(TenantFactory):
    """An open invoice over $20.00 that is charged automatically, without lines."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory)
    status = Invoice.Status.OPEN
    number = factory.LazyAttributeSequence(
        lambda made, n: "" if made.status == "draft" else f"INV-{n:04}"
    )
    currency = "usd"
    period_start = factory.SelfAttribute("created_at")
    period_end = factory.SelfAttribute("created_at")
    total = 2000
    subtotal = factory.SelfAttribute("total")
    subtotal_excluding_tax = factory.SelfAttribute("subtotal")
    total_excluding_tax = factory.SelfAttribute("total")
    amount_due = factory.SelfAttribute("total")
    finalized_at = factory.LazyAttribute(
        lambda made: None if made.status == "draft" else made.created_at
    )

    class Params:
        paid = factory.Trait(
            status=Invoice.Status.PAID,
            amount_paid=factory.SelfAttribute("amount_due"),
            paid_at=factory.SelfAttribute("created_at"),
        )


class InvoiceLineFactory(TenantFactory):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    position = factory.Sequence(int)
    amount = 2000
    currency = "usd"
    quantity = 1
    description = "Two lamps"
    period_start = factory.SelfAttribute("created_at")
    period_end = factory.SelfAttribute("created_at")


class InvoiceItemFactory(TenantFactory):
    class Meta:
        model = InvoiceItem

    customer = factory.SubFactory(CustomerFactory)
    amount = 500
    currency = "usd"
    description = "Setup"
    period_start = factory.SelfAttribute("created_at")
    period_end = factory.SelfAttribute("created_at")


class InvoicePaymentFactory(TenantFactory):
    """Money that is asked for."""

    class Meta:
        model = InvoicePayment

    invoice = factory.SubFactory(InvoiceFactory)
    status = InvoicePayment.Status.OPEN
    amount_requested = factory.SelfAttribute("invoice.amount_due")
    currency = "usd"


class CreditNoteFactory(TenantFactory):
    class Meta:
        model = CreditNote

    invoice = factory.SubFactory(InvoiceFactory)
    customer = factory.SelfAttribute("invoice.customer")
    number = factory.LazyAttributeSequence(lambda made, n: f"{made.invoice.number}-CN-{n:02}")
    currency = "usd"
    total = 500
    subtotal = factory.SelfAttribute("total")
    subtotal_excluding_tax = factory.SelfAttribute("total")
    total_excluding_tax = factory.SelfAttribute("total")
    pre_payment_amount = factory.SelfAttribute("total")


class DailyFigureFactory(TenantFactory):
    """Charges of twenty dollars."""

    class Meta:
        model = DailyFigure

    day = factory.LazyAttribute(lambda made: made.created_at.date())
    currency = "usd"
    measure = DailyFigure.Measure.CHARGES
    amount = 2000
    count = 1
