"""All that the first page of a customer's portal shows, read in few statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.kit import reading
from customers.models import Customer, TaxId
from payments.billing.models import Invoice, Subscription, SubscriptionItem
from payments.models import PaymentMethod, Schedule, SetupIntent
from payments.services import schedules
from portal.services import histories, next_payments, own_methods
from portal.services.histories import History
from portal.services.next_payments import NextPayment

SHOWN = 6  # entries of the history
_MOST = 30  # subscriptions, schedules and methods that are looked at
_MOST_UNPAID = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """What a customer has.

    Args:
        subscriptions: those that go on, the newest first.
        items: theirs, by their ids.
        schedules: Omise's, those that run.
        methods: the default first, then the newest.
        unpaid: the oldest first.
        waiting: setup intents of bank accounts that are to be verified.
        history: the newest of it; empty where it is not to be shown.
        upcoming: the next payment; None where nothing is ahead.
    """

    subscriptions: Sequence[Subscription]
    items: dict[str, list[SubscriptionItem]]
    schedules: Sequence[Schedule]
    methods: Sequence[PaymentMethod]
    unpaid: Sequence[Invoice]
    waiting: Sequence[SetupIntent]
    tax_ids: Sequence[TaxId]
    history: History
    upcoming: NextPayment | None


def of(customer: Customer, *, at: datetime) -> Overview:
    """Return what a customer has, as of an instant."""
    running = Subscription.objects.filter(customer=customer).exclude(status__in=Subscription.ENDED)
    unpaid = Invoice.objects.filter(
        customer=customer, status=Invoice.Status.OPEN, amount_remaining__gt=0
    )
    subscriptions, planned, methods, owed, waiting, tax_ids, *papers = reading.at_once(
        running.order_by("-created_at", "-id")[:_MOST],
        schedules.running_of(customer)[:_MOST],
        PaymentMethod.objects.of_customer(customer).newest_first()[:_MOST],
        unpaid.order_by("created_at", "id")[:_MOST_UNPAID],
        own_methods.waiting_rows(customer),
        TaxId.objects.filter(customer=customer).order_by("created_at", "id"),
        *histories.rows(customer, limit=SHOWN),
    )
    for subscription in subscriptions:
        subscription.customer, subscription.site = customer, customer.site
    items = items_of(subscriptions)
    return Overview(
        subscriptions=subscriptions,
        items=items,
        schedules=planned,
        methods=default_first(methods, customer),
        unpaid=owed,
        waiting=waiting,
        tax_ids=tax_ids,
        history=histories.described(papers, limit=SHOWN, unpaid=owed),
        upcoming=next_payments.of(customer, subscriptions, items, planned, at=at),
    )


def items_of(subscriptions: Iterable[Subscription]) -> dict[str, list[SubscriptionItem]]:
    """Return the items of subscriptions with their prices and products, in order, by the ids of theirs."""
    found: dict[str, list[SubscriptionItem]] = defaultdict(list)
    ids = [row.pk for row in subscriptions]
    if ids:
        rows = SubscriptionItem.objects.filter(subscription__in=ids, deleted_at__isnull=True)
        rows = rows.select_related("price__product").order_by("subscription", "position", "id")
        for item in rows:
            found[str(item.subscription_id)].append(item)
    return found


def default_first(methods: Iterable[PaymentMethod], customer: Customer) -> list[PaymentMethod]:
    """Return methods in their order, but the customer's default before all others."""
    return sorted(methods, key=lambda method: method.pk != customer.default_payment_method_id)
