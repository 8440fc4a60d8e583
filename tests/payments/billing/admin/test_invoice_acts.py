"""What is done with invoices: once each, by who may, with the amount said before."""

from datetime import UTC, datetime

import pytest

from customers.kit import clock
from customers.models import Customer
from customers.services import cash_balances
from payments.billing.models import Invoice, InvoiceItem, InvoiceLine
from payments.billing.services import invoice_items
from payments.gateways.base import Outcome, Result
from payments.models import Charge
from tests.customers.admin.page import errors, fields, links
from tests.factories.billing import InvoiceFactory, PriceFactory, ProductFactory
from tests.factories.customers import CustomerFactory
from tests.payments.billing.admin.acting import said, send

LIST = "/admin/billing/invoice/"
ACTS = (
    "finalize",
    "pay",
    "cash",
    "paid",
    "send",
    "void",
    "give-up",
    "words",
    "add-line",
    "discard",
)
DECLINED = Outcome(
    Result.DECLINED, code="card_declined", decline_code="insufficient_funds",
    message="Your card has insufficient funds.",
)  # fmt: skip


def url(invoice, act=""):
    return f"{LIST}{invoice.pk}/{act}{'/' if act else ''}"


def new(customer):
    return f"{LIST}new/?customer={customer.pk}"


def lines():
    rows = InvoiceLine.objects.order_by("position")
    return list(rows.values_list("description", "quantity", "amount"))


@pytest.mark.parametrize("act", ACTS)
def test_who_may_only_read_can_do_nothing(reader, opened, nothing_written, act):
    invoice = opened()

    with nothing_written():
        codes = [
            reader.get(url(invoice, act)).status_code,
            reader.post(url(invoice, act)).status_code,
        ]

    assert codes == [403, 403]


def test_who_may_only_read_bills_nobody(reader, customer, nothing_written):
    with nothing_written():
        assert reader.post(new(customer)).status_code == 403


def test_opening_a_confirmation_does_nothing(owner, opened, nothing_written):
    invoice = opened()

    with nothing_written():
        codes = [owner.get(url(invoice, act)).status_code for act in ACTS]

    assert codes == [200] * len(ACTS)


def test_draft_is_finalized(owner, drafted):
    invoice = drafted()

    page = owner.get(url(invoice, "finalize"))
    answer = owner.post(url(invoice, "finalize"), fields(page))

    row = Invoice.objects.get()
    assert page.context["title"] == "Finalize this invoice over $20.00?"
    assert (row.status, row.amount_remaining) == ("open", 2000)
    assert said(owner, answer) == [("success", f"It is invoice {row.number} now.")]


def test_invoice_is_charged(owner, opened, method, gateway):
    invoice = opened()

    page = owner.get(url(invoice, "pay"))
    answer = owner.post(url(invoice, "pay"), fields(page))

    assert page.context["title"] == "Charge $20.00 now?"
    assert "Visa •••• 4242" in page.content.decode()
    assert Invoice.objects.get().status == "paid"
    assert [act for act, _reference, _amount in gateway.asked] == ["authorize"]
    assert said(owner, answer) == [("success", "$20.00 was charged.")]


def test_decline_is_said_on_the_form_and_can_be_tried_again(owner, opened, method, gateway):
    invoice = opened()
    gateway.plan("authorize", DECLINED)

    answer, _sent = send(owner, url(invoice, "pay"))

    assert errors(answer) == {"": ["Your card has insufficient funds."]}
    assert Invoice.objects.get().status == "open"

    again = owner.post(url(invoice, "pay"), fields(answer))

    assert said(owner, again) == [("success", "$20.00 was charged.")]
    assert sorted(Charge.objects.values_list("status", flat=True)) == ["failed", "succeeded"]


def test_charge_that_is_sent_twice_is_one(owner, opened, method):
    invoice = opened()
    _answer, sent = send(owner, url(invoice, "pay"))

    again = owner.post(url(invoice, "pay"), sent)

    assert errors(again) == {"": ["Invoice is already paid"]}
    assert Charge.objects.count() == 1


def test_who_has_no_card_cannot_be_charged(owner, opened):
    page = owner.get(url(opened(), "pay"))

    assert "The customer has no saved payment method." in page.content.decode()


