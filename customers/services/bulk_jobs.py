"""Bulk jobs: asked for by an operator, carried out step by step by the worker, canceled, forgotten after some days.

A step does some rows, writes their lines of the result, and moves the cursor, all in one transaction that holds the
job's lock: killed anywhere, a worker leaves a job that goes on behind the last row that was done, and of two workers
with the same job each does other rows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from customers.kit import jobs, scrubbing, tenancy
from customers.kit.errors import Conflict, InvalidState, NotFound
from customers.models import BulkJob, BulkJobPart, Operator

Status = BulkJob.Status

KEPT = timedelta(days=7)
"""For how long a result can be fetched."""
MAX_CHOSEN = 200
MAX_ROWS = 1_000_000
"""Rows that one job goes through at most."""
MAX_OPEN = 20
"""Jobs of a site that may wait or run at once."""
_DELETED_AT_ONCE = 20


@dataclass(slots=True)
class Step:
    """What one transaction of a job did.

    Args:
        text: lines of the result.
        cursor: at the last row that was done.
    """

    job: BulkJob
    text: str = ""
    done: int = 0
    failed: int = 0
    cursor: str = ""


def create(
    table: str, act: BulkJob.Act, *, operator: Operator, details: Mapping[str, Any], at: datetime
) -> BulkJob:
    """Ask for a bulk job; the worker begins at once.

    Args:
        table: whose rows, such as `customers.customer`.
        details: `settings`, `params` and `chosen`, as far as there are any.

    Raises:
        Conflict: too many others have not ended yet.
    """
    scope = tenancy.current()
    if BulkJob.objects.filter(status__in=BulkJob.OPEN).count() >= MAX_OPEN:
        raise Conflict(f"{MAX_OPEN} others have not ended yet. Try again when one has.")
    job = BulkJob(
        id=BulkJob.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, operator=operator,
        actor=operator.email, table=table, act=act, **details,
    )  # fmt: skip
    with transaction.atomic():
        job.save(force_insert=True)
        jobs.defer("customers.run_bulk_job", job_id=str(job.pk))
    return job


def find(pk: str) -> BulkJob | None:
    """Return a job of whichever site, with what it is carried out with; for the worker."""
    with tenancy.every_site():
        return BulkJob.objects.select_related("site", "operator").filter(pk=pk).first()


def begin(job: BulkJob, *, total: int) -> BulkJob:
    """Say how many rows there are, and begin; a job that has begun goes on."""
    with _locked(job) as row:
        if row.status == Status.QUEUED:
            _move(row, Status.RUNNING)
            row.total = min(total, MAX_ROWS)
            row.save(update_fields=["status", "total"])
    return row


@contextmanager
def step(job: BulkJob) -> Iterator[Step | None]:
    """Let the caller do rows behind the cursor; what it notes in the step is kept when the block ends.

    Yields None where nothing is left to do, since the job was canceled or has ended.
    """
    with _locked(job) as row:
        if row.status != Status.RUNNING:
            yield None
            return
        taken = Step(row, cursor=row.cursor)
        yield taken
        if taken.cursor == row.cursor:
            return
        if taken.text:
            BulkJobPart.belonging_to(
                row, created_at=row.created_at, job=row, position=row.done + row.failed, text=taken.text
            ).save(force_insert=True)  # fmt: skip
        row.done += taken.done
        row.failed += taken.failed
        row.cursor = taken.cursor
        row.save(update_fields=["done", "failed", "cursor"])


def finish(job: BulkJob, *, at: datetime) -> BulkJob:
    """Say that every row was gone through."""
    return _end(job, Status.DONE, at=at)


def fail(job: BulkJob, error: str, *, at: datetime) -> BulkJob:
    """Give a job up that cannot be carried out; what was done stays done."""
    return _end(job, Status.FAILED, error=error, at=at)


def cancel(job: BulkJob, *, at: datetime) -> BulkJob:
    """Stop a job before its next row; what was done stays done.

    Raises:
        InvalidState: it has ended.
    """
    with _locked(job) as row:
        if not row.is_open:
            raise InvalidState("This has ended already.")
    return _end(job, Status.CANCELED, at=at)


def parts(job: BulkJob) -> Iterator[str]:
    """Yield the result's text, piece by piece, as far as there is one."""
    position = -1
    while True:
        rows = BulkJobPart.objects.filter(job=job, position__gt=position).order_by("position")
        some = list(rows.values_list("position", "text")[:100])
        if not some:
            return
        yield "".join(text for _position, text in some)
        position = some[-1][0]


def delete_old(*, at: datetime) -> int:
    """Delete the jobs of any site whose results were kept long enough, and return how many."""
    with tenancy.every_site():
        old = BulkJob.objects.filter(finished_at__lt=at - KEPT).order_by("finished_at")
        pks = list(old.values_list("pk", flat=True)[:_DELETED_AT_ONCE])
        BulkJobPart.objects.filter(job__in=pks).delete()
        BulkJob.objects.filter(pk__in=pks).delete()
    return len(pks)


def _end(job: BulkJob, target: BulkJob.Status, *, error: str = "", at: datetime) -> BulkJob:
    with _locked(job) as row:
        if row.is_open:
            _move(row, target)
            row.finished_at = at
            row.error = scrubbing.scrub(error)[:500]
            row.save(update_fields=["status", "finished_at", "error"])
    return row


@contextmanager
def _locked(job: BulkJob) -> Iterator[BulkJob]:
    with transaction.atomic():
        row = BulkJob.objects.select_for_update(no_key=True).filter(pk=job.pk).first()
        if row is None:
            raise NotFound(f"No such bulk job: '{job.pk}'", param="id")
        yield row


def _move(row: BulkJob, target: BulkJob.Status) -> None:
    BulkJob.TRANSITIONS.event(row.status, target, noun="bulk job")
    row.status = target
