"""Strips of a page, one below the other, and how they fall into pages.

What stands in a strip is placed from the side where reading begins: the painter mirrors a page that runs to the left.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from payments.billing.documents.colours import Colour
from payments.billing.documents.lines import Line

SIZES = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}  # points
MARGIN = 48.0
TOP = 42.0
BOTTOM = 58.0  # the page label stands in it

_BREATH = 7.0  # between what is repeated and the rest of what was parted
_REPEATED, _OUTSIDE = -1, 1_000_000  # numbers of groups


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text.

    Args:
        start: points from the side where reading begins.
        baseline: points below the top of the strip.
        column: in a group, what stands in the same column is read together.
    """

    line: Line
    start: float
    baseline: float
    column: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle, with corners of a radius."""

    start: float
    top: float
    width: float
    height: float
    colour: Colour
    radius: float = 0


@dataclass(frozen=True, slots=True)
class Target:
    """A rectangle that opens an address."""

    start: float
    top: float
    width: float
    height: float
    url: str


@dataclass(frozen=True, slots=True)
class Logo:
    """The document's one picture, as large as a rectangle."""

    start: float
    top: float
    width: float
    height: float


Mark = Words | Box | Target | Logo


@dataclass(frozen=True, slots=True)
class Strip:
    """What stands side by side and is never parted."""

    height: float
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Strips that stay on one page if they fit on one.

    Args:
        repeated: what a page begins with if it begins inside the group or with it, such as the head of a table.
        opens: the group has what is repeated as its first strips.
        place: "bottom" for the foot of the last page.
    """

    strips: tuple[Strip, ...]
    repeated: tuple[Strip, ...] = ()
    opens: bool = False
    place: Literal["flow", "bottom"] = "flow"

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return _height(self.strips)


@dataclass(slots=True)
class Page:
    """A page being filled.

    Args:
        used: points from the top of the page to what comes next.
        strips: each with the number of its group and its distance from the top.
    """

    height: float
    used: float = TOP
    strips: list[tuple[int, float, Strip]] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Points that are still free."""
        return self.height - BOTTOM - self.used

    @property
    def is_fresh(self) -> bool:
        """Whether nothing stands on it yet."""
        return not self.strips

    def put(self, strips: Iterable[Strip], group: int) -> None:
        """Place strips below what is there."""
        for strip in strips:
            self.strips.append((group, self.used, strip))
            self.used += strip.height

    def put_at(self, top: float, strip: Strip) -> None:
        """Place a strip where it always stands, after all else."""
        self.strips.append((len(self.strips) + _OUTSIDE, top, strip))


def paginated(groups: Iterable[Group], page_height: float) -> list[Page]:
    """Return the pages that hold the groups, at least one."""
    pages = [Page(page_height)]
    for number, group in enumerate(groups):
        _put(group, number, pages, page_height)
    return pages


def _put(group: Group, number: int, pages: list[Page], page_height: float) -> None:
    if group.height > pages[-1].left and not pages[-1].is_fresh:
        repeated = () if group.opens else group.repeated
        whole = group.height + _height(repeated)
        if whole <= Page(page_height).left or pages[-1].left < _least(group):
            _turn(pages, page_height, repeated)
    if group.place == "bottom":
        pages[-1].used += max(0, pages[-1].left - group.height)
    for strip in group.strips:
        if strip.height > pages[-1].left and not pages[-1].is_fresh:
            _turn(pages, page_height, group.repeated)
            pages[-1].used += _BREATH if group.repeated else 0
        pages[-1].put([strip], number)


def _least(group: Group) -> float:
    """Return the height below which a group that is longer than a page is not begun."""
    ahead = len(group.repeated) if group.opens else 0
    return _height(group.strips[: ahead + 2])


def _turn(pages: list[Page], page_height: float, repeated: tuple[Strip, ...]) -> None:
    pages.append(Page(page_height))
    pages[-1].put(repeated, _REPEATED)


def _height(strips: Iterable[Strip]) -> float:
    return sum(strip.height for strip in strips)
