"""How a page of ours takes a card: which script talks to which vault, by the gateway that the site chose.

The number goes from the browser to the vault and never through a page's own form. The sandbox's vault takes published
test numbers; a real gateway's own script takes all others, once the dashboard was given the publishable key for it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson
from django.conf import settings

from customers.kit import sealing, tenancy
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Site
from customers.models.sites import CodePolicy
from payments.models import GatewayAccount, PaymentMethod
from payments.services import payment_methods, tokens


class Adapter(StrEnum):
    """The script that gives a card to its vault."""

    BUILTIN = "builtin"
    OMISE = "omise"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class CardVault:
    """Where a page's script brings a card.

    Args:
        publishable_key: the gateway's, for its own script; empty for the built-in vault.
    """

    adapter: Adapter
    publishable_key: str = ""


_KEYS = {
    GatewayAccount.Kind.STRIPE: (Adapter.STRIPE, "publishable_key"),
    GatewayAccount.Kind.OMISE: (Adapter.OMISE, "public_key"),
}
_KINDS = {
    Adapter.BUILTIN: ("card", "us_bank_account", "sepa_debit"),
    Adapter.OMISE: ("card",),
    Adapter.STRIPE: ("card",),
}


def vault() -> CardVault | None:
    """Return where the chosen site's pages bring cards; None where its gateway has no way for pages."""
    livemode = tenancy.current().livemode
    if livemode and settings.DRILL_TIME_FACTOR != 1:
        return None
    account = GatewayAccount.objects.filter(is_active=True).first()
    if account is None or account.kind == GatewayAccount.Kind.SANDBOX:
        return None if livemode else CardVault(Adapter.BUILTIN)
    adapter, name = _KEYS[GatewayAccount.Kind(account.kind)]
    sealed = bytes(account.credentials)
    key = orjson.loads(sealing.unseal(sealed)).get(name, "") if sealed else ""
    return CardVault(adapter, key) if key else None


def kinds() -> tuple[str, ...]:
    """Return the kinds of payment methods that the chosen site's pages can take, as PaymentMethod's."""
    found = vault()
    return _KINDS[found.adapter] if found else ()


def asks_code(site: Site, method: PaymentMethod, *, is_trusted: bool) -> bool:
    """Tell whether a customer who pays with a saved method enters the card's security code again.

    Args:
        is_trusted: whether the customer signed in on a device that they said to trust.
    """
    found = vault()
    if method.kind != PaymentMethod.Kind.CARD or found is None or found.adapter == Adapter.OMISE:
        return False  # Omise takes no code with a saved card
    if site.asks_security_codes == CodePolicy.UNLESS_TRUSTED:
        return not is_trusted
    return site.asks_security_codes == CodePolicy.ALWAYS


def create_method(name: str, *, request_key: str | None = None, at: datetime) -> PaymentMethod:
    """Make a payment method of what a page's script got for a card: a token of ours, or of the gateway's own vault.

    A method that was saved before is nothing that a page can name: whoever knows its id must not pay with it.

    Args:
        request_key: the digest of what asks: the same one finds the method that it made.

    Raises:
        InvalidRequest: it is no card's token, was used before, or has expired.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    try:
        token = tokens.resolve(name, param="token", at=at)
    except NotFound as error:
        raise InvalidRequest(error.message, param="token", code="token_missing") from error
    if tokens.method_kind(token) != PaymentMethod.Kind.CARD:
        raise InvalidRequest("This is no card's token.", param="token", code="token_missing")
    method = payment_methods.create_from_token(token, request_key=request_key, at=at)
    if method.customer_id is not None or method.detached_at is not None:
        raise InvalidRequest(
            "This card's token was used before.", param="token", code="token_already_used"
        )
    return method
