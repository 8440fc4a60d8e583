"""What the API reference says of shipping rates, and of the shipping of invoices."""

from typing import Any

from customers.api.v1.reference.examples import MADE

__all__ = [
    "BODIES",
    "MEMBERS",
    "MEMBERS_OF",
    "METHODS",
    "OBJECTS",
    "OPERATIONS",
    "PARAMETERS",
    "PATHS",
    "QUERIES",
    "TAGS",
]
Wire = dict[str, Any]
_RATE = "shr_3z8kx1qw6v0mt4hr92cyb7fn"
_AMOUNT: Wire = {"amount": 500, "currency": "usd"}
_ESTIMATE: Wire = {
    "maximum": {"unit": "business_day", "value": 5},
    "minimum": {"unit": "business_day", "value": 3},
}

TAGS: dict[str, str] = {
    "Shipping rates": "What it costs to send what was bought, in one currency or in several. Amounts never change; "
    "make another rate instead, and archive the old one.",
}
MEMBERS: dict[str, str] = {
    "delivery_estimate": "How long it takes; what is left out has no bound.",
    "fixed_amount": "What it costs.",
    "maximum": "At most.",
    "minimum": "At least.",
    "rate": "The tax rate, in whole.",
    "unit": "The unit of time.",
}
MEMBERS_OF: dict[tuple[str, str], str] = {
    **{
        (component, "active"): "Whether something new can be sent at it."
        for component in ("shipping_rate", "shipping_rate_update_params")
    },
    **{
        (component, "display_name"): "The name that customers see."
        for component in ("shipping_rate", "shipping_rate_create_params")
    },
    **{
        (component, "amount"): "What it costs, in minor units."
        for component in ("fixed_amount_hash", "shipping_option_hash", "shipping_option_update",
                          "shipping_rate.fixed_amount")
    },
    ("shipping_rate", "tax_code"): "Always null: Stripe has it, and nothing here gives it a meaning.",
    ("shipping_rate", "type"): "Always `fixed_amount`.",
    ("shipping_rate_create_params", "type"): "Always `fixed_amount`.",
    ("delivery_bound_hash", "value"): "How many of them.",
    ("shipping_cost", "amount_subtotal"): "What it costs before tax, in minor units.",
    ("shipping_cost", "amount_tax"): "What it is taxed, in minor units.",
    ("shipping_cost", "amount_total"): "What it costs with tax, in minor units.",
    ("shipping_cost", "shipping_rate"): "The shipping rate.",
    ("shipping_cost_hash", "shipping_rate"): "A shipping rate that has an amount in the invoice's currency.",
    ("shipping_cost_hash", "shipping_rate_data"): "A shipping rate for this one use, in the place of the other.",
}  # fmt: skip
PARAMETERS: dict[tuple[str, str], str] = {
    ("GetShippingRates", "active"): "Only rates that something new can be sent at, or only the others.",
    ("GetShippingRates", "currency"): "Only rates whose own currency this is.",
}  # fmt: skip
OPERATIONS: dict[str, tuple[str, str]] = {
    "GetShippingRates": ("List all shipping rates", "The newest first."),
    "PostShippingRates": ("Create a shipping rate", ""),
    "PostShippingRatesId": (
        "Update a shipping rate",
        "What it costs stays; another currency can be added.",
    ),
}
OBJECTS: dict[str, Wire] = {
    "shipping_rate": {
        "id": _RATE,
        "object": "shipping_rate",
        "active": True,
        "created": MADE,
        "delivery_estimate": _ESTIMATE,
        "display_name": "Ground",
        "fixed_amount": {
            **_AMOUNT,
            "currency_options": {"usd": {"amount": 500, "tax_behavior": "exclusive"}},
        },
        "livemode": False,
        "metadata": {},
        "tax_behavior": "exclusive",
        "tax_code": None,
        "type": "fixed_amount",
    }
}
BODIES: dict[str, Wire] = {
    "PostShippingRates": {"display_name": "Ground", "fixed_amount": _AMOUNT},
    "PostShippingRatesId": {"active": False},
}
QUERIES: dict[str, Wire] = {}
PATHS: dict[str, str] = {"shipping_rates": _RATE}
METHODS: dict[str, tuple[str, str]] = {
    "GetShippingRates": ("shipping_rates.list", "shippingRates.list"),
    "PostShippingRates": ("shipping_rates.create", "shippingRates.create"),
    "GetShippingRatesId": ("shipping_rates.retrieve", "shippingRates.retrieve"),
    "PostShippingRatesId": ("shipping_rates.update", "shippingRates.update"),
}
