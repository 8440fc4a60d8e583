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

from customers.kit import bulk, statements, tenancy, together
from customers.kit.errors import DomainError, InvalidRequest, TryAgain
from customers.models import Customer, EmailUniqueness, Import, TaxId, Tombstone
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


def carry_out(of: Import, rows: Sequence[Row], reader: RowReader, *, at: datetime) -> Outcome:
    """Let rows become customers, in the caller's transaction; of imports of one site and mode one does at a time."""
    scope = tenancy.current()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
            [_LOCK, f"{scope.site_id} {scope.livemode}"],
        )
    return _Step(of, reader, at=at).carry_out(rows)


def rehearse(of: Import, rows: Sequence[Row], reader: RowReader, *, at: datetime) -> Outcome:
    """Return what would become of rows; nothing does."""
    with transaction.atomic():
        outcome = _Rehearsal(of, reader, at=at).carry_out(rows)
        transaction.set_rollback(True)
    return outcome


class _Step:
    def __init__(self, of: Import, reader: RowReader, *, at: datetime) -> None:
        self._of, self._reader, self._at = of, reader, at
        self._outcome = Outcome()

    def carry_out(self, rows: Sequence[Row]) -> Outcome:
        wanted, erased = _without_erased(rows)
        fresh, left, others = _sorted_out(self._of, wanted)
        try:
            with transaction.atomic():
                self._outcome.created = self._make(fresh, others)
                self._outcome.skipped = len(left)
        except (IntegrityError, TryAgain):  # somebody was faster, or a constraint knows better
            others, self._outcome = list(wanted), Outcome()
        for row in others:
            self._settle(row)
        for row, param in erased:
            self._refuse(row, InvalidRequest(_ERASED, param=param, code="customer_erased"))
        return self._outcome

    def _make(self, rows: Sequence[Row], others: Sequence[Row]) -> int:
        """Make the customers of rows together, and return how many.

        Args:
            others: which are done behind them.
        """
        lines: list[bulk.Line] = []
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

    def _write(self, lines: list[bulk.Line], _others: Sequence[Row]) -> None:
        bulk.copy(lines)

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


class _Rehearsal(_Step):
    def _write(self, lines: list[bulk.Line], others: Sequence[Row]) -> None:
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
    if not tombstones.is_anybody_erased():
        return rows, []
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


def _sorted_out(of: Import, rows: Sequence[Row]) -> _Sorted:
    with_email = _is_email_one_s(of)
    named = [_names(row, with_email=with_email) for row in rows]
    taken = _taken(named)
    seen: set[tuple[str, str]] = set()
    found = _Sorted([], [], [])
    for row, names in zip(rows, named, strict=True):
        if _is_left(of, row, taken):
            found.left.append(row)
        elif taken.isdisjoint(names) and seen.isdisjoint(names):
            found.fresh.append(row)
        else:
            found.others.append(row)
        seen.update(names)
    return found


def _is_left(of: Import, row: Row, taken: Collection[tuple[str, str]]) -> bool:
    if not row.key:
        return ("id", row.pk) in taken
    key = row.key.upper() if of.match == Import.Match.EMAIL else row.key
    return of.on_match == Import.OnMatch.SKIP and (of.match, key) in taken


def _names(row: Row, *, with_email: bool) -> list[tuple[str, str]]:
    """Return what a row's customer is called by which one customer only is called."""
    details, names = row.details, [("invoice_prefix", row.prefix)]
    if not row.key:
        names.append(("id", row.pk))
    names += [(name, details[name]) for name in ("external_id", "username") if details.get(name)]
    if with_email and details.get("email"):
        names.append(("email", details["email"].upper()))
    return names


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
    return {(kind, name) for kind, name in statements.fetch(text, params, is_prepared=False)}


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


def _is_email_one_s(of: Import) -> bool:
    """Tell whether an address is to be one customer's: as the import matches, or as the site wants it."""
    policy = tenancy.current().site.email_uniqueness
    return of.match == Import.Match.EMAIL or policy == EmailUniqueness.ENFORCE


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
