from collections import Counter
from datetime import timedelta

import pytest

from customers.models import Customer
from payments.models import Charge, Refund, Spending, SpendingChange
from payments.money import Money
from payments.services import charges, refunds, spending
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, PaymentMethodFactory

USD = Money(2000, "usd")


def recomputed(customer):
    """What the customer's charges say themselves, however many they are."""
    found = {}
    for charge in Charge.objects.filter(customer=customer, status="succeeded"):
        sums = found.setdefault(charge.currency, Counter())
        sums.update(taken=charge.amount_captured, refunded=charge.amount_refunded, payments=1)
    return {currency: dict(sums) for currency, sums in found.items()}


def known(customer):
    return {
        spent.currency: {
            "taken": spent.taken, "refunded": spent.refunded, "payments": spent.payments,
        }
        for spent in spending.of_customer(customer)
    }  # fmt: skip


@pytest.fixture
def lively(customer, method, at):
    """A customer who paid in two currencies, held money, failed, and got some of it back."""
    other = PaymentMethodFactory(customer=CustomerFactory(), attached_at=at)
    made = [
        charges.create(
            money=Money(amount, currency), method=method, customer=customer,
            at=at + timedelta(minutes=number),
        )
        for number, (amount, currency) in enumerate(
            [(1999, "usd"), (501, "usd"), (700, "jpy"), (333, "usd")]
        )
    ]  # fmt: skip
    charges.create(money=USD, method=other, customer=other.customer, at=at)
    charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)
    held = charges.create(money=USD, method=method, customer=customer, takes_now=False, at=at)
    charges.capture(held, amount=1234, at=at)
    refunds.create(made[0], amount=99, at=at)
    refunds.create(made[2], at=at)
    return customer


def test_what_was_spent_is_what_the_charges_say(lively):
    assert known(lively) == recomputed(lively)
    assert [(spent.currency, spent.net) for spent in spending.of_customer(lively)] == [
        ("usd", 1999 - 99 + 501 + 333 + 1234), ("jpy", 0),
    ]  # fmt: skip


def test_adding_up_changes_nothing_that_is_seen(lively, method, at):
    before = spending.of_customer(lively)

    spending.add_up()

    assert spending.of_customer(lively) == before
    assert SpendingChange.objects.count() == 0
    charges.create(money=USD, method=method, customer=lively, at=at + timedelta(hours=1))
    spending.add_up()
    assert known(lively) == recomputed(lively)
    assert Spending.objects.filter(customer=lively).count() == 2


@pytest.mark.parametrize("is_added_up", [False, True])
def test_the_newest_payment_is_told(lively, method, at, is_added_up):
    spending.add_up()
    later = at + timedelta(days=1)
    charges.create(money=Money(777, "usd"), method=method, customer=lively, at=later)
    charges.create(money=Money(5, "usd"), method=method, customer=lively, at=at - timedelta(days=1))
    if is_added_up:
        spending.add_up()

    spent = spending.of_customer(lively)[0]

    assert (spent.last_amount, spent.last_at) == (777, later)


def test_adding_up_again_finds_nothing(lively):
    added = spending.add_up()

    assert (added > 0, spending.add_up()) == (True, 0)


def test_many_changes_are_added_up_in_several_statements(lively, monkeypatch):
    monkeypatch.setattr(spending, "AT_ONCE", 2)

    spending.add_up()

    assert known(lively) == recomputed(lively)


def test_what_the_bank_sends_back_counts_as_spent_again(customer, method, gateway, at):
    from payments.gateways.base import Outcome, Result  # noqa: PLC0415 -- of this test alone
    from payments.models import Operation  # noqa: PLC0415 -- as above
    from payments.services import refund_settling  # noqa: PLC0415 -- as above

    charge = charges.create(money=USD, method=method, customer=customer, at=at)
    refund = refunds.create(charge, amount=500, at=at)
    operation = Operation.objects.get(kind="refund")

    refund_settling.settle(operation, Outcome(Result.DECLINED, code="lost_or_stolen_card"), at=at)

    assert Refund.objects.get(pk=refund.pk).status == "failed"
    assert known(customer) == recomputed(customer) == {
        "usd": {"taken": 2000, "refunded": 0, "payments": 1}
    }  # fmt: skip


def test_a_payment_of_nobody_counts_once_it_is_somebodys(customer, at):
    charge = ChargeFactory(customer=None, amount_refunded=300)

    charges.update(charge, details={"customer": customer}, at=at)
    charges.update(charge, details={"description": "Mug"}, at=at)

    assert known(customer) == recomputed(customer) == {
        "usd": {"taken": 2000, "refunded": 300, "payments": 1}
    }  # fmt: skip


def test_a_failed_payment_of_nobody_counts_for_nothing(customer, at):
    charge = ChargeFactory(customer=None, status="failed", amount_captured=0)

    charges.update(charge, details={"customer": customer}, at=at)

    assert known(customer) == {}


def test_who_paid_nothing_has_spent_nothing(customer):
    assert spending.of_customer(customer) == []


def test_it_costs_one_query(lively, django_assert_num_queries):
    spending.add_up()
    customer = Customer.objects.get(pk=lively.pk)

    with django_assert_num_queries(1):
        spending.of_customer(customer)
