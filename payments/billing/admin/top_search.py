"""What the search in the top bar finds of billing: invoices and credit notes by their numbers."""

import re

from customers.admin.top_search import Line, line_of
from payments.billing.models import CreditNote, Invoice

_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9/-]{2,39}")


def of_numbers(text: str, limit: int) -> list[Line]:
    """Return the invoices whose numbers begin so, and the credit note that has this number."""
    number = text.upper()
    if not _NUMBER.fullmatch(number):
        return []
    rows = Invoice.objects.filter(number__startswith=number).exclude(number="")
    invoices = rows.select_related("customer").order_by("number")[:limit]
    notes = CreditNote.objects.filter(number=number).select_related("customer")[:1]
    named: list[Invoice | CreditNote] = [*invoices, *notes]
    return [line_of(row, str(row.customer)) for row in named]
