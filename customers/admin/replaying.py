"""Telling endpoints of events once more: of one, or of all of a time, with a look at how many that makes first."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin import shown
from customers.admin.base import Act, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.events.models import Event, WebhookEndpoint
from customers.events.services import partitions, replays, webhook_endpoints
from customers.kit import clock
from customers.services.powers import Power

_EVERYBODY = ("", gettext_lazy("All that ask for it"))
_MINUTES = "%Y-%m-%dT%H:%M"


class EndpointChoice(DashboardForm):
    """Who is told: one endpoint that is enabled, or all."""

    refusals = {"webhook_endpoint": "endpoint", "id": "endpoint"}

    endpoint = forms.ChoiceField(label=gettext_lazy("Endpoint"), required=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        rows = webhook_endpoints.rows().filter(status=WebhookEndpoint.Status.ENABLED)
        self.endpoints = {row.pk: row for row in rows.order_by("created_at", "pk")}
        field = self.fields["endpoint"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- as declared above
        field.choices = [_EVERYBODY, *((pk, _name(row)) for pk, row in self.endpoints.items())]

    @property
    def endpoint_or_all(self) -> WebhookEndpoint | None:
        """Return who is told; None stands for all."""
        return self.endpoints.get(self.cleaned_data["endpoint"])


class ReplayForm(EndpointChoice):
    """What is told again. The number in `confirmed` is what the operator was shown, and agrees to."""

    refusals = {"webhook_endpoint": "endpoint", "since": "since", "until": "until"}

    since = forms.DateTimeField(
        label=gettext_lazy("From"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MINUTES),
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MINUTES),
    )
    type = forms.ChoiceField(label=gettext_lazy("Event"), required=False)
    only_failed = forms.BooleanField(
        label=gettext_lazy("Only what was given up or canceled"), required=False, initial=True
    )
    confirmed = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.order_fields(["since", "until", "endpoint", "type", "only_failed", "confirmed"])
        titles = [(type_, shown.event_title(type_)) for type_ in shown.EVENTS]
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- as declared above
        field.choices = [("", _("All")), *titles]

    def wanted(self) -> dict[str, Any]:
        """Return what a service takes."""
        said = {name: self.cleaned_data[name] for name in ("since", "until", "only_failed")}
        types = [self.cleaned_data["type"]] if self.cleaned_data["type"] else []
        return {**said, "types": types, "endpoint": self.endpoint_or_all}


class ReplayActs(TenantAdmin[Event]):
    """The views; mixed into the pages of events."""

    def replay_urls(self) -> list[URLPattern]:
        """Return the addresses of the views."""
        return [
            self.route("replay/", self.replay_view, "replay"),
            self.route("<str:object_id>/resend/", self.resend_view, "resend"),
        ]

    def may_resend(self, request: HttpRequest) -> bool:
        """Tell whether the operator may have endpoints told again."""
        return self.allows(request, Power.MANAGE_DEVELOPERS)

    def resend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whom to tell of an event once more, or do so; `?endpoint=…` proposes one."""
        row = self.found(request, object_id)
        self.require(self.may_resend(request))
        words = Act(
            title=_("Resend the event"),
            text=_("It is sent as it was, also to who has got it. Your program sees the same event ID again."),
            button=_("Resend"),
            done=_("The event is on its way."),
            back=self.page_url(row),
        )  # fmt: skip
        initial = {"endpoint": request.GET.get("endpoint", "")}
        form = self.make_form(request, EndpointChoice, initial=initial)
        return self.run_form(
            request,
            form,
            lambda form: replays.retry(row, endpoint=form.endpoint_or_all, at=clock.now()),
            words,
            row=row,
        )

    def replay_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a time, show how many deliveries that makes, or make them."""
        self.require(self.may_resend(request))
        now = localtime(clock.now())
        initial = {"since": now - timedelta(hours=1), "until": now + timedelta(minutes=1)}
        form = self.make_form(request, ReplayForm, initial={**initial, "only_failed": True})
        count = self._counted(form) if request.method == "POST" and form.is_valid() else None
        if form.is_bound and (count is None or form.cleaned_data.get("confirmed") != count):
            return self._previewed(request, form, count)
        return self.run_form(
            request, form, lambda form: replays.replay(**form.wanted(), at=clock.now()), self._words(count)
        )  # fmt: skip

    def _counted(self, form: ReplayForm) -> int | None:
        if form.cleaned_data["until"] <= form.cleaned_data["since"]:
            form.add_error("until", _("The end must be later than the beginning."))
            return None
        return replays.count(**form.wanted())

    def _previewed(self, request: HttpRequest, form: ReplayForm, count: int | None) -> HttpResponse:
        shown_count = "" if count is None else str(count)
        form.data = {**{name: form.data.get(name) for name in form.data}, "confirmed": shown_count}
        context = {
            "title": _("Resend events"),
            "act": self._words(count),
            "form": form,
            "row": None,
            "preview": None if count is None else _preview(count),
            "gone": "" if count is None else _gone(form.cleaned_data["since"]),
        }
        return self.render(request, "admin/webhooks/replay.html", context)

    def _words(self, count: int | None) -> Act:
        button = _("Show how many") if not count else _resend(count)
        return Act(
            title=_("Resend events"),
            text=_("Everything that happened in a time is sent once more, in the order in which it happened."),
            button=button,
            done=_("The events are on their way."),
            back=self.url("changelist"),
        )  # fmt: skip


def _name(row: WebhookEndpoint) -> str:
    return f"{row.url} ({row.description})" if row.description else row.url


def _preview(count: int) -> str:
    if not count:
        return _("There is nothing to send: no enabled endpoint asks for what happened then.")
    words = ngettext("One delivery will be made.", "%(count)s deliveries will be made.", count)
    return words % {"count": f"{count:,}"}


def _gone(since: datetime) -> str:
    """Say where a time begins of which there is nothing any more."""
    kept = partitions.kept_since()
    if kept is None or since >= kept:
        return ""
    words = _("What happened before %(day)s is no longer kept, and cannot be sent again.")
    return words % {"day": date_format(kept, "j F Y")}


def _resend(count: int) -> str:
    words = ngettext("Make one delivery", "Make %(count)s deliveries", count)
    return words % {"count": f"{count:,}"}
