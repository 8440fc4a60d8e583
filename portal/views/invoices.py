"""Invoices, receipts and credit notes: all of them, and each invoice on a page on which it can be paid.

A form's answer never leads to a bank: browsers apply the policy for forms to redirects too. The page that follows does.
"""

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from customers.kit.errors import CardDeclined, DomainError, InvalidRequest, NotFound
from payments.billing.models import Invoice
from payments.billing.services import (
    invoice_documents,
    invoice_links,
    invoice_page,
    invoice_states,
)
from payments.billing.services.invoice_page import State
from payments.billing.views import invoices as hosted
from payments.emails import declines
from payments.forms import card_entry
from payments.forms.links import KEY, PaymentForm, fresh_key
from payments.models import Charge, PaymentMethod, Token
from payments.services import card_pages, payment_methods, tokens
from portal.services import devices, histories, overviews, own_methods
from portal.services.histories import History
from portal.views import doors, statement
from portal.views.doors import Visit

_AT_ONCE = 20
_MOST_SAVED = 10
NEW_CARD = "card"
"""What a form says that pays with a card that is typed."""


@doors.customer_page
@require_safe
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what was billed, the newest first; `?after=` goes on behind an entry."""
    require(visit)
    after = request.GET.get("after", "")
    try:
        history = histories.of_customer(visit.customer, after=after, limit=_AT_ONCE)
    except NotFound as error:
        raise Http404 from error
    here = visit.address("invoices")
    context = {
        "papers": paper_rows(visit, history),
        "newest_url": here if after else "",
        "older_url": f"{here}?{urlencode({'after': history.older})}" if history.older else "",
    }
    return doors.shown(request, visit, "portal/invoices.html", context)


@card_entry.on_page
@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Show an invoice, and take a payment for it."""
    invoice = _own(visit, pk)
    if request.method == "POST" and invoice_page.state_of(invoice) in {State.PAYABLE, State.CLOSED}:
        return _taken(request, visit, invoice)
    return _shown(request, visit, invoice)


@doors.customer_page
@require_safe
def paid(request: HttpRequest, visit: Visit, pk: str, act_key: str) -> HttpResponse:
    """Say what became of a payment, or lead on to the bank that asks for its customer."""
    invoice = _own(visit, pk)
    try:
        charge = invoice_page.payment_of(invoice, act_key)
    except NotFound as error:
        raise Http404 from error
    is_of_card = charge.method_details.get("type") == PaymentMethod.Kind.CARD
    if charge.status == Charge.Status.PENDING and (charge.action_url or is_of_card):
        context = {"url": charge.action_url, "invoice": invoice}
        return doors.shown(request, visit, "portal/invoice_pending.html", context)
    if charge.status == Charge.Status.SUCCEEDED:
        messages.success(request, pgettext("page", "Thank you, it is paid"))
    elif charge.status == Charge.Status.PENDING:
        text = pgettext("page", "The payment is on its way. Your bank takes some days for it.")
        messages.success(request, text)
    else:
        messages.error(request, declines.reason_of(charge))
    return HttpResponseRedirect(visit.address("invoices-one", str(invoice.pk)))


def paper_rows(visit: Visit, history: History) -> list[statement.PaperRow]:
    """Return the entries of a history, with the pages of its invoices."""
    return statement.paper_rows(
        history, visit.reader, page_of=lambda pk: visit.address("invoices-one", pk), at=visit.at
    )


def require(visit: Visit) -> None:
    """Let nobody go on where customers are not to see their invoices.

    Raises:
        Http404: they are not.
    """
    if not visit.may("invoice_history"):
        raise Http404


def _own(visit: Visit, pk: str) -> Invoice:
    """Return an invoice of the customer's; what is to be paid may be seen whatever the configuration says.

    Raises:
        Http404: the customer has none with this id, or was not told of it yet.
    """
    found = histories.finalized(visit.customer).select_related("site", "customer", "subscription")
    invoice = found.filter(pk=pk).first()
    if invoice is None:
        raise Http404
    return invoice


def _taken(request: HttpRequest, visit: Visit, invoice: Invoice) -> HttpResponse:
    """Charge what was chosen, and lead to what became of it."""
    form, saved = None, _saved(visit, request.POST.get("with", ""))
    if saved is None:
        form = PaymentForm(visit.site.name, request.POST)
        if not form.is_valid():
            return _shown(request, visit, invoice, form)
    sent = request.POST.get("act_key", "")
    sent = sent if re.fullmatch(KEY, sent) else fresh_key()
    act_key = hosted.key_of_try(invoice, sent)
    there = visit.address("invoices-paid", str(invoice.pk), act_key)
    try:
        code = _code(request, visit, saved) if saved else None
        invoice_page.pay(
            invoice,
            form.cleaned_data["token"] if form else "",
            saved=saved,
            security_code=code,
            act_key=act_key,
            return_url=f"{settings.PUBLIC_URL}{there}",
            at=visit.at,
        )
    except DomainError as error:
        if not hosted.was_charged(invoice, act_key):
            return _refused(request, visit, invoice, form, error)
    return HttpResponseRedirect(there)


