"""What was imported as history, of which no invariant asks anything."""

from customers.kit import clock
from payments.services import spending
from tests import breaches
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory


def test_what_was_imported_has_no_ledger(scope):
    ChargeFactory(imported_from="stripe")

    found = [breaches.of(f"payments.{name}") for name in ("charges_in_ledger", "charges_told")]

    assert found == [[], []]


def test_what_was_imported_is_not_spent_here(scope):
    charge = ChargeFactory(customer=CustomerFactory())
    ChargeFactory(customer=charge.customer, imported_from="stripe")
    spending.recount(charge.customer_id, charge.customer_id, clock.now())
    spending.add_up()

    found = breaches.of("payments.spent")

    assert [row.taken for row in spending.of_customer(charge.customer)] == [charge.amount]
    assert found == []
