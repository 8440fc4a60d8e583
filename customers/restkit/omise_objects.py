"""What Omise's objects are made of, beside the fields that every dialect has."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from customers.restkit import omise_ids
from customers.restkit.objects import WireField

EPOCH = "1970-01-01T00:00:00Z"


def iso(instant: datetime) -> str:
    """Return an instant as Omise writes it: UTC, whole seconds."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


class IsoTime(WireField):
    """An instant; null where there is none."""

    def spell(self, value: datetime | None) -> str | None:
        return None if value is None else iso(value)


class OmiseId(WireField):
    """An object's id, or that of another one; null where there is none.

    Args:
        column: the ORM path of the id.
    """

    def __init__(self, column: str = "id", *, attribute: str = "", **options: Any) -> None:
        super().__init__(column, attribute=attribute, **options)

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [(self.column, self.attribute or self.column), ("livemode", "livemode")]

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = _spelled
        return f"{name}(row[{positions[0]}], row[{positions[1]}])"


class Location(WireField):
    """Where the object is found, below the mount that the request came through (fact F2).

    Args:
        template: the path, with `{}` for each id.
        columns: the ORM paths of the ids.
    """

    def __init__(self, template: str, *columns: str) -> None:
        super().__init__()
        self.template, self.ids = template, columns or ("id",)

    def paths(self, name: str) -> list[tuple[str, str]]:
        return [*((column, column) for column in self.ids), ("livemode", "livemode")]

    def source_code(self, positions: Sequence[int], name: str, names: dict[str, Any]) -> str:
        names[name] = self._located()
        return f"{name}({', '.join(f'row[{position}]' for position in positions)})"

    def _located(self) -> Callable[..., str | None]:
        template = self.template

        def located(*values: Any) -> str | None:
            *pks, livemode = values
            if not all(pks):
                return None
            return omise_ids.located(template.format(*(_spelled(pk, livemode) for pk in pks)))

        return located


def _spelled(pk: str | None, livemode: bool) -> str | None:  # noqa: FBT001 -- a column's value
    return omise_ids.spelled(pk, livemode) if pk else None


def envelope(
    data: list[dict[str, Any]],
    *,
    location: str,
    total: int,
    at: datetime,
    limit: int = 20,
    offset: int = 0,
    order: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:
    """Return a list as Omise spells it (rule O11).

    Args:
        location: the path below the mount.
        since: from when the list shows objects; from the beginning where absent.
        until: until when; where absent until `at`, or until the latest that is shown: on a test clock it may be ahead.
    """
    latest = max([iso(at), *(each.get("created_at") or "" for each in data)])
    return {
        "object": "list",
        "data": data,
        "limit": limit,
        "offset": offset,
        "total": total,
        "location": omise_ids.located(location),
        "order": order,
        "from": EPOCH if since is None else iso(since),
        "to": latest if until is None else iso(until),
    }
