"""Refunds: money given back, never more than was taken."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import GatewayUnavailable, InvalidRequest, InvalidState, NotFound
from customers.services import customers
from payments.models import Charge, Dispute, Operation, Refund
from payments.services import charges, history, holds, operations, reconciling, refund_settling
from payments.services.operations import Kind, State

Status = Charge.Status


def get(pk: str, *, param: str = "id") -> Refund:
    """Return a refund.

    Raises:
        NotFound: the site has none with this id.
    """
    found = Refund.objects.select_related("charge").filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such refund: '{pk}'", param=param)
    return found


def create(
    charge: Charge,
    *,
    amount: int | None = None,
    reason: str = "",
    metadata: Mapping[str, Any] | None = None,
    request_key: str | None = None,
    at: datetime,
) -> Refund:
    """Give money back, and return the refund whatever became of it; money that is only held is released.

    Args:
        amount: minor units; all that is left when absent.
        reason: a `Refund.Reason`.
        request_key: the digest of the request's idempotency key: the same request finds the same refund.

    Raises:
        InvalidState: the charge is not paid, is disputed, or was given back before.
        InvalidRequest: that is more than is left of it.
    """
    existing = _of_request(request_key)
    if existing is not None:
        return _carry_on(existing, at=at)
    refund = _prepared(charge, reason=reason, metadata=metadata, request_key=request_key, at=at)
    try:
        operation = _begun(charge, refund, amount, at=at)
    except (IntegrityError, InvalidState, InvalidRequest):
        same = _of_request(request_key)
        if same is None:
            raise
        return _carry_on(same, at=at)  # a process that died has written it down just now
    if operation.kind == Kind.VOID:
        operation = charges.carry_out(operation, at=at)
        return get(operation.refund_id or refund.pk)
    return _carry_out(operation, at=at)


def begin(
    charge: Charge,
    *,
    amount: int | None = None,
    reason: str = "",
    metadata: Mapping[str, Any] | None = None,
    at: datetime,
) -> Refund:
    """Write a refund down in the caller's transaction, which holds the charge's lock; `carry_on` asks the gateway.

    For callers to whom the refund is a part of something else, which stands or falls with it. If nobody carries it on,
    the reconciler does.

    Args:
        charge: locked, and not merely held.
        amount: minor units; all that is left when absent.
        reason: a `Refund.Reason`.

    Raises:
        InvalidState: the charge is not paid, is disputed, or was given back before.
        InvalidRequest: that is more than is left of it.
    """
    refund = _prepared(charge, reason=reason, metadata=metadata, request_key=None, at=at)
    _reserve_of(charge, refund, amount, at=at)
    return refund


def carry_on(refund: Refund, *, at: datetime) -> Refund:
    """Ask the gateway for a refund that it may or may not have been asked for, and return what became of it."""
    return _carry_on(get(refund.pk), at=at)


def void(
    charge: Charge,
    *,
    amount: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    request_key: str | None = None,
    at: datetime,
) -> Refund:
    """Release what a charge holds, and return the refund that stands for that; what was taken is not voided.

    Args:
        amount: minor units; nothing but all of it can be released.
        request_key: the digest of the request's idempotency key: the same request finds the same refund.

    Raises:
        InvalidState: the charge holds nothing.
        InvalidRequest: that is not what it holds.
    """
    if _of_request(request_key) is None and charge.status != Status.AUTHORIZED:
        raise InvalidState(
            f"Charge {charge.pk} holds no money that could be voided; what was captured can be refunded.",
            code="charge_not_voidable",
        )
    return create(charge, amount=amount, metadata=metadata, request_key=request_key, at=at)


def update(refund: Refund, *, details: Mapping[str, Any], at: datetime) -> Refund:
    """Change a refund's metadata, which is merged; an empty value takes a key away."""
    with transaction.atomic(savepoint=False):
        row = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        before = events.spell(row)
        row.metadata = customers.merged_metadata(row.metadata, details.get("metadata", {}))
        previous = events.difference(before, events.spell(row))
        row.save(update_fields=["metadata"])
        if previous:
            events.publish("refund.updated", row, previous=previous, at=at)
    return row


def cancel(refund: Refund) -> Refund:
    """Refuse to cancel a refund: Stripe cancels those that wait for their customer, and refunds here never do.

    Raises:
        InvalidState: always, with what the refund's status is.
    """
    raise InvalidState(
        f"You cannot cancel this refund because it has a status of {refund.status}. Only a refund with the status "
        "requires_action can be canceled.",
        code="refund_unexpected_state",
    )


