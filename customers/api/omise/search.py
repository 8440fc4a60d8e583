"""`/omise/search`: objects of one kind by a free text and filters, from the rows as they stand in this moment.

Each module of a kind enters what it is called and how it is searched; its objects look as they do elsewhere. What is
found is counted up to 10,000, and pages reach as deep.

Source: https://docs.omise.co/search-api, https://docs.omise.co/search-query-and-filters
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from customers.api.omise.customers import CustomerViewSet
from customers.api.omise.events import EventViewSet
from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.kit.filter_conditions import Criteria, IdFilter, Moment, invalid
from customers.kit.statements import Row
from customers.restkit import inputs, omise_ids, params
from customers.restkit.id_inputs import followed
from customers.restkit.inputs import unknown_parameter
from customers.restkit.omise import OmiseViewSet, without_nulls
from customers.restkit.omise_lists import CHRONOLOGICAL, REVERSE
from customers.restkit.views import json_response
from customers.services import filtering

PER_PAGE, MOST_PER_PAGE = 30, 100
COUNTED_UP_TO = 10_000
_QUERY = inputs.TextField(max_length=500)
_ORDER = inputs.ChoiceField([CHRONOLOGICAL, REVERSE])
_NUMBER = inputs.IntegerField(min_value=1, max_value=COUNTED_UP_TO)
_PER_PAGE = inputs.IntegerField(min_value=1, max_value=MOST_PER_PAGE)


@dataclass(frozen=True)
class Scope:
    """A kind of object that can be searched.

    Args:
        view: whose rows and wire form are shown.
    """

    view: type[OmiseViewSet]
    criteria: Criteria


scopes: dict[str, Scope] = {}
"""By name; whoever has more of them enters them."""


def enter(name: str, view: type[OmiseViewSet], criteria: Criteria) -> None:
    """Let a kind of object be searched.

    Raises:
        ValueError: another one is called so.
    """
    if scopes.setdefault(name, Scope(view, criteria)).view is not view:
        message = f"There is a scope {name!r} already."
        raise ValueError(message)


def register() -> None:
    """Enter what there is here."""
    enter("customer", CustomerViewSet, filtering.CUSTOMERS)
    enter("event", EventViewSet, filtering.EVENTS)


@dataclass(slots=True)
class Asked:
    """What a search asks for."""

    scope: str = ""
    query: str = ""
    filters: dict[str, Any] = field(default_factory=dict)
    order: str = REVERSE
    page: int = 1
    per_page: int = PER_PAGE

    @classmethod
    def from_params(cls, given: Mapping[str, Any]) -> "Asked":
        """Read a search's parameters.

        Raises:
            InvalidRequest: one is unknown or missing, or has a value that it cannot have.
        """
        asked = cls(scope=_scope(given.get("scope")))
        for name, value in given.items():
            if name not in cls.__dataclass_fields__:
                raise unknown_parameter(name)
            if name != "scope":
                setattr(asked, name, _READS[name](value))
        if asked.page * asked.per_page > COUNTED_UP_TO:
            raise _no_page(f"Pages reach {COUNTED_UP_TO} objects deep; narrow the search.")
        return asked


class SearchViewSet(OmiseViewSet):
    resource = "account"

    def asked_resource(self) -> str:
        """Return what is searched, which the key must be allowed to read."""
        name = params.of_request(self.request).get("scope")
        found = scopes.get(name) if isinstance(name, str) else None
        return found.view.resource if found else self.resource

    def list(self, request: HttpRequest, **parents: str) -> HttpResponse:
        asked = Asked.from_params(self.params)
        view = scopes[asked.scope].view
        rows, total = _found(asked, self.at)
        if not total:
            self.follow([asked.query, *map(str, asked.filters.values())])
        data = [view.spell(row) for row in rows]
        view.complete(data)
        return json_response(
            {
                "object": "search",
                "scope": asked.scope,
                "query": asked.query or None,
                "filters": asked.filters,
                "page": asked.page,
                "per_page": asked.per_page,
                "total": total,
                "total_pages": -(-total // asked.per_page),
                "location": omise_ids.located("/search"),
                "order": asked.order,
                "data": data,
            }
        )


def _found(asked: Asked, at: datetime) -> tuple[list[Row], int]:
    """Return the rows of a page, and how many there are on all pages."""
    view = scopes[asked.scope].view
    matching = view.rows().filter(_condition(asked, at))
    sign = "-" if asked.order == REVERSE else ""
    order = (f"{sign}created_at", f"{sign}id")
    start = (asked.page - 1) * asked.per_page
    shown = matching.order_by(*order).values("pk")[start : start + asked.per_page]
    page: QuerySet[Any] = view.rows().filter(pk__in=shown).order_by(*order)
    rows = list(page.values_list(*view.columns()))
    if len(rows) < asked.per_page and (rows or not start):
        return rows, start + len(rows)
    return rows, matching.order_by()[:COUNTED_UP_TO].count()


def _condition(asked: Asked, at: datetime) -> Q:
    criteria, site = scopes[asked.scope].criteria, tenancy.current().site
    moment = Moment(at, ZoneInfo(site.timezone))
    condition = criteria.of_filters(_with_ids(criteria, asked.filters), moment)
    if asked.query:
        ids = [followed(candidate) for candidate in omise_ids.candidates(asked.query)]
        condition &= criteria.of_query(asked.query, ids)
    return condition


def _with_ids(criteria: Criteria, filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return filters with ids of ours for what may be ids in any spelling (rule C23)."""
    values = dict(filters)
    for name, value in filters.items():
        if isinstance(criteria.filters.get(name), IdFilter):
            if not isinstance(value, str):
                raise invalid(f"filters[{name}]", "an id")
            values[name] = [followed(candidate) for candidate in omise_ids.candidates(value)]
    return values


def _scope(value: Any) -> str:
    if not isinstance(value, str) or value not in scopes:
        shown = f"There is no scope {value[:40]!r}" if isinstance(value, str) else "Name a scope"
        message = f"{shown}; what can be searched: {', '.join(sorted(scopes))}."
        raise InvalidRequest(message, param="scope", code="invalid_scope")
    return value


def _filters(value: Any) -> dict[str, Any]:
    if value == "":
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRequest(
            "Filters are named, as in filters[created]=today.",
            param="filters",
            code="invalid_filter",
        )
    return without_nulls(value)


def _page(value: Any) -> int:
    try:
        return int(_NUMBER.accept(value, "page"))
    except InvalidRequest as error:
        raise _no_page(error.message) from error


def _no_page(message: str) -> InvalidRequest:
    return InvalidRequest(message, param="page", code="invalid_page")


_READS: dict[str, Callable[[Any], Any]] = {
    "filters": _filters,
    "order": lambda value: _ORDER.accept(value, "order"),
    "page": _page,
    "per_page": lambda value: _PER_PAGE.accept(value, "per_page"),
    "query": lambda value: _QUERY.accept(value, "query"),
}
