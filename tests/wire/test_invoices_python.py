"""Invoices made, changed, paid and ended through the official `stripe` package."""

import pytest
import stripe

from tests.wire import invoices_sdk

assert invoices_sdk  # it enters the operations


@pytest.fixture
def jenny(sdk):
    return sdk("customers.create", name="Jenny Rosen", email="jenny@example.com").id


@pytest.fixture
def draft(sdk, jenny):
    """A draft of two items."""
    for amount, what in ((1500, "Paper"), (500, "Ink")):
        sdk("invoice_items.create", customer=jenny, amount=amount, currency="usd", description=what)
    return sdk("invoices.create", customer=jenny, pending_invoice_items_behavior="include")


def test_an_invoice_from_its_items_to_its_payment(sdk, jenny, draft):
    sdk("payment_methods.attach", "pm_card_visa", customer=jenny)

    opened = sdk("invoices.finalize_invoice", draft.id, expand=["confirmation_secret"])
    paid = sdk("invoices.pay", draft.id, expand=["payments.data.payment.payment_intent"])

    assert (draft.status, draft.total, draft.number) == ("draft", 2000, None)
    assert [line.description for line in draft.lines.data] == ["Paper", "Ink"]
    assert (opened.status, opened.number[-5:]) == ("open", "-0001")
    assert opened.confirmation_secret.client_secret.startswith("pi_")
    assert (paid.status, paid.amount_remaining, paid.attempt_count) == ("paid", 0, 1)
    (payment,) = paid.payments.data
    assert (payment.status, payment.payment.payment_intent.status) == ("paid", "succeeded")


def test_a_decline_is_a_card_error(sdk, jenny, draft):
    method = sdk("payment_methods.attach", "pm_card_chargeCustomerFail", customer=jenny).id

    with pytest.raises(stripe.CardError) as declined:
        sdk("invoices.pay", draft.id, payment_method=method)

    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    assert sdk("invoices.retrieve", draft.id).status == "open"


def test_lines_are_changed_until_it_is_finalized(sdk, draft):
    added = sdk("invoices.add_lines", draft.id, lines=[{"amount": 300, "description": "Glue"}])
    glue = added.lines.data[-1].id
    changed = sdk("invoices.update_lines", draft.id, lines=[{"id": glue, "amount": 400}])
    removed = sdk("invoices.remove_lines", draft.id, lines=[{"id": glue, "behavior": "delete"}])
    sdk("invoices.finalize_invoice", draft.id)
    with pytest.raises(stripe.InvalidRequestError) as late:
        sdk("invoices.add_lines", draft.id, lines=[{"amount": 1}])

    assert [each.total for each in (added, changed, removed)] == [2300, 2400, 2000]
    assert late.value.code == "invoice_not_editable"


def test_invoices_end_in_other_ways(sdk, jenny, draft):
    sdk("invoices.finalize_invoice", draft.id)
    other = sdk(
        "invoices.create", customer=jenny, collection_method="send_invoice", days_until_due=7
    )
    sdk("invoice_items.create", customer=jenny, invoice=other.id, amount=900, currency="usd")
    third = sdk("invoices.create", customer=jenny)

    given_up = sdk("invoices.mark_uncollectible", draft.id)
    voided = sdk("invoices.void_invoice", draft.id)
    sent = sdk("invoices.send_invoice", other.id)
    elsewhere = sdk("invoices.pay", other.id, paid_out_of_band=True)
    deleted = sdk("invoices.delete", third.id)

    assert [given_up.status, voided.status, sent.status, elsewhere.status] == [
        "uncollectible", "void", "open", "paid",
    ]  # fmt: skip
    assert deleted.deleted is True
    assert {each.id for each in sdk("invoices.list", customer=jenny).auto_paging_iter()} == {
        draft.id, other.id,
    }  # fmt: skip


def test_a_preview_is_only_looked_at(sdk, jenny):
    shown = sdk(
        "invoices.create_preview",
        customer=jenny,
        invoice_items=[{"amount": 700, "currency": "usd"}],
    )

    assert (shown.total, [line.amount for line in shown.lines.data]) == (700, [700])
    assert sdk("invoices.list", customer=jenny).data == []