def test_invoice_is_marked_as_paid(owner, opened):
    invoice = opened()

    answer, _sent = send(owner, url(invoice, "paid"))

    row = Invoice.objects.get()
    assert (row.status, row.is_paid_out_of_band, row.amount_paid) == ("paid", True, 2000)
    assert said(owner, answer) == [("success", "The invoice is marked as paid.")]


def test_draft_is_sent(owner, drafted):
    invoice = drafted(collection_method="send_invoice")

    page = owner.get(url(invoice, "send"))
    answer = owner.post(url(invoice, "send"), fields(page))

    row = Invoice.objects.get()
    assert "jenny@example.com gets it by email, with what is to be paid: $20.00." in (
        page.content.decode()
    )
    assert (row.status, row.sent_at is not None) == ("open", True)
    assert said(owner, answer) == [("success", "The invoice was sent.")]


def test_invoice_becomes_void(owner, opened):
    invoice = opened()

    answer, _sent = send(owner, url(invoice, "void"))

    assert Invoice.objects.get().status == "void"
    assert said(owner, answer) == [("success", "The invoice is void.")]


def test_invoice_is_given_up(owner, opened):
    invoice = opened()

    answer, _sent = send(owner, url(invoice, "give-up"))

    assert Invoice.objects.get().status == "uncollectible"
    assert said(owner, answer) == [("success", "The invoice is marked as uncollectible.")]


@pytest.mark.parametrize("act", ["finalize", "paid", "void", "give-up", "send", "discard"])
def test_what_is_paid_is_left_alone(owner, scope, nothing_written, act):
    invoice = InvoiceFactory(paid=True)

    with nothing_written():
        answer, _sent = send(owner, url(invoice, act))

    assert list(errors(answer)) == [""]


def test_customer_is_billed_for_lines_and_what_waits(owner, customer, at):
    waiting = {"currency": "usd", "amount": 500, "description": "Setup"}
    invoice_items.create(customer, details=waiting, at=at)

    answer, _sent = send(
        owner, new(customer), text_1="Two lamps", amount_1="10.50", quantity_1="2", text_2="Discount",
        amount_2="-1", days_until_due="14", description="Thank you.",
    )  # fmt: skip

    invoice = Invoice.objects.get()
    assert answer.url == url(invoice)
    assert lines() == [("Setup", 1, 500), ("Two lamps", 2, 2100), ("Discount", 1, -100)]
    assert (invoice.status, invoice.total, invoice.days_until_due, invoice.description) == (
        "draft", 2500, 14, "Thank you.",
    )  # fmt: skip
    assert said(owner, answer) == [("success", "The draft was made.")]


def test_what_waits_can_be_left_out(owner, customer, at):
    waiting = {"currency": "usd", "amount": 500, "description": "Setup"}
    invoice_items.create(customer, details=waiting, at=at)

    send(owner, new(customer), takes_pending=None, collection="charge_automatically")

    assert lines() == []
    assert Invoice.objects.get().collection_method == "charge_automatically"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text_1": "A lamp"}, {"amount_1": ["A line needs a description and an amount."]}),
        ({"amount_2": "5"}, {"text_2": ["A line needs a description and an amount."]}),
        ({"text_1": "A lamp", "amount_1": "1.005"},
         {"amount_1": ["This currency has fewer digits after the point."]}),
        ({"text_1": "A lamp", "amount_1": "99999999999"},
         {"amount_1": ["At most $999,999.99 can be charged at once."]}),
    ],
)  # fmt: skip
def test_line_that_is_none_is_refused(owner, customer, nothing_written, changes, message):
    with nothing_written():
        answer, _sent = send(owner, new(customer), **changes)

    assert errors(answer) == message


def test_nobody_is_billed_who_is_not_there(owner, scope):
    deleted = CustomerFactory(deleted_at=clock.now())

    codes = [
        owner.get(f"{LIST}new/{query}").status_code
        for query in ("", "?customer=cus_x", f"?customer={deleted.pk}")
    ]

    assert codes == [404, 404, 404]


def test_draft_says_something_else(owner, drafted):
    invoice = drafted(collection_method="send_invoice")

    answer, _sent = send(
        owner, url(invoice, "words"), due_on="2090-05-01", description="Thanks", footer="Bank 1"
    )

    row = Invoice.objects.get()
    assert (row.description, row.footer, row.due_at) == (
        "Thanks", "Bank 1", datetime(2090, 5, 1, 23, 59, 59, tzinfo=UTC),
    )  # fmt: skip
    assert said(owner, answer) == [("success", "Saved.")]


