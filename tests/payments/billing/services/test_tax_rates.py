"""Which tax rates something new can be taxed by."""

import pytest

from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.tenancy import scoped_to
from payments.billing.services import tax_rates
from tests.factories.catalog import TaxRateFactory

pytestmark = pytest.mark.usefixtures("scope")


def test_rates_are_resolved_in_order_and_once():
    first, second = TaxRateFactory(), TaxRateFactory()

    found = tax_rates.resolve([second.pk, first.pk, second.pk], param="default_tax_rates")

    assert found == [second.pk, first.pk]
    assert tax_rates.by_id(found) == {first.pk: first, second.pk: second}


def test_no_rates_are_none():
    assert tax_rates.resolve([], param="tax_rates") == []
    assert tax_rates.by_id([]) == {}


def test_an_archived_rate_is_found_and_taxes_nothing_new():
    rate = TaxRateFactory(is_active=False)

    assert tax_rates.by_id([rate.pk]) == {rate.pk: rate}
    with pytest.raises(InvalidRequest) as refusal:
        tax_rates.resolve([rate.pk], param="tax_rates")
    assert refusal.value.param == "tax_rates[0]"


def test_another_sites_rate_is_not_found(other):
    mine = TaxRateFactory()
    with scoped_to(other[0], livemode=False):
        theirs = TaxRateFactory()

    with pytest.raises(NotFound) as refusal:
        tax_rates.resolve([mine.pk, theirs.pk], param="tax_rates")

    assert (refusal.value.param, refusal.value.message) == (
        "tax_rates[1]",
        f"No such tax rate: '{theirs.pk}'",
    )
