"""Erasing a customer's personal data: what it would do, a word typed to confirm it, and what is said of it later."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import shown
from customers.admin.base import Act, Link
from customers.admin.customer_page import Notice
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.models import Customer, Erasure
from customers.services import erasures
from customers.services.erasing import Act as Fate
from customers.services.erasing import OpenItem
from customers.services.erasures import Plan, PlanLine
from customers.services.powers import Power

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Customer]
else:
    _Base = object

WORD = gettext_lazy("erase")
FATES = {
    Fate.REMOVED: (gettext_lazy("Removed"), "bad"),
    Fate.EMPTIED: (gettext_lazy("Redacted"), "warn"),
    Fate.KEPT: (gettext_lazy("Kept"), "ok"),
}


class EraseForm(DashboardForm):
    """A word that is typed to confirm."""

    typed = forms.CharField(
        label=gettext_lazy("Type “erase” to confirm"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def clean_typed(self) -> str:
        """Take the word, in any letter case."""
        typed: str = self.cleaned_data["typed"].strip()
        if typed.casefold() != str(WORD).casefold():
            raise forms.ValidationError(_("Type the word “erase”."))
        return typed


class CustomerErasure(_Base):
    """The view that erases a customer; mixed into the pages of customers."""

    def erasure_urls(self) -> list[URLPattern]:
        """Return the view's address."""
        return [self.route("<str:object_id>/erase/", self.erase_view, "erase")]

    def erasure_link(
        self, request: HttpRequest, row: Customer, known: Erasure | None
    ) -> list[Link]:
        """Return the way to erase a customer, or to what was said of it."""
        if known is not None and known.status in _BEYOND_DECISION:
            return [Link(_("See the erasure"), page_of(known))]
        if not self.allows(request, Power.DELETE):
            return []
        return [Link(_("Erase personal data"), self.url("erase", row.pk), "danger")]

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would become of a customer's data; have it done."""
        row = self.found(request, object_id)
        self.require(self.allows(request, Power.DELETE))
        plan = erasures.plan(row)
        return self.run_form(
            request,
            self.make_form(request, EraseForm),
            lambda _form: erasures.create(row, at=clock.now()),
            Act(
                title=_("Erase the personal data of %(customer)s?") % {"customer": row},
                text=_text(plan),
                button=_("Erase personal data"),
                done=_("The erasure was asked for."),
                back=self.page_url(row),
                then=page_of,
                style="danger",
            ),
            row=row,
            template="admin/customers/customer/erase.html",
            more=context_of(plan),
        )


def page_of(erasure: Erasure) -> str:
    """Return the address of an erasure's page."""
    return reverse("admin:customers_erasure_page", args=[erasure.pk])


def context_of(plan: Plan) -> dict[str, Any]:
    """Return what pages show of a plan."""
    return {
        "fates": [
            {
                "title": FATES[fate][0],
                "style": FATES[fate][1],
                "text": _TEXTS[fate],
                "lines": [_line(line) for line in plan.lines if line.treatment.act == fate],
            }
            for fate in Fate
        ],
        "ends": said_of(plan.ends),
        "waits_for": said_of(plan.waits_for),
        "law": {
            "country": shown.country(plan.law.country) if plan.law.country else "",
            "years": plan.law.years,
            "source": plan.law.source,
            "until": plan.kept_until,
        },
    }


def notices(customer: Customer, known: Erasure | None) -> list[Notice]:
    """Return what the customer's page says of an erasure that has not ended."""
    if known is None or not known.is_open:
        return []
    if known.status == Erasure.Status.REQUESTED:
        url = reverse("admin:customers_customer_erase", args=[customer.pk])
        due = date_format(localtime(known.due_at)) if known.due_at else ""
        text = _("The customer asks for the erasure of their data. Answer until %(due)s.")
        return [Notice(text % {"due": due}, "warn", url)]
    return [
        Notice(_("The personal data of this customer is being erased."), "warn", page_of(known))
    ]


def _text(plan: Plan) -> str:
    if plan.waits_for:
        return _("This cannot be undone. It begins by itself as soon as nothing is open any more.")
    return _("This cannot be undone. It begins at once.")


def _line(line: PlanLine) -> dict[str, Any]:
    return {
        "title": line.treatment.title,
        "count": line.count,
        "reason": line.treatment.reason,
    }


def said_of(items: tuple[OpenItem, ...]) -> str:
    """Return how many there are of each, as a part of a sentence."""
    return ", ".join(f"{item.title} ({item.count})" for item in items)


_BEYOND_DECISION = {Erasure.Status.WAITING, Erasure.Status.RUNNING, Erasure.Status.DONE}
_TEXTS = {
    Fate.REMOVED: gettext_lazy("These rows go."),
    Fate.EMPTIED: gettext_lazy("These rows stay, and everything that tells who it was goes."),
    Fate.KEPT: gettext_lazy(
        "These stay as they have to, with what the law or the accounts need of them."
    ),
}
