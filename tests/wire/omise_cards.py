"""Test cards, as the official libraries for Omise send them."""

import omise

CARD = {
    "name": "John Doe",
    "number": "4242424242424242",
    "expiration_month": 12,
    "expiration_year": 2030,
    "security_code": "123",
    "city": "Bangkok",
    "postal_code": "10200",
}
MASTERCARD = "5555555555554444"
THREE_D_SECURE = "4000002760003184"
SAVED_AND_DECLINED = "4000000000000341"
INSUFFICIENT_FUND, FAILED_PROCESSING = "4111111111140011", "4111111111120013"
"""Omise's own test numbers: they can be saved, and their charges fail."""


def token(number=CARD["number"], **details):
    """Return the id of a token for a card, made with the publishable key."""
    return omise.Token.create(**{**CARD, "number": number, **details}).id
