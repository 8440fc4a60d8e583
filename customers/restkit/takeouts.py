"""A site's objects as a dialect spells them, one JSON object a line: so that a merchant may leave with the data.

View sets are offered by name, in the order in which another system would take their objects: what others refer to comes
first. Rows are read some hundreds at a time, whatever their number.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db.models import Model, Q, QuerySet

from customers.kit import replicas, statements
from customers.kit.statements import Row
from customers.restkit.views import DialectViewSet, Wire

STRIPE, OMISE = "stripe", "omise"
SHAPES: Mapping[str, str] = {STRIPE: "Stripe", OMISE: "Omise"}
"""By name in addresses and commands: whose objects they are."""
_AT_ONCE = 500
_SECRETS = ("client_secret",)  # what lets its holder act, and nobody needs elsewhere
_views: dict[str, dict[str, type[DialectViewSet]]] = {shape: {} for shape in SHAPES}


def offer(shape: str, views: Mapping[str, type[DialectViewSet]]) -> None:
    """Let the objects of view sets be taken away, each kind under a name."""
    _views[shape].update(views)


def names(shape: str) -> list[str]:
    """Return the names of what can be taken away in a shape."""
    return list(_views[shape])


def shapes_of(model: type[Model]) -> dict[str, str]:
    """Return the shapes in which rows of a model can be taken away, with the name of each in it."""
    return {
        shape: name
        for shape, views in _views.items()
        for name in [next((name for name, view in views.items() if view.model is model), "")]
        if name
    }


def lines(shape: str, name: str, only: QuerySet[Any] | None = None) -> Iterator[bytes]:
    """Yield the chosen site's objects of a kind, the oldest first, in pieces of whole lines.

    Args:
        only: rows of the same model, where not all are wanted.
    """
    view = _views[shape][name]
    rows = view.rows().order_by("created_at", "pk")
    if only is not None:
        rows = rows.filter(pk__in=only.order_by().values("pk"))
    columns = view.columns()
    read = rows.values_list(*columns, "created_at", "pk")
    further = read
    while True:
        page, wires = replicas.read(lambda: _page(view, further))  # noqa: B023 -- called at once
        if not page:
            return
        yield b"".join(map(_line, wires))
        at, pk = page[-1][-2:]
        behind = Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk)
        further = read.filter(behind, created_at__gte=at)


def _page(view: type[DialectViewSet], rows: QuerySet[Any, Any]) -> tuple[list[Row], list[Wire]]:
    page = _fetched(rows)
    wires = [view.spell(row[:-2]) for row in page]
    view.complete(wires)
    return page, wires


def _fetched(rows: QuerySet[Any]) -> list[Row]:
    """Read the first rows, as the views' own lists do: each value is made of what PostgreSQL says once."""
    try:
        text, params = rows[:_AT_ONCE].query.sql_with_params()
    except EmptyResultSet:
        return []
    return statements.fetch(text, params)


def _line(wire: Wire) -> bytes:
    for name in _SECRETS:
        if name in wire:
            wire[name] = None
    return orjson.dumps(wire) + b"\n"
