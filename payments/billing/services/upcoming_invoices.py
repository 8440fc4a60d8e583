"""`invoice.upcoming`: what a renewal will bill is told of some days before, as the site wants.

It has no id, since it is no invoice yet; it is made as previews are, and taken back.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from customers.events.services import events
from customers.kit import together
from customers.kit.errors import NotFound
from payments.billing.models import Subscription
from payments.billing.services import batches, invoice_states, subscription_previews
from payments.billing.services import subscription_states as states
from payments.services import due_work

Status = Subscription.Status
KIND = "invoice.upcoming"
_TOLD = (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE)


def register() -> None:
    """Enter the kind of due work; what is told of comes before it is done."""
    due_work.register(
        due_work.Kind(
            name=KIND, model=Subscription, due_at="upcoming_at", carry_out=carry_out,
            carry_out_many=carry_out_many, is_one_batch=True,
        )
    )  # fmt: skip


def carry_out(subscription: Subscription, at: datetime) -> None:
    """Tell of a subscription's next invoice, if that is due, and it is charged when it comes."""
    with transaction.atomic(durable=True):
        _take(subscription, at=at)


def carry_out_many(subscriptions: Sequence[Subscription], at: datetime) -> list[Subscription]:
    """Tell of the next invoice of each as far as that goes from memory, and return the others."""

    def act(subscription: Subscription) -> None:
        batches.begin(subscription.customer_id)
        _take(subscription, at=at)

    return together.attempt_all(
        batches.by_customer(subscriptions),
        act,
        prepare=lambda: batches.read_for_drafts(subscriptions),
    )


def _take(subscription: Subscription, *, at: datetime) -> None:
    invoice_states.lock_customer(subscription.customer_id)
    row = states.locked(subscription.pk)
    if row.upcoming_at is None or row.upcoming_at > at:
        return
    row.upcoming_at = None
    together.save(row, "upcoming_at")
    if _is_charged(row) and at < row.period_end:
        _tell(row, at=at)


def _is_charged(subscription: Subscription) -> bool:
    by_charge = subscription.collection_method == Subscription.Collection.CHARGE
    is_paused = subscription.pause_behavior != ""
    return by_charge and not is_paused and subscription.status in _TOLD


def _tell(subscription: Subscription, *, at: datetime) -> None:
    try:
        with together.taken_back(subscription):
            invoice = subscription_previews.of_renewal(subscription)
            shown = events.spell(invoice)
    except NotFound:  # it ends with its period, and there is nothing to bill
        return
    del shown["id"]
    events.publish("invoice.upcoming", invoice, snapshot=shown, at=at)
