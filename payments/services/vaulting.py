"""The vault: where a card or account number becomes a reference, in memory and outside our record."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.views.decorators.debug import sensitive_variables

from customers.kit import ids, tenancy
from customers.kit.errors import CardDeclined, GatewayUnavailable, InvalidRequest
from payments.gateways.base import Declined, NotSent, Refused, SavedMethod, Unknown
from payments.models import GatewayAccount
from payments.services import gateway_accounts, sandbox

# How the tokens and methods of the gateways' own vaults are named.
_OWN = {
    GatewayAccount.Kind.STRIPE: re.compile(r"(?:tok|btok|pm|card|ba|src)_[A-Za-z0-9_]{1,60}"),
    GatewayAccount.Kind.OMISE: re.compile(r"(?:tokn|card)_(?:test_)?[a-z0-9]{1,40}"),
}
_CODE = re.compile(r"cvctok_[A-Za-z0-9_]{1,60}")


@dataclass(frozen=True, slots=True)
class Vaulted:
    """What a vault gave.

    Args:
        reference: the gateway's, for saving or charging it.
        kind: as PaymentMethod's.
        details: what may be shown, by PaymentMethod's columns, `name`, `address_…`; empty where nobody told.
    """

    account: GatewayAccount
    reference: str
    kind: str
    details: Mapping[str, Any] = field(default_factory=dict)


@sensitive_variables("details")
def keep(details: Mapping[str, Any], *, at: datetime) -> Vaulted:
    """Give a number to the sandbox's vault, which takes published test numbers.

    Args:
        details: `kind`, and for a card `number`, `exp_month`, `exp_year`, `cvc`, …; for a bank account
            `account_number`, `routing_number`, …; for SEPA `iban`.

    Raises:
        InvalidRequest: the site's gateway is a real one, whose own vault takes numbers; or it is no test number.
        CardDeclined: the number or the expiry date cannot be right.
    """
    account = gateway_accounts.active()
    if account.kind != GatewayAccount.Kind.SANDBOX:
        raise _elsewhere(account, "card" if details["kind"] == "card" else "bank_account")
    token = sandbox.tokenize(account, details, at=at)
    return Vaulted(account, token.reference, token.kind, token.details)


@sensitive_variables("code")
def keep_code(code: str) -> tuple[GatewayAccount, str]:
    """Let the sandbox's vault judge the security code of a saved card, and return its account and reference for that.

    Raises:
        InvalidRequest: the site's gateway is a real one, whose own vault takes codes.
        CardDeclined: it cannot be one.
    """
    account = gateway_accounts.active()
    if account.kind != GatewayAccount.Kind.SANDBOX:
        raise _elsewhere(account, "cvc_update")
    return account, sandbox.judge_code(code)


def is_own_code(name: str) -> GatewayAccount | None:
    """Return the account whose own vault may have made a token for a security code; None where it makes none."""
    account = gateway_accounts.active()
    is_stripes = account.kind == GatewayAccount.Kind.STRIPE and _CODE.fullmatch(name)
    return account if is_stripes else None


def _elsewhere(account: GatewayAccount, param: str) -> InvalidRequest:
    return InvalidRequest(
        "Card and account numbers must not be sent here: let the customer's browser give them to "
        f"{account.get_kind_display()}, and send the token that it returns.",
        param=param,
        code="sensitive_data_rejected",
    )


def known(name: str, *, at: datetime) -> Vaulted | None:
    """Return what a gateway has under a name that is none of ours: one of the sandbox's test ids, or its own token."""
    account = gateway_accounts.active()
    if account.kind != GatewayAccount.Kind.SANDBOX:
        if account.kind == GatewayAccount.Kind.OMISE:
            name = _as_omise_calls_it(name, livemode=account.livemode)
        is_own = _OWN[GatewayAccount.Kind(account.kind)].fullmatch(name)
        return Vaulted(account, name, "card") if is_own else None
    if not sandbox.is_well_known(name):
        return None
    token = sandbox.well_known(account, name, at=at)
    return Vaulted(account, token.reference, token.kind, token.details)


def save(
    account: GatewayAccount, token_reference: str, *, reference: str, customer: Mapping[str, str]
) -> SavedMethod:
    """Let the gateway make a token chargeable, or save a method for a customer; no transaction may be open.

    Raises:
        CardDeclined: the issuer refuses.
        InvalidRequest: the gateway refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    with answering():
        gateway = gateway_accounts.gateway_of(account)
        return gateway.save(token_reference, reference=reference, customer=customer)


@contextmanager
def answering() -> Iterator[None]:
    """Translate a gateway's refusals of what moves no money.

    Raises:
        CardDeclined: the issuer refuses.
        InvalidRequest: the gateway refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    try:
        yield
    except Declined as error:
        extra = {"decline_code": error.decline_code} if error.decline_code else {}
        raise CardDeclined(
            error.message, param=error.param, code=error.code, extra=extra
        ) from error
    except Refused as error:
        raise InvalidRequest(error.message, code=error.code) from error
    except (NotSent, Unknown) as error:
        raise GatewayUnavailable(
            "The payment gateway does not answer; nothing was charged. Try again in a moment."
        ) from error


def _as_omise_calls_it(name: str, *, livemode: bool) -> str:
    """Return the name of a token of Omise's vault; our door for Omise's ids has read it as one of ours."""
    prefix, _, key = name.partition("_")
    return f"tokn_{'' if livemode else 'test_'}{key}" if prefix == "tok" else name


def new_id(prefix: str, request_key: str | None) -> str:
    """Return a fresh id; for a request that runs again after a crash, the one it had before."""
    if not request_key:
        return ids.new(prefix)
    scope = tenancy.current()
    return ids.derived(prefix, f"{scope.site_id} {scope.livemode} {request_key}")
