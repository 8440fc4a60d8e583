from decimal import Decimal

import pytest

from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import Customer, CustomerBalanceTransaction
from customers.services import balance_transactions, customers
from payments.billing.models import (
    CreditNoteLine,
    CreditNoteRefund,
    Invoice,
    InvoiceLine,
    InvoicePayment,
)
from payments.billing.services import credit_notes, invoices, tax_rates
from payments.billing.services.credit_note_funds import WantedRefund
from payments.billing.services.credit_note_lines import WantedLine
from payments.billing.services.credit_notes import Wanted
from payments.gateways.base import Outcome, Result
from payments.models import Charge, PaymentIntent, Refund
from payments.services import refunds
from tests.payments.fake_gateway import Acted

KEY = "5f" * 32
OF_LINE, CUSTOM = CreditNoteLine.Kind.INVOICE_LINE, CreditNoteLine.Kind.CUSTOM
CREDITS = (
    "status",
    "amount_due",
    "amount_paid",
    "pre_payment_credit",
    "post_payment_credit",
    "amount_remaining",
)


@pytest.fixture
def paid(opened, method, at):
    """Makes an invoice that a card has paid."""

    def make(amount=2000, **details):
        return invoices.pay(opened(amount, **details), request_key=f"pay {amount}", at=at)

    return make


@pytest.fixture
def credits_of(stored):
    """Returns what an invoice says of its payment and its credit notes."""
    return lambda invoice: tuple(stored(invoice, *CREDITS).values())


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


def parts(note):
    return (
        note.total, note.pre_payment_amount, note.post_payment_amount, note.refund_amount,
        note.credit_amount, note.out_of_band_amount,
    )  # fmt: skip


def charge_of(invoice):
    return Charge.objects.get(payment_intent=invoice.payment_intent_id)


# -- before payment ----------------------------------------------------------------------------------------------------


def test_a_credit_note_lowers_what_is_due(opened, credits_of, events_of, told, at):
    invoice = opened()
    told()

    note = credit_notes.create(invoice, Wanted(amount=500), at=at)

    assert (note.number, note.status, parts(note)) == (
        f"{invoice.number}-CN-01", "issued", (500, 500, 0, 0, 0, 0),
    )  # fmt: skip
    assert credits_of(invoice) == ("open", 2000, 0, 500, 0, 1500)
    assert PaymentIntent.objects.get().amount == 1500
    assert InvoicePayment.objects.get().amount_requested == 1500
    assert told() == ["credit_note.created", "invoice.updated"]


def test_an_invoice_that_is_credited_in_whole_is_paid(opened, credits_of, told, at):
    invoice = opened()
    told()

    credit_notes.create(invoice, Wanted(amount=2000), at=at)

    assert credits_of(invoice) == ("paid", 2000, 0, 2000, 0, 0)
    assert told() == [
        "credit_note.created", "invoice.paid", "invoice.payment_succeeded", "invoice.updated",
        "payment_intent.canceled",
    ]  # fmt: skip
    assert PaymentIntent.objects.get().status == "canceled"


def test_what_is_left_is_collected(opened, method, credits_of, at):
    invoice = opened()
    credit_notes.create(invoice, Wanted(amount=500), at=at)

    invoices.collect(invoice, at=at)

    assert credits_of(invoice) == ("paid", 2000, 1500, 500, 0, 0)
    assert Charge.objects.get().amount_captured == 1500


def test_voiding_asks_for_the_whole_again(opened, credits_of, told, at):
    invoice = opened()
    note = credit_notes.create(invoice, Wanted(amount=500), at=at)
    told()

    voided = credit_notes.void(note, at=at)

    assert (voided.status, voided.voided_at) == ("void", at)
    assert credits_of(invoice) == ("open", 2000, 0, 0, 0, 2000)
    assert PaymentIntent.objects.get().amount == 2000
    assert told() == ["credit_note.voided", "invoice.updated"]


