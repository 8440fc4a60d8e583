"""How a payment intent comes to be collected: what its verbs have in common, in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.events.services import events
from customers.kit import together
from customers.kit.errors import InvalidRequest, InvalidState
from customers.services import customers
from payments.models import Charge, Operation, PaymentIntent, PaymentMethod
from payments.money import Money
from payments.services import charges, intent_progress, mandates, method_details, tokens

Status = PaymentIntent.Status
_OPEN = {Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION}
_CUSTOMER = PaymentIntent._meta.get_field("customer")
_BESIDE = frozenset({"mandate", "acceptance", "security_code"})
"""What a confirmation has beside columns."""


def locked(intent: PaymentIntent) -> PaymentIntent:
    """Lock an intent's row for the open transaction and return it."""
    return intent_progress.lock(intent.pk)


def to_be_confirmed(intent: PaymentIntent, confirmation: Mapping[str, Any]) -> PaymentIntent:
    """Lock an intent, and return it with what its confirmation changes.

    Raises:
        InvalidState: it is collected, under way, or canceled.
    """
    row = locked(intent)
    if not is_open(row):
        raise unexpected(row, "confirm")
    if _CUSTOMER.is_cached(intent) and row.customer_id == intent.customer_id:
        row.customer = intent.customer
    return changed(row, columns(confirmation))


def changed(intent: PaymentIntent, details: Mapping[str, Any]) -> PaymentIntent:
    """Return the intent with its columns changed."""
    for name, value in details.items():
        merges = name == "metadata"
        setattr(
            intent, name, customers.merged_metadata(intent.metadata, value) if merges else value
        )
    return intent


def columns(confirmation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a confirmation changes of an intent."""
    return {
        name: value
        for name, value in confirmation.items()
        if value is not None and name not in _BESIDE
    }


def check(intent: PaymentIntent) -> None:
    """Refuse what cannot be charged.

    Raises:
        InvalidRequest: the amount, or the method's type.
    """
    charges.check_money(Money(intent.amount, intent.currency))
    types, method = intent.payment_method_types, intent.payment_method
    if types and method is not None and method.kind not in types:
        raise InvalidRequest(
            f"The PaymentMethod provided ({method.kind}) is not allowed for this PaymentIntent. Its types are: "
            f"{', '.join(types)}.",
            param="payment_method",
            code="payment_intent_incompatible_payment_method",
        )


def follow_method(intent: PaymentIntent) -> None:
    """Let an intent that is not under way need what it needs: a method, or to be confirmed."""
    before = intent.status
    target = (
        Status.REQUIRES_CONFIRMATION if intent.payment_method_id else Status.REQUIRES_PAYMENT_METHOD
    )
    if is_open(intent) and before != target:
        move(intent, target)


def move(intent: PaymentIntent, target: Status) -> str:
    """Give an intent its next status and return the event that tells of it, if there is one."""
    event = PaymentIntent.TRANSITIONS.event(intent.status, target, noun="payment intent")
    intent.status = target
    return event


def begun(
    intent: PaymentIntent,
    confirmation: Mapping[str, Any],
    request_key: str | None,
    *,
    at: datetime,
) -> tuple[Charge, Operation]:
    """Move an intent on to being collected, and return the unsaved rows of the charge for it.

    Raises:
        InvalidRequest: it has no method, or that cannot be charged; or the security code's token was used before.
    """
    method = intent.payment_method
    if method is None:
        raise InvalidRequest(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method.",
            param="payment_method",
            code="payment_intent_unexpected_state",
        )
    check(intent)
    charge, operation = charges.prepare(
        money=Money(intent.amount, intent.currency), method=method, customer=intent.customer,
        intent=intent, takes_now=not intent.captures_manually, off_session=intent.off_session,
        request_key=request_key, at=at, description=intent.description, metadata=intent.metadata,
        receipt_email=intent.receipt_email, return_url=intent.return_url, shipping=intent.shipping,
        statement_descriptor=intent.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix,
    )  # fmt: skip
    code = confirmation.get("security_code")
    if code is not None:
        operation.security_code = tokens.use(code, by=request_key, at=at).gateway_reference
    intent.mandate_id = mandate_of(method, confirmation, at=at)
    charge.method_details = method_details.under(charge.method_details, intent.mandate_id)
    follow_method(intent)
    move(intent, Status.PROCESSING)
    intent.latest_charge_id, intent.next_action = charge.pk, None
    return charge, operation


def begin(
    intent: PaymentIntent,
    confirmation: Mapping[str, Any],
    request_key: str | None,
    *,
    at: datetime,
) -> Operation:
    """Confirm an intent in the caller's transaction; who has committed it asks the gateway for what is returned.

    Raises:
        InvalidState: it is collected, under way, or canceled.
        InvalidRequest: it has no method, or that cannot be charged.
    """
    row = to_be_confirmed(intent, confirmation)
    charge, operation = begun(row, confirmation, request_key, at=at)
    together.save(row)
    together.insert(charge, operation)
    return operation


def mandate_of(method: PaymentMethod, confirmation: Mapping[str, Any], *, at: datetime) -> str:
    """Return the id of the mandate under which a confirmation lets a method be debited; empty for a card."""
    named, acceptance = confirmation.get("mandate", ""), confirmation.get("acceptance")
    return mandates.permitted(method, named=named, acceptance=acceptance, at=at)


def collected(operation: Operation, *, at: datetime) -> PaymentIntent:
    """Ask the gateway for an intent's committed charge, and return the intent whatever became of it."""
    settled = charges.carry_out(operation, at=at)
    intent = settled.charge.payment_intent
    assert intent is not None  # noqa: S101 -- the charge was made for one
    return intent


def is_open(intent: PaymentIntent) -> bool:
    """Tell whether an intent can be confirmed: nothing is under way."""
    return intent.status in _OPEN


def unexpected(intent: PaymentIntent, verb: str) -> InvalidState:
    """Return the error for an intent whose status does not allow an act."""
    return InvalidState(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent.status}.",
        code="payment_intent_unexpected_state",
        extra={"payment_intent": events.spell(intent)},
    )
