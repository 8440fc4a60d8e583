"""Visits of customers to the acquirer's page for authentication."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from django.conf import settings
from psycopg.types.json import Jsonb

from customers.kit import clock, ids, statements
from payments.gateways.base import Access, Outcome, Refused, Result
from payments.gateways.sandbox import book, disputes, judging, notices, vault
from payments.gateways.sandbox.vault import Instrument

_COLUMNS = (
    "id, account, site, kind, reference, instrument, request::text, state, answer::text, return_url"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A visit.

    Args:
        kind: `authorize` where money is taken, `authenticate` where a method is saved.
        request: for `authorize`: `takes_now`, `sets_up`, `amount`, `currency`.
        state: `open`, `completed` or `failed`.
        return_url: where the customer goes then; empty where nobody said.
    """

    id: str
    account: str
    site: str
    kind: str
    reference: str
    instrument: str
    request: Mapping[str, Any]
    state: str
    answer: Outcome
    return_url: str


def open_(
    access: Access,
    kind: str,
    *,
    reference: str,
    instrument: str,
    request: Mapping[str, Any],
    return_url: str,
) -> Challenge:
    """Open a visit, and return it; for the same reference, the one that was opened before."""
    challenge_id = ids.new("visit")
    url = f"{settings.PUBLIC_URL}/sandbox/{challenge_id}"
    answer = Outcome(Result.ACTION_REQUIRED, action_url=url)
    rows = statements.fetch(
        "INSERT INTO sandbox.challenges "  # noqa: S608 -- constants
        "(id, account, site, kind, reference, instrument, request, answer, return_url, made_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (account, kind, reference) "
        f"DO UPDATE SET reference = EXCLUDED.reference RETURNING {_COLUMNS}",
        [
            challenge_id, access.account, access.site, kind, reference, instrument, Jsonb(dict(request)),
            Jsonb(asdict(answer)), return_url, clock.now(),
        ],
    )  # fmt: skip
    return _challenge(rows[0])


_LOCK_CHARGE = (
    "SELECT 1 FROM sandbox.entries AS entry JOIN sandbox.challenges AS visit USING (account, reference) "
    "WHERE visit.id = %s AND visit.kind = 'authorize' FOR UPDATE OF entry"
)


def find(challenge_id: str, *, is_locked: bool = False) -> Challenge:
    """Return a visit.

    Args:
        is_locked: whether nobody else may change it until the open transaction ends.

    Raises:
        Refused: there is none with this id.
    """
    if is_locked:  # the charge first, as whoever stops it does
        statements.execute(_LOCK_CHARGE, [challenge_id])
    lock = "FOR UPDATE" if is_locked else ""
    rows = statements.fetch(
        f"SELECT {_COLUMNS} FROM sandbox.challenges WHERE id = %s {lock}",  # noqa: S608 -- constants
        [challenge_id],
    )
    if not rows:
        raise Refused("There is no such page.", code="resource_missing")
    return _challenge(rows[0])


def outcome_of(account: str, reference: str) -> Outcome | None:
    """Return what became of an authentication for later charges, or None where there was none."""
    rows = statements.fetch(
        "SELECT answer::text FROM sandbox.challenges WHERE account = %s AND kind = 'authenticate' AND reference = %s",
        [account, reference],
    )
    return _outcome(rows[0][0]) if rows else None


def end(challenge: Challenge, *, completed: bool) -> Outcome:
    """Carry out what waited for the customer, in the open transaction, and tell of it.

    Args:
        completed: whether the customer authenticated.
    """
    instrument = vault.find(challenge.account, challenge.instrument)
    completed = completed and not instrument.behaviour.fails_authentication
    if challenge.kind == "authorize":
        outcome = _charge(challenge, instrument, completed=completed)
    else:
        outcome = _set_up(instrument, completed=completed)
    if completed and (challenge.kind == "authenticate" or challenge.request["sets_up"]):
        vault.set_up(challenge.account, challenge.instrument)
    _ended(challenge, outcome, completed=completed)
    about = "operation" if challenge.kind == "authorize" else "setup"
    notices.tell(
        challenge.account, about, gateway_reference=outcome.reference, reference=challenge.reference
    )
    return outcome


def close_for(account: str, reference: str) -> None:
    """Close the visit for a charge that was stopped."""
    statements.execute(
        "UPDATE sandbox.challenges SET state = 'failed' "
        "WHERE account = %s AND kind = 'authorize' AND reference = %s AND state = 'open'",
        [account, reference],
    )


def _charge(challenge: Challenge, instrument: Instrument, *, completed: bool) -> Outcome:
    line = book.of_reference(challenge.account, challenge.reference)
    if line is None:  # opened and written in one transaction
        raise LookupError(challenge.reference)
    line = book.locked(challenge.account, line.id)
    takes_now = bool(challenge.request["takes_now"])
    outcome = (
        judging.of_authenticated(instrument, line.amount, takes_now=takes_now)
        if completed
        else judging.failed_authentication("payment_intent")
    )
    outcome = book.settle(line, outcome, status="succeeded" if takes_now else "authorized")
    if outcome.result == Result.DONE and takes_now:
        disputes.open_all(line, instrument.behaviour.disputes)
    return outcome


def _set_up(instrument: Instrument, *, completed: bool) -> Outcome:
    if not completed:
        return judging.failed_authentication("setup_intent")
    behaviour = instrument.behaviour
    if behaviour.code and not behaviour.can_be_saved:
        return judging.declined(behaviour, instrument)
    return Outcome(Result.DONE, reference=instrument.reference)


def _ended(challenge: Challenge, outcome: Outcome, *, completed: bool) -> None:
    statements.execute(
        "UPDATE sandbox.challenges SET state = %s, answer = %s WHERE id = %s",
        ["completed" if completed else "failed", Jsonb(asdict(outcome)), challenge.id],
    )


def _challenge(row: statements.Row) -> Challenge:
    values = (*row[:6], orjson.loads(row[6]), row[7], _outcome(row[8]), row[9])
    return Challenge(*values)


def _outcome(text: str) -> Outcome:
    outcome = Outcome(**orjson.loads(text))
    return replace(outcome, result=Result(outcome.result))
