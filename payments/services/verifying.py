"""Payments from bank accounts that are not yet known to be their customer's: verified first, then debited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import InvalidRequest
from payments.gateways.base import Result
from payments.models import PaymentIntent, PaymentMethod
from payments.money import Money
from payments.services import charges, collecting, intent_progress, microdeposits, payment_methods

Status = PaymentIntent.Status


def confirm_unverified(
    intent: PaymentIntent,
    confirmation: Mapping[str, Any],
    *,
    request_key: str | None = None,
    at: datetime,
) -> PaymentIntent:
    """Have a bank account verified before it is debited; nothing is charged, so nothing has to be found again.

    Args:
        confirmation: as for `payment_intents.confirm`.

    Raises:
        InvalidState: the payment is collected, under way, or canceled.
        InvalidRequest: the account cannot be debited, or not without a mandate.
        CardDeclined: the gateway does not take the account.
        GatewayUnavailable: the gateway does not answer.
    """
    with transaction.atomic(durable=True):
        row = collecting.to_be_confirmed(intent, confirmation)
        method = row.payment_method
        assert method is not None  # noqa: S101 -- it is the one that has to be verified
        collecting.check(row)
        charges.check_method(method, row.customer, Money(row.amount, row.currency))
        row.mandate_id = collecting.mandate_of(method, confirmation, at=at)
        collecting.follow_method(row)
        row.save()
    outcome = microdeposits.ask_for(row, method)
    if outcome.result == Result.DONE:
        return debit_verified(row, payment_methods.verified(method, at=at), request_key, at=at)
    with transaction.atomic(durable=True):
        row = collecting.locked(intent)
        if row.status == Status.REQUIRES_CONFIRMATION and row.payment_method_id == method.pk:
            told = microdeposits.on_their_way(method, outcome, at=at)
            row.next_action = microdeposits.next_action(told)
            before, event = row.status, collecting.move(row, Status.REQUIRES_ACTION)
            row.save(update_fields=["next_action", "status"])
            events.publish(event, row, at=at)
            intent_progress.moved(row, before, None, at=at)
    return row


def debit_verified(
    intent: PaymentIntent, method: PaymentMethod, request_key: str | None, *, at: datetime
) -> PaymentIntent:
    """Debit an account that is verified now, unless the payment has changed meanwhile.

    Raises:
        InvalidState: it has changed.
    """
    expected = (intent.status, intent.next_action, method.pk)
    with transaction.atomic(durable=True):
        row = collecting.locked(intent)
        if (row.status, row.next_action, row.payment_method_id) != expected:
            raise collecting.unexpected(row, "verify")
        charge, operation = collecting.begun(row, {"mandate": row.mandate_id}, request_key, at=at)
        row.save()
        statements.insert(charge, operation)
    return collecting.collected(operation, at=at)


def give_up(intent: PaymentIntent, error: InvalidRequest, *, at: datetime) -> None:
    """Let a payment need another method, where its bank account cannot be verified any more."""
    with transaction.atomic(durable=True):
        row = collecting.locked(intent)
        method = row.payment_method
        if method is None or not microdeposits.are_awaited(row):
            return
        if method.verification != PaymentMethod.Verification.FAILED:
            return
        row.last_error, row.next_action = microdeposits.error_of(method, error), None
        row.payment_method = None
        before, event = row.status, collecting.move(row, Status.REQUIRES_PAYMENT_METHOD)
        row.save(update_fields=["last_error", "next_action", "payment_method", "status"])
        events.publish(event, row, at=at)
        intent_progress.moved(row, before, None, at=at)


def without_deposits(intent: PaymentIntent) -> PaymentIntent:
    """Let a payment wait for its customer's statement no longer, so that another try can be made."""
    with transaction.atomic(durable=True):
        row = collecting.locked(intent)
        if microdeposits.are_awaited(row):
            row.next_action = None
            collecting.move(row, Status.REQUIRES_CONFIRMATION)
            row.save(update_fields=["next_action", "status"])
    return row
