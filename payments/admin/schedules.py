"""Recurring payments: who is charged what by the calendar, and what became of each date."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import shown as people
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.customer_filters import TableFilter
from customers.admin.forms import DashboardForm
from customers.kit import clock
from customers.services import test_clocks
from customers.services.powers import Power
from payments import recurrence
from payments.admin import shown
from payments.admin.base import ShowsAmounts
from payments.admin.filters import CustomerFilter
from payments.models import Occurrence, PaymentMethod, Schedule
from payments.services import occurrences, schedules

Status = Schedule.Status
SHOWN = 30  # occurrences, and dates ahead
_STYLES = {
    Status.ACTIVE: "ok",
    Status.EXPIRING: "warn",
    Status.EXPIRED: "",
    Status.SUSPENDED: "bad",
    Status.CANCELED: "",
}
_OUTCOMES = {
    Occurrence.Status.PENDING: "warn",
    Occurrence.Status.SUCCEEDED: "ok",
    Occurrence.Status.FAILED: "bad",
    Occurrence.Status.SKIPPED: "",
}
_PLACES = {
    "first": gettext_lazy("on the first %(weekday)s"),
    "second": gettext_lazy("on the second %(weekday)s"),
    "third": gettext_lazy("on the third %(weekday)s"),
    "fourth": gettext_lazy("on the fourth %(weekday)s"),
    "last": gettext_lazy("on the last %(weekday)s"),
}


class StateFilter(TableFilter):
    title = gettext_lazy("status")
    parameter_name = "status"
    table = {
        "running": (
            gettext_lazy("Active"),
            lambda rows: rows.filter(status__in=Schedule.RUNNING),
        ),
        "suspended": (
            gettext_lazy("Stopped after failures"),
            lambda rows: rows.filter(status=Status.SUSPENDED),
        ),
        "ended": (
            gettext_lazy("Ended"),
            lambda rows: rows.filter(status__in=[Status.EXPIRED, Status.CANCELED]),
        ),
    }


class ScheduleAdmin(ShowsAmounts, TenantAdmin[Schedule]):
    """The pages of schedules; they are made through the API, and can be ended here."""

    model = Schedule
    menu_title = gettext_lazy("Recurring payments")
    to_view = Power.VIEW_PAYMENTS
    to_change = Power.MANAGE_BILLING
    page_template: ClassVar[str] = "admin/payments/schedule.html"
    list_display = ("amount_shown", "state", "who", "rhythm", "next_date", "created")
    list_select_related = ("customer",)
    list_filter = (StateFilter, CustomerFilter)
    empty_value_display = ""

    def state(self, row: Schedule) -> str:
        """Show how it stands."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as the stock admin wants it

    def who(self, row: Schedule) -> str:
        """Show who pays."""
        return str(row.customer)

    who.short_description = gettext_lazy("customer")  # type: ignore[attr-defined]  # as above

    def rhythm(self, row: Schedule) -> str:
        """Show how often."""
        return in_words(row)

    rhythm.short_description = gettext_lazy("rhythm")  # type: ignore[attr-defined]  # as above

    def next_date(self, row: Schedule) -> str:
        """Show when the next payment is."""
        return date_format(row.next_on) if row.next_on else ""

    next_date.short_description = gettext_lazy("next payment")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def found(self, request: HttpRequest, object_id: str) -> Schedule:
        rows: QuerySet[Schedule] = Schedule.objects.select_related("customer", "payment_method")
        schedule = rows.filter(pk=object_id).first()
        if schedule is None:
            raise Http404
        return schedule

    def facts(self, request: HttpRequest, row: Schedule) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Customer"), str(row.customer)),
            (_("Card"), _card(row.payment_method)),
            (_("Rhythm"), in_words(row)),
            (_("From"), row.start_on),
            (_("Until"), row.end_on),
            (_("Next payment"), row.next_on),
            (_("Failures in a row"), row.failures or ""),
            (_("Ended"), row.ended_at),
            (_("Description"), row.description),
            (_("ID"), row.pk),
        )

    def page_context(self, request: HttpRequest, row: Schedule) -> dict[str, Any]:
        return {
            "title": _name(row),
            "badge": badge(row),
            "customer_url": people.customer_line(row.customer)["url"],
            "upcoming": schedules.upcoming(row)[:SHOWN],
            "occurrences": [
                _occurrence(occurrence) for occurrence in occurrences.latest(row, limit=SHOWN)
            ],
        }

    def links(self, request: HttpRequest, row: Schedule) -> list[Link]:
        can_end = Schedule.TRANSITIONS.allows(row.status, Status.CANCELED)
        if not can_end or not self.has_change_permission(request):
            return []
        return [Link(_("Cancel payments"), self.url("cancel", row.pk), "danger")]

    def more_urls(self) -> list[URLPattern]:
        return [self.route("<str:object_id>/cancel/", self.cancel_view, "cancel")]

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to end a schedule, or end it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Cancel this recurring payment?"),
            text=_("%(customer)s is not charged any more. What was paid stays paid.")
            % {"customer": row.customer},
            button=_("Cancel payments"),
            done=_("The recurring payment was canceled."),
            back=self.page_url(row),
            style="danger",
            leave=_("Back"),
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: schedules.cancel(row, at=test_clocks.now_for(row.customer, clock.now())),
            words,
            row=_name(row),
        )


def badge(schedule: Schedule) -> shown.Badge:
    """Return a schedule's state."""
    return str(schedule.get_status_display()), _STYLES[Status(schedule.status)]


def in_words(schedule: Schedule) -> str:
    """Return how often a schedule charges, in the reader's language."""
    every, period = schedule.every, schedule.period
    often = {
        recurrence.DAY: ngettext("Every day", "Every %(count)s days", every),
        recurrence.WEEK: ngettext("Every week", "Every %(count)s weeks", every),
        recurrence.MONTH: ngettext("Every month", "Every %(count)s months", every),
    }[period] % {"count": every}
    on = _on(schedule)
    return f"{often}, {on}" if on else often


def _on(schedule: Schedule) -> str:
    if schedule.period == recurrence.DAY:
        return ""
    if schedule.period == recurrence.WEEK:
        places = [recurrence.WEEKDAYS.index(name) for name in schedule.weekdays]
        names = [str(WEEKDAYS[place]) for place in places or [schedule.start_on.weekday()]]
        return ", ".join(names)
    if schedule.weekday_of_month:
        place, weekday = schedule.weekday_of_month.split("_")
        return str(_PLACES[place]) % {"weekday": WEEKDAYS[recurrence.WEEKDAYS.index(weekday)]}
    days = schedule.days_of_month or [schedule.start_on.day]
    said = ngettext("on day %(days)s", "on days %(days)s", len(days))
    return said % {"days": ", ".join(map(str, days))}


def _card(method: PaymentMethod | None) -> str:
    if method is None:
        return _("The customer's default")
    line = shown.method_line(method)
    return line if method.customer_id else _("%(card)s, which was removed") % {"card": line}


def _name(schedule: Schedule) -> str:
    return _("%(amount)s, again and again") % {
        "amount": shown.money(schedule.amount, schedule.currency)
    }


def _occurrence(row: Occurrence) -> dict[str, Any]:
    words = {
        "words": str(row.get_status_display()),
        "style": _OUTCOMES[Occurrence.Status(row.status)],
    }
    return {
        **words,
        "date": row.scheduled_on,
        "message": row.message,
        "retry_on": row.retry_on,
        "url": reverse("admin:payments_charge_page", args=[row.charge_id]) if row.charge_id else "",
    }
