"""What letters about billing have alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from customers.models import Customer, Message
from customers.services import letters, messages
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.billing.models import Invoice
from payments.billing.services import document_parts as parts
from payments.billing.services import invoice_links, invoice_states
from payments.emails import shown
from payments.models import PaymentMethod
from payments.services import hosted_links, payment_methods


@dataclass(frozen=True, slots=True)
class Bill:
    """What a letter says, in the reader's language.

    Args:
        words: what fills the gaps of the texts.
        amount: stands large.
        button_url: where the texts' button leads; without it there is none.
        links: further ones, each a label and an address.
    """

    texts: Texts
    words: Mapping[str, str]
    amount: str = ""
    button_url: str = ""
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = ()


def write(message: Message, bill: Bill, customer: Customer, to: Reader) -> Letter:
    """Render a letter; called with the reader's language active."""
    words = {**bill.words, "name": shown.name(customer)}
    context = {
        "name": words["name"],
        "amount": bill.amount,
        "button_url": bill.button_url,
        "facts": [(label, value) for label, value in bill.facts if value],
        "links": list(bill.links),
    }
    return letters.write(
        to, "bill", kind=message.kind, texts=bill.texts, words=words, context=context
    )


def require(is_true: bool, message: Message, reason: str) -> None:  # noqa: FBT001 -- what is required
    """Write no letter that has been overtaken, unless it belongs to the past of a test clock.

    Raises:
        NotNeeded: it has.
    """
    customer = message.customer
    if not is_true and (customer is None or customer.test_clock_id is None):
        raise messages.NotNeeded(reason)


def invoice_facts(invoice: Invoice, to: Reader) -> list[tuple[str, str]]:
    """Return what stands below every letter about an invoice."""
    due = shown.day(invoice.due_at, to) if invoice.due_at is not None else ""
    return [
        (pgettext("email", "Invoice number"), invoice.number),
        (pgettext("email", "Amount due"), amount_of(invoice, to)),
        (pgettext("email", "Due date"), due),
    ]


def amount_of(invoice: Invoice, to: Reader) -> str:
    """Return what an invoice still asks for."""
    return parts.money(invoice_states.remaining(invoice), invoice, to)


def page_of(invoice: Invoice) -> str:
    """Return the address of an invoice's page."""
    return invoice_links.hosted(invoice.pk, invoice.finalized_at) or ""


def pdf_link(invoice: Invoice) -> tuple[str, str]:
    """Return the label and address of an invoice's file."""
    url = invoice_links.pdf(invoice.pk, invoice.finalized_at) or ""
    return (pgettext("email", "Download the invoice (PDF)"), url)


def card_links(customer: Customer, message: Message) -> list[tuple[str, str]]:
    """Return where a customer can save another card, where the gateway has a page for that."""
    if customer.is_deleted or not hosted_links.is_possible() or message.next_attempt_at is None:
        return []
    # The claim's end: real time, whatever the customer's test clock says.
    url = hosted_links.make(
        customer,
        kinds=[PaymentMethod.Kind.CARD.value],
        lives=hosted_links.LIVES_IN_LETTERS,
        becomes_default=True,
        at=message.next_attempt_at,
    )
    return [(pgettext("email", "Update your card"), url)]


def method_name(pk: str | None) -> str:
    """Return a payment method by its brand and last digits; empty where there is none."""
    if pk is None:
        return ""
    method = payment_methods.get(pk)
    if method.kind == PaymentMethod.Kind.CARD:
        return shown.card(method.brand, method.last4)
    return shown.method({"type": method.kind, method.kind: {"last4": method.last4}})
