"""The vault: numbers come in and references go out; the number and the security code live in one call's memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.views.decorators.debug import sensitive_variables
from psycopg.types.json import Jsonb

from customers.kit import clock, ids, sealing, statements
from customers.kit.scrubbing import passes_luhn
from payments.gateways.base import Access, Declined, Refused
from payments.gateways.sandbox import bank_accounts, cards
from payments.gateways.sandbox.bank_accounts import PublishedAccount
from payments.gateways.sandbox.behaviours import BEHAVIOURS, Behaviour
from payments.gateways.sandbox.cards import PublishedCard

_COLUMNS = "reference, kind, behaviour, shown::text, customer, is_set_up, verification, tries"
_LONGEST_LIFE = 50  # years of a card
_CODE_LENGTHS = (3, 4)
_CODE_PREFIX = "scvc_"
_TOLD = (
    "address_line1", "address_line2", "address_city", "address_state", "address_zip", "address_country", "email",
    "phone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instrument:
    """A card or bank account as the vault keeps it; `shown` is what anybody may see of it."""

    reference: str
    kind: str
    behaviour_name: str
    shown: Mapping[str, Any]
    customer: str = ""
    is_set_up: bool = False
    verification: str = ""
    tries: int = 0

    @property
    def behaviour(self) -> Behaviour:
        return BEHAVIOURS[self.behaviour_name]


@sensitive_variables()
def keep(access: Access, kind: str, details: Mapping[str, Any], *, at: datetime) -> Instrument:
    """Turn a number into a token.

    Args:
        kind: `card`, `us_bank_account` or `sepa_debit`.
        details: for a card `number`, `exp_month`, `exp_year`, `cvc`, `name`, `address_…`; for a bank account
            `account_number`, `routing_number`, `account_type`, `account_holder_type`, `account_holder_name`; for SEPA
            `iban`.

    Raises:
        Declined: a part of it cannot be right.
        Refused: it is no published test number.
    """
    if kind == "card":
        number, card = _card(str(details.get("number") or ""))
        shown = _of_card(card, details, at=at)
        return _insert(access, kind, card.behaviour, {**shown, **_marks(access, number)})
    number, account = _account(kind, details)
    shown = _of_account(account, details)
    return _insert(access, kind, account.behaviour, {**shown, **_marks(access, number)})


def keep_known(access: Access, name: str, *, at: datetime) -> Instrument | None:
    """Make a token for one of Stripe's well-known ids (`tok_visa`, `pm_card_visa`, …); None for other names."""
    if name in bank_accounts.NAMED:
        account, is_verified = bank_accounts.NAMED[name]
        shown = _of_account(account, {"name": "Jenny Rosen"}) | _marks(access, account.number)
        verification = "verified" if is_verified else ""
        return _insert(access, account.kind, account.behaviour, shown, verification=verification)
    prefix, _, suffix = name.partition("_card_" if name.startswith("pm_") else "_")
    card = cards.NAMED.get(suffix) if prefix in {"tok", "pm"} else None
    if card is None:
        return None
    today = max(at, clock.now())  # what is told of the past is good today, too
    details = {"exp_month": today.month, "exp_year": today.year + 1, "cvc": "123"}
    shown = _of_card(card, details, at=at) | _marks(access, card.number)
    return _insert(access, "card", card.behaviour, shown)


@sensitive_variables()
def judge_code(code: str) -> str:
    """Return a reference for a security code of a saved card: it tells how many digits there were, and no digit.

    What the issuer says of a code is the card's behaviour; that a code can be the card's is judged by its length.

    Raises:
        Declined: it cannot be a code.
    """
    text = code.strip()
    if not (text.isascii() and text.isdigit() and len(text) in _CODE_LENGTHS):
        raise Declined("Your card's security code is invalid.", code="invalid_cvc", param="cvc")
    return f"{_CODE_PREFIX}{len(text)}_{ids.random_key()}"


def fits(instrument: Instrument, code_reference: str) -> bool:
    """Tell whether the code behind a reference can be a card's."""
    length = code_reference.removeprefix(_CODE_PREFIX).partition("_")[0]
    return length in ({"3", "4"} if instrument.shown.get("brand") == "amex" else {"3"})


