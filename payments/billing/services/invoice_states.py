"""An invoice under its lock: found, changed, moved on, told of; and where others join in.

The customer's row is locked before any invoice of theirs, so that it is the mutex of all their billing; a payment
intent that moves is locked before both.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from django.db import transaction

from customers.events.services import events
from customers.kit import statements, tenancy, together
from customers.kit.errors import InvalidState, NotFound
from customers.kit.registry import Hook
from customers.models import Customer
from payments.billing.models import Invoice, InvoicePayment
from payments.billing.services import discount_owners
from payments.services import history

Status = Invoice.Status
Join = Callable[[Invoice, datetime], object]
_LOCK = (
    f"SELECT id FROM {Customer._meta.db_table} WHERE id {{}} AND site_id = %s AND livemode = %s "  # noqa: S608 -- the name is ours
    "ORDER BY id FOR NO KEY UPDATE"
)
_LOCK_NAMED = _LOCK.format("= ANY(%s)")
_LOCK_PAYING = _LOCK.format(
    f"IN (SELECT invoice.customer_id FROM {InvoicePayment._meta.db_table} payment "  # noqa: S608 -- the names are ours
    f"JOIN {Invoice._meta.db_table} invoice ON invoice.id = payment.invoice_id "
    "WHERE payment.payment_intent_id = ANY(%s))"
)

when_replacing: Hook[Join] = Hook("invoices.when_replacing")
"""Called with a locked draft that takes the place of another invoice, before its amounts are fixed."""

when_finalized: Hook[Join] = Hook("invoices.when_finalized")
"""Called with the locked invoice and the time, in the transaction in which it was finalized and is to be paid; all
hooks here are called in the transaction of what they tell."""

when_paid: Hook[Join] = Hook("invoices.when_paid")
"""Called where it was paid."""

when_failed: Hook[Join] = Hook("invoices.when_failed")
"""Called where a try to collect it failed."""

when_given_up: Hook[Join] = Hook("invoices.when_given_up")
"""Called behind `when_failed` where that was the last automatic try."""

when_action_required: Hook[Join] = Hook("invoices.when_action_required")
"""Called where the customer has to authenticate before it can be paid."""

when_settled_otherwise: Hook[Join] = Hook("invoices.when_settled_otherwise")
"""Called where it became void or uncollectible."""


def get(pk: str, *, param: str = "id") -> Invoice:
    """Return an invoice of the chosen site, with its customer and subscription.

    Raises:
        NotFound: there is none.
    """
    rows = Invoice.objects.select_related("site", "customer", "subscription")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such invoice: '{pk}'", param=param)
    return found


def lock_customer(pk: str) -> Customer:
    """Lock a customer's row for the open transaction, and return the customer, deleted or not.

    Raises:
        NotFound: there is none.
    """
    known = together.recalled((Customer, pk))
    if known is not None:
        return cast("Customer", known)
    found = lock_customers({pk})
    if not found:
        raise NotFound(f"No such customer: '{pk}'", param="customer")
    return found[0]


def lock_customers(pks: Collection[str]) -> list[Customer]:
    """Lock those customers' rows of which that was not done yet, in the order of their ids, and return them."""
    missing = [pk for pk in pks if together.recalled((Customer, pk)) is None]
    return _read(_lock(_LOCK_NAMED, missing)) if missing else []


def locked(invoice: Invoice) -> Invoice:
    """Lock an invoice, behind its customer, for the open transaction, and return it as it is now.

    Raises:
        NotFound: it was deleted.
        InvalidState: it is the record of one from elsewhere.
    """
    lock_customer(invoice.customer_id)
    known = together.recalled((Invoice, invoice.pk))
    if known is not None:
        return cast("Invoice", known)
    row = Invoice.objects.select_for_update(no_key=True).filter(pk=invoice.pk).first()
    if row is None:
        raise NotFound(f"No such invoice: '{invoice.pk}'", param="id")
    history.refuse(row, "invoice")
    return _known(row)


def locked_payments(intents: Sequence[str]) -> list[InvoicePayment]:
    """Lock the invoices that payment intents pay, behind their customers, and return all that those may be paid by."""
    customers = _lock(_LOCK_PAYING, intents)
    if not customers:
        return []
    _read([pk for pk in customers if together.recalled((Customer, pk)) is None])
    of_these = InvoicePayment.objects.filter(payment_intent__in=intents).values("invoice")
    rows = InvoicePayment.objects.filter(invoice__in=of_these).select_related("invoice")
    locking = rows.select_for_update(no_key=True, of=("invoice", "self"))
    found = list(locking.order_by("invoice_id", "created_at", "pk"))
    for payment in found:
        payment.invoice = _known(payment.invoice)
    return found


