import pytest
from django.db import IntegrityError, transaction

from customers.events.services import events
from customers.kit.errors import NotFound
from customers.models import CustomerBalanceTransaction
from customers.services import balance_transactions, customers
from tests.factories.customers import CustomerBalanceTransactionFactory, CustomerFactory

LEDGER = ("sequence", "kind", "amount", "currency", "ending_balance")


@pytest.fixture
def customer(scope):
    return CustomerFactory()


def ledger():
    return list(CustomerBalanceTransaction.objects.order_by("sequence").values_list(*LEDGER))


def balance(customer):
    found = customers.get(customer.pk)
    return found.balance, found.currency


def test_the_ledger_adds_up_to_the_balance(customer, at, told):
    for amount in (-1500, 400, -1):
        balance_transactions.create(customer, amount=amount, currency="usd", at=at)

    assert ledger() == [
        (1, "adjustment", -1500, "usd", -1500),
        (2, "adjustment", 400, "usd", -1100),
        (3, "adjustment", -1, "usd", -1101),
    ]
    assert balance(customer) == (-1101, "usd")
    assert told() == ["customer.balance_transaction.created", "customer.updated"] * 3


def test_an_entry_keeps_its_reason(customer, at, last_event):
    entry = balance_transactions.create(
        customer, amount=-500, currency="usd", description="Goodwill", metadata={"case": "7"}, at=at
    )

    stored = balance_transactions.get(customer, entry.pk)
    assert (stored.description, stored.metadata, stored.created_at) == (
        "Goodwill",
        {"case": "7"},
        at,
    )
    assert last_event().previous_attributes == {"balance": 0, "currency": None}


@pytest.mark.parametrize(
    ("amount", "currency", "param"),
    [
        pytest.param(1, "eur", "currency", id="another currency"),
        pytest.param(balance_transactions.MAX_BALANCE, "usd", "amount", id="too much"),
        pytest.param(-(2**62) - 10, "usd", "amount", id="too little"),
    ],
)
def test_a_refused_entry_moves_nothing(customer, at, refused, amount, currency, param):
    balance_transactions.create(customer, amount=5, currency="usd", at=at)

    with refused(param=param):
        balance_transactions.create(customer, amount=amount, currency=currency, at=at)

    assert balance(customer) == (5, "usd")


def test_a_new_customers_balance_is_its_first_entry(scope, at, told):
    customer = customers.create(details={"balance": -700}, at=at)

    assert ledger() == [(1, "initial", -700, "usd", -700)]
    assert balance(customer) == (-700, "usd")
    assert told() == ["customer.created", "customer.balance_transaction.created"]


def test_a_balance_set_by_a_change_is_one_entry(customer, at, told):
    customers.update(customer, details={"balance": -700}, at=at)
    customers.update(customer, details={"balance": -200}, at=at)
    customers.update(customer, details={"balance": -200}, at=at)

    assert ledger() == [
        (1, "adjustment", -700, "usd", -700), (2, "adjustment", 500, "usd", -200),
    ]  # fmt: skip
    assert told() == ["customer.balance_transaction.created", "customer.updated"] * 2


def test_an_entrys_words_change_and_nothing_else(customer, at, told, last_event):
    entry = CustomerBalanceTransactionFactory(customer=customer, description="Goodwill")

    balance_transactions.update(entry, details={"description": "Refund"}, at=at)

    assert balance_transactions.get(customer, entry.pk).description == "Refund"
    assert told() == ["customer.balance_transaction.updated"]
    assert last_event().previous_attributes == {"description": "Goodwill"}


def test_words_that_stay_tell_nothing(customer, at, nothing_written):
    entry = CustomerBalanceTransactionFactory(customer=customer, description="Goodwill")

    with nothing_written():
        balance_transactions.update(entry, details={"description": "Goodwill"}, at=at)


@pytest.mark.parametrize("change", [{"amount": 0}, {"ending_balance": 0}, {"currency": "eur"}])
def test_the_ledger_cannot_be_rewritten(customer, change):
    CustomerBalanceTransactionFactory(customer=customer)
    before = ledger()

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        CustomerBalanceTransaction.objects.update(**change)

    assert ledger() == before


def test_nothing_is_taken_out_of_the_ledger(customer):
    entry = CustomerBalanceTransactionFactory(customer=customer)

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
        entry.delete()

    assert len(ledger()) == 1


def test_an_entry_is_its_customers(customer):
    stranger = CustomerBalanceTransactionFactory()

    with pytest.raises(NotFound) as refusal:
        balance_transactions.get(customer, stranger.pk)

    assert refusal.value.message == f"No such customer balance transaction: '{stranger.pk}'"


def test_a_deleted_customers_balance_stays(customer, at, refused):
    customers.delete(customer, at=at)

    with refused(NotFound):
        balance_transactions.create(customer, amount=5, currency="usd", at=at)


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("applied_to_invoice", {"invoice_id": "in_1"}),
        ("unapplied_from_invoice", {"invoice_id": "in_1"}),
        ("invoice_too_small", {"invoice_id": "in_1"}),
        ("credit_note", {"invoice_id": "in_1", "credit_note_id": "cn_1"}),
    ],
)
def test_an_invoice_moves_the_balance(customer, told, last_event, at, kind, named):
    told()

    entry = balance_transactions.apply(
        customer, amount=-700, currency="usd", kind=kind, **named, at=at
    )

    assert (entry.kind, entry.ending_balance, customers.get(customer.pk).balance) == (
        kind,
        -700,
        -700,
    )
    assert told() == ["customer.balance_transaction.created", "customer.updated"]
    shown = events.spell(entry)
    assert (shown["type"], shown["invoice"]) == (kind, "in_1")
    assert shown["credit_note"] == named.get("credit_note_id")


def test_an_invoice_in_another_currency_does_not(customer, refused, at):
    balance_transactions.create(customer, amount=5, currency="usd", at=at)

    with refused(param="currency"):
        balance_transactions.apply(
            customer, amount=-700, currency="eur", kind="applied_to_invoice", at=at
        )
