"""Why charges fail, in the fewer words that Omise has for it.

Source: https://docs.omise.co/charges-api (failure codes); rule C22
"""

from django.db.models import Q

from payments.models import Charge

OTHER = "payment_rejected"
CODES = {
    "expired_card": ("expired_card",),
    "failed_fraud_check": ("fraudulent", "highest_risk_level", "merchant_blacklist", "security_violation"),
    "failed_processing": (
        "issuer_not_available", "never_received", "processing_error", "reenter_transaction", "try_again_later",
    ),
    "insufficient_fund": ("insufficient_funds",),
    "invalid_account": ("account_closed", "no_account"),
    "invalid_account_number": (
        "incorrect_number", "invalid_account", "invalid_number", "new_account_information_available",
        "test_mode_live_card", "testmode_decline",
    ),
    "invalid_security_code": ("incorrect_cvc", "invalid_cvc"),
    "stolen_or_lost_card": ("lost_card", "pickup_card", "restricted_card", "stolen_card"),
}  # fmt: skip
"""Our failure and decline codes by Omise's failure code; what is none of these was rejected."""
NOT_IN_TIME = frozenset({Charge.CANCELED, Charge.SUPERSEDED, "expired"})
"""Failure codes of charges that waited for their customer until it was too late: for Omise they expired."""

_OMISES = {ours: theirs for theirs, codes in CODES.items() for ours in codes}
_UNREACHED = ("card_declined", "processing_error")
"""What is said where the issuer's 3-D Secure cannot be reached: nothing was processed, so it was rejected."""


def code_of(failure_code: str, decline_code: str = "") -> str | None:
    """Return Omise's code for why a charge failed; None where it did not.

    Args:
        decline_code: the issuer's reason, which says more than the failure code; empty where it gave none.
    """
    if not failure_code or failure_code in NOT_IN_TIME:
        return None
    if (failure_code, decline_code) == _UNREACHED:
        return OTHER
    return _OMISES.get(decline_code) or _OMISES.get(failure_code) or OTHER


def with_code(code: str) -> Q:
    """Return what holds of the charges that failed for one of Omise's reasons, as `code_of` tells them."""
    has_failed = ~Q(failure_code="") & ~Q(failure_code__in=NOT_IN_TIME)
    unreached = Q(failure_code=_UNREACHED[0], decline_code=_UNREACHED[1])
    if code == OTHER:
        is_known = Q(decline_code__in=_OMISES) | Q(failure_code__in=_OMISES)
        return has_failed & (unreached | ~is_known)
    of_decline = Q(decline_code__in=CODES[code])
    of_failure = ~Q(decline_code__in=_OMISES) & Q(failure_code__in=CODES[code])
    return has_failed & ~unreached & (of_decline | of_failure)
