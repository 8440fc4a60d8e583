"""Trusted devices: where a customer's saved cards are shown at a checkout without a code; listed, and taken back."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from customers.kit import sealing, tenancy
from customers.kit.errors import NotFound
from customers.kit.tenancy import every_site
from customers.models import Customer
from portal.models import TrustedDevice
from portal.services import sessions, sign_ins

LIVES = timedelta(days=30)
_AT_ONCE = timedelta(minutes=1)
"""For how long the secret before the newest one is taken, from pages that were asked for at the same time."""


def trust(customer: Customer, *, agent: str = "", at: datetime) -> str:
    """Trust a browser from now on, and return the value of its cookie, which is shown this once.

    Args:
        at: real time.
    """
    secret = sessions.new_secret()
    device = TrustedDevice.belonging_to(
        customer,
        customer=customer,
        token_hash=_hash_of(secret),
        rotated_at=at,
        address_hash=sign_ins.hash_of_address(customer.email),
        agent=agent,
        created_at=at,
        expires_at=at + LIVES,
    )
    device.save(force_insert=True)
    return f"{device.pk}.{secret}"


def trusted(cookie: str, *, at: datetime) -> tuple[Customer, str] | None:
    """Return whose trusted device this is, in the chosen site and mode, with the cookie's next value; else None.

    The browser has to be given the next value: what it holds now is good for a minute more. An older value shows that
    the cookie was copied, and ends the trust.

    Args:
        at: real time.
    """
    pk, _, secret = cookie.partition(".")
    with transaction.atomic():
        device = (
            TrustedDevice.objects.select_for_update(of=("self",))
            .select_related("customer")
            .filter(pk=pk, revoked_at=None, expires_at__gt=at)
            .first()
        )
        if device is None or not _is_still_theirs(device):
            return None
        if _is_current(device, secret):
            return device.customer, _rotated(device, at=at)
        if _is_just_before(device, secret, at=at):
            return device.customer, cookie
        device.revoked_at = at
        device.save(update_fields=["revoked_at"])
    return None


def is_trusted(cookie: str, customer: Customer, *, at: datetime) -> bool:
    """Tell whether a cookie is that of a device which this customer trusts; its value stays as it is.

    Args:
        at: real time.
    """
    pk, _, secret = cookie.partition(".")
    rows = TrustedDevice.objects.select_related("customer").filter(customer=customer)
    device = rows.filter(pk=pk, revoked_at=None, expires_at__gt=at).first()
    if device is None or not _is_still_theirs(device):
        return False
    return _is_current(device, secret) or _is_just_before(device, secret, at=at)


def is_of(cookie: str, email: str) -> bool:
    """Tell whether a cookie names a device of a customer with this address; its secret is not looked at."""
    rows = TrustedDevice.objects.filter(pk=cookie.partition(".")[0], revoked_at=None)
    return rows.filter(address_hash=sign_ins.hash_of_address(email)).exists()


def of_customer(customer: Customer, *, at: datetime) -> list[TrustedDevice]:
    """Return a customer's trusted devices, the newest first."""
    rows = TrustedDevice.objects.filter(customer=customer, revoked_at=None, expires_at__gt=at)
    return [device for device in rows.order_by("-created_at", "-id") if _is_still_theirs(device)]


def revoke(customer: Customer, pk: str, *, at: datetime) -> None:
    """Trust a device no more.

    Raises:
        NotFound: it is none of the customer's.
    """
    if not TrustedDevice.objects.filter(customer=customer, pk=pk).update(revoked_at=at):
        raise NotFound(f"No such device: '{pk}'", param="device")


def revoke_all(customer: Customer, *, at: datetime) -> None:
    """Trust none of a customer's devices any more."""
    TrustedDevice.objects.filter(customer=customer, revoked_at=None).update(revoked_at=at)


def forget(*, at: datetime) -> int:
    """Delete devices that are trusted no more."""
    with every_site():
        return TrustedDevice.objects.filter(expires_at__lt=at).delete()[0]


def _rotated(device: TrustedDevice, *, at: datetime) -> str:
    secret = sessions.new_secret()
    device.before_hash, device.token_hash = device.token_hash, _hash_of(secret)
    device.rotated_at = at
    device.save(update_fields=["before_hash", "token_hash", "rotated_at"])
    return f"{device.pk}.{secret}"


def _is_current(device: TrustedDevice, secret: str) -> bool:
    return secrets.compare_digest(_hash_of(secret), bytes(device.token_hash))


def _is_just_before(device: TrustedDevice, secret: str, *, at: datetime) -> bool:
    return (
        device.before_hash is not None
        and secrets.compare_digest(_hash_of(secret), bytes(device.before_hash))
        and at - device.rotated_at < _AT_ONCE
    )


def _is_still_theirs(device: TrustedDevice) -> bool:
    """Tell whether the customer is there, at the address for which the device was trusted."""
    customer = device.customer
    return not customer.is_deleted and (
        sign_ins.hash_of_address(customer.email) == bytes(device.address_hash)
    )


def _hash_of(secret: str) -> bytes:
    scope = tenancy.current()
    return sealing.digest("trusted device", f"{scope.site_id} {scope.livemode} {secret}")
