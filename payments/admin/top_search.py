"""What the search in the top bar finds among payments: customers by the last four digits of what they pay with."""

import re

from customers.admin.top_search import Line, line_of
from payments.admin import shown
from payments.models import PaymentMethod

_LAST4 = re.compile(r"(?:[*.\N{BULLET}\s]*)(\d{4})")


def of_last_four(text: str, limit: int) -> list[Line]:
    """Return the customers who have saved a card or account that ends so, the newest one first."""
    match = _LAST4.fullmatch(text)
    if match is None:
        return []
    rows = PaymentMethod.objects.filter(last4=match[1], customer__isnull=False)
    newest = rows.select_related("customer").order_by("-created_at", "-id")[:limit]
    return [line_of(row.customer, shown.method_line(row)) for row in newest]
