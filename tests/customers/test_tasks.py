"""When periodic jobs run: what is meant to run every few seconds does, and not every second of some minutes."""

from itertools import pairwise

from procrastinate.contrib.django import app

MIDNIGHT = 1_767_225_600


def gaps(periodic):
    """The seconds between the runs of a day's first hour, each once."""
    runs, at = [], float(MIDNIGHT)
    while at < MIDNIGHT + 3600:
        at = periodic.croniter.get_next(ret_type=float, start_time=at)
        runs.append(at)
    return {round(after - before) for before, after in pairwise(runs)}


def test_jobs_run_at_even_distances():
    often = {
        periodic.task.name: gaps(periodic)
        for periodic in app.periodic_registry.periodic_tasks.values()
        if len(periodic.cron.split()) == 6
    }

    assert often == {
        "customers.send_messages": {5},
        "payments.billing.roll_up_figures": {15},
        "payments.reconcile": {10},
        "payments.run_due_work": {5},
        "payments.work_off_notifications": {5},
    }
