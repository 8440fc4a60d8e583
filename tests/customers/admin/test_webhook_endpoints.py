from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.admin import webhook_endpoints as pages
from customers.admin.deliveries import Share
from customers.admin.shown import EVENTS
from customers.admin.webhook_forms import GROUPS, group_of, offered
from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import event_names, webhook_endpoints
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from tests.customers.admin import page
from tests.factories.customers import EventFactory
from tests.factories.webhooks import SECRET, WebhookEndpointFactory

LIST = "/admin/events/webhookendpoint/"
URL = "https://shop.example.com/hook"


def secret_of(endpoint):
    return webhook_endpoints.secrets(endpoint, at=clock.now())


def over(status, **those):
    Delivery.objects.filter(**those).update(
        status=status, next_try_at=None, delivered_at=clock.now()
    )


def test_an_endpoint_is_made_and_its_secret_shown_once(owner, scope):
    asked = owner.get(f"{LIST}add/?kind=stripe")
    sent = page.fields(asked, url=URL, description="The shop")
    sent |= {"events[customers]": ["customer.created"], "events[invoices]": ["invoice.paid"]}
    sent |= {"metadata-name": ["team"], "metadata-value": ["web"]}

    made = owner.post(f"{LIST}add/?kind=stripe", sent)

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.url, endpoint.description, endpoint.enabled_events, endpoint.metadata) == (
        URL, "The shop", ["customer.created", "invoice.paid"], {"team": "web"},
    )  # fmt: skip
    first, second = owner.get(made.url), owner.get(made.url)
    assert made.url == f"{LIST}{endpoint.pk}/"
    assert [first.context["secret"]] == secret_of(endpoint)
    assert second.context["secret"] == ""


@pytest.mark.parametrize(
    ("kind", "sent", "events"),
    [
        pytest.param("stripe", {"all_events": "on"}, ["*"], id="all"),
        pytest.param("omise", {"events[payments]": ["charge.complete"]}, ["charge.complete"], id="omise"),
        pytest.param(
            "revkeen", {"events[methods]": ["customer.payment_method.attached"]},
            ["customer.payment_method.attached"], id="revkeen",
        ),
    ],
)  # fmt: skip
def test_events_are_chosen_in_the_endpoints_spelling(owner, scope, kind, sent, events):
    add = f"{LIST}add/?kind={kind}"

    owner.post(add, {**page.fields(owner.get(add), url=URL), **sent})

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.spelling, endpoint.enabled_events) == (kind, events)


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        pytest.param({"url": URL}, {"all_events": ["Name at least one event, or '*' for all."]}, id="no events"),
        pytest.param(
            {"url": "shop", "all_events": "on"},
            {"url": ["Invalid URL: an explicit scheme (such as https) must be provided."]}, id="no url",
        ),
        pytest.param(
            {"url": "https://10.0.0.1/", "all_events": "on"},
            {"url": ["Invalid URL: 10.0.0.1 is not a public address; OUTBOUND_ALLOW can name it."]},
            id="a private address",
        ),
        pytest.param({"all_events": "on"}, {"url": ["This field is required."]}, id="nowhere"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_at_its_field(owner, scope, nothing_written, sent, errors):
    asked = page.fields(owner.get(f"{LIST}add/?kind=stripe"))

    with nothing_written():
        answer = owner.post(f"{LIST}add/?kind=stripe", {**asked, **sent})

    assert page.errors(answer) == errors


def test_the_form_shows_what_an_endpoint_asks_for_and_keeps_it(owner, scope):
    names = ["customer.created", "payout.paid"]  # the second one never happens here
    row = WebhookEndpointFactory(enabled_events=names, metadata={"team": "web", "a": "1"})
    change = f"{LIST}{row.pk}/change/"
    shown = page.fields(owner.get(change))

    owner.post(
        change,
        {**shown, "description": "Shop", "metadata-name": ["team"], "metadata-value": ["app"]},
    )

    row.refresh_from_db()
    assert (shown["events[customers]"], shown["events[others]"]) == ([names[0]], [names[1]])
    assert (row.enabled_events, row.description, row.metadata) == (names, "Shop", {"team": "app"})  # fmt: skip


def test_a_secret_is_rotated_with_an_overlap(owner, scope):
    row = WebhookEndpointFactory()
    rotate = f"{LIST}{row.pk}/rotate/"

    done = owner.post(rotate, page.fields(owner.get(rotate)))
    answer = owner.get(done.url)

    row.refresh_from_db()
    assert secret_of(row) == [answer.context["secret"], SECRET]
    assert "The old secret ends" in page.facts(answer)
    left = row.previous_secret_until - clock.now()
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    owner.post(rotate, page.fields(owner.get(rotate), expires_in="0"))
    row.refresh_from_db()
    assert len(secret_of(row)) == 1


def test_an_endpoint_is_disabled_enabled_and_deleted(owner, scope):
    row = WebhookEndpointFactory()
    seen = []

    for act in ("disable", "enable", "delete"):
        url = f"{LIST}{row.pk}/{act}/"
        owner.post(url, page.fields(owner.get(url)))
        row.refresh_from_db()
        seen.append((row.status, row.disabled_reason, row.deleted_at is not None))

    assert seen == [
        ("disabled", "merchant", False), ("enabled", "", False), ("disabled", "merchant", True),
    ]  # fmt: skip
    assert owner.get(f"{LIST}{row.pk}/").status_code == 404
    assert page.rows(owner.get(LIST)) == []


@pytest.mark.parametrize(
    ("columns", "words", "style"),
    [
        pytest.param({}, "Nothing delivered yet", "", id="new"),
        pytest.param({"last_success_at": True}, "Working", "ok", id="fine"),
        pytest.param({"failing_since": True}, "Failing since ", "bad", id="failing"),
        pytest.param({"status": "disabled", "disabled_reason": "merchant"}, "Disabled: by hand", "", id="by hand"),
        pytest.param(
            {"status": "disabled", "disabled_reason": "failing"}, "Disabled: failed for days", "bad", id="failed"
        ),
    ],
)  # fmt: skip
def test_how_an_endpoint_is_doing(owner, scope, columns, words, style):
    at = clock.now()
    columns = {name: at if value is True else value for name, value in columns.items()}
    row = WebhookEndpointFactory(description="Shop", **columns)

    shown = page.rows(owner.get(LIST))[0]
    badge = owner.get(f"{LIST}{row.pk}/").context["badge"]

    assert (shown[0], shown[3]) == (f"{URL} Shop", "All events")
    assert shown[1].startswith(words)
    assert (badge[0].startswith(words), badge[1]) == (True, style)


def test_what_arrived_in_a_day_is_counted(owner, scope):
    one, other = WebhookEndpointFactory.create_batch(2)
    EventFactory.create_batch(3)
    over("succeeded")
    over("failed", endpoint=one, event=Delivery.objects.filter(endpoint=one)[0].event_id)
    EventFactory(created_at=clock.now() - timedelta(days=2))
    EventFactory()

    shown = [row[2] for row in page.rows(owner.get(LIST))]
    answer = owner.get(f"{LIST}{one.pk}/")

    assert sorted(shown) == ["100 % of 3", "66 % of 3"]
    assert answer.context["figures"][0][1:] == ("66 % of 3", "1 did not")
    assert len(answer.context["deliveries"]) == 4
    assert owner.get(f"{LIST}{other.pk}/").context["figures"][0][1:] == ("100 % of 3", "")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        pytest.param(Share(), "\N{EN DASH}", id="nothing"),
        pytest.param(Share(1999, 2000), "99 % of 2,000", id="not quite"),
        pytest.param(Share(1, 1), "100 % of 1", id="one"),
    ],
)
def test_a_share_is_never_said_to_be_whole_when_something_is_missing(share, text):
    assert str(share) == text


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_any_length_costs_the_same(owner, scope, count, django_assert_num_queries):
    WebhookEndpointFactory.create_batch(count)
    EventFactory.create_batch(count)
    owner.get(LIST)

    with django_assert_num_queries(5):  # session, operator, sites, endpoints, their deliveries
        owner.get(LIST)


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_however_much_was_told(owner, scope, count):
    row = WebhookEndpointFactory()
    EventFactory.create_batch(count)
    owner.get(f"{LIST}{row.pk}/")

    with CaptureQueriesContext(connection) as queries:
        owner.get(f"{LIST}{row.pk}/")

    assert len(queries) == 6  # session, operator, sites, endpoint, share, deliveries


