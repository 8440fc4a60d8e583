"""What is only done if it can be paid: a subscription that begins, or changes, with `error_if_incomplete`.

It is done once and taken back, to learn what it asks for; that much is held on the card; then it is done in earnest,
and the money is taken (`invoice_collecting`). Where nothing can be held, nothing was done and nobody was told. Who dies
on the way leaves money that is held, which nobody takes: the card's network releases it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import CardDeclined, DomainError, GatewayUnavailable, InvalidRequest
from payments.billing.models import Invoice, Subscription
from payments.billing.services import finalizing, invoice_states, invoices
from payments.models import PaymentIntent, PaymentMethod
from payments.services import payment_intents

Made = tuple[Subscription, Invoice | None]
Act = Callable[[PaymentIntent | None], Made]
"""Writes what is wanted in the open transaction, its invoice finalized with what is held for it, if that is given."""

Status = PaymentIntent.Status


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an act asks the customer for."""

    details: dict[str, Any]
    method: PaymentMethod
    off_session: bool


def done(act: Act, *, request_key: str = "", at: datetime) -> Made:
    """Carry an act out if what it asks for can be had; no transaction may be open.

    Args:
        request_key: the digest of the request's idempotency key: the same request finds the same hold.

    Raises:
        CardDeclined: the issuer refuses, or wants the customer to authenticate.
        InvalidRequest: the payment method is no card, so that nothing can be held on it.
        GatewayUnavailable: the gateway does not say whether the money is held.
    """
    with transaction.atomic(durable=True):
        made = act(None)
        asked = _asked(*made)
        if asked is None:
            return made
        transaction.set_rollback(True)
    held = _held(asked, request_key or None, at=at)
    try:
        with transaction.atomic(durable=True):
            return act(held)
    except Exception:
        with suppress(DomainError):
            payment_intents.cancel(held, at=at)
        raise


def _asked(subscription: Subscription, invoice: Invoice | None) -> _Asked | None:
    """Return what is to be collected at once; None where that is nothing."""
    if invoice is None:
        return None
    row = invoice_states.get(invoice.pk)
    by_charge = row.collection_method == Subscription.Collection.CHARGE
    if row.status != Invoice.Status.OPEN or not (by_charge and row.auto_advance):
        return None
    method = invoices.method_of(row)
    if method is None or method.kind != PaymentMethod.Kind.CARD:
        raise InvalidRequest(
            "With payment_behavior error_if_incomplete the payment method must be a card: nothing can be held on "
            "another one.",
            param="payment_behavior",
        )
    return _Asked(finalizing.intent_of(row), method, subscription.off_session)


def _held(asked: _Asked, request_key: str | None, *, at: datetime) -> PaymentIntent:
    intent = payment_intents.create_and_confirm(
        {**asked.details, "captures_manually": True, "payment_method": asked.method},
        {"off_session": asked.off_session},
        request_key=request_key,
        at=at,
    )
    if intent.status == Status.REQUIRES_CAPTURE:
        return intent
    if intent.status == Status.PROCESSING:
        raise GatewayUnavailable(
            "The payment gateway does not say whether the payment method can be charged, so nothing was changed. Try "
            "again in a moment."
        )
    refusal = payment_intents.refusal(intent) or _needs_action(intent)
    with suppress(DomainError):  # nobody has it, so nobody can pay it later
        payment_intents.cancel(intent, at=at)
    raise refusal


def _needs_action(intent: PaymentIntent) -> CardDeclined:
    return CardDeclined(
        "The payment needs the customer's confirmation. Let them confirm it, with payment_behavior "
        "default_incomplete.",
        code="subscription_payment_intent_requires_action",
        extra={"payment_intent": events.spell(intent)},
    )
