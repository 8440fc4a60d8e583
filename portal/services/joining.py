"""Where the portal joins in when payments and customers act; registered in `portal.apps`."""

from typing import Any

from customers.services import erasing, merge_parts, powers, privacy, retention
from customers.services.powers import Power
from customers.services.privacy import Kept
from payments.services import demo as payments_demo
from portal.models import CheckoutSession, EmailChange, PortalSession, TrustedDevice
from portal.services import (
    checkout_outcomes,
    demo,
    email_change_letters,
    merging,
    session_links,
    sign_ins,
)
from portal.services import erasing as portal_erasing


def register() -> None:
    """Enter the functions."""
    privacy.kept.register(kept)
    erasing.treatments.register(portal_erasing.treatments)
    retention.joined.register(portal_erasing.kept)
    merge_parts.parts.register(merging.parts)
    sign_ins.register()
    session_links.register()
    email_change_letters.register()
    checkout_outcomes.register()
    payments_demo.when_filled.register(demo.fill)
    register_writers()


def register_writers() -> None:
    """Enter with which powers the portal's tables are written: what pays a session in the dashboard moves it on."""
    money = {Power.MOVE_MONEY, Power.REFUND, Power.MANAGE_BILLING, Power.MANAGE_DEVELOPERS}
    powers.written_with(money | {Power.DELETE, Power.EDIT_CUSTOMERS}, "portal_checkoutsession")
    powers.written_with({Power.MANAGE_BILLING}, "portal_checkoutitem", "portal_paymentlink")
    powers.written_with({Power.MERGE}, *(part.model._meta.db_table for part in merging.parts()))
    # Customers write these themselves, and no member of staff does it for them.
    powers.written_with((), "portal_emailchange", "portal_signin", "portal_trusteddevice")


def kept() -> tuple[Kept, ...]:
    """Return what the portal keeps of a customer."""
    return (
        Kept(
            "checkout_sessions",
            lambda customer: CheckoutSession.objects.filter(customer=customer),
        ),
        Kept(
            "email_changes",
            lambda customer: EmailChange.objects.filter(customer=customer),
            _email_change,
        ),
        Kept(
            "portal_sessions",
            lambda customer: PortalSession.objects.filter(customer=customer),
            _session,
        ),
        Kept(
            "trusted_devices",
            lambda customer: TrustedDevice.objects.filter(customer=customer),
            _device,
        ),
    )


def _email_change(row: EmailChange) -> dict[str, Any]:
    return {
        "id": row.pk,
        "object": "email_change",
        "confirmed": int(row.confirmed_at.timestamp()) if row.confirmed_at else None,
        "created": int(row.created_at.timestamp()),
        "from": row.old_email,
        "to": row.new_email,
        "undone": int(row.undone_at.timestamp()) if row.undone_at else None,
    }


def _session(row: PortalSession) -> dict[str, Any]:
    """Spell a session without its secrets, and without who of the staff looked."""
    return {
        "id": row.pk,
        "object": "portal_session",
        "browser": row.agent,
        "created": int(row.created_at.timestamp()),
        "language": row.locale,
        "origin": row.origin,
        "seen": int(row.seen_at.timestamp()) if row.seen_at else None,
    }


def _device(row: TrustedDevice) -> dict[str, Any]:
    return {
        "id": row.pk,
        "object": "trusted_device",
        "browser": row.agent,
        "created": int(row.created_at.timestamp()),
        "expires": int(row.expires_at.timestamp()),
        "revoked": int(row.revoked_at.timestamp()) if row.revoked_at else None,
    }
