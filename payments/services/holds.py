"""What a charge holds: the capture or the release of it, written down before the gateway is asked."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import Conflict, InvalidRequest, InvalidState
from payments.models import Charge, Operation, Refund
from payments.services import operations
from payments.services.operations import Kind, State

Status = Charge.Status


def locked(pk: str) -> Charge:
    """Lock a charge's row for the open transaction and return it."""
    return Charge.objects.select_for_update(no_key=True).get(pk=pk)


def begin(
    charge: Charge,
    kind: Kind,
    *,
    amount: int | None = None,
    refund: Refund | None = None,
    standing: Status | None = None,
    request_key: str | None = None,
    at: datetime,
) -> Operation:
    """Commit the act of capturing or releasing, or return the same one that is under way or that this request made.

    Args:
        amount: minor units to capture; all of it when absent.
        refund: the unsaved refund that stands for a release.
        standing: the status that the charge has to have for a release; any that can be released when absent.
        request_key: the digest of the request's idempotency key.

    Raises:
        InvalidState: the charge does not hold what is to be captured or released.
        InvalidRequest: it holds less.
        Conflict: another capture or release is under way.
    """
    with transaction.atomic(durable=True):
        row = locked(charge.pk)
        earlier = operations.of_charge(row, Kind.CAPTURE, Kind.VOID)
        same = _same(earlier, kind, amount or row.amount, request_key)
        if same is not None:
            same.charge = row
            return same
        if kind == Kind.CAPTURE:
            _check_capturable(row, amount)
        else:
            _check_releasable(row, standing)
        tries = 1 + sum(operation.kind == kind for operation in earlier)
        operation = operations.prepare(
            row, kind, reference=_reference(row, kind, tries), amount=amount or row.amount,
            refund=refund, request_key=request_key or None, at=at,
        )  # fmt: skip
        if refund is None:
            statements.insert(operation)
        else:
            told = events.prepare("refund.created", refund, at=at)
            statements.insert(refund, operation, told)
    return operation


def _same(
    earlier: Sequence[Operation], kind: Kind, amount: int, request_key: str | None
) -> Operation | None:
    for operation in earlier:
        if request_key and operation.request_key == request_key:
            if operation.state != State.REFUSED:
                return operation
        elif operation.state in operations.UNSETTLED:
            if (operation.kind, operation.amount) == (kind, amount):
                return operation
            raise Conflict(
                "Another capture or release of this charge is under way; try again in a moment.",
                code="lock_timeout",
            )
    return None


def _reference(charge: Charge, kind: Kind, tries: int) -> str:
    reference = f"{charge.pk}/{kind.value}"
    return reference if tries == 1 else f"{reference}/{tries}"


def _check_capturable(charge: Charge, amount: int | None) -> None:
    if charge.status != Status.AUTHORIZED:
        message, code = _NOT_CAPTURABLE[Status(charge.status)]
        raise InvalidState(message.format(charge.pk), code=code)
    if charge.must_capture_all and amount not in {None, charge.amount}:
        raise InvalidRequest(
            f"You cannot capture {amount}: the charge was made as final, so that it is captured in whole.",
            param="amount",
        )
    if amount is not None and not 0 < amount <= charge.amount:
        raise InvalidRequest(
            f"You cannot capture {amount}: the charge holds {charge.amount}, in the smallest unit of "
            f"{charge.currency}.",
            param="amount",
            code="amount_too_large" if amount > 0 else "parameter_invalid_integer",
        )


def _check_releasable(charge: Charge, standing: Status | None) -> None:
    waits = charge.status == Status.PENDING and charge.action_url != ""
    can_be = charge.status == Status.AUTHORIZED or waits
    if can_be and standing in {None, charge.status}:
        return
    if standing == Status.PENDING:
        raise InvalidState(f"Charge {charge.pk} does not wait for its customer.")
    raise InvalidState(f"Charge {charge.pk} holds no money that could be released.")


_NOT_CAPTURABLE = {
    Status.PENDING: ("Charge {} has not been authorized yet.", "charge_not_authorized"),
    Status.SUCCEEDED: ("Charge {} has already been captured.", "charge_already_captured"),
    Status.FAILED: ("Charge {} failed, so there is nothing to capture.", "charge_not_authorized"),
    Status.VOIDED: ("Charge {} has already been refunded.", "charge_already_refunded"),
    Status.EXPIRED: (
        "Charge {} expired before it was captured: the money it held was released.",
        "charge_expired_for_capture",
    ),
}
