from datetime import timedelta

import pytest
from django.db import transaction

from customers.events.models import Delivery, WebhookEndpoint
from customers.events.services import events, webhook_endpoints
from customers.kit.errors import InvalidRequest, NotFound
from customers.kit.tenancy import scoped_to
from tests.factories.customers import CustomerFactory, SiteFactory
from tests.factories.webhooks import SECRET, WebhookEndpointFactory

URL = "https://shop.example.com/hook"
Reason = WebhookEndpoint.Reason


def test_an_endpoint_is_made_with_a_secret_that_is_sealed(scope, at, settings):
    endpoint, secret = webhook_endpoints.create(
        url=URL, enabled_events=["customer.created"], description="Ours", metadata={"a": "1"}, at=at
    )

    stored = WebhookEndpoint.objects.values().get()
    sealed = bytes(stored.pop("sealed_secret"))
    assert secret.encode() not in sealed
    assert webhook_endpoints.secrets(endpoint, at=at) == [secret]
    assert stored == {
        "id": endpoint.pk, "site_id": scope.site_id, "livemode": False, "created_at": at, "updated_at": at,
        "url": URL, "description": "Ours", "enabled_events": ["customer.created"],
        "matches": ["customer.created"], "spelling": "stripe", "status": "enabled",
        "disabled_reason": "", "api_version": settings.API_VERSION, "metadata": {"a": "1"},
        "sealed_previous_secret": None, "previous_secret_until": None, "failing_since": None,
        "last_success_at": None, "last_failure_at": None, "warned_at": None, "deleted_at": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "prefix"), [("stripe", "whsec_"), ("omise", ""), ("revkeen", "rk_wh_")]
)
def test_a_secret_is_spelled_as_its_verifiers_expect(scope, at, spelling, prefix):
    made = [
        webhook_endpoints.create(url=URL, enabled_events=["*"], spelling=spelling, at=at)[1]
        for _ in range(2)
    ]

    assert made[0] != made[1]
    for secret in made:
        assert secret.startswith(prefix)
        assert len(secret.removeprefix(prefix)) == 44
        assert secret.removeprefix(prefix).isalnum()


@pytest.mark.parametrize(
    "url",
    [
        "shop.example.com", "ftp://shop.example.com", "https://", "https:///hook", "http://[::1",
        "https://shop.example.com:99999/", "https://shop.example.com:0/", "javascript:alert(1)",
        "https://a b.example.com/", "https://shop.example.com/\n", "https://jenny@example.com/",
        "https://jenny:secret@example.com/", "https://10.0.0.1/", "https://[::ffff:169.254.169.254]/",
        "https://2130706433/", "http://localhost:25/", "https://shop.example.com/\u2028",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(scope, at, refused, url):
    with refused(code="url_invalid", param="url"):
        webhook_endpoints.create(url=url, enabled_events=["*"], at=at)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/hook", "http://localhost:3000/hook", "https://127.0.0.1/hook",
        "https://[::1]/hook", "https://shop.example.com:8443/hook",
    ],
)  # fmt: skip
def test_some_addresses_are_of_test_mode_alone(scope, at, refused, url):
    webhook_endpoints.create(url=url, enabled_events=["*"], at=at)

    with scoped_to(scope.site, livemode=True):
        endpoint = WebhookEndpointFactory()
        with refused(code="url_invalid", param="url"):
            webhook_endpoints.create(url=url, enabled_events=["*"], at=at)
        with refused(code="url_invalid", param="url"):
            webhook_endpoints.update(endpoint, details={"url": url}, at=at)


def test_live_mode_takes_an_address_that_the_installation_excepts(scope, at, settings):
    settings.OUTBOUND_ALLOW = ["10.0.0.1:8080"]

    with scoped_to(scope.site, livemode=True):
        endpoint, _ = webhook_endpoints.create(
            url="http://10.0.0.1:8080/hook", enabled_events=["*"], at=at
        )

    assert endpoint.url == "http://10.0.0.1:8080/hook"


def test_there_are_sixteen_enabled_ones_at_most(scope, at, refused):
    ends = [WebhookEndpointFactory() for _ in range(16)]
    WebhookEndpointFactory(status="disabled", disabled_reason="merchant")

    with refused(message="You have reached the maximum of 16 test webhook endpoints."):
        webhook_endpoints.create(url=URL, enabled_events=["*"], at=at)
    with scoped_to(scope.site, livemode=True):
        webhook_endpoints.create(url=URL, enabled_events=["*"], at=at)
    webhook_endpoints.update(ends[0], details={"is_enabled": False}, at=at)
    webhook_endpoints.create(url=URL, enabled_events=["*"], at=at)
    with refused(message="You have reached the maximum of 16 test webhook endpoints."):
        webhook_endpoints.update(ends[0], details={"is_enabled": True}, at=at)


def test_an_endpoint_changes_in_what_is_given_alone(scope, at):
    endpoint = WebhookEndpointFactory(
        description="Ours", spelling="revkeen", enabled_events=["customer.created"]
    )

    webhook_endpoints.update(
        endpoint, details={"enabled_events": ["customer.payment_method.detached"]}, at=at
    )

    row = webhook_endpoints.get(endpoint.pk)
    assert (row.url, row.description, row.status) == (endpoint.url, "Ours", "enabled")
    assert row.enabled_events == ["customer.payment_method.detached"]
    assert row.matches == ["payment_method.detached"]


