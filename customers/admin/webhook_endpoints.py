"""Webhook endpoints: where events are sent, how that goes, and the secrets that sign; each is shown once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import deliveries, once
from customers.admin.base import Act, Link
from customers.admin.forms import DashboardForm
from customers.admin.kinds import KindFirstAdmin
from customers.admin.webhook_forms import (
    EditEndpointForm,
    EndpointForm,
    RotateForm,
    TestEventForm,
    group_of,
)
from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import event_names, webhook_endpoints
from customers.kit import clock
from customers.services.powers import Power

SHOWN = 20  # deliveries on an endpoint's page

test_events: dict[str, Callable[..., object]] = {}
"""By type: the function that lets such an event come about in test mode; it gets the type and `at`, and no transaction
may be open. Higher apps add those of theirs."""


class WebhookEndpointAdmin(KindFirstAdmin):
    model = WebhookEndpoint
    menu_title = gettext_lazy("Webhooks")
    to_view = Power.VIEW_DEVELOPERS
    to_add = to_change = to_delete = Power.MANAGE_DEVELOPERS
    form_class = EditEndpointForm
    add_form_class = EndpointForm
    kinds = (
        (
            WebhookEndpoint.Spelling.STRIPE,
            "Stripe",
            gettext_lazy("Events as the official Stripe libraries read them."),
        ),
        (
            WebhookEndpoint.Spelling.OMISE,
            "Omise",
            gettext_lazy("Events as Omise's API spells them, such as charge.complete."),
        ),
        (
            WebhookEndpoint.Spelling.REVKEEN,
            "RevKeen",
            gettext_lazy("Customers and their payment methods, for programs that use its library."),
        ),
    )
    page_template = "admin/webhooks/endpoint.html"
    list_display = ("named", "doing", "share", "asks")

    # -- The list -----------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("Endpoint"))
    def named(self, endpoint: WebhookEndpoint) -> str:
        if not endpoint.description:
            return endpoint.url
        return format_html('{} <span class="quiet">{}</span>', endpoint.url, endpoint.description)

    @admin.display(description=gettext_lazy("Told of"))
    def asks(self, endpoint: WebhookEndpoint) -> str:
        return deliveries.asks(endpoint)

    @admin.display(description=gettext_lazy("State"))
    def doing(self, endpoint: WebhookEndpoint) -> str:
        words, style = deliveries.health(endpoint)
        shown = format_html('<span class="badge {}">{}</span>', style, words)
        if endpoint.last_success_at is None:
            return shown
        last = _("Last success %(when)s") % {"when": deliveries.moment(endpoint.last_success_at)}
        return format_html('{} <span class="quiet block">{}</span>', shown, last)

    @admin.display(description=gettext_lazy("Arrived in a day"))
    def share(self, endpoint: Any) -> str:
        return str(endpoint.share)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return super().get_queryset(request).filter(deleted_at=None)

    def prepare_rows(self, rows: list[Any]) -> None:
        found = deliveries.shares(rows, at=clock.now())
        for row in rows:
            row.share = found.get(row.pk, deliveries.Share())

    # -- A page -------------------------------------------------------------------------------------------------------

    def page_context(self, request: HttpRequest, row: WebhookEndpoint) -> dict[str, Any]:
        at = clock.now()
        share = deliveries.shares([row], at=at).get(row.pk, deliveries.Share())
        return {
            "title": row.url,
            "badge": deliveries.health(row),
            "figures": _figures(row, share),
            "details": _details(row),
            "names": row.enabled_events,
            "metadata": sorted(row.metadata.items()),
            "deliveries": [deliveries.event_line(one) for one in _newest(row, at=at)],
            "events_url": f"{reverse('admin:events_event_changelist')}?delivery=undelivered",
            "secret": once.take(request, row),
            "secret_title": _("Copy the signing secret now"),
            "secret_text": _(
                "It is shown this once. Your program checks with it that what it gets comes from here."
            ),
        }

    def links(self, request: HttpRequest, row: WebhookEndpoint) -> list[Link]:
        if not self.has_change_permission(request, row):
            return []
        is_enabled = row.status == WebhookEndpoint.Status.ENABLED
        switch = Link(_("Disable"), self.url("disable", row.pk))
        if not is_enabled:
            switch = Link(_("Enable"), self.url("enable", row.pk), "primary")
        edit, *rest = super().links(request, row)
        tests = [Link(_("Send a test event"), self.url("test", row.pk))]
        return [
            *(tests if is_enabled and self._types(row) else []),
            edit,
            Link(_("Rotate the secret"), self.url("rotate", row.pk)),
            switch,
            *rest,
        ]

    def delete_text(self, row: WebhookEndpoint) -> str:
        return _(
            "It is told of nothing more, and what waits for it is canceled. What it was told stays in the events. "
            "This cannot be undone."
        )

    # -- What can be done ---------------------------------------------------------------------------------------------

    def add_title(self) -> str:
        return _("New endpoint")

    def initial(self, request: HttpRequest, row: WebhookEndpoint) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        for name in row.enabled_events:
            chosen.setdefault(f"events[{group_of(name)}]", []).append(name)
        is_all = event_names.ALL in row.enabled_events
        return {**super().initial(request, row), **chosen, "all_events": is_all}

    def create(self, request: HttpRequest, form: Any) -> WebhookEndpoint:
        endpoint, secret = webhook_endpoints.create(
            **form.details({}), spelling=request.GET["kind"], at=clock.now()
        )
        once.keep(request, endpoint, secret)
        return endpoint

    def update(self, request: HttpRequest, row: WebhookEndpoint, form: Any) -> WebhookEndpoint:
        return webhook_endpoints.update(row, details=form.details(row.metadata), at=clock.now())

    def destroy(self, request: HttpRequest, row: WebhookEndpoint) -> WebhookEndpoint:
        return webhook_endpoints.delete(row, at=clock.now())

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/rotate/", self.rotate_view, "rotate"),
            self.route("<str:object_id>/enable/", self.enable_view, "enable"),
            self.route("<str:object_id>/disable/", self.disable_view, "disable"),
            self.route("<str:object_id>/test/", self.test_view, "test"),
        ]

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask when the old secret ends, or make a new one and show it."""
        row = self._changeable(request, object_id)
        words = Act(
            title=_("Rotate the secret"),
            text=_("Makes a new signing secret, which is shown once."),
            button=_("Rotate the secret"),
            done=_("The secret was rotated."),
            back=self.page_url(row),
        )
        form = self.make_form(request, RotateForm)
        return self.run_form(
            request, form, lambda form: self._rotate(request, row, form), words, row=row
        )

    def _rotate(
        self, request: HttpRequest, row: WebhookEndpoint, form: RotateForm
    ) -> WebhookEndpoint:
        overlap = timedelta(hours=int(form.cleaned_data["expires_in"]))
        endpoint, secret = webhook_endpoints.rotate_secret(row, overlap=overlap, at=clock.now())
        once.keep(request, endpoint, secret)
        return endpoint

    def enable_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to send events to an endpoint again, or do so from now on."""
        row = self._changeable(request, object_id)
        words = Act(
            title=_("Enable the endpoint?"),
            text=_("It is told of what happens from now on. What it has missed can be sent again from the events."),
            button=_("Enable"),
            done=_("The endpoint is enabled."),
            back=self.page_url(row),
        )  # fmt: skip
        return self._switch(request, row, words, is_enabled=True)

    def disable_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to send no more events to an endpoint, or stop."""
        row = self._changeable(request, object_id)
        words = Act(
            title=_("Disable the endpoint?"),
            text=_("It is told of nothing more, and what waits for it is canceled. It can be enabled again."),
            button=_("Disable"),
            done=_("The endpoint is disabled."),
            back=self.page_url(row),
        )  # fmt: skip
        return self._switch(request, row, words, is_enabled=False)

    def _switch(
        self, request: HttpRequest, row: WebhookEndpoint, words: Act, *, is_enabled: bool
    ) -> HttpResponse:
        details: Mapping[str, Any] = {"is_enabled": is_enabled}
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: webhook_endpoints.update(row, details=details, at=clock.now()),
            words,
            row=row,
        )

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for an event, or let it come about in test mode."""
        row = self._changeable(request, object_id)
        types = self._types(row)
        self.require(bool(types))
        form = TestEventForm(types, data=request.POST if request.method == "POST" else None)
        words = Act(
            title=_("Send a test event"),
            button=_("Send a test event"),
            done=_("The event is on its way."),
            back=self.page_url(row),
        )
        return self.run_form(request, form, _pull, words, row=row)

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do what a form asks for; each service has a transaction of its own, and a test event has several."""
        return act()

    def _changeable(self, request: HttpRequest, object_id: str) -> WebhookEndpoint:
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        return row  # type: ignore[no-any-return]  # as `found` of pages of any kind

    def _types(self, row: WebhookEndpoint) -> list[str]:
        """Return the test events that an endpoint can be told of; none in live mode, where events are in earnest."""
        if row.livemode:
            return []
        asked = set(row.matches)
        if row.spelling != WebhookEndpoint.Spelling.OMISE:
            return [type_ for type_ in test_events if asked & {event_names.ALL, type_}]
        return list(test_events)  # whose names follow from what has become of the object


