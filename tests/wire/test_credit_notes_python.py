"""Credit notes through the official `stripe` package, in both of its styles."""

import pytest
import stripe

CLIENT = {
    "create": lambda v1: v1.credit_notes.create,
    "list": lambda v1: v1.credit_notes.list,
    "list_lines": lambda v1: v1.credit_notes.line_items.list,
    "preview": lambda v1: v1.credit_notes.preview,
    "preview_lines": lambda v1: v1.credit_notes.preview_lines.list,
    "retrieve": lambda v1: v1.credit_notes.retrieve,
    "update": lambda v1: v1.credit_notes.update,
    "void": lambda v1: v1.credit_notes.void_credit_note,
}
MODULE = {
    "create": stripe.CreditNote.create,
    "list": stripe.CreditNote.list,
    "list_lines": stripe.CreditNote.list_lines,
    "preview": stripe.CreditNote.preview,
    "preview_lines": stripe.CreditNote.preview_lines,
    "retrieve": stripe.CreditNote.retrieve,
    "update": stripe.CreditNote.modify,
    "void": stripe.CreditNote.void_credit_note,
}


@pytest.fixture(params=["client", "module"])
def ask(request, stripe_v1, live, keys, _stripe_as_it_was):
    """Calls a method of credit notes in one of the styles."""
    stripe.api_base, stripe.api_key = live, keys["sk_test"]

    def call(name, *ids, **params):
        if request.param == "module":
            return MODULE[name](*ids, **params)
        return CLIENT[name](stripe_v1)(*ids, params=params)

    return call


@pytest.fixture
def jenny(stripe_v1):
    return stripe_v1.customers.create({"name": "Jenny Rosen", "source": "tok_visa"}).id


@pytest.fixture
def opened(stripe_v1, jenny):
    """Makes an invoice of 2,000 with 10% of tax, which was finalized."""

    def make(*, pays=False):
        rate = stripe_v1.tax_rates.create(
            {"display_name": "VAT", "percentage": 10, "inclusive": False}
        )
        invoice = stripe_v1.invoices.create({"customer": jenny, "default_tax_rates": [rate.id]})
        stripe_v1.invoice_items.create(
            {"customer": jenny, "invoice": invoice.id, "unit_amount_decimal": "500", "quantity": 4,
             "currency": "usd"}
        )  # fmt: skip
        invoice = stripe_v1.invoices.finalize_invoice(invoice.id)
        return stripe_v1.invoices.pay(invoice.id) if pays else invoice

    return make


def test_a_note_of_an_open_invoice(ask, stripe_v1, opened):
    invoice = opened()
    lines = [
        {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "quantity": 1}
    ]

    preview = ask("preview", invoice=invoice.id, lines=lines)
    shown = ask("preview_lines", invoice=invoice.id, lines=lines)
    note = ask("create", invoice=invoice.id, lines=lines, memo="Sorry", expand=["invoice"])
    again = ask("update", note.id, memo="Very sorry", metadata={"case": "7"})

    assert preview.total == note.total == shown.data[0].amount + 50 == 550
    assert (note.number, note.type, note.status) == (
        f"{invoice.number}-CN-01", "pre_payment", "issued",
    )  # fmt: skip
    after = note.invoice
    assert (after.amount_due, after.amount_remaining, after.pre_payment_credit_notes_amount) == (
        1650, 1650, 550,
    )  # fmt: skip
    assert (again.memo, again.metadata["case"], ask("retrieve", note.id).memo) == (
        "Very sorry", "7", "Very sorry",
    )  # fmt: skip
    assert [line.quantity for line in ask("list_lines", note.id).auto_paging_iter()] == [1]
    assert [each.id for each in ask("list", invoice=invoice.id)] == [note.id]
    voided = ask("void", note.id)
    assert (voided.status, voided.voided_at is not None) == ("void", True)
    assert stripe_v1.invoices.retrieve(invoice.id).amount_remaining == 2200


def test_a_note_over_the_whole_pays_the_invoice(ask, stripe_v1, opened):
    invoice = opened()

    ask("create", invoice=invoice.id, amount=2200)

    assert stripe_v1.invoices.retrieve(invoice.id).status == "paid"
    assert [event.type for event in stripe_v1.events.list({"types": ["credit_note.created", "invoice.paid"]})] == [
        "invoice.paid", "credit_note.created",
    ]  # fmt: skip


def test_a_note_of_a_paid_invoice_gives_back(ask, stripe_v1, jenny, opened):
    invoice = opened(pays=True)

    note = ask(
        "create", invoice=invoice.id, amount=1000, refund_amount=600, credit_amount=400,
        expand=["refunds.refund", "customer_balance_transaction"],
    )  # fmt: skip

    (refund,) = note.refunds
    assert (note.type, refund.amount_refunded, refund.refund.status) == (
        "post_payment", 600, "succeeded",
    )  # fmt: skip
    assert note.customer_balance_transaction.type == "credit_note"
    assert stripe_v1.customers.retrieve(jenny).balance == -400
    after = stripe_v1.invoices.retrieve(invoice.id)
    assert (after.post_payment_credit_notes_amount, after.status) == (1000, "paid")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        ask("create", invoice=invoice.id, amount=1201, out_of_band_amount=1201)
    assert refusal.value.param == "amount"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        ask("void", note.id)
    assert refusal.value.code == "credit_note_not_voidable"
