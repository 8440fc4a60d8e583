"""Businesses: for whom a customer buys, with a legal name and an address apart from the person's own (rule R10).

Organizations are told apart by their names, and several customers may belong to one. Who types a name must not come to
see, or to change, what another customer or the merchant wrote of it: only whoever belongs to an organization alone
changes it here, and nobody joins by its name.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer, Organization
from customers.services import customers, organizations

COLUMNS = ("legal_name", "line1", "line2", "city", "state", "postal_code", "country")
"""What a customer says of a business beside its name."""


def is_shared(customer: Customer) -> bool:
    """Tell whether others belong to the customer's organization, which makes its details theirs as well."""
    if customer.organization is None:
        return False
    return customer.organization.customers.exclude(pk=customer.pk).exists()


def put(
    customer: Customer, *, name: str, details: Mapping[str, str], at: datetime
) -> Organization | None:
    """Let a customer buy for a business, and return it; for none when the name is empty.

    Args:
        details: of `COLUMNS`; those left out stay as they are.

    Raises:
        InvalidRequest: a business of this name is known here already.
        InvalidState: others belong to the customer's.
    """
    with transaction.atomic():
        own = customer.organization
        if is_shared(customer):
            raise InvalidState(
                "Other customers belong to this organization.", code="organization_shared"
            )
        if not name:
            if own is not None:
                customers.update(customer, details={"organization": None}, at=at)
            return None
        _refuse_known(name, own)
        if own is not None:
            return organizations.update(own, details={"name": name, **details}, at=at)
        made = organizations.create(details={"name": name, **details}, at=at)
        customers.update(customer, details={"organization": made}, at=at)
        return made


def _refuse_known(name: str, own: Organization | None) -> None:
    known = Organization.objects.filter(name=name)
    if known.exclude(pk=own.pk if own else None).exists():
        raise InvalidRequest(
            "Another organization has this name.", param="name", code="resource_already_exists"
        )
