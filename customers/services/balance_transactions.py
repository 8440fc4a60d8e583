"""The customer's balance: a ledger whose rows add up to what stands on the customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Customer, CustomerBalanceTransaction
from customers.services import changes

_Transaction = CustomerBalanceTransaction
MAX_BALANCE = 2**62  # minor units; a sum of two still fits the column


def get(customer: Customer, pk: str) -> CustomerBalanceTransaction:
    """Return a transaction of a customer.

    Raises:
        NotFound: the customer has no such transaction.
    """
    found = _Transaction.objects.filter(customer=customer, pk=pk).first()
    if found is None:
        raise NotFound(f"No such customer balance transaction: '{pk}'", param="id")
    return found


def create(
    customer: Customer,
    *,
    amount: int,
    currency: str,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    request_key: str | None = None,
    at: datetime,
) -> CustomerBalanceTransaction:
    """Adjust a customer's balance.

    Args:
        amount: minor units of the currency; negative is credit for the customer, positive is owed.
        currency: lowercase ISO 4217; the customer's, once it has one.
        request_key: the digest of what asks for it; the same one finds the same entry, and moves nothing again.

    Raises:
        InvalidRequest: the customer is billed in another currency, or the balance would leave its range.
    """
    with changes.tracked(customer, at=at) as row:
        if request_key is not None:
            known = _Transaction.objects.filter(request_key=request_key).first()
            if known is not None:  # behind the customer's lock nobody else enters it
                return known
        entry = prepare(
            row, amount=amount, currency=currency, kind=_Transaction.Kind.ADJUSTMENT, at=at
        )
        entry.request_key = request_key
        entry.description = description
        entry.metadata = dict(metadata or {})
        entry.save(force_insert=True)
        row.save(update_fields=["balance", "currency"])
        events.publish("customer.balance_transaction.created", entry, at=at)
    return entry


def apply(
    customer: Customer,
    *,
    amount: int,
    currency: str,
    kind: str,
    invoice_id: str = "",
    credit_note_id: str = "",
    description: str = "",
    at: datetime,
) -> CustomerBalanceTransaction:
    """Move a customer's balance for an invoice or a credit note, and tell of it; a part of the caller's transaction.

    The customer is locked and written here; an instance that the caller has does not follow.

    Args:
        amount: minor units of the currency; negative is credit for the customer, positive is owed.

    Raises:
        InvalidRequest: the customer is billed in another currency, or the balance would leave its range.
        NotFound: the customer was deleted.
    """
    with changes.tracked(customer, at=at) as row:
        entry = prepare(row, amount=amount, currency=currency, kind=kind, at=at)
        entry.invoice_id, entry.credit_note_id = invoice_id, credit_note_id
        entry.description = description
        entry.save(force_insert=True)
        row.save(update_fields=["balance", "currency"])
        events.publish("customer.balance_transaction.created", entry, at=at)
    return entry


def hand_over(
    giver: Customer, taker: Customer, *, amount: int, currency: str, at: datetime
) -> None:
    """Move a balance from one locked customer to another, as a part of the caller's transaction.

    Args:
        amount: minor units of the currency; negative is credit, positive is owed.

    Raises:
        InvalidRequest: the taker is billed in another currency, or the balance would leave its range.
    """
    for customer, moved, said in (
        (giver, -amount, f"Went to {taker.pk}"),
        (taker, amount, f"Came from {giver.pk}"),
    ):
        entry = prepare(
            customer,
            amount=moved,
            currency=currency,
            kind=_Transaction.Kind.ADJUSTMENT,
            at=at,
        )
        entry.description = said
        entry.save(force_insert=True)
        customer.save(update_fields=["balance", "currency"])
        events.publish("customer.balance_transaction.created", entry, at=at)


def prepare(
    customer: Customer, *, amount: int, currency: str, kind: str, at: datetime
) -> CustomerBalanceTransaction:
    """Move the balance of the locked or new customer, and return the unsaved entry.

    Raises:
        InvalidRequest: the customer is billed in another currency, or the balance would leave its range.
    """
    if customer.currency and customer.currency != currency:
        raise InvalidRequest(
            f"This customer's balance is kept in '{customer.currency}', so an amount in '{currency}' cannot be added.",
            param="currency",
        )
    ending = customer.balance + amount
    if abs(ending) > MAX_BALANCE:
        raise InvalidRequest("The customer's balance would become too large.", param="amount")
    customer.balance = ending
    customer.currency = currency
    sequence = 1 if customer._state.adding else _next_sequence(customer)
    return _Transaction.belonging_to(
        customer,
        customer=customer,
        sequence=sequence,
        kind=kind,
        amount=amount,
        currency=currency,
        ending_balance=ending,
        created_at=at,
    )


def update(
    entry: CustomerBalanceTransaction, *, details: Mapping[str, Any], at: datetime
) -> CustomerBalanceTransaction:
    """Change an entry's description or metadata; nothing else of it ever changes."""
    with transaction.atomic(savepoint=False):
        row = _Transaction.objects.select_for_update(no_key=True).get(pk=entry.pk)
        before = events.spell(row)
        for name, value in details.items():
            setattr(row, name, value)
        previous = events.difference(before, events.spell(row))
        if previous:
            row.save(update_fields=list(details))
            events.publish("customer.balance_transaction.updated", row, previous=previous, at=at)
    return row


def _next_sequence(customer: Customer) -> int:
    last = (
        _Transaction.objects.filter(customer=customer)
        .order_by("-sequence")
        .values_list("sequence", flat=True)
    )
    return (last.first() or 0) + 1
