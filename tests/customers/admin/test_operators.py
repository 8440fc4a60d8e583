import re

import pytest
from django.test import Client

from customers.kit.tenancy import scoped_to
from customers.models import Membership, Operator, Role
from tests.customers.admin import page
from tests.factories.customers import MembershipFactory, OperatorFactory
from tests.sign_in import signs_in

LIST = "/admin/customers/membership/"
PASSWORD = re.compile(r"<code>([A-Za-z0-9_-]{16})</code>")


def members(site):
    rows = Membership.objects.filter(site=site).order_by("pk")
    return [(row.operator.email, row.role) for row in rows]


def is_signed_in(client):
    return client.get("/admin/").status_code == 200


@pytest.fixture
def a_member(scope):
    """Make a member with a role."""
    return lambda role=Role.SUPPORT, **said: MembershipFactory(
        role=role, operator=OperatorFactory(**said)
    )


def test_the_list_shows_who_works_here_and_as_what(owner, a_member):
    a_member(Role.READ_ONLY, name="Imani Okafor", email="imani@example.com")

    rows = page.rows(owner.get(LIST))

    assert [row[:4] for row in rows] == [
        ["Imani Okafor", "imani@example.com", "Read only", "\N{EN DASH}"],
        ["Robin Ashdown", "owner@example.com", "Owner", rows[1][3]],
    ]


def test_members_of_other_sites_are_not_listed(owner, other):
    with scoped_to(other[0], livemode=False):
        MembershipFactory(operator=OperatorFactory(email="stranger@example.com"))

    assert [row[1] for row in page.rows(owner.get(LIST))] == ["owner@example.com"]


def test_a_member_is_found_by_name_and_address(owner, a_member):
    a_member(name="Imani Okafor", email="imani@example.com")

    found = [[row[1] for row in page.rows(owner.get(LIST, {"q": q}))] for q in ("okafor", "owner@")]

    assert found == [["imani@example.com"], ["owner@example.com"]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    MembershipFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(4):  # session, operator, sites, members
        owner.get(LIST)


@pytest.mark.parametrize("cursor", ["1-x", "x", "99999999999999999999-1", "1-99999999999999999999"])
def test_a_page_that_never_was_is_no_fault(owner, cursor):
    answer = owner.get(LIST, {"after": cursor})

    assert answer.status_code in {200, 302, 400}


def test_who_is_invited_gets_a_password_shown_once(owner, site):
    invited = owner.post(
        f"{LIST}add/", {"email": "robin@example.com", "name": "Robin Ashdown", "role": "support"}
    )
    first, second = owner.get(invited.url), owner.get(invited.url)

    (password,) = PASSWORD.findall(first.content.decode())
    assert members(site)[1:] == [("robin@example.com", "support")]
    assert signs_in(Client(), "robin@example.com", password)
    assert password not in second.content.decode()


def test_who_has_a_password_gets_no_other(owner, site):
    operator = OperatorFactory(email="robin@example.com")

    invited = owner.post(f"{LIST}add/", {"email": "robin@example.com", "role": "admin"})

    assert members(site)[1:] == [("robin@example.com", "admin")]
    assert PASSWORD.findall(owner.get(invited.url).content.decode()) == []
    assert Operator.objects.get(pk=operator.pk).password == operator.password


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"email": "nobody"}, "email", id="no address"),
        pytest.param({"email": "OWNER@example.com"}, "email", id="member already"),
        pytest.param({"role": "emperor"}, "role", id="unknown role"),
        pytest.param({"role": ""}, "role", id="no role"),
    ],
)
def test_a_refused_invitation_leaves_nothing_behind(owner, site, wrong, field):
    sent = {"email": "robin@example.com", "role": "support", **wrong}

    answer = owner.post(f"{LIST}add/", sent)

    assert list(page.errors(answer)) == [field]
    assert members(site) == [("owner@example.com", "owner")]
    assert Operator.objects.count() == 1


def test_an_administrator_makes_no_owner(signed_in, site):
    client = signed_in(Role.ADMIN)

    offered = client.get(f"{LIST}add/").context["form"].fields["role"].choices
    answer = client.post(f"{LIST}add/", {"email": "robin@example.com", "role": "owner"})

    assert [role for role, _name in offered] == [
        "admin", "billing", "support", "developer", "read_only",
    ]  # fmt: skip
    assert list(page.errors(answer)) == ["role"]
    assert members(site) == [("admin@example.com", "admin")]


