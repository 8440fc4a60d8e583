"""What moves when one customer goes into another: each app enters its tables, and they move row by row, and back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from customers.events.models import Event
from customers.kit.registry import Hook
from customers.models import Address, Consent, Customer, Merge, Message, Note, TaxId

Before = dict[str, dict[str, dict[str, list[Any]]]]
"""By table and id, the columns that were changed, each with the value before and the one after."""


@dataclass(frozen=True)
class Part:
    """The rows of one table that are a customer's.

    Args:
        name: plural, as previews and merges spell it.
        column: names the customer.
        make_way: changes rows of either customer first, where both could not stand beside each other, through the
            function that it gets and that remembers; and returns which rows stay where they are.
        follows: what goes back with rows that moved, since it was made for them: the part's name by the column.
    """

    name: str
    model: type[models.Model]
    column: str = "customer_id"
    make_way: Callable[["Moving"], Iterable[str]] | None = None
    follows: Mapping[str, str] = field(default_factory=dict)

    def rows(self, pk: str) -> models.QuerySet[Any]:
        """Return the rows of the customer with this id."""
        return self.model._default_manager.filter(**{self.column: pk})


parts: Hook[Callable[[], Iterable[Part]]] = Hook("merge_parts.parts")
"""What higher apps have of a customer; their tables are written by those who merge, too."""

when_moved: Hook[Callable[[str, str, datetime], object]] = Hook("merge_parts.when_moved")
"""Called with the ids of the customer that rows went from and of the one that they went to, in the transaction, at a
time."""


@dataclass
class Moving:
    """One merge at work, which remembers what it changes.

    Args:
        before: what was changed beside the moves, to be taken back.
    """

    kept: Customer
    merged: Customer
    choices: Mapping[str, str]
    before: Before
    at: datetime

    def change(self, row: models.Model, **values: Any) -> None:
        """Change columns of a row, and remember what they were."""
        known = self.before.setdefault(row._meta.label, {}).setdefault(str(row.pk), {})
        for name, value in values.items():
            first = known[name][0] if name in known else _plain(getattr(row, name))
            known[name] = [first, _plain(value)]
            setattr(row, name, value)
        type(row)._default_manager.filter(pk=row.pk).update(**values)


def every_part() -> list[Part]:
    """Return all parts, those of the ground floor first."""
    return [*_OWN, *(part for enter in parts for part in enter())]


def counts(customer: Customer) -> dict[str, int]:
    """Return how many rows of each part are a customer's, without those that have none."""
    found = {part.name: part.rows(customer.pk).count() for part in every_part()}
    return {name: count for name, count in found.items() if count}


def move(moving: Moving) -> dict[str, list[str]]:
    """Move what is the merged customer's, and return the ids of what moved, by part."""
    moved = {}
    for part in every_part():
        staying = list(part.make_way(moving)) if part.make_way is not None else []
        rows = part.rows(moving.merged.pk).exclude(pk__in=staying)
        moved[part.name] = _pointed(rows, part, moving.kept.pk)
    for follow in when_moved:
        follow(moving.merged.pk, moving.kept.pk, moving.at)
    return {name: pks for name, pks in moved.items() if pks}


def move_back(merge: Merge, *, at: datetime) -> list[str]:
    """Move back what a merge moved, and what was made for it since; return the ids of what is not there any more."""
    missing, back = [], dict(merge.rows)
    for part in every_part():
        pks = merge.rows.get(part.name, [])
        wanted = models.Q(pk__in=pks)
        for column, name in part.follows.items():
            wanted |= models.Q(**{f"{column}__in": back.get(name, [])})
        back[part.name] = _pointed(part.rows(merge.kept_id).filter(wanted), part, merge.merged_id)
        missing += sorted(set(pks) - set(back[part.name])) if part.model is not Event else []
    for follow in when_moved:
        follow(merge.kept_id, merge.merged_id, at)
    return missing


def restore(before: Before) -> list[str]:
    """Take back what was changed beside the moves; return the ids of what was changed again since, or is in the way."""
    labels = {part.model._meta.label: part.model for part in every_part()}
    left = []
    for label, rows in before.items():
        for pk, columns in rows.items():
            if not _restored(labels[label], pk, columns):
                left.append(pk)
    return left


def _restored(model: type[models.Model], pk: str, columns: Mapping[str, list[Any]]) -> bool:
    now = {name: after for name, (_before, after) in columns.items()}
    values = {name: before for name, (before, _after) in columns.items()}
    rows = model._default_manager.filter(pk=pk)
    try:
        with transaction.atomic():
            return bool(rows.filter(_equal(now)).update(**values))
    except IntegrityError:
        return False


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _equal(values: Mapping[str, Any]) -> models.Q:
    found = models.Q()
    for name, value in values.items():
        found &= models.Q(**({f"{name}__isnull": True} if value is None else {name: value}))
    return found


def _pointed(rows: models.QuerySet[Any], part: Part, pk: str) -> list[str]:
    """Let rows be another customer's, and return their ids."""
    pks = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if pks:
        part.model._default_manager.filter(pk__in=pks).update(**{part.column: pk})
    return pks


def _addresses(moving: Moving) -> list[str]:
    """Leave one default of each type: the kept customer's, unless the other one's was chosen, or is the only one."""
    defaults = Address.objects.filter(is_default=True)
    for kind, choice in (("billing", "address"), ("shipping", "shipping")):
        mine = defaults.filter(customer=moving.kept, kind=kind).first()
        theirs = defaults.filter(customer=moving.merged, kind=kind).first()
        if mine is not None and theirs is not None:
            loser = mine if moving.choices.get(choice) == "merged" else theirs
            moving.change(loser, is_default=False)
    return []


def _tax_ids(moving: Moving) -> list[str]:
    """Leave behind what the kept customer has as well."""
    known = set(TaxId.objects.filter(customer=moving.kept).values_list("kind", "value"))
    theirs = TaxId.objects.filter(customer=moving.merged)
    return [row.pk for row in theirs if (row.kind, row.value) in known]


_OWN = (
    Part("addresses", Address, make_way=_addresses),
    Part("tax_ids", TaxId, make_way=_tax_ids),
    Part("consents", Consent),
    Part("notes", Note),
    Part("messages", Message),
    Part("events", Event),
)
