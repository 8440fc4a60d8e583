"""Disputes at the sandbox: opened by test cards, decided by the words of the evidence.

Source: https://docs.stripe.com/testing#evidence
"""

from collections.abc import Mapping
from datetime import timedelta

import orjson
from psycopg.types.json import Jsonb

from customers.kit import clock, ids, statements
from payments.gateways.base import Refused
from payments.gateways.sandbox import notices
from payments.gateways.sandbox.book import Line

_TIME_TO_ANSWER = timedelta(days=9)
_FEE = 1500  # minor units
_VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}
_FINAL = {"won", "lost"}


def open_all(line: Line, reasons: tuple[str, ...]) -> None:
    """Dispute a charge, once for each reason, in the transaction that took the money."""
    for reason in reasons:
        now = clock.now()
        dispute_id, due_at = ids.new("sdp"), now + _TIME_TO_ANSWER
        statements.execute(
            "INSERT INTO sandbox.disputes (id, account, entry, amount, currency, reason, status, due_at, made_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, 'needs_response', %s, %s)",
            [dispute_id, line.account, line.id, line.amount, line.currency, reason, due_at, now],
        )
        _tell(line.account, dispute_id)


def answer(account: str, dispute_id: str, evidence: Mapping[str, str], *, submit: bool) -> str:
    """Keep evidence, and decide by it where it is submitted; return the dispute's status.

    Raises:
        Refused: there is no such dispute, or it is decided.
    """
    status = _open(account, dispute_id)
    if submit:
        words = " ".join(evidence.values())
        verdicts = [verdict for word, verdict in _VERDICTS.items() if word in words]
        status = verdicts[0] if verdicts else "under_review"
    statements.execute(
        "UPDATE sandbox.disputes SET evidence = evidence || %s, status = %s WHERE id = %s",
        [Jsonb(dict(evidence)), status, dispute_id],
    )
    _tell(account, dispute_id)
    return status


def give_up(account: str, dispute_id: str) -> None:
    """Accept a dispute as lost.

    Raises:
        Refused: there is no such dispute, or it is decided.
    """
    _open(account, dispute_id)
    statements.execute("UPDATE sandbox.disputes SET status = 'lost' WHERE id = %s", [dispute_id])
    _tell(account, dispute_id)


def _open(account: str, dispute_id: str) -> str:
    rows = statements.fetch(
        "SELECT status FROM sandbox.disputes WHERE id = %s AND account = %s FOR UPDATE",
        [dispute_id, account],
    )
    if not rows:
        raise Refused(f"No such dispute: '{dispute_id}'", code="resource_missing")
    status = str(rows[0][0])
    if status in _FINAL:
        raise Refused(f"This dispute is decided: {status}.", code="dispute_closed")
    return status


def _tell(account: str, dispute_id: str) -> None:
    rows = statements.fetch(
        "SELECT dispute.amount, dispute.currency, dispute.reason, dispute.status, dispute.due_at, entry.id, "
        "entry.reference, dispute.evidence::text FROM sandbox.disputes AS dispute "
        "JOIN sandbox.entries AS entry ON entry.id = dispute.entry WHERE dispute.id = %s",
        [dispute_id],
    )
    amount, currency, reason, status, due_at, charge, reference, evidence = rows[0]
    details = {
        "amount": amount,
        "currency": currency,
        "reason": reason,
        "status": status,
        "evidence_due_at": due_at.isoformat(),
        "fee": _FEE,
        "evidence": orjson.loads(evidence),
        "charge": charge,
    }
    notices.tell(
        account, "dispute", gateway_reference=dispute_id, reference=reference, details=details
    )
