"""Credit notes: what was taken back of invoices; read, issued from an invoice's page, voided."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown as people
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.admin.exports import Cell, amount, plain
from customers.admin.tables import Table
from customers.kit import clock
from customers.kit.errors import DomainError, NotFound
from customers.services import test_clocks
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import ActForm, AsksGateway, Result
from payments.billing.admin.credit_note_forms import BALANCE, REFUND, IssueForm
from payments.billing.models import CreditNote, CreditNoteLine, CreditNoteRefund, Invoice
from payments.billing.services import credit_notes, invoice_states
from payments.models import Refund

Status = CreditNote.Status


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "issued": (gettext_lazy("Issued"), lambda rows: rows.filter(status=Status.ISSUED)),
        "void": (gettext_lazy("Void"), lambda rows: rows.filter(status=Status.VOID)),
    }


class CreditNoteAdmin(Table, AsksGateway, TenantAdmin[CreditNote]):
    """The pages of credit notes."""

    model = CreditNote
    to_view = Power.VIEW_BILLING
    to_change = Power.MANAGE_BILLING
    page_template: ClassVar[str] = "admin/billing/credit_note.html"
    list_display = ("numbered", "total_shown", "state", "created")
    list_select_related = ("customer",)
    list_filter = (StateFilter,)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Finds whole numbers and IDs.")
    empty_value_display = ""
    cells: ClassVar[tuple[Cell, ...]] = (
        plain("id"), plain("created_at", of="created", header="created"), plain("number", of="numbered"),
        plain("customer_id", of="numbered"), plain("invoice_id", of="numbered"), amount("total", of="total_shown"),
        plain("currency", of="total_shown"), plain("status", of="state"), plain("reason", of="state"),
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a credit note by its number or its id."""
        word = search_term.strip()
        named = Q(number=word.upper()) | Q(pk=word)
        return (queryset.filter(named) if word else queryset), False

    # -- Columns ------------------------------------------------------------------------------------------------------

    def numbered(self, row: CreditNote) -> str:
        """Show the number, and whose it is."""
        return format_html('{}<span class="quiet">{}</span>', row.number, str(row.customer))

    numbered.short_description = gettext_lazy("credit note")  # type: ignore[attr-defined]  # as the stock admin wants it

    def total_shown(self, row: CreditNote) -> str:
        """Show the total, with its currency's code."""
        return people.money_with_code(row.total, row.currency)

    total_shown.short_description = gettext_lazy("total")  # type: ignore[attr-defined]  # as above

    def state(self, row: CreditNote) -> str:
        """Show how it stands."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> CreditNote:
        try:
            return credit_notes.get(object_id)
        except NotFound as error:
            raise Http404 from error

    def facts(self, request: HttpRequest, row: CreditNote) -> Sequence[tuple[Any, Any]]:
        def money(amount: int) -> str:
            return shown.money(amount, row.currency) if amount else ""

        ways = (
            (_("Lowers what is due by"), money(row.pre_payment_amount)),
            (_("Refunded"), money(row.refund_amount)),
            (_("Credited to the balance"), money(row.credit_amount)),
            (_("Given back elsewhere"), money(row.out_of_band_amount)),
        )
        return (
            (_("Total"), shown.money(row.total, row.currency)),
            (_("Without tax"), shown.money(row.total_excluding_tax, row.currency)),
            *((label, value) for label, value in ways if value),
            (_("Reason"), row.get_reason_display()),
            (_("Memo"), row.memo),
            (_("Issued"), row.created_at),
            *([(_("Voided"), row.voided_at)] if row.voided_at else []),
            *sorted(row.metadata.items()),
            (_("ID"), row.pk),
        )

    def page_context(self, request: HttpRequest, row: CreditNote) -> dict[str, Any]:
        lines = CreditNoteLine.objects.filter(credit_note=row).order_by("position")
        linked = CreditNoteRefund.objects.filter(credit_note=row).select_related("refund")
        return {
            "badge": badge(row),
            "customer": people.customer_line(row.customer),
            "invoice": row.invoice.number,
            "invoice_url": _invoice_url(row.invoice),
            "lines": [_line(line, row.currency) for line in lines],
            "refunds": [_refund(link) for link in linked.order_by("created_at", "id")],
        }

    def links(self, request: HttpRequest, row: CreditNote) -> list[Link]:
        if not self.has_change_permission(request) or not credit_notes.is_voidable(row):
            return []
        return [Link(_("Void"), self.url("void", row.pk), "danger")]

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("issue/<str:invoice_id>/", self.issue_view, "issue"),
            self.route("<str:object_id>/void/", self.void_view, "void"),
        ]

    # -- Acts ---------------------------------------------------------------------------------------------------------

    def issue_view(self, request: HttpRequest, invoice_id: str) -> HttpResponse:
        """Ask what to credit of an invoice; then show what that comes to; then issue the credit note."""
        self.require(self.has_change_permission(request))
        try:
            invoice = invoice_states.get(invoice_id)
        except NotFound as error:
            raise Http404 from error
        form = self.make_form(request, IssueForm, invoice)
        if request.method == "POST" and self._is_fine(request, form) and not form.is_seen:
            return self._shown_first(request, invoice, form)
        words = _issue_words(invoice)
        return self.run_form(request, form, lambda sent: self._issue(invoice, sent), words)

    def _shown_first(self, request: HttpRequest, invoice: Invoice, form: IssueForm) -> HttpResponse:
        words = _issue_words(invoice)
        try:
            total, given_back = credit_notes.divided(invoice, form.wanted())
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            form.see()
            words = _confirm_words(invoice, total, given_back, form.cleaned_data.get("way", ""))
        return self.render(
            request, "admin/form.html", {"title": words.title, "act": words, "form": form}
        )

    def _issue(self, invoice: Invoice, form: IssueForm) -> Result:
        _total, given_back = credit_notes.divided(invoice, form.wanted())
        note = credit_notes.create(
            invoice,
            form.wanted(given_back),
            request_key=form.request_key(f"credit note of {invoice.pk}"),
            at=test_clocks.now_for(invoice, clock.now()),
        )
        told = {"number": note.number, "amount": shown.money(note.total, note.currency)}
        linked = CreditNoteRefund.objects.filter(credit_note=note).select_related("refund")
        states = {link.refund.status for link in linked}
        if Refund.Status.FAILED in states:
            text = _(
                "%(number)s was issued, but the gateway refused the refund: nothing was given back."
            )
            return Result("error", text % told, self.page_url(note))
        if Refund.Status.PENDING in states:
            text = _("%(number)s was issued. The gateway has not confirmed the refund yet.")
            return Result("warning", text % told, self.page_url(note))
        text = _("%(number)s of %(amount)s was issued.")
        return Result("success", text % told, self.page_url(note))

    def void_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to void a credit note, or do it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        amount = shown.money(row.total, row.currency)
        words = Act(
            title=_("Void this credit note of %(amount)s?") % {"amount": amount},
            text=_("The invoice asks for the whole again. This cannot be undone.")
            if row.pre_payment_amount
            else _("Its refund has failed, so that nothing was given back. This cannot be undone."),
            button=_("Void %(amount)s") % {"amount": amount},
            done=_("%(number)s is void.") % {"number": row.number},
            back=self.page_url(row),
            style="danger",
        )
        at = test_clocks.now_for(row.invoice, clock.now())
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: credit_notes.void(row, at=at),
            words,
            row=row,
        )


def issue_links(invoice: Invoice) -> list[Link]:
    """Return the way to issue a credit note, for an invoice's page; none where nothing is left to credit."""
    if invoice.imported_from or not credit_notes.creditable(invoice):
        return []
    address = reverse("admin:billing_creditnote_issue", args=[invoice.pk])
    return [Link(_("Issue credit note"), address)]


