"""Many finalize at once: each invoice gets a number, none twice, and none is left out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from customers.kit import clock
from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import scoped_to
from payments.billing.models import Invoice
from payments.billing.services import invoices
from payments.billing.services.invoice_lines import NewLine
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 12


def test_numbers_have_no_gaps_and_no_doubles(site):
    at = clock.now()
    with scoped_to(site, livemode=False):
        customer = CustomerFactory()
        line = NewLine(amount=500, currency="usd", period_start=at, period_end=at)
        drafts = [
            invoices.draft(
                customer=customer, currency="usd", lines=[line], period_start=at, period_end=at, at=at
            )
            for _ in range(MANY)
        ]  # fmt: skip

    def finalize(draft):
        try:
            with scoped_to(site, livemode=False):
                return invoices.finalize(draft, at=at).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(pool.map(finalize, drafts))

    prefix = customer.invoice_prefix
    assert numbers == [f"{prefix}-{count:04d}" for count in range(1, MANY + 1)]
    with scoped_to(site, livemode=False):
        assert Invoice.objects.filter(status="open").count() == MANY


def test_a_number_of_their_own_is_given_to_one_draft_of_many(site):
    at = clock.now()
    with scoped_to(site, livemode=False):
        drafts = [
            invoices.draft(
                customer=CustomerFactory(), currency="usd", period_start=at, period_end=at, at=at
            )
            for _ in range(MANY)
        ]  # fmt: skip

    def rename(draft):
        try:
            with scoped_to(site, livemode=False):
                return invoices.update(draft, details={"number": "A1"}, at=at).number
        except InvalidRequest as refusal:
            return refusal.param
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(rename, drafts))

    assert said == ["A1", *["number"] * (MANY - 1)]
