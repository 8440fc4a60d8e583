"""Organizations: made, changed, found by name, and deleted once nobody belongs to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import statements, tenancy, together
from customers.kit.constraints import translated
from customers.kit.errors import Conflict, DomainError, InvalidRequest, NotFound
from customers.models import Organization
from customers.services import tax_ids

MAX_NAME = 150
_KEEP = "SELECT name FROM customers_organization WHERE id = %s FOR KEY SHARE"


def get(pk: str) -> Organization:
    """Return an organization of the chosen site.

    Raises:
        NotFound: there is none.
    """
    organization = Organization.objects.filter(pk=pk).first()
    if organization is None:
        raise NotFound(f"No such organization: '{pk}'", param="organization")
    return organization


def create(*, details: Mapping[str, Any], at: datetime) -> Organization:
    """Make an organization.

    Args:
        details: columns by name; `name` at least.

    Raises:
        InvalidRequest: another one has the name, or the tax id is malformed.
    """
    scope = tenancy.current()
    organization = Organization(
        id=Organization.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, **details
    )
    _check_tax_id(organization)
    with transaction.atomic(savepoint=False), translated({"organization_name_once": _name_taken}):
        organization.save(force_insert=True)
        events.publish("organization.created", organization, at=at)
    return organization


def update(organization: Organization, *, details: Mapping[str, Any], at: datetime) -> Organization:
    """Change an organization; `metadata` in the details replaces what was there.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidRequest: another one has the name, or the tax id is malformed.
    """
    with transaction.atomic(savepoint=False), translated({"organization_name_once": _name_taken}):
        row = _locked(organization)
        before = events.spell(row)
        for name, value in details.items():
            setattr(row, name, value)
        _check_tax_id(row)
        previous = events.difference(before, events.spell(row))
        if previous:
            row.save(update_fields=list(details))
            if "name" in previous:
                row.customers.update(organization_name=row.name)
            events.publish("organization.updated", row, previous=previous, at=at)
    return row


def delete(organization: Organization, *, at: datetime) -> Organization:
    """Delete an organization.

    Raises:
        NotFound: it was deleted meanwhile.
        Conflict: customers belong to it.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(organization)
        if row.customers.exists():
            raise Conflict(
                f"Customers belong to the organization '{row.name}': move them first.", param="id"
            )
        events.publish("organization.deleted", row, at=at)
        Organization.objects.filter(pk=row.pk).delete()
    return organization


def named(name: str, *, at: datetime) -> Organization:
    """Return the organization of a name; make it when there is none (rule C14).

    Raises:
        InvalidRequest: the name is too long.
    """
    if len(name) > MAX_NAME:
        raise InvalidRequest(
            f"An organization's name has {MAX_NAME} characters at most.", param="organization"
        )
    scope = tenancy.current()
    known_as = (Organization, scope.site_id, scope.livemode, name)
    existing: Organization | None = together.recalled(known_as)
    existing = existing or Organization.objects.filter(name=name).first()
    if existing is not None:
        together.remember(known_as, existing)
        return existing
    with transaction.atomic(savepoint=False):
        organization, is_new = Organization.objects.get_or_create(
            site=scope.site,
            livemode=scope.livemode,
            name=name,
            defaults={"id": Organization.new_id(), "created_at": at},
        )
        if is_new:
            events.publish("organization.created", organization, at=at)
    return organization


def keep(organization: Organization) -> str:
    """Keep an organization as it is until the open transaction ends, in which a customer joins it; return its name.

    Raises:
        NotFound: it was deleted meanwhile.
    """
    kept_as = (Organization, organization.pk, "name")
    name: str | None = together.recalled(kept_as)
    if name is None:
        found = statements.fetch(_KEEP, [organization.pk])
        if not found:
            raise NotFound(f"No such organization: '{organization.pk}'", param="organization")
        name = str(found[0][0])
        together.remember(kept_as, name)
    return name


def _locked(organization: Organization) -> Organization:
    row = Organization.objects.select_for_update().filter(pk=organization.pk).first()
    if row is None:
        raise NotFound(f"No such organization: '{organization.pk}'", param="id")
    return row


def _check_tax_id(organization: Organization) -> None:
    if organization.tax_id_type or organization.tax_id_value:
        tax_ids.examined(organization.tax_id_type, organization.tax_id_value, param="tax_id")


def _name_taken() -> DomainError:
    return InvalidRequest(
        "Another organization has this name.", param="name", code="resource_already_exists"
    )
