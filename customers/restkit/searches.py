"""Search in Stripe's query language, as every resource that has it answers it: pages of rows, and the next one's token.

Queries that compare whole values or look for parts of them, which programs send again and again, are compiled once for
each shape.

Source: https://docs.stripe.com/search, https://docs.stripe.com/api/pagination/search
"""

import base64
import binascii
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from customers.kit import search_language, tenancy
from customers.kit.errors import InvalidRequest
from customers.kit.search_conditions import STANDS_FOR_TWO, json_forms, other_form
from customers.kit.search_language import Clause, Operator, Query
from customers.kit.statements import Row, Statement
from customers.kit.tenancy import scoped_to
from customers.models import Site
from customers.restkit import expansion, inputs
from customers.restkit.id_inputs import followed
from customers.restkit.inputs import Input
from customers.restkit.lists import MAX_LIMIT
from customers.restkit.v1 import V1ViewSet, json_response

COUNTED_UP_TO = 10_000
_SITE, _STANDS_FOR_ONE = "\ue000site", "\ue000"
_MOST_SHAPES = 1000  # a bound on memory
_statements: dict[Any, Statement] = {}


class SearchQuery(Input):
    query = inputs.TextField(required=True, emptied=..., max_length=1000)
    limit = inputs.IntegerField(min_value=1, max_value=MAX_LIMIT)
    page = inputs.TextField(max_length=200)


class Searchable(V1ViewSet):
    """Views of a resource that can be searched; `search` is a route of its own, before those of single objects."""

    compared_whole: ClassVar[frozenset[str]] = frozenset()  # fields whose `:` is a plain comparison
    substrings: ClassVar[frozenset[str]] = frozenset()  # fields that take `~`

    @classmethod
    @abstractmethod
    def matching(cls, query: Query) -> QuerySet[Any]:
        """Return the rows that match a query, the newest first.

        Raises:
            InvalidRequest: the query asks for what the resource does not have.
        """

    def search(self, request: HttpRequest) -> HttpResponse:
        """Search in Stripe's query language."""
        wants_count = "total_count" in self.expands
        self.expands = [path for path in self.expands if path != "total_count"]
        paths = expansion.check(self.output, self.expands, in_list=True)
        asked = SearchQuery.from_params(self.params)
        query = _by_ids(search_language.parse(asked["query"]))
        found, next_page = self._page(query, asked.get("limit", 10), asked.get("page", ""))
        if not found and not asked.get("page"):
            self.follow(clause.value for clause in query.clauses if clause.value and not clause.key)
        data = [self.spell(row) for row in found]
        self.complete(data)
        expansion.expand(data, self.output, paths)
        wire: dict[str, Any] = {
            "object": "search_result",
            "data": data,
            "has_more": next_page is not None,
            "next_page": next_page,
            "url": request.path,
        }
        if wants_count:
            wire["total_count"] = self.matching(query).order_by()[:COUNTED_UP_TO].count()
        return json_response(wire)

    @classmethod
    def _page(cls, query: Query, limit: int, page: str) -> tuple[list[Row], str | None]:
        """Return the rows of a page, and the token of the next one; None when there is none."""
        if page or not all(map(cls._is_plain, query.clauses)):
            rows = list(
                cls._after(cls.matching(query), page).values_list(*cls.columns())[: limit + 1]
            )
        else:
            rows = cls._plain_rows(query, limit)
        has_more = len(rows) > limit
        rows = rows[:limit]
        return rows, _token(rows[-1][0]) if has_more else None

    @classmethod
    def _is_plain(cls, clause: Clause) -> bool:
        if clause.operator == Operator.SUBSTRING:
            return clause.field in cls.substrings
        is_compared_whole = clause.operator == Operator.EXACT and clause.value is not None
        return is_compared_whole and clause.field in cls.compared_whole

    @classmethod
    def _plain_rows(cls, query: Query, limit: int) -> list[Row]:
        scope = tenancy.current()
        values: dict[str, Any] = {}
        clauses = []
        for number, clause in enumerate(query.clauses):
            text, *other = json_forms(str(clause.value))
            stand_in = f"{STANDS_FOR_TWO if other else _STANDS_FOR_ONE}{number}"
            values[stand_in] = text
            values |= {other_form(stand_in): form for form in other}
            clauses.append(replace(clause, value=stand_in, position=1))
        shape = replace(query, clauses=tuple(clauses))
        key = (cls, shape, scope.livemode, limit)
        statement = _statements.get(key)
        if statement is None:
            statement = cls._statement(shape, limit, list(values), livemode=scope.livemode)
            if len(_statements) < _MOST_SHAPES:
                _statements[key] = statement
        return statement.rows(**{_SITE: scope.site_id, **values})

    @classmethod
    def _statement(
        cls, shape: Query, limit: int, stand_ins: Sequence[str], *, livemode: bool
    ) -> Statement:
        def build(_slots: Mapping[str, Any]) -> QuerySet[Any]:
            with scoped_to(Site(pk=_SITE), livemode=livemode):
                return cls.matching(shape).values_list(*cls.columns())[: limit + 1]

        slots = {_SITE: _SITE} | {name: name for name in stand_ins}
        return Statement(build, **slots)

    @classmethod
    def _after(cls, rows: QuerySet[Any], token: str) -> QuerySet[Any]:
        """Return the rows that come after the one that a token names."""
        if not token:
            return rows
        pk = _named(token)
        last = cls.model._default_manager.filter(pk=pk).values_list("created_at").first()
        if last is None:
            raise InvalidRequest(
                "Invalid page: give the next_page of an answer to the same query.", param="page"
            )
        (created_at,) = last
        return rows.filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk),
            created_at__lte=created_at,
        )


def _by_ids(query: Query) -> Query:
    """Return a query with ids for other names of objects."""
    clauses = (
        replace(clause, value=followed(clause.value)) if clause.value and not clause.key else clause
        for clause in query.clauses
    )
    return replace(query, clauses=tuple(clauses))


def _token(pk: str) -> str:
    return base64.urlsafe_b64encode(pk.encode()).decode().rstrip("=")


def _named(token: str) -> str:
    """Return the id in a page's token, or an empty text when it is none of ours."""
    try:
        pk = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return ""
    return pk if pk.isprintable() else ""