def test_what_waits_for_a_disabled_endpoint_is_canceled(scope, at):
    endpoint, other = WebhookEndpointFactory(), WebhookEndpointFactory()
    events.publish("customer.updated", CustomerFactory(), at=at)
    Delivery.objects.filter(endpoint=endpoint).update(claimed_until=at)

    webhook_endpoints.disable(endpoint, reason=Reason.GONE, at=at)
    events.publish("customer.updated", CustomerFactory(), at=at)

    row = webhook_endpoints.get(endpoint.pk)
    assert (row.status, row.disabled_reason) == ("disabled", "gone")
    assert [one.status for one in Delivery.objects.filter(endpoint=endpoint)] == ["canceled"]
    assert [one.status for one in Delivery.objects.filter(endpoint=other)] == ["pending"] * 2


def test_what_is_on_its_way_to_a_disabled_endpoint_may_arrive(scope, at):
    endpoint = WebhookEndpointFactory()
    events.publish("customer.updated", CustomerFactory(), at=at)
    until = at + timedelta(seconds=30)
    Delivery.objects.update(claimed_until=until)

    webhook_endpoints.update(endpoint, details={"is_enabled": False}, at=at)

    row = Delivery.objects.get()
    assert (row.status, row.claimed_until) == ("pending", until)


def test_an_endpoint_is_enabled_as_if_it_had_never_failed(scope, at):
    endpoint = WebhookEndpointFactory(
        status="disabled", disabled_reason="failing", failing_since=at, warned_at=at
    )

    webhook_endpoints.update(endpoint, details={"is_enabled": True}, at=at)

    row = webhook_endpoints.get(endpoint.pk)
    assert (row.status, row.disabled_reason, row.failing_since, row.warned_at) == (
        "enabled", "", None, None,
    )  # fmt: skip


def test_disabling_twice_keeps_the_first_reason(scope, at):
    endpoint = WebhookEndpointFactory(status="disabled", disabled_reason="failing")

    changed = webhook_endpoints.update(endpoint, details={"is_enabled": False}, at=at)

    assert changed.disabled_reason == "failing"


def test_a_deleted_endpoint_is_found_by_its_deliveries_alone(scope, at):
    endpoint = WebhookEndpointFactory()
    events.publish("customer.updated", CustomerFactory(), at=at)

    webhook_endpoints.delete(endpoint, at=at)
    events.publish("customer.updated", CustomerFactory(), at=at)

    delivery = Delivery.objects.select_related("endpoint").get()
    assert (delivery.status, delivery.endpoint.url) == ("canceled", endpoint.url)
    assert bytes(delivery.endpoint.sealed_secret) == b""
    for change in (
        lambda: webhook_endpoints.get(endpoint.pk),
        lambda: webhook_endpoints.update(endpoint, details={"url": URL}, at=at),
        lambda: webhook_endpoints.delete(endpoint, at=at),
        lambda: webhook_endpoints.rotate_secret(endpoint, at=at),
    ):
        with pytest.raises(NotFound), transaction.atomic():
            change()


def test_after_a_rotation_both_secrets_sign_for_a_while(scope, at):
    endpoint = WebhookEndpointFactory()

    _, second = webhook_endpoints.rotate_secret(endpoint, at=at)

    row = webhook_endpoints.get(endpoint.pk)
    day = timedelta(days=1)
    assert webhook_endpoints.secrets(row, at=at) == [second, SECRET]
    assert webhook_endpoints.secrets(row, at=at + day - timedelta(seconds=1)) == [second, SECRET]
    assert webhook_endpoints.secrets(row, at=at + day) == [second]


def test_a_second_rotation_leaves_the_two_newest_secrets(scope, at):
    endpoint = WebhookEndpointFactory()

    _, second = webhook_endpoints.rotate_secret(endpoint, at=at)
    row, third = webhook_endpoints.rotate_secret(endpoint, overlap=timedelta(hours=1), at=at)

    assert webhook_endpoints.secrets(row, at=at) == [third, second]
    assert row.previous_secret_until == at + timedelta(hours=1)


def test_a_rotation_without_overlap_silences_the_old_secret_at_once(scope, at):
    row, second = webhook_endpoints.rotate_secret(
        WebhookEndpointFactory(), overlap=timedelta(0), at=at
    )

    assert webhook_endpoints.secrets(row, at=at) == [second]


@pytest.mark.parametrize("seconds", [-1, 7 * 86_400 + 1])
def test_an_overlap_has_bounds(scope, at, refused, seconds):
    endpoint = WebhookEndpointFactory()

    with refused(InvalidRequest, param="expires_in"):
        webhook_endpoints.rotate_secret(endpoint, overlap=timedelta(seconds=seconds), at=at)


def test_another_site_s_endpoint_is_not_found(scope):
    with scoped_to(SiteFactory(), livemode=False):
        theirs = WebhookEndpointFactory()

    with pytest.raises(NotFound):
        webhook_endpoints.get(theirs.pk)
