"""A step of an import: some rows become customers, all of them in one transaction, or as good as.

Rows that are new in every respect are written together, by one COPY for each table. Those about known customers, or
with a name that is taken, are done one after the other, each in a savepoint, so that one that is refused does not take
its neighbours with it. Both ways lead to the same rows and events.
"""

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from customers.kit import copying, statements, tenancy, together
from customers.kit.errors import DomainError, InvalidRequest, TryAgain
from customers.models import Customer, Import, TaxId, Tombstone
from customers.services import customers, tax_ids, tombstones
from customers.services.import_rows import Fault, Row, RowReader

_LOCK = 1_835_099_494  # the first of the two numbers that name our advisory locks
_DRAWS = 5


@dataclass(slots=True)
class Outcome:
    """What became of rows."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    faults: list[Fault] = field(default_factory=list)


class Step:
    """A part of an import in one transaction of the caller's; of imports of one site and mode one does it at a time.

    Args:
        of: the import as it stands, locked.
    """

    def __init__(self, of: Import, *, at: datetime) -> None:
        self._of, self._at = of, at
        scope = tenancy.current()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                [_LOCK, f"{scope.site_id} {scope.livemode}"],
            )
        self._is_anybody_erased = tombstones.is_anybody_erased()

    def carry_out(self, rows: Sequence[Row], reader: RowReader) -> Outcome:
        """Let some rows become customers."""
        self._reader, self._outcome = reader, Outcome()
        wanted, erased = _without_erased(rows) if self._is_anybody_erased else (rows, [])
        if not (self._seem_new() and self._attempt(wanted, frozenset())):
            taken = _taken(row.names for row in wanted)
            if not self._attempt(wanted, taken):
                for row in wanted:
                    self._settle(row)
        for row, param in erased:
            self._refuse(row, InvalidRequest(_ERASED, param=param, code="customer_erased"))
        return self._outcome

    def _seem_new(self) -> bool:
        """Tell whether to try without a look whose names are taken: constraints know, and it has gone well so far."""
        of = self._of
        return of.match != Import.Match.EMAIL and of.read == of.created + of.failed

    def _attempt(self, rows: Sequence[Row], taken: Collection[tuple[str, str]]) -> bool:
        """Make what is new together, and the rest behind it row by row; tell whether that was possible.

        Args:
            taken: the names that a customer of the site has, as far as is known.
        """
        fresh, left, others = _sorted_out(self._of, rows, taken)
        try:
            with transaction.atomic():
                self._outcome.created = self._make(fresh, others)
                self._outcome.skipped = len(left)
        except (IntegrityError, TryAgain):  # somebody was faster, or a constraint knows better
            self._outcome = Outcome()
            return False
        for row in others:
            self._settle(row)
        return True

    def _make(self, rows: Sequence[Row], others: Sequence[Row]) -> int:
        """Make the customers of rows together, and return how many.

        Args:
            others: which are done behind them.
        """
        lines: list[copying.Line] = []
        made = 0
        with together.opened():
            for row in rows:
                if row.lines is None and row.refusal is None:
                    row.draft(at=self._at)
                if row.lines is not None:
                    lines += row.lines
                    made += 1
                elif row.refusal is not None:
                    self._refuse(row, row.refusal)
        self._write(lines, others)
        return made

    def _write(self, lines: list[copying.Line], _others: Sequence[Row]) -> None:
        copying.copy(lines)

    def _settle(self, row: Row) -> None:
        """Do one row alone."""
        try:
            with transaction.atomic():
                known = _known_customer(self._of, row)
                if known is None:
                    self._create(row)
                    self._outcome.created += 1
                elif row.key and self._of.on_match == Import.OnMatch.UPDATE:
                    self._update(known, row)
                    self._outcome.updated += 1
                else:
                    self._outcome.skipped += 1
        except DomainError as refusal:
            self._refuse(row, refusal)

    def _create(self, row: Row) -> None:
        for _draw in range(_DRAWS):
            try:
                with transaction.atomic():
                    customers.create(details=row.details, pk=row.pk, at=self._at)
            except TryAgain:
                continue
            return
        raise TryAgain

    def _update(self, customer: Customer, row: Row) -> None:
        """Change a known customer; what it began with, it began with."""
        details = {name: value for name, value in row.details.items() if name not in _FIRST}
        customers.update(customer, details=details, at=self._at)
        known = set(TaxId.objects.filter(customer=customer).values_list("kind", "value"))
        for kind, value in row.details.get("tax_id_data", ()):
            if (kind, value.strip()) not in known:
                tax_ids.create(customer, kind=kind, value=value, at=self._at)

    def _refuse(self, row: Row, refusal: DomainError) -> None:
        self._outcome.faults.append(self._reader.fault(row.record, refusal))


class Rehearsal(Step):
    """A step of which nothing stays, that says what would become of rows."""

    def carry_out(self, rows: Sequence[Row], reader: RowReader) -> Outcome:
        """Return what would become of rows."""
        with transaction.atomic():
            outcome = super().carry_out(rows, reader)
            transaction.set_rollback(True)
        return outcome

    def _seem_new(self) -> bool:
        return False  # nothing is written that a constraint could refuse

    def _write(self, lines: list[copying.Line], others: Sequence[Row]) -> None:
        """Write new customers only where rows behind them could be about them; what is taken back leaves dead rows."""
        if others:
            super()._write(lines, others)


_FIRST = frozenset({"balance", "created_at", "tax_id_data"})
"""What a row says of a customer's beginning, and not of one who is there."""