def test_a_role_is_changed_and_its_member_signed_out(owner, a_member, site):
    member = a_member(Role.SUPPORT, email="imani@example.com")
    client = Client()
    client.force_login(member.operator)
    was_signed_in = is_signed_in(client)

    answer = owner.post(f"{LIST}{member.pk}/change/", {"role": "admin"})

    assert (answer.url, was_signed_in) == (f"{LIST}{member.pk}/", True)
    assert members(site)[1:] == [("imani@example.com", "admin")]
    assert not is_signed_in(client)
    assert is_signed_in(owner)


def test_who_changes_their_own_role_signs_in_again(owner, a_member, site):
    a_member(Role.OWNER, email="second@example.com")
    own = Membership.objects.get(operator__email="owner@example.com")

    answer = owner.post(f"{LIST}{own.pk}/change/", {"role": "support"}, follow=True)

    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
    assert members(site) == [("owner@example.com", "support"), ("second@example.com", "owner")]


def test_the_last_owner_stays(owner, site):
    own = Membership.objects.get(operator__email="owner@example.com")

    answers = [
        owner.post(f"{LIST}{own.pk}/change/", {"role": "support"}),
        owner.post(f"{LIST}{own.pk}/delete/"),
    ]

    assert [list(page.errors(answer)) for answer in answers] == [["role"], [""]]
    assert members(site) == [("owner@example.com", "owner")]
    assert is_signed_in(owner)


def test_a_member_is_removed_once_asked(owner, a_member, site):
    member = a_member(email="imani@example.com")
    client = Client()
    client.force_login(member.operator)

    asked = owner.get(f"{LIST}{member.pk}/delete/")
    before = members(site)
    answer = owner.post(f"{LIST}{member.pk}/delete/")

    assert (asked.status_code, answer.url) == (200, LIST)
    assert before[1:] == [("imani@example.com", "support")]
    assert members(site) == [("owner@example.com", "owner")]
    assert not is_signed_in(client)
    assert Operator.objects.filter(email="imani@example.com").exists()


def test_who_leaves_is_signed_out(signed_in, a_member, site):
    a_member(Role.OWNER, email="second@example.com")
    client = signed_in(Role.ADMIN)
    own = Membership.objects.get(operator__email="admin@example.com")

    answer = client.post(f"{LIST}{own.pk}/delete/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
    assert members(site) == [("second@example.com", "owner")]


def test_an_administrator_touches_no_owner(signed_in, a_member, site):
    client = signed_in(Role.ADMIN)
    member = a_member(Role.OWNER)
    a_member(Role.OWNER)
    before = members(site)

    seen = client.get(f"{LIST}{member.pk}/")
    answers = [
        client.post(f"{LIST}{member.pk}/change/", {"role": "support"}),
        client.post(f"{LIST}{member.pk}/delete/"),
    ]

    assert seen.status_code == 200
    assert f"{LIST}{member.pk}/change/" not in page.links(seen)
    assert [answer.status_code for answer in answers] == [403, 403]
    assert members(site) == before


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.READ_ONLY])
def test_who_administers_nothing_sees_members_and_changes_none(signed_in, a_member, site, role):
    client = signed_in(role)
    member = a_member(Role.READ_ONLY)
    before = members(site)

    seen = client.get(f"{LIST}{member.pk}/")
    answers = [
        client.post(f"{LIST}add/", {"email": "robin@example.com", "role": "read_only"}),
        client.post(f"{LIST}{member.pk}/change/", {"role": "owner"}),
        client.post(f"{LIST}{member.pk}/delete/"),
    ]

    assert page.facts(seen)["Role"] == "Read only"
    assert [answer.status_code for answer in answers] == [403] * 3
    assert members(site) == before


@pytest.mark.parametrize("end", ["", "change/", "delete/"])
def test_another_sites_member_is_not_there(owner, other, end):
    with scoped_to(other[0], livemode=False):
        foreign = MembershipFactory()
    before = members(other[0])

    answers = [owner.get(f"{LIST}{foreign.pk}/{end}"), owner.post(f"{LIST}{foreign.pk}/{end}")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert members(other[0]) == before


@pytest.mark.parametrize("name", ["nobody", "0", "9" * 40, "-1"])
def test_what_is_no_member_is_not_there(owner, name):
    assert owner.get(f"{LIST}{name}/").status_code == 404
