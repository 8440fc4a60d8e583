"""What the page of an invoice does: it tells what is to be done, and takes a card that is typed there.

Whoever has the address may pay, and sees nothing of what the customer has saved. The number goes from the browser to a
vault; its token comes here.
"""

from datetime import datetime
from enum import StrEnum

from customers.kit import sealing
from customers.kit.errors import NotFound
from customers.services import test_clocks
from payments.billing.models import CreditNote, Invoice
from payments.billing.services import invoice_collecting, invoice_links, invoice_settling
from payments.models import Charge, PaymentIntent, PaymentMethod, Token
from payments.services import card_pages, charges, hosted_links, payment_intents

Status = Invoice.Status


class State(StrEnum):
    """What there is to be done about an invoice."""

    PAYABLE = "payable"
    BUSY = "busy"  # a payment is on its way
    CLOSED = "closed"  # the site's gateway takes no cards here
    PAID = "paid"
    VOID = "void"


def now_for(invoice: Invoice, at: datetime) -> datetime:
    """Return what time it is for an invoice: its test clock's, else now."""
    return test_clocks.now_for(invoice, at)


def state_of(invoice: Invoice) -> State:
    """Return what there is to be done about a finalized invoice."""
    if invoice.status == Status.PAID:
        return State.PAID
    if invoice.status not in invoice_settling.PAYABLE:
        return State.VOID
    if _is_processing(invoice):
        return State.BUSY
    return State.PAYABLE if hosted_links.is_possible() else State.CLOSED


def credit_notes_of(invoice: Invoice) -> list[CreditNote]:
    """Return an invoice's credit notes that hold, the oldest first."""
    rows = CreditNote.objects.filter(invoice=invoice, status=CreditNote.Status.ISSUED)
    return list(rows.order_by("created_at", "id"))


def pay(
    invoice: Invoice,
    token: str,
    *,
    saved: PaymentMethod | None = None,
    security_code: Token | None = None,
    act_key: str,
    return_url: str = "",
    at: datetime,
) -> Invoice:
    """Pay an invoice with a card that was typed on its page, or with what its customer has saved.

    The same key finds the same charge; what became of it is in `payment_of`.

    Args:
        token: what the page's script got for the card; empty for what is saved.
        saved: a method of the customer, who is known to be there.
        security_code: of a saved card, entered again.
        act_key: what the page was given for this payment.
        return_url: where a customer goes on who was at the bank; to the invoice's own page where absent.

    Raises:
        InvalidState: it is paid or void, a payment is under way, or its test clock is being advanced.
        CardDeclined: the issuer refuses.
        InvalidRequest: the token was used before, has expired, or is none.
        GatewayUnavailable: the gateway does not answer.
    """
    key = _request_key(invoice, act_key)
    made = charges.of_request(key)
    if made is not None:
        charges.carry_on(made, at=at)
        return invoice
    test_clocks.check_steady(invoice)
    method = saved or card_pages.create_method(token, request_key=key, at=at)
    return invoice_collecting.pay(
        invoice,
        method=method,
        off_session=False,
        security_code=security_code,
        return_url=return_url or invoice_links.outcome(invoice.pk, act_key),
        request_key=key,
        at=at,
    )


def payment_of(invoice: Invoice, act_key: str) -> Charge:
    """Return the charge that was made on an invoice's page.

    Raises:
        NotFound: there is none with this key.
    """
    found = charges.of_request(_request_key(invoice, act_key))
    if found is None:
        raise NotFound("There is no such page.")
    return found


def _is_processing(invoice: Invoice) -> bool:
    if invoice.payment_intent_id is None:
        return False
    intent = payment_intents.get(invoice.payment_intent_id)
    return intent.status == PaymentIntent.Status.PROCESSING


def _request_key(invoice: Invoice, act_key: str) -> str:
    return sealing.digest("payment of an invoice", f"{invoice.pk} {act_key}").hex()