class _Sorted(NamedTuple):
    """Rows by what there is to do.

    Args:
        fresh: are new in every respect.
        left: are about customers who stay as they are.
        others: need a look at each.
    """

    fresh: list[Row]
    left: list[Row]
    others: list[Row]


_ERASED = "The personal data of this customer was erased. Who comes back makes a new start, and not by a file."


def _without_erased(rows: Sequence[Row]) -> tuple[Sequence[Row], list[tuple[Row, str]]]:
    """Return the rows of others than erased customers, and the erased ones' with the parameter that tells it."""
    found = {
        name: tombstones.erased_among(kind, (row.details.get(name, "") for row in rows))
        for name, kind in (
            ("email", Tombstone.Kind.EMAIL),
            ("external_id", Tombstone.Kind.EXTERNAL_ID),
        )
    }
    told = [
        next((name for name in found if row.details.get(name) in found[name]), "") for row in rows
    ]
    wanted = [row for row, name in zip(rows, told, strict=True) if not name]
    return wanted, [(row, name) for row, name in zip(rows, told, strict=True) if name]


def _sorted_out(of: Import, rows: Sequence[Row], taken: Collection[tuple[str, str]]) -> _Sorted:
    seen: set[tuple[str, str]] = set()
    found = _Sorted([], [], [])
    for row in rows:
        if taken and _is_left(of, row, taken):
            found.left.append(row)
        elif seen.isdisjoint(row.names) and not any(name in taken for name in row.names):
            found.fresh.append(row)
        else:
            found.others.append(row)
        seen.update(row.names)
    return found


def _is_left(of: Import, row: Row, taken: Collection[tuple[str, str]]) -> bool:
    if not row.key:
        return ("id", row.pk) in taken
    key = row.key.upper() if of.match == Import.Match.EMAIL else row.key
    return of.on_match == Import.OnMatch.SKIP and (of.match, key) in taken


def _taken(named: Iterable[Iterable[tuple[str, str]]]) -> set[tuple[str, str]]:
    """Return those of the rows' names that a customer of the site has."""
    by_kind: dict[str, list[str]] = {}
    for kind, name in itertools.chain.from_iterable(named):
        by_kind.setdefault(kind, []).append(name)
    if not by_kind:
        return set()
    scope = tenancy.current()
    params: list[object] = []
    for kind, names in by_kind.items():
        params += [kind, names, scope.site_id, scope.livemode]
    text = " UNION ALL ".join(_LOOKS[kind] for kind in by_kind)
    # Planned anew each time: what was planned for an empty table would read all of a full one.
    return {(kind, name) for kind, name in statements.fetch(text, params)}


# One look into an index for each name, which a limit ensures: joined, all of the site's customers would be read.
_LOOK = (
    "SELECT %s::text, wanted FROM unnest(%s::text[]) AS wanted WHERE (SELECT true FROM customers_customer "
    "WHERE site_id = %s AND livemode = %s AND {} LIMIT 1)"
)
_LOOKS = {
    "id": _LOOK.format("id = wanted"),
    "external_id": _LOOK.format("external_id = wanted AND external_id <> '' AND deleted_at IS NULL"),
    "username": _LOOK.format("username = wanted AND username <> '' AND deleted_at IS NULL"),
    "invoice_prefix": _LOOK.format("invoice_prefix = wanted"),
    "email": _LOOK.format("UPPER(email::text) = UPPER(wanted) AND email <> '' AND deleted_at IS NULL"),
}  # fmt: skip
"""By what one customer only is called: the question which names are taken, as the indexes answer it."""


def _known_customer(of: Import, row: Row) -> Customer | None:
    """Return the customer whom a row is about, the oldest one where several are; None where it is a new one."""
    if not row.key:
        return Customer.objects.filter(pk=row.pk).first()
    wanted = (
        Q(email__iexact=row.key) & ~Q(email="")
        if of.match == Import.Match.EMAIL
        else Q(external_id=row.key)
    )
    found = Customer.objects.with_defaults().living().filter(wanted)
    return found.order_by("created_at", "id").first()
