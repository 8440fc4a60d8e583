"""The sandbox from our side: its vault, its challenges, its book, and the switches for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from customers.kit.errors import CardDeclined, InvalidRequest, NotFound
from payments.gateways.base import Access, Declined, Refused
from payments.gateways.sandbox import book, challenges, vault
from payments.gateways.sandbox import faults as switches
from payments.gateways.sandbox.gateway import ripen
from payments.gateways.sandbox.vault import Instrument
from payments.models import GatewayAccount
from payments.services import gateway_accounts

FAULTS, ACTS = switches.FAULTS, switches.ACTS
"""What `switch_on` takes."""


@dataclass(frozen=True, slots=True)
class VaultToken:
    """What the vault gave for a number.

    Args:
        reference: for `Gateway.save`.
        kind: as PaymentMethod's.
        details: what may be shown: for a card `brand`, `last4`, `first6`, `exp_month`, `exp_year`, `funding`,
            `country`, `name`, `fingerprint`, `cvc_check`, `address_…`; for a bank account `bank_name`, `last4`,
            `routing_number`, ….
    """

    reference: str
    kind: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer's visit to the sandbox's page for authentication.

    Args:
        kind: `authorize` where money is taken, `authenticate` where a method is saved.
        amount: minor units; None where no money is taken.
        state: `open`, `completed` or `failed`.
        return_url: where the customer goes then; empty where nobody said.
    """

    id: str
    kind: str
    state: str
    site_id: str
    amount: int | None
    currency: str
    brand: str
    last4: str
    return_url: str


# -- the vault ---------------------------------------------------------------------------------------------------------


@sensitive_variables("details")
def tokenize(account: GatewayAccount, details: Mapping[str, Any], *, at: datetime) -> VaultToken:
    """Give a number to the vault; it is kept nowhere.

    Args:
        details: `kind`, and for a card `number`, `exp_month`, `exp_year`, `cvc`, `name`, `address_…`; for a US bank
            account `account_number`, `routing_number`, …; for SEPA `iban`.

    Raises:
        CardDeclined: a part of the card cannot be right, or it is no published test number.
        InvalidRequest: it is no published test account.
    """
    with _refusals():
        return _token(vault.keep(_access(account), details["kind"], details, at=at))


@sensitive_variables("code")
def judge_code(code: str) -> str:
    """Let the vault judge a security code, and return its reference for what it found; the code is kept nowhere.

    Raises:
        CardDeclined: it cannot be one.
    """
    with _refusals():
        return vault.judge_code(code)


def is_well_known(name: str) -> bool:
    """Tell whether a name is one of Stripe's test ids: `tok_visa`, `pm_card_visa`, `btok_us_verified`, …."""
    return vault.is_known(name)


def well_known(account: GatewayAccount, name: str, *, at: datetime) -> VaultToken:
    """Return a fresh token for one of Stripe's test ids.

    Raises:
        NotFound: it is none of them.
    """
    token = vault.keep_known(_access(account), name, at=at)
    if token is None:
        raise NotFound(f"No such token: '{name}'", param="id")
    return _token(token)


# -- customers' visits -------------------------------------------------------------------------------------------------


def visit(visit_id: str) -> Visit:
    """Return a visit, for its page.

    Raises:
        NotFound: there is none with this id.
    """
    return _visit(_challenge(visit_id))


def complete(visit_id: str) -> Visit:
    """Let the customer have authenticated: the sandbox carries out what waited for it.

    Raises:
        NotFound: there is no such page.
    """
    return _end(visit_id, completed=True)


def fail(visit_id: str) -> Visit:
    """Let the customer's authentication have failed.

    Raises:
        NotFound: there is no such page.
    """
    return _end(visit_id, completed=False)


# -- the book ----------------------------------------------------------------------------------------------------------


def ledger(account: GatewayAccount | None = None) -> Iterator[dict[str, Any]]:
    """Return the sandbox's own book, the oldest line first; nothing in it comes from our tables.

    It is read as it is iterated, wherever that is, and never as a whole.

    `status` is `succeeded`, `failed`, `pending`, or for a hold `authorized`, `captured` (the money is in the capture's
    own line) and `voided`. Amounts are minor units.

    Args:
        account: whose; the chosen site's in test mode when absent.
    """
    account = account or GatewayAccount.objects.filter(kind=GatewayAccount.Kind.SANDBOX).first()
    if account is None:
        return iter(())
    ripen(account.pk)
    return map(_told, book.lines(account.pk))


# -- switches for tests ------------------------------------------------------------------------------------------------


@contextmanager
def faults(
    fault: str, *, act: str = "", times: int | None = None, **settings: Any
) -> Iterator[None]:
    """Let the site's sandbox fail as long as the block runs, in every process.

    Args:
        fault: one of FAULTS.
        act: one of ACTS, or empty for all.
        times: how often; always when None.
        settings: `seconds` to wait first; `chance` that it happens to an act, up to 1; for `decline` also `code` and
            `decline_code`.
    """
    account = gateway_accounts.active()
    number = switch_on(account, fault, act=act, times=times, **settings)
    try:
        yield
    finally:
        switches.switch_off(account.pk, number)


def switch_on(
    account: GatewayAccount, fault: str, *, act: str = "", times: int | None = None, **settings: Any
) -> int:
    """Let the sandbox fail from now on; arguments as for `faults`. Returns the switch's number.

    Raises:
        InvalidRequest: there is no such fault or act.
    """
    if fault not in FAULTS or act not in {"", *ACTS}:
        raise InvalidRequest(f"Faults are {', '.join(FAULTS)}; acts are {', '.join(ACTS)}.")
    return switches.switch_on(account.pk, fault, act=act, times=times, settings=settings)


def switch_off(account: GatewayAccount) -> None:
    """Let the sandbox work again."""
    switches.switch_off(account.pk)


# -- private -----------------------------------------------------------------------------------------------------------


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Declined as error:
        extra = {"decline_code": error.decline_code} if error.decline_code else {}
        raise CardDeclined(error.message, param=error.param, code=error.code, extra=extra) from None
    except Refused as error:
        raise InvalidRequest(error.message, code=error.code) from None


def _told(line: book.Line) -> dict[str, Any]:
    return {
        "reference": line.reference,
        "amount": line.amount,
        "currency": line.currency,
        "status": line.status,
        "customer": line.customer or None,
        "kind": line.kind,
        "fee": line.fee,
        "gateway_reference": line.id,
        "charge": line.parent,
        "created": int(line.made_at.timestamp()),
    }


def _access(account: GatewayAccount) -> Access:
    return Access(account.pk, account.site_id, account.livemode)


def _token(token: Instrument) -> VaultToken:
    return VaultToken(token.reference, token.kind, token.shown)


def _challenge(visit_id: str, *, is_locked: bool = False) -> challenges.Challenge:
    try:
        return challenges.find(visit_id, is_locked=is_locked)
    except Refused as error:
        raise NotFound(error.message) from error


def _end(visit_id: str, *, completed: bool) -> Visit:
    with transaction.atomic(durable=True):
        challenge = _challenge(visit_id, is_locked=True)
        if challenge.state == "open":
            challenges.end(challenge, completed=completed)
    return visit(visit_id)


def _visit(challenge: challenges.Challenge) -> Visit:
    shown = vault.find_any(challenge.account, challenge.instrument).shown
    return Visit(
        challenge.id,
        challenge.kind,
        challenge.state,
        challenge.site,
        challenge.request.get("amount"),
        challenge.request.get("currency", ""),
        shown.get("brand", ""),
        shown.get("last4", ""),
        challenge.return_url,
    )
