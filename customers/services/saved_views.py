"""Saved views: made, changed, deleted, and counted by the worker."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from customers.kit import tenancy
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, NotFound
from customers.models import Operator, SavedView
from customers.models.saved_views import MAX_NAME

MAX_VIEWS = 50  # per list and site
MOST_COUNTED = 1000
"""Rows beyond which nobody counts on."""
_AGE = timedelta(minutes=10)
_AT_ONCE = 50


def seen_by(operator: Operator, table: str) -> QuerySet[SavedView]:
    """Return the views of a list that an operator sees: the team's, and the operator's own."""
    rows = SavedView.objects.filter(Q(is_shared=True) | Q(owner=operator), table=table)
    return rows.order_by("name", "id")


def get(pk: str, *, operator: Operator) -> SavedView:
    """Return a view that an operator sees.

    Raises:
        NotFound: there is none with this id.
    """
    rows = SavedView.objects.filter(Q(is_shared=True) | Q(owner=operator), pk=pk)
    found = rows.first()
    if found is None:
        raise NotFound(f"No such view: '{pk}'", param="id")
    return found


def create(table: str, *, owner: Operator, details: Mapping[str, Any], at: datetime) -> SavedView:
    """Save a view of a list.

    Args:
        table: whose list it is, such as `customers.customer`.
        details: `name`, `params`, `columns` and `is_shared`.

    Raises:
        InvalidRequest: the name is taken or too long, or there are too many views.
    """
    scope = tenancy.current()
    view = SavedView(
        id=SavedView.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, owner=owner, table=table,
        **details,
    )  # fmt: skip
    _check(view)
    if SavedView.objects.filter(table=table).count() >= MAX_VIEWS:
        raise InvalidRequest(f"A list has {MAX_VIEWS} saved views at most.")
    with transaction.atomic(), translated({"saved_view_name_once": _name_taken}):
        view.save(force_insert=True)
    return view


def update(view: SavedView, *, details: Mapping[str, Any]) -> SavedView:
    """Change a view.

    Args:
        details: as for `create`.

    Raises:
        InvalidRequest: the name is taken or too long.
        NotFound: it was deleted meanwhile.
    """
    with transaction.atomic(), translated({"saved_view_name_once": _name_taken}):
        row = SavedView.objects.select_for_update(no_key=True).filter(pk=view.pk).first()
        if row is None:
            raise NotFound(f"No such view: '{view.pk}'", param="id")
        if details.get("params", row.params) != row.params:
            row.count = row.counted_at = None  # of other rows
        for name, value in details.items():
            setattr(row, name, value)
        _check(row)
        row.save()
    return row


def delete(view: SavedView) -> None:
    """Delete a view; what it showed stays."""
    SavedView.objects.filter(pk=view.pk).delete()


def uncounted(*, at: datetime) -> list[SavedView]:
    """Return views of any site whose count is missing or old, those without one first."""
    with tenancy.every_site():
        rows = SavedView.objects.filter(Q(counted_at=None) | Q(counted_at__lt=at - _AGE))
        ordered = rows.select_related("site", "owner").order_by(
            F("counted_at").asc(nulls_first=True)
        )
        return list(ordered[:_AT_ONCE])


def count(view: SavedView, rows: Callable[[], QuerySet[Any]], *, at: datetime) -> SavedView:
    """Keep how many rows a view shows, as far as anybody counts.

    Args:
        rows: returns them; only asked for as many as are counted.
    """
    view.count = _bounded(rows())
    view.counted_at = at
    SavedView.objects.filter(pk=view.pk).update(count=view.count, counted_at=at)
    return view


def _bounded(rows: QuerySet[Any]) -> int:
    some = rows.order_by().values_list("pk")[: MOST_COUNTED + 1]
    return some.count()


def _check(view: SavedView) -> None:
    if not 0 < len(view.name.strip()) <= MAX_NAME:
        raise InvalidRequest(f"A name has 1 to {MAX_NAME} characters.", param="name")


def _name_taken() -> DomainError:
    return InvalidRequest(
        "There is a view with this name already.", param="name", code="resource_already_exists"
    )
