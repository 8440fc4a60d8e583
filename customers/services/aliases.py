"""Other names of objects: given, taken away, and resolved once an id was not found."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from customers.kit.errors import InvalidState
from customers.models import Alias, TenantModel

MAX_NAME = 255


def create(target: TenantModel, name: str, *, reason: Alias.Reason, at: datetime) -> Alias:
    """Let an object answer to another name, too; the same name for the same object is kept as it is.

    Args:
        name: as ids of ours are spelled, without the mode that Omise writes into them.

    Raises:
        InvalidState: another object has this name.
    """
    alias = Alias.belonging_to(
        target, name=name, kind=_kind(target), target_id=target.pk, reason=reason, created_at=at
    )
    with transaction.atomic(savepoint=False):
        Alias.objects.bulk_create([alias], ignore_conflicts=True)
        kept = Alias.objects.get(name=name)
    if kept.target_id != target.pk:
        raise InvalidState(f"'{name}' is another name of {kept.target_id}.", code="name_taken")
    return kept


def delete(target: TenantModel, name: str) -> None:
    """Let an object no longer answer to a name."""
    Alias.objects.filter(name=name, target_id=target.pk).delete()


def targets(names: Iterable[str]) -> dict[str, str]:
    """Return the ids of the objects that have these other names, by name."""
    wanted = [name for name in names if 0 < len(name) <= MAX_NAME and "\0" not in name]
    if not wanted:
        return {}
    return dict(Alias.objects.filter(name__in=wanted).values_list("name", "target_id"))


def point(old: str, new: str, *, names: Iterable[str] | None = None) -> list[str]:
    """Let the other names of an object lead to another one, and return them.

    Args:
        old: the id of the object.
        new: the id of the other one, of the same kind.
        names: which of them; all of them when absent.
    """
    rows = Alias.objects.filter(target_id=old)
    if names is not None:
        rows = rows.filter(name__in=list(names))
    pointed = list(rows.order_by("name").values_list("name", flat=True))
    rows.filter(name__in=pointed).update(target_id=new)
    return pointed


def names_of(target: TenantModel) -> list[str]:
    """Return the other names of an object, the oldest first."""
    rows = Alias.objects.filter(target_id=target.pk).order_by("created_at", "id")
    return list(rows.values_list("name", flat=True))


def _kind(target: TenantModel) -> str:
    return str(target._meta.model_name)
