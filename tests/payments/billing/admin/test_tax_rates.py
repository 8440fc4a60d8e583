"""Tax rates in the dashboard: listed, read, made, changed."""

import pytest

from payments.billing.models import TaxRate
from tests.customers.admin.page import errors, facts, fields, rows
from tests.factories.catalog import TaxRateFactory

LIST = "/admin/billing/taxrate/"


def test_list_says_how_much_and_where(owner, scope):
    TaxRateFactory(country="TH", state="10")
    TaxRateFactory(display_name="GST", percentage="7.25", is_inclusive=True, is_active=False)

    assert [cells[:5] for cells in rows(owner.get(LIST))] == [
        ["GST", "7.25 %", "Contained", "", "Archived"],
        ["VAT", "7 %", "Added", "10, Thailand", "Active"],
    ]
    assert [cells[0] for cells in rows(owner.get(LIST, {"state": "active"}))] == ["VAT"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    TaxRateFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, tax rates
        assert owner.get(LIST).status_code == 200


def test_a_rate_is_made(owner, scope, told):
    address = f"{LIST}add/"
    form = fields(
        owner.get(address), display_name="VAT", percentage="100", country="TH", is_inclusive="on"
    )

    answer = owner.post(address, form)

    rate = TaxRate.objects.get()
    said = facts(owner.get(answer.url))
    assert (rate.display_name, rate.percentage, rate.is_inclusive, rate.is_active) == (
        "VAT",
        100,
        True,
        True,
    )
    assert (said["Percent"], said["Where it holds"]) == ("100 %", "Thailand")
    assert told() == ["tax_rate.created"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"percentage": ""}, "percentage"),
        ({"percentage": "101"}, "percentage"),
        ({"percentage": "1.23456"}, "percentage"),
    ],
)
def test_what_a_rate_cannot_be(owner, scope, nothing_written, changes, field):
    address = f"{LIST}add/"
    form = fields(owner.get(address), **{"display_name": "VAT", "percentage": "7", **changes})

    with nothing_written():
        answer = owner.post(address, form)

    assert list(errors(answer)) == [field]


def test_a_rate_is_changed_but_not_in_what_it_takes(owner, scope, told):
    rate = TaxRateFactory()
    address = f"{LIST}{rate.pk}/change/"
    form = fields(owner.get(address), description="Old", is_active=None, percentage="9")

    owner.post(address, form)

    rate.refresh_from_db()
    assert (rate.description, rate.is_active, rate.percentage) == ("Old", False, 7)
    assert told() == ["tax_rate.updated"]


def test_reader_only_reads(reader, scope, nothing_written):
    rate = TaxRateFactory()

    assert reader.get(f"{LIST}{rate.pk}/").context["links"] == []
    with nothing_written():
        answers = [reader.post(f"{LIST}{path}") for path in ("add/", f"{rate.pk}/change/")]
    assert [answer.status_code for answer in answers] == [403, 403]
