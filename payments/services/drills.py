"""The clock of drills: schedules that take days can be run in seconds, in test mode."""

from datetime import timedelta

from django.conf import settings

from customers.kit.errors import InvalidState


def factor(*, livemode: bool) -> float:
    """Return by what the schedules' waiting times are multiplied: DRILL_TIME_FACTOR in test mode, else 1."""
    return 1.0 if livemode else float(settings.DRILL_TIME_FACTOR)


def scaled(seconds: float, *, livemode: bool) -> timedelta:
    """Return a schedule's waiting time.

    Args:
        seconds: as it is outside of drills.
    """
    return timedelta(seconds=seconds * factor(livemode=livemode))


def every(seconds: int) -> str:
    """Return when a periodic job runs, as cron has it with seconds behind: so often, in a drill up to once a second.

    Args:
        seconds: as it is outside of drills, less than a minute. Live money needs no other schedule: a drill refuses it.
    """
    step = min(max(1, round(seconds * factor(livemode=False))), 59)
    return f"* * * * * */{step}"


def refuse_live() -> None:
    """Keep live money away from an installation that runs a drill.

    Raises:
        InvalidState: DRILL_TIME_FACTOR is set.
    """
    if settings.DRILL_TIME_FACTOR != 1:
        raise InvalidState(
            "This installation runs a drill (DRILL_TIME_FACTOR is set), so it takes no live payments.",
            code="drill_in_live_mode",
        )
