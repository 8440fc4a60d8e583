"""Invoices: listed, narrowed, found, read."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.kit import clock
from customers.models import Role
from tests.customers.admin.page import rows
from tests.factories.billing import (
    CreditNoteFactory,
    DiscountFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    InvoicePaymentFactory,
    SubscriptionFactory,
    TaxRateFactory,
)
from tests.factories.customers import CustomerFactory, EventFactory
from tests.factories.payments import ChargeFactory, PaymentIntentFactory
from tests.payments.billing.admin.acting import labels

LIST = "/admin/billing/invoice/"

DOCUMENTS = ["Hosted page", "PDF"]


def url(invoice):
    return f"{LIST}{invoice.pk}/"


def names(client, query):
    return [cells[0] for cells in rows(client.get(f"{LIST}?{query}"))]


def test_list_says_who_owes_what(owner, customer):
    InvoiceFactory(
        customer=customer, number="ACME-0007", collection_method="send_invoice",
        created_at=datetime(2030, 1, 5, 12, tzinfo=UTC), due_at=datetime(2090, 2, 4, tzinfo=UTC),
    )  # fmt: skip

    assert rows(owner.get(LIST)) == [
        ["ACME-0007Jenny Rosen", "$20.00 USD", "Open", "4 Feb 2090 due", "5 Jan 2030, 12:00"]
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    InvoiceFactory.create_batch(count)

    with django_assert_num_queries(4):  # session, operator, sites, invoices
        assert owner.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=draft", ["Draft"]),
        ("status=open", ["LATE", "OPEN", "TRIED"]),
        ("status=overdue", ["LATE"]),
        ("status=failed", ["TRIED"]),
        ("status=paid", ["PAID"]),
        ("status=uncollectible", ["LOST"]),
        ("status=void", ["VOID"]),
        ("collection=invoice", ["LATE"]),
        ("created=before", ["PAID"]),
    ],
)
def test_list_is_narrowed(owner, scope, query, found):
    at = clock.now()
    for number, columns in {
        "Draft": {"status": "draft"},
        "OPEN": {},
        "TRIED": {"attempt_count": 1},
        "LATE": {"collection_method": "send_invoice", "due_at": at - timedelta(days=1)},
        "PAID": {"paid": True, "created_at": at - timedelta(days=900)},
        "LOST": {"status": "uncollectible", "marked_uncollectible_at": at},
        "VOID": {"status": "void", "voided_at": at},
    }.items():
        numbered = {} if number == "Draft" else {"number": number}
        InvoiceFactory(customer=CustomerFactory(name=" "), **numbered, **columns)

    assert sorted(name.split("ada")[0] for name in names(owner, query)) == sorted(found)


def test_invoices_are_found_by_numbers_people_and_ids(owner, customer):
    intent = PaymentIntentFactory()
    invoice = InvoiceFactory(
        customer=customer, number="ACME-1", payment_intent=intent,
        subscription=SubscriptionFactory(customer=customer),
    )  # fmt: skip
    InvoiceFactory()

    texts = ["Jenny", "jenny@example.com", customer.pk, invoice.subscription_id, intent.pk]
    found = [names(owner, f"q={text}") for text in texts]
    assert found == [["ACME-1Jenny Rosen"]] * len(texts)
    assert [owner.get(f"{LIST}?q={text}").url for text in (invoice.pk, "ACME-1", "acme-1")] == [
        url(invoice)
    ] * 3


def test_page_adds_up_to_what_is_left(owner, customer):
    discount, rate = DiscountFactory(customer=customer), TaxRateFactory()
    invoice = InvoiceFactory(
        customer=customer, status="draft", subtotal=4000, total=3210, amount_due=3010, pre_payment_credit=500,
        discounts_shown=[[discount.pk, 1000]],
        taxes_shown=[{"id": rate.pk, "amount": 210, "taxable_amount": 3000, "is_inclusive": False,
                      "reason": "standard_rated"}],
    )  # fmt: skip
    InvoiceLineFactory(invoice=invoice, quantity=2, unit_amount_decimal=2000, amount=4000)

    context = owner.get(url(invoice)).context

    assert [(sum_["label"], sum_["amount"]) for sum_ in context["sums"]] == [
        ("Subtotal", "$40.00"), ("Discount Welcome", "-$10.00"), ("VAT 7 %", "$2.10"),
        ("Total", "$32.10"), ("From the customer's balance", "-$2.00"), ("Credit notes", "-$5.00"),
        ("Left", "$25.10"),
    ]  # fmt: skip
    (line,) = context["lines"]
    assert (line["text"], line["quantity"], line["unit"], line["amount"]) == (
        "Two lamps", 2, "$20.00", "$40.00",
    )  # fmt: skip


def test_page_tells_why_a_try_failed_and_when_the_next_one_is(owner, customer):
    invoice = InvoiceFactory(
        customer=customer, attempt_count=1, next_attempt_at=datetime(2090, 5, 1, tzinfo=UTC)
    )
    intent = PaymentIntentFactory(customer=customer)
    InvoicePaymentFactory(invoice=invoice, payment_intent=intent)
    charge = ChargeFactory(
        payment_intent=intent, customer=customer, status="failed", amount_captured=0,
        failure_code="card_declined", decline_code="insufficient_funds",
        failure_message="Your card has insufficient funds.",
    )  # fmt: skip

    context = owner.get(url(invoice)).context

    (notice,) = context["notices"]
    assert notice == {
        "style": "bad", "title": "Your card has insufficient funds.",
        "text": "Try again later, or ask for another payment method. It is tried again on 1 May 2090, 00:00.",
        "code": "card_declined · insufficient_funds", "url": f"/admin/payments/charge/{charge.pk}/",
    }  # fmt: skip
    (try_,) = context["tries"]
    assert (try_["reason"], try_["amount"]) == ("Your card has insufficient funds.", "$20.00")
    assert context["badges"] == [("Tried again soon", "warn")]


def test_page_tells_that_it_is_overdue(owner, scope):
    invoice = InvoiceFactory(
        collection_method="send_invoice", due_at=clock.now() - timedelta(days=3, hours=1)
    )

    context = owner.get(url(invoice)).context

    assert context["badges"] == [("Overdue", "bad")]
    assert [notice["title"] for notice in context["notices"]] == ["Overdue since 3 days"]


def test_pages_of_a_revision_and_its_original_lead_to_each_other(owner, customer):
    original = InvoiceFactory(customer=customer, number="ACME-1", status="void")
    revision = InvoiceFactory(customer=customer, number="ACME-2", revises=original)
    original.latest_revision = revision
    original.save()

    said = [dict(owner.get(url(each)).context["details"]) for each in (original, revision)]

    assert said[0]["Replaced by"] == f'<a href="{url(revision)}">ACME-2</a>'
    assert said[1]["Takes the place of"] == f'<a href="{url(original)}">ACME-1</a>'
    assert ("Takes the place of" in said[0], "Replaced by" in said[1]) == (False, False)


def test_page_tells_why_a_draft_could_not_be_finalized(owner, scope):
    invoice = InvoiceFactory(
        status="draft", last_finalization_error={"message": "The amount is too large."}
    )

    (notice,) = owner.get(url(invoice)).context["notices"]

    assert (notice["title"], notice["text"]) == (
        "It could not be finalized", "The amount is too large.",
    )  # fmt: skip


def test_page_lists_its_credit_notes(owner, customer):
    invoice = InvoiceFactory(customer=customer, number="ACME-1")
    CreditNoteFactory(invoice=invoice, number="ACME-1-CN-01", reason="duplicate")

    (note,) = owner.get(url(invoice)).context["credit_notes"]

    assert (note["number"], note["amount"], note["words"], note["reason"]) == (
        "ACME-1-CN-01", "$5.00", "Issued", "Billed twice",
    )  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number(owner, customer, count, django_assert_num_queries):
    invoice = InvoiceFactory(customer=customer, status="draft")
    for _number in range(count):
        InvoiceLineFactory(invoice=invoice)
        intent = PaymentIntentFactory(customer=customer)
        InvoicePaymentFactory(invoice=invoice, payment_intent=intent)
        ChargeFactory(payment_intent=intent, customer=customer)
        CreditNoteFactory(invoice=invoice)
        EventFactory(object_id=invoice.pk, customer_id=customer.pk)

    with django_assert_num_queries(10):
        assert owner.get(url(invoice)).status_code == 200


@pytest.mark.parametrize(
    ("columns", "acts"),
    [
        ({"status": "draft"}, ["Finalize", "Edit", "Delete draft"]),
        ({"status": "draft", "collection_method": "send_invoice"},
         ["Finalize", "Send", "Edit", "Delete draft"]),
        ({}, ["Charge now", "Mark as paid", "Give up", "Void", "Issue credit note", *DOCUMENTS]),
        ({"collection_method": "send_invoice"},
         ["Send", "Charge now", "Mark as paid", "Give up", "Void", "Issue credit note", *DOCUMENTS]),
        ({"paid": True}, ["Issue credit note", *DOCUMENTS]),
    ],
)  # fmt: skip
def test_what_can_be_done_follows_the_state(owner, scope, columns, acts):
    assert labels(owner.get(url(InvoiceFactory(**columns)))) == acts


def test_draft_of_a_subscription_cannot_be_deleted(owner, scope):
    invoice = InvoiceFactory(status="draft", subscription=SubscriptionFactory())

    assert labels(owner.get(url(invoice))) == ["Finalize", "Edit"]


def test_reader_only_reads(reader, scope):
    assert labels(reader.get(url(InvoiceFactory()))) == DOCUMENTS


@pytest.mark.parametrize("role", [Role.ADMIN, Role.BILLING])
def test_staff_may_act(signed_in, scope, role):
    assert labels(signed_in(role).get(url(InvoiceFactory())))[0] == "Charge now"
