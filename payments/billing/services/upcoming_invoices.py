"""`invoice.upcoming`: what a renewal will bill is told of some days before, as the site wants.

It has no id, since it is no invoice yet; it is made as previews are, and taken back.
"""

from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit.errors import NotFound
from payments.billing.models import Subscription
from payments.billing.services import invoice_states, subscription_previews
from payments.billing.services import subscription_states as states
from payments.services import due_work

Status = Subscription.Status
KIND = "invoice.upcoming"
_TOLD = (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE)


def register() -> None:
    """Enter the kind of due work; what is told of comes before it is done."""
    due_work.register(
        due_work.Kind(name=KIND, model=Subscription, due_at="upcoming_at", carry_out=carry_out)
    )


def carry_out(subscription: Subscription, at: datetime) -> None:
    """Tell of a subscription's next invoice, if that is due, and it is charged when it comes."""
    with transaction.atomic(durable=True):
        invoice_states.lock_customer(subscription.customer_id)
        row = states.locked(subscription.pk)
        if row.upcoming_at is None or row.upcoming_at > at:
            return
        row.upcoming_at = None
        row.save(update_fields=["upcoming_at"])
        if _is_charged(row) and at < row.period_end:
            _tell(row, at=at)


def _is_charged(subscription: Subscription) -> bool:
    by_charge = subscription.collection_method == Subscription.Collection.CHARGE
    is_paused = subscription.pause_behavior != ""
    return by_charge and not is_paused and subscription.status in _TOLD


def _tell(subscription: Subscription, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            invoice = subscription_previews.of_renewal(subscription)
            shown = events.spell(invoice)
            transaction.set_rollback(True)
    except NotFound:  # it ends with its period, and there is nothing to bill
        return
    del shown["id"]
    events.publish("invoice.upcoming", invoice, snapshot=shown, at=at)
