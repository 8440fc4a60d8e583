"""Where a customer is, for tax: from the shipping address, else the billing address (Stripe's order)."""

from dataclasses import dataclass

from babel import Locale

from customers.kit.errors import InvalidRequest

_LETTERS = 2  # in a country's code; regions of several countries have three digits
COUNTRIES = frozenset(
    code for code in map(str, Locale("en").territories) if len(code) == _LETTERS and code.isalpha()
) - {"ZZ", "EU", "UN"}
"""The countries, in ISO 3166-1's two letters."""


@dataclass(frozen=True, slots=True)
class TaxLocation:
    """A place that tax law knows.

    Args:
        source: `shipping_destination` or `billing_address`.
    """

    country: str
    state: str
    source: str


def of_addresses(
    billing: tuple[str, str] | None, shipping: tuple[str, str] | None
) -> TaxLocation | None:
    """Return the location that addresses, given as pairs of country and state, stand for; None for none."""
    for pair, source in ((shipping, "shipping_destination"), (billing, "billing_address")):
        if pair is not None and pair[0] in COUNTRIES:
            return TaxLocation(pair[0], pair[1], source)
    return None


def check(country: str) -> None:
    """Make sure that a country is one that tax law knows.

    Raises:
        InvalidRequest: it is not.
    """
    if country not in COUNTRIES:
        raise InvalidRequest(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically "
            "calculate tax.",
            param="address[country]",
            code="customer_tax_location_invalid",
        )
