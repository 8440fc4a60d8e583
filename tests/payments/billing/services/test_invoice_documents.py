"""What stands on invoices, receipts and credit notes."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from customers.kit.errors import InvalidState
from customers.models import Site
from customers.services import balance_transactions
from payments.billing.documents.content import Fact, Total
from payments.billing.models import CreditNoteLine
from payments.billing.services import (
    coupons,
    credit_notes,
    discounts,
    invoice_documents,
    invoice_links,
    invoices,
    tax_rates,
)
from payments.billing.services.credit_note_lines import WantedLine

AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
ADDRESS = {"line1": "88 Example Road", "city": "Bangkok", "postal_code": "10500", "country": "TH"}


@pytest.fixture
def at():
    return AT


@pytest.fixture
def vat(scope):
    """Makes a tax rate of 7 percent on top."""
    details = {"display_name": "VAT", "percentage": Decimal(7), "is_inclusive": False}
    return lambda **changes: tax_rates.create(details={**details, **changes}, at=AT).pk


def document_of(invoice):
    invoice = invoices.get(invoice.pk)
    return invoice_documents.of_invoice(invoice, invoice_documents.reader(invoice))


def totals_of(document):
    return [(total.label, total.value) for total in document.totals]


def text_of(content):
    return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_seller_comes_from_the_site(site, opened):
    details = {"address": ADDRESS, "tax_ids": ["TH VAT 0105556000000"], "website": "https://example.com",
               "support_email": "help@example.com", "support_phone": "+66 2 123 4567"}  # fmt: skip
    Site.objects.filter(pk=site.pk).update(**details)

    seller = document_of(opened()).seller

    assert (seller.name, seller.email, seller.phone) == (
        "Acme",
        "help@example.com",
        "+66 2 123 4567",
    )
    assert seller.lines == ("88 Example Road", "Bangkok 10500", "Thailand", "https://example.com")
    assert seller.tax_ids == ("TH VAT 0105556000000",)


def test_open_invoice_says_what_is_due_and_where_to_pay(opened):
    invoice = opened(
        collection_method="send_invoice", days_until_due=30, description="Thank you", footer="Registered",
        custom_fields=[{"name": "Purchase order", "value": "PO77812"}],
    )  # fmt: skip

    document = document_of(invoice)

    assert document.headline == "$20.00 due December 4, 2026"
    assert document.payment.url == invoice_links.hosted(invoice.pk, invoice.finalized_at)
    assert document.facts == (
        Fact("Invoice number", invoice.number),
        Fact("Date of issue", "November 4, 2026"),
        Fact("Date due", "December 4, 2026"),
    )
    assert document.custom_fields == (Fact("Purchase order", "PO77812"),)
    assert (document.memo, document.footer, document.status) == ("Thank you", "Registered", "")
    assert document.totals[-1] == Total("Amount due", "$20.00", emphasis=True)


def test_bill_to_is_who_it_was_finalized_for(customer, opened):
    invoice = opened()
    invoice.customer_shown |= {
        "name": "Jenny Rosen", "address": {"line1": "1 Main St", "city": "Austin", "state": "TX",
        "postal_code": "78701", "country": "US", "line2": None}, "phone": None,
        "tax_ids": [{"type": "eu_vat", "value": "DE123456789"}],
        "shipping": {"name": "Dock 4", "phone": None, "address": {"line1": "Hafen 7", "city": "Hamburg",
                     "postal_code": "20457", "country": "DE"}},
    }  # fmt: skip
    invoice.save()

    document = document_of(invoice)

    assert document.bill_to.lines == (
        "Jenny Rosen", "1 Main St", "Austin, TX 78701", "United States", "jenny@example.com", "EU VAT DE123456789",
    )  # fmt: skip
    assert document.ship_to.lines == ("Dock 4", "Hafen 7", "20457 Hamburg", "Germany")


def test_discount_tax_and_balance_lead_to_what_is_due(customer, drafted, vat):
    balance_transactions.create(customer, amount=-500, currency="usd", at=AT)
    coupon = coupons.create(
        terms={"name": "Autumn", "percent_off": Decimal(10), "duration": "once"}, at=AT
    )
    wanted = discounts.read([{"coupon": coupon.pk}], param="discounts", customer=customer, at=AT)
    invoice = invoices.finalize(drafted(10_000, wanted=wanted, tax_rate_ids=[vat()]), at=AT)

    document = document_of(invoice)

    assert totals_of(document) == [
        ("Subtotal", "$100.00"),
        ("Autumn (10% off)", "-$10.00"),
        ("Total excluding tax", "$90.00"),
        ("VAT 7%", "$6.30"),
        ("Total", "$96.30"),
        ("Applied balance", "-$5.00"),
        ("Amount due", "$91.30"),
    ]
    assert (document.rows[0].tax, document.columns.tax) == ("7%", "Tax")


def test_reverse_charge_is_noted(customer, drafted, vat):
    customer.tax_exempt = "reverse"
    customer.save()
    invoice = invoices.finalize(drafted(tax_rate_ids=[vat()]), at=AT)

    document = document_of(invoice)

    assert document.memo == "Reverse charge: the recipient is liable for the tax."
    assert ("VAT 7%, reverse charge", "$0.00") in totals_of(document)


def test_receipt_says_when_and_with_what_it_was_paid(opened, method):
    invoice = invoices.pay(opened(), request_key="pay", at=AT)

    document = invoice_documents.of_receipt(invoice, invoice_documents.reader(invoice))

    assert (document.title, document.headline, document.status) == (
        "Receipt", "$20.00 paid on November 4, 2026", "Paid",
    )  # fmt: skip
    assert document.facts == (
        Fact("Invoice number", invoice.number),
        Fact("Date paid", "November 4, 2026"),
        Fact("Payment method", "Visa •••• 4242"),
    )
    assert document.totals[-1] == Total("Amount paid", "$20.00", emphasis=True)


def test_unpaid_invoice_has_no_receipt(opened):
    with pytest.raises(InvalidState):
        invoice_documents.receipt_pdf(opened())


def test_credit_note_lowers_what_remains(opened):
    invoice = opened()
    line = WantedLine(
        kind=CreditNoteLine.Kind.CUSTOM, description="Damaged", quantity=1, unit_amount=Decimal(500), param="lines",
    )  # fmt: skip
    made = credit_notes.create(invoice, credit_notes.Wanted(lines=[line]), at=AT)
    note = credit_notes.get(made.pk)

    document = invoice_documents.of_credit_note(note, invoice_documents.reader(note.invoice))

    assert document.title == "Credit note"
    assert document.rows[0].description == "Damaged"
    assert totals_of(document)[-2:] == [
        ("Total credited", "$5.00"),
        ("Taken off the amount due", "$5.00"),
    ]
    assert totals_of(document_of(invoice))[-3:] == [
        ("Amount due", "$20.00"), ("Credit notes", "-$5.00"), ("Amount remaining", "$15.00"),
    ]  # fmt: skip


def test_document_is_in_the_customers_language(customer, opened):
    customer.preferred_locales = ["th-TH"]
    customer.save()
    invoice = opened(collection_method="send_invoice", days_until_due=30)

    document = document_of(invoice)

    assert document.language == "th"
    assert "4 ธันวาคม" in document.facts[2].value
    assert document.right_to_left is False


def test_site_decides_where_the_customers_language_is_not_known(site, customer, opened):
    customer.preferred_locales = []
    customer.save()
    Site.objects.filter(pk=site.pk).update(languages=["ja", "en"])

    assert document_of(opened()).language == "ja"


def test_periods_stand_below_their_lines(drafted, line):
    end = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    gold = replace(line(quantity=1200, unit_amount_decimal=Decimal("0.5")), period_end=end)
    draft = drafted(lines=[gold])

    (row,) = document_of(invoices.finalize(draft, at=AT)).rows

    assert (row.detail, row.quantity, row.unit_price) == (
        "Nov 4\u2009\u2013\u2009Dec 4, 2026",
        "1,200",
        "$0.005",
    )


def test_texts_that_are_long_are_cut_off(drafted, line):
    long = replace(line(), description="ก" * 5000)
    invoice = invoices.finalize(drafted(lines=[long]), at=AT)

    document = document_of(invoice)

    assert len(document.rows[0].description) == 500
    assert document.rows[0].description.endswith("…")


def test_files_hold_what_the_documents_say(opened, method):
    invoice = invoices.pay(opened(), request_key="pay", at=AT)

    bill = text_of(invoice_documents.invoice_pdf(invoice))
    receipt = text_of(invoice_documents.receipt_pdf(invoice))

    assert "Invoice" in bill
    assert "Paper" in bill
    assert "Receipt" in receipt
    assert "Visa •••• 4242" in receipt


def test_lines_are_told_without_the_tax_that_they_include(customer, drafted, vat):
    coupon = coupons.create(terms={"percent_off": Decimal(10), "duration": "once"}, at=AT)
    wanted = discounts.read([{"coupon": coupon.pk}], param="discounts", customer=customer, at=AT)
    draft = drafted(
        10_700, wanted=wanted, tax_rate_ids=[vat(is_inclusive=True)],
        rendering={"amount_tax_display": "exclude_tax"},
    )  # fmt: skip

    document = document_of(invoices.finalize(draft, at=AT))

    assert [row.amount for row in document.rows] == ["$100.00"]
    assert totals_of(document) == [
        ("Subtotal", "$100.00"),
        ("Discount (10% off)", "-$10.00"),
        ("Total excluding tax", "$90.00"),
        ("VAT 7%, included", "$6.30"),
        ("Total", "$96.30"),
        ("Amount due", "$96.30"),
    ]


def test_what_one_costs_is_told_without_tax_too(drafted, line, vat):
    draft = drafted(
        lines=[line(2140, quantity=2, unit_amount_decimal=Decimal(1070))],
        tax_rate_ids=[vat(is_inclusive=True)],
    )

    shown = []
    for display in ("exclude_tax", "include_inclusive_tax"):
        invoices.update(draft, details={"rendering": {"amount_tax_display": display}}, at=AT)
        (row,) = document_of(draft).rows
        shown.append((row.unit_price, row.amount))

    assert shown == [("$10.00", "$20.00"), ("$10.70", "$21.40")]


@pytest.mark.parametrize(
    ("said", "site_in", "customer_in", "size"),
    [
        pytest.param("a4", "US", "US", "a4", id="said"),
        pytest.param("letter", "DE", "DE", "letter", id="said-otherwise"),
        pytest.param("auto", "DE", "US", "letter", id="where-the-customer-is"),
        pytest.param("auto", "US", None, "letter", id="where-the-site-is"),
        pytest.param(None, "DE", "US", "a4", id="nothing-said"),
    ],
)
def test_paper_has_the_size_that_is_said(site, drafted, said, site_in, customer_in, size):
    Site.objects.filter(pk=site.pk).update(country=site_in)
    invoice = drafted(rendering={"page_size": said})
    invoice.customer_shown |= {"address": customer_in and {"country": customer_in}}
    invoice.save()

    document = document_of(invoice)

    assert document.page_size == size


def test_the_file_has_that_size(drafted):
    invoice = invoices.finalize(drafted(rendering={"page_size": "letter"}), at=AT)

    (page,) = PdfReader(BytesIO(invoice_documents.invoice_pdf(invoices.get(invoice.pk)))).pages

    assert [float(side) for side in page.mediabox[2:]] == [612, 792]
