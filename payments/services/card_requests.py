"""Asking customers by email for another card, because staff wants them to be asked."""

from datetime import datetime

from customers.kit.errors import InvalidState
from customers.models import BulkJob, Customer, Message
from customers.services import bulk_acts, messages
from customers.services.letters import Letter
from payments.emails import card_updates
from payments.models import PaymentMethod
from payments.services import hosted_links


def register() -> None:
    """Enter who finds the words of such a message, and how many customers are asked at once."""
    messages.composers.register(Message.Kind.CARD_UPDATE, compose)
    bulk_acts.acts.register(BulkJob.Act.CARD_UPDATE, _ask_for)


def _ask_for(customer: Customer, job: BulkJob, at: datetime) -> Message:
    return ask(customer, request_key=str(job.pk), at=at)


def ask(customer: Customer, *, request_key: str, at: datetime) -> Message:
    """Send a customer a link that saves another card, which is charged from then on.

    Args:
        request_key: the digest of what asks for it; the same one sends nothing again.

    Raises:
        InvalidState: the customer was deleted, has no email address, or the site's gateway has no page for cards here.
    """
    if customer.is_deleted or not customer.email:
        raise InvalidState("This customer has no email address.", code="customer_without_email")
    if not hosted_links.is_possible():
        raise InvalidState(
            "The site's gateway takes cards on pages of its own; only the sandbox has one here.",
            code="hosted_page_missing",
        )
    return messages.queue(
        Message.Kind.CARD_UPDATE,
        customer,
        to=customer.email,
        customer_id=customer.pk,
        occasion=request_key[:32],
        at=at,
    )


def compose(message: Message) -> Letter:
    """Return the request, with a link that is made when it is sent.

    Raises:
        NotNeeded: the customer was deleted, or the site's gateway has no page for cards here any more.
    """
    customer = message.customer
    if customer is None or customer.is_deleted or message.next_attempt_at is None:
        raise messages.NotNeeded("The customer was deleted before the request was sent.")
    if not hosted_links.is_possible():
        raise messages.NotNeeded("The site's gateway has no page of ours for cards.")
    # The claim's end: real time, whatever the customer's test clock says.
    url = hosted_links.make(
        customer,
        kinds=[PaymentMethod.Kind.CARD.value],
        lives=hosted_links.LIVES_IN_LETTERS,
        becomes_default=True,
        at=message.next_attempt_at,
    )
    return card_updates.write(message, customer, url)
