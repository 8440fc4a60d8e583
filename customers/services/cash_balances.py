"""The cash balance: money that a customer has sent before it was used for an invoice, by currency.

Each currency has a ledger of its own, whose last row tells what is left; it is written under the customer's lock.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit import tenancy, together
from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.registry import Hook
from customers.models import CashTransaction, Customer
from customers.services import changes

Kind = CashTransaction.Kind
MOST = 10**12
"""How much comes at once, at most, in minor units."""

SPELLED_AS = "customers.CashBalance"
"""The name under which events spell a customer's cash balance, which has no rows of its own."""

when_funded: Hook[Callable[[Customer, str, datetime], object]] = Hook("cash_balances.when_funded")
"""Called with the locked customer, the currency and the time, in the transaction in which money came, where it is to
be used by itself; billing joins in here, and pays open invoices."""


def get(customer: Customer, pk: str) -> CashTransaction:
    """Return a transaction of a customer.

    Raises:
        NotFound: the customer has no such transaction.
    """
    found = CashTransaction.objects.filter(customer=customer, pk=pk).first()
    if found is None:
        raise NotFound(f"No such customer cash balance transaction: '{pk}'", param="id")
    return found


def available(customer: Customer) -> dict[str, int]:
    """Return what a customer has, in minor units by currency; a currency that was used up stays, at nothing."""
    known: dict[str, int] | None = together.recalled((CashTransaction, customer.pk))
    return of_customers([customer.pk])[customer.pk] if known is None else known


def of_customers(customer_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return what customers have, in minor units by currency; one who never had anything has an empty table."""
    rows = CashTransaction.objects.filter(customer_id__in=list(customer_ids))
    last = rows.order_by("customer_id", "currency", "-sequence").distinct("customer_id", "currency")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for customer_id, currency, balance in last.values_list(
        "customer_id", "currency", "ending_balance"
    ):
        found[customer_id][currency] = balance
    return found


def is_automatic(customer: Customer) -> bool:
    """Tell whether money that comes is used for open invoices by itself; that is the default, too."""
    return customer.cash_balance_mode != Customer.Reconciliation.MANUAL


def fund(
    customer: Customer, *, amount: int, currency: str, reference: str = "", at: datetime
) -> CashTransaction:
    """Let money come into a customer's cash balance, as a bank would; test mode only.

    Args:
        amount: minor units, more than nothing.
        reference: what the sender has written.

    Raises:
        InvalidRequest: this is live mode, or the balance would leave its range.
        NotFound: the customer was deleted.
    """
    if tenancy.current().livemode:
        raise InvalidRequest(
            "Cash balances can only be funded like this in test mode.", code="testmode_only"
        )
    with transaction.atomic(savepoint=False):
        row = changes.locked(customer.pk)
        entry = _entered(row, Kind.FUNDED, amount, currency, reference=reference, at=at)
        events.publish("cash_balance.funds_available", row, as_label=SPELLED_AS, at=at)
        if is_automatic(row):
            for use_it in when_funded:
                use_it(row, currency, at)
    return entry


def use(
    customer: Customer, *, amount: int, currency: str, invoice_id: str, at: datetime
) -> CashTransaction:
    """Take money out of a customer's cash balance for an invoice, in the caller's transaction or an own one.

    Raises:
        InvalidRequest: there is less.
        NotFound: the customer was deleted.
    """
    with transaction.atomic(savepoint=False):
        row = changes.locked(customer.pk)
        return _entered(row, Kind.APPLIED, -amount, currency, invoice_id=invoice_id, at=at)


def give_back(
    customer: Customer, *, amount: int, currency: str, invoice_id: str, at: datetime
) -> CashTransaction:
    """Put back what was taken for an invoice, in the caller's transaction or an own one.

    Raises:
        NotFound: the customer was deleted.
    """
    with transaction.atomic(savepoint=False):
        row = changes.locked(customer.pk)
        return _entered(row, Kind.UNAPPLIED, amount, currency, invoice_id=invoice_id, at=at)


def hand_over(
    giver: Customer, taker: Customer, *, amount: int, currency: str, at: datetime
) -> None:
    """Move money from one locked customer's cash balance to another's, as a part of the caller's transaction.

    Raises:
        InvalidRequest: there is less.
    """
    _entered(giver, Kind.REVERSED, -amount, currency, reference=taker.pk, at=at)
    _entered(taker, Kind.FUNDED, amount, currency, reference=giver.pk, at=at)


def _entered(
    customer: Customer,
    kind: str,
    amount: int,
    currency: str,
    *,
    reference: str = "",
    invoice_id: str = "",
    at: datetime,
) -> CashTransaction:
    """Write the next entry of a locked customer's ledger, and tell of it."""
    rows = CashTransaction.objects.filter(customer=customer, currency=currency)
    last = rows.order_by("-sequence").values_list("sequence", "ending_balance").first()
    sequence, before = last or (0, 0)
    _check(before, amount, currency)
    entry = CashTransaction.belonging_to(
        customer, customer=customer, sequence=sequence + 1, kind=kind, currency=currency,
        net_amount=amount, ending_balance=before + amount, reference=reference,
        invoice_id=invoice_id, created_at=at,
    )  # fmt: skip
    entry.save(force_insert=True)
    events.publish("customer_cash_balance_transaction.created", entry, at=at)
    return entry


def _check(before: int, amount: int, currency: str) -> None:
    if before + amount < 0:
        raise InvalidRequest(
            f"The customer's cash balance has {before} in '{currency}', which is less than {-amount}.",
            param="amount",
            code="balance_insufficient",
        )
    if before + amount > 2**62:
        raise InvalidRequest("The customer's cash balance would become too large.", param="amount")
