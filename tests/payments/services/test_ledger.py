from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.kit.errors import NotFound
from payments.models import BalanceTransaction
from payments.money import Money
from payments.services import ledger
from payments.services.ledger import Balance
from tests.factories.payments import BalanceTransactionFactory, ChargeFactory


def test_a_balance_is_the_sum_of_what_moved(scope, at):
    later = at + timedelta(days=2)
    BalanceTransactionFactory(amount=2000, fee=88)
    BalanceTransactionFactory(amount=1000, fee=50, available_on=later)
    BalanceTransactionFactory(kind="refund", amount=-500, fee=0, source_id="re_1")
    BalanceTransactionFactory(kind="payment", amount=300, fee=3)
    BalanceTransactionFactory(amount=70, fee=0, currency="jpy")

    balances = ledger.balance(at=at + timedelta(seconds=1))
    afterwards = ledger.balance(at=later)

    assert balances == [
        Balance("jpy", {"card": 70}, {"card": 0}),
        Balance("usd", {"bank_account": 297, "card": 1412}, {"bank_account": 0, "card": 950}),
    ]
    assert afterwards[1] == Balance(
        "usd", {"bank_account": 297, "card": 2362}, {"bank_account": 0, "card": 0}
    )


def test_a_site_without_movements_has_no_balance(scope, at):
    assert ledger.balance(at=at) == []


def test_what_comes_in_is_available_later_and_what_goes_out_at_once(scope, at):
    charge = ChargeFactory()
    coming = ledger.prepare(charge, ledger.Kind.CHARGE, Money(2000, "usd"), fee=88, at=at)
    going = ledger.prepare(charge, ledger.Kind.REFUND, Money(-2000, "usd"), at=at)

    assert (coming.net, coming.available_on - at) == (1912, timedelta(days=2))
    assert (going.net, going.available_on - at) == (-2000, timedelta(0))


@pytest.mark.parametrize(("kind", "times"), [("charge", 1), ("refund", 1), ("adjustment", 2)])
def test_a_source_moves_money_of_a_kind_once(scope, kind, times):
    BalanceTransactionFactory(kind=kind, source_id="ch_1")

    try:
        with transaction.atomic():
            BalanceTransactionFactory(kind=kind, source_id="ch_1")
    except IntegrityError as error:
        assert "balance_transaction_once_per_source" in str(error)  # noqa: PT017 -- only where it is refused

    assert BalanceTransaction.objects.count() == times


def test_the_ledger_is_only_added_to(scope):
    entry = BalanceTransactionFactory()

    for change in (lambda: BalanceTransaction.objects.update(fee=0, net=2000), entry.delete):
        with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
            change()

    assert list(BalanceTransaction.objects.values_list("amount", "fee", "net")) == [
        (2000, 88, 1912)
    ]


def test_a_movement_is_found(scope):
    entry = BalanceTransactionFactory()
    BalanceTransactionFactory()

    assert ledger.get(entry.pk) == entry


def test_an_unknown_movement_is_not_found(scope):
    with pytest.raises(NotFound) as refusal:
        ledger.get("txn_unknown")

    assert refusal.value.message == "No such balance transaction: 'txn_unknown'"


@pytest.mark.parametrize(
    ("type_", "kinds"),
    [("card", ("charge", "refund")), ("us_bank_account", ("payment", "payment_refund"))],
)
def test_what_comes_from_a_bank_account_is_a_payment(scope, type_, kinds):
    charge = ChargeFactory(method_details={"type": type_})

    assert (ledger.charge_kind(charge), ledger.refund_kind(charge)) == kinds
