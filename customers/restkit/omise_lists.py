"""Lists by offset: in the order of creation unless told otherwise, narrowed by time, counted.

The walk of rule O15 relies on exact pages and totals. Skipping goes through an index alone, and a page that shows the
end of its list needs no counting.

Source: https://docs.omise.co/api-pagination
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Model, QuerySet

from customers.kit.errors import InvalidRequest
from customers.kit.statements import Row, Statement
from customers.kit.tenancy import Scope, scoped_to
from customers.models import Site
from customers.restkit import inputs
from customers.restkit.inputs import unknown_parameter

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
CHRONOLOGICAL, REVERSE = "chronological", "reverse_chronological"
_MAX_OFFSET = 2**31
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

    def fetch(
        self, page: OffsetPage, scope: Scope, *, parent_id: str = ""
    ) -> tuple[list[Row], int]:
        """Return the rows of a page in the order in which they are shown, and how many the whole list has."""
        values: dict[str, Any] = {"site": scope.site_id, "parent": parent_id}
        values |= {"since": page.since} if page.since else {}
        values |= {"until": page.until} if page.until else {}
        rows = self._statement(page, scope.livemode).rows(**values)
        if len(rows) < page.limit and (rows or not page.offset):
            return rows, page.offset + len(rows)
        counted = self._statement(page, scope.livemode, counts=True).rows(**values)
        return rows, int(counted[0][0]) if counted else 0

    def _statement(
        self,
        page: OffsetPage,
        livemode: bool,  # noqa: FBT001 -- a column's value
        *,
        counts: bool = False,
    ) -> Statement:
        bounds = (page.since is not None, page.until is not None)
        shape = (livemode, bounds, "count" if counts else (page.limit, page.order))
        if shape in self._statements and (counts or not page.offset):
            return self._statements[shape]
        statement = self._count(page, livemode) if counts else self._page(page, livemode)
        if counts or not page.offset:
            self._statements[shape] = statement
        return statement

    def _page(self, page: OffsetPage, livemode: bool) -> Statement:  # noqa: FBT001 -- a column's value
        sign = "-" if page.order == REVERSE else ""
        order = (f"{sign}created_at", f"{sign}id")

        def build(_slots: Mapping[str, Any]) -> QuerySet[Any]:
            with scoped_to(Site(pk=_SITE), livemode=livemode):
                # What is skipped is read from an index alone.
                shown = self._narrowed(page).order_by(*order).values("pk")
                shown = shown[page.offset : page.offset + page.limit]
                rows: QuerySet[Any] = self.rows().filter(pk__in=shown).order_by(*order)
                return rows.values_list(*self.columns)

        return Statement(build, is_prepared=False, **_slots(page))

    def _count(self, page: OffsetPage, livemode: bool) -> Statement:  # noqa: FBT001 -- a column's value
        def build(_slots: Mapping[str, Any]) -> QuerySet[Any]:
            with scoped_to(Site(pk=_SITE), livemode=livemode):
                counted = self._narrowed(page).order_by().values("site_id")
                totals: QuerySet[Any] = counted.annotate(counted=Count("pk"))
                return totals.values_list("counted")

        return Statement(build, is_prepared=False, **_slots(page))

    def _narrowed(self, page: OffsetPage) -> QuerySet[Any]:
        queryset = self.rows()
        if self.parent:
            queryset = queryset.filter(**{self.parent: _PARENT})
        if page.since:
            queryset = queryset.filter(created_at__gte=_SINCE)
        if page.until:
            queryset = queryset.filter(created_at__lte=_UNTIL)
        return queryset


def _slots(page: OffsetPage) -> dict[str, Any]:
    slots: dict[str, Any] = {"site": _SITE, "parent": _PARENT}
    slots |= {"since": _SINCE} if page.since else {}
    return slots | ({"until": _UNTIL} if page.until else {})
