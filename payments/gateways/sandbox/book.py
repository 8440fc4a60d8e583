"""The acquirer's book: what it was asked under which reference, what it answered, and what it did.

Each act is a transaction of its own. Asking twice under one reference gives the first answer again.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from psycopg.types.json import Jsonb

from customers.kit import clock, ids, statements
from payments.gateways.base import Outcome, Refused, Result
from payments.money import Money

_COLUMNS = (
    "id, account, reference, kind, status, amount, currency, fee, instrument, customer, parent, captured, refunded, "
    "answer::text, made_at"
)
_SLOW = 180 / 5  # how many times longer a slow debit takes
STATUS = {Result.DECLINED: "failed", Result.ACTION_REQUIRED: "pending", Result.WAITING: "pending"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the book; amounts are minor units."""

    id: str
    account: str
    reference: str
    kind: str
    status: str
    amount: int
    currency: str
    fee: int
    instrument: str
    customer: str
    parent: str | None
    captured: int
    refunded: int
    answer: Outcome
    made_at: datetime

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


def write(
    account: str,
    reference: str,
    kind: str,
    money: Money,
    outcome: Outcome,
    *,
    status: str,
    instrument: str,
    customer: str,
    parent: str | None = None,
    ripens: tuple[timedelta, Outcome] | None = None,
) -> Line | None:
    """Write a line and return it; None where the reference has one already.

    Args:
        status: of the line where the outcome is DONE.
        ripens: after what time the outcome becomes which other one.
    """
    now = clock.now()
    line_id = ids.new("sbx")
    answer = replace(outcome, reference=parent or line_id)
    status = STATUS.get(outcome.result, status)
    captured = money.amount if kind == "charge" and status == "succeeded" else 0
    later = replace(ripens[1], reference=answer.reference) if ripens else None
    rows = statements.fetch(
        "INSERT INTO sandbox.entries (id, account, reference, kind, status, amount, currency, fee, instrument, "  # noqa: S608 -- constants
        "customer, parent, captured, answer, ripens_at, ripens_to, made_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        f"ON CONFLICT (account, reference) DO NOTHING RETURNING {_COLUMNS}",
        [
            line_id, account, reference, kind, status, money.amount, money.currency, outcome.fee, instrument,
            customer, parent, captured, _json(answer),
            now + ripens[0] if ripens else None, _json(later) if later else None, now,
        ],
    )  # fmt: skip
    return _line(rows[0]) if rows else None


def asked_again(account: str, reference: str, money: Money | None) -> Line | None:
    """Return the line that a reference has, having counted that it was asked for once more.

    Raises:
        Refused: it was for another amount.
    """
    rows = statements.fetch(
        "UPDATE sandbox.entries SET asked = asked + 1 WHERE account = %s AND reference = %s "  # noqa: S608 -- constants
        f"RETURNING {_COLUMNS}",
        [account, reference],
    )
    line = _line(rows[0]) if rows else None
    if line and money and line.money != money:
        raise Refused(
            f"The reference {reference} stands for another amount.", code="idempotency_error"
        )
    return line


def locked(account: str, line_id: str) -> Line:
    """Return a line, which nobody else changes until the open transaction ends.

    Raises:
        Refused: the account has none with this id.
    """
    rows = statements.fetch(
        f"SELECT {_COLUMNS} FROM sandbox.entries WHERE id = %s AND account = %s FOR UPDATE",  # noqa: S608 -- constants
        [line_id, account],
    )
    if not rows:
        raise Refused(f"No such charge: '{line_id}'", code="resource_missing")
    return _line(rows[0])


def of_reference(account: str, reference: str) -> Line | None:
    """Return the line that stands under our reference, or None."""
    rows = statements.fetch(
        f"SELECT {_COLUMNS} FROM sandbox.entries WHERE account = %s AND reference = %s",  # noqa: S608 -- constants
        [account, reference],
    )
    return _line(rows[0]) if rows else None


def lines(account: str, *, since: datetime | None = None) -> Iterator[Line]:
    """Return an account's book, the oldest line first, without holding it in memory."""
    rows = statements.stream(
        f"SELECT {_COLUMNS} FROM sandbox.entries WHERE account = %s AND made_at >= %s ORDER BY made_at, id",  # noqa: S608 -- constants
        [account, since or datetime.min.replace(tzinfo=clock.now().tzinfo)],
    )
    return map(_line, rows)


def settle(line: Line, outcome: Outcome, *, status: str) -> Outcome:
    """Give a line another outcome, and return it with its reference.

    Args:
        status: of the line where the outcome is DONE.
    """
    answer = replace(outcome, reference=line.parent or line.id)
    status = STATUS.get(outcome.result, status)
    captured = line.amount if line.kind == "charge" and status == "succeeded" else line.captured
    statements.execute(
        "UPDATE sandbox.entries SET answer = %s, status = %s, fee = %s, captured = %s, ripens_at = NULL, "
        "ripens_to = NULL WHERE id = %s",
        [_json(answer), status, outcome.fee, captured, line.id],
    )
    return answer


def captured(line: Line, amount: int) -> None:
    """Note that a hold was captured."""
    statements.execute(
        "UPDATE sandbox.entries SET status = 'captured', captured = %s WHERE id = %s",
        [amount, line.id],
    )


def voided(line: Line) -> None:
    """Note that a hold was released, or that a charge on its way was stopped."""
    statements.execute(
        "UPDATE sandbox.entries SET status = 'voided', ripens_at = NULL, ripens_to = NULL WHERE id = %s",
        [line.id],
    )


def refunded(line_id: str, amount: int) -> None:
    """Note that more of a charge was given back, or less where the amount is negative."""
    statements.execute(
        "UPDATE sandbox.entries SET refunded = refunded + %s WHERE id = %s", [amount, line_id]
    )


def ripe(account: str | None = None) -> list[tuple[Line, Outcome]]:
    """Return the lines whose time has come, locked, with what becomes of them.

    Args:
        account: whose; everybody's when absent.
    """
    rows = statements.fetch(
        f"SELECT {_COLUMNS}, ripens_to::text FROM sandbox.entries WHERE ripens_at <= %s "  # noqa: S608 -- constants
        "AND (%s::text IS NULL OR account = %s) ORDER BY id FOR UPDATE SKIP LOCKED",
        [clock.now(), account, account],
    )
    return [(_line(row[:-1]), _outcome(row[-1])) for row in rows]


def delay(*, is_slow: bool = False) -> timedelta:
    """Return how long a debit, or a refund that takes a while, is on its way."""
    seconds = settings.SANDBOX_DEBIT_SECONDS * settings.DRILL_TIME_FACTOR
    return timedelta(seconds=seconds * (_SLOW if is_slow else 1))


def _json(outcome: Outcome) -> Jsonb:
    return Jsonb(asdict(outcome))


def _outcome(text: str) -> Outcome:
    members: dict[str, Any] = orjson.loads(text)
    return Outcome(**{**members, "result": Result(members["result"])})


def _line(row: statements.Row) -> Line:
    values = (*row[:13], _outcome(row[13]), row[14])
    return Line(*values)
