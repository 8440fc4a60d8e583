"""Numbers that drafts have of their own: each once, and never in the way of those that are drawn."""

import pytest
from django.db import transaction

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from payments.billing.services import invoices
from tests.factories.customers import CustomerFactory


def test_a_draft_keeps_its_own_number_and_none_is_drawn(drafted, opened, customer, at):
    own = invoices.finalize(drafted(number="2026/A 17"), at=at)

    drawn = opened()

    assert (own.number, drawn.number) == ("2026/A 17", f"{customer.invoice_prefix}-0001")


def test_a_number_can_be_changed_and_taken_away_until_it_is_finalized(drafted, customer, at):
    draft = drafted(number="A1")

    renamed = invoices.update(draft, details={"number": "A2"}, at=at).number
    same = invoices.update(draft, details={"number": "A2"}, at=at).number
    invoices.update(draft, details={"number": ""}, at=at)
    finalized = invoices.finalize(draft, at=at)
    with pytest.raises(InvalidState) as late, transaction.atomic():
        invoices.update(draft, details={"number": "A3"}, at=at)

    assert (renamed, same, finalized.number) == ("A2", "A2", f"{customer.invoice_prefix}-0001")
    assert late.value.code == "invoice_not_editable"


@pytest.mark.parametrize("other", ["draft", "open", "void"])
def test_a_number_is_given_once(drafted, opened, other, at):
    holder = drafted(number="A1")
    if other != "draft":
        holder = invoices.finalize(holder, at=at)
    if other == "void":
        invoices.void(holder, at=at)

    with pytest.raises(InvalidRequest) as made, transaction.atomic():
        drafted(number="A1")
    with pytest.raises(InvalidRequest) as changed, transaction.atomic():
        invoices.update(drafted(), details={"number": "A1"}, at=at)

    assert {(error.value.param, error.value.code) for error in (made, changed)} == {
        ("number", "resource_already_exists")
    }


def test_a_number_that_is_drawn_for_anybody_is_no_drafts_own(drafted, customer):
    other = CustomerFactory(invoice_prefix="ROSEN")

    refused = []
    for prefix in (customer.invoice_prefix, other.invoice_prefix):
        with pytest.raises(InvalidRequest) as refusal, transaction.atomic():
            drafted(number=f"{prefix}-0007")
        refused.append(refusal.value.param)

    assert refused == ["number", "number"]
    assert drafted(number="NOBODY-0007").number == "NOBODY-0007"


def test_a_number_in_the_way_of_a_new_prefix_is_neither_doubled_nor_passed_over(
    drafted, opened, customer, at
):
    holder = drafted(number="NEW-0001")
    Customer.objects.filter(pk=customer.pk).update(invoice_prefix="NEW")

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        opened()
    invoices.finalize(holder, at=at)

    assert holder.pk in refusal.value.message
    assert opened().number == "NEW-0002"


def test_what_is_deleted_leaves_no_gap(drafted, opened, customer, at):
    draft = drafted(number="A1")
    opened()

    invoices.delete(draft, at=at)

    assert opened().number == f"{customer.invoice_prefix}-0002"
    assert drafted(number="A1").number == "A1"
