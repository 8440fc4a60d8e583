"""The numbers of a customer's invoices: one after the other, without gaps, each once.

A number is drawn under the customer's lock in the transaction that finalizes the invoice: one that is rolled back has
drawn none.
"""

from customers.models import Customer
from payments.billing.models import Invoice


def draw(customer: Customer) -> str:
    """Return the next number for a locked customer, whom the caller saves.

    Where the merchant has set the count back, numbers that were used are passed over.
    """
    number = _spelled(customer.invoice_prefix, customer.next_invoice_sequence)
    if Invoice.objects.filter(number=number).exists():
        customer.next_invoice_sequence = _first_free(customer)
        number = _spelled(customer.invoice_prefix, customer.next_invoice_sequence)
    customer.next_invoice_sequence += 1
    return number


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
