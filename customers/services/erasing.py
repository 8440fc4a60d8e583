"""What becomes of each kind of row when a customer is erased, and how some rows at a time are erased.

Every app says it of its own rows, column by column (`treatments`). Whatever is erased of a row is erased of its events,
of the answers of webhook endpoints to these, and of the audit log as well, since those quote it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.expressions import RawSQL

from customers.events.models import Delivery, Event
from customers.kit.registry import Hook
from customers.models import AuditEntry, Customer

TEXTS = (
    models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField, ArrayField,
    models.BinaryField,
)  # fmt: skip
"""Columns in which something personal can be."""
ERASED = "[erased]"
"""What stands where something was taken out of a text that stays."""
_WORDS = frozenset(
    {
        "account_type", "action", "api_version", "brand", "billing_reason", "cancellation_reason", "category",
        "channel", "code", "collection_method", "country", "currency", "decline_code", "direction", "door",
        "failure_code", "funding", "interval", "kind", "last_payment_error_code", "link_type", "network",
        "network_status", "object", "outcome_type", "payment_status", "payment_type", "period", "reason",
        "reporting_category", "role", "setup_future_usage", "source_type", "status", "tax_behavior", "type",
        "usage", "verification",
    }
)  # fmt: skip
"""Members of objects whose texts are words out of a list: they say what happened, and to nobody."""
_CHOSEN = frozenset({"external_id", "client_reference_id", "username"})
"""Members that may look like our ids, and are the merchant's words for who it is."""
_FREE = frozenset({"metadata", "custom_fields"})
_MINTED = re.compile(r"[a-z]+(_test|_live)?_[a-z0-9]{24}")


class Act(StrEnum):
    """What becomes of rows."""

    REMOVED = "removed"
    EMPTIED = "redacted"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is erased.

    Args:
        emails: every address the customer is known to have had.
        values: what identifies the customer, and is looked for at the end.
    """

    customer: Customer
    emails: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


Emptied = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Treatment:
    """What becomes of rows of one kind.

    Args:
        name: as reports call the kind.
        rows: those of a customer; they have to be found after some of them were treated, too.
        emptied: by column, what takes its value's place: a value, an expression, or a function of the row and of who is
            erased.
        told: columns whose values identify the customer, and are looked for at the end.
        stays: columns that stay, since they tell nothing of anybody.
        by_law: columns that documents have to keep; they go when the documents' time is over.
        is_removed: whether the rows go as a whole.
        reason: why they are kept, or when the rest of them goes, for the plan.
    """

    name: str
    title: Any
    model: type[models.Model]
    rows: Callable[[Subject], models.QuerySet[Any]]
    emptied: Emptied = field(default_factory=dict)
    told: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    by_law: tuple[str, ...] = ()
    is_removed: bool = False
    reason: Any = ""

    @property
    def act(self) -> Act:
        """What becomes of the rows."""
        if self.is_removed:
            return Act.REMOVED
        return Act.KEPT if self.by_law or not self.emptied else Act.EMPTIED


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something of the customer's that has not come to its end.

    Args:
        ends: whether the erasure ends it; else the erasure waits for it.
    """

    name: str
    title: Any
    count: int
    ends: bool = False


treatments: Hook[Callable[[], Iterable[Treatment]]] = Hook("customers.erasing.treatments")
"""What becomes of the rows of higher apps; theirs come first, since they lead to ours."""

open_items: Hook[Callable[[Customer], Iterable[OpenItem]]] = Hook("customers.erasing.open_items")
"""What is open at higher apps."""


class OnlyKeys(Func):
    """A JSON object with the named keys only."""

    arity = 2
    template = (
        "(SELECT coalesce(jsonb_object_agg(key, value), '{}'::jsonb) "
        "FROM jsonb_each(%(expressions)s))"
    )
    arg_joiner = ") WHERE key = ANY("

    def __init__(self, column: str, *keys: str) -> None:
        super().__init__(
            F(column),
            Value(list(keys), output_field=ArrayField(models.TextField())),
            output_field=models.JSONField(),
        )


class WithoutKeys(Func):
    """A JSON object without the named keys."""

    arity = 2
    template = "(%(expressions)s)"
    arg_joiner = " - "

    def __init__(self, column: str, *keys: str) -> None:
        super().__init__(
            F(column),
            Value(list(keys), output_field=ArrayField(models.TextField())),
            output_field=models.JSONField(),
        )


