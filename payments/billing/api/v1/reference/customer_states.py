"""What the API reference says of a customer's state."""

from typing import Any

from customers.api.v1.reference import examples
from payments.billing.api.v1.reference.invoice_examples import OBJECTS as INVOICES
from payments.billing.api.v1.reference.subscriptions import OBJECTS as SUBSCRIPTIONS

Wire = dict[str, Any]
_STATE = "customer_state"

TAGS: dict[str, str] = {}
MEMBERS: dict[str, str] = {"open_invoices": "The newest invoices that are open, ten at most."}
MEMBERS_OF: dict[tuple[str, str], str] = {
    (_STATE, "amount_due"): "What all open invoices still ask for, in minor units by currency.",
    (_STATE, "currency"): "The currency of the balance; null before the customer is billed.",
    (_STATE, "customer"): "The customer in full.",
    (_STATE, "default_payment_method"): "What invoices are collected with, in full; null where there is none.",
    (_STATE, "subscriptions"): "The newest subscriptions that have not ended, ten at most.",
}  # fmt: skip
PARAMETERS: dict[tuple[str, str], str] = {
    ("GetCustomersCustomerState", "customer"): "The customer."
}
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetCustomersCustomerState": (
        "Retrieve a customer's state",
        (
            "Not part of Stripe's API: the customer, the default payment method, running subscriptions, open invoices "
            "and the balance in one call. A restricted key needs to read customers, invoices, payment methods and "
            "subscriptions."
        ),
    ),
}


def _list(thing: Wire, url: str) -> Wire:
    return {"object": "list", "data": [thing], "has_more": False, "url": url}


OBJECTS: dict[str, Wire] = {
    _STATE: {
        "object": _STATE,
        "amount_due": {"usd": 2000},
        "balance": 0,
        "currency": "usd",
        "customer": examples.OBJECTS["customer"],
        "default_payment_method": None,
        "livemode": False,
        "open_invoices": _list(INVOICES["invoice"], "/v1/invoices"),
        "subscriptions": _list(SUBSCRIPTIONS["subscription"], "/v1/subscriptions"),
    },
}
BODIES: dict[str, Wire] = {}
QUERIES: dict[str, Wire] = {}
PATHS: dict[str, str] = {}
METHODS: dict[str, tuple[str, str]] = {}
