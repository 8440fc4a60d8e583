"""What a customer's page shows of what belongs to the customer, read in one statement."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Q, QuerySet

from customers.events.models import Delivery, Event
from customers.kit import reading
from customers.models import (
    Address,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    DuplicatePair,
    Erasure,
    Merge,
    Message,
    Note,
    TaxId,
    TenantModel,
)

_M = TypeVar("_M", bound=TenantModel)
SHOWN = 10
PINNED = 20
RECENT = 50  # events of which it is asked whether endpoints took them


@dataclass(frozen=True, slots=True)
class Parts:
    """The newest of each kind; messages without their words."""

    fields: list[CustomField]
    addresses: list[Address]
    tax_ids: list[TaxId]
    transactions: list[CustomerBalanceTransaction]
    consents: list[Consent]
    messages: list[Message]
    pinned: list[Note]
    notes: list[Note]
    events: list[Event]
    undelivered: list[Delivery]
    erasures: list[Erasure]
    merges: list[Merge]
    duplicates: list[DuplicatePair]


def read(customer: Customer) -> Parts:
    """Read what belongs to a customer."""
    fields = CustomField.objects.filter(key__in=customer.custom_fields)
    notes = notes_about(customer)
    transactions = CustomerBalanceTransaction.objects.filter(customer=customer)
    return Parts(
        *reading.at_once(
            fields.order_by("position", "label"),
            _newest(Address.objects.filter(customer=customer))[: SHOWN * 2],
            _newest(TaxId.objects.filter(customer=customer))[:SHOWN],
            _newest(transactions)[:SHOWN],
            _newest(Consent.objects.filter(customer=customer))[:SHOWN],
            messages_to(customer)[:SHOWN],
            notes.filter(is_pinned=True)[:PINNED],
            notes[:SHOWN],
            events_of(customer)[:SHOWN],
            _undelivered(customer),
            _newest(Erasure.objects.filter(customer=customer)).defer("sealed_values")[:1],
            _newest(Merge.objects.filter(kept=customer, undone_at=None).exclude(before={}))[:1],
            DuplicatePair.objects.filter(
                Q(first=customer, second__deleted_at=None)
                | Q(second=customer, first__deleted_at=None),
                dismissed_at=None,
            ).order_by("-score")[:1],
        )
    )


def messages_to(customer: Customer) -> QuerySet[Message]:
    """Return the emails to a customer, the newest first, without their words."""
    return _newest(Message.objects.filter(customer=customer)).defer("text", "html")


def events_of(customer: Customer) -> QuerySet[Event]:
    """Return a customer's events, the newest first."""
    return _newest(Event.objects.filter(customer_id=customer.pk))


def notes_about(customer: Customer) -> QuerySet[Note]:
    """Return the notes about a customer, the newest first."""
    return _newest(Note.objects.filter(customer=customer))


def _undelivered(customer: Customer) -> QuerySet[Delivery]:
    """Return what endpoints were not told of the latest events though they were tried."""
    recent = events_of(customer).values("pk")[:RECENT]
    given_up = Delivery.objects.filter(status=Delivery.Status.FAILED)
    in_vain = Delivery.objects.filter(status=Delivery.Status.PENDING, tries__gt=0)
    rows = (given_up | in_vain).filter(event__in=recent)
    return rows.only("id", "status")[:1]


def _newest(rows: QuerySet[_M]) -> QuerySet[_M]:
    return rows.order_by("-created_at", "-id")