def scrubbed(value: Any, name: str = "") -> Any:
    """Return a value of JSON in which ids, numbers and words out of lists stand, and no other text.

    Its shape stays, so that whatever reads it, in whichever spelling, goes on reading it.
    """
    if name in _FREE:
        return [] if isinstance(value, list) else {}
    if isinstance(value, dict):
        return {key: scrubbed(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [scrubbed(inner, name) for inner in value]
    if isinstance(value, str) and not _is_harmless(value, name):
        return None
    return value


def _is_harmless(text: str, name: str) -> bool:
    if name in _WORDS:
        return True
    return name not in _CHOSEN and _MINTED.fullmatch(text) is not None


def _picture(event: Event, subject: "Subject") -> Any:
    return scrubbed(event.snapshot)


EMPTIED_OF_EVENT: Mapping[str, Any] = {
    "snapshot": _picture,
    "previous_attributes": None,
    "idempotency_key": "",
}


def empty(treatment: Treatment, pks: Sequence[Any], subject: Subject) -> None:
    """Erase some rows of a kind, with what quotes them, in the open transaction."""
    rows = treatment.model._default_manager.filter(pk__in=pks)
    if treatment.is_removed:
        rows.delete()
    elif treatment.model is Event:
        empty_quotations(Event.objects.filter(pk__in=pks), subject)
    else:
        _empty_columns(rows, treatment.emptied, subject)
    if treatment.model is not AuditEntry:
        empty_quotations(Event.objects.filter(object_id__in=pks), subject)
        site = subject.customer.site_id
        empty_audit(AuditEntry.objects.filter(site_id=site, object_id__in=pks))


def empty_quotations(events: models.QuerySet[Event], subject: Subject) -> None:
    """Take what is personal out of events, and out of what endpoints answered to them."""
    customer = subject.customer
    own = events.filter(site_id=customer.site_id, livemode=customer.livemode)
    pks = list(own.values_list("pk", flat=True))
    if not pks:
        return
    found = Event.objects.filter(pk__in=pks)
    _empty_columns(found, EMPTIED_OF_EVENT, subject)
    found.filter(actor__in=subject.emails).update(actor="")
    Delivery.objects.filter(event_id__in=pks).update(
        last_response="", last_error="", earlier_tries=[]
    )


def empty_audit(entries: models.QuerySet[AuditEntry]) -> None:
    """Take what is personal out of entries of the audit log: who of the staff did what, and when, stays."""
    entries.update(object_label="", reason="", before=None, after=None)


def quoting(
    model: type[models.Model],
    rows: models.QuerySet[Any],
    values: Sequence[str],
    but: Iterable[str] = (),
) -> models.QuerySet[Any]:
    """Return the rows in which one of some values stands, in a column that is text.

    Args:
        but: columns that are not looked at.
    """
    columns = searched(model, but)
    if not values or not columns:
        return rows.none()
    table = model._meta.db_table
    texts = ", ".join(f'"{table}"."{column}"::text' for column in columns)
    text = RawSQL(f"concat_ws(chr(10), {texts})", [], output_field=models.TextField())  # noqa: S611 -- names of models
    found: models.QuerySet[Any] = rows.annotate(searched_text=text).filter(
        searched_text__iregex=pattern(values)
    )
    return found


def searched(model: type[models.Model], but: Iterable[str] = ()) -> list[str]:
    """Return the columns that are looked through: those with text, but for keys and words out of a list."""
    skipped = set(but)
    return [
        str(column.column)
        for column in model._meta.concrete_fields
        if isinstance(column, TEXTS)
        and not isinstance(column, models.BinaryField)
        and not column.choices
        and not column.primary_key
        and column.name not in skipped
    ]


def pattern(values: Sequence[str]) -> str:
    """Return the regular expression that finds values in text and in JSON, and not inside a longer word."""
    spelled = {spelling for value in values for spelling in (value, _in_json(value))}
    return f"({'|'.join(sorted(map(_bounded, spelled)))})"


def _in_json(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _bounded(value: str) -> str:
    escaped = "".join(
        letter if letter.isalnum() or letter.isspace() else f"\\{letter}" for letter in value
    )
    if not value.isascii():  # words of many scripts have no spaces between them
        return escaped
    return f"(^|[^[:alnum:]]){escaped}($|[^[:alnum:]])"


def without(text: str, values: Sequence[str]) -> str:
    """Return a text in which something else stands for some values."""
    for value in sorted(values, key=len, reverse=True):
        text = re.sub(re.escape(value), ERASED, text, flags=re.IGNORECASE)
    return text


def _empty_columns(rows: models.QuerySet[Any], emptied: Emptied, subject: Subject) -> None:
    fixed = {name: value for name, value in emptied.items() if not callable(value)}
    if fixed:
        rows.update(**fixed)
    computed = {name: value for name, value in emptied.items() if callable(value)}
    if not computed:
        return
    changed = list(rows)
    for row in changed:
        for name, of_row in computed.items():
            setattr(row, name, of_row(row, subject))
    rows.model._default_manager.bulk_update(changed, list(computed))
