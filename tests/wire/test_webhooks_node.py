"""Webhook endpoints through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_an_endpoint_from_its_making_to_its_end(flow):
    said = flow("webhooks")

    made = said["made"]
    assert made["secret"].startswith("whsec_")
    assert (made["enabled_events"], made["status"]) == (["customer.created"], "enabled")
    assert (said["misspelt"]["status"], said["misspelt"]["param"]) == (400, "enabled_events[1]")
    assert said["waiting"] == [[said["customer"], 1]]
    assert said["again"] == said["changed"]
    assert (said["changed"]["enabled_events"], said["changed"]["status"]) == (["*"], "disabled")
    assert said["all"] == [made["id"]]
    assert said["deleted"] == {
        "id": made["id"], "object": "webhook_endpoint", "deleted": True,
    }  # fmt: skip
