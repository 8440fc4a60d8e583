import pytest

from customers.kit.errors import InvalidRequest
from customers.models import Customer, CustomerBalanceTransaction
from customers.services import balance_transactions, customers
from payments.gateways.base import Outcome, Result
from payments.models import Operation
from payments.money import Money
from payments.services import charges, reconciling
from payments.services import credits as crediting
from tests.factories.payments import PaymentMethodFactory
from tests.payments.fake_gateway import Acted

USD = Money(2500, "usd")


def balance(customer):
    return Customer.objects.values_list("balance", "currency").get(pk=customer.pk)


def given_by(charge):
    """Return what a charge has put to its customer's balance."""
    rows = CustomerBalanceTransaction.objects.filter(metadata__charge=charge.pk)
    return rows.first()


@pytest.fixture
def credit(customer, method, at):
    def give(money=USD, **wanted):
        return crediting.credit_from_payment_method(customer, method, money, at=at, **wanted)

    return give


def test_a_charge_becomes_credit(credit, customer, gateway, told, movements):
    charge = credit()

    entry = given_by(charge)
    assert (charge.status, balance(customer)) == ("succeeded", (-2500, "usd"))
    assert (entry.amount, entry.ending_balance, entry.metadata) == (
        -2500,
        -2500,
        {"charge": charge.pk},
    )
    assert gateway.told[0].off_session is True
    assert movements() == [("charge", 2500, 59, 2441)]
    assert told() == [
        "customer.updated", "charge.succeeded", "customer.balance_transaction.created", "customer.updated",
    ]  # fmt: skip


def test_a_declined_charge_gives_no_credit(credit, customer, gateway):
    gateway.plan("authorize", Outcome(Result.DECLINED, code="card_declined", message="No."))

    charge = credit()

    assert charges.refusal(charge).code == "card_declined"
    assert (given_by(charge), balance(customer)) == (None, (0, "usd"))


def test_a_charge_that_is_found_out_later_gives_its_credit_once(credit, customer, gateway, at):
    gateway.plan("authorize", Acted())
    charge = credit(request_key="one")
    before = balance(customer)

    reconciling.check(Operation.objects.get(), at=at)
    again = credit(request_key="one")

    assert (before, balance(customer)) == ((0, "usd"), (-2500, "usd"))
    assert (again.pk, again.status) == (charge.pk, "succeeded")


def test_a_credit_is_in_the_balances_currency(credit, customer, gateway, at):
    balance_transactions.create(customer, amount=5, currency="eur", at=at)

    with pytest.raises(InvalidRequest) as refusal:
        credit()

    assert (refusal.value.param, balance(customer), gateway.asked) == ("currency", (5, "eur"), [])


def test_a_credit_comes_from_a_method_of_the_customers(customer, gateway, refused, at):
    stranger = PaymentMethodFactory(attached=True)

    with refused(param="source_id"):
        crediting.credit_from_payment_method(customer, stranger, USD, at=at)


def test_a_credit_whose_customer_is_gone_is_given_to_a_person(credit, customer, gateway, at):
    gateway.plan("authorize", Acted())
    charge = credit()
    customers.delete(customer, at=at)

    reconciling.check(Operation.objects.get(), at=at)

    assert charges.get(charge.pk).status == "succeeded"
    assert Operation.objects.get().state == "flagged"
    assert given_by(charge) is None
