"""Imports: a file is brought, checked, carried out step by step by the worker, and forgotten after some days.

A step does some rows and moves the cursor, all in one transaction that holds the import's lock: killed anywhere, a
worker leaves an import that goes on behind the last row that was done, and of two workers with the same import each
does other rows. A pass that checks does what one does that carries out, and keeps nothing of it.
"""

import csv
import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import orjson
from django.db import transaction

from customers.kit import bulk, jobs, meanwhile, scrubbing, tenancy, together
from customers.kit.errors import Conflict, DomainError, InvalidRequest, InvalidState, NotFound
from customers.kit.provenance import Provenance
from customers.models import CustomField, Import, ImportChunk, ImportFault, Operator
from customers.services import (
    audit,
    custom_fields,
    import_fields,
    import_files,
    import_rows,
    import_steps,
)
from customers.services.import_files import Record, UnreadableFile
from customers.services.import_rows import Fault, Row, RowReader
from customers.services.import_steps import Outcome

Status = Import.Status

DOOR = "import"
"""By which way imported customers came, in events and consents."""
KEPT = timedelta(days=7)
"""For how long a file and what was refused of it can be fetched."""
MAX_OPEN = 20
"""Imports of a site that may wait or run at once."""
ROWS = 5000
"""That one step does, or some more: what comes in one transaction, since the disk keeps each waiting."""
_AT_ONCE = 500
"""Rows that are read, and then written, together: what is in memory, and twice at that."""
_A_FEW = 8
"""Rows that are read before we look whether the database has answered: half a millisecond's."""
_STEP_BYTES = 4 * 1024 * 1024
_FAULTS_AT_ONCE = 500
_DELETED_AT_ONCE = 20
_MOST_CHOSEN = frozenset({"mapping", "match", "on_match"})


def create(
    file: BinaryIO,
    *,
    file_name: str,
    format_: str = "",
    encoding: str = Import.Encoding.UTF_8,
    operator: Operator | None = None,
    at: datetime,
) -> Import:
    """Keep a file and look at its beginning; its columns are matched with fields as far as they say what they are.

    Args:
        file: read to its end.
        format_: of `Import.Format`; by the name's ending when absent.

    Raises:
        UnreadableFile: it is empty, or nothing that can be read.
        Conflict: too many others have not ended yet.
    """
    scope = tenancy.current()
    if Import.objects.filter(finished_at=None).count() >= MAX_OPEN:
        raise Conflict(f"{MAX_OPEN} others have not ended yet. Finish or cancel one first.")
    of = Import(
        id=Import.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, operator=operator,
        actor=operator.email if operator else "", file_name=file_name[-255:] or "file", size=0,
        format=format_ or _format_of(file_name), encoding=encoding,
    )  # fmt: skip
    with transaction.atomic():
        of.save(force_insert=True)
        of.size, of.digest = import_files.store(of, file)
        shape = import_files.shape_of(of, flatten=_names_in)
        of.delimiter, of.columns, of.body_at = shape.delimiter, shape.columns, shape.body_at
        of.mapping = import_fields.guess_mapping(of.columns)
        of.match = guessed_match(of.mapping)
        of.save()
        audit.record("import.created", of, after={"file": of.file_name}, at=at)
    return of


