"""Pages as PDF drawing instructions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby

import pydyf

from payments.billing.documents.embedding import Embedded, Fonts
from payments.billing.documents.faces import Face
from payments.billing.documents.layout import Box, Logo, Mark, Page, Target, Words
from payments.billing.documents.lines import Line
from payments.billing.documents.shaping import Glyph, Shaped

LOGO = "Logo"
"""What pages call the picture."""
_ROUND = 0.5523  # how far the handles of a curve stand off, of a quarter of a circle's radius


@dataclass
class Pen:
    """The instructions of one line: texts, gathered into as few as they can be, and shapes that say nothing."""

    stream: pydyf.Stream
    shapes: list[tuple[int, Face, Glyph]] = field(default_factory=list)
    _shown: list[str] = field(default_factory=list)
    _behind: int = 0
    _place: int = 0

    def put(self, glyph: Glyph, embedded: Embedded) -> None:
        """Draw a glyph and move on, in thousandths of the size."""
        if glyph.text:
            self._behind += glyph.right
            self._show(embedded.code(glyph.number, glyph.text))
            self._behind += glyph.advance - glyph.right - embedded.width(glyph.number)
        else:
            self.shapes.append((self._place, embedded.face, glyph))
            self._behind += glyph.advance
        self._place += glyph.advance

    def _show(self, code: int) -> None:
        self._catch_up()
        if self._shown and self._shown[-1].endswith(">"):
            self._shown[-1] = f"{self._shown[-1][:-1]}{code:04x}>"
        else:
            self._shown.append(f"<{code:04x}>")

    def _catch_up(self) -> None:
        if self._behind:
            self._shown.append(f"{-self._behind}")
            self._behind = 0

    def flush(self) -> None:
        """Write what was gathered."""
        self._catch_up()
        if self._shown:
            self.stream.show_text(" ".join(self._shown))
            self._shown = []


def note_glyphs(pages: list[Page], fonts: Fonts) -> None:
    """Tell the fonts which glyphs the pages draw as text."""
    for words in chain.from_iterable(_words_in_order(page) for page in pages):
        for piece in words[1].line.pieces:
            embedded = fonts.of(piece.face)
            for glyph in chain.from_iterable(cluster.glyphs for cluster in piece.clusters):
                if glyph.text:
                    embedded.use(glyph.number, glyph.text)


def _words_in_order(page: Page) -> Iterator[tuple[float, Words]]:
    """Yield a page's lines of text as they are read: group by group, in each of them column by column."""
    for _, group in groupby(page.strips, key=lambda item: item[0]):
        found = [(top, mark) for _, top, strip in group for mark in strip.marks]
        words = [(top, mark) for top, mark in found if isinstance(mark, Words)]
        yield from sorted(words, key=lambda item: item[1].column)


def painted(page: Page, width: float, fonts: Fonts, *, mirrored: bool) -> pydyf.Stream:
    """Return the instructions that draw a page."""
    stream = pydyf.Stream(compress=True)
    for _, top, strip in page.strips:
        for mark in strip.marks:
            if isinstance(mark, Box):
                _box(stream, mark, _left(mark, width, mirrored=mirrored), page.height - top)
            elif isinstance(mark, Logo):
                _logo(stream, mark, _left(mark, width, mirrored=mirrored), page.height - top)
    for top, words in _words_in_order(page):
        left = _left(words, width, mirrored=mirrored)
        _words(stream, words.line, left, page.height - top - words.baseline, fonts)
    return stream


def targets(page: Page, width: float, *, mirrored: bool) -> list[pydyf.Dictionary]:
    """Return the annotations that make a page's links."""
    found = [(top, mark) for _, top, strip in page.strips for mark in strip.marks]
    return [
        _annotation(mark, _left(mark, width, mirrored=mirrored), page.height - top)
        for top, mark in found
        if isinstance(mark, Target)
    ]


