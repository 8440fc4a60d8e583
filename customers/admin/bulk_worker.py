"""How the worker carries out bulk jobs and counts saved views: it asks the lists of the dashboard for their rows."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from customers.admin import choices, exports
from customers.admin.bulk import BulkWork
from customers.admin.choices import Choice
from customers.admin.lists import cursor_at, older
from customers.admin.tables import Table
from customers.kit import clock, jobs
from customers.kit.errors import DomainError
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.models import BulkJob, Customer, SavedView
from customers.services import bulk_acts, bulk_jobs, saved_views, test_clocks
from customers.services.bulk_jobs import MAX_ROWS, Step

logger = logging.getLogger(__name__)

_READ = (
    200  # rows whose changes are looked up at once; each is then done in a transaction of its own
)
_TURN = timedelta(seconds=20)
_HEADERS = ("id", "name", "email", "outcome", "message")
_WRONG = (IncorrectLookupParameters, SuspiciousOperation, DomainError)


def run(pk: str) -> None:
    """Carry out a bulk job, or go on with it."""
    job = bulk_jobs.find(pk)
    if job is None or not job.is_open:
        return
    choice = _choice(job.operator, job)
    origin = Provenance(
        door="dashboard",
        actor=job.actor,
        operator_id=job.operator_id,
        powers=choice.powers if choice is not None else frozenset(),
    )
    with scoped_to(job.site, livemode=job.livemode), acting(origin):
        table = _table(job.table)
        if choice is None or table is None:
            bulk_jobs.fail(job, "Whoever asked for this may not do it any more.", at=clock.now())
            return
        try:
            request, rows = _rows(job, table, choice)
        except _WRONG as error:
            bulk_jobs.fail(job, f"The list cannot be read: {error}", at=clock.now())
            return
        _carry_out(job, table, request, rows)


def count_views() -> int:
    """Count what saved views show, those that were never counted first."""
    views = saved_views.uncounted(at=clock.now())
    for view in views:
        with scoped_to(view.site, livemode=view.livemode):
            _count(view)
    return len(views)


def _carry_out(job: BulkJob, table: Table, request: HttpRequest, rows: QuerySet[Any]) -> None:
    if not _is_permitted(job, table, request):
        bulk_jobs.fail(job, "Whoever asked for this may not do it any more.", at=clock.now())
        return
    job = bulk_jobs.begin(job, total=rows.order_by().count() if job.total is None else job.total)
    if _change(job, rows):
        bulk_jobs.finish(job, at=clock.now())


def _is_permitted(job: BulkJob, table: Table, request: HttpRequest) -> bool:
    return isinstance(table, BulkWork) and table.may_act(request, job.act)


def _change(job: BulkJob, rows: QuerySet[Any]) -> bool:
    """Do to each row what was asked for; tell whether all were gone through."""
    ahead: list[Customer] = []
    expected = ""

    def change(step: Step) -> bool:
        nonlocal expected
        if not ahead or step.cursor != expected:  # another worker was at it
            ahead[:] = list(_behind(rows, step.cursor)[:_READ])
        if not ahead or step.job.done + step.job.failed >= MAX_ROWS:
            return False
        customer = ahead.pop(0)
        if not step.cursor:
            step.text = exports.line(_HEADERS)
        outcome, message = _done_to(customer, job)
        step.text += exports.line((customer.pk, str(customer), customer.email, outcome, message))
        step.done, step.failed = int(outcome == "done"), int(outcome != "done")
        expected = step.cursor = cursor_at(customer)
        return True

    return _step_by_step(job, change)


def _done_to(customer: Customer, job: BulkJob) -> tuple[str, str]:
    """Do what was asked for to one customer; return what became of it, and why not."""
    try:
        with transaction.atomic():
            at = test_clocks.now_for(customer, clock.now())
            bulk_acts.acts[job.act](customer, job, at)
    except DomainError as refusal:
        return "failed", refusal.message
    except Exception:
        logger.exception("Bulk job %s failed for %s", job.pk, customer.pk)
        return "failed", "An unexpected error occurred."
    return "done", ""


def _step_by_step(job: BulkJob, work: Callable[[Step], bool]) -> bool:
    """Take steps until there is nothing left to do; tell whether that is so, and nobody has canceled the job.

    A job that takes long goes back into the queue now and then, behind the others that wait for the worker.
    """
    goes_on, began_at = True, clock.now()
    while goes_on:
        if clock.now() - began_at > _TURN:
            jobs.defer("customers.run_bulk_job", job_id=str(job.pk))
            return False
        with bulk_jobs.step(job) as step:
            if step is None:
                return False
            goes_on = work(step)
    return True


def _rows(job: BulkJob, table: Table, choice: Choice) -> tuple[HttpRequest, QuerySet[Any]]:
    """Return the job's rows, the newest first, without those that came after it was asked for."""
    params = {name: value for name, value in job.params.items() if name != "order"}
    request, rows = table.rows(choice, {} if job.chosen else params)
    if job.chosen:
        rows = rows.filter(pk__in=job.chosen)
    return request, rows.filter(created_at__lte=job.created_at)


def _behind(rows: QuerySet[Any], cursor: str) -> QuerySet[Any]:
    return older(rows, cursor) if cursor else rows


def _count(view: SavedView) -> None:
    choice, table = _choice(view.owner, view), _table(view.table)

    def rows() -> QuerySet[Any]:
        if choice is None or table is None:
            return SavedView.objects.none()  # nobody sees it
        try:
            return table.rows(choice, view.params)[1]
        except _WRONG:
            return SavedView.objects.none()

    saved_views.count(view, rows, at=clock.now())


def _choice(operator: Any, row: BulkJob | SavedView) -> Choice | None:
    return choices.at(operator, row.site, livemode=row.livemode) if operator is not None else None


def _table(label: str) -> Table | None:
    """Return the list with a name; the dashboard is put together when the worker first asks for one."""
    model = apps.get_model(label)
    found = admin.site.get_model_admin(model) if admin.site.is_registered(model) else None
    return found if isinstance(found, Table) else None
