"""Lists by cursor: newest first, walked by `starting_after` and `ending_before`, filtered, never counted.

Each shape of a list (which filters, which cursor, how many) is compiled once; see `kit.statements`.

Source: https://docs.stripe.com/api/pagination
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import django_filters
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Model,
    QuerySet,
    Value,
)
from django.db.models.expressions import RawSQL

from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.statements import Row, Statement
from customers.kit.tenancy import Scope, scoped_to
from customers.models import Site
from customers.restkit import inputs
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import unknown_parameter
from customers.restkit.params import Params

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
MAX_OFFSET = 100_000
_SITE = "\ue000site"
_PARENT = "\ue000parent"
_CURSOR = "\ue000cursor"
_LIMIT = inputs.IntegerField(min_value=1, max_value=MAX_LIMIT)
_PAGE = inputs.IntegerField(min_value=1)
_ID = IdField()
_TEXTS = {inputs.TextField, inputs.EmailField, IdField}


class ParamFilter(django_filters.Filter):
    """A filter that reads its parameter as `restkit.inputs` does.

    Args:
        reads: how the parameter is read.
        field_name: the ORM path it filters by.
        also: makes further conditions from the value, such as one that an index knows.
    """

    def __init__(
        self,
        reads: inputs.Field,
        field_name: str,
        lookup_expr: str = "exact",
        *,
        also: Callable[[Any], Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(field_name=field_name, lookup_expr=lookup_expr)
        self.reads = reads
        self.reads.emptied = ...  # what is empty filters nothing, and is a mistake (rule S15)
        self.also = also

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those with the value."""
        more = self.also(value) if self.also else {}
        return qs.filter(**{f"{self.field_name}__{self.lookup_expr}": value}, **more)

    def newest(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows, already sorted, of a list that begins with the newest."""
        return self.filter(qs, value)

    def stand_in(self, name: str, position: int) -> Any:
        """Return a value that stands for any other of its type; None where each value makes a statement of its own."""
        if isinstance(self.reads, inputs.TimestampField):
            return datetime(1, 1, 1, 0, 0, position, tzinfo=UTC)
        return f"\ue000{name}" if type(self.reads) in _TEXTS else None


class OwnerFilter(ParamFilter):
    """The rows of one owner, of whom an index keeps the newest first: (owner, created_at descending, id descending).

    A list of the newest asks for the owner between itself and itself and sorts by it first, which changes nothing in
    the answer. With a plain comparison PostgreSQL knows that the owner is always the same and, where one has a good
    part of all rows, walks all rows by time until enough of them are this owner's, which may be the oldest.
    """

    def newest(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to the owner's, and sort them by the owner, too."""
        owner = str(self.field_name)
        return qs.filter(**{f"{owner}__gte": value, f"{owner}__lte": value}).order_by(
            owner, "-created_at", "-id"
        )


class AnyOfFilter(ParamFilter):
    """The rows whose text is one of a list's; the list is one value of the statement, however long it is."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those with one of the values."""
        texts = Value(list(value), output_field=ArrayField(CharField()))
        found = Func(
            F(str(self.field_name)),
            texts,
            template="%(expressions)s)",
            arg_joiner=" = ANY(",
            output_field=BooleanField(),
        )
        return qs.filter(found)

    def stand_in(self, name: str, position: int) -> Any:
        """Return a list that stands for any other."""
        return [f"\ue000{name}"]


class WithinSecond(ParamFilter):
    """The rows of one whole second: instants of the wire have no fraction, rows have."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Narrow the rows to those from the value to a second later."""
        later = ExpressionWrapper(
            Value(value) + Value(timedelta(seconds=1)), output_field=DateTimeField()
        )
        return qs.filter(**{f"{self.field_name}__gte": value, f"{self.field_name}__lt": later})


class V1FilterSet(django_filters.FilterSet):
    """Filters of a list of `/v1/`; every list can be narrowed by `created`."""

    base_filters: dict[str, ParamFilter]  # type: ignore[assignment]  # narrower than django-filter's

    @classmethod
    def get_filters(cls) -> dict[str, Any]:  # type: ignore[override]  # any mapping will do
        created = {
            f"created[{lookup}]": ParamFilter(inputs.TimestampField(), "created_at", lookup)
            for lookup in ("gt", "gte", "lt", "lte")
        }
        created["created"] = WithinSecond(inputs.TimestampField(), "created_at")
        return {**created, **super().get_filters()}

    @classmethod
    def ids_of(cls, filters: Mapping[str, Any]) -> list[str]:
        """Return the ids that a list is narrowed by."""
        return [
            value
            for name, value in filters.items()
            if isinstance(cls.base_filters[name].reads, IdField)
        ]

    @classmethod
    def unasked(cls, qs: QuerySet[Any], asked: Collection[str]) -> QuerySet[Any]:  # noqa: ARG003 -- for subclasses
        """Narrow a list by what it was not asked for; here by nothing.

        Args:
            asked: the names of the filters that the request gives.
        """
        return qs


@dataclass
class Page:
    """What a list request asks for: which rows, from where, how many."""

    limit: int = DEFAULT_LIMIT
    starting_after: str = ""
    ending_before: str = ""
    page: int = 1
    filters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Params, filterset: type[V1FilterSet]) -> "Page":
        """Read a list's parameters.

        Raises:
            InvalidRequest: one is unknown, has a value it cannot have, or excludes another.
        """
        page = cls()
        for name, value in _flattened(params, filterset).items():
            if name == "limit":
                page.limit = _LIMIT.accept(value, name)
            elif name == "page":
                page.page = _PAGE.accept(value, name)
            elif name in {"starting_after", "ending_before"}:
                setattr(page, name, _ID.accept(value, name))
            elif name in filterset.base_filters:
                page.filters[name] = filterset.base_filters[name].reads.accept(value, name)
            else:
                raise unknown_parameter(name)
        page._check()
        return page

    def _check(self) -> None:
        if self.starting_after and self.ending_before:
            raise InvalidRequest(
                "You can give starting_after or ending_before, not both.", param="ending_before"
            )
        if self.page > 1 and (self.starting_after or self.ending_before):
            raise InvalidRequest("You can give a page or a cursor, not both.", param="page")
        if (self.page - 1) * self.limit > MAX_OFFSET:
            raise InvalidRequest(
                f"Pages reach {MAX_OFFSET} objects deep; go on with starting_after.", param="page"
            )


