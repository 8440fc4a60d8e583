"""The emails to a customer: listed on its page, and each shown as it was sent."""

from typing import TYPE_CHECKING, Any

from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from customers.admin import shown
from customers.kit.errors import NotFound
from customers.models import Customer, Message
from customers.services import letters, messages

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object

STYLES = {Message.Status.SENT: "ok", Message.Status.QUEUED: "", Message.Status.FAILED: "bad"}
# A letter has its styles in itself. It runs nothing, loads nothing but the merchant's logo, and is nobody: a document
# of its own in a frame.
LETTER_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'"],
    "font-src": ["'none'"],
    "connect-src": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": True,
}


class CustomerMessages(_Base):
    """The views of emails to a customer; mixed into the pages of customers."""

    def message_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/messages/<str:pk>/"
        return [
            self.route(one, self.message, "message"),
            self.route(f"{one}html/", self.message_html, "message_html"),
        ]

    @method_decorator(csp_update({"frame-src": ["'self'"]}))
    def message(self, request: HttpRequest, object_id: str, pk: str) -> TemplateResponse:
        """Show what was sent, to whom and when."""
        customer = self.found(request, object_id)
        self.require(self.has_view_permission(request, customer))
        row = self._message(customer, pk)
        context = {
            "title": row.subject or row.get_kind_display(),
            "customer": customer,
            "customer_url": self.page_url(customer),
            "row": row,
            "facts": _facts(row),
            "html_url": self.url("message_html", customer.pk, row.pk) if row.html else "",
        }
        return self.render(request, "admin/customers/customer/message.html", context)

    @method_decorator(csp_replace(LETTER_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def message_html(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Answer with the HTML that was sent, for the frame on its page."""
        customer = self.found(request, object_id)
        self.require(self.has_view_permission(request, customer))
        row = self._message(customer, pk)
        return HttpResponse(letters.with_logos_from(row.html, row.site))

    def _message(self, customer: Customer, pk: str) -> Message:
        try:
            return messages.get(customer, pk)
        except NotFound as error:
            raise Http404 from error


def _facts(row: Message) -> list[tuple[str, Any]]:
    pairs = [
        (_("Status"), row.get_status_display()),
        (_("About"), row.get_kind_display()),
        (_("To"), row.to),
        (_("Subject"), row.subject),
        (_("Language"), shown.language(row.language) if row.language else ""),
        (_("Written"), row.created_at),
        (_("Sent"), row.sent_at),
        (_("Attempts"), row.attempts),
        (_("Next attempt"), row.next_attempt_at),
        (_("What went wrong"), row.error),
        (_("Payment or card"), row.about),
        (_("Message ID"), row.pk),
    ]
    return [(label, value) for label, value in pairs if value]
