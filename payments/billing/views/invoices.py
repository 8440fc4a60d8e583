"""The page of an invoice: what is asked for and why, a card, the files, and what became of a payment.

Whoever has the address may read and pay; what the customer has saved is not shown. A form's answer never leads to a
bank: browsers apply the policy for forms to redirects too. The page that follows it does.
"""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from customers.kit import clock
from customers.kit.errors import CardDeclined, DomainError, InvalidRequest, NotFound
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.services import letters
from customers.services.letters import Reader
from payments.billing.models import Invoice
from payments.billing.services import document_parts as parts
from payments.billing.services import (
    invoice_documents,
    invoice_links,
    invoice_page,
    invoice_states,
)
from payments.billing.services.invoice_page import State
from payments.emails import declines, shown
from payments.forms import card_entry
from payments.forms.links import PaymentForm, fresh_key
from payments.models import Charge


@never_cache
@card_entry.on_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, sealed: str) -> HttpResponse:
    """Show an invoice, and take a card for it."""
    invoice = _opened(sealed)
    to = _reader(request, invoice)
    with scoped_to(invoice.site, livemode=invoice.livemode), override(to.language):
        answer = _taken if request.method == "POST" else _shown
        response = answer(request, invoice, to)
        response["Content-Language"] = to.language
        return response


@never_cache
@require_safe
def outcome(request: HttpRequest, sealed: str, act_key: str) -> HttpResponse:
    """Show what became of a payment, to whoever made it."""
    invoice = _opened(sealed)
    to = _reader(request, invoice)
    with scoped_to(invoice.site, livemode=invoice.livemode), override(to.language):
        try:
            charge = invoice_page.payment_of(invoice, act_key)
        except NotFound as error:
            raise Http404 from error
        if charge.status == Charge.Status.SUCCEEDED:
            return redirect("hosted-invoice", sealed=sealed)
        return _told(request, invoice, charge, to)


def _taken(request: HttpRequest, invoice: Invoice, to: Reader) -> HttpResponse:
    """Charge the card that was typed, and lead to what became of it."""
    form = PaymentForm(invoice.site.name, request.POST)
    if not form.is_valid():
        return _shown(request, invoice, to, form)
    act_key = key_of_try(invoice, form.cleaned_data["act_key"])
    at = invoice_page.now_for(invoice, clock.now())
    try:
        with acting(Provenance("portal", "", getattr(request, "request_id", ""))):
            invoice_page.pay(invoice, form.cleaned_data["token"], act_key=act_key, at=at)
    except (CardDeclined, InvalidRequest) as refusal:
        if not was_charged(invoice, act_key):
            form.refuse(refusal)
            return _shown(request, invoice, to, form)
    except DomainError:
        invoice = invoice_states.get(invoice.pk)
        if invoice_page.state_of(invoice) == State.PAYABLE:
            return _told_busy(request, invoice, to)
        return _shown(request, invoice, to, status=409)
    return redirect(
        "hosted-invoice-payment", sealed=invoice_links.sealed(invoice.pk), act_key=act_key
    )


def key_of_try(invoice: Invoice, sent: str) -> str:
    """Return the payment's key: where the one that was sent has failed already, this is another try."""
    try:
        failed = invoice_page.payment_of(invoice, sent).status == Charge.Status.FAILED
    except NotFound:
        return sent
    return fresh_key() if failed else sent


def was_charged(invoice: Invoice, act_key: str) -> bool:
    """Tell whether a try to pay an invoice came to a charge."""
    try:
        invoice_page.payment_of(invoice, act_key)
    except NotFound:
        return False
    return True


def _opened(sealed: str) -> Invoice:
    try:
        return invoice_links.opened(sealed)
    except NotFound as error:
        raise Http404 from error


def _reader(request: HttpRequest, invoice: Invoice) -> Reader:
    """Return who reads the page: the customer; where their language is not known, what the browser asks for."""
    locale = invoice.customer_shown.get("locale") or get_language() or ""
    return letters.reader_of([locale], invoice.site, livemode=invoice.livemode)


