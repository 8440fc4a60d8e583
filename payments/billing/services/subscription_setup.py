"""The saving of a payment method for a subscription whose first invoice asks for nothing: a trial's, or a free one."""

from datetime import datetime
from typing import Any

from payments.billing.models import Subscription
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_states as states
from payments.models import SetupIntent
from payments.services import setup_intents

_OVER = (SetupIntent.Status.SUCCEEDED, SetupIntent.Status.CANCELED)


def begin(subscription: Subscription, *, at: datetime) -> None:
    """Make the setup intent by which a customer saves what a new, locked subscription will be charged to.

    None is made where there is something to charge, or invoices are sent. The caller saves the subscription.
    """
    by_charge = subscription.collection_method == Subscription.Collection.CHARGE
    if not by_charge or paying.has_method(subscription):
        return
    details: dict[str, Any] = {"customer": subscription.customer}
    chosen = subscription.payment_settings.get("payment_method_types")
    if chosen:
        details |= {"payment_method_types": chosen, "chooses_methods": False}
    intent = setup_intents.create(details=details, at=at)
    subscription.pending_setup_intent_id = intent.pk


def on_saved(intent: SetupIntent, at: datetime) -> None:
    """Let the subscription that waits for a locked setup intent, if one does, be charged to what it has saved."""
    if intent.customer_id is None:
        return
    waiting = Subscription.objects.filter(
        customer_id=intent.customer_id, pending_setup_intent_id=intent.pk
    ).first()
    if waiting is None:
        return
    with states.tracked(waiting, at=at) as row:
        row.default_payment_method = intent.payment_method
        row.pending_setup_intent_id = ""


def give_up(subscription: Subscription, *, at: datetime) -> None:
    """Cancel the setup intent that a locked subscription waits for; the caller saves the subscription."""
    if not subscription.pending_setup_intent_id:
        return
    intent = setup_intents.get(subscription.pending_setup_intent_id)
    if intent.status not in _OVER:
        setup_intents.cancel(intent, reason="abandoned", at=at)
    subscription.pending_setup_intent_id = ""
