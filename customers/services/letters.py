"""Letters: the words of an email, in the customer's language and the site's colour."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from customers.models import Customer, Site

_SUBJECT_LENGTH = 200
_BREAKS = {
    "Cc",
    "Cs",
    "Zl",
    "Zp",
}  # Unicode's categories: control characters, halves of letters, separators
_MIDDLE = (
    0.179  # the luminance at which black and white text can be told from a background equally well
)


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
    offered = site.languages or [code for code, _name in settings.LANGUAGES]
    for tag in tags:
        spelled = tag.replace("_", "-")
        for code in (spelled.lower(), spelled.lower().partition("-")[0]):
            if code in offered:
                return Reader(site, code, _locale(spelled, code), livemode)
    return Reader(site, offered[0], _locale(offered[0], offered[0]), livemode)


def write(to: Reader, template: str, *, subject: str, context: Mapping[str, Any]) -> Letter:
    """Render a letter; called with the reader's language active.

    Args:
        template: the name of its two templates in `templates/emails/`.
    """
    site = to.site
    known = {
        **context,
        "subject": subject,
        "site": site,
        "is_test": not to.livemode,
        "language": to.language,
        "initial": initial(site.name),
        "on_brand": readable_on(site.brand_color),
        "portal_url": f"{settings.PUBLIC_URL}{reverse('portal:front', args=[site.slug])}",
    }
    return Letter(
        language=to.language,
        subject=one_line(f"{'' if to.livemode else '[Test] '}{subject}")[:_SUBJECT_LENGTH],
        text=_tidy(render_to_string(f"emails/{template}.txt", known)),
        html=render_to_string(f"emails/{template}.html", known),
    )


def in_language_of(to: Reader) -> Any:
    """Return a context in which texts are in the reader's language."""
    return translation.override(to.language)


def one_line(text: str) -> str:
    """Return a text without line breaks and other characters that a header must not hold."""
    kept = (" " if unicodedata.category(letter) in _BREAKS else letter for letter in text)
    return re.sub(" {2,}", " ", "".join(kept)).strip()


def initial(name: str) -> str:
    """Return the first letter or digit of a name, for where there is no picture."""
    return next((letter.upper() for letter in name if letter.isalnum()), "·")


def readable_on(color: str) -> str:
    """Return the colour of text that can be read on a background.

    Args:
        color: such as `#17493c`.

    Source: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
    """
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- as defined
        for value in channels
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#ffffff" if luminance <= _MIDDLE else "#14181f"


def _locale(tag: str, language: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language, sep="-")


def _tidy(text: str) -> str:
    """Return a text without the blank lines that template tags leave."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