def _prepared(
    charge: Charge,
    *,
    reason: str,
    metadata: Mapping[str, Any] | None,
    request_key: str | None,
    at: datetime,
) -> Refund:
    return Refund.belonging_to(
        charge, charge=charge, status=Refund.Status.PENDING, currency=charge.currency, reason=reason,
        metadata=dict(metadata or {}), request_key=request_key or None, created_at=at,
    )  # fmt: skip


def _begun(charge: Charge, refund: Refund, amount: int | None, *, at: datetime) -> Operation:
    """Commit the refund with the act that it stands for: giving money back, or releasing what is only held."""
    if charge.status != Status.AUTHORIZED:
        return _reserve(refund, amount, at=at)
    if charge.payment_intent_id is not None:
        raise InvalidState(
            f"Charge {charge.pk} has not been captured. To release what it holds, cancel its PaymentIntent.",
            code="charge_not_refundable",
        )
    if amount is not None and amount != charge.amount:
        raise InvalidRequest(
            "A charge that was not captured can only be refunded in whole.", param="amount"
        )
    refund.amount = charge.amount
    return holds.begin(charge, Kind.VOID, refund=refund, at=at)


def _reserve(refund: Refund, amount: int | None, *, at: datetime) -> Operation:
    """Commit the refund with what it takes set aside on the charge, so that all refunds together stay within it."""
    with transaction.atomic(durable=True):
        return _reserve_of(holds.locked(refund.charge_id), refund, amount, at=at)


def _reserve_of(charge: Charge, refund: Refund, amount: int | None, *, at: datetime) -> Operation:
    _check(charge, amount)
    refund.charge = charge
    refund.amount = charge.amount_refundable if amount is None else amount
    charge.amount_refunding += refund.amount
    charge.save(update_fields=["amount_refunding"])
    operation = operations.prepare(
        charge, Kind.REFUND, reference=refund.pk, amount=refund.amount, refund=refund, at=at
    )
    told = events.prepare("refund.created", refund, at=at)
    statements.insert(refund, operation, told)
    return operation


def _check(charge: Charge, amount: int | None) -> None:
    history.refuse(charge, "charge")
    if charge.status != Status.SUCCEEDED:
        message, code = _NOT_REFUNDABLE[Status(charge.status)]
        raise InvalidState(message.format(charge.pk), code=code)
    if charge.is_disputed and _is_withdrawn(charge):
        raise InvalidState(
            f"Charge {charge.pk} has been charged back; it cannot be refunded.",
            code="charge_disputed",
        )
    left = charge.amount_refundable
    if left == 0:
        raise InvalidState(
            f"Charge {charge.pk} has already been refunded.", code="charge_already_refunded"
        )
    if amount is not None and amount < 1:
        raise InvalidRequest(
            "The amount must be greater than zero.",
            param="amount",
            code="parameter_invalid_integer",
        )
    if amount is not None and amount > left:
        raise InvalidRequest(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}), in the smallest unit of "
            f"{charge.currency}.",
            param="amount",
        )


def _is_withdrawn(charge: Charge) -> bool:
    """Tell whether a dispute holds the charge's money, or has kept it."""
    return Dispute.objects.filter(charge=charge).exclude(status=Dispute.Status.WON).exists()


def _carry_out(operation: Operation, *, at: datetime) -> Refund:
    outcome = operations.ask(operation)
    if outcome is not None:
        operation = refund_settling.settle(operation, outcome, at=at)
    assert operation.refund is not None  # noqa: S101 -- an act of refunding has one
    return operation.refund


def _carry_on(refund: Refund, *, at: datetime) -> Refund:
    """Ask again for a refund that the gateway may or may not have been asked for."""
    rows = operations.of_charge(refund.charge, Kind.REFUND, Kind.VOID)
    (operation,) = [row for row in rows if row.refund_id == refund.pk]
    if operation.state == State.OPEN:
        if operation.kind == Kind.VOID:
            charges.carry_out(operation, at=at)
        elif operations.is_forgotten(operation, at=at):
            with contextlib.suppress(GatewayUnavailable):  # the reconciler will ask again
                reconciling.check(operation, at=at)
        else:
            _carry_out(operation, at=at)
    return get(refund.pk)


def _of_request(request_key: str | None) -> Refund | None:
    if not request_key:
        return None
    rows = Refund.objects.select_related("charge")
    return rows.filter(request_key=request_key).first()


_NOT_REFUNDABLE = {
    Status.PENDING: ("Charge {} has not been paid yet.", "charge_not_refundable"),
    Status.AUTHORIZED: ("Charge {} has not been captured.", "charge_not_refundable"),
    Status.FAILED: ("Charge {} failed, so there is nothing to refund.", "charge_not_refundable"),
    Status.VOIDED: ("Charge {} has already been refunded.", "charge_already_refunded"),
    Status.EXPIRED: ("Charge {} expired, and its money was released.", "charge_not_refundable"),
}
