"""Lists by offset: in the order of creation unless told otherwise, narrowed by time, counted.

The walk of rule O15 relies on exact pages. Skipping goes through an index alone, and a page that shows the end of its
list needs no counting.

Source: https://docs.omise.co/api-pagination
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, QuerySet

from customers.kit.errors import InvalidRequest
from customers.kit.statements import Row, Statement
from customers.kit.tenancy import Scope, scoped_to
from customers.models import Site
from customers.restkit import inputs
from customers.restkit.inputs import unknown_parameter

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
CHRONOLOGICAL, REVERSE = "chronological", "reverse_chronological"
_MAX_OFFSET = 2**31
_COUNTED, _KNOWN_SECONDS, _MOST_KNOWN = 10_000, 10, 1_000
_SITE, _PARENT = "\ue000site", "\ue000parent"
_SINCE, _UNTIL = datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)


class IsoTimeField(inputs.TextField):
    """An instant, as ISO 8601 writes it; without a zone it is UTC, without a time midnight."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, emptied=..., **options)

    def read(self, value: Any, path: str) -> datetime:  # type: ignore[override]  # what the service gets
        text = super().read(value, path)
        try:
            instant = datetime.fromisoformat(text)
        except ValueError as error:
            raise InvalidRequest(
                f"Invalid {path}: give an instant like 2024-01-31T12:00:00Z.", param=path
            ) from error
        known = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        if not 1 < known.year < 9999:  # noqa: PLR2004 -- what every database and time zone can hold
            raise InvalidRequest(f"Invalid {path}: the year must be 2 to 9998.", param=path)
        return known.astimezone(UTC)


_LIMIT = inputs.IntegerField(min_value=1, max_value=MAX_LIMIT)
_OFFSETS = inputs.IntegerField(min_value=0, max_value=_MAX_OFFSET)
_ORDER = inputs.ChoiceField([CHRONOLOGICAL, REVERSE])
_TIME = IsoTimeField()


@dataclass(slots=True)
class OffsetPage:
    """What a list request asks for."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    order: str = CHRONOLOGICAL
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "OffsetPage":
        """Read a list's parameters.

        Raises:
            InvalidRequest: one is unknown, or has a value that it cannot have.
        """
        page = cls()
        for name, value in params.items():
            if name not in _READS:
                raise unknown_parameter(name)
            attribute, reads = _READS[name]
            setattr(page, attribute, reads.accept(value, name))
        return page


_READS: dict[str, tuple[str, inputs.Field]] = {
    "limit": ("limit", _LIMIT),
    "offset": ("offset", _OFFSETS),
    "order": ("order", _ORDER),
    "from": ("since", _TIME),
    "to": ("until", _TIME),
}


class OffsetListing:
    """A list of a model's rows in wire columns.

    Args:
        rows: returns the queryset to list, in the chosen scope.
        columns: the ORM paths to load.
        parent: the column that names the parent, where the list is one of a parent's.
    """

    def __init__(
        self,
        model: type[Model],
        rows: Callable[[], QuerySet[Any]],
        columns: Sequence[str],
        *,
        parent: str = "",
    ) -> None:
        self.model, self.rows, self.columns, self.parent = model, rows, columns, parent
        self._statements: dict[Any, Statement] = {}
        self._totals = _Totals()

    def fetch(
        self, page: OffsetPage, scope: Scope, *, parent_id: str = ""
    ) -> tuple[list[Row], int]:
        """Return the rows of a page in the order in which they are shown, and how many the whole list has."""
        values: dict[str, Any] = {"site": scope.site_id, "parent": parent_id}
        values |= {"since": page.since} if page.since else {}
        values |= {"until": page.until} if page.until else {}
        rows = self._statement(page, scope.livemode).rows(**values)
        shown = page.offset + len(rows)
        if len(rows) < page.limit and (rows or not page.offset):
            return rows, shown
        narrowed = self._narrowed(page, parent_id, page.since, page.until)
        total = self._totals.of(narrowed, (scope, parent_id, page.since, page.until), least=shown)
        return rows, total

    def _statement(self, page: OffsetPage, livemode: bool) -> Statement:  # noqa: FBT001 -- a column's value
        """Return the statement of a page, kept where many ask for the same."""
        shape = (livemode, page.limit, page.order, page.since is None, page.until is None)
        if page.offset:
            return self._page(page, livemode)
        if shape not in self._statements:
            self._statements[shape] = self._page(page, livemode)
        return self._statements[shape]

    def _page(self, page: OffsetPage, livemode: bool) -> Statement:  # noqa: FBT001 -- a column's value
        sign = "-" if page.order == REVERSE else ""
        order = (f"{sign}created_at", f"{sign}id")

        def build(_slots: Mapping[str, Any]) -> QuerySet[Any]:
            with scoped_to(Site(pk=_SITE), livemode=livemode):
                # What is skipped is read from an index alone.
                shown = self._narrowed(page, _PARENT, _SINCE, _UNTIL).order_by(*order).values("pk")
                shown = shown[page.offset : page.offset + page.limit]
                rows: QuerySet[Any] = self.rows().filter(pk__in=shown).order_by(*order)
                return rows.values_list(*self.columns)

        return Statement(build, **_slots(page))

    def _narrowed(
        self, page: OffsetPage, parent_id: str, since: datetime | None, until: datetime | None
    ) -> QuerySet[Any]:
        queryset = self.rows()
        if self.parent:
            queryset = queryset.filter(**{self.parent: parent_id})
        if page.since:
            queryset = queryset.filter(created_at__gte=since)
        if page.until:
            queryset = queryset.filter(created_at__lte=until)
        return queryset


class _Totals:
    """How many rows lists have: exact up to 10,000, and beyond that counted anew every ten seconds.

    Counting a million rows costs a hundred times as much as showing a page of them.
    """

    def __init__(self) -> None:
        self._known: dict[Any, tuple[float, int]] = {}

    def of(self, rows: QuerySet[Any], key: Any, *, least: int) -> int:
        """Return how many rows there are.

        Args:
            key: what the rows are known by.
            least: how many there are at least, since they were seen.
        """
        few = rows.order_by().values("pk")[: _COUNTED + 1].count()
        if few <= _COUNTED:
            return few
        now = time.monotonic()
        counted_at, total = self._known.get(key, (-math.inf, 0))
        if now - counted_at > _KNOWN_SECONDS or total < least:
            total = rows.order_by().count()
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = now, total
        return total


def _slots(page: OffsetPage) -> dict[str, Any]:
    slots: dict[str, Any] = {"site": _SITE, "parent": _PARENT}
    slots |= {"since": _SINCE} if page.since else {}
    return slots | ({"until": _UNTIL} if page.until else {})
