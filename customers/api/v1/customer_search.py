"""How a search of customers is answered: pages of rows, and the token of the next page.

Queries that compare whole values or look for parts of them, which programs send again and again, are compiled once for
each shape.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.kit.search_language import Clause, Operator, Query
from customers.kit.statements import Row, Statement
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Site
from customers.services import search

_COMPARED_WHOLE = {"email", "external_id", "metadata", "phone", "username"}
_SUBSTRINGS = {"email", "name", "organization", "phone"}
_SITE = "\ue000site"
_statements: dict[Any, Statement] = {}


def found(
    query: Query, columns: Sequence[str], *, limit: int, page: str
) -> tuple[list[Row], str | None]:
    """Return the rows of a page, the newest first, and the token of the next page; None when there is none.

    Args:
        columns: the ORM paths to load, the id among them first.

    Raises:
        InvalidRequest: the query asks for what customers do not have, or the page is none of this query's.
    """
    if page or not all(map(_is_plain, query.clauses)):
        rows = list(_after(search.matching(query), page).values_list(*columns)[: limit + 1])
    else:
        rows = _plain_rows(query, columns, limit)
    has_more = len(rows) > limit
    rows = rows[:limit]
    return rows, _token(rows[-1][0]) if has_more else None


def _plain_rows(query: Query, columns: Sequence[str], limit: int) -> list[Row]:
    scope = tenancy.current()
    values = {f"\ue000{number}": clause.value for number, clause in enumerate(query.clauses)}
    shape = replace(
        query,
        clauses=tuple(
            replace(clause, value=stand_in, position=1)
            for clause, stand_in in zip(query.clauses, values, strict=True)
        ),
    )
    statement = _statements.get((shape, scope.livemode, limit))
    if statement is None:
        statement = _statement(
            shape, columns, limit, livemode=scope.livemode, stand_ins=list(values)
        )
        if len(_statements) < 1000:  # noqa: PLR2004 -- a bound on memory
            _statements[shape, scope.livemode, limit] = statement
    return statement.rows(**{_SITE: scope.site_id, **values})


def _statement(
    shape: Query, columns: Sequence[str], limit: int, *, livemode: bool, stand_ins: Sequence[str]
) -> Statement:
    def build(_slots: Mapping[str, Any]) -> QuerySet[Any]:
        with scoped_to(Site(pk=_SITE), livemode=livemode):
            return search.matching(shape).values_list(*columns)[: limit + 1]

    # Which index serves best is decided by how rare a substring is; whole values are all alike.
    is_prepared = all(clause.operator == Operator.EXACT for clause in shape.clauses)
    slots = {_SITE: _SITE} | {name: name for name in stand_ins}
    return Statement(build, is_prepared=is_prepared, **slots)


def _is_plain(clause: Clause) -> bool:
    if clause.operator == Operator.SUBSTRING:
        return clause.field in _SUBSTRINGS
    is_compared_whole = clause.operator == Operator.EXACT and clause.value is not None
    return is_compared_whole and clause.field in _COMPARED_WHOLE


def _token(pk: str) -> str:
    return base64.urlsafe_b64encode(pk.encode()).decode().rstrip("=")


def _after(rows: Any, token: str) -> Any:
    if not token:
        return rows
    try:
        pk = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        pk = ""
    last = Customer.objects.filter(pk=pk).first() if pk.isprintable() else None
    if last is None:
        raise InvalidRequest(
            "Invalid page: give the next_page of an answer to the same query.", param="page"
        )
    return search.beyond(rows, last.created_at, pk)
