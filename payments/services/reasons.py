"""Why banks dispute charges, in Omise's words.

Source: https://docs.omise.co/disputes-api
"""

OTHER = "other"
CODES = {
    "cancelled_recurring_transaction": ("subscription_canceled",),
    "credit_not_processed": ("credit_not_processed",),
    "duplicate_processing": ("duplicate",),
    "goods_or_services_not_provided": ("product_not_received",),
    "non_matching_account_number": ("incorrect_account_details",),
    "not_as_described_or_defective_merchandise": ("product_unacceptable",),
    "transaction_not_recognised": ("unrecognized",),
    "unauthorized_charge_aka_fraud": ("fraudulent", "debit_not_authorized"),
}
"""Our reasons by Omise's code; what it has no code for is another one."""

_OMISES = {ours: theirs for theirs, reasons in CODES.items() for ours in reasons}


def code_of(reason: str) -> str:
    """Return Omise's code of the reason that a bank gave."""
    return _OMISES.get(reason, OTHER)
