"""`/revkeen/v2/customer-portal`: sessions, and what a customer's own program sees and does with their token."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.models import Customer
from payments.billing.models import Subscription
from portal.models import PortalSession
from portal.services import configurations, session_tokens, sessions
from tests.factories.billing import InvoiceFactory, SubscriptionFactory, SubscriptionItemFactory
from tests.factories.customers import CustomerFactory
from tests.revkeen_client import RevkeenClient

SESSIONS = "customer-portal/sessions"


@pytest.fixture
def revkeen(keys):
    return RevkeenClient(keys["sk_test"])


@pytest.fixture
def john(revkeen):
    return revkeen.post(
        "customers", email="john@example.com", name="John Smith", companyName="Smith Paper", currency="USD",
        metadata={"secret": "x"}, taxId="DE136695976",
    ).body["data"]["id"]  # fmt: skip


@pytest.fixture
def session(revkeen, john):
    return revkeen.post(SESSIONS, customer_id=john).body["data"]


@pytest.fixture
def own(session):
    """The customer's own program."""
    return RevkeenClient(session["token"])


@pytest.fixture
def subscribed(john, scope):
    """The customer's subscription to two seats at ten dollars."""
    row = SubscriptionFactory(customer=Customer.objects.get(pk=john))
    SubscriptionItemFactory(subscription=row, quantity=2)
    return row


@pytest.mark.parametrize(
    ("path", "body", "minutes"),
    [
        pytest.param(SESSIONS, {}, 60, id="the library's"),
        pytest.param(SESSIONS, {"ttl_minutes": 5}, 5, id="short"),
        pytest.param(SESSIONS, {"ttlMinutes": 240}, 240, id="long"),
        pytest.param(
            "billing-portal/sessions", {"returnUrl": "https://example.com/account"}, 60, id="the documentation's"
        ),
    ],
)  # fmt: skip
def test_a_session_is_made(revkeen, site, john, path, body, minutes):
    answer = revkeen.post(path, customerId=john, **body)

    made = answer.body["data"]
    assert (answer.status, made.keys()) == (
        201, {"id", "customer_id", "merchant_id", "url", "token", "expires_at", "created_at"},
    )  # fmt: skip
    assert (made["customer_id"], made["merchant_id"]) == (john, site.pk)
    assert f"/portal/{site.slug}/enter/" in made["url"]
    assert made["token"].startswith("cpt_")


def test_what_a_session_keeps(revkeen, scope, john):
    revkeen.post(
        "billing-portal/sessions", customerId=john, returnUrl="https://example.com/a", ttl_minutes=5
    )

    row = PortalSession.objects.get()
    assert (row.return_url, row.closes_at - row.created_at, row.expires_at) == (
        "https://example.com/a", timedelta(minutes=5), row.closes_at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "Missing required param: customer_id."),
        ({"customer_id": "cus_nobody"}, 404, "No such customer: 'cus_nobody'"),
        ({"customer_id": "cus_1", "ttl_minutes": 4}, 400, "greater than or equal to 5 (ttl_minutes)."),
        ({"customer_id": "cus_1", "ttl_minutes": 241}, 400, "less than or equal to 240 (ttl_minutes)."),
        ({"customer_id": "cus_1", "colour": "red"}, 400, "unknown parameter: colour"),
    ],
    ids=str,
)  # fmt: skip
def test_sessions_that_cannot_be(revkeen, nothing_written, body, status, message):
    with nothing_written():
        answer = revkeen.post(SESSIONS, body)

    assert (answer.status, answer.body["error"].keys()) == (status, {"type", "code", "message"})
    assert message in answer.body["message"]


def test_whoever_follows_the_link_is_signed_in_until_the_session_closes(revkeen, site, scope, john):
    url = revkeen.post(SESSIONS, customer_id=john, ttl_minutes=5).body["data"]["url"]
    row = sessions.with_link(site, url.rpartition("/")[2])

    token = sessions.use(row, agent="", at=clock.now())

    kept = PortalSession.objects.get()
    assert (token != "", kept.expires_at) == (True, kept.closes_at)
    assert not sessions.is_open(kept, at=kept.closes_at)


def test_a_customer_sees_less_than_the_merchant(own, john):
    answer = own.get("customer-portal/customer")

    assert (answer.status, answer.body["data"]) == (
        200,
        {
            "id": john, "object": "customer", "email": "john@example.com", "name": "John Smith", "phone": None,
            "company_name": "Smith Paper", "default_currency": "USD", "locale": None,
            "created_at": answer.body["data"]["created_at"],
        },
    )  # fmt: skip


def test_the_token_may_come_beside_a_key(keys, session):
    """The library always sends the key that it was made with, and takes further headers."""
    both = RevkeenClient(keys["sk_test"], Authorization=f"Bearer {session['token']}")

    assert both.get("customer-portal/customer").status == 200


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda token: "", id="none"),
        pytest.param(lambda token: token[:-1], id="short"),
        pytest.param(lambda token: token[:-4] + "0000", id="another seal"),
        pytest.param(lambda token: token.replace("cpt_", "cpt_a", 1), id="another session"),
    ],
)
def test_no_other_token_will_do(session, spoil):
    answer = RevkeenClient(spoil(session["token"])).get("customer-portal/customer")

    assert (answer.status, answer.body["error"]["type"]) == (401, "authentication_error")


def test_a_merchants_key_is_no_token(revkeen, john):
    assert revkeen.get("customer-portal/customer").status == 401


