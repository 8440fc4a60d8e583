"""What every part of a page is built with: the paper, the styles, and columns of lines side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from payments.billing.documents import colours
from payments.billing.documents.colours import Colour
from payments.billing.documents.faces import REGULAR, STRONG
from payments.billing.documents.layout import MARGIN, SIZES, Mark, Strip, Words
from payments.billing.documents.lines import Line, Style, Voice, set_lines

# Of these, the largest is taken in which the text fits into one line.
TITLE = tuple(Style(size, size * 1.3, STRONG, colours.INK) for size in (26, 22, 18))
NAME = tuple(Style(size, size * 1.4, STRONG, colours.INK) for size in (13, 11.5, 10))
HEADLINE = tuple(Style(size, size * 1.45, STRONG, colours.INK) for size in (17, 15, 13))
BODY = Style(9.5, 13.5, REGULAR, colours.INK)
BODY_STRONG = Style(9.5, 13.5, STRONG, colours.INK)
BODY_SOFT = Style(9.5, 13.5, REGULAR, colours.SOFT)
SMALL = Style(8.5, 12.5, REGULAR, colours.QUIET)
SMALL_STRONG = Style(8.5, 12.5, STRONG, colours.SOFT)
GRAND = Style(11, 17, STRONG, colours.INK)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper and who reads it; lengths in points."""

    width: float
    height: float
    voice: Voice
    accent: Colour

    @classmethod
    def of(cls, page_size: Literal["a4", "letter"], voice: Voice, accent: Colour) -> "Sheet":
        """Return a sheet of a named size."""
        return cls(*SIZES[page_size], voice, accent)

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.width - 2 * MARGIN

    def lines(self, text: str, style: Style, width: float) -> list[Line]:
        """Return a text's lines; none for an empty text."""
        return set_lines(text, style, width, self.voice) if text.strip() else []

    def fitted(self, text: str, styles: Sequence[Style], width: float) -> list[Line]:
        """Return a text in the first style in which it takes one line, else in the last."""
        for style in styles[:-1]:
            lines = self.lines(text, style, width)
            if len(lines) <= 1:
                return lines
        return self.lines(text, styles[-1], width)


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines below each other, from a side.

    Args:
        start: points from the margin where reading begins.
    """

    start: float
    width: float
    lines: Sequence[Line | None]
    align: Literal["start", "end"] = "start"


def side_by_side(
    cells: Sequence[Cell], *, before: float = 0, after: float = 0
) -> tuple[Strip, ...]:
    """Return cells as strips, one for each line, with room before the first and after the last."""
    strips = [_strip(cells, row) for row in zip_longest(*(cell.lines for cell in cells))]
    return (*_room(before), *strips, *_room(after))


def _room(height: float) -> tuple[Strip, ...]:
    return (Strip(height),) if height else ()


def _strip(cells: Sequence[Cell], row: Sequence[Line | None]) -> Strip:
    present = [line.style for line in row if line]
    leading = max(style.leading for style in present)
    baseline = max(lowered(style, leading) for style in present)
    marks: list[Mark] = [
        placed(cell, line, baseline, column)
        for column, (cell, line) in enumerate(zip(cells, row, strict=True))
        if line
    ]
    return Strip(leading, tuple(marks))


def lowered(style: Style, height: float) -> float:
    """Return how far below the top of a height the baseline is that centres capitals in it."""
    return height / 2 + style.size * 0.357


def placed(cell: Cell, line: Line, baseline: float, column: int = 0) -> Words:
    """Return a cell's line at its place."""
    slack = cell.width - line.width if cell.align == "end" else 0
    return Words(line, MARGIN + cell.start + slack, baseline, column)
