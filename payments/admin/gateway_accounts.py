"""Which gateway takes the site's money in the chosen mode, and with which credentials; those are never shown again."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.base import Act
from customers.admin.choices import Choice
from customers.admin.forms import DashboardForm
from customers.admin.kinds import KindFirstAdmin
from customers.admin.lists import ShortList
from customers.admin.settings_pages import Card
from customers.kit import clock
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.base import AsksGateway
from payments.models import GatewayAccount
from payments.services import gateway_accounts

Kind = GatewayAccount.Kind
_LABELS = {
    "secret_key": gettext_lazy("Secret key"),
    "public_key": gettext_lazy("Public key"),
    "publishable_key": gettext_lazy("Publishable key"),
    "webhook_secret": gettext_lazy("Webhook signing secret"),
    "api_base": gettext_lazy("Address of the API"),
    "vault_base": gettext_lazy("Address of the vault"),
}
_HELP = {
    "secret_key": gettext_lazy("From the gateway's dashboard, of the same mode as here."),
    "public_key": gettext_lazy("With it, the pages of this site take cards."),
    "publishable_key": gettext_lazy("With it, the pages of this site take cards."),
    "webhook_secret": gettext_lazy("With it, the gateway's notifications are believed."),
    "api_base": gettext_lazy("Only for what speaks the gateway's language at another address."),
    "vault_base": gettext_lazy("Only for what speaks the gateway's language at another address."),
}
_PLAIN = frozenset({"api_base", "vault_base"})  # no secrets
_SANDBOX = (
    Kind.SANDBOX,
    Kind.SANDBOX.label,
    gettext_lazy("A bank for trying things out. No money moves."),
)


class GatewayForm(DashboardForm):
    """What a gateway asks for; nothing that was typed comes back, not even beside an error.

    Args:
        kind: the gateway's.
    """

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        needed, more = gateway_accounts.credential_names(kind)
        for name in (*needed, *more):
            self.fields[name] = _credential(name, required=name in needed)

    def credentials(self) -> dict[str, str]:
        """Return what was typed."""
        return {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data[name]}

    def refuse_card_numbers(self) -> None:
        """Let keys be what they are; they are sealed."""


def _credential(name: str, *, required: bool) -> forms.Field:
    is_plain = name in _PLAIN
    widget: forms.Widget = (
        forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"})
        if is_plain
        else forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    return forms.CharField(
        label=_LABELS.get(name, name),
        help_text=_HELP.get(name, ""),
        required=required,
        max_length=500,
        widget=widget,
    )


def card(choice: Choice) -> Card | None:
    """Return the way to the gateways, with the one that takes the money now."""
    if not choice.may(Power.MANAGE_SETTINGS):
        return None
    row = GatewayAccount.objects.filter(is_active=True).defer("credentials").first()
    used = str(row.get_kind_display()) if row is not None else ""
    if row is None and not choice.livemode:
        used = str(Kind.SANDBOX.label)  # it is made when it is first needed
    facts = ((_("In use"), used or _("None: no payments can be taken")),)
    url = reverse("admin:payments_gatewayaccount_changelist")
    return Card(GatewayAccountAdmin.menu_title, "bank", url, facts)


class GatewayAccountAdmin(AsksGateway, KindFirstAdmin):
    """The gateways of the chosen mode; choosing one asks it whether the credentials work."""

    model = GatewayAccount
    menu_title = gettext_lazy("Payment gateway")
    to_view = to_add = Power.MANAGE_SETTINGS
    add_form_class = GatewayForm
    list_class = ShortList
    list_display = ("titled", "state", "account", "checked", "created")
    ordering = ("-is_active", "-created_at")
    kinds: ClassVar[Sequence[tuple[str, Any, Any]]] = (
        (Kind.STRIPE, Kind.STRIPE.label, gettext_lazy("Your account at Stripe takes the money.")),
        (Kind.OMISE, Kind.OMISE.label, gettext_lazy("Your account at Omise takes the money.")),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the gateways; in test mode there is always one."""
        self.require(self.has_view_permission(request))
        if not self.choice(request).livemode:
            gateway_accounts.active()
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatewayAccount]:
        return super().get_queryset(request).defer("credentials")

    # -- Columns ------------------------------------------------------------------------------------------------------

    def titled(self, row: GatewayAccount) -> str:
        """Show which gateway it is."""
        return str(row.get_kind_display())

    titled.short_description = gettext_lazy("gateway")  # type: ignore[attr-defined]  # as the stock admin wants it

    def state(self, row: GatewayAccount) -> str:
        """Show whether new payments go there."""
        words = (_("In use"), "ok") if row.is_active else (_("Used before"), "")
        return format_html('<span class="badge {1}">{0}</span>', *words)

    state.short_description = gettext_lazy("state")  # type: ignore[attr-defined]  # as above

    def account(self, row: GatewayAccount) -> str:
        """Show the account's name, as the gateway gives it."""
        return row.name

    account.short_description = gettext_lazy("account")  # type: ignore[attr-defined]  # as above

    def checked(self, row: GatewayAccount) -> str:
        """Show when the credentials last worked."""
        return shown.moment(row.checked_at)

    checked.short_description = gettext_lazy("credentials checked")  # type: ignore[attr-defined]  # as above

    # -- Pages --------------------------------------------------------------------------------------------------------

    def facts(self, request: HttpRequest, row: GatewayAccount) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Gateway"), row.get_kind_display()),
            (_("State"), self.state(row)),
            (_("Account"), row.name),
            (
                _("Credentials"),
                _("Sealed; they cannot be shown") if row.kind != Kind.SANDBOX else _("None needed"),
            ),
            (_("Credentials checked"), row.checked_at),
            (_("Mode"), _("Live") if row.livemode else _("Test")),
            (_("Notifications come to"), self._notifications(request, row)),
            (_("ID"), row.pk),
        )

    def _notifications(self, request: HttpRequest, row: GatewayAccount) -> str:
        site = self.choice(request).site
        assert site is not None  # noqa: S101 -- who sees the page has a role at it
        return settings.PUBLIC_URL + reverse("gateway-webhook", args=[row.kind, site.slug])

    def page_context(self, request: HttpRequest, row: GatewayAccount) -> dict[str, Any]:
        return {"title": row.get_kind_display()}

    def add_title(self) -> str:
        return _("Choose a gateway")

    def offered(self, request: HttpRequest) -> Sequence[tuple[str, Any, Any]]:
        return self.kinds if self.choice(request).livemode else (*self.kinds, _SANDBOX)

    def create(self, request: HttpRequest, form: Any) -> GatewayAccount:
        return gateway_accounts.choose(form.kind, form.credentials(), at=clock.now())

    def tell(self, request: HttpRequest, words: Act, made: Any) -> None:
        """Say what changes with it."""
        text = _("%(gateway)s takes new payments from now on.")
        messages.success(request, text % {"gateway": made.get_kind_display()})