def _pull(form: TestEventForm) -> object:
    type_ = form.cleaned_data["type"]
    return test_events[type_](type_, at=clock.now())


def _figures(row: WebhookEndpoint, share: deliveries.Share) -> list[tuple[Any, Any, Any]]:
    missing = share.over - share.arrived
    note = _("%(count)s did not") % {"count": missing} if missing else ""
    return [
        (_("Arrived in a day"), str(share), note),
        (_("Last success"), deliveries.moment(row.last_success_at) or "\N{EN DASH}", ""),
        (_("Last failure"), deliveries.moment(row.last_failure_at) or "\N{EN DASH}", ""),
    ]


def _details(row: WebhookEndpoint) -> list[tuple[Any, Any]]:
    pairs = [
        (_("Description"), row.description),
        (_("Spelling"), row.get_spelling_display()),
        (_("API version"), row.api_version),
        (_("Endpoint ID"), row.pk),
        (_("Created"), row.created_at),
        (_("The old secret ends"), _ahead(row.previous_secret_until)),
    ]
    return [(label, value) for label, value in pairs if value]


def _newest(row: WebhookEndpoint, *, at: datetime) -> list[Delivery]:
    """Return an endpoint's deliveries of the last day's events; none of them is loaded with its picture."""
    rows = Delivery.objects.filter(endpoint=row, event__in=deliveries.recent(at=at))
    found = rows.select_related("event", "endpoint").order_by("-event_id")
    return list(found.defer("event__snapshot", "event__previous_attributes")[:SHOWN])


def _ahead(instant: datetime | None) -> datetime | None:
    return instant if instant is not None and instant > clock.now() else None