def get(pk: str) -> Import:
    """Return an import of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = Import.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such import: '{pk}'", param="id")
    return found


def find(pk: str) -> Import | None:
    """Return an import of whichever site, with what it is carried out with; for the worker."""
    with tenancy.every_site():
        return Import.objects.select_related("site", "operator").filter(pk=pk).first()


def unfinished(digest: str) -> Import | None:
    """Return the newest import of a file that no operator asked for and that has not ended."""
    rows = Import.objects.filter(digest=digest, finished_at=None, operator=None)
    return rows.order_by("-created_at", "-id").first()


def update(of: Import, *, details: Mapping[str, Any], at: datetime) -> Import:
    """Choose what columns fill, how known customers are found, and what becomes of them; a check counts no more.

    Args:
        details: `mapping`, `match` and `on_match`, as far as they change.

    Raises:
        InvalidRequest: a column or a field does not exist, or two columns fill one field.
        InvalidState: it runs or has ended.
    """
    assert details.keys() <= _MOST_CHOSEN  # noqa: S101 -- columns that callers choose
    with _locked(of) as row:
        if row.status not in Import.WAITING:
            raise InvalidState("This has begun already.")
        before = audit.picture(row)
        for name, value in details.items():
            setattr(row, name, value)
        row.mapping = import_fields.checked_mapping(row.mapping, row.columns)
        if row.status == Status.CHECKED:
            _move(row, Status.UPLOADED)
        row.save()
        audit.record_change("import.updated", row, before, at=at)
    return row


def check(of: Import, *, at: datetime) -> Import:
    """Have the worker read every row and say what would become of it; nothing does.

    Raises:
        InvalidRequest: no column fills a field, or none that known customers are found by.
        InvalidState: it has begun or has ended.
    """
    return _hand_over(of, Status.CHECKING, at=at)


def run(of: Import, *, at: datetime) -> Import:
    """Have the worker carry an import out.

    Raises:
        InvalidRequest: no column fills a field, or none that known customers are found by.
        InvalidState: it has begun or has ended.
    """
    return _hand_over(of, Status.RUNNING, at=at)


def begin(of: Import, target: Import.Status, *, at: datetime) -> Import:
    """Let a pass through the file begin, for a caller that does the work.

    Args:
        target: checking or running.

    Raises:
        InvalidRequest: no column fills a field, or none that known customers are found by.
        InvalidState: it has begun or has ended.
    """
    with _locked(of) as row:
        _move(row, target)
        fields = set(row.mapping.values())
        if not fields:
            raise InvalidRequest("Choose at least one column to import.", param="mapping")
        if row.match != Import.Match.NOTHING and row.match not in fields:
            raise InvalidRequest(
                f"Known customers are found by {row.get_match_display().lower()}, which no column fills.",
                param="match",
            )
        ImportFault.objects.filter(of=row).delete()
        row.offset, row.begun_at, row.error = row.body_at, at, ""
        row.read = row.created = row.updated = row.skipped = row.failed = 0
        row.save()
        audit.record(f"import.{target}", row, at=at)
    return row


def cancel(of: Import, *, at: datetime) -> Import:
    """Stop an import before its next step; what was done stays done.

    Raises:
        InvalidState: it has ended.
    """
    with _locked(of) as row:
        if row.has_ended:
            raise InvalidState("This has ended already.")
        _end(row, Status.CANCELED, at=at)
        audit.record("import.canceled", row, at=at)
    return row


def work(of: Import, *, now: Callable[[], datetime], stops: Callable[[Import], bool]) -> bool:
    """Go on with an import until its present pass is through, or the caller wants to stop; tell which.

    No transaction may be open.

    Args:
        now: tells the time.
        stops: asked before each step, with the import as it stands.
    """
    try:
        return _Pass(of).work(now, stops)
    except UnreadableFile as error:
        with _locked(of) as row:
            if row.is_working:
                row.error = scrubbing.scrub(error.message)[:500]
                _end(row, Status.FAILED, at=now())
        return True


def guessed_match(mapping: Mapping[str, str]) -> Import.Match:
    """Return what known customers are best found by, of what columns fill."""
    fields = set(mapping.values())
    matches = (Import.Match.EXTERNAL_ID, Import.Match.EMAIL)
    return next((match for match in matches if match in fields), Import.Match.NOTHING)


def acting_for(of: Import) -> Provenance:
    """Return the origin of what an import does."""
    return Provenance(door=DOOR, actor=of.actor, operator_id=of.operator_id)


def faults(of: Import, *, behind: int = 0, most: int = 100) -> list[ImportFault]:
    """Return refused rows in the file's order.

    Args:
        behind: the number of the last row that is known.
    """
    rows = ImportFault.objects.filter(of=of, number__gt=behind).order_by("number")
    return list(rows[:most])


def error_file(of: Import) -> Iterator[str]:
    """Yield the refused rows as they came, with what is wrong with them, to be mended and brought again."""
    if of.format == Import.Format.CSV:
        yield _line(of, [*of.columns, import_fields.ERROR_COLUMN])
    behind = 0
    while some := faults(of, behind=behind, most=_FAULTS_AT_ONCE):
        yield "".join(_line_of(of, fault) for fault in some)
        behind = some[-1].number


def preview(of: Import, *, count: int) -> list[list[str]]:
    """Return the first records of the file; of objects, the values of its columns."""
    if not ImportChunk.objects.filter(of=of).exists():
        return []
    records = itertools.islice(import_files.records(of, offset=of.body_at, number=0), count)
    try:
        return [_cells(of, record) for record in records]
    except UnreadableFile:
        return []


def delete_old(*, at: datetime) -> int:
    """Delete the imports of any site whose file was kept long enough, and return how many; those that run stay."""
    with tenancy.every_site():
        old = Import.objects.filter(created_at__lt=at - KEPT).exclude(status__in=Import.WORKING)
        pks = list(old.order_by("created_at").values_list("pk", flat=True)[:_DELETED_AT_ONCE])
        for model in (ImportChunk, ImportFault):
            model.objects.filter(of__in=pks).delete()
        Import.objects.filter(pk__in=pks).delete()
    return len(pks)


class _Pass:
    """One process at an import's work: while the database does some rows, it reads the next ones."""

    def __init__(self, of: Import) -> None:
        self._of = of
        self._asks_domains = of.site.checks_email_dns
        self._records: Iterator[Record] = iter(())
        self._next: _Reading | None = None

    def work(self, now: Callable[[], datetime], stops: Callable[[Import], bool]) -> bool:
        of = get(self._of.pk)
        with meanwhile.doing(self._read_on):
            while of.is_working:
                if stops(of):
                    return False
                with together.without_collector():
                    of = self._step(of, at=now())
        return True

    def _read_on(self) -> bool:
        return self._next is not None and not self._asks_domains and self._next.go_on()

    def _step(self, of: Import, *, at: datetime) -> Import:
        """Do some rows, unless somebody else has, and read the next ones; return the import as it then is."""
        self._reader, self._definitions = RowReader(of, at=at), custom_fields.in_use()
        if self._next is None or self._next.offset != of.offset:
            self._next = None
            self._records = import_files.records(of, offset=of.offset, number=of.read)
            self._next = self._begin_reading(offset=of.offset)
        if self._next.trouble is not None and not self._next.records:
            raise self._next.trouble
        if self._asks_domains:
            self._next.rows()  # before the transaction, which waits for no network
        with _locked(of) as row:
            if (row.status, row.offset) != (of.status, of.offset):
                return row
            if self._next.records:
                self._do(row, at=at)
            else:
                _end(row, Status.DONE if row.status == Status.RUNNING else Status.CHECKED, at=at)
        return row

    def _do(self, of: Import, *, at: datetime) -> None:
        """Do rows, some at once and then the next ones, as long as all of them are new."""
        kind = import_steps.Step if of.status == Status.RUNNING else import_steps.Rehearsal
        step = kind(of, at=at)
        most, is_all_new = of.read + ROWS, True
        while is_all_new and of.read < most and self._next is not None and self._next.records:
            read, self._next = self._next, None
            rows = read.rows()
            if read.trouble is None and not self._asks_domains:
                self._next = self._begin_reading(offset=read.records[-1].end)
            outcome = step.carry_out([row for row in rows if isinstance(row, Row)], read.reader)
            outcome.faults += [row for row in rows if isinstance(row, Fault)]
            _note(of, read.records, outcome, at=at)
            is_all_new = outcome.created == len(read.records)
        of.save(update_fields=["offset", "read", "created", "updated", "skipped", "failed"])

    def _begin_reading(self, *, offset: int) -> "_Reading":
        records, trouble = _some(self._records)
        return _Reading(offset, records, trouble, self._reader, self._definitions)


