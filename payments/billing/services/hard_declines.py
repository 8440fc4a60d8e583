"""Declines after which the same method is not charged again by itself: what failed would fail again.

The tries of an invoice go on by their calendar, and charge again once there is another method to charge.

Source: https://docs.stripe.com/billing/revenue-recovery/smart-retries (non-retryable decline codes)
"""

from payments.billing.models import Invoice
from payments.models import Charge, PaymentMethod

FINAL = frozenset(
    {
        "account_closed", "authentication_required", "expired_card", "highest_risk_level", "incorrect_number",
        "invalid_account", "lost_card", "no_account", "pickup_card", "revocation_of_all_authorizations",
        "revocation_of_authorization", "stolen_card", "transaction_not_allowed",
    }
)  # fmt: skip
"""Decline codes, and failure codes where there is no decline code: Stripe's list, and what is as final."""


def is_final(charge: Charge) -> bool:
    """Tell whether a failed charge's method is not to be charged again by itself."""
    return (charge.decline_code or charge.failure_code) in FINAL


def has_refused(invoice: Invoice, method: PaymentMethod) -> bool:
    """Tell whether a method was declined for an invoice in such a way."""
    if not invoice.attempt_count:
        return False
    failed = Charge.objects.filter(
        payment_intent=invoice.payment_intent_id,
        payment_method=method,
        status=Charge.Status.FAILED,
    )
    return any(is_final(charge) for charge in failed)
