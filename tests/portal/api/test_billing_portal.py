"""`/v1/billing_portal`: links to the portal, and what it offers."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.models import Site
from portal.models import PortalConfiguration, PortalSession, SignIn
from portal.services import configurations
from tests.factories.customers import CustomerFactory
from tests.seeds.portal import CONFIGURATION
from tests.v1_client import V1Client
from tests.v1_routes import seed

PATH = "billing_portal/sessions"
CONFIGURATIONS = "billing_portal/configurations"


@pytest.fixture
def customer(scope):
    return CustomerFactory(name="Jenny Rosen", email="jenny@example.com")


@pytest.fixture
def ids(api):
    return seed(api)


def _events(api):
    return [event["type"] for event in api.get("events").body["data"] if "portal" in event["type"]]


def test_a_session_is_a_link_for_one_customer(api, client, customer):
    answer = api.post(
        PATH, {"customer": customer.pk, "return_url": "https://example.com/a", "locale": "fr"}
    )

    session = PortalSession.objects.get()
    url = answer.body.pop("url")
    assert answer.body == {
        "id": session.pk,
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": configurations.default(at=clock.now()).pk,
        "created": int(session.created_at.timestamp()),
        "customer": customer.pk,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": "fr",
        "on_behalf_of": None,
        "return_url": "https://example.com/a",
    }
    assert session.expires_at - session.created_at == timedelta(minutes=5)
    secret = url.rpartition("/")[2]
    assert len(secret) == 43  # 256 bits
    entered = client.get(url.replace("http://127.0.0.1:8000", ""))
    assert (entered.status_code, entered["Location"]) == (303, "/portal/acme/overview")


def test_what_is_told_of_a_session_holds_no_secret(api, customer):
    url = api.post(PATH, {"customer": customer.pk}).body["url"]

    (event,) = [
        one
        for one in api.get("events").body["data"]
        if one["type"] == "billing_portal.session.created"
    ]
    assert event["data"]["object"]["url"].endswith("/portal/acme")
    assert url.rpartition("/")[2] not in str(event)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.com/a",
        "http://shop.example.com/a",
        "https://shop.example.com:8443/a",
        "https://shop.example.com@elsewhere.example.com/",
        "https://shop.example.com.elsewhere.example.com/",
        "javascript:alert(1)",
        "//shop.example.com/a",
        "https://shop.example.com\\@elsewhere.example.com",
        "https://[",
        "/a",
    ],
)
def test_customers_are_led_to_the_site_s_origins_only(api, customer, site, url):
    Site.objects.filter(pk=site.pk).update(return_origins=["https://shop.example.com"])

    answers = [
        api.post(PATH, {"customer": customer.pk, "return_url": url}),
        api.post(
            CONFIGURATIONS,
            {"features": {"invoice_history": {"enabled": True}}, "default_return_url": url},
        ),
        api.post(
            PATH,
            {
                "customer": customer.pk,
                "flow_data": {
                    "type": "payment_method_update",
                    "after_completion": {"type": "redirect", "redirect": {"return_url": url}},
                },
            },
        ),
    ]

    assert [(answer.status, answer.error["code"]) for answer in answers] == [
        (400, "url_invalid")
    ] * 3
    assert PortalSession.objects.count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/a?b=1",
        "https://SHOP.example.com/",
        "https://www.example.com/",
        "http://localhost:3000/a",
        "http://127.0.0.1:8000/portal/acme",
    ],
)
def test_the_site_s_own_pages_and_this_machine_are_allowed_in_test_mode(api, customer, site, url):
    Site.objects.filter(pk=site.pk).update(
        return_origins=["https://shop.example.com"], website="https://www.example.com/home"
    )

    assert api.post(PATH, {"customer": customer.pk, "return_url": url}).status == 200


def test_in_live_mode_an_origin_has_to_be_named(keys, site):
    api = V1Client(keys["sk_live"])
    customer = api.post("customers", {"email": "live@example.com"}).body["id"]

    refused = api.post(PATH, {"customer": customer, "return_url": "http://localhost:3000/"})
    Site.objects.filter(pk=site.pk).update(return_origins=["http://localhost:3000"])
    taken = api.post(PATH, {"customer": customer, "return_url": "http://localhost:3000/"})

    assert (refused.status, refused.error["param"], taken.status) == (400, "return_url", 200)


def test_a_flow_is_kept_as_it_is_spelled(api, customer):
    flow = {
        "type": "payment_method_update",
        "after_completion": {
            "type": "hosted_confirmation",
            "hosted_confirmation": {"custom_message": "Thanks!"},
        },
    }

    answer = api.post(PATH, {"customer": customer.pk, "flow_data": flow})

    assert answer.body["flow"] == {
        "after_completion": {
            "hosted_confirmation": {"custom_message": "Thanks!"},
            "redirect": None,
            "type": "hosted_confirmation",
        },
        "customer_update": None,
        "subscription_cancel": None,
        "subscription_pause": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": "payment_method_update",
    }
    assert PortalSession.objects.get().flow == answer.body["flow"]


@pytest.mark.parametrize(
    ("flow", "param"),
    [
        pytest.param({}, "flow_data", id="nothing"),
        pytest.param({"type": "else"}, "flow_data[type]", id="another type"),
        pytest.param(
            {"type": "subscription_cancel"}, "flow_data[subscription_cancel]", id="no subscription"
        ),
        pytest.param(
            {"type": "subscription_cancel", "subscription_cancel": {"subscription": "sub_x"}},
            "flow_data[subscription_cancel][subscription]",
            id="unknown subscription",
        ),
        pytest.param(
            {"type": "pay_invoice", "pay_invoice": {"invoice": "in_x"}},
            "flow_data[pay_invoice][invoice]",
            id="unknown invoice",
        ),
        pytest.param(
            {"type": "subscription_update", "subscription_update": {"subscription": "sub_x"}},
            "flow_data[type]",
            id="not offered",
        ),
        pytest.param(
            {"type": "payment_method_update", "pay_invoice": {"invoice": "in_x"}},
            "flow_data[pay_invoice]",
            id="for another type",
        ),
        pytest.param(
            {"type": "payment_method_update", "after_completion": {"type": "redirect"}},
            "flow_data[after_completion][redirect]",
            id="no way back",
        ),
    ],
)
def test_a_flow_has_to_be_whole(api, customer, flow, param):
    answer = api.post(PATH, {"customer": customer.pk, "flow_data": flow or ""})

    assert (answer.status in {400, 404}, answer.error["param"]) == (True, param)
    assert PortalSession.objects.count() == 0


def test_a_flow_is_about_the_customer_s_own(api, ids, customer):
    others = [
        {
            "type": "subscription_cancel",
            "subscription_cancel": {"subscription": ids["subscription"]},
        },
        {"type": "pay_invoice", "pay_invoice": {"invoice": ids["invoice"]}},
    ]

    answers = [api.post(PATH, {"customer": customer.pk, "flow_data": flow}) for flow in others]
    own = api.post(PATH, {"customer": _owner(api, ids), "flow_data": others[0]})

    assert [answer.status for answer in answers] == [400, 400]
    assert (own.status, own.body.get("flow", {}).get("subscription_cancel")) == (
        200,
        {"retention": None, "subscription": ids["subscription"]},
    )


def _owner(api, ids):
    return api.get(f"subscriptions/{ids['subscription']}").body["customer"]


def test_an_inactive_configuration_makes_no_session(api, customer):
    pk = api.post(CONFIGURATIONS, CONFIGURATION).body["id"]
    api.post(f"{CONFIGURATIONS}/{pk}", {"active": False})

    answer = api.post(PATH, {"customer": customer.pk, "configuration": pk})

    assert (answer.status, answer.error["param"]) == (400, "configuration")


def test_a_configuration_offers_what_was_said(api, scope):
    answer = api.post(CONFIGURATIONS, CONFIGURATION)

    features = answer.body["features"]
    assert features["customer_update"] == {"allowed_updates": ["email", "tax_id"], "enabled": True}
    assert features["subscription_cancel"]["cancellation_reason"] == {
        "enabled": True,
        "feedback_options": None,
        "options": ["unused", "other"],
    }
    assert features["subscription_update"]["enabled"] is False
    assert answer.body["login_page"] == {
        "enabled": True,
        "url": f"http://127.0.0.1:8000/portal/acme?configuration={answer.body['id']}",
    }
    assert (answer.body["is_default"], answer.body["active"]) == (False, True)
    assert _events(api) == ["billing_portal.configuration.created"]


def test_what_a_change_leaves_out_stays(api, scope):
    made = api.post(CONFIGURATIONS, CONFIGURATION).body

    changed = api.post(
        f"{CONFIGURATIONS}/{made['id']}",
        {"features": {"subscription_cancel": {"mode": "at_period_end"}}, "name": ""},
    ).body

    expected = {**made, "name": None, "updated": changed["updated"]}
    expected["features"]["subscription_cancel"]["mode"] = "at_period_end"
    assert changed == expected


def test_the_default_one_stays_active(api, customer):
    pk = api.post(PATH, {"customer": customer.pk}).body["configuration"]

    answer = api.post(f"{CONFIGURATIONS}/{pk}", {"active": False})

    assert (answer.status, answer.error["param"]) == (400, "active")
    assert api.get(CONFIGURATIONS, is_default="true").ids == [pk]
    assert api.get(CONFIGURATIONS, active="false").ids == []


def test_every_site_gets_one_default_configuration_in_each_mode(scope):
    at = clock.now()

    assert configurations.default(at=at) == configurations.default(at=at)
    assert PortalConfiguration.objects.count() == 1


def test_a_changed_plan_needs_products_that_are_there(api, ids):
    feature = {"enabled": True, "default_allowed_updates": ["price"]}
    price = api.get(f"subscriptions/{ids['subscription']}").body["items"]["data"][0]["price"]

    answers = [
        api.post(
            CONFIGURATIONS, {"features": {"subscription_update": {**feature, "products": products}}}
        )
        for products in (
            "",
            [{"product": "prod_x", "prices": [price["id"]]}],
            [{"product": price["product"], "prices": [price["id"]]}],
        )
    ]

    path = "features[subscription_update][products]"
    assert [(answer.status, answer.error.get("param") if answer.status > 200 else "") for answer in answers] == [
        (400, path),
        (404, f"{path}[0][product]"),
        (200, ""),
    ]  # fmt: skip
    assert answers[2].body["features"]["subscription_update"]["products"] == [
        {
            "adjustable_quantity": {"enabled": False, "maximum": None, "minimum": 1},
            "prices": [price["id"]],
            "product": price["product"],
        }
    ]


def test_after_the_time_that_was_said_a_late_link_is_not_taken_up(api, client, customer):
    until = clock.now() - timedelta(minutes=1)
    body = {
        "customer": customer.pk,
        "after_expiration": {
            "type": "customer_login",
            "customer_login": {"expires_at": int(until.timestamp())},
        },
    }
    url = api.post(PATH, body).body["url"].replace("http://127.0.0.1:8000", "")
    PortalSession.objects.update(expires_at=until)

    moved = client.get(url)

    assert "•••" not in client.get(moved["Location"]).content.decode()


def test_a_sign_in_page_of_its_own_opens_with_that_configuration(api, client, customer):
    pk = api.post(CONFIGURATIONS, CONFIGURATION).body["id"]

    client.post(f"/portal/acme?mode=test&configuration={pk}", {"email": customer.email})

    assert SignIn.objects.get().configuration_id == pk
