"""Telling customers by email what became of their money; rows for the transaction in which it became so.

The site says which messages it wants; a charge with a receipt address of its own gets its receipt in any case, as
Stripe does it, in test mode as well (what is sent there says so in its subject).
"""

from collections.abc import Callable
from datetime import datetime

from customers.kit import tenancy
from customers.kit.registry import Hook
from customers.models import Customer, Message
from customers.services import messages, wordings
from customers.services.wordings import Pattern
from payments.emails import card_updates, examples, expiring_cards, receipts, refunds
from payments.models import Charge, PaymentMethod, Refund

Kind = Message.Kind

told_elsewhere: Hook[Callable[[Charge], bool]] = Hook("telling.told_elsewhere")
"""Asked before a receipt is written whether something else, such as an invoice, has a receipt for the same charge."""


def register() -> None:
    """Enter who finds the words of each kind of message, and which of them a merchant may change."""
    messages.composers.register(Kind.RECEIPT, receipts.compose)
    messages.composers.register(Kind.REFUND, refunds.compose)
    messages.composers.register(Kind.CARD_EXPIRY, expiring_cards.compose)
    for kind, words, example in (
        (Kind.RECEIPT, receipts, examples.receipt),
        (Kind.REFUND, refunds, examples.refund),
        (Kind.CARD_EXPIRY, expiring_cards, examples.expiring_card),
        (Kind.CARD_UPDATE, card_updates, examples.card_update),
    ):
        wordings.patterns[kind] = Pattern(words.texts, words.PLACEHOLDERS, example)


def of_payment(charge: Charge, customer: Customer | None, *, at: datetime) -> list[Message]:
    """Return the rows that tell a charge's customer of its success.

    Args:
        customer: the charge's, as the caller has it loaded.
    """
    wanted = tenancy.current().site.emails_receipts
    rows = _rows(Kind.RECEIPT, charge, charge, customer, wanted=wanted, at=at)
    if rows and not charge.receipt_email and any(is_told(charge) for is_told in told_elsewhere):
        return []
    return rows


def of_refund(refund: Refund, *, at: datetime) -> list[Message]:
    """Return the rows that tell a charge's customer that money goes back; `refund.charge` is loaded."""
    if not tenancy.current().site.emails_refunds:
        return []
    charge = refund.charge
    return _rows(Kind.REFUND, refund, charge, charge.customer, wanted=True, at=at)


def of_expiring_card(method: PaymentMethod, notice: int, *, at: datetime) -> Message | None:
    """Write to a card's customer that it is about to expire, in the caller's transaction.

    Args:
        notice: how many days before, at most.
    """
    customer = method.customer
    if customer is None or not customer.email or not tenancy.current().site.emails_expiring_cards:
        return None
    return messages.queue(
        Kind.CARD_EXPIRY,
        method,
        to=customer.email,
        customer_id=customer.pk,
        occasion=f"{expiring_cards.expiry_of(method)}/{notice}",
        at=at,
    )


def _rows(
    kind: Kind,
    about: Charge | Refund,
    charge: Charge,
    customer: Customer | None,
    *,
    wanted: bool,
    at: datetime,
) -> list[Message]:
    to = charge.receipt_email
    if not to and wanted and customer is not None and not customer.is_deleted:
        to = customer.email
    if not to:
        return []
    return [messages.prepare(kind, about, to=to, customer_id=charge.customer_id, at=at)]