def test_a_test_event_is_made_for_an_endpoint_that_asks_for_it(owner, scope, monkeypatch):
    pulled = []
    pull = {name: lambda type_, at: pulled.append(type_) for name in ("invoice.paid", "x.y")}
    monkeypatch.setattr(pages, "test_events", pull)
    row = WebhookEndpointFactory(enabled_events=["invoice.paid"])
    test = f"{LIST}{row.pk}/test/"

    asked = owner.get(test)
    done = owner.post(test, page.fields(asked, type="invoice.paid"))
    refused = owner.post(test, page.fields(asked, type="x.y"))

    assert (done.url, pulled) == (f"{LIST}{row.pk}/", ["invoice.paid"])
    assert list(page.errors(refused)) == ["type"]


def test_there_are_no_test_events_in_live_mode(owner, site):
    owner.post("/admin/choose/", {"site": site.pk, "mode": "live"})
    with scoped_to(site, livemode=True):
        row = WebhookEndpointFactory()

    assert owner.get(f"{LIST}{row.pk}/test/").status_code == 403
    assert f"{LIST}{row.pk}/test/" not in page.links(owner.get(f"{LIST}{row.pk}/"))


def test_who_is_no_administrator_only_looks(reader, scope, nothing_written):
    client, row = reader, WebhookEndpointFactory()
    acts = ("change", "rotate", "enable", "disable", "test", "delete")

    with nothing_written():
        answers = [client.post(f"{LIST}{row.pk}/{act}/").status_code for act in acts]
        answers.append(client.post(f"{LIST}add/?kind=stripe").status_code)

    assert set(answers) == {403}
    assert client.get(f"{LIST}{row.pk}/").context["links"] == []


def test_no_secret_is_ever_on_a_page_that_did_not_make_it(owner, scope):
    row = WebhookEndpointFactory()
    pages_ = [LIST, f"{LIST}{row.pk}/", f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/rotate/"]

    texts = [unescape(owner.get(url).content.decode()) for url in pages_]

    assert [SECRET in text for text in texts] == [False] * 4


@pytest.mark.parametrize("spelling", WebhookEndpoint.Spelling.values)
def test_every_event_that_happens_can_be_chosen_in_a_group(spelling):
    names = offered(spelling)
    groups = {group for group, _title, _beginnings in GROUPS}

    assert {group_of(name) for name in names} <= groups
    assert set(names) <= event_names.KNOWN[spelling]
    if spelling == "stripe":
        assert set(names) == EVENTS.keys() & event_names.KNOWN[spelling]
