"""The background work of the ground floor."""

from datetime import datetime

from customers.admin import bulk_worker
from customers.kit import clock, jobs
from customers.kit.provenance import Provenance, acting
from customers.services import (
    allowances,
    bulk_jobs,
    clock_removal,
    idempotency,
    messages,
    operators,
    webhook_health,
)


@jobs.every("*/10 * * * *")
def expire_idempotency_records(at: datetime) -> int:
    """Delete answers that are too old to be replayed."""
    return idempotency.expire(at=at)


@jobs.every("*/10 * * * *")
def delete_old_clocks(at: datetime) -> int:
    """Delete the test clocks whose month is over, with their customers."""
    with acting(Provenance(door="worker")):
        return clock_removal.delete_due(at=at)


@jobs.every("23 * * * *")
def forget_old_counts(at: datetime) -> int:
    """Delete the counts of allowances that are whole again."""
    return allowances.forget(at=at)


@jobs.every("17 * * * *")
def prune_failed_sign_ins(at: datetime) -> int:
    """Forget the failures to sign in that no longer make anybody wait."""
    return operators.forget_failures(at=at)


@jobs.every("*/5 * * * *")
def review_webhook_endpoints(at: datetime) -> int:
    """Tell owners of webhook endpoints that have failed for days, and disable what has failed for longer."""
    with acting(Provenance(door="worker")):
        return webhook_health.review(at=at)


@jobs.job
def send_message(message_id: str) -> None:
    """Send one message right after it was written."""
    messages.send_by_id(message_id, at=clock.now())


@jobs.every("* * * * * */5")
def send_messages(at: datetime) -> int:
    """Send the messages that are due: fresh ones, those whose server did not answer, those whose worker died."""
    with messages.alone() as is_alone:
        waiting = messages.due(at=at) if is_alone else []
        for message in waiting:
            messages.send(message, at=clock.now())
    return len(waiting)


@jobs.job
def run_bulk_job(job_id: str) -> None:
    """Do what an operator wants done to many rows."""
    bulk_worker.run(job_id)


@jobs.every("* * * * *")
def count_saved_views(at: datetime) -> int:
    """Count what saved views show, as far as anybody counts."""
    return bulk_worker.count_views()


@jobs.every("47 * * * *")
def delete_old_bulk_jobs(at: datetime) -> int:
    """Delete the bulk jobs whose results were kept long enough."""
    return bulk_jobs.delete_old(at=at)