def _annotation(target: Target, left: float, top: float) -> pydyf.Dictionary:
    upper, lower = top - target.top, top - target.top - target.height
    box = [round(value, 2) for value in (left, lower, left + target.width, upper)]
    action = pydyf.Dictionary({"S": "/URI", "URI": pydyf.String(target.url)})
    values = {"Type": "/Annot", "Subtype": "/Link", "Rect": pydyf.Array(box), "A": action, "F": 4}
    return pydyf.Dictionary(values | {"Border": pydyf.Array([0, 0, 0])})


def _left(mark: Mark, width: float, *, mirrored: bool) -> float:
    own = mark.line.width if isinstance(mark, Words) else mark.width
    return width - mark.start - own if mirrored else mark.start


def _words(stream: pydyf.Stream, line: Line, left: float, baseline: float, fonts: Fonts) -> None:
    stream.set_color_rgb(*line.style.colour)
    stream.begin_text()
    stream.set_text_matrix(1, 0, 0, 1, *_points(left, baseline))
    pen = Pen(stream)
    for piece in line.pieces:
        embedded = fonts.of(piece.face)
        stream.set_font_size(embedded.name, line.style.size)
        _piece(pen, piece, embedded)
    stream.end_text()
    _shapes(pen, left, baseline, line.style.size / 1000)


def _piece(pen: Pen, piece: Shaped, embedded: Embedded) -> None:
    for glyph in chain.from_iterable(cluster.glyphs for cluster in piece.clusters):
        if glyph.text and not embedded.says(glyph.number, glyph.text):
            pen.flush()
            said = f"feff{glyph.text.encode('utf-16-be').hex()}"
            pen.stream.begin_marked_content("Span", f"<</ActualText <{said}>>>")
            pen.put(glyph, embedded)
            pen.flush()
            pen.stream.end_marked_content()
        else:
            pen.put(glyph, embedded)
    pen.flush()


def _shapes(pen: Pen, left: float, baseline: float, scale: float) -> None:
    for place, face, glyph in pen.shapes:
        if outline := face.outline(glyph.number):
            pen.stream.push_state()
            right, up = (place + glyph.right) * scale, glyph.up * scale
            pen.stream.set_matrix(scale, 0, 0, scale, *_points(left + right, baseline + up))
            pen.stream.stream.append(outline)
            pen.stream.fill()
            pen.stream.pop_state()


def _box(stream: pydyf.Stream, box: Box, left: float, top: float) -> None:
    bottom = top - box.top - box.height
    stream.set_color_rgb(*box.colour)
    if box.radius:
        _rounded(stream, box, left, bottom)
    else:
        stream.rectangle(*(round(value, 3) for value in (left, bottom, box.width, box.height)))
    stream.fill()


def _logo(stream: pydyf.Stream, logo: Logo, left: float, top: float) -> None:
    bottom = top - logo.top - logo.height
    stream.push_state()
    stream.set_matrix(*_points(logo.width, 0, 0, logo.height, left, bottom))
    stream.draw_x_object(LOGO)
    stream.pop_state()


def _rounded(stream: pydyf.Stream, box: Box, left: float, bottom: float) -> None:
    right, top, radius = left + box.width, bottom + box.height, min(box.radius, box.height / 2)
    near = radius * (1 - _ROUND)
    stream.move_to(*_points(left + radius, bottom))
    stream.line_to(*_points(right - radius, bottom))
    stream.curve_to(*_points(right - near, bottom, right, bottom + near, right, bottom + radius))
    stream.line_to(*_points(right, top - radius))
    stream.curve_to(*_points(right, top - near, right - near, top, right - radius, top))
    stream.line_to(*_points(left + radius, top))
    stream.curve_to(*_points(left + near, top, left, top - near, left, top - radius))
    stream.line_to(*_points(left, bottom + radius))
    stream.curve_to(*_points(left, bottom + near, left + near, bottom, left + radius, bottom))
    stream.close()


def _points(*values: float) -> list[float]:
    return [round(value, 3) for value in values]
