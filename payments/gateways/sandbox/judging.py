"""What the sandbox answers, decided from the card and the request alone; nothing is written here."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from payments.gateways.base import Authorization, Outcome, Result
from payments.gateways.sandbox import vault
from payments.gateways.sandbox.behaviours import (
    BEHAVIOURS,
    NEEDS_AUTHENTICATION,
    Authentication,
    Behaviour,
)
from payments.gateways.sandbox.vault import Instrument
from payments.money import share

_PERCENTAGE, _FIXED = 290, 30  # basis points, and minor units: the fee for a card
_DEBIT_PERCENTAGE, _DEBIT_MOST = 80, 500  # the fee for a debit
_SCORES = {"normal": 20, "elevated": 68, "highest": 92}


def fee(amount: int, kind: str) -> int:
    """Return what the acquirer keeps of an amount, in the same minor units."""
    if kind == "card":
        return min(amount, share(amount, _PERCENTAGE) + _FIXED)
    return min(share(amount, _DEBIT_PERCENTAGE), _DEBIT_MOST)


def of_charge(instrument: Instrument, request: Authorization) -> Outcome:
    """Return the outcome of a charge as it is asked for."""
    behaviour = instrument.behaviour
    if _has_to_authenticate(instrument, off_session=request.off_session):
        return _without_customer() if request.off_session else Outcome(Result.ACTION_REQUIRED)
    if instrument.kind != "card":
        return Outcome(Result.WAITING, details=_said_of_debit())
    if request.security_code and not vault.fits(instrument, request.security_code):
        return declined(BEHAVIOURS["incorrect_cvc"], instrument)
    return _of_card(behaviour, instrument, request.money.amount, takes_now=request.takes_now)


def of_authenticated(instrument: Instrument, amount: int, *, takes_now: bool) -> Outcome:
    """Return the outcome of a charge once the customer has authenticated."""
    outcome = _of_card(instrument.behaviour, instrument, amount, takes_now=takes_now)
    secure = {
        "authentication_flow": "challenge",
        "result": "authenticated",
        "result_reason": None,
        "version": "2.2.0",
        "electronic_commerce_indicator": "05",
    }
    return replace(outcome, details={**outcome.details, "three_d_secure": secure})


def of_debit(instrument: Instrument, amount: int) -> Outcome:
    """Return the outcome of a debit once the bank has told."""
    behaviour = instrument.behaviour
    if behaviour.code:
        return Outcome(
            Result.DECLINED,
            code=behaviour.code,
            message=behaviour.message,
            details=_said_of_debit(),
        )
    return Outcome(Result.DONE, fee=fee(amount, instrument.kind), details=_said_of_debit())


def of_setup(instrument: Instrument, *, off_session: bool) -> Outcome:
    """Return the outcome of checking a method for later charges."""
    behaviour = instrument.behaviour
    if instrument.kind == "us_bank_account" and instrument.verification != "verified":
        return Outcome(Result.WAITING)
    if _sets_up_with_challenge(behaviour) and not instrument.is_set_up:
        return _without_customer() if off_session else Outcome(Result.ACTION_REQUIRED)
    if behaviour.code and not behaviour.can_be_saved:
        return declined(behaviour, instrument)
    return Outcome(Result.DONE)


def expired(
    instrument: Instrument, told: tuple[int, int] | None, *, at: datetime
) -> Outcome | None:
    """Return the refusal of a card that has expired since it was saved; None where it has not.

    Args:
        told: year and month of the expiry as the merchant has them, who may have been told of a renewed card.
    """
    saved = (instrument.shown.get("exp_year"), instrument.shown.get("exp_month"))
    year, month = told or saved
    if not year or not month or (year, month) >= (at.year, at.month):
        return None
    return declined(BEHAVIOURS["expired_card"], instrument)


def failed_authentication(noun: str) -> Outcome:
    """Return the outcome where the customer did not authenticate.

    Args:
        noun: `payment_intent` or `setup_intent`.
    """
    return Outcome(
        Result.DECLINED,
        code=f"{noun}_authentication_failure",
        message="We are unable to authenticate your payment method. "
        "Please choose a different payment method and try again.",
    )


def declined(behaviour: Behaviour, instrument: Instrument) -> Outcome:
    """Return the issuer's refusal."""
    status = "not_sent_to_network" if behaviour.is_blocked else "declined_by_network"
    reason = "highest_risk_level" if behaviour.is_blocked else behaviour.decline_code
    said = {
        **_said(behaviour, instrument),
        "network_status": status,
        "reason": reason,
        "type": "blocked" if behaviour.is_blocked else "issuer_declined",
        "seller_message": "The payment was blocked as too risky."
        if behaviour.is_blocked
        else f"The bank returned the decline code `{behaviour.decline_code}`.",
        "authorization_code": None,
        "network_transaction_id": None,
    }
    return Outcome(
        Result.DECLINED,
        code=behaviour.code,
        decline_code=behaviour.decline_code,
        message=behaviour.message,
        details=said,
    )


def needs_authentication(behaviour: Behaviour) -> bool:
    """Tell whether customers have to authenticate when they pay or save the method."""
    return behaviour.authentication != Authentication.NEVER


def checks(behaviour: Behaviour, instrument: Instrument) -> dict[str, str]:
    """Return what the issuer says of the security code and the address, as far as they were given."""
    shown = instrument.shown
    return {
        "cvc_check": behaviour.cvc if shown.get("cvc_check") else "",
        "address_line1_check": behaviour.line1 if shown.get("address_line1") else "",
        "address_postal_code_check": behaviour.postal_code if shown.get("address_zip") else "",
    }


def _of_card(
    behaviour: Behaviour, instrument: Instrument, amount: int, *, takes_now: bool
) -> Outcome:
    if behaviour.code:
        return declined(behaviour, instrument)
    kept = fee(amount, instrument.kind) if takes_now else 0
    return Outcome(Result.DONE, fee=kept, details=_said(behaviour, instrument))


def _has_to_authenticate(instrument: Instrument, *, off_session: bool) -> bool:
    match instrument.behaviour.authentication:
        case Authentication.ALWAYS:
            return True
        case Authentication.UNLESS_SET_UP:
            return not (off_session and instrument.is_set_up)
        case Authentication.ON_SESSION:
            return not off_session
        case _:
            return False


def _sets_up_with_challenge(behaviour: Behaviour) -> bool:
    return behaviour.authentication in {Authentication.ALWAYS, Authentication.UNLESS_SET_UP}


def _without_customer() -> Outcome:
    return Outcome(
        Result.DECLINED,
        code="authentication_required",
        decline_code="authentication_required",
        message=NEEDS_AUTHENTICATION,
        details={
            "network_status": "declined_by_network",
            "reason": "authentication_required",
            "type": "issuer_declined",
            "risk_level": "normal",
            "risk_score": _SCORES["normal"],
            "seller_message": "The bank asks for the customer's authentication.",
        },
    )


def _said(behaviour: Behaviour, instrument: Instrument) -> dict[str, Any]:
    return {
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": behaviour.risk,
        "risk_score": _SCORES[behaviour.risk],
        "seller_message": "Payment complete.",
        "type": "authorized",
        "authorization_code": f"{secrets.randbelow(1_000_000):06}",
        "network_transaction_id": str(10**14 + secrets.randbelow(9 * 10**14)),
        **checks(behaviour, instrument),
    }


def _said_of_debit() -> dict[str, Any]:
    return {
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "not_assessed",
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
