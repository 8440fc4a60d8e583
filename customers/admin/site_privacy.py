"""How long data is kept: each kind with its period, why, and when it was last gone through."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.base import Act
from customers.admin.forms import DashboardForm, Section
from customers.admin.settings_pages import Card
from customers.models import Site
from customers.services import retention, retention_laws

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Site]
else:
    _Base = object


class RetentionForm(DashboardForm):
    """A period for each kind of data on which a site decides, and one for documents."""

    def __init__(self, site: Site, **options: Any) -> None:
        super().__init__(**options)
        law = retention_laws.of(Site(country=site.country, retention={}))
        self.fields[retention_laws.SETTING] = forms.IntegerField(
            label=_("Documents, in years"),
            required=False,
            min_value=1,
            max_value=retention_laws.LONGEST,
            help_text=_("Empty: %(years)d years. %(source)s.")
            % {"years": law.years, "source": law.source},
        )
        names = [retention_laws.SETTING]
        for kind in retention.kinds():
            if kind.is_settable:
                self.fields[kind.name] = forms.IntegerField(
                    label=_("%(title)s, in days") % {"title": kind.title},
                    required=False,
                    min_value=kind.least,
                    max_value=retention.LONGEST,
                    help_text=kind.reason,
                )
                names.append(kind.name)
        empty = _("An empty field stands for: for good.")
        self.sections = (Section(_("Your periods"), tuple(names), empty),)  # type: ignore[misc]  # of this site

    def periods(self) -> dict[str, int | None]:
        """Return the days by kind."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != retention_laws.SETTING
        }


class SitePrivacy(_Base):
    """The page of periods; mixed into the pages of the site."""

    def privacy_urls(self) -> list[URLPattern]:
        """Return the page's address."""
        return [self.route("<str:object_id>/privacy/", self.privacy_view, "privacy")]

    def privacy_card(self, site: Site) -> Card:
        """Return the way to the page, with what is set."""
        law = retention_laws.of(site)
        years = ngettext("%(n)d year", "%(n)d years", law.years) % {"n": law.years}
        own = len([name for name in site.retention if name != retention_laws.SETTING])
        facts = (
            (_("Documents are kept"), years),
            (_("Periods of your own"), str(own or _("None"))),
        )
        return Card(_("Privacy"), "clock", self.url("privacy", site.pk), facts)

    def privacy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show for how long data is kept, and change it."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request, row))
        title = _("How long data is kept")
        context = {"title": title, "row": row, "kinds": _shown(row), "links": []}
        if not self.has_change_permission(request, row):
            self.require(request.method != "POST")
            return self.render(request, "admin/settings/retention_shown.html", context)
        return self.run_form(
            request,
            self.make_form(request, RetentionForm, row, initial=_initial(row)),
            lambda form: retention.choose(
                row, form.periods(), years=form.cleaned_data[retention_laws.SETTING]
            ),
            Act(
                title=title,
                text=_("Every hour the worker lets go of what was kept long enough."),
                button=_("Save"),
                done=_("Saved."),
                back=self.page_url(row),
                then=lambda _site: self.url("privacy", row.pk),
                leave=_("Back"),
            ),
            row=row,
            template="admin/settings/retention.html",
            more={"kinds": context["kinds"]},
        )


def _initial(site: Site) -> Mapping[str, Any]:
    periods = {
        kind.name: retention.days_of(site, kind) for kind in retention.kinds() if kind.is_settable
    }
    return {**periods, retention_laws.SETTING: site.retention.get(retention_laws.SETTING)}


def _shown(site: Site) -> list[dict[str, Any]]:
    runs = retention.last_runs(site)
    return [
        {
            "title": kind.title,
            "period": _period(site, kind),
            "is_own": kind.name in site.retention,
            "reason": kind.reason,
            "run": runs.get(kind.name),
        }
        for kind in retention.kinds()
    ]


def _period(site: Site, kind: retention.Kind) -> str:
    days = retention.days_of(site, kind)
    if days is None:
        return _("For good")
    if not days:  # documents, which have years
        years = retention_laws.of(site).years
        return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    if days % _YEAR == 0:
        return ngettext("%(n)d year", "%(n)d years", days // _YEAR) % {"n": days // _YEAR}
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


_YEAR = 365
