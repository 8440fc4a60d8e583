"""Charts: where shapes are drawn, what they say to those who cannot see them, and what the table says."""

from xml.etree import ElementTree as ET

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customers.admin.charts import Chart, Series, rounded_up


def series(*values, name="Gross", style="gross"):
    return Series(name, style, values, [f"${value}" for value in values])


def chart(*rows, kind="bars", before=None):
    labels = [f"Day {place}" for place in range(len(rows[0].values))]
    return Chart("volume", "Volume", "What came in", kind, labels, ("first", "last"), rows, before)


def drawn(wanted):
    html = Template("{% load charts %}{% chart drawn '$100' %}").render(Context({"drawn": wanted}))
    start, end = html.index("<svg"), html.index("</svg>") + 6
    return html, ET.fromstring(html[start:end])


def rects(svg, style):
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in svg.iter("rect")
        if rect.get("class") == style
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (-5, 0), (1, 1), (9, 10), (11, 20), (21, 25), (26, 50), (99, 100), (2500, 2500), (70_001, 100_000)],
)  # fmt: skip
def test_peaks_are_easily_read(value, expected):
    assert rounded_up(value) == expected


@given(st.integers(1, 10**15))
def test_peaks_are_not_far_above(value):
    assert value <= rounded_up(value) <= max(value * 2.5, value + 1)


def test_bars_stand_on_the_line_of_nothing():
    _html, svg = drawn(chart(series(50, 100)))

    assert rects(svg, "gross") == [(55, 100, 390, 100), (555, 0, 390, 200)]


def test_negative_bars_hang_below_it():
    _html, svg = drawn(chart(series(100, -100)))

    assert rects(svg, "gross") == [(55, 0, 390, 100), (555, 100, 390, 100)]


def test_stacked_bars_stand_on_each_other():
    rows = (series(60, style="new"), series(40, style="expansion"), series(-100, style="churn"))

    _html, svg = drawn(chart(*rows, kind="stack"))

    boxes = [rects(svg, style)[0] for style in ("new", "expansion", "churn")]
    assert [box[1::2] for box in boxes] == [(40, 60), (0, 40), (100, 100)]


def test_lines_go_through_the_middle_of_each_part():
    shorter = Series("Before", "before", [100, 0], ["$100", "$0", ""])
    wanted = chart(series(0, 50, 100), kind="line", before=shorter)

    _html, svg = drawn(wanted)

    paths = {path.get("class"): path.get("d") for path in svg.iter("path")}
    assert paths["path gross"] == "M166.67 200L500 100L833.33 0"
    assert paths["path before"] == "M166.67 0L500 200"
    assert paths["area"] == "M166.67 200L500 100L833.33 0V200H166.67Z"


def test_drawing_says_what_it_shows():
    html, svg = drawn(chart(series(50), series(40, name="Net", style="net")))

    assert (svg.get("role"), svg.find("title").text, svg.find("desc").text) == (
        "img", "Volume", "What came in",
    )  # fmt: skip
    (hit,) = [rect for rect in svg.iter("rect") if rect.get("class") == "hit"]
    assert hit.find("title").text == "Day 0\nGross: $50\nNet: $40"
    assert " style=" not in html


def test_table_says_the_same():
    html, _svg = drawn(chart(series(50, 60)))

    table = ET.fromstring(html[html.index("<table>") : html.index("</table>") + 8])
    rows = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
    assert rows == [["Time", "Gross"], ["Day 0", "$50"], ["Day 1", "$60"]]


def test_nothing_at_all_can_be_drawn():
    _html, svg = drawn(chart(series(0, 0)))

    assert rects(svg, "gross") == []


def test_numbers_are_written_for_machines_in_any_language():
    with translation.override("fr"):
        _html, svg = drawn(chart(series(1, 2, 3)))

    assert rects(svg, "gross")[0][0] == 36.67
