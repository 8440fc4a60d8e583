"""Many at the same moment, each with a connection of its own: nothing is credited twice."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from django.db import connection

from customers.kit import clock
from customers.kit.errors import DomainError
from customers.kit.tenancy import scoped_to
from customers.models import Customer, CustomerBalanceTransaction
from payments.billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from payments.billing.services import credit_notes, invoices
from payments.billing.services.credit_note_lines import WantedLine
from payments.billing.services.credit_notes import Wanted
from payments.billing.services.invoice_lines import NewLine
from payments.models import Charge, Refund
from payments.services import payment_methods, refunds
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


@pytest.fixture
def site(transactional_db, made):
    return made[0]


@pytest.fixture
def scope(transactional_db, site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


@pytest.fixture
def opened(scope):
    """An invoice of 2,000."""
    at, customer = clock.now(), CustomerFactory()
    line = NewLine(amount=2000, currency="usd", period_start=at, period_end=at, quantity=2)
    draft = invoices.draft(
        customer=customer, currency="usd", lines=[line], period_start=at, period_end=at, at=at
    )
    return invoices.finalize(draft, at=at)


@pytest.fixture
def paid(opened):
    """The same, paid by a card at the sandbox."""
    at = clock.now()
    card = payment_methods.resolve("pm_card_visa", at=at)
    return invoices.pay(opened, method=card, request_key="pay", at=at)


def at_once(site, act):
    """Return what became of each: `done`, or the parameter or code of the refusal."""

    def run(number):
        with closing(connection), scoped_to(site, livemode=False):
            try:
                act(number)
            except DomainError as error:
                return error.param or error.code
            return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(run, range(AT_ONCE)))


def test_an_open_invoice_is_credited_to_its_end(site, opened):
    found = at_once(
        site, lambda _number: credit_notes.create(opened, Wanted(amount=500), at=clock.now())
    )

    invoice = Invoice.objects.get()
    assert found == ["amount"] * 4 + ["done"] * 4
    assert (invoice.status, invoice.pre_payment_credit, invoice.post_payment_credit) == (
        "paid", 2000, 0,
    )  # fmt: skip
    numbers = CreditNote.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"{invoice.number}-CN-0{count}" for count in range(1, 5)]


def test_a_line_is_credited_to_its_end(site, opened):
    wanted = Wanted(
        lines=[
            WantedLine(
                CreditNoteLine.Kind.INVOICE_LINE, InvoiceLine.objects.get().pk, quantity=1, param="lines[0]"
            )
        ]
    )  # fmt: skip

    at_once(site, lambda _number: credit_notes.create(opened, wanted, at=clock.now()))

    assert list(CreditNoteLine.objects.values_list("amount", flat=True)) == [1000, 1000]


def test_refunds_and_credit_notes_together_give_back_what_was_paid(site, paid):
    charge = Charge.objects.get()

    def act(number):
        if number % 2:
            refunds.create(charge, amount=500, at=clock.now())
        else:
            wanted = Wanted(amount=500, refund_amount=300, credit_amount=200)
            credit_notes.create(paid, wanted, at=clock.now())

    at_once(site, act)

    notes = CreditNote.objects.count()
    refunded = sum(Refund.objects.exclude(status="failed").values_list("amount", flat=True))
    beside = refunded - 300 * notes
    charge.refresh_from_db()
    assert charge.amount_refunded == refunded <= 2000
    assert CustomerBalanceTransaction.objects.count() == notes
    assert Customer.objects.get().balance == -200 * notes
    assert Invoice.objects.get().post_payment_credit == 500 * notes
    assert credit_notes.creditable(invoices.get(paid.pk)) == max(2000 - 500 * notes - beside, 0)


def test_the_same_request_that_comes_many_times_makes_one_note(site, paid):
    wanted = Wanted(amount=500, refund_amount=500)

    found = at_once(
        site,
        lambda _number: credit_notes.create(paid, wanted, request_key="ab" * 32, at=clock.now()),
    )

    assert found == ["done"] * AT_ONCE
    assert (CreditNote.objects.count(), Refund.objects.count()) == (1, 1)
    assert Charge.objects.get().amount_refunded == 500


def test_a_note_is_voided_once(site, opened):
    note = credit_notes.create(opened, Wanted(amount=500), at=clock.now())

    found = at_once(site, lambda _number: credit_notes.void(note, at=clock.now()))

    assert found == [""] * (AT_ONCE - 1) + ["done"]
    assert Invoice.objects.get().pre_payment_credit == 0
