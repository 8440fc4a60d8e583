"""The ledger of what is brought over from another account: each object once, and again only where it has changed.

An object and its entry are written in one transaction, so that whatever ends an import, what was written is known.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from django.db import DataError, IntegrityError, transaction

from customers.kit import ids, tenancy
from customers.kit.constraints import violated
from customers.kit.errors import DomainError, InvalidState, TryAgain
from customers.models import Alias, TenantModel
from customers.services import aliases
from payments.gateways.holdings import Kind
from payments.models import ImportedRecord

__all__ = ["Kind", "Ledger", "Refusal", "Result", "Write", "Written", "free_id", "needed", "own_id"]

State = ImportedRecord.State
_REASON = ImportedRecord._meta.get_field("reason").max_length
_OWN = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_OMISES = re.compile(r"(cust|card|chrg)_(?:test_)?([0-9a-z]{1,48})")
_EMAIL = re.compile(r"[^\s'\"]+@[^\s'\"]+")
_REFUSALS = (
    DomainError, IntegrityError, DataError, TryAgain,
    KeyError, TypeError, ValueError,  # what others send may have another shape than the one that we know
)  # fmt: skip
_PREFIXES = {"cust": "cus", "card": "card", "chrg": "ch"}


class Result(StrEnum):
    """What became of an object this time."""

    CREATED = "created"
    UPDATED = "updated"
    SAME = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Written:
    """What an object has become here.

    Args:
        row: None where that was only looked at.
        remark: what of it could not be brought over, for people.
    """

    row: TenantModel | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An object that was not brought over, or not whole."""

    kind: str
    source_id: str
    reason: str


Write = Callable[[Mapping[str, Any], str], Written]
"""Writes an object, which has the id here that it was given before, or an empty one."""


@dataclass(slots=True)
class Ledger:
    """The entries of one source, and what became of what was read this time.

    Args:
        source: `stripe` or `omise`.
        is_rehearsal: whether nothing of what is written stays.
        tell: called with what was refused.
    """

    source: str
    tell: Callable[[Refusal], object]
    is_rehearsal: bool = False
    counts: Counter[tuple[Kind, Result]] = field(default_factory=Counter)

    def bring(self, kind: Kind, said: Mapping[str, Any], write: Write, *, at: datetime) -> Result:
        """Write an object unless it is here already as it is; no transaction may be open.

        Args:
            said: what was read; `id` at least.
        """
        result = self._brought(kind, said, write, at=at)
        self.counts[kind, result] += 1
        return result

    def ours(self, kind: Kind, source_id: str | None) -> str:
        """Return the id here of an object there; an empty one where it was not brought over.

        Of a customer who has gone into another one meanwhile, it is the other's.
        """
        if not source_id:
            return ""
        known = self._entries(kind).filter(source_id=source_id)
        found = known.values_list("object_id", flat=True).first() or ""
        if kind is Kind.CUSTOMER:
            return aliases.targets([found]).get(found, found)
        return found

    def _entries(self, kind: Kind) -> Any:
        return ImportedRecord.objects.filter(source=self.source, kind=kind)

    def _brought(
        self, kind: Kind, said: Mapping[str, Any], write: Write, *, at: datetime
    ) -> Result:
        digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
        entry = self._entries(kind).filter(source_id=said["id"]).first()
        if entry is not None and (entry.digest, entry.state) == (digest, State.DONE):
            return Result.SAME
        entry = entry or self._new(kind, said["id"], at=at)
        is_new = not entry.object_id
        with transaction.atomic(durable=True):
            reason = self._attempted(entry, said, write, at=at)
            entry.digest, entry.seen_at = digest, at
            entry.save()
            transaction.set_rollback(self.is_rehearsal)
        if reason:
            self.tell(Refusal(kind, said["id"], reason))
        if entry.state == State.REFUSED:
            return Result.REFUSED
        return Result.CREATED if is_new else Result.UPDATED

    def _new(self, kind: Kind, source_id: str, *, at: datetime) -> ImportedRecord:
        scope = tenancy.current()
        return ImportedRecord(
            id=ImportedRecord.new_id(), site=scope.site, livemode=scope.livemode, created_at=at,
            source=self.source, kind=kind, source_id=source_id,
        )  # fmt: skip

    def _attempted(
        self, entry: ImportedRecord, said: Mapping[str, Any], write: Write, *, at: datetime
    ) -> str:
        """Let the object be written, put what became of it on the entry, and return what there is to say."""
        try:
            with transaction.atomic():
                written = write(said, entry.object_id)
                self._name(entry, written.row, at=at)
        except _REFUSALS as error:
            entry.state, reason = State.REFUSED, _in_words(error)
        else:
            entry.object_id = entry.source_id if written.row is None else str(written.row.pk)
            entry.state, reason = State.DONE, written.remark
        # The ledger outlives the customer: no address stands in it.
        entry.reason = _EMAIL.sub("…", reason)[:_REASON]
        return reason

    def _name(self, entry: ImportedRecord, row: TenantModel | None, *, at: datetime) -> None:
        """Let an object whose id was taken answer to it as another name."""
        own = own_id(self.source, entry.source_id) or entry.source_id
        if row is not None and ids.shown(str(row.pk)) != own:
            aliases.create(row, own, reason=Alias.Reason.IMPORTED, at=at)


def own_id(source: str, source_id: str) -> str:
    """Return the id that an object keeps here; an empty one where ours cannot look like that."""
    if source == "omise":
        found = _OMISES.fullmatch(source_id)
        return f"{_PREFIXES[found[1]]}_{found[2]}" if found else ""
    return source_id if _OWN.fullmatch(source_id) else ""


def free_id(model: type[TenantModel], pk: str) -> str:
    """Return the id that a new row gets: its own where no other site, nor the other mode, has it."""
    with tenancy.every_site():
        is_taken = not pk or model._default_manager.filter(pk=pk).exists()
    return model.new_id() if is_taken else pk


def needed(object_id: str, noun: str, source_id: str) -> str:
    """Return the id here of what an object there needs.

    Raises:
        InvalidState: it was not brought over.
    """
    if not object_id:
        raise InvalidState(f"Its {noun} {source_id} was not imported.")
    return object_id


def _in_words(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.message
    if isinstance(error, IntegrityError):
        return f"It does not fit what is here already ({violated(error)})."
    if isinstance(error, DataError):
        return "A value of it is too long, or out of range."
    if isinstance(error, KeyError | TypeError | ValueError):
        return f"It has a shape that is not known here ({error!r})."
    return "It collided with something that was written at the same time; import it again."
