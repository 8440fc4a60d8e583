"""Test clocks: the time of customers who are only tried out, and moving it; in test mode only."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import choices, shown
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.forms import DashboardForm, RuledField
from customers.kit import clock
from customers.models import Customer, TestClock
from customers.restkit import inputs
from customers.services import clock_removal, customers, test_clocks
from customers.services.powers import Power

Status = TestClock.Status
_STYLES = {Status.READY: "ok", Status.ADVANCING: "warn", Status.INTERNAL_FAILURE: "bad"}


class InstantField(forms.DateTimeField):
    """An instant, in the site's time zone."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def clean(self, value: Any) -> datetime:
        """Return the instant in UTC.

        Raises:
            ValidationError: there is none.
        """
        instant: datetime = super().clean(value)
        return instant.astimezone(UTC)


class NewClockForm(DashboardForm):
    """A new clock."""

    refusals: ClassVar[dict[str, str]] = {"frozen_time": "frozen_at"}

    name = RuledField(inputs.TextField(max_length=300), label=gettext_lazy("Name"))
    frozen_at = InstantField(
        label=gettext_lazy("Time"),
        help_text=gettext_lazy("What time it is for its customers, until you advance it."),
    )


class AdvanceForm(DashboardForm):
    """Where a clock is to go."""

    refusals: ClassVar[dict[str, str]] = {"frozen_time": "target_at"}

    target_at = InstantField(label=gettext_lazy("Advance to"))


class ClockCustomerForm(DashboardForm):
    """A customer who will live by a clock."""

    name = RuledField(inputs.TextField(), label=gettext_lazy("Name"))
    email = RuledField(inputs.EmailField(max_length=512), label=gettext_lazy("Email"))


class TestClockAdmin(TenantAdmin[TestClock]):
    """The pages of test clocks."""

    model = TestClock
    to_view = Power.VIEW_DEVELOPERS
    to_add = to_change = to_delete = Power.MANAGE_DEVELOPERS
    add_form_class = NewClockForm
    page_template: ClassVar[str] = "admin/test_clock.html"
    list_display = ("title", "state", "time", "created")

    def allows(self, request: HttpRequest, power: Power | None) -> bool:
        """Tell whether the operator may; in live mode nobody may, since there are no clocks."""
        choice = choices.of(request)
        return choice is not None and not choice.livemode and super().allows(request, power)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TestClock]:
        return super().get_queryset(request).filter(deleted_at__isnull=True)

    def title(self, row: TestClock) -> str:
        """Show its name, or its id."""
        return str(row)

    title.short_description = gettext_lazy("name")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: TestClock) -> str:
        """Show how it stands."""
        return format_html('<span class="badge {1}">{0}</span>', *badge(row))

    state.short_description = gettext_lazy("status")  # type: ignore[attr-defined]  # as above

    def time(self, row: TestClock) -> Any:
        """Show what time it is for its customers."""
        return row.frozen_at

    time.short_description = gettext_lazy("time")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: TestClock) -> Sequence[tuple[Any, Any]]:
        facts = (
            (_("Time"), row.frozen_at),
            (_("Advancing to"), row.target_at),
            (_("Created"), row.created_at),
            (_("Deleted by itself"), row.deletes_at),
            (_("ID"), row.pk),
        )
        return tuple((label, value) for label, value in facts if value)

    def page_context(self, request: HttpRequest, row: TestClock) -> dict[str, Any]:
        people = Customer.objects.living().filter(test_clock=row).newest_first()
        return {
            "badge": badge(row),
            "people": [shown.customer_line(customer) for customer in people],
        }

    def links(self, request: HttpRequest, row: TestClock) -> list[Link]:
        links = []
        if row.status == Status.READY and self.has_change_permission(request):
            links.append(Link(_("Advance time"), self.url("advance", row.pk), "primary"))
            links.append(Link(_("Add customer"), self.url("customer", row.pk)))
        if row.status != Status.ADVANCING and self.has_delete_permission(request):
            links.append(Link(_("Delete"), self.url("delete", row.pk), "danger"))
        return links

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/advance/", self.advance_view, "advance"),
            self.route("<str:object_id>/customer/", self.customer_view, "customer"),
        ]

    def advance_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask where a clock is to go, or send it there."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("Advance %(name)s") % {"name": row},
            text=_(
                "Everything that falls due on the way happens, in order. A clock cannot go back."
            ),
            button=_("Advance time"),
            done=_("The clock is being advanced."),
            back=self.page_url(row),
        )
        return self.run_form(
            request,
            self.make_form(request, AdvanceForm, initial={"target_at": row.frozen_at}),
            lambda form: test_clocks.advance(
                row, to=form.cleaned_data["target_at"], at=clock.now()
            ),
            words,
            row=row,
        )

    def customer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a customer to live by a clock, or make one."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request))
        words = Act(
            title=_("New customer on %(name)s") % {"name": row},
            button=_("Add customer"),
            done=_("The customer was made."),
            back=self.page_url(row),
        )
        return self.run_form(
            request,
            self.make_form(request, ClockCustomerForm),
            lambda form: customers.create(
                details={**form.changes(), "test_clock": row},
                at=test_clocks.read(row, clock.now()),
            ),
            words,
            row=row,
        )

    def create(self, request: HttpRequest, form: DashboardForm) -> TestClock:
        said = form.cleaned_data
        return test_clocks.create(
            frozen_at=said["frozen_at"], name=said["name"] or "", at=clock.now()
        )

    def destroy(self, request: HttpRequest, row: TestClock) -> TestClock:
        return clock_removal.delete(row, at=clock.now())

    def delete_text(self, row: TestClock) -> str:
        return _("Its customers are deleted with it.")


def badge(row: TestClock) -> tuple[str, str]:
    """Return a clock's state, in words and colour."""
    return str(row.get_status_display()), _STYLES[Status(row.status)]
