"""The table: what was sold. The description takes the room that the numbers leave."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from payments.billing.documents import colours
from payments.billing.documents.content import Columns, Document, Row
from payments.billing.documents.layout import MARGIN, Box, Group, Strip
from payments.billing.documents.lines import Line, Style, natural_width
from payments.billing.documents.sheet import (
    BODY,
    SMALL,
    SMALL_STRONG,
    Cell,
    Sheet,
    side_by_side,
)

_GAP = 16.0
_MOST = 0.62  # of the width, for the numbers together
_LEAST = 24.0  # points
_NUMBERS = ("quantity", "unit_price", "tax", "amount")


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    start: float
    width: float


def table(document: Document, sheet: Sheet) -> Iterator[Group]:
    """Yield the table's rows; the first brings the head along, which is repeated on every page."""
    columns = _columns(document, sheet)
    head = _head(document.columns, columns, sheet)
    for place, row in enumerate(document.rows):
        strips = _row(row, columns, sheet)
        yield Group((*head, *strips) if place == 0 else strips, head, opens=place == 0)


def _columns(document: Document, sheet: Sheet) -> list[_Column]:
    """Return the columns from the side where reading begins."""
    names = [name for name in _NUMBERS if getattr(document.columns, name).strip()]
    widths = _widths(names, document, sheet, sheet.inner * _MOST - _GAP * len(names))
    start = rest = sheet.inner - sum(widths) - _GAP * len(widths)
    columns = [_Column("description", 0, rest)]
    for name, width in zip(names, widths, strict=True):
        columns.append(_Column(name, start + _GAP, width))
        start += width + _GAP
    return columns


def _widths(names: Sequence[str], document: Document, sheet: Sheet, room: float) -> list[float]:
    """Return the widths of the numbers: as wide as they are, and as their headings if there is room for those too."""
    needed = [_widest({getattr(row, name) for row in document.rows}, BODY, sheet) for name in names]
    headings = [_widest({getattr(document.columns, name)}, SMALL_STRONG, sheet) for name in names]
    wished = [max(pair) for pair in zip(needed, headings, strict=True)]
    if sum(wished) <= room:
        return wished
    if sum(needed) > room:
        return _shared(needed, room)
    granted = _shared(
        [wish - need for need, wish in zip(needed, wished, strict=True)], room - sum(needed)
    )
    return [need + more for need, more in zip(needed, granted, strict=True)]


def _widest(texts: Iterable[str], style: Style, sheet: Sheet) -> float:
    return max([_LEAST, *(natural_width(text, style, sheet.voice) + 0.01 for text in texts)])


def _shared(needed: Sequence[float], room: float) -> list[float]:
    """Return widths that fit: what is narrower than its share keeps its width, the rest share what is left."""
    fitted: dict[int, float] = {}
    for done, place in enumerate(sorted(range(len(needed)), key=needed.__getitem__)):
        fitted[place] = min(needed[place], (room - sum(fitted.values())) / (len(needed) - done))
    return [fitted[place] for place in range(len(needed))]


def _head(columns: Columns, placed: Sequence[_Column], sheet: Sheet) -> tuple[Strip, ...]:
    cells = [
        _cell(one, sheet.lines(getattr(columns, one.name), SMALL_STRONG, one.width))
        for one in placed
    ]
    rule = Strip(1, (Box(MARGIN, 0, sheet.inner, 0.8, colours.RULE),))
    return (*side_by_side(cells, before=2, after=5), rule)


def _row(row: Row, columns: Sequence[_Column], sheet: Sheet) -> tuple[Strip, ...]:
    strips = side_by_side([_cell(one, _lines(row, one, sheet)) for one in columns], before=7)
    rule = Strip(7, (Box(MARGIN, 6.4, sheet.inner, 0.6, colours.HAIRLINE),))
    return (*strips, rule)


def _lines(row: Row, column: _Column, sheet: Sheet) -> list[Line]:
    lines = sheet.lines(getattr(row, column.name), BODY, column.width)
    if column.name == "description":
        lines += sheet.lines(row.detail, SMALL, column.width)
    return lines


def _cell(column: _Column, lines: Sequence[Line]) -> Cell:
    if column.name == "description":
        return Cell(column.start, column.width, lines)
    return Cell(column.start, column.width, lines, "end")
