"""Letters: the words of an email, in the customer's language and the site's colour."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from customers.models import Customer, Site
from customers.services import branding, wordings
from customers.services.wordings import Texts

_SUBJECT_LENGTH = 200
_LOGO = re.compile(r"cid:([0-9a-f]{24}\.(?:png|jpg))@logo")
_BREAKS = {
    "Cc",
    "Cs",
    "Zl",
    "Zp",
}  # Unicode's categories: control characters, halves of letters, separators


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a letter is for, as far as its words depend on it.

    Args:
        language: one that the site offers.
        locale: how that language is written where the customer lives.
    """

    site: Site
    language: str
    locale: Locale
    livemode: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """What an email says."""

    language: str
    subject: str
    text: str
    html: str


def reader(customer: Customer | None, site: Site, *, livemode: bool) -> Reader:
    """Return who reads a letter to a customer of the site.

    The language is the first of the customer's that the site offers, else the site's first one; a site that names none
    offers all of ours.
    """
    return reader_of(customer.preferred_locales if customer else (), site, livemode=livemode)


def reader_of(tags: Iterable[str], site: Site, *, livemode: bool) -> Reader:
    """Return who reads a text of the site and prefers these languages.

    Args:
        tags: BCP 47, the one that is read best first.
    """
    codes = offered(site)
    for tag in tags:
        spelled = tag.replace("_", "-")
        for code in (spelled.lower(), spelled.lower().partition("-")[0]):
            if code in codes:
                return Reader(site, code, _locale(spelled, code), livemode)
    return Reader(site, codes[0], _locale(codes[0], codes[0]), livemode)


def offered(site: Site) -> list[str]:
    """Return the languages in which a site's customers are written to."""
    return site.languages or [code for code, _name in settings.LANGUAGES]


def write(
    to: Reader,
    template: str,
    *,
    kind: str,
    texts: Texts,
    words: Mapping[str, str],
    context: Mapping[str, Any],
) -> Letter:
    """Render a letter; called with the reader's language active.

    Args:
        template: the name of its two templates in `templates/emails/`.
        kind: of the message; the site may have texts of its own for it.
        words: what fills the gaps of the texts.
    """
    own = wordings.of(to.site, kind, to.language) if kind in wordings.patterns else {}
    return _rendered(to, template, wordings.chosen(kind, texts, own, words), context)


def example(to: Reader, kind: str, own: Mapping[str, str], *, at: datetime) -> Letter:
    """Render a made-up letter of a kind; called with the reader's language active.

    Args:
        own: the site's texts to try, by part.
    """
    pattern = wordings.patterns[kind]
    made_up = pattern.example(to, at)
    said = wordings.chosen(kind, pattern.texts(), own, made_up.words)
    return _rendered(to, made_up.template, said, made_up.context)


def _rendered(
    to: Reader, template: str, said: Mapping[str, str], context: Mapping[str, Any]
) -> Letter:
    site = to.site
    known = {
        **context,
        **said,
        "site": site,
        "is_test": not to.livemode,
        "language": to.language,
        "initial": initial(site.name),
        "on_brand": branding.ink_on(site.brand_color),
        "portal_url": f"{settings.PUBLIC_URL}{reverse('portal:front', args=[site.slug])}",
        "logos": branding.logos_of(site),
    }
    return Letter(
        language=to.language,
        subject=one_line(f"{'' if to.livemode else '[Test] '}{said['subject']}")[:_SUBJECT_LENGTH],
        text=_tidy(render_to_string(f"emails/{template}.txt", known)),
        html=render_to_string(f"emails/{template}.html", known),
    )


def in_language_of(to: Reader) -> Any:
    """Return a context in which texts are in the reader's language."""
    return translation.override(to.language)


def logo_names(html: str) -> list[str]:
    """Return the names of the logos that a letter shows; they are sent along, so that reading it fetches nothing."""
    return list(dict.fromkeys(_LOGO.findall(html)))


def with_logos_from(html: str, site: Site) -> str:
    """Return a letter as a page of ours shows it: its logos come from where pages have them."""
    return _LOGO.sub(lambda found: reverse("portal:logo", args=[site.slug, found[1]]), html)


def one_line(text: str) -> str:
    """Return a text without line breaks and other characters that a header must not hold."""
    kept = (" " if unicodedata.category(letter) in _BREAKS else letter for letter in text)
    return re.sub(" {2,}", " ", "".join(kept)).strip()


def initial(name: str) -> str:
    """Return the first letter or digit of a name, for where there is no picture."""
    return next((letter.upper() for letter in name if letter.isalnum()), "·")


def _locale(tag: str, language: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language, sep="-")


def _tidy(text: str) -> str:
    """Return a text without the blank lines that template tags leave."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
