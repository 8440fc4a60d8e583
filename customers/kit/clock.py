"""The only place that reads the system clock; doors call `now()` and pass it down as `at`."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
