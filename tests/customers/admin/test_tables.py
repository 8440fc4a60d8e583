"""Lists with chosen columns and order, saved views, filters by custom fields."""

from datetime import timedelta

import pytest
from django.db import connection

from customers.admin import bulk_worker
from customers.kit import clock
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, CustomField, Role, SavedView
from customers.services import saved_views
from tests.customers.admin import page
from tests.factories.billing import InvoiceFactory
from tests.factories.customers import CustomerFactory, CustomFieldFactory, SavedViewFactory
from tests.factories.payments import ChargeFactory

LIST = "/admin/customers/customer/"
Kind = CustomField.Kind


def names(answer):
    return [str(row) for row in answer.context["cl"].result_list]


@pytest.fixture
def fields(scope):
    """A field of each type, and three customers, of whom two have values."""
    CustomFieldFactory(key="note", label="Note", kind=Kind.TEXT)
    CustomFieldFactory(key="seats", label="Seats", kind=Kind.NUMBER)
    CustomFieldFactory(key="renewal", label="Renewal", kind=Kind.DATE)
    CustomFieldFactory(key="vip", label="VIP", kind=Kind.CHECKBOX)
    CustomFieldFactory(
        key="tier", label="Tier", kind=Kind.DROPDOWN, constraints={"options": ["gold", "silver"]}
    )
    CustomFieldFactory(key="old", label="Old", archived_at=clock.now())
    at = clock.now()
    CustomerFactory(
        name="Ada", created_at=at,
        custom_fields={"note": "met in Lyon", "seats": 7, "renewal": "2027-01-31", "vip": True, "tier": "gold"},
    )  # fmt: skip
    CustomerFactory(
        name="Bo", created_at=at + timedelta(seconds=1),
        custom_fields={"seats": 2.5, "renewal": "2027-06-01", "vip": False, "tier": "silver"},
    )  # fmt: skip
    CustomerFactory(name="Cy", created_at=at + timedelta(seconds=2))


# -- Custom fields ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"cf_note": "met in Lyon"}, ["Ada"], id="text"),
        pytest.param({"cf_note": "Lyon"}, [], id="a part of a text"),
        pytest.param({"cf_seats": "7"}, ["Ada"], id="number"),
        pytest.param({"cf_seats": "7.0"}, ["Ada"], id="number, written otherwise"),
        pytest.param({"cf_seats": "2.5"}, ["Bo"], id="number with a fraction"),
        pytest.param({"cf_seats": "many"}, [], id="no number"),
        pytest.param({"cf_seats": "NaN"}, [], id="what is not finite"),
        pytest.param({"cf_seats": "9e999"}, [], id="too large a number"),
        pytest.param({"cf_seats__from": "2", "cf_seats__until": "7"}, ["Bo", "Ada"], id="numbers"),
        pytest.param({"cf_seats__from": "2.5", "cf_seats__until": "2.5"}, ["Bo"], id="one number"),
        pytest.param({"cf_seats__from": "3"}, ["Ada"], id="from a number on"),
        pytest.param({"cf_seats__until": "3"}, ["Bo"], id="until a number"),
        pytest.param({"cf_seats__from": "7", "cf_seats__until": "2"}, [], id="numbers backwards"),
        pytest.param({"cf_seats__until": "many"}, ["Cy", "Bo", "Ada"], id="until no number"),
        pytest.param({"cf_vip": "true"}, ["Ada"], id="checkbox"),
        pytest.param({"cf_renewal": "2027-01-31"}, ["Ada"], id="a day by its name alone"),
        pytest.param({"cf_vip": "false"}, ["Bo"], id="checkbox that is not ticked"),
        pytest.param({"cf_tier": "silver"}, ["Bo"], id="dropdown"),
        pytest.param(
            {"cf_renewal__from": "2027-01-31", "cf_renewal__until": "2027-01-31"}, ["Ada"], id="a day"
        ),
        pytest.param(
            {"cf_renewal__from": "2027-01-01", "cf_renewal__until": "2027-12-31"},
            ["Bo", "Ada"],
            id="a year",
        ),
        pytest.param({"cf_renewal__from": "2027-02-01"}, ["Bo"], id="from a day on"),
        pytest.param({"cf_renewal__until": "2027-02-01"}, ["Ada"], id="until a day"),
        pytest.param({"cf_renewal__from": "soon"}, ["Cy", "Bo", "Ada"], id="no day"),
        pytest.param(
            {"cf_renewal__from": "9999-12-31", "cf_renewal__until": "0001-01-01"}, [], id="backwards"
        ),
        pytest.param({"cf_vip": "true", "cf_tier": "silver"}, [], id="two at once"),
    ],
)  # fmt: skip
def test_a_list_is_narrowed_by_custom_fields(owner, fields, asked, found):
    assert names(owner.get(LIST, asked)) == found