def _refused(
    request: HttpRequest,
    visit: Visit,
    invoice: Invoice,
    form: PaymentForm | None,
    error: DomainError,
) -> HttpResponse:
    """Say why nothing was charged."""
    if form is not None and isinstance(error, CardDeclined | InvalidRequest):
        form.refuse(error)
        return _shown(request, visit, invoice, form)
    if isinstance(error, NotFound):
        text = pgettext("page", "Enter the security code of your card.")
    else:
        text = pgettext("page", "No money was taken from you. Look again in a few minutes.")
    messages.error(request, text)
    return HttpResponseRedirect(request.path)


def _saved(visit: Visit, pk: str) -> PaymentMethod | None:
    """Return the saved method that was chosen; None where a card is typed."""
    if pk in {"", NEW_CARD}:
        return None
    try:
        return payment_methods.get_own(visit.customer, pk)
    except NotFound as error:
        raise Http404 from error


def _code(request: HttpRequest, visit: Visit, saved: PaymentMethod) -> Token | None:
    """Return the security code of a saved card, where whoever pays has to have the card in hand (rules R13 and C10).

    Raises:
        NotFound: none came.
    """
    is_trusted = _is_trusted(request, visit)
    if not card_pages.asks_code(visit.site, saved, is_trusted=is_trusted):
        return None
    return tokens.code(request.POST.get("cvc_token", ""), param="cvc_token", at=visit.now)


def _is_trusted(request: HttpRequest, visit: Visit) -> bool:
    """Tell whether the customer trusts the browser that they pay in."""
    cookie = request.COOKIES.get(doors.device_cookie_name(visit.site.slug), "")
    return devices.is_trusted(cookie, visit.customer, at=visit.now)


def _shown(
    request: HttpRequest, visit: Visit, invoice: Invoice, form: PaymentForm | None = None
) -> HttpResponse:
    state, to = invoice_page.state_of(invoice), visit.reader
    document = invoice_documents.of_invoice(invoice, to)
    is_payable = state in {State.PAYABLE, State.CLOSED} and not visit.session.is_read_only
    context: dict[str, Any] = {
        "invoice": invoice,
        "document": document,
        "badge": _badge(visit, invoice, state),
        "amount": statement.money(invoice_states.remaining(invoice), invoice.currency, to),
        "files": _files(invoice),
        "credit_notes": [
            (
                note.number,
                statement.money(-note.total, note.currency, to),
                invoice_links.credit_note_pdf(str(note.pk)),
            )
            for note in invoice_page.credit_notes_of(invoice)
        ],
        "is_busy": state == State.BUSY,
    }
    if is_payable:
        context |= _ways(request, visit, invoice, form)
    return doors.shown(request, visit, "portal/invoice.html", context)


def _badge(visit: Visit, invoice: Invoice, state: State) -> statement.Badge:
    if state == State.BUSY:
        return pgettext("page", "On its way"), ""
    return statement.invoice_badge(invoice, None, at=visit.at)


def _ways(
    request: HttpRequest, visit: Visit, invoice: Invoice, form: PaymentForm | None
) -> dict[str, Any]:
    """Return what an invoice can be paid with: at once, with a saved card's code, or with a card that is typed."""
    rows = PaymentMethod.objects.of_customer(visit.customer).newest_first()[:_MOST_SAVED]
    saved = [
        method
        for method in overviews.default_first(rows, visit.customer)
        if own_methods.can_be_charged(method, at=visit.at)
    ]
    is_trusted = _is_trusted(request, visit)
    coded = [
        method
        for method in saved
        if card_pages.asks_code(visit.site, method, is_trusted=is_trusted)
    ]
    first = coded[0] if coded else None
    currency, of = invoice.currency, f"invoice {invoice.pk}"
    entry = card_entry.opened(request, visit.site, page=of, currency=currency, at=visit.now)
    return {
        "form": form or PaymentForm(visit.site.name),
        "entry": entry,
        "accounts": [
            (str(method.pk), statement.method_name(method))
            for method in saved
            if method not in coded
        ],
        "coded": first,
        "coded_name": statement.method_name(first) if first else "",
        "coded_when": f"with={first.pk}" if first else "",
    }


def _files(invoice: Invoice) -> list[tuple[str, str]]:
    pdf = invoice_links.pdf(str(invoice.pk), invoice.finalized_at) or ""
    files = [(pgettext("page", "Download invoice"), pdf)]
    if invoice.status == Invoice.Status.PAID:
        receipt = invoice_links.receipt(str(invoice.pk))
        files.append((pgettext("page", "Download receipt"), receipt))
    return files
