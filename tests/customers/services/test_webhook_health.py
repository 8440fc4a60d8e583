"""Owners are told of webhook endpoints that fail for days."""

from datetime import timedelta

import pytest

from customers.events.models import WebhookEndpoint
from customers.models import Message, Role
from customers.services import messages, webhook_health
from tests.factories.customers import MembershipFactory
from tests.factories.webhooks import WebhookEndpointFactory


@pytest.fixture
def owner(scope):
    return MembershipFactory(site=scope.site, role=Role.OWNER).operator


@pytest.fixture
def failing(scope, at):
    """Makes an endpoint whose tries have failed for so many days."""

    def make(days, **columns):
        return WebhookEndpointFactory(
            failing_since=at - timedelta(days=days), last_failure_at=at, **columns
        )

    return make


def told():
    return list(Message.objects.order_by("created_at", "id").values_list("kind", "to"))


def test_an_owner_is_told_once_after_three_days(owner, failing, at):
    MembershipFactory(site=owner.memberships.get().site, role=Role.ADMIN)
    failing(2)
    endpoint = failing(3)

    counts = [webhook_health.review(at=at) for _ in range(2)]

    assert counts == [1, 0]
    assert told() == [("webhook_failing", owner.email)]
    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.warned_at) == ("enabled", at)


def test_an_endpoint_is_disabled_after_seven_days(owner, failing, at):
    endpoint = failing(7, warned_at=at - timedelta(days=4))

    counts = [webhook_health.review(at=at) for _ in range(2)]

    assert counts == [1, 0]
    assert told() == [("webhook_disabled", owner.email)]
    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "failing")


def test_a_week_without_events_disables_nothing(owner, failing, at):
    endpoint = failing(9, warned_at=at - timedelta(days=6))
    WebhookEndpoint.objects.update(last_failure_at=at - timedelta(days=6))

    assert webhook_health.review(at=at) == 0

    endpoint.refresh_from_db()
    assert endpoint.status == "enabled"


def test_an_owner_is_told_of_an_endpoint_that_is_gone(owner, scope, at):
    WebhookEndpointFactory(status="disabled", disabled_reason="gone")
    WebhookEndpointFactory(status="disabled", disabled_reason="merchant")

    counts = [webhook_health.review(at=at) for _ in range(2)]

    assert counts == [1, 0]
    assert told() == [("webhook_disabled", owner.email)]


def test_the_letter_says_which_endpoint_and_since_when(owner, failing, at, mailoutbox):
    endpoint = failing(3)
    webhook_health.review(at=at)

    messages.send(Message.objects.get(), at=at)

    (mail,) = mailoutbox
    assert mail.subject == "[Test] A webhook endpoint is failing"
    assert endpoint.url in mail.body
    assert endpoint.pk in mail.body
    assert "/admin/" in mail.body


def test_nobody_is_told_of_what_answers_again(owner, failing, at, mailoutbox):
    failing(3)
    webhook_health.review(at=at)
    WebhookEndpoint.objects.update(failing_since=None, warned_at=None)

    message = messages.send(Message.objects.get(), at=at)

    assert message.status == Message.Status.FAILED
    assert mailoutbox == []
