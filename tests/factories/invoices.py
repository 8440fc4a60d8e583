"""Rows of invoices as they lie in the database, without the services' rules and events."""

import factory

from payments.billing.models import Invoice, InvoiceItem, InvoiceLine
from tests.factories.customers import CustomerFactory, TenantFactory


class InvoiceFactory(TenantFactory):
    """An empty draft."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory)
    currency = "usd"
    period_start = factory.SelfAttribute("created_at")
    period_end = factory.SelfAttribute("created_at")


class InvoiceItemFactory(TenantFactory):
    """A pending item."""

    class Meta:
        model = InvoiceItem

    customer = factory.SubFactory(CustomerFactory)
    amount = 1000
    currency = "usd"
    description = "Paper"
    period_start = factory.SelfAttribute("created_at")
    period_end = factory.SelfAttribute("created_at")


class InvoiceLineFactory(TenantFactory):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    position = factory.Sequence(int)
    amount = 1000
    currency = factory.SelfAttribute("invoice.currency")
    period_start = factory.SelfAttribute("created_at")
    period_end = factory.SelfAttribute("created_at")
