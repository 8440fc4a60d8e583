"""Consents to marketing: what holds now stands on the customer, every change is a row of its history."""

from datetime import datetime

from customers.events.services import events
from customers.kit import provenance
from customers.models import Consent, Customer
from customers.services import changes

CHANNELS = tuple(Consent.Channel.values)


def apply(
    customer: Customer, channel: str, *, granted: bool | None, wording: str = "", at: datetime
) -> Consent:
    """Set what holds on the unsaved customer, and return the unsaved row of its history.

    Args:
        channel: `mail_marketing` or `tele_marketing`.
        granted: yes, no, or None for "never asked".
        wording: what the customer read when answering.
    """
    before = getattr(customer, channel)
    setattr(customer, channel, granted)
    origin = provenance.current()
    return Consent.belonging_to(
        customer,
        customer=customer,
        created_at=at,
        channel=channel,
        granted_before=before,
        granted=granted,
        door=origin.door,
        actor=origin.actor,
        ip_address=origin.ip_address or None,
        wording=wording,
    )


def record(
    customer: Customer, channel: str, *, granted: bool, wording: str = "", at: datetime
) -> Consent:
    """Record a yes or a no, even one that repeats what held: it was said again, and that is evidence.

    Raises:
        NotFound: the customer was deleted.
    """
    with changes.tracked(customer, at=at) as row:
        consent = apply(row, channel, granted=granted, wording=wording, at=at)
        consent.save(force_insert=True)
        row.save(update_fields=[channel])
        events.publish("customer.consent.created", consent, at=at)
    return consent