def is_known(name: str) -> bool:
    """Tell whether a name is one of Stripe's well-known ids."""
    if name.startswith("pm_card_"):
        return name.removeprefix("pm_card_") in cards.NAMED
    return name in bank_accounts.NAMED or (
        name.startswith("tok_") and name.removeprefix("tok_") in cards.NAMED
    )


def find(account: str, reference: str) -> Instrument:
    """Return what stands behind a reference.

    Raises:
        Refused: nothing does, or it was forgotten.
    """
    rows = statements.fetch(
        f"SELECT {_COLUMNS} FROM sandbox.instruments "  # noqa: S608 -- constants
        "WHERE reference = %s AND account = %s AND forgotten_at IS NULL",
        [reference, account],
    )
    if not rows:
        raise Refused(f"No such payment method: '{reference}'", code="resource_missing")
    return _instrument(rows[0])


def find_any(account: str, reference: str) -> Instrument:
    """Return what stands behind a reference, forgotten or not: for what was charged before.

    Raises:
        LookupError: nothing does.
    """
    rows = statements.fetch(
        f"SELECT {_COLUMNS} FROM sandbox.instruments WHERE reference = %s AND account = %s",  # noqa: S608 -- constants
        [reference, account],
    )
    if not rows:
        raise LookupError(reference)
    return _instrument(rows[0])


def save(access: Access, token: Instrument, *, asked_as: str, customer: str) -> Instrument:
    """Make a token chargeable, or a method a customer's; asking again under the same name gives the same one."""
    if not token.reference.startswith("svt_"):
        statements.execute(
            "UPDATE sandbox.instruments SET customer = %s WHERE reference = %s",
            [customer, token.reference],
        )
        return replace(token, customer=customer)
    verification = token.verification or ("pending" if token.kind == "us_bank_account" else "")
    rows = statements.fetch(
        "INSERT INTO sandbox.instruments "  # noqa: S608 -- constants
        "(reference, account, asked_as, kind, behaviour, shown, customer, verification, made_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (account, asked_as) WHERE asked_as <> '' "
        f"DO UPDATE SET asked_as = EXCLUDED.asked_as RETURNING {_COLUMNS}",
        [
            ids.new("spm"), access.account, asked_as, token.kind, token.behaviour_name,
            Jsonb(dict(token.shown)), customer, verification, clock.now(),
        ],
    )  # fmt: skip
    return _instrument(rows[0])


def forget(account: str, reference: str) -> None:
    """Let a method be charged no more, and forget whose it was."""
    statements.execute(
        "UPDATE sandbox.instruments SET forgotten_at = %s, shown = shown - %s::text[] "
        "WHERE reference = %s AND account = %s AND forgotten_at IS NULL",
        [clock.now(), ["name", *_TOLD], reference, account],
    )


def set_up(account: str, reference: str) -> None:
    """Note that the customer authenticated for later charges."""
    statements.execute(
        "UPDATE sandbox.instruments SET is_set_up = true WHERE reference = %s AND account = %s",
        [reference, account],
    )


def verified(account: str, reference: str, verification: str) -> None:
    """Note one more try to verify a bank account, and what came of it."""
    statements.execute(
        "UPDATE sandbox.instruments SET verification = %s, tries = tries + 1 WHERE reference = %s AND account = %s",
        [verification, reference, account],
    )


@sensitive_variables()
def _card(text: str) -> tuple[str, PublishedCard]:
    number = "".join(text.split()).replace("-", "")
    if not (number.isascii() and number.isdigit() and passes_luhn(number)):
        raise Declined("Your card number is incorrect.", code="incorrect_number", param="number")
    card = cards.CARDS.get(number)
    if card is None:
        raise Declined(
            "Your card was declined. Your request was in test mode, but used a card number that is not among the "
            "published test numbers. For a list of them, visit: https://docs.stripe.com/testing.",
            decline_code="test_mode_live_card",
            param="number",
        )
    return number, card


