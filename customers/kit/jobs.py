"""Our few words over Procrastinate, a queue inside the same PostgreSQL.

A job is deferred in the transaction that needs it, carries ids only, and is safe to run twice: a worker may die at any
point, and another one takes the job over.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job
from procrastinate.tasks import Task
from procrastinate.types import JSONDict

STALLED_AFTER = 45  # seconds without a sign of life; workers give one every 10
_MOST_ATTEMPTS = 8


class Retries(BaseRetryStrategy):
    """A job that failed is tried again after 4 s, 16 s, … the last time after some 18 hours; in a drill sooner."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when a job is tried again, or None where it was tried often enough."""
        if job.attempts >= _MOST_ATTEMPTS:
            return None
        seconds = 4 ** (job.attempts + 1) * settings.DRILL_TIME_FACTOR
        return RetryDecision(retry_in={"seconds": max(1, round(seconds))})


def job(function: Callable[..., object]) -> Task[..., Any, Any]:
    """Register a function as a job, named after its module and itself."""
    return app.task(name=_name_of(function), retry=Retries(), pass_context=False)(function)


def every(cron: str) -> Callable[[Callable[[datetime], object]], Task[..., Any, Any]]:
    """Register a function to be run periodically, with the instant for which it was due.

    Args:
        cron: minute, hour, day, month, weekday; a sixth field behind them stands for seconds.
    """

    def register(function: Callable[[datetime], object]) -> Task[..., Any, Any]:
        def run(timestamp: int) -> object:
            return function(datetime.fromtimestamp(timestamp, UTC))

        task = app.task(name=_name_of(function), queueing_lock=_name_of(function))(run)
        return app.periodic(cron=cron)(task)

    return register


def defer(name: str, **ids: str) -> None:
    """Put a job into the queue, in the open transaction.

    Args:
        name: `<app>.<function of its tasks module>`; services name jobs, since they stand below them.
        ids: the job's arguments.
    """
    app.configure_task(name=name).defer(**ids)


def defer_many(name: str, each: Iterable[JSONDict]) -> None:
    """Put several jobs of a kind into the queue by one statement.

    Args:
        name: as for `defer`.
        each: the arguments of each.
    """
    app.configure_task(name=name).batch_defer(*each)


@app.periodic(cron="* * * * *")
@app.task(
    name="customers.kit.jobs.rescue_stalled", queueing_lock="customers.kit.jobs.rescue_stalled"
)
async def rescue_stalled(timestamp: int) -> None:
    """Put the jobs of workers that died back into the queue.

    Nothing locks this job while it runs: were it to stall itself, the next minute's would rescue it too.
    """
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER)
    for found in stalled:
        await app.job_manager.retry_job(found)


def _name_of(function: Callable[..., object]) -> str:
    return f"{function.__module__.removesuffix('.tasks')}.{function.__name__}"
