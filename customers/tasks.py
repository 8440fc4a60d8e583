"""The background work of the ground floor."""

from datetime import datetime

from customers.kit import jobs
from customers.services import idempotency


@jobs.every("*/10 * * * *")
def expire_idempotency_records(at: datetime) -> int:
    """Delete answers that are too old to be replayed."""
    return idempotency.expire(at=at)