def test_words_of_a_bill_stay(owner, opened, nothing_written):
    invoice = opened()

    with nothing_written():
        answer, _sent = send(owner, url(invoice, "words"), description="Something else")

    assert list(errors(answer)) == [""]


def test_lines_are_added_and_taken_off(owner, drafted):
    invoice = drafted()
    lamp = PriceFactory(
        product=ProductFactory(name="Lamp"), kind="one_time", interval="", unit_amount=700
    )

    send(owner, url(invoice, "add-line"), price=lamp.pk, quantity="3")
    send(owner, url(invoice, "add-line"), description="Goodwill", amount="-2.50")
    first = InvoiceItem.objects.get(description="Two lamps")
    answer, _sent = send(owner, f"{url(invoice)}remove-line/{first.pk}/")

    assert lines() == [("Lamp", 3, 2100), ("Goodwill", 1, -250)]
    assert Invoice.objects.get().total == 1850
    assert said(owner, answer) == [("success", "The line was removed.")]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, "amount"),
        ({"amount": "5"}, "description"),
        ({"description": "x", "amount": "5.001"}, "amount"),
        ({"description": "x", "amount": "5", "quantity": "0"}, "quantity"),
    ],
)
def test_line_that_cannot_be_added_is_refused(owner, drafted, nothing_written, changes, where):
    invoice = drafted()

    with nothing_written():
        answer, _sent = send(owner, url(invoice, "add-line"), **changes)

    assert list(errors(answer)) == [where]


def test_line_of_another_invoice_is_not_there(owner, drafted, opened):
    other = opened()
    item = InvoiceItem.objects.get(invoice=other)

    assert owner.get(f"{url(drafted())}remove-line/{item.pk}/").status_code == 404


def test_draft_is_deleted_and_its_lines_wait(owner, drafted, customer):
    answer, _sent = send(owner, url(drafted(), "discard"))

    assert answer.url == f"/admin/customers/customer/{customer.pk}/"
    assert Invoice.objects.count() == 0
    assert InvoiceItem.objects.get().invoice_id is None
    assert said(owner, answer) == [("success", "The draft was deleted.")]


def funded(customer, amount):
    Customer.objects.filter(pk=customer.pk).update(cash_balance_mode="manual")
    cash_balances.fund(customer, amount=amount, currency="usd", at=clock.now())


def test_cash_is_applied_after_its_amount_was_said(owner, customer, opened):
    invoice = opened()
    before = links(owner.get(url(invoice)))
    funded(customer, 500)
    page = owner.get(url(invoice, "cash"))

    answer = owner.post(url(invoice, "cash"), fields(page))

    invoice.refresh_from_db()
    assert url(invoice, "cash") not in before
    assert page.context["title"] == "Apply $5.00 of the cash balance?"
    assert "$15.00 of the invoice is still to be paid then." in page.content.decode()
    assert answer.url == url(invoice)
    assert (invoice.status, invoice.amount_paid) == ("open", 500)
    assert url(invoice, "cash") not in links(owner.get(url(invoice)))


def test_cash_that_is_enough_pays_the_invoice(owner, customer, opened):
    invoice = opened()
    funded(customer, 5000)
    assert url(invoice, "cash") in links(owner.get(url(invoice)))
    page = owner.get(url(invoice, "cash"))

    owner.post(url(invoice, "cash"), fields(page))

    invoice.refresh_from_db()
    assert page.context["title"] == "Apply $20.00 of the cash balance?"
    assert (invoice.status, invoice.payment_intent.status) == ("paid", "canceled")


def test_cash_that_has_gone_meanwhile_is_not_applied(owner, customer, opened, nothing_written):
    invoice, at = opened(), clock.now()
    funded(customer, 500)
    form = fields(owner.get(url(invoice, "cash")))
    cash_balances.use(customer, amount=100, currency="usd", invoice_id=invoice.pk, at=at)

    with nothing_written():
        answer = owner.post(url(invoice, "cash"), form)

    assert "At most 400" in answer.content.decode()