class _Reading:
    """Records, what they say, which is found out a few at a time, and why there are no more.

    Args:
        offset: where they begin, in bytes.
    """

    def __init__(
        self,
        offset: int,
        records: list[Record],
        trouble: UnreadableFile | None,
        reader: RowReader,
        definitions: list[CustomField],
    ) -> None:
        self.offset, self.records, self.trouble, self.reader = offset, records, trouble, reader
        self._definitions = definitions
        self._rows: list[Row | Fault] = []
        self._context = (
            copy_context()
        )  # what is open where the database is asked concerns no reading

    def go_on(self) -> bool:
        """Find out what a few records say, and tell whether there are more; it asks nothing of the database."""
        done = len(self._rows)
        some = self.records[done : done + _A_FEW]
        self._rows += self._context.run(self.reader.read_all, some, self._definitions)
        return len(self._rows) < len(self.records)

    def rows(self) -> list[Row | Fault]:
        """Return what all of the records say."""
        while len(self._rows) < len(self.records):
            self.go_on()
        return self._rows


def _note(of: Import, records: list[Record], outcome: Outcome, *, at: datetime) -> None:
    """Keep what was refused, and count what was done; the caller saves the import."""
    of.offset, of.read = records[-1].end, records[-1].number
    of.created += outcome.created
    of.updated += outcome.updated
    of.skipped += outcome.skipped
    of.failed += len(outcome.faults)
    rows = [
        ImportFault.belonging_to(
            of, of=of, created_at=at, number=fault.record.number, column=fault.column,
            message=fault.message, record=import_rows.kept(fault.record),
        )
        for fault in outcome.faults
    ]  # fmt: skip
    if rows:
        bulk.write(rows, [])


