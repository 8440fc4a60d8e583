"""Operators: invited to a site, given roles, taken away again."""

import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Membership, Operator, Role, Site

RUN_EMAIL = "admin@keeptab.example"
"""The operator that `manage.py start` makes for one run; `.example` belongs to nobody (RFC 2606)."""


def invite(
    *, email: str, name: str = "", site: Site, role: str, password: str = "", at: datetime
) -> tuple[Operator, str]:
    """Give a person a role at a site, making the operator when there is none.

    Args:
        password: the operator's first password; one is made when absent.

    Returns:
        The operator, and the password when the operator is new, else an empty text.

    Raises:
        InvalidRequest: the email address or the password is no good, or the person is a member already.
    """
    _check_email(email)
    if role not in Role.values:
        raise InvalidRequest(
            f"There is no role '{role}': use {', '.join(Role.values)}.", param="role"
        )
    with transaction.atomic():
        operator = Operator.objects.filter(email__iexact=email).first()
        is_new = operator is None
        password = password or secrets.token_urlsafe(12)
        if operator is None:
            operator = Operator(email=email, name=name, created_at=at)
            _set_password(operator, password)
            operator.save(force_insert=True)
        if Membership.objects.filter(operator=operator, site=site).exists():
            raise InvalidRequest(f"{email} is a member of {site.name} already.", param="email")
        Membership.objects.create(operator=operator, site=site, role=role, created_at=at)
    return operator, password if is_new else ""


def set_role(membership: Membership, role: str) -> Membership:
    """Change a member's role.

    Raises:
        InvalidState: the site would be left without an owner.
    """
    with transaction.atomic():
        _keep_an_owner(membership, is_leaving=role != Role.OWNER)
        membership.role = role
        membership.save(update_fields=["role"])
    return membership


def remove(membership: Membership) -> Membership:
    """Take a person's role at a site away.

    Raises:
        InvalidState: the site would be left without an owner.
    """
    with transaction.atomic():
        _keep_an_owner(membership, is_leaving=True)
        Membership.objects.filter(pk=membership.pk).delete()
    return membership


def role_at(operator: Operator, site: Site) -> str:
    """Return an operator's role at a site; a superuser owns every one, a stranger has an empty role."""
    if operator.is_superuser:
        return Role.OWNER
    membership = Membership.objects.filter(operator=operator, site=site).first()
    return membership.role if membership else ""


def for_this_run(*, at: datetime) -> tuple[str, str]:
    """Make, or make anew, the sign-in that holds while `manage.py start` runs; return its email and password."""
    password = secrets.token_urlsafe(12)
    operator = Operator.objects.filter(email=RUN_EMAIL).first() or Operator(
        email=RUN_EMAIL, created_at=at
    )
    operator.is_superuser = operator.is_active = True
    operator.set_password(password)
    operator.save()
    return RUN_EMAIL, password


def end_run(*, at: datetime) -> None:
    """End the sign-in of the run that is over."""
    for operator in Operator.objects.filter(email=RUN_EMAIL):
        operator.is_active = operator.is_superuser = False
        operator.set_unusable_password()
        operator.save()


def _keep_an_owner(membership: Membership, *, is_leaving: bool) -> None:
    owners = Membership.objects.select_for_update().filter(site=membership.site, role=Role.OWNER)
    if is_leaving and [owner.pk for owner in owners] == [membership.pk]:
        raise InvalidState("A site needs an owner: make somebody else one first.", param="role")


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidRequest(
            f"Invalid email address: {email}", param="email", code="email_invalid"
        ) from error


def _set_password(operator: Operator, password: str) -> None:
    try:
        validate_password(password, operator)
    except ValidationError as error:
        raise InvalidRequest(" ".join(error.messages), param="password") from error
    operator.set_password(password)
