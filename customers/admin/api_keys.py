"""API keys of the chosen site and mode: made, rolled, revoked; each is shown once, when it is made."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import once
from customers.admin.base import Act, Link
from customers.admin.forms import DashboardForm, LinesField, Section
from customers.admin.kinds import KindFirstAdmin
from customers.kit import clock
from customers.models import ApiKey
from customers.restkit import inputs
from customers.services import api_keys
from customers.services.powers import Power

_RESOURCES = {
    "account": gettext_lazy("Account"),
    "balance": gettext_lazy("Balance and its transactions"),
    "balance_transactions": gettext_lazy("Customers' balance transactions"),
    "billing_portal": gettext_lazy("Customer portal"),
    "charges": gettext_lazy("Charges"),
    "checkout_sessions": gettext_lazy("Checkout sessions"),
    "coupons": gettext_lazy("Coupons"),
    "credit_notes": gettext_lazy("Credit notes"),
    "custom_fields": gettext_lazy("Custom fields"),
    "customers": gettext_lazy("Customers"),
    "disputes": gettext_lazy("Disputes"),
    "events": gettext_lazy("Events"),
    "invoices": gettext_lazy("Invoices"),
    "links": gettext_lazy("Links of the Omise API"),
    "organizations": gettext_lazy("Organizations"),
    "payment_intents": gettext_lazy("Payment intents"),
    "payment_links": gettext_lazy("Payment links"),
    "payment_methods": gettext_lazy("Payment methods"),
    "prices": gettext_lazy("Prices"),
    "privacy": gettext_lazy("Exports and erasures of personal data"),
    "products": gettext_lazy("Products"),
    "promotion_codes": gettext_lazy("Promotion codes"),
    "refunds": gettext_lazy("Refunds"),
    "sandbox": gettext_lazy("Sandbox"),
    "schedules": gettext_lazy("Recurring payments"),
    "setup_intents": gettext_lazy("Setup intents"),
    "shipping_rates": gettext_lazy("Shipping rates"),
    "subscriptions": gettext_lazy("Subscriptions"),
    "tax_rates": gettext_lazy("Tax rates"),
    "test_clocks": gettext_lazy("Test clocks"),
    "tokens": gettext_lazy("Tokens"),
    "webhook_endpoints": gettext_lazy("Webhook endpoints"),
}
_LEVELS = [
    ("none", gettext_lazy("None")),
    ("read", gettext_lazy("Read")),
    ("write", gettext_lazy("Write")),
]
_OVERLAPS = [
    ("0", gettext_lazy("Now")),
    ("1", gettext_lazy("In an hour")),
    ("24", gettext_lazy("In a day")),
    ("72", gettext_lazy("In three days")),
    ("168", gettext_lazy("In a week")),
]


class KeyForm(DashboardForm):
    """What can be changed of a key.

    Args:
        kind: of the key; only a restricted one has permissions.
    """

    sections: ClassVar[Sequence[Section]] = (
        Section("", ("name", "spelling")),
        Section(
            gettext_lazy("Permissions"), ("permissions[*]",), gettext_lazy("What it may touch.")
        ),
        Section(gettext_lazy("Networks"), ("allowed_ips",)),
    )

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("What it is for, such as the program that uses it."),
    )
    allowed_ips = LinesField(
        inputs.TextField(max_length=64),
        max_lines=100,
        label=gettext_lazy("Allowed addresses"),
        help_text=gettext_lazy(
            "Addresses or networks such as 203.0.113.0/24, one on a line; the key works from anywhere when empty."
        ),
    )

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        if kind == ApiKey.Kind.RESTRICTED:
            for resource in api_keys.RESOURCES:
                self.fields[f"permissions[{resource}]"] = forms.ChoiceField(
                    label=_RESOURCES[resource], choices=_LEVELS, initial="none"
                )

    def details(self) -> dict[str, Any]:
        """Return what a service takes."""
        details = self.changes()
        levels = {name: details.pop(f"permissions[{name}]", "none") for name in api_keys.RESOURCES}
        permissions = {name: level for name, level in levels.items() if level != "none"}
        return {**details, "permissions": permissions}


class EditKeyForm(KeyForm):
    def __init__(self, row: ApiKey, **options: Any) -> None:
        super().__init__(row.kind, **options)


class NewKeyForm(KeyForm):
    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(kind, **options)
        if kind != ApiKey.Kind.RESTRICTED:  # of which there are none in Omise's spelling
            self.fields["spelling"] = forms.ChoiceField(
                label=gettext_lazy("Spelling"),
                choices=ApiKey.Spelling.choices,
                initial=ApiKey.Spelling.STRIPE,
                widget=forms.RadioSelect,
            )


class RollForm(DashboardForm):
    expires_in = forms.ChoiceField(
        label=gettext_lazy("The old key ends"),
        choices=_OVERLAPS,
        help_text=gettext_lazy("Until then both work, so that programs can change over."),
    )


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("working", _("Working")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        works = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        if self.value() == "working":
            return queryset.filter(works)
        return queryset.exclude(works) if self.value() == "ended" else queryset


class ApiKeyAdmin(KindFirstAdmin):
    model = ApiKey
    to_view = Power.VIEW_DEVELOPERS
    to_add = to_change = Power.MANAGE_DEVELOPERS
    form_class = EditKeyForm
    add_form_class = NewKeyForm
    kinds = (
        (
            ApiKey.Kind.SECRET,
            gettext_lazy("Secret key"),
            gettext_lazy("For your own servers. May touch everything."),
        ),
        (
            ApiKey.Kind.RESTRICTED,
            gettext_lazy("Restricted key"),
            gettext_lazy("For a program that needs a part only. May touch what you say."),
        ),
        (
            ApiKey.Kind.PUBLISHABLE,
            gettext_lazy("Publishable key"),
            gettext_lazy(
                "For pages and apps in the hands of customers. Reads and writes nothing by itself."
            ),
        ),
    )
    page_template = "admin/secret.html"
    list_display = ("titled", "kind", "shown_part", "last_used", "state", "created")
    list_filter = (StateFilter,)

    @admin.display(description=gettext_lazy("Name"))
    def titled(self, key: ApiKey) -> str:
        return key.name or str(key)

    @admin.display(description=gettext_lazy("Key"))
    def shown_part(self, key: ApiKey) -> str:
        return str(key)

    @admin.display(description=gettext_lazy("Last used"))
    def last_used(self, key: ApiKey) -> str:
        return _moment(key.last_used_at) if key.last_used_at else _("Never")

    @admin.display(description=gettext_lazy("Created"))
    def created(self, key: ApiKey) -> str:
        return _moment(key.created_at)

    @admin.display(description=gettext_lazy("State"))
    def state(self, key: ApiKey) -> str:
        if key.expires_at is None:
            return _("Working")
        words = _("Ended %(when)s") if _has_ended(key) else _("Working until %(when)s")
        return words % {"when": _moment(key.expires_at)}

    def facts(self, request: HttpRequest, row: ApiKey) -> Sequence[tuple[Any, Any]]:
        restricted = row.kind == ApiKey.Kind.RESTRICTED
        levels = dict(_LEVELS)
        allowed = [
            f"{_RESOURCES[name]}: {levels[row.permissions[name]]}"
            for name in api_keys.RESOURCES
            if name in row.permissions
        ]
        return (
            (_("Key"), str(row)),
            (_("Name"), row.name),
            (_("Kind"), row.get_kind_display()),
            (_("Mode"), _("Live") if row.livemode else _("Test")),
            *([(_("Permissions"), ", ".join(allowed) or _("None"))] if restricted else []),
            (_("Allowed addresses"), ", ".join(row.allowed_ips) or _("All")),
            (_("State"), self.state(row)),
            (_("Last used"), self.last_used(row)),
            (_("Created"), _moment(row.created_at)),
        )

    def page_context(self, request: HttpRequest, row: ApiKey) -> dict[str, Any]:
        return {
            "secret": once.take(request, row),
            "secret_title": _("Copy the key now"),
            "secret_text": _(
                "It is shown this once, and stored nowhere. Keep it where secrets are kept."
            ),
        }

    def links(self, request: HttpRequest, row: ApiKey) -> list[Link]:
        if not self.has_change_permission(request, row) or _has_ended(row):
            return []
        return [
            *super().links(request, row),
            Link(_("Roll"), self.url("roll", row.pk)),
            Link(_("Revoke"), self.url("revoke", row.pk), "danger"),
        ]

    def initial(self, request: HttpRequest, row: ApiKey) -> dict[str, Any]:
        levels = {f"permissions[{name}]": level for name, level in row.permissions.items()}
        return {**super().initial(request, row), **levels}

    def create(self, request: HttpRequest, form: Any) -> ApiKey:
        site = self.choice(request).site
        assert site is not None  # noqa: S101 -- who may add has a role at it
        key, text = api_keys.issue(
            site,
            livemode=self.choice(request).livemode,
            kind=form.kind,
            **form.details(),
            at=clock.now(),
        )
        once.keep(request, key, text)
        return key

    def update(self, request: HttpRequest, row: ApiKey, form: Any) -> ApiKey:
        return api_keys.update(row, **form.details())

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("<str:object_id>/roll/", self.roll_view, "roll"),
            self.route("<str:object_id>/revoke/", self.revoke_view, "revoke"),
        ]

    def roll_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask when the old key ends, or make its successor and show it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        words = Act(
            title=_("Roll %(name)s") % {"name": self.titled(row)},
            text=_("Makes a key like this one, which is shown once."),
            button=_("Roll the key"),
            done=_("The key was rolled."),
            back=self.page_url(row),
            then=self.page_url,
        )
        return self.run_form(
            request,
            self.make_form(request, RollForm),
            lambda form: self._roll(request, row, form),
            words,
            row=row,
        )

    def _roll(self, request: HttpRequest, row: ApiKey, form: RollForm) -> ApiKey:
        expires_in = timedelta(hours=int(form.cleaned_data["expires_in"]))
        key, text = api_keys.roll(row, expires_in=expires_in, at=clock.now())
        once.keep(request, key, text)
        return key

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to revoke a key, or revoke it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        words = Act(
            title=_("Revoke %(name)s?") % {"name": self.titled(row)},
            text=_("Programs that use it are refused within seconds. This cannot be undone."),
            button=_("Revoke the key"),
            done=_("The key was revoked."),
            back=self.page_url(row),
            style="danger",
        )
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: api_keys.revoke(row, at=clock.now()),
            words,
            row=row,
        )


def _has_ended(key: ApiKey) -> bool:
    return key.expires_at is not None and key.expires_at <= clock.now()


def _moment(instant: Any) -> str:
    return formats.date_format(timezone.localtime(instant), "DATETIME_FORMAT")
