"""The form of the portal's settings: the default configuration, and where customers may return to."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.admin.forms import DashboardForm, RuledField, Section
from customers.restkit import inputs
from portal.models import PortalConfiguration
from portal.services import configurations

_UPDATES = (
    ("name", _("Name")),
    ("email", _("Email")),
    ("phone", _("Phone")),
    ("address", _("Billing address")),
    ("shipping", _("Shipping address")),
    ("tax_id", _("Tax IDs")),
)
_REASONS = (
    ("too_expensive", _("Too expensive")),
    ("missing_features", _("Something is missing")),
    ("switched_service", _("Went to somebody else")),
    ("unused", _("Not used enough")),
    ("customer_service", _("Customer service")),
    ("too_complex", _("Too complicated")),
    ("low_quality", _("Quality")),
    ("other", _("Other")),
)


def _switch(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _several(label: Any, choices: Any) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=widget)


def _web_address(label: Any) -> RuledField:
    rule = inputs.TextField(
        max_length=2048, pattern=configurations.WEB_ADDRESS, wording="give a web address."
    )
    return RuledField(rule, label=label)


class PortalForm(DashboardForm):
    """What the portal offers to customers who come without another configuration."""

    sections = (
        Section(
            _("Entry"),
            ("has_login_page", "default_return_url", "return_origins"),
            _("Links of the API lead customers back to these origins only."),
        ),
        Section(
            _("What customers read"),
            ("headline", "terms_of_service_url", "privacy_policy_url"),
            _("Where an address is left out, the one of the site's settings is shown."),
        ),
        Section(
            _("What customers can do"),
            (
                "invoice_history",
                "payment_method_update",
                "customer_update",
                "allowed_updates",
                "subscription_cancel",
                "cancel_mode",
                "asks_reason",
                "reasons",
                "subscription_pause",
            ),
        ),
    )
    refusals: ClassVar[dict[str, str]] = {}
    texts = ("headline", "terms_of_service_url", "privacy_policy_url")

    has_login_page = _switch(_("Customers can sign in by a code"))
    default_return_url = forms.CharField(
        label=_("Where customers come back to"), required=False, max_length=2048
    )
    return_origins = forms.CharField(
        label=_("Origins to which customers may return"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as https://example.com; one a line. Your website's own is always one."),
    )
    headline = RuledField(
        inputs.TextField(max_length=configurations.LONGEST_HEADLINE),
        label=_("Headline"),
        help_text=_("On the sign-in page and the overview."),
    )
    terms_of_service_url = _web_address(_("Terms of service"))
    privacy_policy_url = _web_address(_("Privacy policy"))
    invoice_history = _switch(_("See invoices"))
    payment_method_update = _switch(_("Change how they pay"))
    customer_update = _switch(_("Change their details"))
    allowed_updates = _several(_("Which details"), _UPDATES)
    subscription_cancel = _switch(_("Cancel subscriptions"))
    cancel_mode = forms.ChoiceField(
        label=_("A canceled subscription ends"),
        choices=[("at_period_end", _("At the end of the period")), ("immediately", _("At once"))],
    )
    asks_reason = _switch(_("Ask why"))
    reasons = _several(_("Reasons to choose from"), _REASONS)
    subscription_pause = _switch(_("Pause subscriptions"))

    @staticmethod
    def values(row: PortalConfiguration) -> dict[str, Any]:
        """Return what is set."""
        features = row.features
        cancel = features["subscription_cancel"]
        return {
            "has_login_page": row.has_login_page,
            "default_return_url": row.default_return_url,
            "return_origins": "\n".join(row.site.return_origins),
            **{name: getattr(row, name) for name in PortalForm.texts},
            "invoice_history": features["invoice_history"]["enabled"],
            "payment_method_update": features["payment_method_update"]["enabled"],
            "customer_update": features["customer_update"]["enabled"],
            "allowed_updates": features["customer_update"]["allowed_updates"],
            "subscription_cancel": cancel["enabled"],
            "cancel_mode": cancel["mode"],
            "asks_reason": cancel["cancellation_reason"]["enabled"],
            "reasons": cancel["cancellation_reason"]["options"],
            "subscription_pause": features["subscription_pause"]["enabled"],
        }

    def origins(self) -> list[str]:
        """Return the origins, without what stands around them."""
        lines = self.cleaned_data["return_origins"].splitlines()
        return [line.strip().rstrip("/").lower() for line in lines if line.strip()]

    def details(self) -> dict[str, Any]:
        """Return what was chosen, as `configurations.update` takes it."""
        said = self.cleaned_data
        switches = ("invoice_history", "payment_method_update", "subscription_pause")
        reasons = [one for one in configurations.REASONS if one in said["reasons"]]
        return {
            "has_login_page": said["has_login_page"],
            "default_return_url": said["default_return_url"],
            **{name: said[name] for name in self.texts},
            "features": {
                **{name: {"enabled": said[name]} for name in switches},
                "customer_update": {
                    "enabled": said["customer_update"],
                    "allowed_updates": said["allowed_updates"],
                },
                "subscription_cancel": {
                    "enabled": said["subscription_cancel"],
                    "mode": said["cancel_mode"],
                    "cancellation_reason": {"enabled": said["asks_reason"], "options": reasons},
                },
            },
        }
