"""Our few words over Procrastinate, a queue inside the same PostgreSQL.

A job is deferred in the transaction that needs it, carries ids only, and is safe to run twice: a worker may die at any
point, and another one takes the job over.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

STALLED_AFTER = 45  # seconds without a sign of life; workers give one every 10
_RETRIES = RetryStrategy(
    max_attempts=8, exponential_wait=4
)  # 4 s, 16 s, … the last after some 18 hours


def job(function: Callable[..., object]) -> Task[..., Any, Any]:
    """Register a function as a job, named after its module and itself."""
    return app.task(name=_name_of(function), retry=_RETRIES, pass_context=False)(function)


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