def test_each_field_in_use_is_a_filter_and_a_column(owner, fields):
    answer = owner.get(LIST, {"columns": "who,cf_note,cf_seats,cf_renewal,cf_vip,cf_tier,cf_old"})

    titles = [spec.title for spec in answer.context["cl"].filter_specs]
    assert titles[-5:] == ["Note", "Renewal", "Seats", "Tier", "VIP"]
    assert page.rows(answer)[1:] == [
        ["", "Bo" + Customer.objects.get(name="Bo").email, "", "2.5", "1 Jun 2027", "No", "silver"],
        ["", "Ada" + Customer.objects.get(name="Ada").email, "met in Lyon", "7", "31 Jan 2027", "Yes", "gold"],
    ]  # fmt: skip


def test_few_whole_numbers_are_looked_for_one_by_one(owner, fields):
    CustomField.objects.filter(key="seats").update(constraints={"integer": True})
    few = {"cf_seats__from": "6.5", "cf_seats__until": "8"}
    none, many = (
        {"cf_seats__from": "7.5", "cf_seats__until": "7.9"},
        {"cf_seats__from": "-400", "cf_seats__until": "8"},
    )

    found = [names(owner.get(LIST, asked)) for asked in (few, none, many)]

    assert found == [["Ada"], [], ["Bo", "Ada"]]


def test_a_range_of_numbers_is_shown_in_its_filter(owner, fields):
    text = owner.get(LIST, {"cf_seats__from": "2.5"}).content.decode()

    assert "Seats: <strong>2.5 \N{EN DASH} \N{HORIZONTAL ELLIPSIS}</strong>" in text
    assert '<input type="number" step="any" name="cf_seats__from" value="2.5">' in text


@pytest.mark.parametrize(
    "asked",
    [
        {"cf_tier": "gold"},
        {"cf_seats": "7"},
        {"cf_seats__from": "7", "cf_seats__until": "7"},
        {"cf_renewal__from": "2027-01-01", "cf_renewal__until": "2027-01-31"},
    ],
)
def test_a_filter_by_a_custom_field_goes_to_the_index(owner, fields, operator_of, asked):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute("DROP INDEX customer_newest")  # which would do for three customers

    table = bulk_worker._table("customers.customer")
    with every_site():  # nor is a site's index of use
        plan = table.rows(operator_of, asked)[1].order_by().explain()

    assert "customer_custom_fields" in plan


@pytest.fixture
def operator_of(operator_with, site, scope):
    """What an owner has chosen."""
    return bulk_worker.choices.at(
        operator_with(Role.OWNER, email="o@example.com"), site, livemode=False
    )


def test_a_filter_of_a_field_that_is_none_is_refused(owner, scope):
    assert owner.get(LIST, {"cf_nothing": "1"}).status_code in {302, 400}


# -- Columns and order ------------------------------------------------------------------------------------------------


def test_columns_are_shown_in_the_order_of_the_address(owner, scope):
    CustomerFactory(name="Ada", email="ada@example.com", external_id="user_7")

    answer = owner.get(LIST, {"columns": "external_id,email,nonsense,external_id"})

    assert page.rows(answer) == [["", "user_7", "ada@example.com"]]


def test_the_boxes_of_columns_become_one_parameter(owner, scope):
    answer = owner.get(f"{LIST}?created=week&column=who&column=email&order=newest")

    assert answer.url == "?created=week&columns=who,email"


