from decimal import Decimal

import pytest

from customers.kit.errors import InvalidRequest, NotFound
from payments.billing.models import CreditNoteLine, InvoiceLine
from payments.billing.services import credit_notes, invoices, tax_rates
from payments.billing.services.credit_note_lines import WantedLine
from payments.billing.services.credit_notes import Wanted

OF_LINE, CUSTOM = CreditNoteLine.Kind.INVOICE_LINE, CreditNoteLine.Kind.CUSTOM


@pytest.fixture
def vat(scope, at):
    """Makes a tax rate."""

    def make(percentage="19", *, inclusive=False):
        details = {
            "display_name": "VAT", "percentage": Decimal(percentage), "is_inclusive": inclusive,
        }  # fmt: skip
        return tax_rates.create(details=details, at=at).pk

    return make


def only_line(invoice):
    return InvoiceLine.objects.get(invoice=invoice).pk


def credited(invoice, **line):
    """Want a credit note of an invoice's only line."""
    return Wanted(lines=[WantedLine(kind=OF_LINE, invoice_line=only_line(invoice), **line)])


def test_a_lines_tax_is_credited_in_proportion_and_in_whole_at_the_end(opened, vat, at):
    invoice = opened(1001, tax_rate_ids=[vat()])

    notes = [credit_notes.create(invoice, credited(invoice, amount=amount), at=at)
             for amount in (333, 333, 335)]  # fmt: skip

    assert invoice.total == 1191
    assert [(note.total, note.subtotal, note.total_excluding_tax) for note in notes] == [
        (396, 333, 333), (396, 333, 333), (399, 335, 335),
    ]  # fmt: skip
    assert [note.taxes_shown[0]["amount"] for note in notes] == [63, 63, 64]
    assert invoices.get(invoice.pk).status == "paid"


def test_tax_that_is_included_is_credited_with_the_amount(opened, vat, at):
    invoice = opened(1100, tax_rate_ids=[vat("10", inclusive=True)])

    note = credit_notes.create(invoice, credited(invoice, amount=550), at=at)

    assert (note.subtotal, note.subtotal_excluding_tax, note.total, note.total_excluding_tax) == (
        550, 500, 550, 500,
    )  # fmt: skip
    (line,) = CreditNoteLine.objects.all()
    assert (line.amount, line.description, line.taxes_shown[0]["taxable_amount"]) == (
        550, "Paper", 500,
    )  # fmt: skip


def test_pieces_are_credited_by_quantity(drafted, line, at):
    draft = drafted(lines=[line(1000, quantity=3)])
    invoice = invoices.finalize(draft, at=at)

    amounts = [credit_notes.create(invoice, credited(invoice, quantity=1), at=at).total
               for _piece in range(3)]  # fmt: skip

    assert amounts == [333, 334, 333]


def test_no_more_pieces_are_credited_than_there_are(drafted, line, refused, at):
    invoice = invoices.finalize(drafted(lines=[line(1000, quantity=3)]), at=at)
    credit_notes.create(invoice, credited(invoice, quantity=2), at=at)
    wanted = credited(invoice, quantity=2, param="lines[0]")

    with refused(InvalidRequest, param="lines[0][quantity]"):
        credit_notes.create(invoice, wanted, at=at)


def test_a_line_is_credited_no_more_than_it_has(drafted, line, refused, at):
    invoice = invoices.finalize(drafted(lines=[line(1000), line(500)]), at=at)
    first, _second = InvoiceLine.objects.order_by("position")
    twice = [
        WantedLine(kind=OF_LINE, invoice_line=first.pk, amount=600, param=f"lines[{place}]")
        for place in range(2)
    ]

    with refused(InvalidRequest, param="lines[1][amount]"):
        credit_notes.create(invoice, Wanted(lines=twice), at=at)


def test_a_line_of_its_own_has_a_text_and_taxes(opened, vat, at):
    invoice = opened()
    line = WantedLine(
        kind=CUSTOM, unit_amount=Decimal("33.5"), quantity=3, description="Late", tax_rates=[vat()]
    )

    note = credit_notes.create(invoice, Wanted(lines=[line]), at=at)

    (row,) = CreditNoteLine.objects.all()
    assert (note.total, note.total_excluding_tax) == (120, 101)
    assert (row.description, row.amount, row.quantity, row.unit_amount_decimal) == (
        "Late", 101, 3, Decimal("33.5"),
    )  # fmt: skip


def test_an_amount_beside_lines_must_be_theirs(opened, refused, at):
    invoice = opened()
    line = WantedLine(kind=OF_LINE, invoice_line=only_line(invoice), amount=500)

    with refused(InvalidRequest, param="amount"):
        credit_notes.create(invoice, Wanted(lines=[line], amount=501), at=at)


def test_a_line_of_another_invoice_is_not_credited(opened, refused, at):
    other, invoice = opened(), opened()
    wanted = Wanted(lines=[WantedLine(OF_LINE, only_line(other), amount=500, param="lines[0]")])

    with refused(NotFound, param="lines[0][invoice_line_item]"):
        credit_notes.create(invoice, wanted, at=at)


@pytest.mark.parametrize(
    ("wanted", "param"),
    [
        pytest.param({"kind": OF_LINE}, "lines[0][invoice_line_item]", id="no-line"),
        pytest.param({"kind": OF_LINE, "invoice_line": "il_1"}, "lines[0]", id="no-amount"),
        pytest.param(
            {"kind": OF_LINE, "invoice_line": "il_1", "amount": 1, "quantity": 1}, "lines[0]", id="both"
        ),
        pytest.param(
            {"kind": OF_LINE, "invoice_line": "il_1", "amount": 1, "description": "x"}, "lines[0]",
            id="own-text",
        ),
        pytest.param({"kind": CUSTOM}, "lines[0][unit_amount]", id="no-unit-amount"),
        pytest.param({"kind": CUSTOM, "amount": 1}, "lines[0][amount]", id="amount-of-its-own"),
        pytest.param(
            {"kind": CUSTOM, "invoice_line": "il_1"}, "lines[0][invoice_line_item]", id="two-kinds"
        ),
        pytest.param({"kind": CUSTOM, "unit_amount": Decimal(0)}, "lines", id="nothing"),
    ],
)  # fmt: skip
def test_a_line_that_makes_no_sense_is_refused(opened, refused, wanted, param, at):
    invoice, line = opened(), WantedLine(**wanted, param="lines[0]")

    with refused(InvalidRequest, param=param):
        credit_notes.create(invoice, Wanted(lines=[line]), at=at)
