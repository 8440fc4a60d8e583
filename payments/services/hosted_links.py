"""Links by which customers save a payment method themselves: sealed, short-lived, and good for one method.

A link holds what it needs, so nothing is kept of those that nobody follows. With the first number that is typed a setup
intent begins, whose id follows from the link; what became of the link is what became of the intent. Only the sandbox's
vault has a page of its own for this; a real gateway's fields belong on the customer portal.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from customers.kit import ids, sealing, tenancy
from customers.kit.errors import InvalidState, NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer
from customers.services import test_clocks
from payments.models import GatewayAccount, Mandate, PaymentMethod, SetupIntent
from payments.services import gateway_accounts, mandates, payment_methods, setup_intents, vaulting

LIVES = timedelta(hours=24)
WAITS_FOR_DEPOSITS = timedelta(days=10)
"""How long after its time a link still takes what a bank statement says of microdeposits."""

KINDS = tuple(PaymentMethod.Kind.values)
Status = SetupIntent.Status
_OVER = {Status.SUCCEEDED, Status.CANCELED}


@dataclass(frozen=True, slots=True)
class HostedLink:
    """A link that was opened.

    Args:
        sealed: the last part of its address.
        key: tells it from others; its setup intent is found by it.
        kinds: of payment methods that it takes, as PaymentMethod's; none once its time is over.
    """

    sealed: str
    customer: Customer
    key: str
    kinds: tuple[str, ...]


def is_possible() -> bool:
    """Tell whether the site's gateway has a page on which customers can type a number."""
    if tenancy.current().livemode:
        return False
    account = GatewayAccount.objects.filter(is_active=True).first()
    return account is None or account.kind == GatewayAccount.Kind.SANDBOX


def make(customer: Customer, *, kinds: Collection[str] = KINDS, at: datetime) -> str:
    """Return the address of a fresh page on which this customer can save a payment method.

    Args:
        kinds: what the customer may choose from.

    Raises:
        InvalidState: the site's gateway has no such page, or the mode is live.
    """
    if gateway_accounts.active().kind != GatewayAccount.Kind.SANDBOX:
        raise InvalidState(
            "The site's gateway takes cards on pages of its own; only the sandbox has one here.",
            code="hosted_page_missing",
        )
    said = [customer.pk, ids.random_key(), int((at + LIVES).timestamp()), list(kinds)]
    sealed = urlsafe_b64encode(sealing.seal(orjson.dumps(said))).decode().rstrip("=")
    return address(sealed)


def address(sealed: str) -> str:
    """Return the address of a link."""
    return f"{settings.PUBLIC_URL}/add-method/{sealed}"


def opened(sealed: str, *, at: datetime) -> HostedLink:
    """Return the link with this address.

    Raises:
        NotFound: it is none of ours, or its customer is gone.
        InvalidState: its time is over, and no bank account waits to be verified by it.
    """
    padded = sealed + "=" * (-len(sealed) % 4)
    try:
        pk, key, until, kinds = orjson.loads(sealing.unseal(urlsafe_b64decode(padded)))
    except (sealing.CannotUnseal, ValueError) as error:
        raise NotFound("There is no such page.") from error
    with every_site():
        customer = Customer.objects.select_related("site").filter(pk=pk, deleted_at=None).first()
    if customer is None:
        raise NotFound("There is no such page.")
    over_for = at.timestamp() - until
    link = HostedLink(sealed, customer, key, () if over_for > 0 else tuple(kinds))
    if over_for > 0 and not (
        over_for <= WAITS_FOR_DEPOSITS.total_seconds() and awaits_deposits(begun(link))
    ):
        raise InvalidState("This link is too old.", code="link_expired")
    return link


def begun(link: HostedLink) -> SetupIntent | None:
    """Return what was begun with a link; None before a number was typed."""
    with _scope(link):
        try:
            return setup_intents.get(_intent_id(link))
        except NotFound:
            return None


def awaits_deposits(intent: SetupIntent | None) -> bool:
    """Tell whether an intent waits for what its customer sees on a bank statement."""
    return (
        intent is not None
        and intent.status == Status.REQUIRES_ACTION
        and (intent.next_action or {}).get("type") == "verify_with_microdeposits"
    )


def mandate_of(link: HostedLink, intent: SetupIntent) -> Mandate | None:
    """Return the customer's permission to debit what was saved; None for a card."""
    with _scope(link):
        return mandates.get(intent.mandate_id) if intent.mandate_id else None


@sensitive_variables("details")
def save(
    link: HostedLink,
    *,
    kind: str,
    details: Mapping[str, Any],
    billing_details: Mapping[str, Any],
    acceptance: Mapping[str, Any] | None = None,
    at: datetime,
) -> SetupIntent:
    """Save what the customer typed on the link's page; the number is kept nowhere.

    What comes of it is in the intent: it succeeded, or the customer is to authenticate, or to wait for microdeposits.
    After a refusal the link takes another number.

    Args:
        kind: one of the link's.
        details: as for `payment_methods.create`.
        acceptance: how the customer permitted debits, as for `mandates.give`.

    Raises:
        InvalidState: the link was used.
        InvalidRequest: it is no published test account, or a debit was not permitted.
        CardDeclined: a part of the card cannot be right, or the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    with _scope(link):
        at = test_clocks.now_for(link.customer, at)
        intent = _begin(link, at=at)
        if intent.status in _OVER:
            raise InvalidState("This link was used.", code="link_used")
        method = payment_methods.create(
            kind=kind, details=details, billing_details=billing_details, at=at
        )
        asked = {"payment_method": method}
        return setup_intents.confirm(intent, details=asked, acceptance=acceptance, at=at)


def verify(link: HostedLink, *, amounts: list[int], at: datetime) -> SetupIntent:
    """Finish a bank account by the two amounts that the customer saw on the statement.

    Raises:
        InvalidState: no account waits for that.
        InvalidRequest: the amounts are wrong.
        GatewayUnavailable: the gateway does not answer.
    """
    with _scope(link):
        intent = setup_intents.get(_intent_id(link))
        now = test_clocks.now_for(link.customer, at)
        return setup_intents.verify_microdeposits(
            intent, amounts=amounts, descriptor_code="", at=now
        )


def _begin(link: HostedLink, *, at: datetime) -> SetupIntent:
    """Return the link's intent; two clicks that meet here get the same one."""
    details = {
        "customer": link.customer,
        "payment_method_types": list(link.kinds),
        "chooses_methods": False,
        "return_url": address(link.sealed),
    }
    try:
        with transaction.atomic():
            return setup_intents.create(details=details, request_key=_request_key(link), at=at)
    except IntegrityError:
        return setup_intents.get(_intent_id(link))


def _request_key(link: HostedLink) -> str:
    return f"hosted link {link.key}"


def _intent_id(link: HostedLink) -> str:
    return vaulting.new_id(SetupIntent.PREFIX, _request_key(link))


def _scope(link: HostedLink) -> AbstractContextManager[Any]:
    return scoped_to(link.customer.site, livemode=link.customer.livemode)
