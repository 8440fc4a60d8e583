"""Credit notes: listed, read, issued in two steps, voided."""

import pytest

from customers.models import Customer
from payments.billing.models import CreditNote, CreditNoteLine, InvoiceLine
from payments.billing.services import credit_notes, invoices
from payments.billing.services.credit_notes import Wanted
from payments.gateways.base import Outcome, Result
from payments.models import Refund
from tests.customers.admin.conftest import operator_with, owner, reader, signed_in
from tests.customers.admin.page import fields, rows
from tests.payments.billing.services.conftest import drafted, line, method, opened
from tests.payments.fake_gateway import Acted
from tests.payments.services.conftest import gateway

__all__ = [
    "drafted", "gateway", "line", "method", "opened", "operator_with", "owner", "reader", "signed_in",
]  # fmt: skip
LIST = "/admin/billing/creditnote/"


@pytest.fixture
def paid(opened, method, at):
    return invoices.pay(opened(), request_key="pay", at=at)


def issue(owner, invoice, **said):
    """Fill the form in, and send it twice; return what was shown between, and the page that came next."""
    address = f"{LIST}issue/{invoice.pk}/"
    seen = owner.post(address, fields(owner.get(address), **said))
    return seen, owner.post(address, fields(seen), follow=True)


def said_on(page):
    return [str(message) for message in page.context["messages"]]


def test_list_says_whose_and_how_much(owner, opened, at):
    first, second = opened(), opened()
    credit_notes.void(credit_notes.create(first, Wanted(amount=500), at=at), at=at)
    credit_notes.create(second, Wanted(amount=700), at=at)

    assert sorted(cells[:3] for cells in rows(owner.get(LIST))) == [
        [f"{first.number}-CN-01Jenny Rosen", "$5.00 USD", "Void"],
        [f"{second.number}-CN-01Jenny Rosen", "$7.00 USD", "Issued"],
    ]
    assert [cells[1] for cells in rows(owner.get(f"{LIST}?status=void"))] == ["$5.00 USD"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, opened, at, count, django_assert_num_queries):
    for _note in range(count):
        credit_notes.create(opened(), Wanted(amount=500), at=at)

    with django_assert_num_queries(4):  # session, operator, sites, credit notes
        assert owner.get(LIST).status_code == 200


def test_a_number_or_an_id_is_found(owner, opened, at):
    first = credit_notes.create(opened(), Wanted(amount=500), at=at)
    credit_notes.create(opened(), Wanted(amount=700), at=at)

    for word in (first.number.lower(), first.pk):
        assert [cells[1] for cells in rows(owner.get(LIST, {"q": word}))] == ["$5.00 USD"]


def test_an_open_invoice_is_credited_once_the_amount_was_seen(owner, opened, told):
    invoice = opened()
    told()

    seen, page = issue(owner, invoice, amount="5.00", memo="Sorry", reason="duplicate")

    assert seen.context["title"] == f"Issue a credit note of $5.00 for {invoice.number}?"
    assert seen.context["act"].text == "What is due is lowered by $5.00."
    note = CreditNote.objects.get()
    assert (note.total, note.pre_payment_amount, note.memo, note.reason) == (
        500, 500, "Sorry", "duplicate",
    )  # fmt: skip
    assert page.redirect_chain == [(f"{LIST}{note.pk}/", 302)]
    assert said_on(page) == [f"{note.number} of $5.00 was issued."]
    assert told() == ["credit_note.created", "invoice.updated"]


def test_nothing_is_issued_before_the_amount_was_seen(owner, opened, nothing_written):
    address = f"{LIST}issue/{opened().pk}/"

    with nothing_written():
        page = owner.post(address, fields(owner.get(address), amount="5.00"))

    assert page.context["act"].button == "Credit $5.00"


def test_what_was_changed_is_seen_again(owner, opened, nothing_written):
    address = f"{LIST}issue/{opened().pk}/"
    seen = owner.post(address, fields(owner.get(address), amount="5.00"))

    with nothing_written():
        page = owner.post(address, fields(seen, amount="6.00"))

    assert page.context["act"].button == "Credit $6.00"


