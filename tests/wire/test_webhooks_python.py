"""Webhook endpoints through the official Python SDK, unmodified, in both of its styles."""

import pytest
import stripe

from tests.wire import webhooks_sdk  # noqa: F401 -- it adds its operations to the SDK's
from tests.wire.sdk import plain

URL = "https://shop.example.com/hook"


def test_an_endpoint_from_its_making_to_its_end(sdk):
    made = sdk(
        "webhook_endpoints.create", url=URL, enabled_events=["customer.created", "invoice.paid"],
        description="Orders", metadata={"team": "a"},
    )  # fmt: skip
    changed = sdk(
        "webhook_endpoints.update", made.id, enabled_events=["*"], url=f"{URL}/2",
        metadata={"team": "b"}, description="", disabled=True,
    )  # fmt: skip

    assert isinstance(made, stripe.WebhookEndpoint)
    assert (made.object, made.status, made.application) == ("webhook_endpoint", "enabled", None)
    assert made.enabled_events == ["customer.created", "invoice.paid"]
    assert made.secret.startswith("whsec_")
    assert (changed.url, changed.enabled_events, changed.status) == (f"{URL}/2", ["*"], "disabled")
    assert (changed.description, plain(changed.metadata)) == (None, {"team": "b"})
    assert plain(sdk("webhook_endpoints.retrieve", made.id)) == plain(changed)
    assert "secret" not in changed
    assert [each.id for each in sdk("webhook_endpoints.list").auto_paging_iter()] == [made.id]
    assert sdk("webhook_endpoints.delete", made.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint"):
        sdk("webhook_endpoints.retrieve", made.id)


def test_an_event_that_does_not_exist_is_refused_by_its_place(sdk):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("webhook_endpoints.create", url=URL, enabled_events=["*", "customer.create"])

    assert refusal.value.param == "enabled_events[1]"


def test_events_know_who_has_not_received_them(sdk):
    sdk("webhook_endpoints.create", url=URL, enabled_events=["customer.created"])
    customer = sdk("customers.create", name="Jenny Rosen")

    (event,) = sdk("events.list", delivery_success=False).data

    assert (event.data.object.id, event.pending_webhooks) == (customer.id, 1)
    assert sdk("events.list", delivery_success=True).data == []
