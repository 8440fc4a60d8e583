from datetime import timedelta

import pytest
from django.test import Client

from customers.kit.errors import Forbidden, InvalidRequest, InvalidState, NotFound
from customers.models import Membership, Operator, Role
from customers.services import operators
from tests.factories.customers import MembershipFactory, OperatorFactory
from tests.sign_in import signs_in

EVERY_ROLE = tuple(Role)
PASSWORD = "plum orchard 42 lanterns"


def members(site):
    rows = Membership.objects.filter(site=site).order_by("pk")
    return [(row.operator.email, row.role) for row in rows]


def signed_in(operator):
    client = Client()
    client.force_login(operator)
    return client


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_a_stranger_becomes_an_operator_with_a_password_made(site, at):
    operator, password = operators.invite(
        email="robin@example.com", name="Robin Ashdown", site=site, role=Role.SUPPORT, at=at
    )

    assert members(site) == [("robin@example.com", "support")]
    assert (operator.name, operator.created_at, operator.is_superuser) == (
        "Robin Ashdown",
        at,
        False,
    )
    assert operator.check_password(password)
    assert len(password) >= 12


def test_a_password_can_be_given(site, at):
    operator, password = operators.invite(
        email="robin@example.com", site=site, role=Role.OWNER, password=PASSWORD, at=at
    )

    assert password == PASSWORD
    assert operator.check_password(PASSWORD)


def test_an_operator_of_another_site_keeps_its_password(site, other, at):
    operator, _password = operators.invite(
        email="robin@example.com", site=other[0], role=Role.OWNER, password=PASSWORD, at=at
    )

    again, password = operators.invite(
        email="ROBIN@example.com", name="Somebody", site=site, role=Role.ADMIN, at=at
    )

    assert (again, password) == (operator, "")
    assert members(site) == [("robin@example.com", "admin")]
    assert again.check_password(PASSWORD)
    assert again.name == ""


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        pytest.param({"email": "nobody"}, "email", id="no email address"),
        pytest.param({"email": "Member@example.com"}, "email", id="member already"),
        pytest.param({"role": "emperor"}, "role", id="unknown role"),
        pytest.param({"password": "short"}, "password", id="weak password"),
    ],
)
def test_a_refused_invitation_leaves_nothing_behind(scope, at, wrong, param):
    MembershipFactory(operator=OperatorFactory(email="member@example.com"))
    details = {"email": "robin@example.com", "role": Role.SUPPORT, **wrong}

    with pytest.raises(InvalidRequest) as refusal:
        operators.invite(site=scope.site, at=at, **details)

    assert refusal.value.param == param
    assert [operator.email for operator in Operator.objects.all()] == ["member@example.com"]
    assert members(scope.site) == [("member@example.com", "owner")]


@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize("by", EVERY_ROLE)
def test_nobody_grants_more_than_they_have(site, at, by, role):
    may = {"owner": set(EVERY_ROLE), "admin": set(EVERY_ROLE) - {"owner"}}.get(by, set())

    if role in may:
        operators.invite(email="robin@example.com", site=site, role=role, by=by, at=at)
    else:
        with pytest.raises(Forbidden):
            operators.invite(email="robin@example.com", site=site, role=role, by=by, at=at)

    assert members(site) == ([("robin@example.com", role)] if role in may else [])
    assert set(operators.grantable_by(by)) == may


def test_a_role_changes_and_signs_the_member_out(scope, at):
    MembershipFactory()
    membership = MembershipFactory(role=Role.SUPPORT)
    client, bystander = signed_in(membership.operator), signed_in(OperatorFactory())

    changed = operators.set_role(membership, Role.ADMIN, by=Role.OWNER, at=at)

    assert changed.role == "admin"
    assert Membership.objects.get(pk=membership.pk).role == "admin"
    assert not is_signed_in(client)
    assert is_signed_in(bystander)


def test_a_role_that_stays_signs_nobody_out(scope, at):
    membership = MembershipFactory(role=Role.SUPPORT)
    client = signed_in(membership.operator)

    operators.set_role(membership, Role.SUPPORT, by=Role.OWNER, at=at)

    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("role", "target", "by", "refusal"),
    [
        pytest.param("support", "emperor", "owner", InvalidRequest, id="unknown role"),
        pytest.param("support", "owner", "admin", Forbidden, id="above one's own"),
        pytest.param("owner", "support", "admin", Forbidden, id="a higher one's"),
        pytest.param("support", "read_only", "support", Forbidden, id="without the right"),
        pytest.param("owner", "admin", "owner", InvalidState, id="the last owner's"),
    ],
)
def test_a_refused_role_changes_nothing(scope, at, role, target, by, refusal):
    membership = MembershipFactory(role=role)
    client = signed_in(membership.operator)

    with pytest.raises(refusal):
        operators.set_role(membership, target, by=by, at=at)

    assert members(scope.site) == [(membership.operator.email, role)]
    assert is_signed_in(client)


def test_one_of_two_owners_can_step_down(scope, at):
    first, second = MembershipFactory(), MembershipFactory()

    operators.set_role(first, Role.ADMIN, by=Role.OWNER, at=at)

    assert members(scope.site) == [
        (first.operator.email, "admin"),
        (second.operator.email, "owner"),
    ]
    with pytest.raises(InvalidState):
        operators.set_role(second, Role.ADMIN, by=Role.OWNER, at=at)


def test_a_removed_member_is_signed_out_and_stays_an_operator(scope, at):
    owner, membership = MembershipFactory(), MembershipFactory(role=Role.SUPPORT)
    client = signed_in(membership.operator)

    operators.remove(membership, by=Role.ADMIN, at=at)

    assert members(scope.site) == [(owner.operator.email, "owner")]
    assert Operator.objects.filter(pk=membership.operator.pk).exists()
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("role", "by", "refusal"),
    [
        pytest.param("owner", "owner", InvalidState, id="the last owner"),
        pytest.param("owner", "admin", Forbidden, id="somebody higher"),
        pytest.param("read_only", "support", Forbidden, id="without the right"),
    ],
)
def test_a_refused_removal_removes_nobody(scope, at, role, by, refusal):
    membership = MembershipFactory(role=role)

    with pytest.raises(refusal):
        operators.remove(membership, by=by, at=at)

    assert members(scope.site) == [(membership.operator.email, role)]


def test_who_left_meanwhile_cannot_be_changed(scope, at):
    MembershipFactory()
    membership = MembershipFactory(role=Role.SUPPORT)
    operators.remove(membership, by=Role.OWNER, at=at)

    with pytest.raises(NotFound):
        operators.set_role(membership, Role.ADMIN, by=Role.OWNER, at=at)
    with pytest.raises(NotFound):
        operators.remove(membership, by=Role.OWNER, at=at)

    assert [role for _email, role in members(scope.site)] == ["owner"]


def test_the_runs_sign_in_ends_with_the_run(db, at):
    email, password = operators.for_this_run(at=at)
    client = Client()
    could_sign_in = signs_in(client, email, password)

    operators.end_run(at=at)

    assert could_sign_in
    assert not is_signed_in(client)
    assert not signs_in(Client(), email, password)
    operator = Operator.objects.get(email=email)
    assert (operator.is_active, operator.is_superuser) == (False, False)


def test_the_next_run_has_another_password(db, at):
    first = operators.for_this_run(at=at)
    operators.end_run(at=at)

    second = operators.for_this_run(at=at + timedelta(hours=1))

    assert first[0] == second[0]
    assert not signs_in(Client(), *first)
    assert signs_in(Client(), *second)
