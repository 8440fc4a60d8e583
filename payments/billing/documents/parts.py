"""The parts of a document from top to bottom, except its table."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

from payments.billing.documents import colours, pictures
from payments.billing.documents.content import Document, Fact, Link, Party, Seller
from payments.billing.documents.faces import STRONG
from payments.billing.documents.layout import MARGIN, Box, Group, Logo, Mark, Strip, Target, Words
from payments.billing.documents.lines import Line, Style, set_line
from payments.billing.documents.sheet import (
    BODY,
    BODY_SOFT,
    BODY_STRONG,
    GRAND,
    HEADLINE,
    NAME,
    SMALL,
    SMALL_STRONG,
    TITLE,
    Cell,
    Sheet,
    lowered,
    side_by_side,
)
from payments.billing.documents.wording import cleaned_line

_GAP = 18.0
_INSET = 18.0
_IN_A_ROW = 4  # facts
_LOGO_HEIGHT = 36.0
_BADGE = Style(8.5, 12.5, STRONG, colours.SOFT)
_TALLEST_PANEL = 6  # lines; a longer headline stands without a ground
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"


def head(document: Document, sheet: Sheet) -> Group:
    """Return the title, with the status beside it and the seller's name opposite."""
    badge = _badge(document.status, sheet)
    wide, rest = sheet.inner * 0.56, sheet.inner * 0.4
    title = sheet.fitted(document.title, TITLE, wide - (badge[0].width + _GAP if badge else 0))
    name = [] if document.logo else sheet.fitted(document.seller.name, NAME, rest)
    cells = [Cell(0, wide, title), Cell(sheet.inner - rest, rest, name, "end")]
    strips = list(side_by_side(cells, after=14))
    if document.logo and title:
        strips[0] = Strip(_LOGO_HEIGHT, (*strips[0].marks, _logo(document.logo, sheet, rest)))
    if badge and title:
        strips[0] = Strip(
            strips[0].height, (*strips[0].marks, *_beside(badge, title[0], strips[0]))
        )
    return Group(tuple(strips))


def _logo(content: bytes, sheet: Sheet, widest: float) -> Logo:
    """Return a picture at the far side, as large as there is room."""
    width, height = pictures.size_of(content)
    scale = min(_LOGO_HEIGHT / height, widest / width)
    start = MARGIN + sheet.inner - width * scale
    return Logo(start, (_LOGO_HEIGHT - height * scale) / 2, width * scale, height * scale)


def _badge(status: str, sheet: Sheet) -> tuple[Box, Line] | None:
    if not status.strip():
        return None
    line = (sheet.lines(status, _BADGE, sheet.inner * 0.3))[0]
    return Box(0, 0, line.width + 16, 18, colours.mixed(colours.SOFT, colours.WHITE, 0.88), 9), line


def _beside(badge: tuple[Box, Line], title: Line, strip: Strip) -> tuple[Mark, ...]:
    box, line = badge
    start, top = MARGIN + title.width + 12, (strip.height - box.height) / 2 + 1
    ground = Box(start, top, box.width, box.height, box.colour, box.radius)
    return ground, Words(line, start + 8, top + lowered(_BADGE, box.height))


def facts(found: Sequence[Fact], sheet: Sheet) -> Iterator[Group]:
    """Yield rows of facts, each label above its value."""
    width = (sheet.inner - (_IN_A_ROW - 1) * _GAP) / _IN_A_ROW
    shown = [fact for fact in found if fact.label.strip() or fact.value.strip()]
    for first in range(0, len(shown), _IN_A_ROW):
        row = shown[first : first + _IN_A_ROW]
        starts = [place * (width + _GAP) for place in range(len(row))]
        labels = [sheet.lines(fact.label, SMALL, width) for fact in row]
        values = [sheet.lines(fact.value, BODY_STRONG, width) for fact in row]
        above, below = (_cells(starts, width, lines) for lines in (_lowered(labels), values))
        yield Group((*side_by_side(above), *side_by_side(below, after=10)))


def _lowered(columns: Sequence[Sequence[Line]]) -> list[list[Line | None]]:
    """Return columns of lines that end at the same height."""
    most = max(len(lines) for lines in columns)
    return [[*[None] * (most - len(lines)), *lines] for lines in columns]


def _cells(
    starts: Sequence[float], width: float, columns: Sequence[Sequence[Line | None]]
) -> list[Cell]:
    return [Cell(start, width, lines) for start, lines in zip(starts, columns, strict=True)]


def parties(document: Document, sheet: Sheet) -> Iterator[Group]:
    """Yield the seller, and to whom the bill and the goods go, side by side."""
    found = [_seller(document.seller), document.bill_to, document.ship_to]
    shown = [party for party in found if party and any(line.strip() for line in party.lines)]
    if not shown:
        return
    width = (sheet.inner - 2 * _GAP) / 3
    starts = [place * (width + _GAP) for place in range(len(shown))]
    columns = [_party(party, sheet, width) for party in shown]
    yield Group(side_by_side(_cells(starts, width, columns), before=8, after=20))


def _seller(seller: Seller) -> Party:
    return Party(seller.name, (*seller.lines, seller.email, seller.phone, *seller.tax_ids))


def _party(party: Party, sheet: Sheet, width: float) -> list[Line]:
    heading = sheet.lines(party.heading, BODY_STRONG, width)
    return heading + [line for text in party.lines for line in sheet.lines(text, BODY_SOFT, width)]


