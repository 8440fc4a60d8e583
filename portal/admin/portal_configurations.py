"""The portal's settings: what the default configuration of the chosen mode offers."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _

from customers.admin.base import Act, TenantAdmin
from customers.admin.choices import Choice
from customers.admin.settings_pages import Card
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import sites
from customers.services.powers import Power
from portal.admin.forms import PortalForm
from portal.models import PortalConfiguration
from portal.services import configurations


class PortalConfigurationAdmin(TenantAdmin[PortalConfiguration]):
    """The default configuration; those that the API makes, it changes as well."""

    model = PortalConfiguration
    to_view = to_change = Power.MANAGE_SETTINGS

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # the settings lead here

    def get_urls(self) -> list[URLPattern]:
        return [self.route("", self.changelist_view, "changelist")]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what the portal offers, or change it."""
        self.require(self.has_change_permission(request))
        site = self.choice(request).site
        assert site is not None  # noqa: S101 -- who may change settings has a site
        row = configurations.default(at=clock.now())
        row.site = site

        def save(form: PortalForm) -> PortalConfiguration:
            with transaction.atomic():
                row.site = sites.update(site, details={"return_origins": form.origins()})
                # Where customers come back to has to be among the origins that are named now.
                with scoped_to(row.site, livemode=row.livemode):
                    return configurations.update(row, details=form.details(), at=clock.now())

        words = Act(
            title=_("Portal"),
            text=_("What your customers can do by themselves."),
            button=_("Save"),
            done=_("Saved."),
            back=reverse("admin:customers_site_page", args=[site.pk]),
            then=lambda _row: request.path,
            leave=_("Back"),
        )
        form = self.make_form(request, PortalForm, initial=PortalForm.values(row))
        return self.run_form(request, form, save, words, row=row)


def card(choice: Choice) -> Card | None:
    """Return the way to the portal's settings, for those who may change them."""
    if choice.site is None or not choice.may(Power.MANAGE_SETTINGS):
        return None
    row = PortalConfiguration.objects.filter(is_default=True).first()
    is_on = row is None or row.has_login_page
    origins = ", ".join(choice.site.return_origins)
    facts = (
        (_("Address"), reverse("portal:front", args=[choice.site.slug])),
        (_("Customers can sign in by a code"), _("Yes") if is_on else _("No")),
        (_("Origins to which customers may return"), origins),
    )
    return Card(
        _("Portal"), "people", reverse("admin:portal_portalconfiguration_changelist"), facts
    )