@pytest.mark.parametrize("order", ["", "order=oldest"])
def test_a_list_is_gone_through_in_both_orders(owner, scope, order):
    at = clock.now()
    for number in range(60):
        CustomerFactory(name=f"{number:02}", created_at=at + timedelta(seconds=number // 2))
    seen, url = [], f"?{order}"

    while url:
        cl = owner.get(LIST + url).context["cl"]
        seen.append(names_of(cl))
        url, back = (cl.newer_url, cl.older_url) if order else (cl.older_url, cl.newer_url)
    first = names_of(owner.get(LIST + back).context["cl"])

    every = [name for page_ in seen for name in page_]
    whole = list(Customer.objects.order_by("created_at", "pk").values_list("name", flat=True))
    assert every == (whole if order else whole[::-1])
    assert first == seen[1]


def names_of(cl):
    return [str(row) for row in cl.result_list]


# -- Saved views ------------------------------------------------------------------------------------------------------


def test_a_view_is_saved_shown_as_a_tab_changed_and_deleted(owner, scope):
    CustomerFactory(name="Ada", mail_marketing=True)
    CustomerFactory(name="Bo")
    asked = "consent=yes&columns=who%2Cemail&order=oldest"

    saved = owner.post(f"{LIST}views/add/?{asked}", {"name": "Newsletter", "is_shared": "on"})
    view = SavedView.objects.get()
    shown = owner.get(saved.url)
    owner.post(
        f"{LIST}views/{view.pk}/?consent=no&view={view.pk}", {"name": "Refusers", "is_shared": ""}
    )
    view.refresh_from_db()
    gone = owner.post(f"{LIST}views/{view.pk}/delete/")

    assert saved.url == f"{LIST}?consent=yes&order=oldest&columns=who,email&view={view.pk}"
    assert names(shown) == ["Ada"]
    assert [tab["name"] for tab in shown.context["table"].tabs()] == ["All", "Newsletter"]
    assert [tab["is_here"] for tab in shown.context["table"].tabs()] == [False, True]
    assert (view.name, view.is_shared) == ("Refusers", False)
    assert (view.params, view.columns) == ({"consent": "no"}, [])
    assert gone.url == LIST
    assert not SavedView.objects.exists()


def test_a_rename_leaves_what_the_view_shows(owner, scope):
    owner.post(f"{LIST}views/add/?consent=yes&columns=who", {"name": "Newsletter"})
    view = SavedView.objects.get()

    owner.post(f"{LIST}views/{view.pk}/", {"name": "Letters", "is_shared": ""})

    view.refresh_from_db()
    assert (view.name, view.params, view.columns) == ("Letters", {"consent": "yes"}, ["who"])


def test_a_view_of_one_s_own_is_nobody_else_s(signed_in, scope):
    mine, another = signed_in(Role.OWNER), signed_in(Role.SUPPORT)
    mine.post(f"{LIST}views/add/?consent=yes", {"name": "Mine"})
    pk = SavedView.objects.get().pk

    assert another.get(LIST).context["table"].tabs() == []
    assert another.get(f"{LIST}views/{pk}/").status_code == 404


def test_a_shared_view_is_changed_by_its_owner_and_administrators_only(signed_in, scope):
    view = SavedViewFactory(name="Team", is_shared=True)
    answers = {
        role: signed_in(role).get(f"{LIST}views/{view.pk}/").status_code
        for role in (Role.ADMIN, Role.SUPPORT)
    }

    assert answers == {Role.ADMIN: 200, Role.SUPPORT: 403}


def test_who_may_only_look_keeps_views_to_themselves(reader, scope):
    reader.post(f"{LIST}views/add/?consent=yes", {"name": "Mine", "is_shared": "on"})

    assert [view.is_shared for view in SavedView.objects.all()] == [False]


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "Taken"])
def test_a_name_that_cannot_be_is_refused(owner, scope, name):
    SavedViewFactory(name="Taken")

    answer = owner.post(f"{LIST}views/add/?consent=yes", {"name": name})

    assert list(page.errors(answer)) == ["name"]
    assert SavedView.objects.count() == 1


def test_a_view_of_another_list_or_site_is_not_found(owner, scope, other):
    invoices = SavedViewFactory(table="billing.invoice")
    with scoped_to(other[0], livemode=False):
        theirs = SavedViewFactory()

    answers = [owner.get(f"{LIST}views/{view.pk}/").status_code for view in (invoices, theirs)]

    assert answers == [404, 404]


@pytest.mark.parametrize("make", [ChargeFactory, InvoiceFactory])
def test_views_belong_to_every_list_that_offers_them(owner, scope, make):
    row = make()
    here = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"

    saved = owner.post(f"{here}views/add/?order=oldest", {"name": "Old", "is_shared": "on"})
    tabs = owner.get(saved.url).context["table"].tabs()

    assert [tab["name"] for tab in tabs] == ["All", "Old"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_views_cost_a_list_no_query(owner, scope, count, django_assert_num_queries):
    CustomerFactory()
    for _number in range(count):
        SavedViewFactory(count=3, counted_at=clock.now())
    owner.get(LIST)

    with django_assert_num_queries(5):  # session, operator, sites, custom fields, customers
        owner.get(LIST)


def test_an_empty_list_has_its_tabs(owner, scope):
    SavedViewFactory(name="Team")

    assert [tab["name"] for tab in owner.get(LIST).context["table"].tabs()] == ["All", "Team"]


# -- Counting ---------------------------------------------------------------------------------------------------------


def test_the_worker_counts_what_views_show(owner, site, operator_with, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST_COUNTED", 2)
    operator = operator_with(Role.OWNER, email="o@example.com")
    with scoped_to(site, livemode=False):
        CustomerFactory.create_batch(3, mail_marketing=True)
        CustomerFactory(mail_marketing=False)
        SavedViewFactory(owner=operator, name="A", params={"consent": "yes"})
        SavedViewFactory(owner=operator, name="B", params={"consent": "no"})
        SavedViewFactory(owner=operator, name="C", params={"q": 'shoe_size:"43"'})
        SavedViewFactory(name="D")

    counted = [bulk_worker.count_views(), bulk_worker.count_views()]

    tabs = owner.get(LIST).context["table"].tabs()
    assert counted == [4, 0]
    assert [(tab["name"], tab["count"]) for tab in tabs] == [
        ("All", ""), ("A", "2+"), ("B", "1"), ("C", "0"), ("D", "0"),
    ]  # fmt: skip
