"""Charts as inline SVG: shapes without text or style, which stretch to any width, with a table that says the same.

Load them with `{% load charts %}`; `{% chart … %}` draws one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django import template

register = template.Library()

WIDTH, HEIGHT = 1000, 200
_GAP = 0.22  # of a part's width, between bars
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers in a row.

    Args:
        style: which colour, a class of the style sheet.
        texts: the numbers as people read them.
    """

    name: str
    style: str
    values: Sequence[int]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn.

    Args:
        key: tells it from others of the page.
        kind: bars one in front of the other, bars one on top of the other (down, where they are negative), or lines.
        labels: what its parts are called, in full.
        ends: what the first and the last part are called below the drawing.
        before: drawn as a dashed line.
    """

    key: str
    title: str
    description: str
    kind: Literal["bars", "stack", "line"]
    labels: Sequence[str]
    ends: tuple[str, str]
    series: tuple[Series, ...]
    before: Series | None = None

    @property
    def has_values(self) -> bool:
        """Tell whether there is anything but nothing to draw."""
        before = [self.before] if self.before is not None else []
        return any(any(each.values) for each in (*self.series, *before))

    @property
    def scale(self) -> "Scale":
        """From where to where numbers go."""
        rows = [each.values for each in self.series]
        if self.kind == "stack":
            ups = [sum(value for value in part if value > 0) for part in zip(*rows, strict=True)]
            downs = [sum(value for value in part if value < 0) for part in zip(*rows, strict=True)]
            rows = [ups, downs]
        if self.before is not None:
            rows.append(self.before.values)
        found = [value for row in rows for value in row]
        if not any(found):
            return Scale(0, 1)
        return Scale(-rounded_up(-min(found, default=0)), rounded_up(max(found, default=0)))


class Scale(NamedTuple):
    """From where to where numbers go."""

    low: int
    high: int

    def y(self, value: float) -> float:
        """Return how far down a number is drawn."""
        return HEIGHT * (self.high - value) / (self.high - self.low)


class Bar(NamedTuple):
    """A rectangle, its numbers as SVG writes them."""

    style: str
    x: str
    y: str
    width: str
    height: str


def written(number: float) -> str:
    """Return a number as SVG has it, whatever language the page is in."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def rounded_up(value: int) -> int:
    """Return the next number that is easily read on an axis; 0 for what is not above it."""
    if value <= 0:
        return 0
    power: float = 10 ** (len(str(value)) - 1)
    return next(round(step * power) for step in _STEPS if step * power >= value)


@register.inclusion_tag("elements/chart.html", name="chart")
def show(drawn: Chart, peak: str) -> dict[str, Any]:
    """Return what the template of a chart needs.

    Args:
        peak: what the highest line is worth, as people read it.
    """
    scale, count = drawn.scale, len(drawn.labels)
    columns = [*drawn.series, *([drawn.before] if drawn.before else [])]
    texts = list(zip(*(each.texts for each in columns), strict=True))
    return {
        "chart": drawn,
        "columns": columns,
        "legend": columns[1:] if len(drawn.series) == 1 else columns,
        "rows": list(zip(drawn.labels, texts, strict=True)),
        "peak": peak,
        "lines": [written(scale.y(value)) for value in _lines(scale)],
        "zero": written(scale.y(0)),
        "bars": [] if drawn.kind == "line" else list(_bars(drawn, scale)),
        "paths": [(each.style, _path(each, scale, count)) for each in _drawn_as_lines(drawn)],
        "area": _area(drawn, scale) if drawn.kind == "line" else "",
        "before": _path(drawn.before, scale, count) if drawn.before else "",
        "hits": [
            (written(WIDTH * place / count), written(WIDTH / count), _said(label, columns, place))
            for place, label in enumerate(drawn.labels)
        ],
    }


def _drawn_as_lines(drawn: Chart) -> Sequence[Series]:
    return drawn.series if drawn.kind == "line" else ()


def _lines(scale: Scale) -> Iterator[float]:
    """Yield the numbers at which lines go across."""
    if scale.high:
        yield from (scale.high, scale.high / 2)
    if scale.low:
        yield scale.low


def _bars(drawn: Chart, scale: Scale) -> Iterator[Bar]:
    """Yield the bars of each part."""
    step = WIDTH / len(drawn.labels)
    for place in range(len(drawn.labels)):
        ends = {True: 0, False: 0}  # how far bars go, up and down
        for each in drawn.series:
            value = each.values[place]
            start = ends[value > 0] if drawn.kind == "stack" else 0
            ends[value > 0] = start + value
            top, bottom = sorted((scale.y(start), scale.y(start + value)))
            if value:
                x, width = step * (place + _GAP / 2), step * (1 - _GAP)
                height = max(bottom - top, 1)
                yield Bar(each.style, *map(written, (x, top, width, height)))


def _path(series: Series, scale: Scale, count: int) -> str:
    """Return the path of a line through the middle of each part."""
    step = WIDTH / count
    points = [
        (written(step * (place + 0.5)), written(scale.y(value)))
        for place, value in enumerate(series.values)
    ]
    if not points:
        return ""
    if len(points) == 1:
        return f"M0 {points[0][1]}H{WIDTH}"
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _area(drawn: Chart, scale: Scale) -> str:
    """Return the path around what is below the first line."""
    count = len(drawn.labels)
    line = _path(drawn.series[0], scale, count)
    if not line:
        return ""
    half = 0 if count == 1 else WIDTH / count / 2
    return f"{line}V{written(scale.y(0))}H{written(half)}Z"


def _said(label: str, columns: Sequence[Series], place: int) -> str:
    """Return what is said of a part when it is pointed at."""
    return "\n".join([label, *(f"{each.name}: {each.texts[place]}" for each in columns)])