@pytest.mark.parametrize(
    ("way", "text", "column"),
    [
        ("refund_amount", "$7.00 is refunded to the customer. This cannot be undone.", "refund_amount"),
        ("credit_amount", "$7.00 is credited to the customer's balance.", "credit_amount"),
        ("out_of_band_amount", "$7.00 is given back elsewhere; nothing is refunded here.",
         "out_of_band_amount"),
    ],
)  # fmt: skip
def test_what_was_paid_is_given_back_as_chosen(owner, paid, way, text, column):
    seen, page = issue(owner, paid, amount="7.00", way=way)

    assert seen.context["act"].text == text
    note = CreditNote.objects.get()
    assert (note.total, getattr(note, column)) == (700, 700)
    assert page.status_code == 200


def test_a_line_is_credited(owner, opened):
    invoice = opened()
    line = InvoiceLine.objects.get().pk

    seen, _page = issue(owner, invoice, line=line, amount="5.00")

    assert seen.context["act"].button == "Credit $5.00"
    row = CreditNoteLine.objects.get()
    assert (row.invoice_line_id, row.amount) == (line, 500)


def test_a_form_that_is_sent_again_issues_one_note(owner, paid):
    address = f"{LIST}issue/{paid.pk}/"
    seen = fields(owner.post(address, fields(owner.get(address), amount="7.00")))

    for _time in range(2):
        owner.post(address, seen)

    assert (CreditNote.objects.count(), Refund.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Outcome(Result.DECLINED, code="lost"),
         "was issued, but the gateway refused the refund: nothing was given back."),
        (Acted(), "was issued. The gateway has not confirmed the refund yet."),
    ],
)  # fmt: skip
def test_what_became_of_the_refund_is_said(owner, paid, gateway, answer, said):
    gateway.plan("refund", answer)

    _seen, page = issue(owner, paid, amount="7.00")

    assert said_on(page) == [f"{CreditNote.objects.get().number} {said}"]


@pytest.mark.parametrize("amount", ["20.01", "0", "1.234", ""])
def test_a_wrong_amount_is_refused(owner, opened, nothing_written, amount):
    address = f"{LIST}issue/{opened().pk}/"

    with nothing_written():
        page = owner.post(address, fields(owner.get(address), amount=amount))

    assert "amount" in page.context["form"].errors


def test_a_note_is_voided(owner, opened, told, at):
    note = credit_notes.create(opened(), Wanted(amount=500), at=at)
    told()
    address = f"{LIST}{note.pk}/void/"
    asked = owner.get(address)

    page = owner.post(address, fields(asked), follow=True)

    assert asked.context["act"].button == "Void $5.00"
    assert page.context["badge"] == ("Void", "")
    assert page.context["links"] == []
    assert told() == ["credit_note.voided", "invoice.updated"]


def test_page_shows_lines_ways_and_refunds(owner, paid, at):
    wanted = Wanted(amount=700, refund_amount=500, credit_amount=200)
    note = credit_notes.create(paid, wanted, at=at)

    page = owner.get(f"{LIST}{note.pk}/")

    facts = dict(page.context["facts"])
    assert (facts["Total"], facts["Refunded"], facts["Credited to the balance"]) == (
        "$7.00", "$5.00", "$2.00",
    )  # fmt: skip
    assert page.context["lines"] == [
        {"text": "Credit", "quantity": 1, "amount": "$7.00", "discount": "", "tax": ""}
    ]
    assert [(refund["words"], refund["amount"]) for refund in page.context["refunds"]] == [
        ("Refunded", "$5.00")
    ]
    assert page.context["customer"]["name"] == Customer.objects.get().name
    assert page.context["links"] == []


def test_what_is_not_there_is_not_found(owner):
    assert [
        owner.get(f"{LIST}{path}").status_code for path in ("cn_1/", "cn_1/void/", "issue/in_1/")
    ] == [404, 404, 404]


def test_reader_only_reads(reader, opened, nothing_written, at):
    invoice = opened()
    note = credit_notes.create(invoice, Wanted(amount=500), at=at)

    assert reader.get(f"{LIST}{note.pk}/").context["links"] == []
    with nothing_written():
        for path in (f"{note.pk}/void/", f"issue/{invoice.pk}/"):
            assert reader.post(f"{LIST}{path}").status_code == 403
