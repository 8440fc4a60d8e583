"""Invoices that take the place of others."""

from decimal import Decimal

import pytest
from django.db import transaction

from customers.kit.errors import InvalidState
from customers.models import Customer
from customers.services import balance_transactions
from payments.billing.models import Coupon, Invoice, InvoiceLine
from payments.billing.services import (
    coupons,
    credit_notes,
    discounts,
    invoice_items,
    invoice_revisions,
    invoices,
    tax_rates,
)
from payments.billing.services.credit_notes import Wanted
from payments.services import payment_intents
from tests.factories.billing import SubscriptionFactory

COPIED = ("currency", "description", "footer", "metadata", "total", "subtotal", "taxes_shown")


@pytest.fixture
def vat(at):
    details = {"display_name": "VAT", "percentage": Decimal(7), "is_inclusive": False}
    return tax_rates.create(details=details, at=at)


@pytest.fixture
def off(customer, at):
    """Asks for 10 percent off, which can be redeemed twice."""
    terms = {"percent_off": Decimal(10), "duration": "once", "max_redemptions": 2}
    coupon = coupons.create(terms=terms, at=at)
    return lambda: discounts.read(
        [{"coupon": coupon.pk}], param="discounts", customer=customer, at=at
    )


def lines_of(invoice):
    rows = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return list(rows.values_list("description", "amount", "quantity", "invoice_item__invoice"))


def revise(invoice, at, **details):
    return invoice_revisions.draft(invoice, details=details, at=at)


def test_a_revision_says_what_the_original_says(customer, opened, line, vat, off, at):
    original = opened(
        lines=[line(2000, quantity=2), line(-300)], description="Thank you", footer="Acme",
        metadata={"a": "1"}, tax_rate_ids=[vat.pk], wanted=off(),
    )  # fmt: skip

    revision = revise(original, at)

    assert {name: getattr(revision, name) for name in COPIED} == {
        name: getattr(original, name) for name in COPIED
    }
    assert original.total == 1637
    assert lines_of(revision) == [
        ("Paper", 2000, 2, revision.pk), ("Paper", -300, 1, revision.pk),
    ]  # fmt: skip
    assert (revision.status, revision.number, revision.revises_id) == ("draft", "", original.pk)
    assert invoices.get(original.pk).status == "open"
    assert Coupon.objects.get().times_redeemed == 1


def test_an_items_own_discounts_are_its_copys_own(customer, drafted, off, at):
    draft = drafted(lines=[])
    invoice_items.create(
        customer, invoice=draft, wanted=off(), details={"amount": 1000, "currency": "usd"}, at=at
    )
    original = invoices.finalize(draft, at=at)

    revision = revise(original, at)

    assert (original.total, revision.total) == (900, 900)
    assert Coupon.objects.get().times_redeemed == 1


def test_what_is_said_stands_in_the_place_of_the_originals(opened, off, at):
    original = opened(description="Thank you", footer="Acme", wanted=off())

    revision = revise(original, at, description="Sorry", wanted=[])

    assert (revision.description, revision.footer, revision.total) == ("Sorry", "Acme", 2000)


def test_finalizing_makes_the_original_void(customer, opened, told, at):
    original = opened()
    revision = revise(original, at)
    told()

    revision = invoices.finalize(revision, at=at)

    original = invoices.get(original.pk)
    assert (original.status, original.latest_revision_id) == ("void", revision.pk)
    assert (revision.status, revision.number) == ("open", f"{customer.invoice_prefix}-0002")
    assert told() == [
        "invoice.voided", "invoice.updated", "customer.updated", "invoice.finalized",
        "payment_intent.created", "invoice.updated",
    ]  # fmt: skip


def test_the_balance_that_the_original_took_counts_for_the_revision(customer, opened, at):
    balance_transactions.create(customer, amount=-700, currency="usd", at=at)
    original = opened()
    revision = revise(original, at)

    revision = invoices.finalize(revision, at=at)

    assert (original.amount_due, revision.amount_due) == (1300, 1300)
    assert (revision.starting_balance, revision.ending_balance) == (-700, 0)
    assert Customer.objects.get(pk=customer.pk).balance == 0


def test_of_two_revisions_the_second_is_too_late(opened, at):
    original = opened()
    first, second = revise(original, at), revise(original, at)
    invoices.finalize(first, at=at)

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        invoices.finalize(second, at=at)

    assert refusal.value.code == "invoice_not_editable"
    assert Invoice.objects.get(pk=second.pk).status == "draft"
    assert Invoice.objects.get(pk=original.pk).latest_revision_id == first.pk


def test_an_original_that_is_partly_paid_stays(customer, opened, method, at):
    original = opened()
    revision = revise(original, at)
    intent = payment_intents.create({"amount": 500, "currency": "usd", "customer": customer}, at=at)
    paid = payment_intents.confirm(intent, {"payment_method": method}, at=at)
    invoices.attach_payment(original, paid, at=at)

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        invoices.finalize(revision, at=at)

    assert refusal.value.code == "invoice_partly_paid"
    assert Invoice.objects.get(pk=original.pk).latest_revision_id is None


def test_a_revision_is_revised(opened, at):
    first = opened()
    second = invoices.finalize(revise(first, at), at=at)

    third = invoices.finalize(revise(second, at), at=at)

    rows = Invoice.objects.in_bulk()
    assert [rows[each.pk].status for each in (first, second, third)] == ["void", "void", "open"]
    assert rows[second.pk].latest_revision_id == third.pk


def test_a_revision_that_is_deleted_leaves_the_original(opened, at):
    original = opened()

    invoices.delete(revise(original, at), at=at)

    assert invoices.get(original.pk).status == "open"


@pytest.mark.parametrize("what", ["draft", "paid", "void", "credited", "subscription"])
def test_what_cannot_be_revised_is_refused(customer, drafted, opened, what, at):
    owner = (
        {"subscription": SubscriptionFactory(customer=customer)} if what == "subscription" else {}
    )
    invoice = drafted() if what == "draft" else opened(**owner)
    if what == "paid":
        invoices.pay_out_of_band(invoice, at=at)
    elif what == "void":
        invoices.void(invoice, at=at)
    elif what == "credited":
        credit_notes.create(invoice, Wanted(amount=500), at=at)

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        revise(invoice, at)

    assert (refusal.value.param, refusal.value.code) == (
        "from_invoice[invoice]", "invoice_not_editable",
    )  # fmt: skip
