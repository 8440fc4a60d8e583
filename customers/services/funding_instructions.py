"""Bank accounts to which customers send money for their cash balance; in test mode they are made up.

Each customer has numbers of their own, which follow from their id, so that nothing has to be kept. No bank knows them:
money comes by `cash_balances.fund`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.models import Customer

TRANSFERS = {
    "eur": "eu_bank_transfer",
    "gbp": "gb_bank_transfer",
    "jpy": "jp_bank_transfer",
    "mxn": "mx_bank_transfer",
    "usd": "us_bank_transfer",
}
"""What Stripe calls a transfer in a currency; in others nobody can send money to an account of one's own."""

EU_COUNTRIES = ("DE", "FR", "IE", "NL")
_COUNTRIES = {"gbp": "GB", "jpy": "JP", "mxn": "MX", "usd": "US"}
_LOCAL = {
    "eur": ("iban", ("sepa",)),
    "gbp": ("sort_code", ("bacs", "fps")),
    "jpy": ("zengin", ("zengin",)),
    "mxn": ("spei", ("spei",)),
}
"""By currency, how accounts are addressed, and by which networks money comes."""
_BANK_PARTS = {"DE": ("", 18), "FR": ("", 23), "IE": ("TEST", 14), "NL": ("TEST", 10)}
"""By country, the letters and the number of digits that an IBAN has behind its check digits."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account.

    Args:
        kind: how it is addressed, in Stripe's words, such as `iban`.
        country: where it is, ISO 3166-1 alpha-2.
        numbers: what addresses it.
        networks: by which money can come.
    """

    kind: str
    country: str
    numbers: Mapping[str, str]
    networks: tuple[str, ...]


def accounts(customer: Customer, *, currency: str, country: str = "") -> list[Account]:
    """Return the accounts to which a customer can send money in a currency; test mode only.

    Args:
        country: for euros, where the account is to be: one of `EU_COUNTRIES`.

    Raises:
        InvalidRequest: this is live mode, or there are no accounts in this currency.
    """
    if tenancy.current().livemode:
        raise InvalidRequest(
            "Funding instructions are only given in test mode.", code="testmode_only"
        )
    if currency not in TRANSFERS:
        raise InvalidRequest(
            f"Money cannot be sent in `{currency}`; use one of {', '.join(TRANSFERS)}.",
            param="currency",
        )
    if currency == "usd":
        account = _digits(customer, currency, 12)
        return [
            Account(
                "aba", "US", _us(account, routing_number="999999999"), ("ach", "domestic_wire_us")
            ),
            Account("swift", "US", _us(account, swift_code="TSTEZ122"), ("swift",)),
        ]
    where = country or _COUNTRIES[currency]
    kind, networks = _LOCAL[currency]
    return [Account(kind, where, _numbers(customer, kind, where), networks)]


def _numbers(customer: Customer, kind: str, country: str) -> dict[str, str]:
    """Return what addresses an account outside of the United States."""
    if kind == "iban":
        return _iban(customer, country)
    if kind == "sort_code":
        return {"account_number": _digits(customer, kind, 8), "sort_code": "000000"}
    if kind == "zengin":
        return _zengin(_digits(customer, kind, 7))
    return {"bank_code": "000", "bank_name": "TEST BANK", "clabe": _digits(customer, kind, 18)}


def _us(account: str, **more: str) -> dict[str, str]:
    return {
        "account_number": account,
        "account_type": "checking",
        "bank_name": "Test Bank",
        **more,
    }


def _zengin(account: str) -> dict[str, str]:
    return {
        "account_number": account,
        "account_type": "futsu",
        "bank_code": "0000",
        "bank_name": "Test Bank",
        "branch_code": "000",
        "branch_name": "Test Branch",
    }


def _iban(customer: Customer, country: str) -> dict[str, str]:
    letters, count = _BANK_PARTS[country]
    own = letters + _digits(customer, country, count)
    checked = "".join(str(int(sign, 36)) for sign in f"{own}{country}00")
    return {
        "bic": "TSTEZ122",
        "country": country,
        "iban": f"{country}{98 - int(checked) % 97:02}{own}",
    }


def _digits(customer: Customer, about: str, count: int) -> str:
    """Return digits that are always the same for a customer."""
    digest = hashlib.sha256(f"{customer.pk} {about}".encode()).hexdigest()
    return f"{int(digest, 16) % 10**count:0{count}}"
