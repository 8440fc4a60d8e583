"""Microdeposits: what is paid into a bank account, so that its holder can tell that it is theirs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from customers.events.services import events
from customers.kit.errors import CardDeclined, DomainError
from payments.gateways.base import Outcome, Result
from payments.models import PaymentIntent, PaymentMethod
from payments.services import attachments, gateway_accounts, vaulting

Verification = PaymentMethod.Verification
_TAKE = timedelta(days=2)
_ACTION = "verify_with_microdeposits"
_DOC_URL = "https://docs.stripe.com/error-codes"


def are_needed(method: PaymentMethod | None) -> bool:
    """Tell whether a method can only be charged once its customer has told what was paid into it."""
    return method is not None and method.verification in {Verification.NEW, Verification.PENDING}


def are_awaited(intent: PaymentIntent) -> bool:
    """Tell whether a payment waits for its customer to tell what was paid into their account."""
    is_waiting = intent.status == PaymentIntent.Status.REQUIRES_ACTION
    return is_waiting and (intent.next_action or {}).get("type") == _ACTION


def ask_for(intent: PaymentIntent, method: PaymentMethod) -> Outcome:
    """Have a payment's bank account verified, and return WAITING, or DONE where it is already.

    No transaction may be open.

    Raises:
        CardDeclined: the gateway does not take the account.
        GatewayUnavailable: the gateway does not answer.
    """
    with vaulting.answering():
        outcome = gateway_accounts.gateway_of(method.gateway_account).authenticate(
            attachments.reference(method),
            reference=f"{intent.pk}/{method.pk}", return_url="", off_session=False,
        )  # fmt: skip
    if outcome.result not in {Result.DONE, Result.WAITING}:
        raise CardDeclined(
            outcome.message or "The bank account cannot be verified.", code=outcome.code
        )
    return outcome


def on_their_way(method: PaymentMethod, outcome: Outcome, *, at: datetime) -> dict[str, Any]:
    """Note, in the caller's transaction, that an account waits for them, and return what its customer is told."""
    if method.verification == Verification.NEW:
        PaymentMethod.objects.filter(pk=method.pk).update(verification=Verification.PENDING)
        method.verification = Verification.PENDING
    return {
        "arrival_date": int((at + _TAKE).timestamp()),
        "hosted_verification_url": outcome.action_url,
        "microdeposit_type": outcome.details.get("microdeposit_type", "amounts"),
    }


def next_action(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a payment's customer has to do, as `/v1/` spells it.

    Args:
        told: as `on_their_way` returns it.
    """
    return {"type": _ACTION, _ACTION: dict(told)}


def error_of(method: PaymentMethod, error: DomainError) -> dict[str, Any]:
    """Return why an account cannot be verified any more, as `/v1/` spells an intent's `last_payment_error`."""
    return {
        "code": error.code,
        "doc_url": f"{_DOC_URL}/{error.code.replace('_', '-')}",
        "message": error.message,
        "payment_method": events.spell(method),
        "type": "invalid_request_error",
    }
