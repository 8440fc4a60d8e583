"""Links to the portal: for a program that leads a customer there, and for staff who send one or look themselves."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from customers.events.services import events
from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer, Message
from customers.services import messages, powers, wordings
from customers.services.letters import Letter
from customers.services.powers import Power
from customers.services.wordings import Pattern
from portal import emails
from portal.models import PortalConfiguration, PortalSession
from portal.services import configurations, flow_requests, return_urls, sessions

LIVES_IN_LETTERS = timedelta(hours=24)
SECRET_PLACE = "\N{MIDLINE HORIZONTAL ELLIPSIS}" * 4


def register() -> None:
    """Enter who finds the words and the secret of the letter with a link, and that a merchant may change the words."""
    powers.written_with({Power.EDIT_CUSTOMERS}, "portal_portalsession")
    powers.written_with({Power.EDIT_CUSTOMERS, Power.MANAGE_SETTINGS}, "portal_portalconfiguration")
    messages.composers.register(Message.Kind.PORTAL_LINK, _compose)
    messages.secrets_of.register(Message.Kind.PORTAL_LINK, _secrets)
    wordings.patterns[Message.Kind.PORTAL_LINK] = Pattern(
        emails.portal_link_texts, emails.PORTAL_LINK_PLACEHOLDERS, emails.portal_link_example
    )


def create(
    customer: Customer,
    *,
    configuration: PortalConfiguration | None = None,
    details: Mapping[str, Any],
    lives: timedelta | None = None,
    at: datetime,
) -> PortalSession:
    """Make a session whose link a program leads a customer to; the link is in its `url`, this once.

    Args:
        configuration: the default one when absent.
        lives: for how long the link can be followed, and whoever followed it stays signed in; where absent the link has
            minutes, and what follows as long as any session.
        details: `return_url`, `flow_data`, `locale` and `after_expiration`, as far as they were said.
        at: real time.

    Raises:
        InvalidRequest: the configuration is not active, or a detail is none that can be.
        NotFound: something that `flow_data` names is not there.
    """
    configuration = configuration or configurations.default(at=at)
    if not configuration.is_active:
        raise InvalidRequest(
            f"The portal configuration {configuration.pk} is not active.", param="configuration"
        )
    return_url = details.get("return_url", "")
    if return_url:
        return_urls.check(return_url, param="return_url")
    flow = details.get("flow_data")
    columns: dict[str, Any] = {
        "return_url": return_url or configuration.default_return_url,
        "flow": flow_requests.checked(customer, configuration, flow) if flow else {},
        "locale": details.get("locale", ""),
        "after_expiration": details.get("after_expiration"),
    }
    if lives is not None:
        columns |= {"lives": lives, "closes_at": at + lives}
    with transaction.atomic():
        session, secret = sessions.make_link(
            customer, configuration=configuration, at=at, **columns
        )
        session.url = emails.front_address(session.site)  # what is told of it holds no secret
        events.publish("billing_portal.session.created", session, at=at)
    session.url = emails.entering_address(session.site, secret)
    return session


def send(customer: Customer, *, request_key: str, at: datetime) -> Message:
    """Send a customer a link to the portal.

    Args:
        request_key: the digest of what asks for it; the same one sends nothing again.

    Raises:
        InvalidState: the customer was deleted, or has no email address.
    """
    if customer.is_deleted or not customer.email:
        raise InvalidState("This customer has no email address.", code="customer_without_email")
    return messages.queue(
        Message.Kind.PORTAL_LINK,
        customer,
        to=customer.email,
        customer_id=customer.pk,
        occasion=request_key[:32],
        at=at,
    )


def look(customer: Customer, *, actor: str, at: datetime) -> tuple[PortalSession, str]:
    """Let a member of staff see what the customer sees; return the session with the secret for the browser's cookie.

    Args:
        actor: the operator's email address.
        at: real time.

    Raises:
        InvalidState: the customer was deleted.
    """
    if customer.is_deleted:
        raise InvalidState("This customer was deleted.", code="customer_deleted")
    return sessions.begin(
        customer,
        origin=PortalSession.Origin.STAFF,
        configuration=configurations.default(at=at),
        actor=actor,
        at=at,
    )


def _compose(message: Message) -> Letter:
    customer = _addressee(message)
    url = emails.entering_address(message.site, SECRET_PLACE)
    return emails.portal_link(message, customer, url=url)


@sensitive_variables("secret")
def _secrets(message: Message) -> Mapping[str, str]:
    """Make the link for one attempt to send it."""
    customer = _addressee(message)
    at = (message.next_attempt_at or message.created_at) - messages.CLAIM
    _session, secret = sessions.make_link(
        customer, configuration=configurations.default(at=at), lives=LIVES_IN_LETTERS, at=at
    )
    return {SECRET_PLACE: secret}


def _addressee(message: Message) -> Customer:
    customer = message.customer
    if customer is None or customer.is_deleted:
        raise messages.NotNeeded("The customer was deleted before the link was sent.")
    return customer
