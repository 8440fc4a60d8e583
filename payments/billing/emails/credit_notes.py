"""Letters about credit notes."""

from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.billing.emails import bills
from payments.billing.emails.bills import Bill
from payments.billing.models import CreditNote
from payments.billing.services import document_parts as parts
from payments.billing.services import invoice_links
from payments.emails import shown

PLACEHOLDERS = ("site", "name", "number", "invoice", "amount")


def texts() -> Texts:
    """Return what a letter with a credit note says."""
    return Texts(
        subject=pgettext("email", "Credit note %(number)s from %(site)s: %(amount)s"),
        heading=pgettext("email", "You have a credit note"),
        sentence=pgettext("email", "%(site)s has credited %(amount)s of your invoice %(invoice)s."),
        button=pgettext("email", "Download the credit note (PDF)"),
    )


def compose(message: Message) -> Letter:
    """Return the letter with a credit note.

    Raises:
        NotNeeded: it was taken back meanwhile.
    """
    rows = CreditNote.objects.select_related("site", "customer", "invoice")
    note = rows.get(pk=message.about)
    is_issued = note.status == CreditNote.Status.ISSUED
    bills.require(is_issued, message, "The credit note was taken back before.")
    to = letters.reader(note.customer, note.site, livemode=note.livemode)
    with letters.in_language_of(to):
        words = {
            "site": note.site.name,
            "number": note.number,
            "invoice": note.invoice.number,
            "amount": parts.money(note.total, note, to),
        }
        return bills.write(
            message,
            Bill(
                texts(),
                words,
                amount=words["amount"],
                button_url=invoice_links.credit_note_pdf(note.pk),
                facts=_facts(note, to),
                links=[
                    (pgettext("email", "View the invoice"), bills.page_of(note.invoice)),
                ],
            ),
            note.customer,
            to,
        )


def _facts(note: CreditNote, to: Reader) -> list[tuple[str, str]]:
    amounts = (
        (pgettext("email", "Taken off the amount due"), note.pre_payment_amount),
        (pgettext("email", "Amount refunded"), note.refund_amount),
        (pgettext("email", "Credited to your balance"), note.credit_amount),
        (pgettext("email", "Given back in another way"), note.out_of_band_amount),
    )
    return [
        (pgettext("email", "Credit note number"), note.number),
        (pgettext("email", "Invoice number"), note.invoice.number),
        (pgettext("email", "Date"), shown.day(note.effective_at or note.created_at, to)),
        *((label, parts.money(amount, note, to)) for label, amount in amounts if amount),
    ]
