"""Stripe's objects, read into the port's."""

from collections.abc import Mapping
from typing import Any

from payments.gateways.base import Outcome, Result

_RESULTS = {
    "succeeded": Result.DONE,
    "requires_capture": Result.DONE,
    "processing": Result.WAITING,
    "requires_action": Result.ACTION_REQUIRED,
    "requires_source_action": Result.ACTION_REQUIRED,
}
_REFUNDS = {
    "succeeded": Result.DONE,
    "pending": Result.WAITING,
    "requires_action": Result.WAITING,
}
_OUTCOME = (
    "network_status", "reason", "risk_level", "risk_score", "seller_message", "type", "network_decline_code",
    "advice_code",
)  # fmt: skip
_CHECKS = ("cvc_check", "address_line1_check", "address_postal_code_check")
DISPUTES = {
    "needs_response": "needs_response", "warning_needs_response": "needs_response",
    "under_review": "under_review", "warning_under_review": "under_review",
    "won": "won", "warning_closed": "won", "prevented": "won",
    "lost": "lost", "charge_refunded": "lost",
}  # fmt: skip
"""Our status by Stripe's."""


def of_intent(intent: Mapping[str, Any]) -> Outcome:
    """Return what became of a payment or setup intent."""
    status = intent["status"]
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, Mapping) else {}
    result = _RESULTS.get(status, Result.DECLINED)
    reference = intent["id"]
    if result == Result.DECLINED:
        return _declined(intent, charge)
    return Outcome(
        result,
        reference=reference,
        action_url=_action_url(intent) if result == Result.ACTION_REQUIRED else "",
        fee=_fee(charge),
        details=_details(charge) | _microdeposits(intent),
    )


def of_refund(refund: Mapping[str, Any]) -> Outcome:
    """Return what became of a refund."""
    result = _REFUNDS.get(refund.get("status") or "succeeded", Result.DECLINED)
    code = refund.get("failure_reason") or "refund_failed" if result == Result.DECLINED else ""
    return Outcome(result, reference=refund["id"], code=code)


def columns(method: Mapping[str, Any]) -> dict[str, Any]:
    """Return what PaymentMethod shows of a method, by its columns."""
    kind = method["type"]
    said: Mapping[str, Any] = method.get(kind) or {}
    if kind == "card":
        checks: Mapping[str, Any] = said.get("checks") or {}
        return {
            **_texts(said, "brand", "last4", "funding", "country", "fingerprint"),
            "exp_month": said.get("exp_month"),
            "exp_year": said.get("exp_year"),
            **{name: checks.get(name) or "" for name in _CHECKS},
        }
    shown = _texts(
        said, "last4", "fingerprint", "bank_name", "account_type", "account_holder_type", "country"
    )
    shown["bank_code"] = said.get("routing_number") or said.get("bank_code") or ""
    if kind == "us_bank_account":
        return {**shown, "country": "US", "currency": "usd", "verification": "pending"}
    return {**shown, "currency": "eur"}


def _texts(said: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: said.get(name) or "" for name in names}


def _declined(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> Outcome:
    if intent["status"] == "canceled":
        return Outcome(
            Result.DECLINED,
            reference=intent["id"],
            code="canceled",
            message="The payment was canceled.",
        )
    error = intent.get("last_payment_error") or intent.get("last_setup_error") or {}
    return Outcome(
        Result.DECLINED,
        reference=intent["id"],
        code=error.get("code") or "card_declined",
        decline_code=error.get("decline_code") or "",
        message=error.get("message") or "Your card was declined.",
        details=_details(charge),
    )


def _action_url(intent: Mapping[str, Any]) -> str:
    action = intent.get("next_action") or {}
    for name in ("redirect_to_url", "verify_with_microdeposits"):
        said = action.get(name) or {}
        if url := said.get("url") or said.get("hosted_verification_url"):
            return str(url)
    return ""


def _microdeposits(intent: Mapping[str, Any]) -> dict[str, Any]:
    said = (intent.get("next_action") or {}).get("verify_with_microdeposits") or {}
    return {"microdeposit_type": said["microdeposit_type"]} if "microdeposit_type" in said else {}


def _fee(charge: Mapping[str, Any]) -> int:
    movement = charge.get("balance_transaction")
    return int(movement.get("fee") or 0) if isinstance(movement, Mapping) else 0


def _details(charge: Mapping[str, Any]) -> dict[str, Any]:
    if not charge:
        return {}
    outcome = charge.get("outcome") or {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    checks = card.get("checks") or {}
    return {
        **{name: outcome.get(name) for name in _OUTCOME if name in outcome},
        **{name: checks.get(name) or "" for name in _CHECKS if card},
        "authorization_code": charge.get("authorization_code"),
        "network_transaction_id": card.get("network_transaction_id"),
        "three_d_secure": card.get("three_d_secure"),
    }
