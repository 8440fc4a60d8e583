"""Switches that make the sandbox fail, kept in its schema so that every process sees them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from customers.kit import statements
from payments.gateways.base import NotSent, Outcome, Result, Unknown
from payments.gateways.sandbox.behaviours import DECLINED

FAULTS = (
    "latency",
    "decline",
    "not_sent",
    "timeout_before",
    "timeout_after",
    "error_before",
    "error_after",
)
ACTS = (
    "save",
    "authorize",
    "capture",
    "void",
    "refund",
    "look_up",
    "authenticate",
    "verify",
    "money",
)
_MONEY = {"authorize", "capture", "void", "refund"}
_TAKE = """
UPDATE sandbox.faults SET times = times - 1 WHERE id = (
    SELECT id FROM sandbox.faults WHERE account = %s AND act IN ('', %s, %s) AND (times IS NULL OR times > 0)
    AND random() < coalesce((settings->>'chance')::float, 1)
    ORDER BY id LIMIT 1 FOR UPDATE
) RETURNING fault, settings::text
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong this time."""

    kind: str
    settings: Mapping[str, Any]

    @property
    def decline(self) -> Outcome | None:
        """The refusal that stands for the act's outcome, or None where it has its own."""
        if self.kind != "decline":
            return None
        code = self.settings.get("code", "card_declined")
        decline_code = self.settings.get("decline_code", "generic_decline")
        return Outcome(Result.DECLINED, code=code, decline_code=decline_code, message=DECLINED)


_NONE = Fault("", {})


def switch_on(
    account: str, fault: str, *, act: str, times: int | None, settings: Mapping[str, Any]
) -> int:
    """Let acts of an account fail, and return the switch's number.

    Args:
        act: which ones; `money` stands for authorize, capture, void and refund, and nothing for all.
        times: how often; until it is switched off when None.
    """
    rows = statements.fetch(
        "INSERT INTO sandbox.faults (account, act, fault, settings, times) VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [account, act, fault, Jsonb(dict(settings)), times],
    )
    return int(rows[0][0])


def switch_off(account: str, number: int | None = None) -> None:
    """Remove a switch, or all of an account's."""
    statements.execute(
        "DELETE FROM sandbox.faults WHERE account = %s AND (%s::bigint IS NULL OR id = %s)",
        [account, number, number],
    )


@contextmanager
def suffered(account: str, act: str) -> Iterator[Fault]:
    """Let the act inside suffer the fault that is switched on for it, if any.

    Raises:
        NotSent: the acquirer was not reached.
        Unknown: it did not answer, be it before or after it acted.
    """
    group = "money" if act in _MONEY else act
    rows = statements.fetch(_TAKE, [account, act, group])
    fault = Fault(rows[0][0], orjson.loads(rows[0][1])) if rows else _NONE
    if seconds := fault.settings.get("seconds", 0):
        time.sleep(seconds)
    if fault.kind == "not_sent":
        raise NotSent("The sandbox was told not to be reached.")
    if fault.kind in {"timeout_before", "error_before"}:
        raise Unknown(f"The sandbox was told to fail before it acts: {fault.kind}.")
    yield fault
    if fault.kind in {"timeout_after", "error_after"}:
        raise Unknown(f"The sandbox was told to fail after it acted: {fault.kind}.")
