import pytest

from tests.payments.api.conftest import jenny

__all__ = ["jenny"]
GROUND = {"display_name": "Ground", "fixed_amount": {"amount": 500, "currency": "usd"}}


@pytest.fixture
def rate(api):
    """Makes a shipping rate, and returns it."""

    def make(**params):
        answer = api.post("shipping_rates", GROUND | params)
        assert answer.status == 200, answer.body
        return answer.body

    return make


@pytest.fixture
def vat(api):
    return api.post("tax_rates", display_name="VAT", percentage=7, inclusive=False).body


def test_a_rate_has_stripes_members(api, rate):
    estimate = {"minimum": {"unit": "day", "value": 3}}

    made = rate(delivery_estimate=estimate, tax_behavior="exclusive", metadata={"a": "1"})

    assert api.get(f"shipping_rates/{made['id']}").body == made
    assert made.pop("id").startswith("shr_")
    assert made.pop("created") > 0
    assert made == {
        "object": "shipping_rate", "active": True, "display_name": "Ground", "livemode": False,
        "delivery_estimate": {**estimate, "maximum": None}, "metadata": {"a": "1"},
        "fixed_amount": {
            "amount": 500, "currency": "usd",
            "currency_options": {"usd": {"amount": 500, "tax_behavior": "exclusive"}},
        },
        "tax_behavior": "exclusive", "tax_code": None, "type": "fixed_amount",
    }  # fmt: skip


def test_rates_are_listed_and_archived(api, rate):
    first, second = rate()["id"], rate(fixed_amount={"amount": 9, "currency": "eur"})["id"]

    archived = api.post(f"shipping_rates/{first}", active=False).body

    assert archived["active"] is False
    assert api.get("shipping_rates").ids == [second, first]
    assert api.get("shipping_rates", active=True).ids == [second]
    assert api.get("shipping_rates", currency="usd").ids == [first]


def test_currencies_are_added_and_amounts_stay(api, rate):
    pk = rate()["id"]

    def change(**option):
        return api.post(f"shipping_rates/{pk}", fixed_amount={"currency_options": {"eur": option}})

    nothing = change(tax_behavior="inclusive")
    added = change(amount=450).body
    said = change(tax_behavior="inclusive").body
    refused = [change(amount=451), change(tax_behavior="exclusive"), api.post(
        f"shipping_rates/{pk}", fixed_amount={"currency_options": {"usd": {"amount": 1}}}
    )]  # fmt: skip

    assert nothing.error["param"] == "fixed_amount[currency_options][eur][amount]"
    assert [each["fixed_amount"]["currency_options"]["eur"] for each in (added, said)] == [
        {"amount": 450, "tax_behavior": "unspecified"}, {"amount": 450, "tax_behavior": "inclusive"},
    ]  # fmt: skip
    assert [(answer.status, answer.error["param"]) for answer in refused] == [
        (400, "fixed_amount[currency_options][eur][amount]"),
        (400, "fixed_amount[currency_options][eur][tax_behavior]"),
        (400, "fixed_amount[currency_options][usd]"),
    ]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        pytest.param({"fixed_amount": {"amount": -1, "currency": "usd"}}, "fixed_amount[amount]", id="negative"),
        pytest.param({"display_name": "x" * 101}, "display_name", id="long"),
        pytest.param({"type": "calculated"}, "type", id="type"),
        pytest.param({"tax_code": "txcd_92010001"}, "tax_code", id="tax-code"),
        pytest.param(
            {"delivery_estimate": {"minimum": {"unit": "day", "value": 0}}},
            "delivery_estimate[minimum][value]", id="no-time",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(api, params, param):
    answer = api.post("shipping_rates", GROUND | params)

    assert (answer.status, answer.error["param"]) == (400, param)


def test_an_invoice_is_sent_and_taxed(api, jenny, rate, vat):
    pk = rate()["id"]
    address = {"line1": "Dock 4", "country": "DE"}

    invoice = api.post(
        "invoices", customer=jenny, currency="usd", default_tax_rates=[vat["id"]],
        shipping_cost={"shipping_rate": pk},
        shipping_details={"name": "Jenny R.", "address": address},
        expand=["shipping_cost.shipping_rate"],
    ).body  # fmt: skip
    found = api.get(f"invoices/{invoice['id']}").body
    paid = api.post(f"invoices/{invoice['id']}/pay", paid_out_of_band=True).body

    assert invoice["shipping_cost"]["shipping_rate"]["display_name"] == "Ground"
    assert found["shipping_cost"] == {
        "amount_subtotal": 500, "amount_tax": 35, "amount_total": 535, "shipping_rate": pk,
        "taxes": [
            {"amount": 35, "rate": vat, "taxability_reason": "not_available", "taxable_amount": 500}
        ],
    }  # fmt: skip
    assert found["shipping_details"] == {
        "address": {**dict.fromkeys(("city", "line2", "postal_code", "state")), **address},
        "carrier": None, "name": "Jenny R.", "phone": None, "tracking_number": None,
    }  # fmt: skip
    assert (found["subtotal"], found["amount_shipping"], found["total"]) == (0, 535, 535)
    assert [tax["amount"] for tax in found["total_taxes"]] == [35]
    assert (paid["status"], paid["amount_paid"]) == ("paid", 535)


def test_a_rate_is_made_for_one_invoice(api, jenny):
    invoice = api.post(
        "invoices", customer=jenny, currency="usd", shipping_cost={"shipping_rate_data": GROUND}
    ).body

    made = api.get(f"shipping_rates/{invoice['shipping_cost']['shipping_rate']}").body
    free = api.post(f"invoices/{invoice['id']}", shipping_cost="", shipping_details="").body

    assert (made["display_name"], made["active"], invoice["total"]) == ("Ground", False, 500)
    assert (free["shipping_cost"], free["shipping_details"], free["total"]) == (None, None, 0)


def test_an_invoice_cannot_be_sent_at_any_rate(api, jenny, rate):
    archived = rate()["id"]
    api.post(f"shipping_rates/{archived}", active=False)
    euros = {**GROUND, "fixed_amount": {"amount": 1, "currency": "eur"}}

    refused = [
        api.post("invoices", customer=jenny, currency="usd", shipping_cost=said)
        for said in (
            {"shipping_rate": archived}, {"shipping_rate": "shr_0"}, {"shipping_rate_data": euros},
            {"shipping_rate": archived, "shipping_rate_data": GROUND},
        )
    ]  # fmt: skip

    assert [answer.error["param"] for answer in refused] == [
        "shipping_cost[shipping_rate]", "shipping_cost[shipping_rate]",
        "shipping_cost[shipping_rate_data][fixed_amount][currency]", "shipping_cost",
    ]  # fmt: skip
    assert api.get("invoices").ids == []
