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


def test_items_are_changed_until_they_are_billed(sdk, jenny):
    item = sdk("invoice_items.create", customer=jenny, amount=1500, currency="usd")
    other = sdk("invoice_items.create", customer=jenny, amount=500, currency="usd")

    changed = sdk("invoice_items.update", item.id, amount=1200, description="Paper")
    found = sdk("invoice_items.retrieve", item.id)
    pending = sdk("invoice_items.list", customer=jenny, pending=True)
    gone = sdk("invoice_items.delete", other.id)
    billed = sdk("invoices.create", customer=jenny, pending_invoice_items_behavior="include")

    assert (changed.amount, changed.description, changed.invoice) == (1200, "Paper", None)
    assert found == changed
    assert [each.id for each in pending.data] == [other.id, item.id]
    assert (gone.id, gone.deleted) == (other.id, True)
    assert billed.total == 1200
    assert sdk("invoice_items.retrieve", item.id).invoice == billed.id
    assert sdk("invoice_items.list", customer=jenny, pending=True).data == []


def test_an_invoice_is_changed_and_found_by_what_it_says(sdk, jenny, draft):
    changed = sdk(
        "invoices.update",
        draft.id,
        footer="Thank you",
        metadata={"order": "6735"},
        auto_advance=False,
    )
    sdk("invoices.create", customer=jenny, metadata={"order": "6736"})

    found = sdk("invoices.search", query="metadata['order']:'6735' AND status:'draft'")

    assert (changed.footer, changed.metadata.order) == ("Thank you", "6735")
    assert [each.id for each in found.data] == [draft.id]
    assert found.data[0] == changed


def test_lines_are_read_page_by_page_and_changed_one_by_one(sdk, draft):
    first = sdk("line_items.list", draft.id, limit=1)
    second = sdk("line_items.list", draft.id, limit=1, starting_after=first.data[0].id)

    changed = sdk("line_items.update", draft.id, first.data[0].id, amount=1700, description="Card")

    assert [(each.description, each.amount) for each in (*first.data, *second.data)] == [
        ("Paper", 1500), ("Ink", 500),
    ]  # fmt: skip
    assert (first.has_more, second.has_more) == (True, False)
    assert (changed.id, changed.amount, changed.description) == (first.data[0].id, 1700, "Card")
    assert sdk("invoices.retrieve", draft.id).total == 2200


def test_payments_tell_what_was_paid_and_by_what(sdk, jenny, draft):
    sdk("payment_methods.attach", "pm_card_visa", customer=jenny)
    sdk("invoices.pay", draft.id)

    (payment,) = sdk("invoice_payments.list", invoice=draft.id).data
    found = sdk(
        "invoice_payments.retrieve", payment.id, expand=["invoice", "payment.payment_intent"]
    )

    assert (payment.invoice, payment.status, payment.is_default) == (draft.id, "paid", True)
    assert (payment.amount_paid, payment.amount_requested) == (2000, 2000)
    assert (found.invoice.status, found.payment.type) == ("paid", "payment_intent")
    assert found.payment.payment_intent.amount_received == 2000


def test_a_payment_made_apart_pays_an_invoice(sdk, jenny, draft):
    method = sdk("payment_methods.attach", "pm_card_visa", customer=jenny).id
    sdk("invoices.finalize_invoice", draft.id)
    first, second = (
        sdk(
            "payment_intents.create", customer=jenny, amount=amount, currency="usd",
            payment_method=method, confirm=True,
            automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
        )
        for amount in (800, 1200)
    )  # fmt: skip

    partly = sdk("invoices.attach_payment", draft.id, payment_intent=first.id)
    wholly = sdk("invoices.attach_payment", draft.id, payment_intent=second.id)

    assert (partly.status, partly.amount_paid, partly.amount_remaining) == ("open", 800, 1200)
    assert (wholly.status, wholly.amount_paid, wholly.amount_remaining) == ("paid", 2000, 0)


def test_an_invoice_has_its_own_number_and_looks(sdk, jenny):
    draft = sdk(
        "invoices.create", customer=jenny, number="2026/17", issuer={"type": "self"},
        rendering={"amount_tax_display": "exclude_tax", "pdf": {"page_size": "letter"}},
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError) as taken:
        sdk("invoices.create", customer=jenny, number="2026/17")

    opened = sdk("invoices.finalize_invoice", draft.id)

    assert (draft.number, opened.number, opened.issuer.type) == ("2026/17", "2026/17", "self")
    assert (opened.rendering.amount_tax_display, opened.rendering.pdf.page_size) == (
        "exclude_tax", "letter",
    )  # fmt: skip
    assert taken.value.param == "number"


def test_a_revision_takes_an_invoices_place(sdk, draft):
    sdk("invoices.finalize_invoice", draft.id)

    revision = sdk("invoices.create", from_invoice={"action": "revision", "invoice": draft.id})
    sdk("invoices.add_lines", revision.id, lines=[{"amount": 300, "description": "Glue"}])
    opened = sdk("invoices.finalize_invoice", revision.id)
    original = sdk("invoices.retrieve", draft.id, expand=["latest_revision"])

    assert (revision.from_invoice.action, revision.from_invoice.invoice) == ("revision", draft.id)
    assert [line.description for line in opened.lines.data] == ["Paper", "Ink", "Glue"]
    assert (original.status, original.latest_revision.total) == ("void", 2300)


def test_shipping_is_billed(sdk, jenny):
    fixed = {"amount": 500, "currency": "usd"}
    rate = sdk("shipping_rates.create", display_name="Ground", fixed_amount=fixed)
    draft = sdk(
        "invoices.create", customer=jenny, currency="usd",
        shipping_cost={"shipping_rate": rate.id},
        shipping_details={"name": "Jenny R.", "address": {"line1": "Dock 4", "country": "DE"}},
    )  # fmt: skip

    opened = sdk("invoices.finalize_invoice", draft.id, expand=["shipping_cost.shipping_rate"])
    archived = sdk("shipping_rates.update", rate.id, active=False)

    assert (opened.total, opened.amount_shipping, opened.shipping_cost.amount_total) == (500,) * 3
    assert opened.shipping_cost.shipping_rate.display_name == "Ground"
    assert opened.shipping_details.address.line1 == "Dock 4"
    assert (archived.active, sdk("shipping_rates.retrieve", rate.id)) == (False, archived)
    assert sdk("shipping_rates.list", active=True).data == []
