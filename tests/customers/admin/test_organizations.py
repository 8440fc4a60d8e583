import pytest

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Organization, Role
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, OrganizationFactory

LIST = "/admin/customers/organization/"
DETAILS = {
    "name": "Northwind", "legal_name": "Northwind Traders LLC", "tax_id_type": "us_ein",
    "tax_id_value": "91-1144442", "line1": "1 Harbour Street", "line2": "", "postal_code": "12345",
    "city": "Springfield", "state": "IL", "country": "US",
}  # fmt: skip


def stored():
    return list(Organization.objects.order_by("pk").values())


def told():
    return [(event.type, event.door, event.actor) for event in Event.objects.order_by("id")]


def test_the_list_shows_the_newest_first(owner, scope):
    OrganizationFactory(name="Contoso")
    OrganizationFactory(
        name="Northwind", legal_name="Northwind LLC", tax_id_value="91-1144442", country="FR"
    )

    rows = page.rows(owner.get(LIST))

    assert [row[:4] for row in rows] == [
        ["Northwind", "Northwind LLC", "91-1144442", "France"],
        ["Contoso", *["\N{EN DASH}"] * 3],
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    OrganizationFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(4):  # session, operator, sites, organizations
        owner.get(LIST)


def test_an_organization_is_found_by_a_part_of_its_name_and_by_its_id(owner, scope):
    first, second = OrganizationFactory(name="Northwind"), OrganizationFactory(name="Contoso")

    found = [
        [row[0] for row in page.rows(owner.get(LIST, {"q": q}))]
        for q in ("thWi", second.pk, first.pk[:-1], "nothing", " ")
    ]

    assert found == [["Northwind"], ["Contoso"], [], [], ["Contoso", "Northwind"]]


def test_its_page_shows_its_customers(owner, scope):
    organization = OrganizationFactory()
    members = CustomerFactory.create_batch(11, organization=organization)
    stranger = CustomerFactory()

    answer = owner.get(f"{LIST}{organization.pk}/")

    linked = [link for link in page.links(answer) if "/cus_" in link]
    assert linked == [f"/admin/customers/customer/{row.pk}/" for row in members[:0:-1]]
    assert stranger.pk not in answer.content.decode()
    assert "there are more" in answer.content.decode()


def test_an_organization_is_made(owner, scope):
    sent = {**DETAILS, "metadata-name": ["tier", ""], "metadata-value": ["gold", ""]}

    answer = owner.post(f"{LIST}add/", sent)

    (organization,) = Organization.objects.all()
    assert answer.url == f"{LIST}{organization.pk}/"
    assert {name: getattr(organization, name) for name in DETAILS} == DETAILS
    assert organization.metadata == {"tier": "gold"}
    assert told() == [("organization.created", "dashboard", "owner@example.com")]


def test_an_organization_is_changed(owner, scope):
    organization = OrganizationFactory(**DETAILS, metadata={"tier": "gold", "since": "2026"})
    path = f"{LIST}{organization.pk}/change/"
    form = page.fields(
        owner.get(path), city="Oldtown",
        **{"metadata-name": ["tier", "region"], "metadata-value": ["silver", "west"]},
    )  # fmt: skip

    answer = owner.post(path, form)

    assert answer.url == f"{LIST}{organization.pk}/"
    organization.refresh_from_db()
    assert (organization.city, organization.line1) == ("Oldtown", "1 Harbour Street")
    assert organization.metadata == {"tier": "silver", "region": "west"}
    assert [type_ for type_, *_rest in told()] == ["organization.updated"]


def test_an_unchanged_form_changes_nothing(owner, scope):
    organization = OrganizationFactory(**DETAILS, metadata={"tier": "gold"})
    before = stored()

    owner.post(
        f"{LIST}{organization.pk}/change/",
        page.fields(owner.get(f"{LIST}{organization.pk}/change/")),
    )

    assert (stored(), told()) == (before, [])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"name": "n" * 151}, "name", id="long name"),
        pytest.param({"name": "Taken"}, "name", id="taken name"),
        pytest.param({"tax_id_value": "!"}, "tax_id_value", id="malformed tax id"),
        pytest.param({"tax_id_type": ""}, "tax_id_type", id="tax id without a type"),
        pytest.param({"tax_id_type": "us_moon"}, "tax_id_type", id="unknown type of tax id"),
        pytest.param({"legal_name": "4242 4242 4242 4242"}, "legal_name", id="card number"),
        pytest.param(
            {"metadata-name": ["k" * 41], "metadata-value": ["v"]}, "metadata", id="long metadata"
        ),
    ],
)
def test_an_organization_that_cannot_be_is_neither_made_nor_changed_into(
    owner, scope, wrong, field
):
    OrganizationFactory(name="Taken")
    organization = OrganizationFactory(name="Contoso")
    before = stored()
    path = f"{LIST}{organization.pk}/change/"

    answers = [
        owner.post(f"{LIST}add/", {**DETAILS, **wrong}),
        owner.post(path, page.fields(owner.get(path), **{**DETAILS, **wrong})),
    ]

    assert [list(page.errors(answer)) for answer in answers] == [[field], [field]]
    assert (stored(), told()) == (before, [])


def test_an_organization_is_deleted_once_asked(owner, scope):
    organization = OrganizationFactory()

    asked = owner.get(f"{LIST}{organization.pk}/delete/")
    before = len(stored())
    answer = owner.post(f"{LIST}{organization.pk}/delete/")

    assert (asked.status_code, before, answer.url) == (200, 1, LIST)
    assert stored() == []
    assert [type_ for type_, *_rest in told()] == ["organization.deleted"]


def test_an_organization_with_customers_stays(owner, scope):
    organization = OrganizationFactory(name="Northwind")
    CustomerFactory(organization=organization)
    before = stored()

    answer = owner.post(f"{LIST}{organization.pk}/delete/")

    assert page.errors(answer) == {
        "": ["Customers belong to the organization 'Northwind': move them first."]
    }
    assert (stored(), told()) == (before, [])


@pytest.mark.parametrize(
    ("role", "statuses"),
    [(Role.ADMIN, [302, 302, 302]), (Role.SUPPORT, [302, 302, 403]), (Role.READ_ONLY, [403] * 3)],
)
def test_each_role_does_what_it_may(signed_in, scope, role, statuses):
    client = signed_in(role)
    organization = OrganizationFactory()
    path = f"{LIST}{organization.pk}/"

    seen = client.get(path)
    answers = [
        client.post(f"{LIST}add/", DETAILS),
        client.post(f"{path}change/", {**DETAILS, "name": "Southwind"}),
        client.post(f"{path}delete/"),
    ]

    assert seen.status_code == 200
    assert [answer.status_code for answer in answers] == statuses


@pytest.mark.parametrize("end", ["", "change/", "delete/"])
def test_another_sites_organization_is_not_there(owner, other, end):
    with scoped_to(other[0], livemode=False):
        foreign = OrganizationFactory()
        before = stored()

    answers = [
        owner.get(f"{LIST}{foreign.pk}/{end}"),
        owner.post(f"{LIST}{foreign.pk}/{end}", DETAILS),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    with scoped_to(other[0], livemode=False):
        assert stored() == before
