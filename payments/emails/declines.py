"""Why a payment did not go through, in words that its payer understands."""

from django.utils.translation import pgettext

from payments.models import Charge


def reason_of(charge: Charge) -> str:
    """Return why a charge failed, in the active language."""
    return reason_for(charge.decline_code, charge.failure_code)


def reason_for(*codes: str) -> str:
    """Return what the codes of a refusal mean, in the active language; the most exact one is the first."""
    for code in codes:
        if code in _REASONS:
            return _REASONS[code]()
    return pgettext(
        "page",
        "The bank declined the card. No money was taken. Ask your bank, or use another card.",
    )


_REASONS = {
    "insufficient_funds": lambda: pgettext(
        "page", "There is not enough money on the card. No money was taken."
    ),
    "expired_card": lambda: pgettext("page", "The card has expired. Use another one."),
    "incorrect_cvc": lambda: pgettext("page", "The security code is wrong."),
    "payment_intent_authentication_failure": lambda: pgettext(
        "page", "You were not recognised as the card's holder. No money was taken."
    ),
}
