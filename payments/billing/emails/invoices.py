"""Letters about invoices: to be paid, paid, not collected, to be confirmed, overdue."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from django.utils.translation import pgettext

from customers.kit import together
from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.billing.emails import bills
from payments.billing.emails.bills import Bill
from payments.billing.models import Invoice
from payments.billing.services import document_parts as parts
from payments.billing.services import invoice_documents, invoice_links
from payments.emails import declines, shown

Status = Invoice.Status
_PAYABLE = (Status.OPEN, Status.UNCOLLECTIBLE)
PLACEHOLDERS = ("site", "name", "number", "amount", "date")
PLACEHOLDERS_OF_FAILURE = (*PLACEHOLDERS, "reason", "next_try")
PLACEHOLDERS_OF_RECEIPT = ("site", "name", "number", "amount")


def compose_invoice(message: Message) -> Letter:
    """Return the letter with an invoice that is to be paid.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        texts = invoice_texts() if invoice.due_at else replace(invoice_texts(), request="")
        return _write(message, texts, {}, invoice, to)


def compose_overdue(message: Message) -> Letter:
    """Return the letter that an invoice should have been paid by now.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        return _write(message, overdue_texts(), {}, invoice, to)


def compose_failed(message: Message) -> Letter:
    """Return the letter that an invoice could not be collected: why, and what comes next.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        words = {"reason": _reason(invoice), "next_try": _next_try(invoice, to)}
        links = bills.card_links(invoice.customer, message)
        return _write(message, failed_texts(), words, invoice, to, links)


def compose_action_required(message: Message) -> Letter:
    """Return the letter that the customer's bank wants to know whether it is the customer.

    Raises:
        NotNeeded: it was paid or withdrawn meanwhile.
    """
    invoice, to = _payable(message)
    with letters.in_language_of(to):
        return _write(message, action_texts(), {}, invoice, to)


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
            message,
            Bill(
                paid_texts(),
                words,
                amount=words["amount"],
                button_url=bills.page_of(invoice),
                facts=_paid_facts(invoice, words["amount"], to),
                links=[receipt, bills.pdf_link(invoice)],
            ),
            invoice.customer,
            to,
        )


# -- what they say ----------------------------------------------------------------------------------------------------


def invoice_texts() -> Texts:
    """Return what the letter with an invoice says that has a due date."""
    return Texts(
        subject=pgettext("email", "Invoice %(number)s from %(site)s: %(amount)s"),
        heading=pgettext("email", "Your invoice is ready"),
        sentence=pgettext("email", "%(site)s has sent you an invoice over %(amount)s."),
        request=pgettext("email", "Please pay it by %(date)s."),
        button=pgettext("email", "View and pay the invoice"),
    )


def overdue_texts() -> Texts:
    """Return what the letter about an overdue invoice says."""
    return Texts(
        subject=pgettext("email", "Invoice %(number)s from %(site)s is overdue"),
        heading=pgettext("email", "Your invoice is overdue"),
        sentence=pgettext(
            "email", "Your invoice %(number)s from %(site)s over %(amount)s was due on %(date)s."
        ),
        request=pgettext(
            "email", "Please pay it now. If you have just paid, you need not do anything."
        ),
        button=pgettext("email", "View and pay the invoice"),
    )


def failed_texts() -> Texts:
    """Return what the letter about a payment that failed says."""
    return Texts(
        subject=pgettext("email", "Your payment to %(site)s did not go through"),
        heading=pgettext("email", "Your payment did not go through"),
        sentence=pgettext(
            "email", "%(site)s could not collect %(amount)s for your invoice %(number)s."
        ),
        request="%(reason)s %(next_try)s",
        button=pgettext("email", "Pay now"),
    )


def action_texts() -> Texts:
    """Return what the letter about a payment that is to be confirmed says."""
    return Texts(
        subject=pgettext("email", "Please confirm your payment to %(site)s"),
        heading=pgettext("email", "Please confirm your payment"),
        sentence=pgettext(
            "email", "Your bank wants to know whether it is you who pays %(amount)s to %(site)s."
        ),
        request=pgettext(
            "email", "Open the invoice, pay there, and confirm the payment with your bank."
        ),
        button=pgettext("email", "Confirm the payment"),
    )


def paid_texts() -> Texts:
    """Return what the receipt of an invoice says."""
    return Texts(
        subject=pgettext("email", "Your receipt from %(site)s: %(amount)s"),
        heading=pgettext("email", "Thank you for your payment"),
        sentence=pgettext("email", "%(site)s has received your payment of %(amount)s."),
        button=pgettext("email", "View the invoice"),
    )


# -- below the public ones --------------------------------------------------------------------------------------------


def _write(
    message: Message,
    texts: Texts,
    words: Mapping[str, str],
    invoice: Invoice,
    to: Reader,
    links: Sequence[tuple[str, str]] = (),
) -> Letter:
    """Render a letter about an invoice that is to be paid."""
    known = {**_words(invoice, to), **words}
    bill = Bill(
        texts,
        known,
        amount=known["amount"],
        button_url=bills.page_of(invoice),
        facts=bills.invoice_facts(invoice, to),
        links=[*links, bills.pdf_link(invoice)],
    )
    return bills.write(message, bill, invoice.customer, to)


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
