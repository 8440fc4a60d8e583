"""Wordings: what emails say, in our texts or in the merchant's own.

A merchant's text is plain: `{amount}` stands for what is known when the email is written, everything else is said as it
stands, and the templates escape it. Where a placeholder has nothing to say (an invoice without a due date), our text
takes the place of the merchant's, since a sentence with a hole in it is worse.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from customers.kit.errors import InvalidRequest
from customers.models import Message, Site, Wording
from customers.services import audit

if TYPE_CHECKING:
    from customers.services.letters import Reader

LONGEST = {"subject": 200, "heading": 200, "sentence": 2000, "request": 2000, "button": 60}
"""How many characters each part may have."""
_GAP = re.compile(r"\{(\w+)\}")
_BRACE = re.compile(r"\{[^{}]*\}?|\}")


@dataclass(frozen=True, slots=True)
class Texts:
    """What an email says, by part; gaps are `%(amount)s`. A part that is empty is not there.

    Args:
        sentence: what it is about.
        request: what comes after that, such as what the reader is asked to do.
        button: the label of what leads on.
    """

    subject: str
    heading: str
    sentence: str
    request: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What a made-up email is about.

    Args:
        template: as `letters.write` takes it, like the rest.
    """

    template: str
    words: Mapping[str, str]
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of email.

    Args:
        texts: returns our texts in the active language, with every part that such an email can have.
        placeholders: what texts may name.
        example: returns what a made-up email to a reader is about, as of an instant.
    """

    texts: Callable[[], Texts]
    placeholders: tuple[str, ...]
    example: "Callable[[Reader, datetime], Example]"


patterns: dict[str, Pattern] = {}
"""By kind: the emails whose texts a merchant may change; the apps that write them enter theirs."""


def kinds() -> list[Message.Kind]:
    """Return the kinds of email whose texts may be changed."""
    return [kind for kind in Message.Kind if kind in patterns]


def parts_of(kind: str) -> dict[str, str]:
    """Return our texts for a kind of email, by part, in the active language and with gaps as merchants write them."""
    pattern = patterns[kind]
    gaps = {name: f"{{{name}}}" for name in pattern.placeholders}
    return {part: text % gaps for part, text in _pairs(pattern.texts()) if text}


def of(site: Site, kind: str, language: str) -> dict[str, str]:
    """Return a site's own texts, by part."""
    row = Wording.objects.filter(site=site, kind=kind, language=language).first()
    return dict(row.texts) if row is not None else {}


def languages_by_kind(site: Site) -> dict[str, list[str]]:
    """Return in which languages a site has texts of its own, by kind of email."""
    found: dict[str, list[str]] = {}
    rows = Wording.objects.filter(site=site).order_by("kind", "language")
    for kind, language in rows.values_list("kind", "language"):
        found.setdefault(kind, []).append(language)
    return found


def put(
    site: Site, kind: str, language: str, *, texts: Mapping[str, str], at: datetime
) -> dict[str, str]:
    """Keep a site's own texts, and return them; those that say what ours say are not kept.

    Args:
        texts: by part; an empty one, and a part that is not there, are ours.

    Raises:
        InvalidRequest: a text is too long, or has a placeholder that this kind of email does not know.
    """
    own = own_of(kind, language, texts)
    with transaction.atomic():
        Site.objects.select_for_update(no_key=True).get(pk=site.pk)
        _enter(site, kind, language, of(site, kind, language), own, at=at)
        rows = Wording.objects.filter(site=site, kind=kind, language=language)
        if not own:
            rows.delete()
        elif not rows.update(texts=own, updated_at=at):
            Wording.objects.create(
                site=site, kind=kind, language=language, texts=own, updated_at=at
            )
    return own


def _enter(
    site: Site, kind: str, language: str,
    before: Mapping[str, str], after: Mapping[str, str], *, at: datetime,
) -> None:  # fmt: skip
    """Enter in the audit log what changes of an email's texts; empty where our text is said."""
    parts = [part for part in LONGEST if before.get(part) != after.get(part)]
    if parts:
        old, new = (
            {kind: {language: {part: own.get(part, "") for part in parts}}}
            for own in (before, after)
        )
        audit.record("site.wording", site, before=old, after=new, at=at)


def own_of(kind: str, language: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Return which of some texts are not ours.

    Raises:
        InvalidRequest: as `put` does.
    """
    with translation.override(language):
        ours = parts_of(kind)
    tidy = {part: "\n".join(text.split("\r\n")).strip() for part, text in texts.items()}
    own = {part: text for part, text in tidy.items() if text and text != ours.get(part)}
    for part, text in own.items():
        _check(kind, part, text)
    return own


def chosen(
    kind: str, texts: Texts, own: Mapping[str, str], words: Mapping[str, str]
) -> dict[str, str]:
    """Return what an email says, by part: the site's own texts where they have all they need, else ours."""
    said = {}
    for part, text in _pairs(texts):
        mine = own.get(part, "")
        is_whole = bool(mine) and all(words.get(name) for name in _GAP.findall(mine))
        said[part] = _GAP.sub(lambda gap: words[gap[1]], mine) if is_whole else text % words
    return said


def _check(kind: str, part: str, text: str) -> None:
    if part not in LONGEST or part not in parts_of(kind):
        raise InvalidRequest(f"Invalid {part}: this email has no such text.", param=part)
    if len(text) > LONGEST[part]:
        raise InvalidRequest(
            f"Invalid {part}: give {LONGEST[part]} characters at most.", param=part
        )
    known = [f"{{{name}}}" for name in patterns[kind].placeholders]
    unknown = next((found for found in _BRACE.findall(text) if found not in known), None)
    if unknown is not None:
        raise InvalidRequest(
            f"Invalid {part}: '{unknown}' is not known here. Known are {', '.join(known)}.",
            param=part,
        )


def _pairs(texts: Texts) -> Iterator[tuple[str, str]]:
    return ((field.name, getattr(texts, field.name)) for field in fields(texts))


LABELS = {
    "subject": _("Subject"),
    "heading": _("Heading"),
    "sentence": _("Text"),
    "request": _("More text"),
    "button": _("Button"),
}
"""What the parts are called, in their order."""
