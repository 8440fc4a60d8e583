"""What the site's emails say: each kind in each language, with the merchant's own texts, and how it looks then."""

from typing import TYPE_CHECKING, Any

from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from customers.admin.base import Act
from customers.admin.customer_messages import LETTER_POLICY
from customers.admin.forms import DashboardForm, Section
from customers.kit import clock
from customers.kit.errors import DomainError
from customers.models import Message, Site
from customers.services import letters, messages, wordings
from customers.services.letters import Letter

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

    _Base = TenantAdmin[Site]
else:
    _Base = object

_LONG = {"sentence", "request"}


class WordingForm(DashboardForm):
    """The texts of one kind of email in one language; a field is empty where ours is used.

    Args:
        ours: our texts, by part.
    """

    def __init__(self, ours: dict[str, str], **options: Any) -> None:
        super().__init__(**options)
        for part, text in ours.items():
            attrs: dict[str, Any] = {"placeholder": text}
            widget: forms.Widget = (
                forms.Textarea(attrs={**attrs, "rows": 4})
                if part in _LONG
                else forms.TextInput(attrs=attrs)
            )
            self.fields[part] = forms.CharField(
                label=wordings.LABELS[part],
                required=False,
                help_text=_("Ours: %(text)s") % {"text": text},
                widget=widget,
            )
        self.sections = (Section(_("Texts"), tuple(ours)),)  # type: ignore[misc]  # of this email


def letters_of(pages: Any, site: Site) -> list[dict[str, Any]]:
    """Return the kinds of email with the way to each one's texts, and which languages have texts of the site's own."""
    own, names = wordings.languages_by_kind(site), dict(settings.LANGUAGES)
    first = letters.offered(site)[0]
    return [
        {
            "title": kind.label,
            "url": pages.url("wording", site.pk, kind.value, first),
            "own": ", ".join(names[code] for code in own.get(kind.value, [])),
        }
        for kind in wordings.kinds()
    ]


class SiteEmails(_Base):
    """The views of what emails say; mixed into the pages of the site."""

    def email_urls(self) -> list[URLPattern]:
        """Return the addresses of these views."""
        one = "<str:object_id>/emails/<str:kind>/<str:language>/"
        return [
            self.route(one, self.wording, "wording"),
            self.route(f"{one}preview/", self.wording_preview, "wording_preview"),
            self.route(f"{one}test/", self.wording_test, "wording_test"),
            self.route(f"{one}reset/", self.wording_reset, "wording_reset"),
        ]

    @method_decorator(csp_update({"frame-src": ["'self'"]}))
    def wording(
        self, request: HttpRequest, object_id: str, kind: str, language: str
    ) -> HttpResponse:
        """Show the texts of a kind of email, or keep others."""
        row, form, own = self._wording(request, object_id, kind, language)
        here = self.url("wording", row.pk, kind, language)
        return self.run_form(
            request,
            form,
            lambda form: wordings.put(row, kind, language, texts=form.cleaned_data, at=clock.now()),
            Act(
                title=Message.Kind(kind).label,
                button=_("Save"),
                done=_("Saved. The next email says so."),
                back=self.url("emails", row.pk),
                then=lambda _texts: here,
                leave=_("Back"),
            ),
            row=_("Emails"),
            template="admin/settings/wording.html",
            more={
                "languages": self._languages(row, kind, language),
                "placeholders": _placeholders(row, kind, language),
                "preview_url": f"{here}preview/",
                "test_url": f"{here}test/",
                "reset_url": f"{here}reset/" if own else "",
                "language": language,
            },
        )

    @method_decorator(csp_replace(LETTER_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def wording_preview(
        self, request: HttpRequest, object_id: str, kind: str, language: str
    ) -> HttpResponse:
        """Answer with a made-up email, with the texts that were sent or else those that are kept, for its frame."""
        row, form, own = self._wording(request, object_id, kind, language)
        if request.method == "POST" and form.is_valid():
            try:
                own = wordings.own_of(kind, language, form.cleaned_data)
            except DomainError as refusal:
                return HttpResponse(refusal.message, content_type="text/plain; charset=utf-8")
        html = _example(row, kind, language, own).html
        return HttpResponse(letters.with_logos_from(html, row))

    def wording_test(
        self, request: HttpRequest, object_id: str, kind: str, language: str
    ) -> HttpResponse:
        """Send the operator a made-up email with the texts that are kept."""
        row, _form, own = self._wording(request, object_id, kind, language)
        choice = self.choice(request)
        to = choice.operator.email
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: messages.queue_written(
                Message.Kind(kind),
                _example(row, kind, language, own),
                site=row,
                livemode=choice.livemode,
                to=to,
                at=clock.now(),
            ),
            Act(
                title=_("Send a test email?"),
                text=_("It goes to %(to)s, with a made-up payment.") % {"to": to},
                button=_("Send"),
                done=_("The test email is on its way to %(to)s.") % {"to": to},
                back=self.url("wording", row.pk, kind, language),
            ),
            row=Message.Kind(kind).label,
        )

    def wording_reset(
        self, request: HttpRequest, object_id: str, kind: str, language: str
    ) -> HttpResponse:
        """Ask whether to go back to our texts, or do so."""
        row, _form, _own = self._wording(request, object_id, kind, language)
        return self.run_form(
            request,
            self.make_form(request, DashboardForm),
            lambda _form: wordings.put(row, kind, language, texts={}, at=clock.now()),
            Act(
                title=_("Go back to our texts?"),
                text=_("Your own texts of this email in this language are deleted."),
                button=_("Go back to our texts"),
                done=_("The email says what ours says again."),
                back=self.url("wording", row.pk, kind, language),
                style="danger",
            ),
            row=Message.Kind(kind).label,
        )

    def _wording(
        self, request: HttpRequest, object_id: str, kind: str, language: str
    ) -> tuple[Site, WordingForm, dict[str, str]]:
        """Return the site, the form with the texts of an email, and the site's own ones.

        Raises:
            Http404: there is no such email, or the site does not offer the language.
        """
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        if kind not in wordings.patterns or language not in letters.offered(row):
            raise Http404
        with translation.override(language):
            ours = wordings.parts_of(kind)
        own = wordings.of(row, kind, language)
        return row, self.make_form(request, WordingForm, ours, initial=own), own

    def _languages(self, row: Site, kind: str, language: str) -> list[dict[str, Any]]:
        names = dict(settings.LANGUAGES)
        return [
            {
                "code": code,
                "name": names[code],
                "url": self.url("wording", row.pk, kind, code),
                "is_here": code == language,
            }
            for code in letters.offered(row)
        ]


def _example(site: Site, kind: str, language: str, own: dict[str, str]) -> Letter:
    """Return a made-up email, marked as one of test mode."""
    to = letters.reader_of([language], site, livemode=False)
    with letters.in_language_of(to):
        return letters.example(to, kind, own, at=clock.now())


def _placeholders(site: Site, kind: str, language: str) -> list[tuple[str, str]]:
    """Return what texts may name, with what it says in the made-up email."""
    to = letters.reader_of([language], site, livemode=False)
    pattern = wordings.patterns[kind]
    with letters.in_language_of(to):
        words = pattern.example(to, clock.now()).words
    return [(f"{{{name}}}", words[name]) for name in pattern.placeholders]
