"""What a charge keeps of its payment method: `/v1/`'s `payment_method_details`, as it was when the charge was made.

Source: https://docs.stripe.com/api/charges/object#charge_object-payment_method_details
"""

from collections.abc import Mapping
from typing import Any

from payments.models import PaymentMethod

Kind = PaymentMethod.Kind


def of(method: PaymentMethod) -> dict[str, Any]:
    """Return what a charge of the method begins with."""
    kind = Kind(method.kind).value
    return {"type": kind, kind: _SHOWN[Kind(kind)](method)}


def under(details: Mapping[str, Any], mandate: str) -> dict[str, Any]:
    """Return a charge's details with the mandate under which a bank account is debited; cards have none."""
    kind = details["type"]
    return {**details, kind: {**details[kind], "mandate": mandate or None}}


def after(details: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a charge's details with what the gateway told when it settled.

    Args:
        told: `Outcome.details`.
    """
    kind = details.get("type", "")
    inner = dict(details.get(kind) or {})
    inner.update({name: told[name] for name in _TOLD if name in told and name in inner})
    if inner.get("checks") is not None:
        checks = {name: told[name] for name in inner["checks"] if told.get(name)}
        inner["checks"] = {**inner["checks"], **checks}
    return {**details, kind: inner} if kind else dict(details)


_TOLD = ("authorization_code", "network_transaction_id", "three_d_secure")


def _card(method: PaymentMethod) -> dict[str, Any]:
    return {
        "authorization_code": None,
        "brand": method.brand or None,
        "checks": {
            "address_line1_check": method.address_line1_check or None,
            "address_postal_code_check": method.address_postal_code_check or None,
            "cvc_check": method.cvc_check or None,
        },
        "country": method.country or None,
        "exp_month": method.exp_month,
        "exp_year": method.exp_year,
        "fingerprint": method.fingerprint or None,
        "funding": method.funding or None,
        "last4": method.last4 or None,
        "mandate": None,
        "network": method.brand or None,
        "network_transaction_id": None,
        "three_d_secure": None,
        "wallet": None,
    }


def _us_bank_account(method: PaymentMethod) -> dict[str, Any]:
    return {
        "account_holder_type": method.account_holder_type or None,
        "account_type": method.account_type or None,
        "bank_name": method.bank_name or None,
        "fingerprint": method.fingerprint or None,
        "last4": method.last4 or None,
        "mandate": None,
        "payment_reference": None,
        "routing_number": method.bank_code or None,
    }


def _sepa_debit(method: PaymentMethod) -> dict[str, Any]:
    return {
        "bank_code": method.bank_code or None,
        "branch_code": None,
        "country": method.country or None,
        "fingerprint": method.fingerprint or None,
        "last4": method.last4 or None,
        "mandate": None,
    }


_SHOWN = {Kind.CARD: _card, Kind.US_BANK_ACCOUNT: _us_bank_account, Kind.SEPA_DEBIT: _sepa_debit}
