"""Letters about invoices: who gets one, when, once, and what it says."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from customers.kit.errors import CardDeclined
from customers.models import Message
from customers.services import messages
from payments.billing.models import Invoice
from payments.billing.services import due_invoices, invoice_links, invoices
from payments.gateways.base import Outcome, Result

AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
DECLINED = Outcome(
    Result.DECLINED, code="card_declined", decline_code="insufficient_funds", message="There is too little money."
)  # fmt: skip
UNAUTHENTICATED = Outcome(
    Result.DECLINED, code="authentication_required", decline_code="authentication_required", message="Authenticate."
)  # fmt: skip


@pytest.fixture
def at():
    return AT


@pytest.fixture
def waiting(scope):
    """Returns the kinds of messages that there are, in order."""
    return lambda: list(Message.objects.order_by("created_at", "id").values_list("kind", flat=True))


@pytest.fixture
def to_send(drafted):
    """An invoice that is to be sent, and paid within 30 days."""
    return drafted(collection_method="send_invoice", days_until_due=30)


def page_of(invoice):
    invoice = invoices.get(invoice.pk)
    return invoice_links.hosted(invoice.pk, invoice.finalized_at)


def test_invoice_is_sent_with_its_address(to_send, sent, lines, html):
    invoice = invoices.send(to_send, at=AT)

    (letter,) = sent("invoice")

    assert letter.to == ["jenny@example.com"]
    assert letter.subject == f"[Test] Invoice {invoice.number} from Acme: $20.00"
    said = lines(letter)
    assert [said[name] for name in ("Invoice number", "Amount due", "Due date")] == [
        invoice.number, "$20.00", "December 4, 2026",
    ]  # fmt: skip
    assert page_of(invoice) in letter.body
    assert f'href="{page_of(invoice)}"' in html(letter)
    assert f'href="{page_of(invoice)}/pdf"' in html(letter)
    assert invoice.customer_id not in letter.body + html(letter)


def test_draft_that_is_due_to_be_finalized_is_sent_by_itself(to_send, waiting):
    due_invoices.finalize(to_send, AT)

    assert waiting() == ["invoice"]


def test_each_sending_is_a_letter(to_send, waiting):
    invoice = invoices.send(to_send, at=AT)

    invoices.send(invoice, at=AT + timedelta(hours=1))

    assert waiting() == ["invoice", "invoice"]


def test_invoice_that_was_paid_before_it_was_sent_is_not_sent(to_send, sent):
    invoice = invoices.send(to_send, at=AT)
    invoices.pay_out_of_band(invoice, at=AT)

    assert sent("invoice") == []
    row = Message.objects.get(kind="invoice")
    assert (row.status, row.error) == ("failed", "The invoice was paid or withdrawn before.")


def test_paid_invoice_has_one_receipt(opened, method, sent, waiting, lines):
    invoice = invoices.pay(opened(), request_key="pay", at=AT)

    (letter,) = sent("invoice_paid")

    assert waiting() == ["invoice_paid"]
    assert letter.subject == "[Test] Your receipt from Acme: $20.00"
    said = lines(letter)
    assert [said[name] for name in ("Amount paid", "Date", "Payment method", "Invoice number")] == [
        "$20.00", "November 4, 2026", "Visa •••• 4242", invoice.number,
    ]  # fmt: skip
    assert invoice_links.receipt(invoice.pk) in letter.body


def test_invoice_over_nothing_has_no_receipt(drafted, line, waiting):
    invoices.finalize(drafted(lines=[line(0)]), at=AT)

    assert waiting() == []


def test_failed_payment_is_told_with_its_reason_and_the_next_try(
    opened, method, gateway, sent, waiting
):
    gateway.plan("authorize", DECLINED)
    invoice = invoices.collect(opened(auto_advance=True), at=AT)

    (letter,) = sent("payment_failed")

    assert waiting() == ["payment_failed"]
    assert letter.subject == "[Test] Your payment to Acme did not go through"
    assert "There is not enough money on the card. No money was taken." in letter.body
    assert "We will try again on November 5, 2026." in letter.body
    assert page_of(invoice) in letter.body
    assert re.search(r"Update your card:\nhttps?://\S+/add-method/\S+", letter.body)


def test_each_failed_try_is_told_once(opened, method, gateway, waiting):
    gateway.plan("authorize", DECLINED, DECLINED)
    invoice = invoices.collect(opened(auto_advance=True), at=AT)

    invoices.collect(invoice, at=AT + timedelta(days=1))

    assert waiting() == ["payment_failed", "payment_failed"]
    assert list(Message.objects.order_by("created_at").values_list("occasion", flat=True)) == [
        "try 1",
        "try 2",
    ]


def test_missing_card_is_told(opened, sent):
    invoices.collect(opened(auto_advance=True), at=AT)

    (letter,) = sent("payment_failed")

    assert "There is no card that could be charged." in letter.body


def test_try_that_the_customer_sees_fail_is_no_letter(opened, method, gateway, waiting):
    gateway.plan("authorize", DECLINED)

    with pytest.raises(CardDeclined):
        invoices.pay(opened(), method=method, off_session=False, request_key="pay", at=AT)

    assert waiting() == []


def test_authentication_is_asked_for_instead(opened, method, gateway, sent, waiting):
    gateway.plan("authorize", UNAUTHENTICATED)
    invoice = invoices.collect(opened(auto_advance=True), at=AT)

    (letter,) = sent("action_required")

    assert waiting() == ["action_required"]
    assert letter.subject == "[Test] Please confirm your payment to Acme"
    assert page_of(invoice) in letter.body


def test_overdue_invoice_is_told_once(to_send, sent, waiting):
    invoice = invoices.finalize(to_send, at=AT)
    late = AT + timedelta(days=31)
    for _ in range(2):
        invoices.tell_overdue(invoice, at=late)

    (letter,) = sent("overdue")

    assert waiting() == ["overdue"]
    assert letter.subject == f"[Test] Invoice {invoice.number} from Acme is overdue"
    assert "over $20.00 was due on December 4, 2026." in letter.body


@pytest.mark.parametrize(
    ("switch", "act"),
    [
        ("emails_invoices", lambda row: invoices.send(row, at=AT)),
        ("emails_receipts", lambda row: invoices.pay_out_of_band(row, at=AT)),
        ("emails_failed_payments", lambda row: invoices.collect(invoices.finalize(row, at=AT), at=AT)),
        ("emails_overdue_invoices", lambda row: invoices.tell_overdue(
            invoices.finalize(row, at=AT), at=AT + timedelta(days=40))),
    ],
)  # fmt: skip
def test_site_can_do_without(site, to_send, waiting, switch, act):
    setattr(site, switch, False)
    site.save()

    act(to_send)

    assert waiting() == []


def test_customer_without_an_address_gets_nothing(customer, opened, waiting):
    customer.email = ""
    customer.save()

    invoices.collect(opened(auto_advance=True), at=AT)

    assert waiting() == []


def test_letter_is_in_the_customers_language(thai, site, to_send, sent, html):
    invoices.send(to_send, at=AT)

    (letter,) = sent("invoice")

    message = Message.objects.get()
    assert message.language == "th"
    assert 'lang="th"' in html(letter)
    assert "4 ธันวาคม" in letter.body
    assert "สวัสดี" in letter.body


def test_nothing_is_told_of_what_was_rolled_back(to_send, waiting):
    with transaction.atomic():
        invoices.send(to_send, at=AT)
        transaction.set_rollback(True)

    assert waiting() == []
    assert Invoice.objects.get().status == "draft"


def test_message_that_was_claimed_by_a_dead_worker_goes_out_with_the_same_words(to_send, sent):
    invoices.send(to_send, at=AT)
    row = Message.objects.get()
    messages.compose(row)
    words = row.text

    (letter,) = sent("invoice")

    assert letter.body == words
