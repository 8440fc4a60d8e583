from datetime import timedelta

import pytest

from customers.admin.shown import EVENTS
from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role
from customers.services import customers
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, EventFactory

LIST = "/admin/events/event/"


def test_the_list_shows_what_happened_and_who_did_it(owner, scope):
    EventFactory(object_id="cus_1", actor="sk_test_abcd")
    EventFactory(
        type="customer.updated", object_id="cus_2", door="dashboard", actor="robin@example.com"
    )

    rows = page.rows(owner.get(LIST))

    assert [row[:3] for row in rows] == [
        ["Customer changed", "cus_2", "Dashboard · robin@example.com"],
        ["Customer created", "cus_1", "API · sk_test_abcd"],
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    EventFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(4):  # session, operator, sites, events
        owner.get(LIST)


def test_the_list_is_narrowed(owner, scope):
    now = clock.now()
    EventFactory(object_id="old", created_at=now - timedelta(days=8))
    EventFactory(object_id="changed", type="customer.updated", created_at=now - timedelta(days=2))
    last = EventFactory(object_id="one", customer_id="cus_1")
    filters = (
        {"type": "customer.updated"}, {"type": "customer.deleted"}, {"since": "1"}, {"since": "7"},
        {"since": "x"}, {"customer": "cus_1"}, {"q": "cus_1"}, {"q": last.pk}, {"q": "one"},
    )  # fmt: skip

    found = [[row[1] for row in page.rows(owner.get(LIST, said))] for said in filters]

    assert found == [
        ["changed"], [], ["one"], ["one", "changed"], ["one", "changed", "old"], ["one"], ["one"],
        ["one"], [],
    ]  # fmt: skip


def test_a_page_says_what_changed_and_shows_the_object(owner, scope):
    event = EventFactory(
        type="customer.updated",
        object_id="cus_1",
        customer_id="cus_1",
        request_id="req_1",
        snapshot={"id": "cus_1", "name": "Ada <b>", "address": {"city": "Newtown", "line1": "1"}},
        previous_attributes={"name": "Bob", "address": {"city": None}},
    )

    answer = owner.get(f"{LIST}{event.pk}/")

    assert page.rows(answer) == [
        ["address[city]", "null", '"Newtown"'], ["name", '"Bob"', '"Ada <b>"'],
    ]  # fmt: skip
    facts = page.facts(answer)
    assert [facts[name] for name in ("Type", "Through", "By", "Object", "Request ID")] == [
        "customer.updated", "API", "sk_test_abcd", "cus_1", "req_1",
    ]  # fmt: skip
    assert "Ada &lt;b&gt;" in answer.content.decode()
    assert "/admin/customers/customer/cus_1/" in page.links(answer)


def test_what_the_services_tell_can_be_read(owner, scope):
    customer = customers.create(details={"name": "Ada"}, at=clock.now())
    customers.update(customer, details={"name": "Grace"}, at=clock.now())

    pages = [owner.get(f"{LIST}{event.pk}/") for event in Event.objects.order_by("id")]

    assert [answer.status_code for answer in pages] == [200, 200]
    assert page.rows(pages[1]) == [["name", '"Ada"', '"Grace"']]


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_each_type_has_words(owner, scope, type_):
    EventFactory(type=type_)

    ((words, *_rest),) = page.rows(owner.get(LIST, {"type": type_}))

    assert words[0].isupper()
    assert "." not in words


@pytest.mark.parametrize("role", Role.values)
def test_nobody_changes_what_happened(signed_in, scope, role):
    client = signed_in(role)
    event = EventFactory()

    seen = client.get(f"{LIST}{event.pk}/")
    answers = [
        client.post(f"{LIST}{end}")
        for end in ("add/", f"{event.pk}/change/", f"{event.pk}/delete/")
    ]

    assert seen.status_code == 200
    assert [answer.status_code for answer in answers] == [403] * 3
    assert list(Event.objects.all()) == [event]


def test_events_of_other_sites_and_modes_are_not_there(owner, scope, other):
    with scoped_to(other[0], livemode=False):
        foreign = EventFactory(customer_id="cus_1")
    with scoped_to(scope.site, livemode=True):
        live = EventFactory(customer_id=CustomerFactory().pk)

    assert [owner.get(f"{LIST}{event.pk}/").status_code for event in (foreign, live)] == [404, 404]
    assert page.rows(owner.get(LIST)) == []
    assert page.rows(owner.get(LIST, {"customer": "cus_1"})) == []
