"""The chosen site's settings: the way to all of them, and a page for each subject."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import settings_pages
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.settings_pages import Card, Subject
from customers.admin.site_emails import SiteEmails, letters_of
from customers.admin.site_forms import LOGOS, SiteForm
from customers.admin.site_privacy import SitePrivacy
from customers.kit import clock
from customers.models import Site
from customers.models.sites import ADDRESS
from customers.services import branding
from customers.services.powers import Power


class SiteAdmin(SiteEmails, SitePrivacy, TenantAdmin[Site]):
    """One site: the chosen one."""

    model = Site
    menu_title = gettext_lazy("Settings")
    to_view = Power.VIEW_SETTINGS
    to_change = Power.MANAGE_SETTINGS
    page_template = "admin/settings/index.html"

    def more_urls(self) -> list[URLPattern]:
        pages = [
            self.route(f"<str:object_id>/{slug}/", self._subject_view(subject), slug)
            for slug, subject in settings_pages.SUBJECTS.items()
        ]
        return [*self.email_urls(), *self.privacy_urls(), *pages]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Site]:
        site = self.choice(request).site
        return Site.objects.filter(pk=site.pk if site else None)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the one there is to see."""
        site = self.choice(request).site
        self.require(site is not None and self.has_view_permission(request))
        return HttpResponseRedirect(self.page_url(site))

    def links(self, request: HttpRequest, row: Site) -> list[Link]:
        return []

    def page_context(self, request: HttpRequest, row: Site) -> dict[str, Any]:
        own = [
            Card(subject.title, subject.icon, self.url(slug, row.pk), subject.facts(row))
            for slug, subject in settings_pages.SUBJECTS.items()
        ]
        others = settings_pages.cards_of_others(self.choice(request))
        return {
            "title": _("Settings"),
            "cards": [*own, self.privacy_card(row), *others],
            "account_id": row.pk,
        }

    def subject_view(self, request: HttpRequest, object_id: str, subject: Subject) -> HttpResponse:
        """Show a subject's settings, or change them; who may not change them is shown what is set."""
        row = self.found(request, object_id)
        self.require(self.has_view_permission(request, row))
        if not self.has_change_permission(request, row):
            return self._shown(request, row, subject)
        form = self.make_form(request, SiteForm, row, subject.sections, initial=self._values(row))
        here = self.url(subject.slug, row.pk)
        return self.run_form(
            request,
            form,
            lambda form: branding.update(
                row, details=form.changes(), logos=form.logos(), at=clock.now()
            ),
            Act(
                title=subject.title,
                text=subject.text,
                button=_("Save"),
                done=_("Saved."),
                back=self.page_url(row),
                then=lambda _site: here,
                leave=_("Back"),
            ),
            row=row,
            template=subject.template,
            more=self._more(row, subject),
        )

    def _subject_view(self, subject: Subject) -> Any:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            return self.subject_view(request, object_id, subject)

        return view

    def _shown(self, request: HttpRequest, row: Site, subject: Subject) -> HttpResponse:
        self.require(request.method != "POST")
        context = {"title": subject.title, "row": row, "facts": subject.facts(row), "links": []}
        return self.render(request, "admin/page.html", context)

    def _values(self, row: Site) -> dict[str, Any]:
        first, *others = row.languages or [""]
        columns = {name: getattr(row, name) for name in SiteForm.base_fields if hasattr(row, name)}
        for name in LOGOS:
            columns.pop(name, None)
        address = {f"address_{name}": row.address.get(name, "") for name in ADDRESS}
        return {**columns, "language": first, "other_languages": others, **address}

    def _more(self, row: Site, subject: Subject) -> dict[str, Any]:
        """Return what a subject's template shows beside the form."""
        if subject.slug == "branding":
            return {"looks": _looks(row)}
        if subject.slug == "emails":
            return {"letters": letters_of(self, row)}
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Have no form for everything at once."""
        raise Http404


def _looks(site: Site) -> dict[str, Any]:
    """Return how a site's colour and logo do in both modes."""
    color = site.brand_color
    modes = []
    for mode, ground, name in (
        ("light", branding.LIGHT, site.light_logo),
        ("dark", branding.DARK, site.dark_logo or site.light_logo),
    ):
        tone = branding.tone_on(ground, color)
        logo_url = reverse("portal:logo", args=[site.slug, name]) if name else ""
        said = _said_of(color, tone, branding.contrast(color, ground))
        modes.append({"mode": mode, "logo_url": logo_url, "said": said})
    ratio = branding.contrast(color, branding.ink_on(color))
    return {
        "site": site,
        "modes": modes,
        "button_said": _("Text on the colour: contrast %(ratio).1f : 1.") % {"ratio": ratio},
        "css_url": f"{reverse('portal:brand', args=[site.slug])}?{color[1:]}",
    }


def _said_of(color: str, tone: str, ratio: float) -> str:
    if tone == color:
        return _("The colour as text: contrast %(ratio).1f : 1.") % {"ratio": ratio}
    return _("The colour as text would have %(ratio).1f : 1, so %(tone)s is used instead.") % {
        "ratio": ratio,
        "tone": tone,
    }
