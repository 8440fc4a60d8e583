"""Invoices, receipts and credit notes as files, for whoever has the address."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from customers.kit.errors import InvalidState, NotFound
from customers.kit.tenancy import scoped_to
from payments.billing.services import invoice_documents, invoice_links


@never_cache
@require_safe
def invoice(request: HttpRequest, sealed: str) -> HttpResponse:
    """Send an invoice."""
    try:
        found = invoice_links.opened(sealed)
    except NotFound as error:
        raise Http404 from error
    with scoped_to(found.site, livemode=found.livemode):
        return _file(invoice_documents.invoice_pdf(found), f"Invoice-{found.number}")


@never_cache
@require_safe
def receipt(request: HttpRequest, sealed: str) -> HttpResponse:
    """Send the receipt of an invoice, once it is paid."""
    try:
        found = invoice_links.opened(sealed)
        with scoped_to(found.site, livemode=found.livemode):
            return _file(invoice_documents.receipt_pdf(found), f"Receipt-{found.number}")
    except (NotFound, InvalidState) as error:
        raise Http404 from error


@never_cache
@require_safe
def credit_note(request: HttpRequest, sealed: str) -> HttpResponse:
    """Send a credit note."""
    try:
        found = invoice_links.opened_credit_note(sealed)
    except NotFound as error:
        raise Http404 from error
    with scoped_to(found.site, livemode=found.livemode):
        return _file(invoice_documents.credit_note_pdf(found), f"CreditNote-{found.number}")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf") or ""  # noqa: FBT003 -- as an attachment; it takes no keyword
    response["X-Robots-Tag"] = "noindex"
    return response
