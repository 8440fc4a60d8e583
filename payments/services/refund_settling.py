"""What a gateway's answer makes of a refund; whoever comes second changes nothing."""

from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.statements import NewRow
from customers.models import TenantModel
from payments.gateways.base import Outcome, Result
from payments.models import BalanceTransaction, Charge, Operation, Refund
from payments.money import Money
from payments.services import ledger, operations, spending, telling

Status = Refund.Status


def settle(operation: Operation, outcome: Outcome, *, at: datetime) -> Operation:
    """Write down what became of refunding, and return the act with its charge and refund as they are now."""
    with transaction.atomic(durable=True):
        charge = Charge.objects.select_for_update(no_key=True).get(pk=operation.charge_id)
        refund = Refund.objects.select_for_update(no_key=True).get(pk=operation.refund_id)
        row = Operation.objects.get(pk=operation.pk)  # behind the charge's lock nobody changes it
        row.charge = refund.charge = charge
        row.refund = refund
        if outcome.result == Result.DONE:
            _given_back(row, charge, refund, outcome, at=at)
        elif outcome.result == Result.DECLINED:
            _failed(row, charge, refund, outcome, at=at)
        elif row.state in operations.UNSETTLED:
            operations.close(row, outcome, at=at)
    return row


def _given_back(
    operation: Operation, charge: Charge, refund: Refund, outcome: Outcome, *, at: datetime
) -> None:
    if not _is_expected(operation, charge, refund, at=at):
        return
    before, charge_before = events.spell(refund), events.spell(charge)
    if refund.status == Status.PENDING:
        charge.amount_refunding -= refund.amount
    charge.amount_refunded += refund.amount
    entry = ledger.prepare(
        refund,
        ledger.refund_kind(charge),
        Money(-refund.amount, refund.currency),
        description=f"REFUND FOR CHARGE ({charge.description})" if charge.description else "",
        at=at,
    )
    refund.balance_transaction_id = entry.pk
    refund.gateway_reference, refund.failure_reason = outcome.reference, ""
    event = _move(refund, Status.SUCCEEDED, at=at)
    _save(operation, charge, refund, outcome, at=at)
    statements.insert(
        entry,
        *spending.of_refund(refund, refund.amount, at=at),
        events.prepare(
            "charge.refunded", charge, previous=_difference(charge_before, charge), at=at
        ),
        events.prepare(event, refund, previous=_difference(before, refund), at=at),
        *telling.of_refund(refund, at=at),
    )


def _is_expected(operation: Operation, charge: Charge, refund: Refund, *, at: datetime) -> bool:
    """Tell whether it is still to be written down that money was given back; flag what no longer fits the charge.

    A refund that was given up is corrected as long as its amount is still to be had: another one may have taken its
    place meanwhile.
    """
    if refund.status == Status.PENDING:
        return True
    if refund.status != Status.FAILED or refund.failure_reason != Charge.NEVER_RECEIVED:
        return False
    if refund.amount <= charge.amount_refundable:
        return True
    if operation.state != operations.State.FLAGGED:
        said = "The gateway gave this money back although the refund had failed here."
        operations.flag(operation, said, at=at)
    return False


def _failed(
    operation: Operation, charge: Charge, refund: Refund, outcome: Outcome, *, at: datetime
) -> None:
    if refund.status == Status.FAILED:
        return
    before = events.spell(refund)
    entries: list[TenantModel | NewRow] = []
    if refund.status == Status.PENDING:
        charge.amount_refunding -= refund.amount
    else:  # the bank sent back what had been given
        charge.amount_refunded -= refund.amount
        entry = ledger.prepare(
            refund,
            BalanceTransaction.Kind.REFUND_FAILURE,
            Money(refund.amount, refund.currency),
            description=f"REFUND FAILURE ({refund.pk})",
            at=at,
        )
        refund.failure_balance_transaction_id = entry.pk
        entries += [entry, *spending.of_refund(refund, -refund.amount, at=at)]
    refund.failure_reason = (outcome.code or "unknown")[:64]
    event = _move(refund, Status.FAILED, at=at)
    _save(operation, charge, refund, outcome, at=at)
    told = events.prepare(event, refund, previous=_difference(before, refund), at=at)
    statements.insert(*entries, told)


def _move(refund: Refund, target: Status, *, at: datetime) -> str:
    event = Refund.TRANSITIONS.event(refund.status, target, noun="refund")
    refund.status, refund.settled_at = target, at
    return event


def _save(
    operation: Operation, charge: Charge, refund: Refund, outcome: Outcome, *, at: datetime
) -> None:
    charge.save(update_fields=["amount_refunding", "amount_refunded"])
    refund.save(
        update_fields=[
            "status", "settled_at", "gateway_reference", "failure_reason", "balance_transaction_id",
            "failure_balance_transaction_id",
        ]
    )  # fmt: skip
    operations.close(operation, outcome, at=at)


def _difference(before: dict[str, object], thing: TenantModel) -> dict[str, object]:
    return events.difference(before, events.spell(thing))
