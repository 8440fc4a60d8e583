from datetime import UTC, datetime, timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.models import Customer, Role
from customers.models import TestClock as Clock
from customers.services import cash_balances, test_clocks
from payments.services import clock_advances
from tests.customers.admin import page
from tests.factories.customers import ClockFactory, CustomerFactory

LIST = "/admin/customers/testclock/"
MONDAY = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def frozen(scope):
    return ClockFactory(name="Renewals", frozen_at=MONDAY)


@pytest.fixture
def here(frozen):
    return f"{LIST}{frozen.pk}/"


@pytest.fixture
def customer(frozen):
    return CustomerFactory(name="Jenny Rosen", test_clock=frozen, created_at=MONDAY)


def test_the_list_shows_where_clocks_stand(owner, frozen):
    ClockFactory(status="advancing", target_at=clock.now() + DAY, name="Trials")
    ClockFactory(deleted_at=clock.now(), name="Gone")

    rows = page.rows(owner.get(LIST))

    assert [row[:2] for row in rows] == [["Trials", "Advancing"], ["Renewals", "Ready"]]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    ClockFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(4):  # session, operator, sites, clocks
        owner.get(LIST)


def test_a_clock_is_made(owner, scope):
    form = owner.get(f"{LIST}add/")

    answer = owner.post(
        f"{LIST}add/", page.fields(form, name="Renewals", frozen_at="2027-01-04T09:30")
    )

    made = Clock.objects.get()
    assert answer.url == f"{LIST}{made.pk}/"
    assert (made.name, made.frozen_at, made.status) == ("Renewals", MONDAY, "ready")


@pytest.mark.parametrize("time", ["", "soon", "2300-01-01T00:00"])
def test_a_clock_without_a_good_time_is_refused(owner, scope, nothing_written, time):
    with nothing_written():
        answer = owner.post(f"{LIST}add/", {"name": "Renewals", "frozen_at": time})

    assert list(page.errors(answer)) == ["frozen_at"]


def test_its_page_shows_its_customers(owner, here, frozen, customer):
    CustomerFactory(name="Somebody else")

    answer = owner.get(here)

    assert [line["name"] for line in answer.context["people"]] == ["Jenny Rosen"]
    assert page.facts(answer)["ID"] == frozen.pk
    assert [link.label for link in answer.context["links"]] == [
        "Advance time",
        "Add customer",
        "Delete",
    ]


def test_a_clock_is_advanced(owner, here, frozen):
    form = owner.get(f"{here}advance/")

    answer = owner.post(f"{here}advance/", page.fields(form, target_at="2027-01-05T09:30"))
    began = test_clocks.get(frozen.pk).status
    shown = owner.get(here)
    clock_advances.carry_on(frozen.pk, at=clock.now())

    assert (answer.url, began) == (here, "advancing")
    assert shown.context["links"] == []
    assert test_clocks.get(frozen.pk).frozen_at == MONDAY + DAY


def test_a_clock_does_not_go_back(owner, here, nothing_written):
    with nothing_written():
        answer = owner.post(f"{here}advance/", {"target_at": "2026-01-05T09:30"})

    assert list(page.errors(answer)) == ["target_at"]


def test_a_customer_is_made_on_it(owner, here, frozen):
    form = owner.get(f"{here}customer/")

    answer = owner.post(
        f"{here}customer/", page.fields(form, name="Jenny", email="jenny@example.com")
    )

    made = Customer.objects.get()
    assert answer.url == here
    assert (made.name, made.test_clock_id, made.created_at) == ("Jenny", frozen.pk, MONDAY)


def test_a_clock_goes_with_its_customers(owner, here, frozen, customer):
    owner.post(f"{here}delete/")

    assert owner.get(here).status_code == 404
    assert Customer.objects.get().is_deleted


def test_a_customers_page_tells_of_the_clock_and_the_money(owner, customer, frozen):
    cash_balances.fund(customer, amount=5000, currency="usd", at=MONDAY)

    answer = owner.get(f"/admin/customers/customer/{customer.pk}/")

    facts = dict([*answer.context["details"], *answer.context["billing_facts"]])
    told = ("Test clock", "Time on the test clock", "Cash balance")
    assert [facts[label] for label in told] == ["Renewals", MONDAY, "$50.00"]
    assert ("On a test clock", "warn") in answer.context["badges"]


def test_what_is_done_to_its_customers_here_has_its_time(owner, customer):
    there = f"/admin/customers/customer/{customer.pk}/change/"

    owner.post(there, page.fields(owner.get(there), name="Jenny R."))

    assert Event.objects.get(type="customer.updated").created_at == MONDAY


def test_live_mode_has_no_clocks(owner, site, here):
    owner.post("/admin/choose/", {"site": site.pk, "mode": "live"})

    statuses = [owner.get(url).status_code for url in (LIST, f"{LIST}add/")]

    assert statuses == [403, 403]
    assert LIST not in page.links(owner.get("/admin/"))


def test_who_may_only_read_changes_no_clock(signed_in, here, nothing_written):
    reader = signed_in(Role.READ_ONLY)

    statuses = [reader.get(url).status_code for url in (LIST, here)]
    with nothing_written():
        refusals = [
            reader.post(f"{here}{act}/").status_code for act in ("advance", "customer", "delete")
        ]

    assert (statuses, refusals) == ([200, 200], [403, 403, 403])