class Listing:
    """A list of a model's rows in wire columns.

    Args:
        rows: returns the queryset to list, in the chosen scope.
        columns: the ORM paths to load; the first one must be the id.
        filterset: what narrows it.
        parent: the column that names the parent, where the list is one of a parent's.
    """

    def __init__(
        self,
        model: type[Model],
        rows: Callable[[], QuerySet[Any]],
        columns: Sequence[str],
        filterset: type[V1FilterSet],
        *,
        parent: str = "",
    ) -> None:
        self.model, self.rows, self.columns, self.filterset, self.parent = (
            model,
            rows,
            columns,
            filterset,
            parent,
        )
        self._statements: dict[Any, Statement] = {}

    def fetch(self, page: Page, scope: Scope, *, parent_id: str = "") -> tuple[list[Row], bool]:
        """Return the rows of a page, in the order in which they are shown, and whether there are more.

        Raises:
            NotFound: the cursor names no object of this list.
        """
        cursor = page.starting_after or page.ending_before
        filters = self.filterset.base_filters
        stand_ins = {
            name: stand_in
            for position, name in enumerate(sorted(page.filters))
            if (stand_in := filters[name].stand_in(name, position)) is not None
        }
        baked = {name: value for name, value in page.filters.items() if name not in stand_ins}
        direction = "after" if page.starting_after else "before" if page.ending_before else ""
        shape = (
            scope.livemode,
            page.limit,
            page.page,
            direction,
            tuple(stand_ins),
            repr(sorted(baked.items())),
        )
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statement(page, scope.livemode, direction, stand_ins, baked)
            if page.page == 1 and len(self._statements) < 1000:  # noqa: PLR2004 -- a bound on memory
                self._statements[shape] = statement
        values = {name: page.filters[name] for name in stand_ins}
        rows = statement.rows(
            **{_SITE: scope.site_id, _PARENT: parent_id, _CURSOR: cursor}, **values
        )
        if not rows and cursor:
            self._check_cursor(
                cursor, parent_id, "starting_after" if page.starting_after else "ending_before"
            )
        has_more = len(rows) > page.limit
        rows = rows[: page.limit]
        return (rows[::-1] if direction == "before" else rows), has_more

    def _statement(
        self,
        page: Page,
        livemode: bool,  # noqa: FBT001 -- a value of the row
        direction: str,
        stand_ins: Mapping[str, Any],
        baked: Mapping[str, Any],
    ) -> Statement:
        def build(_slots: Mapping[str, Any]) -> QuerySet[Any]:
            with scoped_to(Site(pk=_SITE), livemode=livemode):
                queryset = self.rows()
                if self.parent:
                    queryset = queryset.filter(**{self.parent: _PARENT})
                queryset = queryset.order_by(
                    *(("created_at", "id") if direction == "before" else ("-created_at", "-id"))
                )
                for name, value in {**stand_ins, **baked}.items():
                    filter_ = self.filterset.base_filters[name]
                    narrow = filter_.filter if direction else filter_.newest
                    queryset = narrow(queryset, value)
                queryset = self.filterset.unasked(queryset, page.filters)
                if direction:
                    queryset = queryset.filter(self._beyond_cursor(direction, livemode))
                start = (page.page - 1) * page.limit
                return queryset.values_list(*self.columns)[start : start + page.limit + 1]

        slots = {_SITE: _SITE, _PARENT: _PARENT, _CURSOR: _CURSOR, **stand_ins}
        return Statement(build, **slots)

    def _beyond_cursor(self, direction: str, livemode: bool) -> RawSQL:  # noqa: FBT001 -- a value of the row
        table = self.model._meta.db_table
        sign = "<" if direction == "after" else ">"
        of_parent = f' AND c."{self.parent}" = %s' if self.parent else ""
        text = (
            f'("{table}"."created_at", "{table}"."id") {sign} (SELECT c."created_at", c."id" FROM "{table}" AS c '  # noqa: S608 -- names of ours
            f'WHERE c."id" = %s AND c."site_id" = %s AND c."livemode" = %s{of_parent})'
        )
        values = [_CURSOR, _SITE, livemode, *([_PARENT] if self.parent else [])]
        return RawSQL(text, values, output_field=BooleanField())  # noqa: S611 -- values are bound

    def _check_cursor(self, cursor: str, parent_id: str, param: str) -> None:
        queryset = self.model._default_manager.filter(pk=cursor)
        if self.parent:
            queryset = queryset.filter(**{self.parent: parent_id})
        if not queryset.exists():
            raise NotFound(f"No such {self.model._meta.verbose_name}: '{cursor}'", param=param)


def _flattened(params: Params, filterset: type[V1FilterSet]) -> dict[str, Any]:
    """Spell hashes of a list's parameters in brackets, as filters are named."""
    flat: dict[str, Any] = {}
    for name, value in params.items():
        filter_ = filterset.base_filters.get(name)
        if isinstance(value, Mapping) and not (
            filter_ and isinstance(filter_.reads, inputs.ListField)
        ):
            flat |= {f"{name}[{key}]": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat
