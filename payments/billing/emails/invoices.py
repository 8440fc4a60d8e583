"""Letters about invoices: to be paid, paid, not collected, to be confirmed, overdue."""

from datetime import datetime
from typing import cast

from django.utils.translation import pgettext

from customers.kit import together
from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from payments.billing.emails import bills
from payments.billing.emails.bills import Bill
from payments.billing.models import Invoice
from payments.billing.services import document_parts as parts
from payments.billing.services import invoice_documents, invoice_links
from payments.emails import declines, shown

Status = Invoice.Status
_PAYABLE = (Status.OPEN, Status.UNCOLLECTIBLE)


def compose_invoice(message: Message) -> Letter:
    """Return the letter with an invoice that is to be paid.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        words = _words(invoice, to)
        return bills.write(
            Bill(
                subject=pgettext("email", "Invoice %(number)s from %(site)s: %(amount)s") % words,
                heading=pgettext("email", "Your invoice is ready"),
                sentence=pgettext("email", "%(site)s has sent you an invoice over %(amount)s.")
                % words,
                amount=words["amount"],
                request=_due_sentence(invoice, words),
                button=(pgettext("email", "View and pay the invoice"), bills.page_of(invoice)),
                facts=bills.invoice_facts(invoice, to),
                links=[bills.pdf_link(invoice)],
            ),
            invoice.customer,
            to,
        )


def compose_overdue(message: Message) -> Letter:
    """Return the letter that an invoice should have been paid by now.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        words = _words(invoice, to)
        return bills.write(
            Bill(
                subject=pgettext("email", "Invoice %(number)s from %(site)s is overdue") % words,
                heading=pgettext("email", "Your invoice is overdue"),
                sentence=pgettext(
                    "email",
                    "Your invoice %(number)s from %(site)s over %(amount)s was due on %(date)s.",
                )
                % words,
                amount=words["amount"],
                request=pgettext(
                    "email", "Please pay it now. If you have just paid, you need not do anything."
                ),
                button=(pgettext("email", "View and pay the invoice"), bills.page_of(invoice)),
                facts=bills.invoice_facts(invoice, to),
                links=[bills.pdf_link(invoice)],
            ),
            invoice.customer,
            to,
        )


def compose_failed(message: Message) -> Letter:
    """Return the letter that an invoice could not be collected: why, and what comes next.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        words = _words(invoice, to)
        links = bills.card_links(invoice.customer, message)
        return bills.write(
            Bill(
                subject=pgettext("email", "Your payment to %(site)s did not go through") % words,
                heading=pgettext("email", "Your payment did not go through"),
                sentence=pgettext(
                    "email", "%(site)s could not collect %(amount)s for your invoice %(number)s."
                )
                % words,
                amount=words["amount"],
                request=" ".join(filter(None, [_reason(invoice), _next_try(invoice, to)])),
                button=(pgettext("email", "Pay now"), bills.page_of(invoice)),
                facts=bills.invoice_facts(invoice, to),
                links=[*links, bills.pdf_link(invoice)],
            ),
            invoice.customer,
            to,
        )


def compose_action_required(message: Message) -> Letter:
    """Return the letter that the customer's bank wants to know whether it is the customer.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        words = _words(invoice, to)
        return bills.write(
            Bill(
                subject=pgettext("email", "Please confirm your payment to %(site)s") % words,
                heading=pgettext("email", "Please confirm your payment"),
                sentence=pgettext(
                    "email",
                    "Your bank wants to know whether it is you who pays %(amount)s to %(site)s.",
                )
                % words,
                amount=words["amount"],
                request=pgettext(
                    "email", "Open the invoice, pay there, and confirm the payment with your bank."
                ),
                button=(pgettext("email", "Confirm the payment"), bills.page_of(invoice)),
                facts=bills.invoice_facts(invoice, to),
                links=[bills.pdf_link(invoice)],
            ),
            invoice.customer,
            to,
        )


def compose_paid(message: Message) -> Letter:
    """Return the receipt of a paid invoice."""
    invoice = _invoice(message)
    to = _reader(invoice)
    with letters.in_language_of(to):
        words = _words(invoice, to) | {"amount": parts.money(invoice.amount_paid, invoice, to)}
        receipt = (
            pgettext("email", "Download the receipt (PDF)"),
            invoice_links.receipt(invoice.pk),
        )
        return bills.write(
            Bill(
                subject=pgettext("email", "Your receipt from %(site)s: %(amount)s") % words,
                heading=pgettext("email", "Thank you for your payment"),
                sentence=pgettext("email", "%(site)s has received your payment of %(amount)s.")
                % words,
                amount=words["amount"],
                button=(pgettext("email", "View the invoice"), bills.page_of(invoice)),
                facts=_paid_facts(invoice, words["amount"], to),
                links=[receipt, bills.pdf_link(invoice)],
            ),
            invoice.customer,
            to,
        )


# -- below the public ones --------------------------------------------------------------------------------------------


def _invoice(message: Message) -> Invoice:
    known = together.recalled((Invoice, message.about))
    if known is not None:
        return cast("Invoice", known)
    rows = Invoice.objects.select_related("site", "customer", "payment_intent")
    return rows.get(pk=message.about)


def _reader(invoice: Invoice) -> Reader:
    return letters.reader(invoice.customer, invoice.site, livemode=invoice.livemode)


def _payable(message: Message) -> tuple[Invoice, Reader]:
    """Return the invoice that a message is about, and who reads it.

    Raises:
        NotNeeded: nothing is to be paid of it any more.
    """
    invoice = _invoice(message)
    bills.require(invoice.status in _PAYABLE, message, "The invoice was paid or withdrawn before.")
    return invoice, _reader(invoice)


def _words(invoice: Invoice, to: Reader) -> dict[str, str]:
    return {
        "site": invoice.site.name,
        "number": invoice.number,
        "amount": bills.amount_of(invoice, to),
        "date": _day(invoice.due_at, to),
    }


def _day(at: datetime | None, to: Reader) -> str:
    return shown.day(at, to) if at is not None else ""


def _due_sentence(invoice: Invoice, words: dict[str, str]) -> str:
    return pgettext("email", "Please pay it by %(date)s.") % words if invoice.due_at else ""


def _reason(invoice: Invoice) -> str:
    """Return why the last try failed."""
    if not invoice.counted_charge_id:
        return pgettext("email", "There is no card that could be charged.")
    error = invoice.payment_intent.last_error if invoice.payment_intent is not None else None
    error = error or {}
    return declines.reason_for(error.get("decline_code", ""), error.get("code", ""))


def _next_try(invoice: Invoice, to: Reader) -> str:
    if invoice.next_attempt_at is None:
        return pgettext("email", "Please pay the invoice yourself.")
    words = {"date": _day(invoice.next_attempt_at, to)}
    return pgettext("email", "We will try again on %(date)s.") % words


def _paid_facts(invoice: Invoice, amount: str, to: Reader) -> list[tuple[str, str]]:
    methods = dict.fromkeys(one.method for one in invoice_documents.payments_of(invoice))
    return [
        (pgettext("email", "Amount paid"), amount),
        (pgettext("email", "Date"), _day(invoice.paid_at, to)),
        (pgettext("email", "Payment method"), ", ".join(methods)),
        (pgettext("email", "Invoice number"), invoice.number),
    ]
