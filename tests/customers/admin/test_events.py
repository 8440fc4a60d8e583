from datetime import UTC, datetime, timedelta

import pytest

from customers.admin.shown import EVENTS
from customers.events.models import Delivery, Event
from customers.events.services import partitions
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Role
from customers.services import customers
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, EventFactory, TaxIdFactory
from tests.factories.webhooks import WebhookEndpointFactory

LIST = "/admin/events/event/"


def test_the_list_shows_what_happened_and_who_did_it(owner, scope):
    EventFactory(object_id="cus_1", actor="sk_test_abcd")
    EventFactory(
        type="customer.updated", object_id="cus_2", door="dashboard", actor="robin@example.com"
    )

    rows = page.rows(owner.get(LIST))

    assert [row[:4] for row in rows] == [
        ["Customer changed", "cus_2", "\N{EN DASH}", "Dashboard · robin@example.com"],
        ["Customer created", "cus_1", "\N{EN DASH}", "API · sk_test_abcd"],
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    EventFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(5):  # session, operator, sites, events, their deliveries
        owner.get(LIST)


def test_the_list_is_narrowed(owner, scope):
    now = clock.now()
    EventFactory(object_id="old", created_at=now - timedelta(days=8))
    EventFactory(object_id="changed", type="customer.updated", created_at=now - timedelta(days=2))
    last = EventFactory(object_id="one", customer_id="cus_1")
    filters = (
        {"type": "customer.updated"}, {"type": "customer.deleted"}, {"since": "1"}, {"since": "7"},
        {"since": "x"}, {"customer": "cus_1"}, {"q": "cus_1"}, {"q": last.pk}, {"q": "one"}, {"q": "two"},
        {"object": "old"}, {"object": "two"}, _days(now, 9, 7), _days(now, 2, 0), {"until": "x"},
    )  # fmt: skip

    found = [[row[1] for row in page.rows(owner.get(LIST, said))] for said in filters]

    assert found == [
        ["changed"], [], ["one"], ["one", "changed"], ["one", "changed", "old"], ["one"], ["one"],
        ["one"], ["one"], [], ["old"], [], ["old"], ["one", "changed"], ["one", "changed", "old"],
    ]  # fmt: skip


def _days(now, first, last):
    """The days in the site's time zone, which is UTC."""
    days = [(now - timedelta(days=ago)).date().isoformat() for ago in (first, last)]
    return {"from": days[0], "until": days[1]}


def test_a_filter_keeps_the_others_and_begins_on_its_first_page(owner, scope):
    EventFactory.create_batch(30)
    answer = owner.get(LIST, {"type": "customer.created", "from": "2026-01-01"})
    older = owner.get(LIST + answer.context["cl"].older_url)

    period = next(spec for spec in older.context["cl"].filter_specs if spec.title == "Since")

    assert period.kept == [("type", "customer.created")]
    assert "?since=1&type=customer.created" in page.links(older)


def test_an_object_s_events_are_found_by_its_id(owner, scope):
    tax_id = TaxIdFactory()
    for object_id, customer_id in (
        (tax_id.pk, tax_id.customer_id),
        (tax_id.pk, ""),
        ("x", "cus_x"),
    ):
        EventFactory(object_id=object_id, customer_id=customer_id)

    found = page.rows(owner.get(LIST, {"object": tax_id.pk}))

    assert [row[1] for row in found] == [tax_id.pk] * 2


@pytest.mark.parametrize(
    ("statuses", "words", "states"),
    [
        pytest.param([], "\N{EN DASH}", [], id="nobody asks"),
        pytest.param(["succeeded", "pending"], "Waiting", ["undelivered", "pending"], id="waits"),
        pytest.param(["failed", "pending"], "Given up", ["undelivered", "pending", "failed"], id="failed"),
        pytest.param(["succeeded", "canceled"], "Canceled", ["undelivered"], id="canceled"),
        pytest.param(["succeeded"], "Delivered", ["delivered"], id="arrived"),
    ],
)  # fmt: skip
def test_how_telling_goes_is_shown_and_can_be_asked_for(owner, scope, statuses, words, states):
    endpoints = WebhookEndpointFactory.create_batch(len(statuses))
    event = EventFactory()
    for endpoint, status in zip(endpoints, statuses, strict=True):
        over(event, endpoint, status)

    shown = [row[2] for row in page.rows(owner.get(LIST))]
    found = [
        state
        for state in ("undelivered", "pending", "failed", "delivered")
        if page.rows(owner.get(LIST, {"delivery": state}))
    ]

    assert (shown, found) == ([words], states)


def test_a_page_tells_of_each_try(owner, scope):
    endpoint = WebhookEndpointFactory(url="https://shop.example.com/hook")
    event = EventFactory()
    at = clock.now()
    tried = {"tries": 1, "next_try_at": at + timedelta(hours=1)}
    rows = Delivery.objects.filter(event=event)
    rows.update(last_try_at=at, last_error="The connection was refused.", **tried)
    rows.update(
        last_try_at=at + timedelta(minutes=1), last_error="", last_status_code=500,
        last_response="<script>alert(1)</script>", last_duration_ms=12, tries=2,
    )  # fmt: skip

    answer = owner.get(f"{LIST}{event.pk}/")

    ((line,),) = [answer.context["deliveries"]]
    assert [line[name] for name in ("words", "style", "code", "replays")] == [
        "Trying again", "warn", 500, 0,
    ]  # fmt: skip
    assert [(one["words"], one["error"], one["duration_ms"]) for one in line["tries"]] == [
        ("500", "", 12),
        ("No answer", "The connection was refused.", None),
    ]
    assert f"/admin/events/webhookendpoint/{endpoint.pk}/" in page.links(answer)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()


def test_an_event_is_sent_again_to_one_or_to_all(owner, scope):
    one, _two = WebhookEndpointFactory.create_batch(2)
    event = EventFactory()
    for delivery in Delivery.objects.filter(event=event):
        over(event, delivery.endpoint, "succeeded")
    resend = f"{LIST}{event.pk}/resend/"

    to_one = owner.post(resend, page.fields(owner.get(f"{resend}?endpoint={one.pk}")))
    after_one = dict(Delivery.objects.values_list("endpoint_id", "replays"))
    owner.post(resend, page.fields(owner.get(resend)))

    assert to_one.url == f"{LIST}{event.pk}/"
    assert sorted(after_one.values()) == [0, 1]
    assert after_one[one.pk] == 1
    assert dict(Delivery.objects.values_list("endpoint_id", "replays"))[one.pk] == 2


def test_who_asks_for_nothing_of_the_kind_is_told_so(owner, scope, nothing_written):
    WebhookEndpointFactory(enabled_events=["invoice.paid"])
    event = EventFactory()
    sent = page.fields(owner.get(f"{LIST}{event.pk}/resend/"))

    with nothing_written():
        answer = owner.post(f"{LIST}{event.pk}/resend/", sent)

    assert page.errors(answer) == {
        "endpoint": [
            f"No enabled webhook endpoint asks for events like {event.pk} (customer.created)."
        ]
    }


def test_a_time_is_sent_again_once_its_number_was_seen(owner, scope):
    event = EventFactory()
    WebhookEndpointFactory.create_batch(2)
    asked = page.fields(owner.get(f"{LIST}replay/"), only_failed=None)

    shown = owner.post(f"{LIST}replay/", asked)
    before = Delivery.objects.count()
    done = owner.post(f"{LIST}replay/", page.fields(shown, only_failed=None))

    assert (shown.context["preview"], before) == ("2 deliveries will be made.", 0)
    assert done.url == LIST
    assert set(Delivery.objects.values_list("event_id", "status")) == {(event.pk, "pending")}


def test_who_asks_for_too_long_a_time_is_told_what_is_gone(owner, scope, monkeypatch):
    monkeypatch.setattr(partitions, "kept_since", lambda: datetime(2024, 3, 1, tzinfo=UTC))
    asked = page.fields(owner.get(f"{LIST}replay/"))

    answers = [
        owner.post(f"{LIST}replay/", {**asked, "since": f"{day}T00:00"})
        for day in ("2024-02-29", "2024-03-02")
    ]

    assert [answer.context["gone"] for answer in answers] == [
        "What happened before 1 March 2024 is no longer kept, and cannot be sent again.", "",
    ]  # fmt: skip
    assert "no longer kept" in answers[0].text


@pytest.mark.parametrize(
    ("changes", "preview"),
    [
        pytest.param({}, "There is nothing to send", id="nothing failed"),
        pytest.param({"confirmed": "7", "only_failed": None}, "One delivery will be made", id="other number"),
        pytest.param({"until": "2020-01-01T00:00"}, None, id="no length"),
        pytest.param({"since": "soon"}, None, id="no time"),
    ],
)  # fmt: skip
def test_nothing_is_sent_again_by_mistake(owner, scope, nothing_written, changes, preview):
    WebhookEndpointFactory()
    event = EventFactory()
    over(event, Delivery.objects.get().endpoint, "succeeded")
    asked = page.fields(owner.get(f"{LIST}replay/"), **changes)

    with nothing_written():
        answer = owner.post(f"{LIST}replay/", asked)

    shown = answer.context["preview"]
    assert (shown and shown.partition(".")[0].partition(":")[0]) == preview


def over(event, endpoint, status):
    """Let a delivery be where it is told to be."""
    at = clock.now() if status == "pending" else None
    Delivery.objects.filter(event=event, endpoint=endpoint).update(
        status=status, next_try_at=at, delivered_at=clock.now()
    )


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
