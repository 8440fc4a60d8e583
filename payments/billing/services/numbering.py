"""The numbers of a customer's invoices: one after the other, without gaps, each once.

A number is drawn under the customer's lock in the transaction that finalizes the invoice: one that is rolled back has
drawn none. A draft may have a number of its own, which must not look like one that is drawn: so none is ever missing
in between, whatever becomes of the draft.
"""

import re

from customers.kit import together
from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer
from payments.billing.models import Invoice

_DRAWN = re.compile(r"([A-Z0-9]{1,12})-[0-9]+")


def draw(customer: Customer) -> str:
    """Return the next number for a locked customer, whom the caller saves.

    Where the merchant has set the count back, numbers that were used are passed over.

    Raises:
        InvalidState: a draft has it, from before the customer's prefix was what it is now.
    """
    number = candidate(customer)
    if _is_used(number):
        customer.next_invoice_sequence = _first_free(customer)
        number = candidate(customer)
        _check_undrafted(number)
    customer.next_invoice_sequence += 1
    return number


def candidate(customer: Customer, ahead: int = 0) -> str:
    """Return the number that a customer is given next unless it was used, or one behind it."""
    return _spelled(customer.invoice_prefix, customer.next_invoice_sequence + ahead)


def key(number: str) -> tuple[str, str]:
    """Return under what it is remembered whether a number was used."""
    return ("number is used", number)


def _is_used(number: str) -> bool:
    known: bool | None = together.recalled(key(number))
    return Invoice.objects.filter(number=number).exists() if known is None else known


def check_own(number: str, invoice: Invoice) -> None:
    """Refuse a number that a draft cannot have of its own; none is always well.

    Raises:
        InvalidRequest: another invoice has it, or it is one of those that are drawn.
    """
    if not number:
        return
    if Invoice.objects.filter(number=number).exclude(pk=invoice.pk).exists():
        raise taken(number)
    drawn = _DRAWN.fullmatch(number)
    if drawn and Customer.objects.filter(invoice_prefix=drawn[1]).exists():
        raise InvalidRequest(
            f"Numbers that begin with {drawn[1]}-, a customer's invoice prefix, are drawn one after the other, so an "
            "invoice cannot be given one.",
            param="number",
        )


def taken(number: str) -> InvalidRequest:
    """Return the error that tells that another invoice has a number."""
    return InvalidRequest(
        f"An invoice with the number {number} exists already.",
        param="number",
        code="resource_already_exists",
    )


def _first_free(customer: Customer) -> int:
    prefix = customer.invoice_prefix
    rows = Invoice.objects.filter(number__startswith=f"{prefix}-")
    finalized = rows.exclude(status=Invoice.Status.DRAFT)
    used = set(finalized.values_list("number", flat=True))
    sequence = customer.next_invoice_sequence
    while _spelled(prefix, sequence) in used:
        sequence += 1
    return sequence


def _check_undrafted(number: str) -> None:
    holder = Invoice.objects.filter(number=number).first()
    if holder is not None:
        raise InvalidState(
            f"The next number, {number}, is that of the draft {holder.pk}: finalize it first, or give it another.",
            code="resource_already_exists",
        )


def _spelled(prefix: str, sequence: int) -> str:
    return f"{prefix}-{sequence:04d}"
