"""The background work of payments; each job is safe to run twice, and to die anywhere."""

from datetime import datetime

from customers.kit import clock, jobs
from customers.kit.provenance import Provenance, acting
from customers.services import retention
from payments.services import (
    charges,
    clock_advances,
    demo,
    drills,
    due_work,
    expiring_cards,
    forgetting,
    intent_progress,
    notifications,
    occurrences,
    reconciling,
    spending,
    tokens,
)

_WORKER = Provenance(door="worker")


@jobs.every(drills.every(10))
def reconcile(at: datetime) -> int:
    """Ask gateways what became of what nobody has heard of, and do what was to follow from it."""
    with acting(_WORKER):
        return reconciling.run(at=at) + intent_progress.keep_due(at=at)


@jobs.every(drills.every(5))
def work_off_notifications(at: datetime) -> int:
    """Deliver what the test mode's acquirer has to tell, and work off what any gateway told."""
    with acting(_WORKER):
        notifications.deliver_from_sandbox(at=at)
        return notifications.work_off_due(at=at)


@jobs.job
def work_off_notification(notification_id: str) -> None:
    """Work off one notification right after it came."""
    with acting(_WORKER):
        notifications.work_off_by_id(notification_id, at=clock.now())


@jobs.every("* * * * *")
def expire_authorizations(at: datetime) -> int:
    """Release what was held past its time."""
    with acting(_WORKER):
        return charges.expire_due(at=at)


@jobs.every("* * * * *")
def charge_schedules(at: datetime) -> int:
    """Charge the customers of schedules whose day has come, and follow what became of it."""
    with acting(_WORKER):
        return occurrences.run_due(at=at)


@jobs.every(drills.every(5))
def run_due_work(at: datetime) -> int:
    """Carry out what is due, and go on with test clocks whose worker died."""
    with acting(_WORKER):
        return due_work.run(at=at) + clock_advances.carry_on_all(at=at)


@jobs.job
def carry_out_due_work() -> None:
    """Carry out another batch of what is due."""
    with acting(_WORKER):
        due_work.run(at=clock.now())


@jobs.job
def advance_test_clock(clock_id: str) -> None:
    """Go on with a test clock's advance."""
    with acting(_WORKER):
        clock_advances.carry_on(clock_id, at=clock.now())


@jobs.every("37 4 * * *")
def forget_due_claims(at: datetime) -> int:
    """Delete the claims of what is not due any more."""
    return due_work.forget_done(at=at)


@jobs.every("17 * * * *")
def compare_books(at: datetime) -> int:
    """Look in gateways' books for what is not known here."""
    with acting(_WORKER):
        return reconciling.compare_all(at=at)


@jobs.every("* * * * *")
def forget_detached_methods(at: datetime) -> int:
    """Let gateways forget the methods that were detached while they did not answer."""
    with acting(_WORKER):
        return forgetting.run(at=at)


@jobs.every("7 6 * * *")
def announce_expiring_cards(at: datetime) -> int:
    """Tell of cards that are about to expire."""
    with acting(_WORKER):
        return expiring_cards.announce_due(at=at)


@jobs.every("27 5 * * *")
def expire_tokens(at: datetime) -> int:
    """Delete tokens that can no longer be used."""
    with acting(_WORKER):
        return retention.noted("tokens", tokens.expire(at=at), at=at)


@jobs.every("* * * * *")
def add_up_spending(_at: datetime) -> int:
    """Add what was paid and given back to what customers have spent."""
    return spending.add_up()


@jobs.job
def fill_demonstration() -> None:
    """Make the demonstration merchant's payments; the first page need not wait for them."""
    demo.fill(at=clock.now())
