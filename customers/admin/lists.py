"""List pages: from the newest row on, by where the page before stopped; nothing is ever counted."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

if TYPE_CHECKING:
    from customers.admin.base import TenantAdmin

AFTER, BEFORE = "after", "before"
ORDER, COLUMNS, VIEW = "order", "columns", "view"
"""What stands in a list's address beside filters: `oldest` first, the columns, the saved view that it began with."""
OLDEST = "oldest"
_MAX_COLUMNS = 40
ROWS = "listed_rows"  # attribute of the request
_NO_FILTERS = frozenset({AFTER, BEFORE, ORDER, COLUMNS, VIEW})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_DIGITS = 17  # of microseconds before the year 5000


class NewestFirst(ChangeList):
    """A list of rows with `created_at`, the newest first.

    `after` and `before` in the address hold the instant and the id of the row at which to go on, so that a page far
    down costs what the first one does.
    """

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        lookups: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in lookups.items() if name not in _NO_FILTERS}

    def get_query_string(
        self, new_params: Mapping[str, Any] | None = None, remove: Iterable[str] | None = None
    ) -> str:
        # A filter or a search begins on its first page.
        return super().get_query_string(dict(new_params or {}), [*(remove or []), AFTER, BEFORE])

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return ["created_at", "pk"] if self.is_oldest_first else ["-created_at", "-pk"]

    @property
    def is_oldest_first(self) -> bool:
        return bool(self.params.get(ORDER) == OLDEST)

    def get_results(self, request: HttpRequest) -> None:
        """Load one page, and one row more to see whether there is another."""
        after, before = self.params.get(AFTER), self.params.get(BEFORE)
        rows = self._admin.listed(request, self.queryset)
        further, nearer = _older_than, _newer_than
        if self.is_oldest_first:
            further, nearer = nearer, further
        if before:
            found = list(nearer(rows, *_read(before)).reverse()[: self._one_more])
            page = found[: self.list_per_page][::-1]
            has_nearer, has_further = len(found) > self.list_per_page, True
        else:
            found = list((further(rows, *_read(after)) if after else rows)[: self._one_more])
            page = found[: self.list_per_page]
            has_nearer, has_further = bool(after), len(found) > self.list_per_page
        self._show(page)
        setattr(request, ROWS, page)  # for what came with them
        nearer_url = self._link(BEFORE, page[0]) if page and has_nearer else ""
        further_url = self._link(AFTER, page[-1]) if page and has_further else ""
        self.newer_url, self.older_url = nearer_url, further_url
        if self.is_oldest_first:
            self.newer_url, self.older_url = further_url, nearer_url

    @property
    def _admin(self) -> "TenantAdmin[Any]":
        return cast("TenantAdmin[Any]", self.model_admin)

    @property
    def _one_more(self) -> int:
        return self.list_per_page + 1

    def _link(self, name: str, row: Model) -> str:
        return self.get_query_string({name: cursor_at(row)})

    def _show(self, page: list[Any]) -> None:
        self._admin.prepare_rows(page)
        self.result_list = page
        self.result_count = self.full_result_count = len(page)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all, self.multi_page = True, False
        self.paginator = Paginator(page, self.list_per_page)
        self.newer_url = self.older_url = ""

    def url_for_result(self, result: Model) -> str:
        """Lead to the page that shows the row."""
        return self._admin.page_url(result)


class Unpaged(NewestFirst):
    """All rows of a list, for the worker: narrowed and searched as on the page, and not loaded."""

    def get_results(self, request: HttpRequest) -> None:
        """Load nothing."""
        self._show([])


class ShortList(NewestFirst):
    """A list that is short by nature: shown whole, in the order that the admin's `ordering` names."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        return list(self.model_admin.get_ordering(request)) or super().get_ordering(
            request, queryset
        )

    def get_results(self, request: HttpRequest) -> None:
        """Load the rows, up to as many as a page may have."""
        self._show(list(self.queryset[: self.list_max_show_all]))


def kept_params(request: HttpRequest) -> dict[str, str]:
    """Return what of a list's address says which rows it shows, and in which order."""
    gone = {AFTER, BEFORE, COLUMNS, VIEW, "e", "id", "all", "column"}
    return {
        name: str(value)
        for name, value in request.GET.items()
        if name not in gone and value and not (name == ORDER and value != OLDEST)
    }


def shown_columns(request: HttpRequest) -> list[str]:
    """Return the columns that a list's address names; none where the list shows its own."""
    names = request.GET.get(COLUMNS, "").split(",")[:_MAX_COLUMNS]
    return [name for name in dict.fromkeys(names) if name]


def older(rows: QuerySet[Any], cursor: str) -> QuerySet[Any]:
    """Return those rows that come after the one at which a cursor stands, in a list that begins with the newest.

    Raises:
        IncorrectLookupParameters: it is no cursor of ours.
    """
    return _older_than(rows, *_read(cursor))


def newer(rows: QuerySet[Any], cursor: str) -> QuerySet[Any]:
    """Return those rows that come after the one at which a cursor stands, in a list that begins with the oldest.

    Raises:
        IncorrectLookupParameters: it is no cursor of ours.
    """
    return _newer_than(rows, *_read(cursor))


def cursor_at(row: Any) -> str:
    """Return the cursor that stands at a row."""
    return f"{(row.created_at - _EPOCH) // _MICROSECOND}-{row.pk}"


def _older_than(rows: QuerySet[Any], at: datetime, pk: str) -> QuerySet[Any]:
    # The last condition follows from the first, and is the one that an index can begin with.
    return rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk), created_at__lte=at)


def _newer_than(rows: QuerySet[Any], at: datetime, pk: str) -> QuerySet[Any]:
    return rows.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk), created_at__gte=at)


def _read(cursor: str) -> tuple[datetime, str]:
    """Return the instant and the id that a cursor holds.

    Raises:
        IncorrectLookupParameters: it is not one of ours.
    """
    digits, _, pk = str(cursor).partition("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS and pk):
        raise IncorrectLookupParameters
    return _EPOCH + int(digits) * _MICROSECOND, pk
