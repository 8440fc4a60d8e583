"""Shipping rates in the dashboard: listed, read, made, changed."""

import pytest

from payments.billing.models import ShippingRate
from tests.customers.admin.page import errors, facts, fields, rows
from tests.factories.catalog import ShippingRateFactory

LIST = "/admin/billing/shippingrate/"


def test_list_says_what_it_costs_and_how_long_it_takes(owner, scope):
    ShippingRateFactory(
        currency_options={"jpy": {"amount": 700, "tax_behavior": "unspecified"}},
        delivery_estimate={
            "minimum": {"unit": "business_day", "value": 1},
            "maximum": {"unit": "week", "value": 2},
        },
    )
    ShippingRateFactory(display_name="Express", amount=2550, is_active=False)

    assert [cells[:4] for cells in rows(owner.get(LIST))] == [
        ["Express", "$25.50", "", "Archived"],
        ["Ground", "$5.00 \N{MIDDLE DOT} ¥700", "1 business day \N{EN DASH} 2 weeks", "Active"],
    ]
    assert [cells[0] for cells in rows(owner.get(LIST, {"state": "active"}))] == ["Ground"]


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (None, "\N{EN DASH}"),  # as any fact that is not there
        ({"minimum": None, "maximum": {"unit": "day", "value": 3}}, "Up to 3 days"),
        ({"minimum": {"unit": "hour", "value": 1}, "maximum": None}, "From 1 hour"),
        (
            {
                "minimum": {"unit": "day", "value": 1},
                "maximum": {"unit": "month", "value": 2},
            },
            "1 day \N{EN DASH} 2 months",
        ),
    ],
)
def test_page_says_how_long_it_takes(owner, scope, estimate, words):
    rate = ShippingRateFactory(delivery_estimate=estimate)

    assert facts(owner.get(f"{LIST}{rate.pk}/"))["Delivery"] == words


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    ShippingRateFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, shipping rates
        assert owner.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("currency", "amount", "minor", "shown"),
    [
        ("usd", "5.50", 550, "$5.50"),
        ("jpy", "700", 700, "¥700"),
        ("kwd", "1.250", 1250, "KWD 1.250"),
    ],
)
def test_a_rate_is_made(owner, scope, currency, amount, minor, shown):
    address = f"{LIST}add/"
    form = fields(
        owner.get(address), display_name="Ground", currency=currency, amount=amount,
        tax_behavior="exclusive",
    )  # fmt: skip

    answer = owner.post(address, form)

    rate = ShippingRate.objects.get()
    assert (rate.amount, rate.currency, rate.tax_behavior, rate.is_active) == (
        minor, currency, "exclusive", True,
    )  # fmt: skip
    said = facts(owner.get(answer.url))
    assert (said["Amount"], said["Tax"], said["State"]) == (shown, "Tax is added", "Active")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": "9" * 25}, "amount"),
        ({"currency": "xxx"}, "currency"),
    ],
)
def test_what_a_rate_cannot_be(owner, scope, nothing_written, changes, field):
    address = f"{LIST}add/"
    form = fields(owner.get(address), **{"display_name": "Ground", "amount": "5", **changes})

    with nothing_written():
        answer = owner.post(address, form)

    assert list(errors(answer)) == [field]


def test_a_rate_is_archived_but_costs_what_it_did(owner, scope):
    rate = ShippingRateFactory()
    address = f"{LIST}{rate.pk}/change/"
    form = fields(owner.get(address), is_active=None, tax_behavior="inclusive", amount="9")

    owner.post(address, form)

    rate.refresh_from_db()
    assert (rate.is_active, rate.tax_behavior, rate.amount) == (False, "inclusive", 500)


def test_tax_is_not_asked_for_once_it_was_said(owner, scope):
    rate = ShippingRateFactory(tax_behavior="exclusive")

    form = owner.get(f"{LIST}{rate.pk}/change/").context["form"]

    assert list(form.fields) == ["is_active", "metadata"]


def test_reader_only_reads(reader, scope, nothing_written):
    rate = ShippingRateFactory()

    assert reader.get(f"{LIST}{rate.pk}/").context["links"] == []
    with nothing_written():
        answers = [reader.post(f"{LIST}{path}") for path in ("add/", f"{rate.pk}/change/")]
    assert [answer.status_code for answer in answers] == [403, 403]