@contextmanager
def tracked(invoice: Invoice, *, at: datetime) -> Iterator[Invoice]:
    """Lock an invoice, let the caller change and save it, and publish `invoice.updated` where its object differs.

    Raises:
        NotFound: it was deleted.
    """
    # A savepoint, since some callers are between transactions, and go on after a refusal.
    with transaction.atomic(savepoint=not together.is_open()), together.opened():
        row = locked(invoice)
        before = events.spell(row)
        yield row
        after = events.spell(row)
        previous = events.difference(before, after)
        if previous:
            events.publish("invoice.updated", row, previous=previous, snapshot=after, at=at)


@contextmanager
def tracked_customer(customer: Customer, *, at: datetime) -> Iterator[Customer]:
    """Let the caller change and save a locked customer, and publish `customer.updated` where the object differs."""
    before = events.spell(customer)
    yield customer
    after = events.spell(customer)
    previous = events.difference(before, after)
    if previous and not customer.is_deleted:
        events.publish("customer.updated", customer, previous=previous, snapshot=after, at=at)


def set_delinquent(invoice: Invoice, *, is_delinquent: bool, at: datetime) -> None:
    """Let a locked invoice's customer owe, or not owe, what should have been paid."""
    customer = invoice.customer
    if customer.is_delinquent == is_delinquent:
        return
    with tracked_customer(customer, at=at):
        customer.is_delinquent = is_delinquent
        together.save(customer, "is_delinquent")


def move(invoice: Invoice, target: Invoice.Status) -> str:
    """Give a locked invoice its next status, and return the event that tells of it.

    Raises:
        InvalidState: the table does not have the move.
    """
    event = Invoice.TRANSITIONS.event(invoice.status, target, noun="invoice")
    invoice.status = target
    return event


def remaining(invoice: Invoice) -> int:
    """Return what is still to be paid, in minor units: the database's `amount_remaining`, before it is saved."""
    return invoice.amount_due - invoice.amount_paid - invoice.pre_payment_credit


def request_rest(invoice: Invoice) -> None:
    """Write down on what a locked invoice is to be paid by how much is still asked for."""
    left = remaining(invoice)
    if left:
        InvoicePayment.objects.filter(
            invoice=invoice, status=InvoicePayment.Status.OPEN, is_default=True
        ).update(amount_requested=left)


def check_draft(invoice: Invoice, verb: str = "modified") -> None:
    """Refuse to change what was finalized.

    Raises:
        InvalidState: it is no draft.
    """
    if invoice.status != Status.DRAFT:
        raise InvalidState(
            f"This invoice can no longer be {verb}: it was finalized, and is {invoice.status} now.",
            code="invoice_not_editable",
        )


def call(hook: Hook[Join], invoice: Invoice, *, at: datetime) -> None:
    """Let others join in."""
    for join_in in hook:
        join_in(invoice, at)


def snapshot(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as `/v1/` spells it, to tell later what has changed."""
    return events.spell(invoice)


# -- below the public ones --------------------------------------------------------------------------------------------


def _lock(text: str, pks: Sequence[str]) -> list[str]:
    """Lock customers' rows and return their keys.

    Args:
        pks: what the statement names them by.
    """
    scope = tenancy.current()
    rows = statements.fetch(text, [list(pks), scope.site_id, scope.livemode])
    return [pk for (pk,) in rows]


def _read(pks: Sequence[str]) -> list[Customer]:
    """Return locked customers, read apart: what a locking query joins is as it was before it waited for the lock."""
    found = list(Customer.objects.with_defaults().filter(pk__in=pks))
    for customer in found:
        customer.site = tenancy.current().site
        together.remember((Customer, customer.pk), customer)
        discount_owners.remember_owner(customer)
    return found


def _known(invoice: Invoice) -> Invoice:
    """Return what is remembered of a locked invoice; itself from now on where nothing was."""
    known = together.recalled((Invoice, invoice.pk))
    if known is not None:
        return cast("Invoice", known)
    invoice.site, invoice.customer = tenancy.current().site, lock_customer(invoice.customer_id)
    together.remember((Invoice, invoice.pk), invoice)
    return invoice
