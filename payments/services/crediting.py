"""What a charge gives to its customer's balance."""

from contextlib import ExitStack
from datetime import datetime

from customers.events.services import events
from customers.models import Customer, CustomerBalanceTransaction
from customers.services import balance_transactions, changes
from payments.models import Charge

_KIND = CustomerBalanceTransaction.Kind.ADJUSTMENT


def locked_owner(held: ExitStack, charge: Charge, *, at: datetime) -> Customer | None:
    """Lock the customer whom a charge credits, before the charge is locked; None where there is none to credit.

    Args:
        held: closed before the transaction ends; then `customer.updated` is published if the customer changed.
    """
    customer = charge.customer
    if customer is None or not charge.credits_customer:
        return None
    living = Customer.objects.living().filter(pk=customer.pk)
    if not living.select_for_update(no_key=True).values_list("pk").first():
        return None
    return held.enter_context(changes.tracked(customer, at=at))


def give(customer: Customer, charge: Charge, *, at: datetime) -> CustomerBalanceTransaction:
    """Credit a locked customer with what a charge took.

    Raises:
        InvalidRequest: the balance would leave its range, or is kept in another currency.
    """
    entry = balance_transactions.prepare(
        customer, amount=-charge.amount_captured, currency=charge.currency, kind=_KIND, at=at
    )
    entry.description = charge.description
    entry.metadata = {"charge": charge.pk}
    entry.save(force_insert=True)
    customer.save(update_fields=["balance", "currency"])
    events.publish("customer.balance_transaction.created", entry, at=at)
    return entry