def test_a_voided_note_is_not_voided_again(opened, refused, at):
    note = credit_notes.void(credit_notes.create(opened(), Wanted(amount=500), at=at), at=at)

    with refused(InvalidState):
        credit_notes.void(note, at=at)


def test_a_note_that_made_its_invoice_paid_is_not_voided(opened, refused, at):
    note = credit_notes.create(opened(), Wanted(amount=2000), at=at)

    with refused(InvalidState, code="credit_note_not_voidable"):
        credit_notes.void(note, at=at)


def test_nothing_can_be_given_back_that_was_not_paid(opened, refused, at):
    invoice = opened()

    with refused(InvalidRequest, param="credit_amount"):
        credit_notes.create(invoice, Wanted(amount=500, credit_amount=500), at=at)


def test_what_the_balance_paid_comes_back_when_more_is_credited_than_is_due(
    customer, opened, credits_of, at
):
    balance_transactions.create(customer, amount=-800, currency="usd", at=at)
    invoice = opened()

    note = credit_notes.create(invoice, Wanted(amount=2000, credit_amount=800), at=at)

    assert parts(note) == (2000, 1200, 800, 0, 800, 0)
    assert credits_of(invoice) == ("paid", 1200, 0, 1200, 800, 0)
    assert Customer.objects.get().balance == -800


# -- after payment -----------------------------------------------------------------------------------------------------


def test_a_refund_is_made_by_the_invoices_charge(paid, credits_of, told, at):
    invoice = paid()
    told()

    note = credit_notes.create(invoice, Wanted(amount=700, refund_amount=700), at=at)

    link = CreditNoteRefund.objects.get(credit_note=note)
    assert parts(note) == (700, 0, 700, 700, 0, 0)
    assert credits_of(invoice) == ("paid", 2000, 2000, 0, 700, 0)
    assert (link.amount, link.refund.status, link.refund.charge_id) == (
        700, "succeeded", charge_of(invoice).pk,
    )  # fmt: skip
    assert charge_of(invoice).amount_refunded == 700
    assert told() == [
        "refund.created", "credit_note.created", "invoice.updated", "charge.refunded",
        "refund.updated",
    ]  # fmt: skip


def test_a_credit_goes_to_the_customers_balance(paid, customer, told, at):
    invoice = paid()
    told()

    note = credit_notes.create(invoice, Wanted(amount=700, credit_amount=700), at=at)

    entry = CustomerBalanceTransaction.objects.get()
    assert note.balance_transaction_id == entry.pk
    assert (entry.kind, entry.amount, entry.ending_balance, entry.invoice_id, entry.credit_note_id) == (
        "credit_note", -700, -700, invoice.pk, note.pk,
    )  # fmt: skip
    assert Customer.objects.get().balance == -700
    assert told() == [
        "customer.balance_transaction.created", "customer.updated", "credit_note.created",
        "invoice.updated",
    ]  # fmt: skip


def test_the_ways_are_divided_as_asked(paid, credits_of, at):
    invoice = paid()

    note = credit_notes.create(
        invoice,
        Wanted(amount=1000, refund_amount=500, credit_amount=300, out_of_band_amount=200),
        at=at,
    )

    assert parts(note) == (1000, 0, 1000, 500, 300, 200)
    assert credits_of(invoice) == ("paid", 2000, 2000, 0, 1000, 0)
    assert (charge_of(invoice).amount_refunded, Customer.objects.get().balance) == (500, -300)


@pytest.mark.parametrize(
    ("ways", "param"),
    [
        pytest.param({}, "credit_amount", id="none"),
        pytest.param({"refund_amount": 499}, "refund_amount", id="too-little"),
        pytest.param(
            {"credit_amount": 300, "out_of_band_amount": 201}, "credit_amount", id="too-much"
        ),
    ],
)
def test_the_ways_must_add_up(paid, refused, ways, param, at):
    invoice = paid()

    with refused(InvalidRequest, param=param):
        credit_notes.create(invoice, Wanted(amount=500, **ways), at=at)


