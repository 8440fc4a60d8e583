"""What tests of billing's services can ask for."""

import pytest

from payments.billing.models import Invoice, InvoiceLine
from payments.billing.services import invoices
from payments.billing.services.invoice_lines import NewLine
from tests.factories.payments import PaymentMethodFactory
from tests.payments.services.conftest import events_of, gateway

__all__ = ["events_of", "gateway"]


@pytest.fixture
def method(customer, gateway):
    """A Visa card, which is the customer's default."""
    method = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
    customer.default_payment_method_id = method.pk
    customer.save(update_fields=["default_payment_method_id"])
    return method


@pytest.fixture
def line(at):
    """Makes a line of an amount."""

    def make(amount=2000, currency="usd", **columns):
        return NewLine(
            amount=amount, currency=currency, period_start=at, period_end=at,
            description="Paper", **columns,
        )  # fmt: skip

    return make


@pytest.fixture
def drafted(customer, line, at):
    """Makes a draft of one line."""

    def make(amount=2000, **details):
        found = {"lines": [line(amount)], "customer": customer, "currency": "usd", "at": at}
        return invoices.draft(**{"period_start": at, "period_end": at, **found, **details})

    return make


@pytest.fixture
def opened(drafted, at):
    """Makes an invoice that was finalized."""

    def make(amount=2000, **details):
        return invoices.finalize(drafted(amount, **details), at=at)

    return make


@pytest.fixture
def stored(scope):
    """Returns some columns of an invoice as the database has them."""

    def read(invoice, *columns):
        return dict(
            zip(columns, Invoice.objects.values_list(*columns).get(pk=invoice.pk), strict=True)
        )

    return read


@pytest.fixture
def lines_of(scope):
    """Returns the descriptions and amounts of an invoice's lines, in order."""

    def read(invoice):
        rows = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
        return list(rows.values_list("description", "amount"))

    return read
