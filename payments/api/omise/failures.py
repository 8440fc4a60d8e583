"""Why a charge failed, in Omise's words for each of ours.

Source: https://docs.omise.co/charges-api
"""

_BY_REASON = {
    "account_closed": "invalid_account",
    "debit_not_authorized": "payment_rejected",
    "expired_card": "expired_card",
    "fraudulent": "failed_fraud_check",
    "incorrect_cvc": "invalid_security_code",
    "incorrect_number": "invalid_account_number",
    "insufficient_funds": "insufficient_fund",
    "invalid_account": "invalid_account_number",
    "invalid_cvc": "invalid_security_code",
    "invalid_number": "invalid_account_number",
    "issuer_not_available": "failed_processing",
    "lost_card": "stolen_or_lost_card",
    "merchant_blacklist": "failed_fraud_check",
    "never_received": "failed_processing",
    "new_account_information_available": "invalid_account_number",
    "no_account": "invalid_account",
    "pickup_card": "stolen_or_lost_card",
    "processing_error": "failed_processing",
    "reenter_transaction": "failed_processing",
    "restricted_card": "stolen_or_lost_card",
    "security_violation": "failed_fraud_check",
    "stolen_card": "stolen_or_lost_card",
    "test_mode_live_card": "invalid_account_number",
    "testmode_decline": "invalid_account_number",
    "try_again_later": "failed_processing",
}
_REFUSED = {"card_declined", "authentication_required", "payment_intent_authentication_failure"}
_OTHER_REFUSALS = frozenset(
    {
        "approve_with_id", "authentication_not_handled", "authentication_required", "call_issuer",
        "card_not_supported", "card_velocity_exceeded", "charge_exceeds_source_limit",
        "charge_exceeds_transaction_limit", "charge_exceeds_weekly_limit", "currency_not_supported", "do_not_honor",
        "do_not_try_again", "duplicate_transaction", "generic_decline", "incorrect_address", "incorrect_pin",
        "incorrect_zip", "invalid_amount", "invalid_currency", "invalid_expiry_month", "invalid_expiry_year",
        "invalid_pin", "mobile_device_authentication_required", "no_action_taken", "not_permitted",
        "offline_pin_required", "online_or_offline_pin_required", "payment_intent_authentication_failure",
        "pin_try_exceeded", "revocation_of_all_authorizations", "revocation_of_authorization", "service_not_allowed",
        "stop_payment_order", "transaction_not_allowed", "withdrawal_count_limit_exceeded",
    }
)  # fmt: skip

FAILURES = {**dict.fromkeys(_OTHER_REFUSALS, "payment_rejected"), **_BY_REASON}
"""Omise's failure code by the issuer's reason, or by our failure code where the issuer gave none."""


def failure_of(code: str, decline_code: str) -> str | None:
    """Return Omise's failure code for what a charge says of its failure; None where it has not failed.

    Args:
        code: the charge's failure code.
        decline_code: the issuer's reason, or empty.
    """
    if not code:
        return None
    if code == "card_declined" and decline_code == "processing_error":
        return (
            "payment_rejected"  # the issuer's 3-D Secure cannot be reached: nothing was processed
        )
    return FAILURES.get(decline_code) or FAILURES.get(code) or "failed_processing"
