"""Operators: invited to a site, given roles, taken away again."""

import secrets
from datetime import datetime

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from customers.kit.constraints import translated
from customers.kit.errors import Forbidden, InvalidRequest, InvalidState, NotFound
from customers.models import Membership, Operator, Role, Site
from customers.services import audit

_GRANTS: dict[str, tuple[str, ...]] = {
    Role.OWNER: tuple(Role.values),
    Role.ADMIN: tuple(role for role in Role.values if role != Role.OWNER),
}
_ONCE = ("membership_once", "operator_email_once", "customers_operator_email_key")

RUN_EMAIL = "admin@keeptab.example"
"""The operator that `manage.py start` makes for one run; `.example` belongs to nobody (RFC 2606)."""


def invite(
    *,
    email: str,
    name: str = "",
    site: Site,
    role: str,
    password: str = "",
    by: str = Role.OWNER,
    at: datetime,
) -> tuple[Operator, str]:
    """Give a person a role at a site, making the operator when there is none.

    Args:
        password: the operator's first password; one is made when absent.
        by: the role of who invites.

    Returns:
        The operator, and the password when the operator is new, else an empty text.

    Raises:
        InvalidRequest: the email address or the password is no good, or the person is a member already.
        Forbidden: who invites has no right to give this role.
    """
    _check_email(email)
    _check_role(role)
    _check_grant(by, role)
    member_already = InvalidRequest(f"{email} is a member of {site.name} already.", param="email")
    with transaction.atomic(), translated(dict.fromkeys(_ONCE, lambda: member_already)):
        operator = Operator.objects.filter(email__iexact=email).first()
        is_new = operator is None
        password = password or secrets.token_urlsafe(12)
        if operator is None:
            operator = Operator(email=email, name=name, created_at=at)
            _set_password(operator, password)
            operator.save(force_insert=True)
        member = Membership.objects.create(operator=operator, site=site, role=role, created_at=at)
        audit.record("member.invited", member, after={"email": operator.email, "role": role}, at=at)
    return operator, password if is_new else ""


def set_role(membership: Membership, role: str, *, by: str, at: datetime) -> Membership:
    """Change a member's role, and sign the member out everywhere.

    Args:
        by: the role of who changes it.

    Raises:
        InvalidRequest: there is no such role.
        InvalidState: the site would be left without an owner.
        Forbidden: who changes it has no right to give or to take one of the two roles.
    """
    _check_role(role)
    with transaction.atomic():
        row = _locked(membership)
        _check_grant(by, row.role)
        _check_grant(by, role)
        if role != Role.OWNER:
            _keep_an_owner(row)
        if role != row.role:
            before = audit.picture(row)
            row.role = role
            row.save(update_fields=["role"])
            audit.record_change("member.role_changed", row, before, at=at)
            end_sessions(row.operator, at=at)
    return row


def remove(membership: Membership, *, by: str, at: datetime) -> Membership:
    """Take a person's role at a site away, and sign the person out everywhere.

    Args:
        by: the role of who takes it away.

    Raises:
        InvalidState: the site would be left without an owner.
        Forbidden: who removes the member has no right to give the member's role.
    """
    with transaction.atomic():
        row = _locked(membership)
        _check_grant(by, row.role)
        _keep_an_owner(row)
        Membership.objects.filter(pk=row.pk).delete()
        audit.record("member.removed", row, before={"role": row.role}, at=at)
        end_sessions(row.operator, at=at)
    return row


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
    """End the sign-in of the run that is over, and the sessions opened with it."""
    for operator in Operator.objects.filter(email=RUN_EMAIL):
        operator.is_active = operator.is_superuser = False
        operator.set_unusable_password()
        operator.save()
        end_sessions(operator, at=at)


def end_sessions(operator: Operator, *, but: str = "", at: datetime) -> None:
    """End an operator's sessions: they were opened by somebody who could do something else (staff's are few).

    Args:
        but: the key of one that stays.
    """
    for session in Session.objects.filter(expire_date__gt=at).exclude(session_key=but):
        if session.get_decoded().get(SESSION_KEY) == str(operator.pk):
            session.delete()


def grantable_by(role: str) -> tuple[str, ...]:
    """Return the roles that a member with this role may give, change and take away; none beyond its own."""
    return _GRANTS.get(role, ())


def forget_failures(*, at: datetime) -> int:
    """Delete the failures to sign in that are older than what makes anybody wait, and return how many."""
    old = AccessAttempt.objects.filter(attempt_time__lt=at - settings.AXES_COOLOFF_TIME)
    count, _by_model = old.delete()
    return int(count)


def _locked(membership: Membership) -> Membership:
    """Lock a site's members, so that two owners cannot leave at once, and return the one as it is now."""
    members = Membership.objects.select_for_update(of=("self",)).select_related("operator")
    rows = members.filter(site=membership.site).order_by("pk")
    row = next((row for row in rows if row.pk == membership.pk), None)
    if row is None:
        raise NotFound("This person is no member any more.")
    return row


def _keep_an_owner(membership: Membership) -> None:
    others = Membership.objects.filter(site=membership.site, role=Role.OWNER)
    if membership.role == Role.OWNER and not others.exclude(pk=membership.pk).exists():
        raise InvalidState("A site needs an owner: make somebody else one first.", param="role")


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise InvalidRequest(
            f"There is no role '{role}': use {', '.join(Role.values)}.", param="role"
        )


def _check_grant(by: str, role: str) -> None:
    if role not in grantable_by(by):
        raise Forbidden("Your own role has no right to give or to take this one.", param="role")


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
