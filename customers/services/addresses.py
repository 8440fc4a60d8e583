"""Addresses: typed rows of a customer; the default one of each type is Stripe's `address` or `shipping`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.events.services import events
from customers.kit.errors import InvalidRequest, NotFound
from customers.models import Address, Customer
from customers.services import changes


def get(customer: Customer, pk: str) -> Address:
    """Return an address of a customer.

    Raises:
        NotFound: the customer has no such address.
    """
    address = Address.objects.filter(customer=customer, pk=pk).first()
    if address is None:
        raise NotFound(f"No such address: '{pk}'", param="id")
    return address


def create(customer: Customer, *, details: Mapping[str, Any], at: datetime) -> Address:
    """Add an address; the first one of its type becomes the default, and so does one that asks to.

    Args:
        details: columns by name; `kind` at least.
    """
    with changes.tracked(customer, at=at) as row:
        address = Address.belonging_to(row, customer=row, created_at=at, **details)
        current: Address | None = getattr(row, address.kind)
        if current is None:
            address.is_default = True
        elif address.is_default:
            _demote(current)
        address.save(force_insert=True)
        if address.is_default:
            setattr(row, address.kind, address)
        events.publish("customer.address.created", address, at=at)
    return address


def update(address: Address, *, details: Mapping[str, Any], at: datetime) -> Address:
    """Change an address.

    Raises:
        InvalidRequest: the default was to be none; it stays one until another address takes its place.
    """
    with changes.tracked(address.customer, at=at) as row:
        address = get(row, address.pk)
        before = events.spell(address)
        current: Address | None = getattr(row, address.kind)
        if address.is_default and details.get("is_default") is False:
            raise InvalidRequest(
                "This address stays the default until another one of its type becomes it.",
                param="is_default",
            )
        for name, value in details.items():
            setattr(address, name, value)
        previous = events.difference(before, events.spell(address))
        if previous:
            if address.is_default and current is not None and current.pk != address.pk:
                _demote(current)
            address.save()
            events.publish("customer.address.updated", address, previous=previous, at=at)
        if address.is_default:
            setattr(row, address.kind, address)
    return address


def delete(address: Address, *, at: datetime) -> Address:
    """Delete an address; when it was the default, the newest other one of its type becomes it."""
    with changes.tracked(address.customer, at=at) as row:
        address = get(row, address.pk)
        events.publish("customer.address.deleted", address, at=at)
        Address.objects.filter(pk=address.pk).delete()
        if address.is_default:
            setattr(row, address.kind, _promoted(row, address.kind))
    return address


def set_default(
    customer: Customer, kind: str, details: Mapping[str, Any] | None, *, at: datetime
) -> None:
    """Write Stripe's `address` or `shipping` through to the default address of its type (rule C15).

    The caller has locked the customer, and publishes its change.

    Args:
        details: every column that this spelling knows, by name; None takes the address away.
    """
    current: Address | None = getattr(customer, kind)
    if details is None:
        if current is not None:
            Address.objects.filter(pk=current.pk).delete()
            setattr(customer, kind, None)
        return
    if current is None:
        current = prepare_default(customer, kind, details, at=at)
        current.save(force_insert=True)
        return
    for name, value in details.items():
        setattr(current, name, value)
    current.save(update_fields=list(details))


def prepare_default(
    customer: Customer, kind: str, details: Mapping[str, Any], *, at: datetime
) -> Address:
    """Return the unsaved first address of a type, and put it on the customer."""
    address = Address.belonging_to(
        customer, customer=customer, kind=kind, is_default=True, created_at=at, **details
    )
    setattr(customer, kind, address)
    return address


def _demote(address: Address) -> None:
    address.is_default = False
    address.save(update_fields=["is_default"])


def _promoted(customer: Customer, kind: str) -> Address | None:
    heir = (
        Address.objects.filter(customer=customer, kind=kind).order_by("-created_at", "-id").first()
    )
    if heir is not None:
        heir.is_default = True
        heir.save(update_fields=["is_default"])
    return heir
