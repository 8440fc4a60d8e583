"""Links of the Omise dialect: what is asked for by them, who paid, and the address to send."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act, TenantAdmin
from customers.admin.base import Link as Way
from customers.admin.customer_filters import TableFilter
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import ShowsAmounts
from payments.models import Charge, Link
from payments.services import links

SHOWN = 30  # payments


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "open": (gettext_lazy("Not withdrawn"), lambda rows: rows.filter(deleted_at=None)),
        "withdrawn": (gettext_lazy("Withdrawn"), lambda rows: rows.exclude(deleted_at=None)),
    }


class LinkAdmin(ShowsAmounts, TenantAdmin[Link]):
    """The pages of links; they are made through the API, and can be withdrawn here."""

    model = Link
    menu_title = gettext_lazy("Omise links")
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.MOVE_MONEY
    page_template: ClassVar[str] = "admin/payments/payment_link.html"
    list_display = ("amount_shown", "state", "title", "how_often", "created")
    list_filter = (StateFilter,)
    empty_value_display = ""

    def prepare_rows(self, rows: list[Link]) -> None:
        used = links.used_at([row.pk for row in rows])
        for row in rows:
            row.is_used = row.pk in used  # type: ignore[attr-defined]  # for `state`, one query for all

    def state(self, row: Link) -> str:
        """Show how it stands."""
        words = badge(row, is_used=getattr(row, "is_used", False))
        return format_html('<span class="badge {1}">{0}</span>', *words)

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as the stock admin wants it

    def how_often(self, row: Link) -> str:
        """Show whether it can be paid again."""
        return _how_often(row)

    how_often.short_description = gettext_lazy("can be paid")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Link:
        link = Link.objects.filter(pk=object_id).first()
        if link is None:
            raise Http404
        return link

    def facts(self, request: HttpRequest, row: Link) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Amount"), shown.money(row.amount, row.currency)),
            (_("Can be paid"), _how_often(row)),
            (_("Description"), row.description),
            (_("Made"), row.created_at),
            (_("Withdrawn"), row.deleted_at),
            (_("ID"), row.pk),
        )

    def page_context(self, request: HttpRequest, row: Link) -> dict[str, Any]:
        charges = Charge.objects.filter(link=row).prefetch_related("disputes").newest_first()
        return {
            "title": row.title,
            "badge": badge(row, is_used=bool(links.used_at([row.pk]))),
            "address": "" if row.deleted_at else links.url_of(row),
            "payments": [_payment(charge) for charge in charges[:SHOWN]],
        }

    def links(self, request: HttpRequest, row: Link) -> list[Way]:
        if row.deleted_at is not None or not self.has_change_permission(request):
            return []
        return [Way(_("Withdraw"), self.url("withdraw", row.pk), "danger")]

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/withdraw/", self.withdraw_view, "withdraw")]

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to withdraw a link, or withdraw it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Withdraw this link?"),
            text=_("Nobody can pay with it any more. What was paid stays paid."),
            button=_("Withdraw"),
            done=_("The link was withdrawn."),
            back=self.page_url(row),
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: links.delete(row, at=clock.now()),
            words,
            row=row.title,
        )


def badge(link: Link, *, is_used: bool) -> shown.Badge:
    """Return a link's state."""
    if link.deleted_at is not None:
        return _("Withdrawn"), ""
    return (_("Paid"), "ok") if is_used else (_("Open"), "warn")


def _how_often(link: Link) -> str:
    return _("Again and again") if link.is_multiple else _("Once")


def _payment(charge: Charge) -> dict[str, Any]:
    dispute = next(iter(charge.disputes.all()), None)  # prefetched
    return {
        "url": reverse("admin:payments_charge_page", args=[charge.pk]),
        "amount": shown.money(charge.amount, charge.currency),
        "badges": shown.charge_badges(charge, dispute),
        "text": shown.payer(charge) or shown.charged_line(charge),
        "created_at": charge.created_at,
    }
