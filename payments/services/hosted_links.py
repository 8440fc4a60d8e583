"""Links by which customers save a card themselves: sealed, short-lived, and good for one card.

A link holds what it needs, so nothing is kept of those that nobody follows. Only the sandbox's vault has a page of its
own for this; a real gateway's fields belong on the customer portal.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.conf import settings

from customers.kit import ids, sealing, tenancy
from customers.kit.errors import InvalidState, NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer
from customers.services import customers
from payments.models import GatewayAccount, PaymentMethod
from payments.services import gateway_accounts, payment_methods, sandbox
from payments.services.sandbox import Visit
from payments.services.vaulting import Vaulted

LIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class HostedLink:
    """A link that was opened.

    Args:
        sealed: the last part of its address.
        key: tells it from others; its card is found by it.
    """

    sealed: str
    customer: Customer
    key: str


def is_possible() -> bool:
    """Tell whether the site's gateway has a page on which customers can type a card."""
    if tenancy.current().livemode:
        return False
    account = GatewayAccount.objects.filter(is_active=True).first()
    return account is None or account.kind == GatewayAccount.Kind.SANDBOX


def make(customer: Customer, *, at: datetime) -> str:
    """Return the address of a fresh page on which this customer can save a card.

    Raises:
        InvalidState: the site's gateway has no such page, or the mode is live.
    """
    if gateway_accounts.active().kind != GatewayAccount.Kind.SANDBOX:
        raise InvalidState(
            "The site's gateway takes cards on pages of its own; only the sandbox has one here.",
            code="hosted_page_missing",
        )
    said = [customer.pk, ids.random_key(), int((at + LIVES).timestamp())]
    sealed = urlsafe_b64encode(sealing.seal(orjson.dumps(said))).decode().rstrip("=")
    return _address(sealed)


def opened(sealed: str, *, at: datetime) -> HostedLink:
    """Return the link with this address.

    Raises:
        NotFound: it is none of ours, or its customer is gone.
        InvalidState: its time is over.
    """
    padded = sealed + "=" * (-len(sealed) % 4)
    try:
        pk, key, until = orjson.loads(sealing.unseal(urlsafe_b64decode(padded)))
    except (sealing.CannotUnseal, ValueError) as error:
        raise NotFound("There is no such page.") from error
    if at.timestamp() > until:
        raise InvalidState("This link is too old.", code="link_expired")
    with every_site():
        customer = Customer.objects.select_related("site").filter(pk=pk, deleted_at=None).first()
    if customer is None:
        raise NotFound("There is no such page.")
    return HostedLink(sealed, customer, key)


def visit(link: HostedLink) -> Visit:
    """Return the vault's page for a link; following it again leads to the same page."""
    with scoped_to(link.customer.site, livemode=link.customer.livemode):
        return sandbox.open_vault(
            gateway_accounts.sandbox(),
            reference=f"link/{link.key}",
            return_url=f"{_address(link.sealed)}/done",
        )


def save(link: HostedLink, *, at: datetime) -> PaymentMethod:
    """Attach the card that was typed on the link's page; once it is attached, this changes nothing.

    Raises:
        InvalidState: no card was typed yet, or it was removed since.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    with scoped_to(link.customer.site, livemode=link.customer.livemode):
        reference = visit(link).token_reference
        if not reference:
            raise InvalidState("No card was entered on this page yet.", code="link_unused")
        account = gateway_accounts.sandbox()
        token = sandbox.vaulted(account, reference)
        vaulted = Vaulted(account, token.reference, token.kind, token.details)
        method = payment_methods.create_vaulted(vaulted, request_key=link.key, at=at)
        customer = customers.get_living(link.customer.pk)
        return payment_methods.attach(method, customer, at=at)


def _address(sealed: str) -> str:
    return f"{settings.PUBLIC_URL}/add-card/{sealed}"
