from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.kit.registry import Hook
from customers.kit.tenancy import scoped_to
from customers.models import CashTransaction
from customers.services import cash_balances, customers, test_clocks
from tests.factories.customers import CustomerFactory


@pytest.fixture
def customer(scope):
    return CustomerFactory()


@pytest.fixture
def fund(customer, at):
    def fund(amount=5000, currency="usd", **said):
        return cash_balances.fund(customer, amount=amount, currency=currency, at=at, **said)

    return fund


@pytest.fixture
def hook(monkeypatch):
    hook = Hook("cash_balances.when_funded")
    monkeypatch.setattr(cash_balances, "when_funded", hook)
    return hook


def _ledger(customer):
    rows = CashTransaction.objects.filter(customer=customer).order_by("currency", "sequence")
    return list(rows.values_list("currency", "sequence", "kind", "net_amount", "ending_balance"))


def test_each_currency_has_a_ledger_that_adds_up(customer, fund, at):
    fund(5000)
    cash_balances.use(customer, amount=1800, currency="usd", invoice_id="in_1", at=at)
    fund(300, "eur")
    cash_balances.give_back(customer, amount=800, currency="usd", invoice_id="in_1", at=at)

    assert _ledger(customer) == [
        ("eur", 1, "funded", 300, 300),
        ("usd", 1, "funded", 5000, 5000),
        ("usd", 2, "applied_to_payment", -1800, 3200),
        ("usd", 3, "unapplied_from_payment", 800, 4000),
    ]
    assert cash_balances.available(customer) == {"usd": 4000, "eur": 300}


def test_what_was_used_up_stays_at_nothing(customer, fund, at):
    fund(500)

    cash_balances.use(customer, amount=500, currency="usd", invoice_id="in_1", at=at)

    assert cash_balances.available(customer) == {"usd": 0}


def test_who_never_had_any_has_none(customer):
    assert cash_balances.available(customer) == {}


def test_balances_of_several_customers_are_one_query(customer, fund, at, django_assert_num_queries):
    other = CustomerFactory()
    fund(500)
    cash_balances.fund(other, amount=700, currency="thb", at=at)

    with django_assert_num_queries(1):
        found = cash_balances.of_customers([customer.pk, other.pk, "cus_none"])

    assert found == {customer.pk: {"usd": 500}, other.pk: {"thb": 700}}


def test_money_is_told_of(customer, fund, told, last_event):
    told()

    entry = fund(reference="Invoice 7")

    assert told() == ["customer_cash_balance_transaction.created", "cash_balance.funds_available"]
    assert (entry.reference, last_event().object_id) == ("Invoice 7", customer.pk)
    assert last_event().snapshot["available"] == {"usd": 5000}


@pytest.mark.parametrize(("amount", "currency"), [(5001, "usd"), (1, "eur")])
def test_no_more_is_used_than_there_is(customer, fund, refused, at, amount, currency):
    fund(5000)

    with refused(InvalidRequest, param="amount", code="balance_insufficient"):
        cash_balances.use(customer, amount=amount, currency=currency, invoice_id="in_1", at=at)


def test_the_database_keeps_a_balance_from_becoming_debt(customer, fund):
    entry = fund(500)
    values = {"sequence": 2, "net_amount": -501, "ending_balance": -1, "kind": "funded"}

    with pytest.raises(IntegrityError), transaction.atomic():
        CashTransaction.belonging_to(
            customer, customer=customer, currency="usd", created_at=entry.created_at, **values
        ).save(force_insert=True)


def test_the_ledger_is_only_added_to(fund):
    entry = fund()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_cashtransaction SET net_amount = 1 WHERE id = %s", [entry.pk]
        )


def test_money_that_comes_is_used_by_itself(customer, fund, hook, at):
    """What joins in sees the money, and is a part of the same transaction."""
    seen = []

    def use_it(row, currency, when):
        seen.append((row.pk, currency, when, cash_balances.available(row)))
        cash_balances.use(row, amount=4000, currency=currency, invoice_id="in_1", at=when)

    hook.register(use_it)

    fund(5000)

    assert seen == [(customer.pk, "usd", at, {"usd": 5000})]
    assert cash_balances.available(customer) == {"usd": 1000}


def test_who_does_it_by_hand_is_left_alone(customer, hook, at):
    seen = []
    hook.register(lambda *said: seen.append(said))
    customers.update(customer, details={"cash_balance_mode": "manual"}, at=at)

    cash_balances.fund(customer, amount=5000, currency="usd", at=at)

    assert seen == []


def test_live_money_does_not_come_like_this(site, at):
    with scoped_to(site, livemode=True):
        customer = CustomerFactory(livemode=True)

        with pytest.raises(InvalidRequest) as refusal:
            cash_balances.fund(customer, amount=5000, currency="usd", at=at)

    assert refusal.value.code == "testmode_only"


def test_a_deleted_customer_gets_no_money(customer, fund, at):
    customers.delete(customer, at=at)

    with pytest.raises(NotFound):
        fund()


def test_who_has_money_here_is_not_deleted(customer, fund, refused, at):
    fund(500)

    with refused(InvalidState, code="customer_has_cash_balance"):
        customers.delete(customer, at=at)
    cash_balances.use(customer, amount=500, currency="usd", invoice_id="in_1", at=at)

    assert customers.delete(customer, at=at).is_deleted


def test_who_is_only_tried_out_is_deleted_with_the_money(scope, at):
    clock = test_clocks.create(frozen_at=at + timedelta(days=1), at=at)
    customer = CustomerFactory(test_clock=clock)
    cash_balances.fund(customer, amount=500, currency="usd", at=clock.frozen_at)

    assert customers.delete(customer, at=clock.frozen_at).is_deleted
