"""What customers agree to when they let their bank account be debited.

Sources: https://docs.stripe.com/payments/ach-direct-debit#mandates,
https://docs.stripe.com/payments/sepa-debit#mandates
"""

from django.utils.translation import pgettext

from payments.models import PaymentMethod

Kind = PaymentMethod.Kind


def of(kind: str, merchant: str) -> str:
    """Return the mandate's text in the language that is active; empty for a card, which needs none."""
    if kind == Kind.US_BANK_ACCOUNT:
        return _ach() % {"merchant": merchant}
    return _sepa() % {"merchant": merchant} if kind == Kind.SEPA_DEBIT else ""


def _ach() -> str:
    return pgettext(
        "page",
        "I authorize %(merchant)s to debit this bank account for any amount that I owe for purchases from "
        "%(merchant)s or the use of its services, as agreed with %(merchant)s, until I revoke this "
        "authorization. I can change or cancel it at any time by telling %(merchant)s 30 days before. For "
        "regular purchases or services, I authorize regular debits. Payments outside of them are debited only "
        "after I have authorized them.",
    )


def _sepa() -> str:
    return pgettext(
        "page",
        "I authorize (A) %(merchant)s and its payment service provider to send instructions to my bank to debit "
        "my account, and (B) my bank to debit my account in accordance with those instructions. I am entitled "
        "to a refund from my bank under the terms of my agreement with it. A refund must be claimed within 8 "
        "weeks of the date on which my account was debited. My rights are explained in a statement that I can "
        "obtain from my bank. I agree to be told of future debits up to 2 days before they occur.",
    )