def _some(records: Iterator[Record]) -> tuple[list[Record], UnreadableFile | None]:
    """Return the next records, so many as are read at once, and why what follows them cannot be read."""
    taken: list[Record] = []
    try:
        for record in itertools.islice(records, min(_AT_ONCE, ROWS)):
            taken.append(record)
            if record.end - taken[0].end > _STEP_BYTES:
                break
    except UnreadableFile as error:
        return taken, error
    return taken, None


def _hand_over(of: Import, target: Import.Status, *, at: datetime) -> Import:
    with transaction.atomic():
        row = begin(of, target, at=at)
        jobs.defer("customers.run_import", import_id=str(row.pk))
    return row


def _end(row: Import, target: Import.Status, *, at: datetime) -> None:
    _move(row, target)
    row.finished_at = None if target == Status.CHECKED else at
    if target in {Status.CHECKED, Status.DONE}:
        row.offset = row.size
    row.save(update_fields=["status", "finished_at", "offset", "error"])


def _move(row: Import, target: Import.Status) -> None:
    Import.TRANSITIONS.event(row.status, target, noun="import")
    row.status = target


@contextmanager
def _locked(of: Import) -> Iterator[Import]:
    with transaction.atomic():
        row = Import.objects.select_for_update(no_key=True).filter(pk=of.pk).first()
        if row is None:
            raise NotFound(f"No such import: '{of.pk}'", param="id")
        yield row


def _format_of(file_name: str) -> str:
    ending = file_name.lower().rpartition(".")[2]
    return Import.Format.NDJSON if ending in {"ndjson", "jsonl", "json"} else Import.Format.CSV


def _names_in(line: str) -> list[str]:
    """Return the names of the values of a line with an object; of one that cannot be read, none."""
    try:
        return list(import_fields.flattened(import_rows.readers["object"](line)))
    except DomainError:
        return []


def _cells(of: Import, record: Record) -> list[str]:
    if isinstance(record.value, list):
        return record.value
    try:
        flat = import_fields.flattened(import_rows.readers["object"](record.value))
    except DomainError:
        return []
    return ["" if flat.get(name) is None else str(flat[name]) for name in of.columns]


def _line(of: Import, cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=of.delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _line_of(of: Import, fault: ImportFault) -> str:
    wrong = f"{fault.column}: {fault.message}" if fault.column else fault.message
    if of.format == Import.Format.CSV:
        width = len(of.columns)
        cells = [*fault.record, *[""] * (width - len(fault.record))]
        return _line(of, [*cells[:width], wrong, *cells[width:]])
    try:
        value = orjson.loads(fault.record)
    except orjson.JSONDecodeError:
        value = None
    value = value if isinstance(value, dict) else {"import_line": fault.record}
    return orjson.dumps({**value, import_fields.ERROR_COLUMN: wrong}).decode() + "\n"
