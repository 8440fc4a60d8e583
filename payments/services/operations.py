"""Acts at a gateway: written down before it is asked, asked for outside every transaction, closed when it answers.

They have real time, also where the customer lives by a test clock: gateways know of no other.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from time import monotonic

from django.db import connections

from customers.kit import together
from customers.kit.errors import GatewayUnavailable
from customers.services import powers, test_clocks
from customers.services.powers import Power
from payments import gateways
from payments.gateways.base import (
    Authorization,
    Gateway,
    NotSent,
    Outcome,
    Refused,
    Result,
    Unknown,
)
from payments.models import Charge, GatewayAccount, Operation, Refund
from payments.money import Money
from payments.services import drills, gateway_accounts, payment_methods, returns

Kind = Operation.Kind
State = Operation.State

_log = logging.getLogger(__name__)
_DAY = 86_400
SCHEDULE = (10, 60, 300, 1800, 7200, 21_600, *(day * _DAY for day in range(1, 8)))
"""Seconds after an act at which its gateway is asked what became of it."""
UNSETTLED = (State.OPEN, State.WAITING)
MANY, FEW = 500, 8
"""How many acts are asked for together: of a gateway that answers at once, and of one far away."""
ASKED_WITHIN = 30
"""Seconds after which no more of them are asked for; much less than `LONGEST_CALL`, until which they count as asked."""

_POWERS = {
    Kind.AUTHORIZE: Power.MOVE_MONEY,
    Kind.CAPTURE: Power.MOVE_MONEY,
    Kind.VOID: Power.REFUND,
    Kind.REFUND: Power.REFUND,
}
"""By act, the power that it takes where staff does it."""


def prepare(
    charge: Charge,
    kind: Kind,
    *,
    reference: str,
    amount: int,
    refund: Refund | None = None,
    request_key: str | None = None,
    makes_room: bool = False,
    at: datetime,
) -> Operation:
    """Return the unsaved row of an act that the gateway is about to be asked for.

    Args:
        reference: our name of the act at the gateway, by which it knows a repeat.
        amount: minor units of the charge's currency.
        makes_room: whether a release makes room for another try.

    Raises:
        NotPermitted: who acts has no power to do such a thing.
    """
    powers.require(_POWERS[kind])
    operation = Operation.belonging_to(
        charge,
        charge=charge,
        refund=refund,
        gateway_account_id=charge.gateway_account_id,
        kind=kind,
        state=State.OPEN,
        reference=reference,
        request_key=request_key,
        makes_room=makes_room,
        amount=amount,
        currency=charge.currency,
        created_at=test_clocks.real(at),
    )
    operation.next_check_at = next_check(operation, at=at)
    return operation


def of_charge(charge: Charge, *kinds: Kind) -> Sequence[Operation]:
    """Return the acts on a charge, the oldest first."""
    rows = Operation.objects.select_related("gateway_account", "refund")
    return list(rows.filter(charge=charge, kind__in=kinds).order_by("created_at", "id"))


def ask(operation: Operation) -> Outcome | None:
    """Ask the gateway for an act and return what became of it; None where nobody knows yet.

    No transaction may be open: a lost one would forget what the gateway did. What was not sent is sent once more, since
    the gateway knows a repeat by its reference; after that the reconciler asks.
    """
    gateway = gateway_accounts.gateway_of(operation.gateway_account)
    for _attempt in range(2):
        try:
            return _ACTS[Kind(operation.kind)](gateway, operation)
        except NotSent:
            continue
        except Unknown:
            return None
        except Refused as refusal:
            return declined(refusal)
    return None


def at_once(count: int) -> int:
    """Return how many of so many acts the site's gateways are asked for together, so that each is at once."""
    if count <= FEW:
        return FEW
    kinds = GatewayAccount.objects.order_by().values_list("kind", flat=True).distinct()
    return MANY if all(map(_is_near, kinds)) else FEW


def ask_all(operations: Sequence[Operation]) -> list[tuple[Operation, Outcome]]:
    """Ask for committed acts and return those of which it is known what became of them; no transaction may be open.

    Gateways that are far away are asked at the same time, at most for `FEW`. What is left out is to be asked for again
    alone, as after a crash: what raised an unexpected error, and, should a gateway be slow, what was not asked for
    within `ASKED_WITHIN`.
    """
    near = [each for each in operations if _is_near(each.gateway_account.kind)]
    far = [each for each in operations if not _is_near(each.gateway_account.kind)]
    started, answers = monotonic(), []
    for operation in near:
        if monotonic() - started > ASKED_WITHIN:
            break
        answers.append((operation, _asked(operation)))
    if far:
        with ThreadPoolExecutor(FEW) as threads:
            asking = [threads.submit(copy_context().run, _asked_apart, each) for each in far]
            answers += [(each, asked.result()) for each, asked in zip(far, asking, strict=True)]
    return [(operation, outcome) for operation, outcome in answers if outcome is not None]


def look_up(operation: Operation) -> Outcome | None:
    """Ask the gateway what became of an act; None where it has no trace of it.

    Raises:
        GatewayUnavailable: it does not say.
    """
    gateway = gateway_accounts.gateway_of(operation.gateway_account)
    try:
        return gateway.look_up(operation.reference, kind=operation.kind, since=operation.created_at)
    except (NotSent, Unknown, Refused) as silence:
        raise GatewayUnavailable(
            "The payment gateway does not answer; nothing was changed. Try again in a moment."
        ) from silence


def declined(refusal: Refused) -> Outcome:
    """Return the outcome of a request that the gateway understood and refused."""
    return Outcome(
        Result.DECLINED,
        code=refusal.code or "processing_error",
        decline_code=getattr(refusal, "decline_code", ""),
        message=refusal.message,
    )


