"""What customers do with their payment methods: choose the one that pays, renew its date, remove it.

The customer's row is the mutex: what renews and what else could pay is looked at under its lock.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from customers.kit import together
from customers.kit.errors import InvalidState
from customers.models import Customer
from customers.services import changes, paying
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states, subscription_changes
from payments.models import PaymentMethod, SetupIntent
from payments.services import expiring_cards, payment_methods, schedules

CHARGE = Subscription.Collection.CHARGE
_MOST_WAITING = 5
_UNPAID = (Invoice.Status.DRAFT, Invoice.Status.OPEN)
_UNUSABLE = {
    PaymentMethod.Verification.NEW,
    PaymentMethod.Verification.PENDING,
    PaymentMethod.Verification.FAILED,
}


class OnlyMethod(InvalidState):
    """The only payment method cannot be removed while something is paid with it (rules O25 and C12)."""

    code = "only_payment_method"


def choose(customer: Customer, method: PaymentMethod, *, at: datetime) -> Customer:
    """Let a method pay for all that renews, also for what had a method of its own, and for what is unpaid.

    No transaction may be open, since what could not be paid before is tried again.

    Raises:
        InvalidRequest: the method is not the customer's.
        InvalidState: it cannot be charged, or the customer's test clock is being advanced.
    """
    if not can_be_charged(method, at=at):
        raise InvalidState("This payment method cannot be charged.", code="payment_method_unusable")
    with transaction.atomic(durable=True), together.opened():
        row = payment_methods.set_default(customer, method, at=at)
        named = PaymentMethod.objects.of_customer(row).exclude(pk=method.pk)
        for other in named:
            _release(row, other, at=at)
    paying.replaced(row, at=at)
    return row


def change(
    customer: Customer, method: PaymentMethod, *, details: Mapping[str, Any], at: datetime
) -> PaymentMethod:
    """Renew a card's date, or say whose a method is and where its bills go; what is unpaid is tried again.

    No transaction may be open.

    Args:
        details: as for `payment_methods.update`.

    Raises:
        InvalidState: it was removed meanwhile.
    """
    was = (method.exp_year, method.exp_month)
    changed = payment_methods.update(method, details=details, at=at)
    if was != (changed.exp_year, changed.exp_month):
        paying.replaced(customer, at=at)
    return changed


def remove(customer: Customer, method: PaymentMethod, *, at: datetime) -> PaymentMethod:
    """Remove a method for good; the newest other one takes its place where it was the default.

    Raises:
        OnlyMethod: nothing else could be charged for what renews.
        InvalidState: it was removed before, or the customer's test clock is being advanced.
    """
    with transaction.atomic(durable=True), together.opened():
        row = changes.locked(customer.pk)
        if is_last(row, method, at=at) and renews(row):
            raise OnlyMethod(
                "Cannot remove the only payment method: something is paid with it again and again."
            )
        removed = payment_methods.detach(method, at=at)
        _release(row, method, at=at)
    return removed


def is_last(customer: Customer, method: PaymentMethod, *, at: datetime) -> bool:
    """Tell whether nothing else of the customer's could be charged."""
    others = PaymentMethod.objects.of_customer(customer).exclude(pk=method.pk)
    return not any(can_be_charged(other, at=at) for other in others)


def can_be_charged(method: PaymentMethod, *, at: datetime) -> bool:
    """Tell whether a method can pay: a card until its date, a bank account that is known to be its customer's."""
    if method.exp_year is not None and at.date() >= expiring_cards.expires_on(method):
        return False
    return method.verification not in _UNUSABLE


def renews(customer: Customer) -> bool:
    """Tell whether something of the customer's is charged again by itself."""
    return _renewing(customer).exists() or schedules.running_of(customer).exists()


def paid_with(
    customer: Customer, subscriptions: Iterable[Subscription]
) -> dict[str, list[Subscription]]:
    """Return by method which subscriptions are charged to it, of those that go on."""
    found: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        named = subscription.default_payment_method_id or customer.default_payment_method_id
        if named and is_renewing(subscription):
            found.setdefault(named, []).append(subscription)
    return found


def is_renewing(subscription: Subscription) -> bool:
    """Tell whether a subscription is charged again by itself."""
    ends = subscription.cancel_at
    return (
        subscription.status in Subscription.BILLED
        and subscription.collection_method == CHARGE
        and not subscription.cancels_at_period_end
        and (ends is None or ends > subscription.period_end)
    )


def waiting_rows(customer: Customer) -> Any:
    """Return the customer's bank accounts that wait to be verified, as the rows of their setup intents."""
    rows = SetupIntent.objects.filter(
        customer=customer,
        status=SetupIntent.Status.REQUIRES_ACTION,
        next_action__type="verify_with_microdeposits",
        payment_method__isnull=False,
    )
    return rows.order_by("-created_at", "-id")[:_MOST_WAITING]


def _renewing(customer: Customer) -> Any:
    """Return the rows for which `is_renewing` holds."""
    return Subscription.objects.filter(
        Q(cancel_at__isnull=True) | Q(cancel_at__gt=F("period_end")),
        customer=customer,
        status__in=Subscription.BILLED,
        collection_method=CHARGE,
        cancels_at_period_end=False,
    )


def _release(customer: Customer, method: PaymentMethod, *, at: datetime) -> None:
    """Let what is charged to a method of its own be charged to the default; the customer is locked."""
    named = Subscription.objects.filter(customer=customer, default_payment_method=method)
    for subscription in named.exclude(status__in=Subscription.ENDED).order_by("id"):
        details = {"default_payment_method": None}
        subscription_changes.changed(subscription, wishes=(), details=details, at=at)
    unpaid = Invoice.objects.filter(
        customer=customer, default_payment_method=method, status__in=_UNPAID
    )
    for invoice in unpaid.order_by("id"):
        with invoice_states.tracked(invoice, at=at) as row:
            row.default_payment_method = None
            row.save(update_fields=["default_payment_method"])
    schedules.pay_by_default(customer, method)