def test_what_was_given_back_cannot_be_voided(paid, refused, at):
    note = credit_notes.create(paid(), Wanted(amount=500, out_of_band_amount=500), at=at)

    with refused(InvalidState, code="credit_note_not_voidable"):
        credit_notes.void(note, at=at)


def test_a_note_whose_refund_failed_can_be_voided(paid, gateway, credits_of, at):
    invoice = paid()
    gateway.plan("refund", Outcome(Result.DECLINED, code="expired_or_canceled_card"))
    note = credit_notes.create(invoice, Wanted(amount=500, refund_amount=500), at=at)
    refund = Refund.objects.get()

    credit_notes.void(note, at=at)

    assert (refund.status, credits_of(invoice)) == ("failed", ("paid", 2000, 2000, 0, 0, 0))
    assert credit_notes.creditable(invoices.get(invoice.pk)) == 2000


def test_the_same_request_finds_the_same_note_and_refund(paid, at):
    invoice = paid()
    wanted = Wanted(amount=700, refund_amount=700)
    first = credit_notes.create(invoice, wanted, request_key=KEY, at=at)

    second = credit_notes.create(invoice, wanted, request_key=KEY, at=at)

    assert second.pk == first.pk
    assert list(Refund.objects.values_list("amount", "status")) == [(700, "succeeded")]


def test_a_request_whose_process_died_before_the_gateway_was_asked_is_carried_on(
    paid, monkeypatch, at
):
    class Died(BaseException):
        pass

    def die(*_args, **_options):
        raise Died

    invoice, wanted = paid(), Wanted(amount=700, refund_amount=700)
    with monkeypatch.context() as patched:
        patched.setattr(refunds, "carry_on", die)
        with pytest.raises(Died):
            credit_notes.create(invoice, wanted, request_key=KEY, at=at)
    before = Refund.objects.get().status

    note = credit_notes.create(invoice, wanted, request_key=KEY, at=at)

    refund = Refund.objects.get()
    assert (before, refund.status) == ("pending", "succeeded")
    assert list(CreditNoteRefund.objects.values_list("credit_note_id", "refund_id")) == [
        (note.pk, refund.pk)
    ]


def test_a_refund_that_was_made_before_is_accounted_for(paid, credits_of, at):
    invoice = paid()
    refund = refunds.create(charge_of(invoice), amount=600, at=at)

    note = credit_notes.create(
        invoice, Wanted(amount=600, refunds=[WantedRefund(refund.pk)]), at=at
    )

    assert parts(note) == (600, 0, 600, 600, 0, 0)
    assert credits_of(invoice) == ("paid", 2000, 2000, 0, 600, 0)
    assert Refund.objects.count() == 1
    assert credit_notes.creditable(invoices.get(invoice.pk)) == 1400


def test_a_refund_is_accounted_for_once(paid, refused, at):
    invoice = paid()
    refund = refunds.create(charge_of(invoice), amount=600, at=at)
    part = WantedRefund(refund.pk, 400, param="refunds[0]")
    credit_notes.create(invoice, Wanted(amount=400, refunds=[part]), at=at)

    with refused(InvalidRequest, param="refunds[0][amount_refunded]"):
        credit_notes.create(invoice, Wanted(amount=400, refunds=[part]), at=at)


def test_a_refund_of_another_payment_is_not_accounted_for(paid, method, refused, at):
    other = paid(3000)
    refund = refunds.create(charge_of(other), amount=600, at=at)
    invoice = paid()
    wanted = [WantedRefund(refund.pk, param="refunds[0]")]

    with refused(InvalidRequest, param="refunds[0][refund]"):
        credit_notes.create(invoice, Wanted(amount=600, refunds=wanted), at=at)


def test_refunds_beside_credit_notes_lower_what_can_be_credited(paid, refused, at):
    invoice = paid()
    refunds.create(charge_of(invoice), amount=600, at=at)

    assert credit_notes.creditable(invoice) == 1400
    with refused(InvalidRequest, param="amount"):
        credit_notes.create(invoice, Wanted(amount=1401, credit_amount=1401), at=at)


