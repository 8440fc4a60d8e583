"""What is kept of a customer, handed out: the right of access to personal data.

The rows are read a thousand at a time and spelled as `/v1/` spells them, so that a customer of many years costs no more
memory than one of today. Higher apps say which rows of theirs belong to a customer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from customers.events.models import Event
from customers.events.services import events
from customers.kit.registry import Hook
from customers.kit.tenancy import scoped_to
from customers.models import (
    Address,
    CashTransaction,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    Erasure,
    Message,
    Note,
    TaxId,
    TenantModel,
)

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one kind.

    Args:
        name: of the list in the export.
        rows: those of a customer.
        spell: how one is written; as `/v1/` does it when absent.
    """

    name: str
    rows: Callable[[Customer], QuerySet[Any]]
    spell: Callable[[Any], Mapping[str, Any]] = events.spell


kept: Hook[Callable[[], tuple[Kept, ...]]] = Hook("customers.privacy.kept")
"""What higher apps keep of customers."""


def export(customer: Customer, *, at: datetime) -> Iterator[bytes]:
    """Yield a JSON object with everything that is kept of a customer, piece by piece.

    It opens the customer's scope itself, for whoever reads it does so after the request.

    Args:
        at: now; it is written into the export.
    """
    yield from _exported(customer, kinds(), at=at)


def export_own(customer: Customer, *, at: datetime) -> Iterator[bytes]:
    """Yield what a customer may take without asking: all but what staff wrote for staff, and who of them did what.

    Args:
        at: as for `export`.
    """
    own = [kind for kind in kinds() if kind.name not in _OF_STAFF]
    yield from _exported(customer, own, at=at)


def is_large(customer: Customer) -> bool:
    """Tell whether an export has so much that it is better packed: more than some thousand events."""
    return Event.objects.filter(customer_id=customer.pk).order_by()[_LARGE:].exists()


def kinds() -> list[Kept]:
    """Return every kind of row in an export."""
    return [*_OURS, *(kind for more in kept for kind in more())]


def _exported(customer: Customer, wanted: Iterable[Kept], *, at: datetime) -> Iterator[bytes]:
    with scoped_to(customer.site, livemode=customer.livemode):
        head = {"exported_at": at.astimezone(UTC).isoformat(), "customer": events.spell(customer)}
        yield orjson.dumps(head)[:-1]
        for kind in wanted:
            yield b"," + orjson.dumps(kind.name) + b":["
            for place, row in enumerate(_rows(kind.rows(customer))):
                yield (b"," if place else b"") + orjson.dumps(kind.spell(row), default=str)
            yield b"]"
        yield b"}"


def _rows(rows: QuerySet[Any]) -> Iterator[TenantModel]:
    """Yield rows, the oldest first, a few hundred at a time."""
    found: list[TenantModel] = list(rows.order_by("created_at", "pk")[:AT_ONCE])
    while found:
        yield from found
        at, pk = found[-1].created_at, found[-1].pk
        behind = rows.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk), created_at__gte=at)
        found = list(behind.order_by("created_at", "pk")[:AT_ONCE])


def _note(note: Note) -> dict[str, Any]:
    return {
        "id": note.pk,
        "object": "note",
        "author": note.author_name,
        "created": int(note.created_at.timestamp()),
        "edited": int(note.edited_at.timestamp()) if note.edited_at else None,
        "pinned": note.is_pinned,
        "text": note.text,
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.pk,
        "object": "email",
        "about": message.about,
        "created": int(message.created_at.timestamp()),
        "kind": message.kind,
        "language": message.language,
        "sent": int(message.sent_at.timestamp()) if message.sent_at else None,
        "status": message.status,
        "subject": message.subject,
        "text": message.text,
        "to": message.to,
    }


def _event(event: Event) -> dict[str, Any]:
    """Spell an event without its picture, which is of an object that stands in the export itself."""
    return {
        "id": event.pk,
        "object": "event",
        "type": event.type,
        "about": event.object_id,
        "created": int(event.created_at.timestamp()),
        "by": event.actor,
        "through": event.door,
        "previous_attributes": event.previous_attributes,
    }


_LARGE = 2000
_OF_STAFF = {"notes", "events"}
"""What names people who work for the merchant, or is their own writing."""
_OURS = (
    Kept("addresses", lambda customer: Address.objects.filter(customer=customer)),
    Kept("tax_ids", lambda customer: TaxId.objects.filter(customer=customer)),
    Kept("consents", lambda customer: Consent.objects.filter(customer=customer)),
    Kept(
        "balance_transactions",
        lambda customer: CustomerBalanceTransaction.objects.filter(customer=customer),
    ),
    Kept("erasures", lambda customer: Erasure.objects.filter(customer=customer)),
    Kept("cash_transactions", lambda customer: CashTransaction.objects.filter(customer=customer)),
    Kept("notes", lambda customer: Note.objects.filter(customer=customer), _note),
    Kept(
        "emails", lambda customer: Message.objects.filter(customer=customer).defer("html"), _message
    ),
    Kept("events", lambda customer: Event.objects.filter(customer_id=customer.pk), _event),
)
