"""The background work of the ground floor."""

from datetime import datetime, timedelta

from customers.events.services import partitions
from customers.kit import clock, jobs
from customers.kit.provenance import Provenance, acting
from customers.kit.tenancy import scoped_to
from customers.services import (
    allowances,
    bulk_jobs,
    clock_removal,
    duplicates,
    erasures,
    findings,
    idempotency,
    imports,
    invariant_rounds,
    merges,
    messages,
    operators,
    retention,
    webhook_health,
)

_TURN = timedelta(seconds=20)
"""For how long a job that has much to do goes on before it lets others come first."""
_NIGHTLY_TURN = timedelta(seconds=30)
"""Of each minute in which there is something to look at: half of one job's time."""


@jobs.every("*/10 * * * *")
def expire_idempotency_records(at: datetime) -> int:
    """Delete answers that are too old to be replayed."""
    return retention.noted("idempotency_records", idempotency.expire(at=at), at=at)


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
    from customers.admin import bulk_worker  # noqa: PLC0415 -- much to load, and most processes do no such work

    bulk_worker.run(job_id)


@jobs.every("* * * * *")
def count_saved_views(at: datetime) -> int:
    """Count what saved views show, as far as anybody counts."""
    from customers.admin import bulk_worker  # noqa: PLC0415 -- as above

    return bulk_worker.count_views()


@jobs.every("47 * * * *")
def delete_old_bulk_jobs(at: datetime) -> int:
    """Delete the bulk jobs whose results were kept long enough."""
    return retention.noted("bulk_jobs", bulk_jobs.delete_old(at=at), at=at)


@jobs.job
def erase(erasure_id: str) -> None:
    """Erase a customer, or go on with it, for some seconds."""
    erasures.run(erasure_id, until=clock.now() + _TURN, now=clock.now)


@jobs.every("*/5 * * * *")
def go_on_erasing(at: datetime) -> int:
    """Go on with erasures that wait for something, or whose worker died."""
    return erasures.begin_due()


@jobs.every("33 * * * *")
def keep_to_periods(at: datetime) -> int:
    """Let go of what was kept long enough."""
    with acting(Provenance(door="worker")):
        return retention.run_all(at=at)


@jobs.every("13 * * * *")
def keep_months(at: datetime) -> int:
    """Make the next months of events and deliveries, and let go of those that were kept long enough."""
    return partitions.make(at=at) + retention.let_months_go(at=at)


@jobs.every("* * * * *")
def sweep_merges(at: datetime) -> int:
    """Move what was made for customers at the moment in which they went into others."""
    with acting(Provenance(door="worker")):
        return merges.sweep(at=at)


@jobs.every("27 * * * *")
def end_merges(at: datetime) -> int:
    """Forget what was before the merges that can no longer be undone."""
    return merges.end(at=at)


@jobs.job
def find_duplicates(search_id: str) -> int:
    """Look for customers that may be one."""
    return duplicates.run(search_id, at=clock.now())


@jobs.every("7 3 * * *")
def search_for_duplicates(at: datetime) -> int:
    """Begin the day's search for duplicates at every site."""
    with acting(Provenance(door="worker")):
        return duplicates.start_due(at=at)


@jobs.job
def run_import(import_id: str) -> None:
    """Check a file of customers, or make customers of it; what takes long goes behind other work now and then."""
    of = imports.find(import_id)
    if of is None or not of.is_working:
        return
    ends_at = clock.now() + _TURN
    with scoped_to(of.site, livemode=of.livemode), acting(imports.acting_for(of)):
        if not imports.work(of, now=clock.now, stops=lambda _: clock.now() > ends_at):
            jobs.defer("customers.run_import", import_id=import_id)


@jobs.every("53 * * * *")
def delete_old_imports(at: datetime) -> int:
    """Delete the files that imports have brought, and what was refused of them, once they were kept long enough."""
    return imports.delete_old(at=at)


@jobs.every("* * * * *")
def look_for_breaches(at: datetime) -> None:
    """Go on with the night's rounds through what must hold of all that is stored."""
    with acting(Provenance(door="worker")):
        invariant_rounds.work(until=clock.now() + _NIGHTLY_TURN, now=clock.now)


@jobs.job
def look_for_breaches_now() -> None:
    """Begin the rounds that somebody has asked for; the minutes that follow go on with them."""
    with acting(Provenance(door="worker")):
        invariant_rounds.work(until=clock.now() + _TURN, now=clock.now)


@jobs.every("13 * * * *")
def delete_old_findings(at: datetime) -> int:
    """Delete the findings that have been gone for long."""
    return retention.noted("findings", findings.delete_old(at=at), at=at)
