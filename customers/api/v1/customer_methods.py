"""What a request says of the payment methods that a customer comes with."""

from collections.abc import Mapping
from typing import Any

from customers.kit.errors import InvalidRequest

BRINGING = frozenset({"source", "payment_method", "payment_gateway_id"})
"""The parameters that bring methods; a request has one of them at most."""


def param_of(body: Mapping[str, Any]) -> str:
    """Return the parameter that brings payment methods.

    Raises:
        InvalidRequest: there are several.
    """
    given = [param for param in ("source", "payment_method", "payment_gateway_id") if param in body]
    if len(given) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(given)}.", param=given[0]
        )
    return given[0]


def check_import(body: Mapping[str, Any]) -> None:
    """Let a new customer's methods come from the gateway only where both is said: that, and whose (rule P8).

    Raises:
        InvalidRequest: one of them is missing.
    """
    is_wanted, whose = body.get("import_payment_methods"), body.get("payment_gateway_id")
    if is_wanted and not whose:
        raise InvalidRequest(
            "Payment methods are imported from a customer at Stripe: send the customer's ID there (cus_…) as "
            "payment_gateway_id.",
            param="payment_gateway_id",
            code="parameter_missing",
        )
    if whose and not is_wanted:
        raise InvalidRequest(
            "payment_gateway_id says whose payment methods are imported: send import_payment_methods=true with it.",
            param="import_payment_methods",
            code="parameter_missing",
        )


def take_default(body: Mapping[str, Any]) -> None:
    """Take the default out of a new customer's invoice settings: only the method that it comes with can be it.

    Raises:
        InvalidRequest: it is another one.
    """
    chosen = body.get("invoice_settings", {}).pop("default_payment_method", None)
    if chosen is not None and chosen != body.get("payment_method"):
        raise InvalidRequest(
            f"The customer does not have a payment method with the ID {chosen}. The payment method must be attached to "
            "the customer: send it as payment_method too.",
            param="invoice_settings[default_payment_method]",
            code="resource_missing",
        )
