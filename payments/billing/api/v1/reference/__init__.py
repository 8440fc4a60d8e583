"""The words, examples and samples of the API reference for billing, put beside those of payments and customers."""

from types import ModuleType
from typing import Any

from customers.api.v1 import reference as theirs
from payments.billing.api.v1.reference import (
    catalog,
    clocks,
    coupons,
    credit_notes,
    customer_states,
    invoices,
    shipping_rates,
    subscriptions,
)

_PARTS: tuple[ModuleType, ...] = (
    catalog, coupons, clocks, shipping_rates, invoices, credit_notes, subscriptions,
    customer_states,
)  # fmt: skip


def add(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Put the tables of billing beside the others, before the document is described; return it as it is."""
    for part in _PARTS:
        for name in ("TAGS", "MEMBERS", "MEMBERS_OF", "PARAMETERS", "OPERATIONS"):
            getattr(theirs.texts, name).update(getattr(part, name))
        for name in ("OBJECTS", "BODIES", "QUERIES", "PATHS"):
            getattr(theirs.examples, name).update(getattr(part, name))
        theirs.METHODS.update(part.METHODS)
    return result
