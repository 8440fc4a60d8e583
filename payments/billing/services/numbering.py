"""The numbers of a customer's invoices: one after the other, without gaps, each once.

A number is drawn under the customer's lock in the transaction that finalizes the invoice: one that is rolled back has
drawn none.
"""

from customers.kit import together
from customers.models import Customer
from payments.billing.models import Invoice


def draw(customer: Customer) -> str:
    """Return the next number for a locked customer, whom the caller saves.

    Where the merchant has set the count back, numbers that were used are passed over.
    """
    number = candidate(customer)
    if _is_used(number):
        customer.next_invoice_sequence = _first_free(customer)
        number = candidate(customer)
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


def _first_free(customer: Customer) -> int:
    prefix = customer.invoice_prefix
    rows = Invoice.objects.filter(number__startswith=f"{prefix}-")
    used = set(rows.values_list("number", flat=True))
    sequence = customer.next_invoice_sequence
    while _spelled(prefix, sequence) in used:
        sequence += 1
    return sequence


def _spelled(prefix: str, sequence: int) -> str:
    return f"{prefix}-{sequence:04d}"
