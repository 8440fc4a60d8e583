"""Merging: another customer goes into the one whose page it is, after a look at both, and comes out again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import shown
from customers.admin.base import Act
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.kit.errors import DomainError, NotFound
from customers.models import Customer, Merge
from customers.restkit.id_inputs import IdField, targets
from customers.services import customers, duplicates, finding, merge_fields, merges
from customers.services.merge_fields import Difference
from customers.services.merges import Preview
from customers.services.powers import Power

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object

MOVING: dict[str, Any] = {
    "payment_methods": gettext_lazy("Payment methods"),
    "subscriptions": gettext_lazy("Subscriptions"),
    "subscription_schedules": gettext_lazy("Planned subscriptions"),
    "invoices": gettext_lazy("Invoices"),
    "invoice_items": gettext_lazy("Items for invoices"),
    "credit_notes": gettext_lazy("Credit notes"),
    "discounts": gettext_lazy("Discounts"),
    "promotion_codes": gettext_lazy("Promotion codes"),
    "charges": gettext_lazy("Payments"),
    "payment_intents": gettext_lazy("Payment intents"),
    "setup_intents": gettext_lazy("Setup intents"),
    "schedules": gettext_lazy("Scheduled payments"),
    "addresses": gettext_lazy("Addresses"),
    "tax_ids": gettext_lazy("Tax IDs"),
    "consents": gettext_lazy("Consents, with their evidence"),
    "notes": gettext_lazy("Notes"),
    "messages": gettext_lazy("Emails"),
    "checkout_sessions": gettext_lazy("Checkout sessions"),
    "portal_sessions": gettext_lazy("Portal sessions, which end"),
    "trusted_devices": gettext_lazy("Trusted devices, which are trusted no more"),
    "events": gettext_lazy("Events"),
}
"""What moves, in the order in which it is listed."""
POSTAL_ORDER = ("name", "line1", "line2", "postal_code", "city", "state", "country", "phone")


class WhomForm(DashboardForm):
    """Asks for the other customer."""

    customer = forms.CharField(
        label=gettext_lazy("The other customer"),
        max_length=200,
        help_text=gettext_lazy("An ID, an email address, a name or a phone number."),
    )


class MergeForm(DashboardForm):
    """Asks, where the two differ, which value stays.

    Args:
        differences: the fields to choose in.
    """

    def __init__(self, differences: list[Difference], **options: Any) -> None:
        super().__init__(**options)
        for difference in differences:
            self.fields[difference.name] = forms.ChoiceField(
                label=difference.title,
                choices=[
                    (merge_fields.KEPT, _said(difference.kept)),
                    (merge_fields.MERGED, _said(difference.merged)),
                ],
                initial=difference.side,
                widget=forms.RadioSelect,
            )


class CustomerMerges(_Base):
    """The views of merges; mixed into the pages of customers."""

    def merge_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        return [
            self.route("<str:object_id>/merge/", self.merge_view, "merge"),
            self.route("<str:object_id>/merges/<str:pk>/undo/", self.undo_merge_view, "undo_merge"),
        ]

    def merge_url(self, kept: Customer, other: Customer | None = None) -> str:
        """Return where another customer goes into one."""
        query = f"?{urlencode({'with': other.pk})}" if other is not None else ""
        return self.url("merge", kept.pk) + query

    def merge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the other customer; then show both, and what moves; then merge."""
        kept = self._merging(request, object_id)
        asked = request.GET.get("with", "")
        if not asked:
            return self._ask_whom(request, kept)
        merged = self._living(asked)
        try:
            preview = merges.preview(kept, merged, choices={}, at=clock.now())
        except DomainError as refusal:
            return self._ask_whom(request, kept, refusal=refusal)
        back = self.page_url(kept)
        words = Act(
            title=_("Merge %(merged)s into %(kept)s") % {"merged": merged, "kept": kept},
            button=_("Merge"),
            done=_("The two are one customer now. You can undo that for 30 days."),
            back=back,
            then=lambda _record: back,
        )
        return self.run_form(
            request,
            self.make_form(request, MergeForm, preview.differences),
            lambda form: merges.merge(kept, merged, choices=form.cleaned_data, at=clock.now()),
            words,
            row=kept,
            template="admin/customers/customer/merge.html",
            more=self._shown(preview, kept, merged),
        )

    def undo_merge_view(self, request: HttpRequest, object_id: str, pk: str) -> HttpResponse:
        """Ask whether to take a merge back, or take it back."""
        kept = self._merging(request, object_id)
        try:
            record = merges.get(pk, kept=kept)
        except NotFound as error:
            raise Http404 from error
        words = Act(
            title=_("Take %(merged)s out of %(kept)s again?")
            % {"merged": record.merged, "kept": kept},
            text=_(
                "What came with it goes back, with what was made for it since. What was changed meanwhile stays."
            ),
            button=_("Undo the merge"),
            done=_("The merge was undone."),
            back=self.page_url(kept),
            then=lambda undone: self.url("page", undone.merged_id),
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: merges.undo(record, at=clock.now()),
            words,
            row=kept,
        )

    def _merging(self, request: HttpRequest, object_id: str) -> Customer:
        customer = self.found(request, object_id)
        self.require(self.allows(request, Power.MERGE))
        if customer.is_deleted:
            raise Http404
        return customer

    def _living(self, pk: str) -> Customer:
        try:
            return customers.get(customers.get_living(targets([pk]).get(pk, pk)).pk)
        except NotFound as error:
            raise Http404 from error

    def _ask_whom(
        self, request: HttpRequest, kept: Customer, *, refusal: DomainError | None = None
    ) -> HttpResponse:
        """Show the form for the other customer, with those who may be the same person; go on with a good answer."""
        text = request.GET.get("customer", "").strip()
        found = [row for row in _named(text, kept) if row.pk != kept.pk] if text else []
        if len(found) == 1:
            return HttpResponseRedirect(self.merge_url(kept, found[0]))
        likely = found or duplicates.of_customer(kept)
        said = refusal.message if refusal is not None else ""
        if "customer" in request.GET and not text:
            said = _("Say who the other customer is.")
        context = {
            "title": _("Merge another customer into %(kept)s") % {"kept": kept},
            "row": kept,
            "back": self.page_url(kept),
            "refusal": said,
            "form": WhomForm(initial={"customer": text}),
            "text": text,
            "people": [
                (shown.customer_line(row), row, self.merge_url(kept, row)) for row in likely
            ],
        }
        return self.render(request, "admin/customers/customer/merge_whom.html", context)

    def _shown(self, preview: Preview, kept: Customer, merged: Customer) -> dict[str, Any]:
        record = preview.record
        return {
            "kept": kept,
            "merged": merged,
            "kept_url": self.page_url(kept),
            "merged_url": self.page_url(merged),
            "swap_url": self.merge_url(merged, kept),
            "moving": _counted(record.moved),
            "sums": _sums(record),
        }


