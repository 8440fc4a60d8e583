"""Text set in lines of a width."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from payments.billing.documents import breaking, directions, shaping
from payments.billing.documents.shaping import Shaped, Span
from payments.billing.documents.wording import cleaned

_AS_ONE = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Voice:
    """How the whole document is read."""

    language: str
    right_to_left: bool


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks.

    Args:
        size: points.
        leading: points from line to line.
        colour: red, green and blue from 0 to 1.
    """

    size: float
    leading: float
    weight: int
    colour: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A set line: its pieces from left to right, its width in points."""

    pieces: tuple[Shaped, ...]
    width: float
    style: Style


def set_lines(text: str, style: Style, width: float, voice: Voice) -> list[Line]:
    """Return a text's lines, none wider than the width in points unless a single character is."""
    paragraphs = cleaned(text).strip().split("\n")
    return [line for one in paragraphs for line in _paragraph(one.strip(), style, width, voice)]


def set_line(text: str, style: Style, voice: Voice) -> Line:
    """Return a text as one line, as wide as it comes."""
    return _paragraph(" ".join(cleaned(text).split()), style, float("inf"), voice)[0]


def natural_width(text: str, style: Style, voice: Voice) -> float:
    """Return the width in points of a text's longest line where nothing breaks it."""
    return max((line.width for line in set_lines(text, style, float("inf"), voice)), default=0)


def _paragraph(text: str, style: Style, width: float, voice: Voice) -> list[Line]:
    found = shaping.spans(text, style.weight, voice.language, right_to_left=voice.right_to_left)
    whole = _line(text, found, style, voice)
    if whole.width <= width:
        return [whole]
    room = int(width / style.size * 1000)
    return [
        _line(text, _within(found, start, end), style, voice)
        for start, end in _cuts(text, _widths(text, found, voice), room, voice)
    ]


def _line(text: str, found: list[Span], style: Style, voice: Voice) -> Line:
    pieces = [_shaped(text, span, voice) for span in found]
    order = directions.visual_order([span.level for span in found])
    width = sum(piece.width for piece in pieces) * style.size / 1000
    return Line(tuple(pieces[place] for place in order), width, style)


def _shaped(text: str, span: Span, voice: Voice) -> Shaped:
    return shaping.shaped(
        span.face, text[span.start : span.end], voice.language, leftwards=span.level % 2 == 1
    )


def _within(found: list[Span], start: int, end: int) -> list[Span]:
    first = bisect_right(found, start, key=lambda span: span.end)
    last = bisect_left(found, end, key=lambda span: span.start)
    return [
        Span(max(span.start, start), min(span.end, end), span.face, span.level)
        for span in found[first:last]
    ]


def _widths(text: str, found: list[Span], voice: Voice) -> list[int]:
    """Return how far the pen has come before each character, in thousandths of the size."""
    sums = [0]
    for span in found:
        clusters = _shaped(text, span, voice).clusters
        for cluster in reversed(clusters) if span.level % 2 else clusters:
            advance = sum(glyph.advance for glyph in cluster.glyphs)
            sums += [sums[-1] + advance] + [sums[-1] + advance] * (len(cluster.text) - 1)
    return sums


def _cuts(text: str, sums: list[int], room: int, voice: Voice) -> Iterator[tuple[int, int]]:
    """Yield where each line starts and ends, the spaces at its end left out."""
    start = end = 0
    for place in breaking.opportunities(text, voice.language):
        if end > start and _extent(text, sums, start, place) > room:
            yield start, _trimmed(text, start, end)
            start = end
        while _extent(text, sums, start, place) > room:
            cut = _forced(text, sums, start, place, room)
            yield start, cut
            start = cut
        end = place
    if end > start:
        yield start, _trimmed(text, start, end)


def _extent(text: str, sums: list[int], start: int, end: int) -> int:
    return sums[_trimmed(text, start, end)] - sums[start]


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _forced(text: str, sums: list[int], start: int, end: int, room: int) -> int:
    """Return where a word wider than the line is cut: after the last whole character that fits, or the first."""
    cut = 0
    for one in _AS_ONE.finditer(text, start, end):
        if cut and sums[one.end()] - sums[start] > room:
            break
        cut = one.end()
    return cut
