"""What the portal has of a customer who goes into another one.

Whoever was signed in as the merged customer has not shown that they may see what is the kept one's: sessions end and
devices are trusted no more. Wishes to change an email address stay behind.
"""

from customers.services.merge_parts import Moving, Part
from portal.models import CheckoutSession, PortalSession, TrustedDevice


def parts() -> tuple[Part, ...]:
    """Return what goes over."""
    return (
        Part("portal_sessions", PortalSession, make_way=_sessions),
        Part("trusted_devices", TrustedDevice, make_way=_devices),
        Part("checkout_sessions", CheckoutSession, follows={"subscription_id": "subscriptions"}),
    )


def _sessions(moving: Moving) -> list[str]:
    for row in PortalSession.objects.filter(customer=moving.merged, ended_at=None):
        moving.change(row, ended_at=moving.at)
    return []


def _devices(moving: Moving) -> list[str]:
    for row in TrustedDevice.objects.filter(customer=moving.merged, revoked_at=None):
        moving.change(row, revoked_at=moving.at)
    return []
