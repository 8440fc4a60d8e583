"""A customer's timeline: everything in one order, narrowed by kind, page by page, and by whom."""

from datetime import timedelta
from itertools import cycle

import pytest

from customers.admin import customer_timeline
from customers.events.models import Delivery
from customers.kit import clock
from customers.models import Role
from customers.services import customers, notes
from tests.factories.customers import CustomerFactory, EventFactory, MessageFactory, NoteFactory
from tests.factories.webhooks import WebhookEndpointFactory


def timeline(client, customer, query=""):
    return client.get(f"/admin/customers/customer/{customer.pk}/timeline/{query}")


def titles(answer):
    return [entry.title for entry in answer.context["entries"]]


def walked(client, customer, query=""):
    """The ids of all entries, page by page."""
    answer, found = timeline(client, customer, query), []
    while True:
        found.append([entry.row.pk for entry in answer.context["entries"]])
        url = answer.context["older_url"]
        if not url:
            return found
        answer = client.get(url)


@pytest.fixture
def ada(scope):
    """Somebody to whom something of each kind has happened, one minute after the other."""
    customer, at = CustomerFactory(), clock.now() - timedelta(days=1)
    EventFactory(
        customer_id=customer.pk, object_id=customer.pk, type="customer.updated", created_at=at,
        previous_attributes={"email": "old"}, door="api", actor="sk_test_…abcd",
    )  # fmt: skip
    EventFactory(
        customer_id=customer.pk, object_id="ch_1", type="charge.failed", door="worker", actor="",
        created_at=at + timedelta(minutes=1),
        snapshot={
            "id": "ch_1", "object": "charge", "amount": 7900, "currency": "eur",
            "failure_message": "Your card has insufficient funds.",
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        },
    )  # fmt: skip
    MessageFactory(
        customer=customer, sent=True, created_at=at + timedelta(minutes=2), door="dashboard",
        actor="bo@example.com",
    )  # fmt: skip
    NoteFactory(customer=customer, text="Called", created_at=at + timedelta(minutes=3))
    return customer


def test_everything_is_told_with_who_and_through_which_door(owner, ada):
    found = timeline(owner, ada).context["entries"]

    assert [
        (entry.title, entry.text, entry.door, entry.actor, entry.changed) for entry in found
    ] == [
        ("Note", "Called", "Dashboard", "Robin Ashdown", ""),
        ("Email: Receipt", "Your receipt from Acme: $20.00", "Dashboard", "bo@example.com", ""),
        (
            "Payment failed", "€79.00 · Visa •••• 4242 · Your card has insufficient funds.",
            "Automatic", "", "",
        ),
        ("Customer changed", "", "API", "sk_test_…abcd", "email"),
    ]  # fmt: skip
    assert [entry.url.split("/")[3] for entry in found] == [
        "customer",
        "customer",
        "charge",
        "event",
    ]
    assert found[2].url == "/admin/payments/charge/ch_1/"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("changes", ["Customer changed"]),
        ("payments", ["Payment failed"]),
        ("emails", ["Email: Receipt"]),
        ("notes", ["Note"]),
        ("webhooks", []),
        ("nonsense", ["Note", "Email: Receipt", "Payment failed", "Customer changed"]),
    ],
)
def test_it_is_narrowed_to_one_kind(owner, ada, kind, expected):
    assert titles(timeline(owner, ada, f"?kind={kind}")) == expected


def test_what_endpoints_were_told_is_beside_the_event(owner, scope):
    before = customers.create(details={"name": "Bo"}, at=clock.now())
    WebhookEndpointFactory()
    customer = customers.create(details={"name": "Ada"}, at=clock.now())
    Delivery.objects.update(status="failed", next_try_at=None, claimed_until=None)

    found = timeline(owner, customer, "?kind=webhooks").context["entries"]

    assert [entry.badges for entry in found] == [[("Webhook: Given up", "bad")]]
    assert titles(timeline(owner, before, "?kind=webhooks")) == []


def test_older_pages_go_on_where_the_one_before_stopped(owner, scope, monkeypatch):
    monkeypatch.setattr(customer_timeline, "ON_A_PAGE", 4)
    customer, at = CustomerFactory(), clock.now()
    makers = cycle(
        [
            lambda at: EventFactory(customer_id=customer.pk, created_at=at),
            lambda at: MessageFactory(customer=customer, created_at=at),
            lambda at: NoteFactory(customer=customer, created_at=at),
        ]
    )
    # Many of one instant, of several kinds.
    rows = [next(makers)(at - timedelta(seconds=number // 6)) for number in range(30)]

    pages = walked(owner, customer)

    assert [len(page) for page in pages] == [4] * 7 + [2]
    seen = [pk for page in pages for pk in page]
    assert (len(set(seen)), set(seen)) == (30, {row.pk for row in rows})
    by_id = {row.pk: row.created_at for row in rows}
    assert [by_id[pk] for pk in seen] == sorted(by_id.values(), reverse=True)


def test_a_kind_stays_while_one_goes_on(owner, scope, monkeypatch):
    monkeypatch.setattr(customer_timeline, "ON_A_PAGE", 2)
    customer = CustomerFactory()
    for _number in range(3):
        NoteFactory(customer=customer)
        MessageFactory(customer=customer)

    assert [len(page) for page in walked(owner, customer, "?kind=notes")] == [2, 1]


def test_a_cursor_that_is_none_begins_anew(owner, ada):
    answer = timeline(owner, ada, "?after=nonsense")

    assert answer.url.endswith("/timeline/")


@pytest.mark.parametrize("count", [1, 40])
def test_it_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    customer = CustomerFactory()
    for _number in range(count):
        EventFactory(customer_id=customer.pk)
        MessageFactory(customer=customer)
        NoteFactory(customer=customer)
    timeline(owner, customer)

    with django_assert_num_queries(6):  # session, operator, sites, customer; rows, deliveries
        timeline(owner, customer)


def test_a_long_note_is_told_in_short(owner, scope, operator_with):
    customer = CustomerFactory()
    notes.create(customer, author=operator_with(), text="a" * 900, is_pinned=False, at=clock.now())

    (entry,) = timeline(owner, customer).context["entries"]

    assert entry.text == "a" * 280 + "…"


@pytest.mark.parametrize("role", Role.values)
def test_every_role_reads_it(signed_in, ada, role):
    assert timeline(signed_in(role), ada).status_code == 200


def test_who_is_not_there_is_not_found(owner, scope):
    assert timeline(owner, CustomerFactory.build(pk="cus_unknown")).status_code == 404
