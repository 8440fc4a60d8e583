"""Tokens: made from a number that is kept nowhere, found by their id, used once.

They are nobody's yet, so they have real time, whatever the test clock of who comes to use them says.
"""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from customers.kit import ids, tenancy
from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.tenancy import every_site
from customers.services import test_clocks
from payments.models import GatewayAccount, PaymentMethod, Token
from payments.services import vaulting
from payments.services.vaulting import Vaulted

LIVES = timedelta(minutes=15)
_KINDS = {"card": Token.Kind.CARD}


@sensitive_variables("details")
def create_card(details: Mapping[str, Any], *, client_ip: str | None = None, at: datetime) -> Token:
    """Make a token for a card.

    Args:
        details: `number`, `exp_month`, `exp_year`, `cvc`, `name`, `address_line1`, …; number and CVC are kept nowhere.
        client_ip: where the request came from.

    Raises:
        InvalidRequest: the site's gateway takes no numbers here, or it is no published test number.
        CardDeclined: the number or the expiry date cannot be right.
    """
    return _create(vaulting.keep({**details, "kind": "card"}, at=at), client_ip, at=at)


@sensitive_variables("details")
def create_bank_account(
    details: Mapping[str, Any], *, client_ip: str | None = None, at: datetime
) -> Token:
    """Make a token for a US bank account.

    Args:
        details: `account_number`, `routing_number`, `account_type`, `account_holder_type`, `account_holder_name`,
            `country`, `currency`.
        client_ip: where the request came from.

    Raises:
        InvalidRequest: the site's gateway takes no numbers here, or it is no published test number.
    """
    return _create(vaulting.keep({**details, "kind": "us_bank_account"}, at=at), client_ip, at=at)


@sensitive_variables("code")
def create_code(code: str, *, client_ip: str | None = None, at: datetime) -> Token:
    """Make a token for the security code of a saved card, which the customer entered again; the code is kept nowhere.

    Raises:
        InvalidRequest: the site's gateway takes no codes here.
        CardDeclined: it cannot be one.
    """
    account, reference = vaulting.keep_code(code)
    token = _code(account, reference, client_ip, at=at)
    token.save(force_insert=True)
    return token


def code(pk: str, *, param: str, at: datetime) -> Token:
    """Return the token of a security code: one of ours, or one of the gateway's own vault, unsaved.

    Raises:
        NotFound: there is none.
    """
    token = Token.objects.filter(pk=pk, kind=Token.Kind.CVC_UPDATE).first()
    if token is not None:
        return token
    account = vaulting.is_own_code(pk)
    if account is None:
        raise NotFound(f"No such token: '{pk}'", param=param)
    return _code(account, pk, None, at=at)


def get(pk: str, *, param: str = "id") -> Token:
    """Return a token.

    Raises:
        NotFound: the site has none with this id.
    """
    token = Token.objects.select_related("gateway_account").filter(pk=pk).first()
    if token is None:
        raise NotFound(f"No such token: '{pk}'", param=param)
    return token


def resolve(pk: str, *, param: str = "source", at: datetime) -> Token:
    """Return a token by its id: one of ours, a test token, or one of the gateway's own vault.

    The latter two are returned unsaved; `use` writes them down.

    Raises:
        NotFound: there is none.
    """
    rows = Token.objects.select_related("gateway_account").exclude(kind=Token.Kind.CVC_UPDATE)
    token = rows.filter(pk=pk).first()
    if token is not None:
        return token
    vaulted = vaulting.known(pk, at=at)
    if vaulted is None:
        raise NotFound(f"No such token: '{pk}'", param=param)
    return _token(vaulted, None, at=at)


def use(token: Token, *, by: str | None = None, at: datetime) -> Token:
    """Use a token up.

    Args:
        by: the digest of the request's idempotency key: the same request may use the token again.

    Raises:
        InvalidRequest: it was used before, or has expired.
    """
    with transaction.atomic():
        if not token._state.adding:
            token = (
                Token.objects.select_for_update(no_key=True, of=("self",))
                .select_related("gateway_account")
                .get(pk=token.pk)
            )
        if token.used_at is not None:
            if by and token.used_by == by:
                return token
            raise InvalidRequest(
                f"You cannot use a token more than once: {token.pk}.", code="token_already_used"
            )
        at = test_clocks.real(at)
        if token.expires_at <= at:
            raise InvalidRequest(f"This token has expired: {token.pk}.", code="token_expired")
        if token._state.adding:
            token = copy(token)  # the caller's stays unsaved, should its transaction be rolled back
        token.used_at, token.used_by = at, by or ""
        token.save()
    return token


def expire(*, at: datetime) -> int:
    """Delete tokens that are of no use any more, a day after their time; return how many."""
    with every_site():
        deleted, _ = Token.objects.filter(expires_at__lt=at - timedelta(days=1)).delete()
    return deleted


def method_kind(token: Token) -> str:
    """Return the kind of payment method that a token becomes."""
    is_card = token.kind == Token.Kind.CARD
    return PaymentMethod.Kind.CARD if is_card else PaymentMethod.Kind.US_BANK_ACCOUNT


def _code(account: GatewayAccount, reference: str, client_ip: str | None, *, at: datetime) -> Token:
    scope, at = tenancy.current(), test_clocks.real(at)
    return Token(
        id=f"cvctok_{ids.random_key()}",
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        gateway_account=account,
        gateway_reference=reference,
        kind=Token.Kind.CVC_UPDATE,
        client_ip=client_ip,
        expires_at=at + LIVES,
    )


def _create(vaulted: Vaulted, client_ip: str | None, *, at: datetime) -> Token:
    token = _token(vaulted, client_ip, at=at)
    token.save(force_insert=True)
    return token


def _token(vaulted: Vaulted, client_ip: str | None, *, at: datetime) -> Token:
    scope, at = tenancy.current(), test_clocks.real(at)
    kind = _KINDS.get(vaulted.kind, Token.Kind.BANK_ACCOUNT)
    prefix = PaymentMethod.SOURCE_PREFIXES[vaulted.kind]
    return Token(
        id=("tok" if kind == Token.Kind.CARD else "btok") + f"_{ids.random_key()}",
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        gateway_account=vaulted.account,
        gateway_reference=vaulted.reference,
        kind=kind,
        details={**vaulted.details, "id": ids.new(prefix)},  # the id it will have as a source
        client_ip=client_ip,
        expires_at=at + LIVES,
    )