def test_a_token_is_no_key(own):
    assert [own.get(path).status for path in ("customers", "events", "webhook-endpoints")] == [
        401
    ] * 3


def test_a_token_ends_with_its_session(own, scope, john, session):
    row, at = PortalSession.objects.get(), clock.now()

    assert (
        session_tokens.session_of(session["token"], at=row.closes_at - timedelta(seconds=1)) == row
    )
    assert session_tokens.session_of(session["token"], at=row.closes_at) is None
    sessions.end_all(Customer.objects.get(pk=john), at=at)
    assert own.get("customer-portal/customer").status == 401


def test_a_token_ends_with_its_customer(own, revkeen, john):
    revkeen.delete(f"customers/{john}")

    assert own.get("customer-portal/customer").status == 401


def test_links_of_the_other_api_have_no_token(scope, john):
    at = clock.now()
    row, _secret = sessions.make_link(
        Customer.objects.get(pk=john), configuration=configurations.default(at=at), at=at
    )

    assert session_tokens.session_of(session_tokens.of(row), at=at) is None


def test_subscriptions_are_shown(own, subscribed):
    listed = own.get("customer-portal/subscriptions")
    one = own.get(f"customer-portal/subscriptions/{subscribed.pk}")

    shown = one.body["data"]
    assert listed.body == {
        "object": "list", "data": [shown], "has_more": False, "url": "/revkeen/v2/customer-portal/subscriptions",
    }  # fmt: skip
    times = {
        name: shown[name]
        for name in ("current_period_start", "current_period_end", "started_at", "created_at")
    }
    assert shown == {
        "id": subscribed.pk, "object": "subscription", "status": "active", "currency": "USD", "amount_minor": 2000,
        "interval": "month", "interval_count": 1, "billing_end_strategy": None, "billing_max_cycles": None,
        "trial_end": None, "cancel_at": None, "canceled_at": None, **times,
    }  # fmt: skip
    assert all(times.values())


def test_invoices_are_shown_but_drafts(own, john, scope):
    owner = Customer.objects.get(pk=john)
    invoice = InvoiceFactory(customer=owner, total=2140, total_excluding_tax=2000, subtotal=2500)
    draft = InvoiceFactory(customer=owner, status="draft")

    listed = own.get("customer-portal/invoices")

    (shown,) = listed.body["data"]
    assert own.get(f"customer-portal/invoices/{invoice.pk}").body["data"] == shown
    assert own.get(f"customer-portal/invoices/{draft.pk}").status == 404
    assert shown == {
        "id": invoice.pk, "object": "invoice", "invoice_number": invoice.number, "status": "open", "currency": "USD",
        "subtotal": 2500, "tax_amount": 140, "discount_amount": 0, "total": 2140, "amount_paid": 0, "amount_due": 2140,
        "invoice_date": shown["created_at"], "due_date": None, "paid_at": None, "created_at": shown["created_at"],
    }  # fmt: skip


def test_invoices_can_be_kept_from_customers(own, john, scope):
    configuration = configurations.default(at=clock.now())
    configurations.update(
        configuration, details={"features": {"invoice_history": {"enabled": False}}}, at=clock.now()
    )

    assert own.get("customer-portal/invoices").status == 403


def test_what_is_anothers_is_not_there(own, john, scope):
    other = CustomerFactory()
    subscription, invoice = SubscriptionFactory(customer=other), InvoiceFactory(customer=other)

    answers = [
        own.get(f"customer-portal/subscriptions/{subscription.pk}"),
        own.post(f"customer-portal/subscriptions/{subscription.pk}/cancel"),
        own.get(f"customer-portal/invoices/{invoice.pk}"),
    ]

    assert [answer.status for answer in answers] == [404] * 3
    assert (
        own.get("customer-portal/subscriptions").ids
        == own.get("customer-portal/invoices").ids
        == []
    )


@pytest.mark.django_db(transaction=True)
def test_a_subscription_is_canceled_for_the_end_of_its_period(revkeen, own, subscribed):
    answer = own.post(
        f"customer-portal/subscriptions/{subscribed.pk}/cancel", reason="Too many letters"
    )

    assert (answer.status, answer.body["data"]["status"]) == (200, "active")
    assert answer.body["data"]["cancel_at"] == answer.body["data"]["current_period_end"]
    kept = Subscription.objects.get()
    assert (kept.cancels_at_period_end, kept.cancellation_comment) == (True, "Too many letters")
    again = own.post(f"customer-portal/subscriptions/{subscribed.pk}/cancel")
    assert (again.status, again.body["error"]["code"]) == (409, "invalid_state")
    (event,) = revkeen.get("events", type="customer.subscription.updated").body["data"]
    assert event["data"]["object"]["cancel_at_period_end"] is True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("mode", "status", "state"),
    [("immediately", 200, "canceled"), ("at_period_end", 409, "active")],
)
def test_a_subscription_is_canceled_at_once_where_the_portal_offers_that(
    own, subscribed, mode, status, state
):
    configurations.update(
        configurations.default(at=clock.now()), details={"features": {"subscription_cancel": {"mode": mode}}},
        at=clock.now(),
    )  # fmt: skip

    answer = own.post(
        f"customer-portal/subscriptions/{subscribed.pk}/cancel", cancel_at_period_end=False
    )

    assert (answer.status, Subscription.objects.get().status) == (status, state)