def _named(text: str, kept: Customer) -> list[Customer]:
    """Return the customers that a text names: by an id, in any spelling, or by what it begins with."""
    try:
        pk = IdField().accept(text, "customer")
    except DomainError:
        return []
    known = Customer.objects.living().filter(pk=targets([pk]).get(pk, pk)).first()
    return [known] if known else finding.beginning_with(text, site=kept.site, limit=10)


def _counted(moved: Mapping[str, int]) -> list[tuple[Any, int]]:
    order = {name: place for place, name in enumerate(MOVING)}
    names = sorted(moved, key=lambda name: order.get(name, len(order)))
    return [(MOVING.get(name, name), moved[name]) for name in names]


def _sums(record: Merge) -> list[tuple[Any, str]]:
    """Return what goes over from the balances."""
    sums = []
    if record.balance:
        title = _("Owed") if record.balance > 0 else _("Credit")
        sums.append((title, shown.money(abs(record.balance), record.currency)))
    sums += [(_("Cash balance"), shown.money(amount, unit)) for unit, amount in record.cash.items()]
    return sums


def _said(value: Any) -> str | SafeString:
    """Return a value for people."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        order = (*POSTAL_ORDER, *sorted(value.keys() - set(POSTAL_ORDER)))
        parts = [str(part) for name in order if isinstance(part := value.get(name), str) and part]
        return ", ".join(parts) or ngettext("%(n)d setting", "%(n)d settings", len(value)) % {
            "n": len(value)
        }
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if value else format_html('<span class="none">{}</span>', _("Nothing"))
