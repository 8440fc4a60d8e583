"""Disputes: what customers' banks take back, and what the merchant answers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import GatewayUnavailable, InvalidRequest, InvalidState, NotFound
from customers.services import customers
from payments.gateways.base import Gateway, Notice, NotSent, Refused, Unknown
from payments.models import BalanceTransaction, Charge, Dispute, GatewayAccount
from payments.money import Money
from payments.services import gateway_accounts, holds, ledger

T = TypeVar("T")
Status = Dispute.Status
_ADJUSTMENT = BalanceTransaction.Kind.ADJUSTMENT
_ENDED = {Status.WON, Status.LOST}


def get(pk: str, *, param: str = "id") -> Dispute:
    """Return a dispute.

    Raises:
        NotFound: the site has none with this id.
    """
    rows = Dispute.objects.select_related("charge__gateway_account")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such dispute: '{pk}'", param=param)
    return found


def noticed(account: GatewayAccount, notice: Notice, *, at: datetime) -> Dispute | None:
    """Open a dispute that a gateway tells of, or bring a known one to where the gateway has it.

    Args:
        notice: `reference` is our charge's; where there is no such charge, None is returned. `details` has `amount`,
            `currency`, `reason`, `status`, `evidence_due_at` and, where known, `fee`.
    """
    found = Charge.objects.filter(gateway_account=account, pk=notice.reference).first()
    if found is None:
        return None
    with transaction.atomic(durable=True):
        charge = holds.locked(found.pk)
        # Gateways tell whole seconds; what is disputed was paid before all the same.
        at = max(at, charge.settled_at or charge.created_at)
        dispute = Dispute.objects.filter(
            charge=charge, gateway_reference=notice.gateway_reference
        ).first()
        if dispute is None:
            dispute = _opened(charge, notice, at=at)
        else:
            dispute.charge = charge
        _follow(dispute, str(notice.details.get("status") or dispute.status), at=at)
    return dispute


def update(
    dispute: Dispute, *, details: Mapping[str, Any], submit: bool = False, at: datetime
) -> Dispute:
    """Keep evidence for a dispute, and hand it to the bank where it is to be submitted.

    Args:
        details: `evidence` and `metadata`, both merged; an empty value takes a key away.
        submit: whether the bank gets the evidence now; it can be handed in once.

    Raises:
        InvalidState: the dispute has ended, or its evidence is with the bank.
        GatewayUnavailable: the gateway does not answer; the evidence is kept.
    """
    with transaction.atomic(durable=True):
        row = _locked(dispute)
        if (submit or "evidence" in details) and row.status != Status.NEEDS_RESPONSE:
            raise InvalidState(
                "This dispute's evidence can no longer be changed.", code="dispute_already_closed"
            )
        before = events.spell(row)
        if "evidence" in details:
            merged = {**row.evidence, **details["evidence"]}
            row.evidence = {name: value for name, value in merged.items() if value}
        if "metadata" in details:
            row.metadata = customers.merged_metadata(row.metadata, details["metadata"])
        previous = events.difference(before, events.spell(row))
        if previous:
            row.save(update_fields=["evidence", "metadata"])
            events.publish("charge.dispute.updated", row, previous=previous, at=at)
    return _submitted(row, at=at) if submit else row


def close(dispute: Dispute, *, at: datetime) -> Dispute:
    """Accept a dispute: it is lost for good.

    Raises:
        InvalidState: it has ended.
        GatewayUnavailable: the gateway does not answer.
    """
    if dispute.status in _ENDED:
        raise InvalidState("This dispute is already closed.", code="dispute_already_closed")
    _told(dispute, lambda gateway: gateway.concede(dispute.gateway_reference))
    with transaction.atomic(durable=True):
        row = _locked(dispute)
        _follow(row, Status.LOST, at=at)
    return row


def _submitted(dispute: Dispute, *, at: datetime) -> Dispute:
    reference, evidence = dispute.gateway_reference, dispute.evidence
    status = _told(dispute, lambda gateway: gateway.contest(reference, evidence, submit=True))
    with transaction.atomic(durable=True):
        row = _locked(dispute)
        row.submissions += 1
        row.save(update_fields=["submissions"])
        _follow(row, status, at=at)
    return row


def _told(dispute: Dispute, tell: Callable[[Gateway], T]) -> T:
    gateway = gateway_accounts.gateway_of(dispute.charge.gateway_account)
    try:
        return tell(gateway)
    except Refused as refusal:
        raise InvalidRequest(refusal.message, code=refusal.code) from refusal
    except (NotSent, Unknown) as silence:
        raise GatewayUnavailable(
            "The payment gateway does not answer. Try again in a moment."
        ) from silence


def _opened(charge: Charge, notice: Notice, *, at: datetime) -> Dispute:
    said = notice.details
    dispute = Dispute.belonging_to(
        charge, charge=charge, gateway_reference=notice.gateway_reference,
        status=Status.NEEDS_RESPONSE, amount=said.get("amount", charge.amount),
        currency=charge.currency, reason=said.get("reason") or "general",
        evidence_due_at=_instant(said.get("evidence_due_at")), created_at=at,
    )  # fmt: skip
    charge.is_disputed = True
    charge.save(update_fields=["is_disputed"])
    withdrawn = _movement(dispute, -dispute.amount, fee=said.get("fee", 0), at=at)
    statements.insert(dispute, withdrawn)
    for event in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
        events.publish(event, dispute, at=at)
    return dispute


def _instant(told: Any) -> datetime | None:
    """Return a moment that a notice tells as text of ISO 8601, for notices are JSON."""
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def _follow(dispute: Dispute, status: str, *, at: datetime) -> None:
    """Bring a dispute of a locked charge to a status; one that it has, or that came before it, changes nothing."""
    if not Dispute.TRANSITIONS.allows(dispute.status, status):
        return
    before = events.spell(dispute)
    event = Dispute.TRANSITIONS.event(dispute.status, status, noun="dispute")
    dispute.status = status
    if status in _ENDED:
        dispute.closed_at = at
    dispute.save(update_fields=["status", "closed_at"])
    if status == Status.WON:
        statements.insert(_movement(dispute, dispute.amount, at=at))
        events.publish("charge.dispute.funds_reinstated", dispute, at=at)
    previous = events.difference(before, events.spell(dispute))
    events.publish(event, dispute, previous=previous, at=at)


def _movement(dispute: Dispute, amount: int, *, fee: int = 0, at: datetime) -> BalanceTransaction:
    verb = "withdrawal" if amount < 0 else "reversal"
    return ledger.prepare(
        dispute,
        _ADJUSTMENT,
        Money(amount, dispute.currency),
        fee=fee,
        description=f"Chargeback {verb} for {dispute.charge_id}",
        at=at,
    )


def _locked(dispute: Dispute) -> Dispute:
    """Lock a dispute's charge for the open transaction, and return the dispute as it is then."""
    holds.locked(dispute.charge_id)
    return get(dispute.pk)
