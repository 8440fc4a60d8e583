"""The background work of the portal; each job is safe to run twice, and to die anywhere."""

from datetime import datetime

from customers.kit import clock, jobs
from customers.kit.provenance import Provenance, acting
from customers.services import retention
from portal.services import devices, sessions, sign_ins

_WORKER = Provenance(door="worker")


@jobs.job
def send_code(sign_in_id: str) -> None:
    """Write to whoever asked for a code, if it is a customer."""
    with acting(_WORKER):
        sign_ins.send(sign_in_id, at=clock.now())


@jobs.every("23 * * * *")
def forget_what_is_over(at: datetime) -> int:
    """Delete old sign-ins, sessions and devices."""
    forgotten = {
        "sign_ins": sign_ins.forget,
        "portal_sessions": sessions.forget,
        "trusted_devices": devices.forget,
    }
    return sum(retention.noted(name, forget(at=at), at=at) for name, forget in forgotten.items())
