"""The audit log: who of the staff did what, to what, why, and what was before and after.

Entries are written in the transaction of the change. Most come by themselves: whatever publishes an event in a request
of the dashboard is entered with the event (`follow` is called for each). A service whose act publishes no event says so
itself, with `record`, which enters nothing where no member of staff acts. A page that changes something with neither is
entered under its own name, with what changed of the row that it is about (`customers.admin.base`, `config.dashboard`),
so that no act is missing. What somebody does to an account, such as signing in, each site sees where it is a member.

The log is kept for good; the database refuses to change or delete an entry (migration `0016_staff_integrity`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from customers.kit import ids, provenance, tenancy, together
from customers.kit.provenance import Provenance
from customers.kit.scrubbing import scrub_secrets
from customers.kit.statements import NewRow
from customers.models import AuditEntry, Membership, Operator, TenantModel

DOOR = "dashboard"
_LONGEST = 2000  # characters of a value that is kept
_SECRET = re.compile(
    r"secret|password|credential|digest|sealed|(^|_)token$|api_key$|cvc|account_number",
    re.IGNORECASE,
)
_HIDDEN = "(not kept)"
_NAMES = ("number", "name", "email", "description", "label", "url", "code", "key")
_written: ContextVar[list[str] | None] = ContextVar("audit_entries_written", default=None)


@contextmanager
def watching() -> Iterator[list[str]]:
    """Let the caller see the ids of the entries that are written inside."""
    written: list[str] = []
    token = _written.set(written)
    try:
        yield written
    finally:
        _written.reset(token)


def is_anything_written() -> bool:
    """Tell whether something was entered since the request began; also where nobody watches."""
    written = _written.get()
    return written is None or bool(written)


def record(
    action: str,
    about: models.Model | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """Enter an act of the staff's at the chosen site, in the caller's transaction; nothing where others act.

    Args:
        action: what was done, as events are called: `site.updated`.
        about: to what.
        before: the values before, those that changed; see `picture`.
        after: the same after.
    """
    if provenance.current().door != DOOR:
        return
    if isinstance(about, Operator):
        record_of_operator(action, about, after=after, at=at)
        return
    scope = tenancy.current()
    livemode = scope.livemode if isinstance(about, TenantModel) else None
    _enter(
        action, about, site_id=scope.site_id, livemode=livemode, before=before, after=after, at=at
    )


def record_change(
    action: str, about: models.Model, before: Mapping[str, Any], *, at: datetime
) -> None:
    """Enter a change with what differs from the picture of before; nothing where nothing does."""
    old, new = differing(before, picture(about))
    if old or new:
        record(action, about, before=old, after=new, at=at)


def record_page(
    action: str, made: Any, row: Any, before: Mapping[str, Any], *, at: datetime
) -> None:
    """Enter what a page did, by what it was about and what came of it; see `record`.

    Args:
        made: what the service returned.
        row: what the page was about, as it is now; None where it makes something.
        before: the picture of it before.
    """
    if not isinstance(row, models.Model):
        is_row = isinstance(made, models.Model)
        record(action, made if is_row else None, after=picture(made) if is_row else None, at=at)
        return
    now = made if isinstance(made, type(row)) and made.pk == row.pk else row
    old, new = differing(before, picture(now))
    record(action, now, before=old or None, after=new or None, at=at)


def record_of_operator(
    action: str,
    operator: Operator,
    *,
    by: Provenance | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """Enter what concerns an account rather than a site, such as a sign-in, at each site where it is a member.

    Args:
        by: who did it and whence, where that is not the origin of what is being done.
    """
    sites: list[str | None] = list(
        Membership.objects.filter(operator=operator).values_list("site_id", flat=True)
    )
    for site_id in sites or [None]:
        _enter(
            action, operator, site_id=site_id, livemode=None, after=after, at=at,
            by=by,
        )  # fmt: skip


def follow(event: NewRow) -> None:
    """Enter what an event tells of, where staff caused it; every event that is prepared comes by here."""
    origin = provenance.current()
    if origin.door != DOOR:
        return
    told, snapshot = event.values, event.values["snapshot"]
    previous = told["previous_attributes"]
    if previous is None:
        before, after = None, (None if told["type"].endswith(".deleted") else _filled(snapshot))
    else:
        before, after = previous, {name: snapshot.get(name) for name in previous}
    _insert(
        origin,
        site_id=told["site_id"],
        livemode=told["livemode"],
        created_at=told["created_at"],
        action=told["type"],
        object_type=snapshot.get("object") or told["type"].rpartition(".")[0],
        object_id=told["object_id"],
        object_label=_name_in(snapshot),
        before=before,
        after=after,
        event_id=told["id"],
    )


def picture(row: models.Model) -> dict[str, Any]:
    """Return a row's columns as they can be kept, for a comparison: none that is secret, sealed or a stamp."""
    return {
        field.name: _plain(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if not isinstance(field, models.BinaryField) and not field.primary_key
    }


def differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values that differ, before and after."""
    names = [name for name in before if before[name] != after.get(name)]
    return {name: before[name] for name in names}, {name: after.get(name) for name in names}


# -- Writing -----------------------------------------------------------------------------------------------------------


def _enter(
    action: str,
    about: models.Model | None,
    *,
    site_id: str | None,
    livemode: bool | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    by: Provenance | None = None,
    at: datetime,
) -> None:
    _insert(
        by or provenance.current(),
        site_id=site_id,
        livemode=livemode,
        created_at=at,
        action=action,
        object_type="" if about is None else str(about._meta.model_name),
        object_id="" if about is None else ids.shown(str(about.pk)),
        object_label="" if about is None else str(about),
        before=before,
        after=after,
        event_id="",
    )


def _insert(
    origin: Provenance,
    *,
    object_label: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    created_at: datetime,
    **values: Any,
) -> None:
    entry = NewRow(
        AuditEntry,
        id=ids.new_in_order(AuditEntry.PREFIX, at=created_at),
        created_at=created_at,
        operator_id=origin.operator_id,
        actor=origin.actor,
        reason=scrub_secrets(origin.reason),
        object_label=scrub_secrets(object_label)[:200],
        before=_clean(before),
        after=_clean(after),
        door=origin.door,
        ip_address=origin.ip_address,
        request_id=origin.request_id,
        **values,
    )
    written = _written.get()
    if written is not None:
        written.append(entry.values["id"])
    together.insert_later(entry)


def _name_in(snapshot: Mapping[str, Any]) -> str:
    return next((str(snapshot[name]) for name in _NAMES if snapshot.get(name)), "")


def _filled(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a new object has, without what is empty."""
    return {name: value for name, value in snapshot.items() if value not in (None, "", [], {})}


def _clean(value: Any, name: str = "") -> Any:
    """Return a value without what is secret."""
    if value is not None and name and _SECRET.search(name):
        return _HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _clean(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    if isinstance(value, str):
        return scrub_secrets(value)[:_LONGEST]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
