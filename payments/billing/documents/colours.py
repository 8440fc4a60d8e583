"""The page's colours: greys of our own, and what is made of the seller's colour."""

import regex

Colour = tuple[float, float, float]  # red, green and blue from 0 to 1

_HEX = regex.compile(r"#[0-9a-fA-F]{6}")
_USUAL = "#4f46e5"
_LINEAR = 0.04045  # below it, sRGB is a straight line
_BRIGHT = 0.3  # the luminance above which dark text is easier to read on a colour than white, large and bold as it is


def from_hex(text: str) -> Colour:
    """Return the colour that "#rrggbb" names; our usual one if it is written otherwise."""
    digits = text if _HEX.fullmatch(text) else _USUAL
    red, green, blue = (round(int(digits[place : place + 2], 16) / 255, 4) for place in (1, 3, 5))
    return red, green, blue


def luminance(colour: Colour) -> float:
    """Return how bright a colour is, from 0 to 1.

    Source: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
    """
    red, green, blue = (
        part / 12.92 if part <= _LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(ground: Colour) -> Colour:
    """Return the colour of text that can be read on this one."""
    return INK if luminance(ground) > _BRIGHT else WHITE


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with this share of another in it."""
    red, green, blue = (
        round(one + (two - one) * share, 4) for one, two in zip(colour, other, strict=True)
    )
    return red, green, blue


def tint(colour: Colour) -> Colour:
    """Return the colour as a ground for dark text."""
    return mixed(colour, WHITE, 0.94)


WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
INK = from_hex("#14181f")
SOFT = from_hex("#4b5563")
QUIET = from_hex("#6b7280")
HAIRLINE = from_hex("#e5e7eb")
RULE = from_hex("#9ca3af")
