"""Links by which customers save a payment method themselves: sealed, short-lived, and good for one method.

A link holds what it needs, so nothing is kept of those that nobody follows. With the first number that is typed a setup
intent begins, whose id follows from the link; what became of the link is what became of the intent. A card's number
never comes here: the page's script gives it to a vault, whose token does.
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

from customers.kit import ids, sealing
from customers.kit.errors import InvalidState, NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer
from customers.services import paying, test_clocks
from payments.models import Mandate, PaymentMethod, SetupIntent
from payments.services import card_pages, mandates, payment_methods, setup_intents, vaulting

LIVES = timedelta(hours=24)
LIVES_IN_LETTERS = timedelta(days=14)
"""How long a link can be used that is sent to a customer who did not ask for it at this moment."""
WAITS_FOR_DEPOSITS = timedelta(days=10)
"""How long after its time a link still takes what a bank statement says of microdeposits."""

FINISHES_WITHIN = timedelta(hours=1)

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
        becomes_default: whether what is saved is charged from then on.
        returns_to: where the customer goes on who was at the bank; the link's own page where absent.
    """

    sealed: str
    customer: Customer
    key: str
    kinds: tuple[str, ...]
    becomes_default: bool = False
    returns_to: str = ""


def is_possible() -> bool:
    """Tell whether the site has pages on which customers can type a card's number."""
    return card_pages.vault() is not None


def make(
    customer: Customer,
    *,
    kinds: Collection[str] = KINDS,
    lives: timedelta = LIVES,
    becomes_default: bool = False,
    at: datetime,
) -> str:
    """Return the address of a fresh page on which this customer can save a payment method.

    Args:
        kinds: what the customer may choose from, as far as the gateway takes it on pages.
        lives: for how long it can be used.
        becomes_default: whether what is saved is charged from then on.

    Raises:
        InvalidState: the site's gateway takes none of them on pages of ours.
    """
    takes = card_pages.kinds()
    kinds = [kind for kind in kinds if kind in takes]
    if not kinds:
        raise page_missing()
    said = [
        customer.pk,
        ids.random_key(),
        int((at + lives).timestamp()),
        kinds,
        becomes_default,
    ]
    sealed = urlsafe_b64encode(sealing.seal(orjson.dumps(said))).decode().rstrip("=")
    return address(sealed)


def page_missing() -> InvalidState:
    """Return the refusal of a page that cannot take a card."""
    return InvalidState(
        "The site's gateway takes no cards on pages here: give its publishable key in the dashboard, under Settings.",
        code="hosted_page_missing",
    )


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
        pk, key, until, kinds, *more = orjson.loads(sealing.unseal(urlsafe_b64decode(padded)))
    except (sealing.CannotUnseal, ValueError) as error:
        raise NotFound("There is no such page.") from error
    with every_site():
        customer = Customer.objects.select_related("site").filter(pk=pk, deleted_at=None).first()
    if customer is None:
        raise NotFound("There is no such page.")
    over_for = at.timestamp() - until
    with scoped_to(customer.site, livemode=customer.livemode):
        takes = card_pages.kinds()
    offered = () if over_for > 0 else tuple(kind for kind in kinds if kind in takes)
    link = HostedLink(sealed, customer, key, offered, any(more))
    if over_for > 0 and not (
        over_for <= WAITS_FOR_DEPOSITS.total_seconds() and awaits_deposits(begun(link))
    ):
        raise InvalidState("This link is too old.", code="link_expired")
    return link


def begun(link: HostedLink) -> SetupIntent | None:
    """Return what was begun with a link; None before a number was typed."""
    with _scope(link):
        try:
            return setup_intents.get(intent_id(link))
        except NotFound:
            return None


def intent_id(link: HostedLink) -> str:
    """Return the id of the setup intent that a link has, or will have; in the scope of its customer."""
    return vaulting.new_id(SetupIntent.PREFIX, _request_key(link))


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
        details: for a card its vault's `token`; else as for `payment_methods.create`.
        acceptance: how the customer permitted debits, as for `mandates.give`.

    Raises:
        InvalidState: the link was used.
        InvalidRequest: the token was used before or is none, it is no published test account, or a debit was not
            permitted.
        CardDeclined: a part of the card cannot be right, or the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    with _scope(link):
        at = test_clocks.now_for(link.customer, at)
        intent = _begin(link, at=at)
        if intent.status in _OVER:
            raise InvalidState("This link was used.", code="link_used")
        method = (
            card_pages.create_method(details["token"], at=at)
            if kind == PaymentMethod.Kind.CARD
            else payment_methods.create(
                kind=kind, details=details, billing_details=billing_details, at=at
            )
        )
        asked = {"payment_method": method}
        intent = setup_intents.confirm(intent, details=asked, acceptance=acceptance, at=at)
    finish(link, intent, at=at)
    return intent


def finish(link: HostedLink, intent: SetupIntent, *, at: datetime) -> None:
    """Let what was saved with a link be charged from then on, where it is for that; no transaction may be open.

    Whoever looks at the link later changes nothing: another method may have been chosen meanwhile.
    """
    method = intent.payment_method
    if (
        not link.becomes_default
        or intent.status != Status.SUCCEEDED
        or method is None
        or at - intent.created_at > FINISHES_WITHIN
    ):
        return
    with _scope(link):
        customer = Customer.objects.get(pk=link.customer.pk)
        if customer.default_payment_method_id == method.pk:
            return
        now = test_clocks.now_for(customer, at)
        customer = payment_methods.set_default(customer, method, at=now)
        paying.replaced(customer, at=now)


def verify(link: HostedLink, *, amounts: list[int], at: datetime) -> SetupIntent:
    """Finish a bank account by the two amounts that the customer saw on the statement.

    Raises:
        InvalidState: no account waits for that.
        InvalidRequest: the amounts are wrong.
        GatewayUnavailable: the gateway does not answer.
    """
    with _scope(link):
        intent = setup_intents.get(intent_id(link))
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
        "return_url": link.returns_to or address(link.sealed),
    }
    try:
        with transaction.atomic():
            return setup_intents.create(details=details, request_key=_request_key(link), at=at)
    except IntegrityError:
        return setup_intents.get(intent_id(link))


def _request_key(link: HostedLink) -> str:
    return f"hosted link {link.key}"


def _scope(link: HostedLink) -> AbstractContextManager[Any]:
    return scoped_to(link.customer.site, livemode=link.customer.livemode)