def close(operation: Operation, outcome: Outcome, *, at: datetime) -> None:
    """Write a gateway's answer on an act, in the transaction of what follows from it."""
    operation.state = _STATES[outcome.result]
    operation.gateway_reference = outcome.reference or operation.gateway_reference
    operation.said = outcome.message[:500]
    operation.missed_at = None
    if operation.state == State.WAITING:
        operation.next_check_at = operation.next_check_at or next_check(operation, at=at)
    else:
        operation.next_check_at, operation.settled_at = None, test_clocks.real(at)
    together.save(operation, *_CLOSING)


def flag(operation: Operation, said: str, *, at: datetime) -> None:
    """Leave an act to a person, with what is odd about it."""
    operation.state, operation.said = State.FLAGGED, said[:500]
    operation.next_check_at, operation.settled_at = None, test_clocks.real(at)
    together.save(operation, *_CLOSING)


def next_check(operation: Operation, *, at: datetime) -> datetime:
    """Return when the gateway is to be asked about an act again: by the schedule, and daily after its end."""
    checks, livemode, at = operation.checks, operation.livemode, test_clocks.real(at)
    if checks >= len(SCHEDULE):
        return at + drills.scaled(_DAY, livemode=livemode)
    planned = operation.created_at + drills.scaled(SCHEDULE[checks], livemode=livemode)
    return max(planned, at + drills.scaled(SCHEDULE[0], livemode=livemode))


def check_after_miss(operation: Operation, *, at: datetime) -> datetime | None:
    """Return when an act of which there is no trace is looked for again: no later than one can tell that it is lost."""
    lost_at = operation.created_at + _remembered(operation) + timedelta(seconds=1)
    if operation.next_check_at is None or lost_at <= test_clocks.real(at):
        return operation.next_check_at
    return min(operation.next_check_at, lost_at)


def is_overdue(operation: Operation, *, at: datetime) -> bool:
    """Tell whether the schedule has come to its end."""
    age = test_clocks.real(at) - operation.created_at
    return age >= drills.scaled(SCHEDULE[-1], livemode=operation.livemode)


def is_forgotten(operation: Operation, *, at: datetime) -> bool:
    """Tell whether an act is so old that its gateway no longer knows a repeat by its reference."""
    return test_clocks.real(at) - operation.created_at > _remembered(operation)


def _remembered(operation: Operation) -> timedelta:
    window = gateway_accounts.gateway_of(operation.gateway_account).idempotency_window
    longest = drills.scaled(LONGEST_CALL, livemode=operation.livemode)
    return max(window, longest, _SLOWEST_IN_A_DRILL)


LONGEST_CALL = 90
"""Seconds that asking a gateway takes at most, its repeat included: until then the asker may still be at it."""
_SLOWEST_IN_A_DRILL = timedelta(seconds=10)
"""However fast the clock of a drill runs, a busy machine does not: until then, too, the asker may still be at it."""


def _is_near(kind: str) -> bool:
    return gateways.gateway_class(kind).is_near


def _asked(operation: Operation) -> Outcome | None:
    try:
        return ask(operation)
    except Exception:  # noqa: BLE001 -- a bug of one is told of where that is carried out alone
        _log.exception("Asking for %s failed", operation.reference)
        return None


def _asked_apart(operation: Operation) -> Outcome | None:
    """Ask in a thread of its own; should that have needed the database, its connection is closed again."""
    try:
        return _asked(operation)
    finally:
        connections.close_all()


def _authorize(gateway: Gateway, operation: Operation) -> Outcome:
    charge, intent = operation.charge, operation.charge.payment_intent
    method = charge.payment_method
    assert method is not None  # noqa: S101 -- only what was found at a gateway has none, and that is never asked for
    return gateway.authorize(
        Authorization(
            reference=operation.reference,
            money=Money(operation.amount, operation.currency),
            method=payment_methods.reference(method),
            takes_now=not charge.captures_later,
            off_session=charge.off_session,
            security_code=operation.security_code,
            return_url=returns.url_for(charge.payment_intent_id or charge.pk)
            if charge.return_url
            else "",
            description=charge.description,
            statement_descriptor=charge.statement_descriptor,
            customer_id=charge.customer_id or "",
            sets_up=intent is not None and intent.setup_future_usage == "off_session",
            metadata={"charge_ref": charge.pk},
        )
    )


def _capture(gateway: Gateway, operation: Operation) -> Outcome:
    money = Money(operation.amount, operation.currency)
    return gateway.capture(operation.charge.gateway_reference, money, reference=operation.reference)


def _void(gateway: Gateway, operation: Operation) -> Outcome:
    return gateway.void(operation.charge.gateway_reference, reference=operation.reference)


def _refund(gateway: Gateway, operation: Operation) -> Outcome:
    money = Money(operation.amount, operation.currency)
    reason = operation.refund.reason if operation.refund else ""
    return gateway.refund(
        operation.charge.gateway_reference, money, reference=operation.reference, reason=reason
    )


_ACTS: dict[Kind, Callable[[Gateway, Operation], Outcome]] = {
    Kind.AUTHORIZE: _authorize,
    Kind.CAPTURE: _capture,
    Kind.VOID: _void,
    Kind.REFUND: _refund,
}
_STATES = {
    Result.DONE: State.DONE,
    Result.DECLINED: State.REFUSED,
    Result.ACTION_REQUIRED: State.WAITING,
    Result.WAITING: State.WAITING,
}
_CLOSING = [
    "state", "gateway_reference", "said", "missed_at", "next_check_at", "settled_at",
]  # fmt: skip
