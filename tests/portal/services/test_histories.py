"""A customer's history is told from three tables, page by page, and never somebody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.kit.errors import NotFound
from payments.models import PaymentIntent
from portal.services import histories
from tests.factories.billing import CreditNoteFactory, InvoiceFactory, InvoicePaymentFactory
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, PaymentIntentFactory
from tests.seeds import statements as seeds

AT = datetime(2026, 5, 1, tzinfo=UTC)


def days(count):
    return AT + timedelta(days=count)


def pages_of(customer, *, limit):
    """Return the ids on each page, as a customer who goes on and on would see them."""
    pages, after = [], ""
    while True:
        history = histories.of_customer(customer, after=after, limit=limit)
        pages.append([paper.pk for paper in history.papers])
        after = history.older
        if not after:
            return pages


def test_papers_of_three_tables_stand_in_the_order_of_their_days(customer):
    bill = InvoiceFactory(customer=customer, created_at=days(0), paid=True)
    paid = ChargeFactory(customer=customer, created_at=days(1))
    note = CreditNoteFactory(invoice=bill, created_at=days(2))
    other = InvoiceFactory(customer=customer, created_at=days(3))

    history = histories.of_customer(customer, limit=10)

    assert [paper.pk for paper in history.papers] == [other.pk, note.pk, paid.pk, bill.pk]
    assert history.older == ""


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_every_paper_is_on_one_page_even_of_one_instant(customer, limit):
    bills = [InvoiceFactory(customer=customer, created_at=AT, paid=True) for _ in range(4)]
    papers = [
        *bills,
        *(CreditNoteFactory(invoice=bill, created_at=AT) for bill in bills[:2]),
        *(ChargeFactory(customer=customer, created_at=AT) for _ in range(3)),
        InvoiceFactory(customer=customer, created_at=days(-1)),
    ]

    pages = pages_of(customer, limit=limit)

    found = [pk for page in pages for pk in page]
    assert sorted(found) == sorted(paper.pk for paper in papers)
    assert all(len(page) == limit for page in pages[:-1])


def test_drafts_and_what_paid_an_invoice_are_left_out(customer):
    bill = InvoiceFactory(customer=customer, created_at=AT, paid=True)
    intent = PaymentIntentFactory(customer=customer, status=PaymentIntent.Status.SUCCEEDED)
    InvoicePaymentFactory(invoice=bill, payment_intent=intent)
    ChargeFactory(customer=customer, payment_intent=intent)
    ChargeFactory(customer=customer, status="failed", amount_captured=0)
    InvoiceFactory(customer=customer, status="draft")

    history = histories.of_customer(customer, limit=10)

    assert [paper.pk for paper in history.papers] == [bill.pk]


def test_lines_intents_and_numbers_come_along(customer):
    bill = seeds.invoice(customer, "Oak bookshelf", ago=3, status="open")
    seeds.confirmed_at_the_bank(bill)
    old = InvoiceFactory(customer=customer, created_at=days(-900), number="OLD-1", paid=True)
    CreditNoteFactory(invoice=old, created_at=days(900))

    history = histories.of_customer(customer, limit=2)

    assert [line.description for line in history.lines[bill.pk]] == ["Oak bookshelf"]
    assert list(history.intents) == [bill.payment_intent_id]
    assert history.numbers[old.pk] == "OLD-1"


def test_history_is_nobody_elses(customer):
    other = InvoiceFactory(customer=CustomerFactory(), paid=True)

    history = histories.of_customer(customer, limit=10)

    assert list(history.papers) == []
    with pytest.raises(NotFound):
        histories.of_customer(customer, after=other.pk, limit=10)


@pytest.mark.parametrize("after", ["in_nothing", "nonsense", "cus_0"])
def test_page_behind_nothing_is_not_found(customer, after):
    with pytest.raises(NotFound):
        histories.of_customer(customer, after=after, limit=10)
