"""Drafts of invoices: made for a customer, given lines and words, deleted."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from customers.admin import shown as people
from customers.admin.base import Act, Link, attempt
from customers.models import Customer
from payments.admin.base import ActForm, Result
from payments.admin.new_payments import living
from payments.billing.admin import shown
from payments.billing.admin.invoice_acts import InvoiceActs
from payments.billing.admin.invoice_forms import (
    DraftForm,
    LineForm,
    NewInvoiceForm,
    one_time_prices,
)
from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import invoice_items, invoices


class Drafts(InvoiceActs):
    """The views of drafts; mixed into the pages of invoices."""

    def draft_urls(self) -> list[URLPattern]:
        """Return the addresses of these views; `?customer=…` says for whom a new one is."""
        one = "<str:object_id>/"
        return [
            self.route("new/", self.new_view, "new"),
            self.route(one + "words/", self.words_view, "words"),
            self.route(one + "add-line/", self.add_line_view, "add_line"),
            self.route(one + "remove-line/<str:item_id>/", self.remove_line_view, "remove_line"),
            self.route(one + "discard/", self.discard_view, "discard"),
        ]

    def draft_links(self, row: Invoice) -> list[Link]:
        """Return what can be done with a draft beside what can be done with any invoice."""
        if row.status != Invoice.Status.DRAFT:
            return []
        links = [Link(_("Edit"), self.url("words", row.pk))]
        if row.subscription_id is None:
            links.append(Link(_("Delete draft"), self.url("discard", row.pk), "danger"))
        return links

    def line_links(self, row: Invoice, line: dict[str, Any]) -> list[Link]:
        """Return what can be done with a line of a draft."""
        if row.status != Invoice.Status.DRAFT or not line["item"]:
            return []
        return [Link(_("Remove"), self.url("remove_line", row.pk, line["item"]))]

    # -- Views --------------------------------------------------------------------------------------------------------

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what a customer is billed for, or draft it."""
        self.require(self.has_change_permission(request))
        customer = living(request.GET.get("customer", ""))
        words = self.words(
            customer,
            title=_("New invoice for %(customer)s") % {"customer": customer},
            text=_("It is a draft at first: nobody is billed before you finalize it."),
            button=_("Make the draft"),
            back=people.customer_line(customer)["url"],
        )
        form = self.make_form(request, NewInvoiceForm, customer, self.choice(request).site)
        return self.run_form(
            request, form, lambda form: self._make(customer, form), words, row=customer
        )

    def words_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what a draft says, or change it."""
        row = self.changeable(request, object_id)
        initial = {
            "description": row.description,
            "footer": row.footer,
            "due_on": localtime(row.due_at).date() if row.due_at else None,
        }
        words = self.words(row, title=_("Edit this draft"), button=_("Save"))
        form = self.make_form(request, DraftForm, row, initial=initial)
        return self.run_form(
            request, form, lambda form: self._save(row, form), words, row=shown.invoice_name(row)
        )

    def add_line_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what is to be added to a draft, or add it."""
        row = self.changeable(request, object_id)
        words = self.words(
            row,
            title=_("Add a line"),
            text=_("%(customer)s is to pay %(amount)s so far.")
            % {"customer": row.customer, "amount": shown.money(row.total, row.currency)},
            button=_("Add the line"),
        )
        form = self.make_form(request, LineForm, row.currency, one_time_prices(row.currency))
        return self.run_form(
            request, form, lambda form: self._add(row, form), words, row=shown.invoice_name(row)
        )

    def remove_line_view(self, request: HttpRequest, object_id: str, item_id: str) -> HttpResponse:
        """Ask whether to take something off a draft, or do it."""
        row = self.changeable(request, object_id)
        item = _item_of(row, item_id)
        text = _("%(line)s over %(amount)s is deleted, and %(customer)s is not billed for it.") % {
            "line": item.description,
            "amount": shown.money(item.amount, item.currency),
            "customer": row.customer,
        }
        words = self.words(
            row, title=_("Remove this line?"), text=text, button=_("Remove"), style="danger"
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: self._remove(row, item),
            words,
            row=shown.invoice_name(row),
        )

    def discard_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to delete a draft, or delete it."""
        row = self.changeable(request, object_id)
        words = Act(
            title=_("Delete this draft?"),
            text=_("What is on it waits for the next invoice of %(customer)s again: %(amount)s.")
            % {"customer": row.customer, "amount": shown.money(row.total, row.currency)},
            button=_("Delete draft"),
            done=_("The draft was deleted."),
            back=self.page_url(row),
            then=lambda _gone: people.customer_line(row.customer)["url"],
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, ActForm),
            lambda _form: attempt(lambda: invoices.delete(row, at=self.now(row))),
            words,
            row=shown.invoice_name(row),
        )

    # -- What they do -------------------------------------------------------------------------------------------------

    def _make(self, customer: Customer, form: NewInvoiceForm) -> Result:
        at, said = self.now(customer), form.cleaned_data
        is_sent = said["collection"] == Subscription.Collection.SEND

        def make() -> Invoice:
            made = invoices.draft(
                customer=customer, currency=said["currency"], period_start=at, period_end=at,
                collection_method=said["collection"], description=said["description"],
                days_until_due=said["days_until_due"] if is_sent else None,
                takes_pending=said["takes_pending"], at=at,
            )  # fmt: skip
            for line in form.lines():
                invoice_items.create(customer, invoice=made, details=line, at=at)
            return made

        return self.done(attempt(make), _("The draft was made."))

    def _save(self, row: Invoice, form: DraftForm) -> Result:
        at = self.now(row)
        made = attempt(lambda: invoices.update(row, details=form.details(), at=at))
        return self.done(made, _("Saved."))

    def _add(self, row: Invoice, form: LineForm) -> Result:
        at, line = self.now(row), form.details()
        attempt(lambda: invoice_items.create(row.customer, invoice=row, details=line, at=at))
        return self.done(row, _("The line was added."))

    def _remove(self, row: Invoice, item: InvoiceItem) -> Result:
        at = self.now(row)
        attempt(lambda: invoice_items.delete(item, at=at))
        return self.done(row, _("The line was removed."))


def _item_of(row: Invoice, item_id: str) -> InvoiceItem:
    """Return an item that an invoice bills.

    Raises:
        Http404: it bills no such item.
    """
    item = InvoiceItem.objects.filter(pk=item_id, invoice=row).first()
    if item is None:
        raise Http404
    return item
