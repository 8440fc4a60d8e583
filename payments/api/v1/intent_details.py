"""The parameters of a payment intent in the terms of its service."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.kit.errors import InvalidRequest
from customers.models import Customer
from payments.api.v1 import method_inputs, payment_inputs
from payments.api.v1.setup_intents import choice_of_methods
from payments.models import PaymentIntent
from payments.services import payment_methods, tokens

_PLAIN = frozenset(
    {
        "amount", "currency", "description", "receipt_email", "return_url", "setup_future_usage", "shipping",
        "statement_descriptor", "statement_descriptor_suffix", "payment_method_types",
    }
)  # fmt: skip
_CONFIRMING = ("error_on_requires_action", "mandate", "mandate_data", "off_session", "return_url")
_CODE = "payment_method_options[card][cvc_token]"
_OF_CURRENCY = {"usd": "us_bank_account", "eur": "sepa_debit"}


def refuse_what_confirms(body: Mapping[str, Any]) -> None:
    """Refuse parameters that mean nothing before a payment is confirmed.

    Raises:
        InvalidRequest: there is one.
    """
    for name in _CONFIRMING:
        if name in body:
            raise InvalidRequest(
                f"The parameter {name} cannot be passed when creating a PaymentIntent unless confirm is set to true.",
                param=name,
            )
    if _code_token(body):
        raise InvalidRequest(
            "The parameter payment_method_options[card][cvc_token] can only be provided during confirmation.",
            param=_CODE,
        )


def of(
    body: Mapping[str, Any],
    intent: PaymentIntent | None = None,
    *,
    request_key: str,
    at: datetime,
) -> dict[str, Any]:
    """Return what a body says of a payment intent, by its columns.

    Args:
        intent: the one that is changed or confirmed; None where one is made.

    Raises:
        NotFound: the customer or the payment method is not there.
        InvalidRequest: the method is not the customer's, or the types of methods contradict each other.
        CardDeclined: the issuer refuses.
    """
    details = {name: value for name, value in body.items() if name in _PLAIN}
    customer = payment_inputs.customer_of(dict(body))
    if customer is not None:
        details["customer"] = customer
    if "metadata" in body:
        said = body["metadata"]
        details["metadata"] = payment_inputs.given(said) if intent is None else said
    if "capture_method" in body:
        details["captures_manually"] = body["capture_method"] == "manual"
    if "confirmation_method" in body:
        details["confirms_manually"] = body["confirmation_method"] == "manual"
    if "payment_method_options" in body:
        chosen = body["payment_method_options"]
        details["payment_method_options"] = {
            kind: kept for kind, said in chosen.items() if (kept := _kept(said))
        }
    details |= choice_of_methods(body)
    if intent is None and "payment_method_types" not in details:
        details["payment_method_types"] = _types_for(body["currency"])
    owner = customer or (intent.customer if intent is not None else None)
    return details | _method(body, owner, request_key=request_key, at=at)


def confirmation_of(body: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Return what a body says of confirming.

    Raises:
        NotFound: there is no token for a security code with the id that is given.
    """
    confirmation: dict[str, Any] = {}
    code = _code_token(body)
    if code:
        confirmation["security_code"] = tokens.code(code, param=_CODE, at=at)
    if "off_session" in body or "error_on_requires_action" in body:
        # Who wants an error where the customer would have to act, wants it as if nobody could.
        confirmation["off_session"] = bool(
            body.get("off_session") or body.get("error_on_requires_action")
        )
    for name in ("mandate", "return_url"):
        if name in body:
            confirmation[name] = body[name]
    acceptance = method_inputs.acceptance_of(body.get("mandate_data"))
    return {**confirmation, "acceptance": acceptance} if acceptance else confirmation


def _code_token(body: Mapping[str, Any]) -> str:
    card = (body.get("payment_method_options") or {}).get("card") or {}
    return str(card.get("cvc_token") or "")


def _kept(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an intent remembers of a type's options; what is for one try alone is none of it."""
    return {name: value for name, value in (said or {}).items() if name != "cvc_token"}


def _types_for(currency: str) -> list[str]:
    return ["card", *([_OF_CURRENCY[currency]] if currency in _OF_CURRENCY else [])]


def _method(
    body: Mapping[str, Any], owner: Customer | None, *, request_key: str, at: datetime
) -> dict[str, Any]:
    if body.get("payment_method"):
        method = payment_methods.payable(
            body["payment_method"], owner, request_key=request_key, at=at
        )
        return {"payment_method": method}
    if "payment_method_data" in body:
        made = method_inputs.method_of(body["payment_method_data"], request_key=request_key, at=at)
        return {"payment_method": made}
    return {"payment_method": None} if "payment_method" in body else {}
