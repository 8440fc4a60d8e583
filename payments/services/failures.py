"""Why charges fail, in the fewer words that Omise has for it.

Source: https://docs.omise.co/charges-api (failure codes)
"""

OTHER = "payment_rejected"
CODES = {
    "failed_fraud_check": ("fraudulent", "highest_risk_level", "merchant_blacklist"),
    "failed_processing": ("processing_error", "never_received", "issuer_not_available", "try_again_later"),
    "insufficient_fund": ("insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded"),
    "invalid_account_number": ("invalid_account", "incorrect_number", "invalid_number", "account_closed"),
    "invalid_security_code": ("incorrect_cvc", "invalid_cvc"),
    "payment_cancelled": ("payment_intent_authentication_failure", "canceled"),
    "stolen_or_lost_card": ("lost_card", "stolen_card", "pickup_card"),
}  # fmt: skip
"""Our failure and decline codes by Omise's failure code; what is none of these was rejected."""

_OMISES = {ours: theirs for theirs, codes in CODES.items() for ours in codes}


def code_of(failure_code: str, decline_code: str = "") -> str | None:
    """Return Omise's code for why a charge failed; None where it did not."""
    if not failure_code:
        return None
    return _OMISES.get(decline_code) or _OMISES.get(failure_code) or OTHER
