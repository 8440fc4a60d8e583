"""What sending the goods adds to invoices."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from customers.kit.errors import InvalidRequest, InvalidState
from payments.billing.models import Invoice, TaxRate
from payments.billing.services import (
    coupons,
    discounts,
    invoice_documents,
    invoice_shipping,
    invoices,
    shipping_rates,
    tax_rates,
)


@pytest.fixture
def rate(scope, at):
    """Makes a shipping rate of five dollars."""

    def make(**details):
        usual = {"display_name": "Ground", "amount": 500, "currency": "usd"}
        return shipping_rates.create(details={**usual, **details}, at=at)

    return make


@pytest.fixture
def vat(scope, at):
    """Makes a tax rate of 7 percent on top."""
    details = {"display_name": "VAT", "percentage": Decimal(7), "is_inclusive": False}
    return lambda **changes: tax_rates.create(details={**details, **changes}, at=at).pk


def amounts_of(invoice):
    return {
        name: invoice.shipping_shown[name]
        for name in ("amount_subtotal", "amount_tax", "amount_total")
    }


def totals_of(invoice):
    row = invoices.get(invoice.pk)
    document = invoice_documents.of_invoice(row, invoice_documents.reader(row))
    return [(total.label, total.value) for total in document.totals]


def test_shipping_is_added_and_fixed_when_it_is_finalized(drafted, rate, at):
    invoice = invoices.finalize(drafted(shipping_rate=rate()), at=at)

    assert (invoice.subtotal, invoice.total, invoice.amount_due) == (2000, 2500, 2500)
    assert amounts_of(invoice) == {"amount_subtotal": 500, "amount_tax": 0, "amount_total": 500}
    with pytest.raises(InvalidState), transaction.atomic():
        invoices.update(invoice, details={"shipping_rate": None}, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(shipping_rate=None)


def test_shipping_is_taxed_like_lines_and_not_discounted(customer, drafted, rate, vat, at):
    coupon = coupons.create(terms={"percent_off": Decimal(10), "duration": "once"}, at=at)
    wanted = discounts.read([{"coupon": coupon.pk}], param="discounts", customer=customer, at=at)
    pk = vat()

    invoice = drafted(shipping_rate=rate(), tax_rate_ids=[pk], wanted=wanted)

    assert amounts_of(invoice) == {"amount_subtotal": 500, "amount_tax": 35, "amount_total": 535}
    assert invoice.taxes_shown == [
        {"id": pk, "amount": 161, "taxable_amount": 2300, "is_inclusive": False, "reason": "not_available"}
    ]  # fmt: skip
    assert (invoice.total_excluding_tax, invoice.total) == (2300, 2461)


@pytest.mark.parametrize(
    ("behavior", "is_inclusive", "amounts", "taxes"),
    [
        pytest.param("unspecified", True, (467, 33, 500), 1, id="as-the-tax-rate-says"),
        pytest.param("inclusive", False, (467, 33, 500), 2, id="contained"),
        pytest.param("exclusive", True, (500, 35, 535), 2, id="added"),
    ],
)
def test_the_shipping_rate_may_say_whether_it_contains_tax(
    drafted, rate, vat, behavior, is_inclusive, amounts, taxes
):
    invoice = drafted(
        shipping_rate=rate(tax_behavior=behavior), tax_rate_ids=[vat(is_inclusive=is_inclusive)]
    )

    assert tuple(amounts_of(invoice).values()) == amounts
    assert len(invoice.taxes_shown) == taxes
    charged = sum(tax["amount"] for tax in invoice.taxes_shown)
    assert invoice.total == invoice.total_excluding_tax + charged


def test_who_is_exempt_pays_no_tax_on_shipping(customer, drafted, rate, vat):
    customer.tax_exempt = "exempt"
    customer.save()

    invoice = drafted(shipping_rate=rate(), tax_rate_ids=[vat()])

    assert (invoice.total, amounts_of(invoice)["amount_tax"]) == (2500, 0)


def test_another_currency_has_its_own_amount(drafted, rate, line):
    options = {"eur": {"amount": 450, "tax_behavior": "inclusive"}}

    invoice = drafted(
        currency="eur", lines=[line(currency="eur")], shipping_rate=rate(currency_options=options)
    )

    assert invoice.total == 2450


def test_shipping_is_changed_and_taken_away_from_a_draft(drafted, rate, at):
    draft = drafted(shipping_rate=rate())

    dearer = invoices.update(draft, details={"shipping_rate": rate(amount=900)}, at=at).total
    free = invoices.update(draft, details={"shipping_rate": None}, at=at)

    assert (dearer, free.total, free.shipping_shown) == (2900, 2000, {})


def test_the_document_says_what_sending_costs_and_whereto(drafted, rate, vat, at):
    address = {"line1": "Hafen 7", "city": "Hamburg", "postal_code": "20457", "country": "DE"}
    draft = drafted(
        shipping_rate=rate(), tax_rate_ids=[vat()],
        shipping_details={"name": "Dock 4", "address": address},
    )  # fmt: skip

    invoice = invoices.get(invoices.finalize(draft, at=at).pk)

    assert totals_of(invoice) == [
        ("Subtotal", "$20.00"), ("Ground", "$5.00"), ("Total excluding tax", "$25.00"),
        ("VAT 7%", "$1.75"), ("Total", "$26.75"), ("Amount due", "$26.75"),
    ]  # fmt: skip
    document = invoice_documents.of_invoice(invoice, invoice_documents.reader(invoice))
    assert document.ship_to.lines == ("Dock 4", "Hafen 7", "20457 Hamburg", "Germany")


def test_told_without_tax_shipping_has_none_either(drafted, rate, vat, at):
    draft = drafted(
        10_700, shipping_rate=rate(amount=1070), tax_rate_ids=[vat(is_inclusive=True)],
        rendering={"amount_tax_display": "exclude_tax"},
    )  # fmt: skip

    assert totals_of(invoices.finalize(draft, at=at)) == [
        ("Subtotal", "$100.00"), ("Ground", "$10.00"), ("Total excluding tax", "$110.00"),
        ("VAT 7%, included", "$7.70"), ("Total", "$117.70"), ("Amount due", "$117.70"),
    ]  # fmt: skip


@given(
    amount=st.integers(0, 10**8),
    percents=st.lists(st.decimals(0, 50, places=4), max_size=4),
    inclusive=st.lists(st.booleans(), min_size=4, max_size=4),
    behavior=st.sampled_from(["inclusive", "exclusive", "unspecified"]),
    exemption=st.sampled_from(["none", "exempt", "reverse"]),
)
def test_parts_of_shipping_add_up(amount, percents, inclusive, behavior, exemption):
    rates = {
        str(place): TaxRate(pk=str(place), percentage=percent, is_inclusive=inclusive[place])
        for place, percent in enumerate(percents)
    }
    rate = shipping_rates.ShippingRate(amount=amount, currency="usd", tax_behavior=behavior)

    found = invoice_shipping.taxed(rate, "usd", list(rates.values()), exemption)

    taxes = found.lines[0].taxes
    assert found.total == found.total_excluding_tax + sum(tax.amount for tax in taxes)
    added = sum(tax.amount for tax in taxes if not tax.inclusive)
    if exemption == "none":
        assert found.total == amount + added
    else:
        assert (found.total, added) == (found.total_excluding_tax, 0)
    assert [tax.inclusive for tax in taxes if behavior == "inclusive"] == [True] * (
        len(rates) if behavior == "inclusive" else 0
    )


_TAXES = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from("abc"), "amount": st.integers(-9, 10**9),
            "taxable_amount": st.integers(-9, 10**9), "is_inclusive": st.booleans(),
        }
    ),
    max_size=5,
)  # fmt: skip


@given(lines=_TAXES, shipping=_TAXES)
def test_taxes_of_lines_and_of_shipping_add_up(lines, shipping):
    found = invoice_shipping.together(lines, shipping)

    for name in ("amount", "taxable_amount"):
        assert sum(tax[name] for tax in found) == sum(tax[name] for tax in [*lines, *shipping])
    keys = [(tax["id"], tax["is_inclusive"]) for tax in found]
    assert len(keys) == len(set(keys))


def test_a_rate_is_chosen_only_where_it_can_be_used(rate, at):
    archived = rate(is_active=False)

    for pk, currency in ((archived.pk, "usd"), (rate().pk, "eur")):
        with pytest.raises(InvalidRequest) as refusal:
            shipping_rates.usable(pk, currency=currency, param="shipping_cost[shipping_rate]")
        assert refusal.value.param == "shipping_cost[shipping_rate]"