def test_more_than_the_charge_has_is_not_refunded(opened, method, refused, at):
    invoice = invoices.pay_out_of_band(opened(), at=at)

    with refused(InvalidState, code="charge_not_refundable"):
        credit_notes.create(invoice, Wanted(amount=500, refund_amount=500), at=at)


def test_nothing_is_credited_to_the_balance_of_a_deleted_customer(paid, customer, refused, at):
    invoice = paid()
    customers.delete(Customer.objects.get(pk=customer.pk), at=at)

    with refused(InvalidState, code="customer_deleted"):
        credit_notes.create(invoice, Wanted(amount=500, credit_amount=500), at=at)


# -- how much ----------------------------------------------------------------------------------------------------------


def test_no_more_than_the_invoice_is_credited(opened, refused, at):
    invoice = opened()
    credit_notes.create(invoice, Wanted(amount=1500), at=at)

    with refused(InvalidRequest, param="amount"):
        credit_notes.create(invoice, Wanted(amount=501), at=at)


def test_numbers_count_on_behind_voided_notes(opened, at):
    invoice = opened()
    credit_notes.void(credit_notes.create(invoice, Wanted(amount=500), at=at), at=at)

    note = credit_notes.create(invoice, Wanted(amount=500), at=at)

    assert note.number == f"{invoice.number}-CN-02"


@pytest.mark.parametrize("status", [Invoice.Status.DRAFT, Invoice.Status.VOID])
def test_only_open_and_paid_invoices_are_credited(drafted, refused, status, at):
    invoice = drafted()
    if status == Invoice.Status.VOID:
        invoice = invoices.void(invoices.finalize(invoice, at=at), at=at)

    with refused(InvalidState, code="invoice_not_creditable"):
        credit_notes.create(invoice, Wanted(amount=500), at=at)


def test_something_must_be_credited(opened, refused, at):
    invoice = opened()

    with refused(InvalidRequest, param="amount", code="parameter_missing"):
        credit_notes.create(invoice, Wanted(), at=at)


# -- lines -------------------------------------------------------------------------------------------------------------


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


# -- looked at and changed ---------------------------------------------------------------------------------------------


def test_a_preview_writes_nothing(opened, nothing_written, at):
    invoice = opened()

    with nothing_written():
        draft = credit_notes.preview(invoice, Wanted(amount=500), at=at)

    assert (parts(draft.note), draft.note.number) == (
        (500, 500, 0, 0, 0, 0), f"{invoice.number}-CN-01",
    )  # fmt: skip


def test_memo_and_metadata_change(opened, last_event, at):
    details = {"memo": "Sorry", "metadata": {"a": "1", "b": "2"}, "reason": "duplicate"}
    note = credit_notes.create(opened(), Wanted(amount=500, details=details), at=at)

    changed = credit_notes.update(note, details={"memo": "", "metadata": {"a": ""}}, at=at)

    assert (changed.memo, changed.metadata, changed.reason) == ("", {"b": "2"}, "duplicate")
    event = last_event()
    assert (event.type, event.previous_attributes) == (
        "credit_note.updated", {"memo": "Sorry", "metadata": {"a": "1"}},
    )  # fmt: skip


def test_a_note_that_is_not_there_is_not_found(scope):
    with pytest.raises(NotFound, match="No such credit note: 'cn_1'"):
        credit_notes.get("cn_1")


def test_a_refund_of_which_nobody_knows_yet_is_pending(paid, gateway, credits_of, at):
    invoice = paid()
    gateway.plan("refund", Acted())

    note = credit_notes.create(invoice, Wanted(amount=700, refund_amount=700), at=at)

    assert (note.status, Refund.objects.get().status) == ("issued", "pending")
    assert credits_of(invoice) == ("paid", 2000, 2000, 0, 700, 0)
    assert charge_of(invoice).amount_refundable == 1300
