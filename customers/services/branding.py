"""Branding: a merchant's logos, and its colour in all the places where it must be told from its ground."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit import pictures
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Logo, Site
from customers.services import sites

LIGHT, DARK = "#ffffff", "#171b21"
"""The grounds of our pages in light and in dark mode."""
_PALE, _INK = "#ffffff", "#14181f"
_READABLE = 4.5  # of text, by WCAG's success criterion 1.4.3
_STEPS = 50
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


def update(
    site: Site, *, details: Mapping[str, Any], logos: Mapping[str, bytes], at: datetime
) -> Site:
    """Change how a site looks to its customers.

    Args:
        details: columns by name, as `sites.update` takes them.
        logos: files by column, such as `light_logo`.

    Raises:
        InvalidRequest: a file is no picture that can be kept, or as `sites.update` does.
    """
    with transaction.atomic():
        names = {column: _kept(site, column, content, at=at) for column, content in logos.items()}
        return sites.update(site, details={**details, **names})


def logo(site: Site, name: str) -> Logo:
    """Return a logo of a site.

    Raises:
        NotFound: it has none of this name.
    """
    found = Logo.objects.filter(site=site, name=name).first()
    if found is None:
        raise NotFound(f"No such logo: '{name}'", param="name")
    return found


def logos_of(site: Site) -> list[tuple[str, str]]:
    """Return the names of a site's logos by the mode that shows them: `any`, or `light` and `dark`."""
    if site.light_logo and site.dark_logo:
        return [("light", site.light_logo), ("dark", site.dark_logo)]
    return [("any", site.light_logo)] if site.light_logo else []


def contrast(one: str, other: str) -> float:
    """Return how well two colours can be told from each other, from 1 to 21.

    Args:
        one: such as `#17493c`.

    Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(color: str) -> str:
    """Return the colour of text that can be read on a ground."""
    return max((_PALE, _INK), key=lambda ink: contrast(ink, color))


def tone_on(ground: str, color: str) -> str:
    """Return a colour as text on a ground: itself, or as much darker or lighter as it has to be."""
    target = ink_on(ground)
    for step in range(_STEPS + 1):
        tone = _mixed(color, target, step / _STEPS)
        if contrast(tone, ground) >= _READABLE:
            return tone
    return target


def style_sheet(site: Site) -> str:
    """Return the style sheet with a site's colour, which the database keeps to six hexadecimal digits."""
    color = site.brand_color
    light, dark = tone_on(LIGHT, color), tone_on(DARK, color)
    return (
        f":root {{ --brand: {color}; --brand-ink: {ink_on(color)};"
        f" --brand-text: light-dark({light}, {dark}); }}\n"
    )


def _kept(site: Site, column: str, content: bytes, *, at: datetime) -> str:
    """Keep a picture once, and return its name."""
    try:
        picture = pictures.read(content)
    except pictures.NoPicture as error:
        raise InvalidRequest(f"Invalid {column}: {error}", param=column) from error
    digest = hashlib.sha256(picture.content).hexdigest()[:24]
    name = f"{digest}.{_ENDINGS[picture.media_type]}"
    Logo.objects.get_or_create(
        site=site,
        name=name,
        defaults={
            "media_type": picture.media_type,
            "width": picture.width,
            "height": picture.height,
            "content": picture.content,
            "created_at": at,
        },
    )
    return name


def _luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- as defined
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(color: str, other: str, share: float) -> str:
    pairs = ((int(color[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)