def panel(document: Document, sheet: Sheet) -> Iterator[Group]:
    """Yield the headline on a ground of the seller's colour, with the link to pay."""
    button = _button(document.payment, sheet) if document.payment else None
    taken = button.width + _GAP if button else 0
    lines = sheet.fitted(document.headline, HEADLINE, sheet.inner - 2 * _INSET - taken)
    if len(lines) > _TALLEST_PANEL:
        yield Group(side_by_side([Cell(0, sheet.inner, lines)], after=12))
        lines = []
    if lines or button:
        yield Group((_panel(lines, button, sheet), Strip(16)))


class _Button:
    """What can be clicked: text on the seller's colour; plain text where the address is not a safe one."""

    def __init__(self, lines: Sequence[Line], url: str, ground: colours.Colour) -> None:
        self.lines, self.url, self.ground = lines, url, ground
        self.padding = 14.0 if url else 0.0
        self.width = max(line.width for line in lines) + 2 * self.padding
        self.height = sum(line.style.leading for line in lines) + 14

    def marks(self, start: float, top: float) -> Iterator[Mark]:
        """Yield what draws it."""
        if self.url:
            yield Box(start, top, self.width, self.height, self.ground, 6)
            yield Target(start, top, self.width, self.height, self.url)
        down = top + 7
        for line in self.lines:
            side = (self.width - line.width) / 2
            yield Words(line, start + side, down + lowered(line.style, line.style.leading))
            down += line.style.leading


def _button(link: Link, sheet: Sheet) -> _Button | None:
    url = _clickable(link.url)
    colour = colours.text_on(sheet.accent) if url else colours.INK
    lines = sheet.lines(link.text, Style(10, 15, STRONG, colour), sheet.inner * 0.36)
    return _Button(lines, url, sheet.accent) if lines else None


def _clickable(url: str) -> str:
    """Return the address in ASCII if opening it can do no harm, else nothing."""
    try:
        scheme = urlsplit(cleaned_line(url)).scheme
    except ValueError:
        return ""
    return quote(cleaned_line(url), safe=_SAFE) if scheme in {"https", "http", "mailto"} else ""


def _panel(lines: Sequence[Line], button: _Button | None, sheet: Sheet) -> Strip:
    text = sum(line.style.leading for line in lines)
    height = max(text, button.height if button else 0) + 30
    ground = Box(MARGIN, 0, sheet.inner, height, colours.tint(sheet.accent), 8)
    marks: list[Mark] = [ground, *_stacked(lines, MARGIN + _INSET, (height - text) / 2)]
    if button:
        start = MARGIN + (sheet.inner - button.width - _INSET if lines else _INSET)
        marks += button.marks(start, (height - button.height) / 2)
    return Strip(height, tuple(marks))


def _stacked(lines: Sequence[Line], start: float, top: float) -> Iterator[Words]:
    for line in lines:
        yield Words(line, start, top + lowered(line.style, line.style.leading))
        top += line.style.leading


def memo(document: Document, sheet: Sheet) -> Iterator[Group]:
    """Yield the paragraph above the table."""
    if lines := sheet.lines(document.memo, BODY, sheet.inner):
        yield Group(side_by_side([Cell(0, sheet.inner, lines)], after=12))


def totals(document: Document, sheet: Sheet) -> Iterator[Group]:
    """Yield the sums at the end side, all on one page."""
    width = sheet.inner * 0.5
    strips = [
        strip
        for one in document.totals
        for strip in _total(one.label, one.value, one.emphasis, sheet, width)
    ]
    if strips:
        yield Group((Strip(6), *strips, Strip(12)))


def _total(label: str, value: str, emphasis: bool, sheet: Sheet, width: float) -> tuple[Strip, ...]:  # noqa: FBT001 -- a fact of the sum
    style = GRAND if emphasis else BODY
    values = sheet.lines(value, style, width * 0.6)
    taken = max((line.width for line in values), default=0) + _GAP
    labels = sheet.lines(label, style if emphasis else BODY_SOFT, width - taken)
    start = sheet.inner - width
    cells = [Cell(start, width - taken, labels), Cell(start, width, values, "end")]
    if not labels and not values:
        return ()
    rule = (
        (Strip(6), Strip(0.8, (Box(MARGIN + start, 0, width, 0.8, colours.INK),)), Strip(4))
        if emphasis
        else ()
    )
    return (*rule, *side_by_side(cells, before=2, after=3))


def footer(document: Document, sheet: Sheet) -> Iterator[Group]:
    """Yield the text at the foot of the last page."""
    if lines := sheet.lines(document.footer, SMALL, sheet.inner):
        rule = Strip(10, (Box(MARGIN, 0, sheet.inner, 0.6, colours.HAIRLINE),))
        yield Group((Strip(12), rule, *side_by_side([Cell(0, sheet.inner, lines)])), place="bottom")


def page_foot(document: Document, sheet: Sheet, number: int, pages: int) -> Strip:
    """Return the strip below everything: what the document is, and the page's number opposite."""
    label = document.page_label.replace("{page}", str(number)).replace("{pages}", str(pages))
    side = set_line(label, SMALL_STRONG, sheet.voice)
    cells = [Cell(0, sheet.inner, sheet.lines(document.running, SMALL, sheet.inner * 0.7)[:1])]
    cells.append(Cell(0, sheet.inner, [side], "end"))
    return side_by_side(cells)[0]


def bar(sheet: Sheet) -> Strip:
    """Return the band of the seller's colour at the top of the first page."""
    return Strip(6, (Box(0, 0, sheet.width, 6, sheet.accent),))