def badge(note: CreditNote) -> shown.Badge:
    """Return a credit note's state."""
    return str(note.get_status_display()), "ok" if note.status == Status.ISSUED else ""


def _issue_words(invoice: Invoice) -> Act:
    left = shown.money(credit_notes.creditable(invoice), invoice.currency)
    return Act(
        title=_("Credit note for %(invoice)s") % {"invoice": invoice},
        text=_("Up to %(left)s of this invoice can be credited yet.") % {"left": left},
        button=_("Show what it comes to"),
        done="",
        back=_invoice_url(invoice),
        then=lambda result: str(result.url),
    )


def _confirm_words(invoice: Invoice, total: int, given_back: int, way: str) -> Act:
    amount = shown.money(total, invoice.currency)
    sentences = []
    if total > given_back:
        lowered = shown.money(total - given_back, invoice.currency)
        sentences.append(_("What is due is lowered by %(amount)s.") % {"amount": lowered})
    if given_back:
        given = shown.money(given_back, invoice.currency)
        sentences.append(str(_WAY_TEXTS.get(way or REFUND, _ELSEWHERE)) % {"amount": given})
    return Act(
        title=_("Issue a credit note of %(amount)s for %(invoice)s?")
        % {"amount": amount, "invoice": invoice},
        text=" ".join(sentences),
        button=_("Credit %(amount)s") % {"amount": amount},
        done="",
        back=_invoice_url(invoice),
        then=lambda result: str(result.url),
        style="danger",
    )


def _invoice_url(invoice: Invoice) -> str:
    try:
        return reverse("admin:billing_invoice_page", args=[invoice.pk])
    except NoReverseMatch:  # while invoices have no pages
        return reverse("admin:billing_creditnote_changelist")


def _line(line: CreditNoteLine, currency: str) -> dict[str, Any]:
    def money(amount: int) -> str:
        return shown.money(amount, currency) if amount else ""

    return {
        "text": line.description or _("Credit"),
        "quantity": line.quantity,
        "amount": shown.money(line.amount, currency),
        "discount": money(-sum(amount for _pk, amount in line.discounts_shown)),
        "tax": money(sum(tax["amount"] for tax in line.taxes_shown)),
    }


def _refund(link: CreditNoteRefund) -> dict[str, Any]:
    words, style = shown.refund_badge(link.refund)
    return {
        "words": words,
        "style": style,
        "reason": link.refund.get_reason_display() if link.refund.reason else "",
        "failure": link.refund.failure_reason,
        "amount": shown.money(link.amount, link.refund.currency),
        "created_at": link.created_at,
    }


_ELSEWHERE = gettext_lazy("%(amount)s is given back elsewhere; nothing is refunded here.")
_WAY_TEXTS = {
    REFUND: gettext_lazy("%(amount)s is refunded to the customer. This cannot be undone."),
    BALANCE: gettext_lazy("%(amount)s is credited to the customer's balance."),
}