def _shown(
    request: HttpRequest,
    invoice: Invoice,
    to: Reader,
    form: PaymentForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    state = invoice_page.state_of(invoice)
    if state != State.PAYABLE:
        form = None
    else:
        form = form or PaymentForm(invoice.site.name)
        status = 400 if form.errors else status
    context = {**_asked(invoice, to), "form": form, "entry": None}
    if form is not None:
        context["entry"] = card_entry.opened(
            request,
            invoice.site,
            page=f"invoice {invoice.pk}",
            currency=invoice.currency,
            at=clock.now(),
        )
    context["note"] = _NOTES[state]()
    context["refresh"] = "5" if state == State.BUSY else ""
    return render(request, "billing/invoice.html", context, status=status)


def _asked(invoice: Invoice, to: Reader) -> dict[str, Any]:
    """Return what the page shows of an invoice."""
    at = invoice_page.now_for(invoice, clock.now())
    document = invoice_documents.of_invoice(invoice, to)
    is_paid = invoice.status == Invoice.Status.PAID
    notes = invoice_page.credit_notes_of(invoice)
    return {
        "site": invoice.site,
        "document": document,
        "headline": document.headline,
        "badge": invoice_documents.state_of(invoice, at=at),
        "tone": _tone(invoice, is_overdue=invoice_documents.is_overdue(invoice, at=at)),
        "amount": parts.money(invoice_states.remaining(invoice), invoice, to),
        "payments": [
            (shown.day(one.paid_at, to), one.method, parts.money(one.amount, invoice, to))
            for one in (invoice_documents.payments_of(invoice) if is_paid else ())
        ],
        "pdf_url": invoice_links.pdf(invoice.pk, invoice.finalized_at),
        "receipt_url": invoice_links.receipt(invoice.pk) if is_paid else "",
        "credit_notes": [
            (note.number, parts.money(note.total, note, to), invoice_links.credit_note_pdf(note.pk))
            for note in notes
        ],
        "is_test": not invoice.livemode,
    }


def _tone(invoice: Invoice, *, is_overdue: bool) -> str:
    if invoice.status == Invoice.Status.PAID:
        return "ok"
    if is_overdue:
        return "bad"
    return "warn" if invoice.status == Invoice.Status.OPEN else ""


def _told(request: HttpRequest, invoice: Invoice, charge: Charge, to: Reader) -> HttpResponse:
    context: dict[str, Any]
    if charge.status == Charge.Status.PENDING and charge.action_url:
        context = {
            "title": pgettext("page", "Your bank asks whether it is you"),
            "text": pgettext("page", "You are taken to your bank, and back here afterwards."),
            "refresh": f"0; url={charge.action_url}",
            "again_url": charge.action_url,
            "again": pgettext("page", "Go to the bank"),
        }
    elif charge.status == Charge.Status.PENDING:
        context = {
            "title": pgettext("page", "The payment is on its way"),
            "text": _NOTES[State.BUSY](),
            "refresh": "5",
            "again_url": request.path,
            "again": pgettext("page", "Look again"),
        }
    else:
        context = {
            "title": pgettext("page", "The payment did not go through"),
            "text": declines.reason_of(charge),
            "is_bad": True,
            "again_url": f"/invoices/{invoice_links.sealed(invoice.pk)}",
            "again": pgettext("page", "Try again"),
        }
    return render(request, "payments/paid.html", context | _short(invoice, to))


def _told_busy(request: HttpRequest, invoice: Invoice, to: Reader) -> HttpResponse:
    context = {
        "title": pgettext("page", "Somebody is paying this at the moment"),
        "text": pgettext("page", "No money was taken from you. Look again in a few minutes."),
        "is_bad": True,
        "again_url": request.path,
        "again": pgettext("page", "Look again"),
    }
    return render(request, "payments/paid.html", context | _short(invoice, to), status=409)


def _short(invoice: Invoice, to: Reader) -> dict[str, Any]:
    asked = pgettext("page", "Invoice %(number)s") % {"number": invoice.number}
    return {
        "site": invoice.site,
        "asked": asked,
        "amount": parts.money(invoice_states.remaining(invoice), invoice, to),
        "is_test": not invoice.livemode,
    }


_NOTES: dict[State, Callable[[], str]] = {
    State.PAYABLE: lambda: "",
    State.BUSY: lambda: pgettext(
        "page", "It takes a moment. Do not pay again; this page looks after it."
    ),
    State.CLOSED: lambda: pgettext("page", "Ask whoever sent you the link for another way to pay."),
    State.PAID: lambda: pgettext("page", "Thank you, it is paid"),
    State.VOID: lambda: pgettext("page", "Nothing more has to be paid here."),
}