@sensitive_variables()
def _of_card(card: PublishedCard, details: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Return what may be seen of a card."""
    month, year = _expiry(details, at=at)
    code = str(details.get("cvc") or "")
    if code and not (
        code.isascii() and code.isdigit() and len(code) in ({3, 4} if card.brand == "amex" else {3})
    ):
        raise Declined("Your card's security code is invalid.", code="invalid_cvc", param="cvc")
    judged = BEHAVIOURS[card.behaviour].cvc
    return {
        "brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "funding": card.funding,
        "country": card.country,
        "name": str(details.get("name") or ""),
        "first6": card.number[:6],
        "cvc_check": "unchecked" if code else "",
        "has_right_code": bool(code) and judged == "pass",
        **{name: str(details[name]) for name in _TOLD if details.get(name)},
    }


def _expiry(details: Mapping[str, Any], *, at: datetime) -> tuple[int, int]:
    month, year = (_number(details.get(name)) for name in ("exp_month", "exp_year"))
    if not 1 <= month <= 12:  # noqa: PLR2004 -- months
        raise Declined(
            "Your card's expiration month is invalid.",
            code="invalid_expiry_month",
            param="exp_month",
        )
    if 0 <= year < 100:  # noqa: PLR2004 -- two digits
        year += 2000 if year + 2000 < at.year + _LONGEST_LIFE else 1900
    if not at.year <= year <= at.year + _LONGEST_LIFE:
        raise Declined(
            "Your card's expiration year is invalid.", code="invalid_expiry_year", param="exp_year"
        )
    if year == at.year and month < at.month:
        raise Declined(
            "Your card's expiration month is invalid.",
            code="invalid_expiry_month",
            param="exp_month",
        )
    return month, year


def _number(value: Any) -> int:
    text = str(value if value is not None else "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else -1  # noqa: PLR2004 -- a year


@sensitive_variables()
def _account(kind: str, details: Mapping[str, Any]) -> tuple[str, PublishedAccount]:
    name = "iban" if kind == "sepa_debit" else "account_number"
    number = "".join(str(details.get(name) or "").split()).upper()
    account = bank_accounts.ACCOUNTS.get(number)
    if account is None or account.kind != kind:
        raise Refused(
            "In test mode, only the published test bank accounts can be used. For a list of them, visit: "
            "https://docs.stripe.com/testing.",
            code="invalid_bank_account_iban" if name == "iban" else "account_number_invalid",
        )
    if kind == "us_bank_account" and details.get("routing_number") != bank_accounts.ROUTING_NUMBER:
        raise Refused(
            f"In test mode, the routing number of US bank accounts is {bank_accounts.ROUTING_NUMBER}.",
            code="routing_number_invalid",
        )
    return number, account


def _of_account(account: PublishedAccount, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be seen of a bank account."""
    name = details.get("account_holder_name") or details.get("name") or ""
    shown = {"country": account.country, "name": str(name)}
    if account.kind == "sepa_debit":
        return {**shown, "currency": "eur", "bank_code": account.number[4:12], "bank_name": ""}
    return {
        **shown,
        "currency": "usd",
        "bank_name": "Test Bank",
        "routing_number": bank_accounts.ROUTING_NUMBER,
        "bank_code": bank_accounts.ROUTING_NUMBER,
        "account_type": str(details.get("account_type") or "checking"),
        "account_holder_type": str(details.get("account_holder_type") or "individual"),
    }


@sensitive_variables()
def _marks(access: Access, number: str) -> dict[str, str]:
    """Return the last four digits, and what recognises the same number again at the same site."""
    fingerprint = sealing.digest(f"card fingerprint {access.site}", number).hex()[:16]
    return {"last4": number[-4:], "fingerprint": fingerprint}


def _insert(
    access: Access, kind: str, behaviour: str, shown: Mapping[str, Any], *, verification: str = ""
) -> Instrument:
    token = Instrument(ids.new("svt"), kind, behaviour, shown, verification=verification)
    statements.execute(
        "INSERT INTO sandbox.instruments (reference, account, kind, behaviour, shown, verification, made_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [token.reference, access.account, kind, behaviour, Jsonb(dict(shown)), verification, clock.now()],
    )  # fmt: skip
    return token


def _instrument(row: statements.Row) -> Instrument:
    reference, kind, behaviour, shown, customer, is_set_up, verification, tries = row
    return Instrument(
        reference, kind, behaviour, orjson.loads(shown), customer, is_set_up, verification, tries
    )
