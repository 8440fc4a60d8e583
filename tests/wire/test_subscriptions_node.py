"""Subscriptions, their items, discounts and schedules through the official Node SDK, unmodified."""

import pytest

from tests.wire.lifecycles import DAY, START

pytestmark = pytest.mark.node


@pytest.mark.usefixtures("worker")
def test_what_becomes_of_subscriptions(flow):
    said = flow("subscriptions")

    ids, added = said["ids"], said["added"]
    assert (added["quantity"], added["price"]["unit_amount"]) == (2, 300)
    assert said["changed"] == said["itemAgain"] == {**added, "quantity": 5}
    assert {*said["items"]} == {ids["first"], added["id"]}
    assert (said["gone"]["id"], said["gone"]["deleted"]) == (said["gone"]["asked"], True)
    assert (said["last"]["status"], said["last"]["rawType"]) == (400, "invalid_request_error")
    assert (said["half"], said["discount"]["id"], said["discount"]["deleted"], said["bare"]) == (
        500, ids["discount"], True, [],
    )  # fmt: skip
    assert (said["canceled"], said["over"]) == ("canceled", [ids["cheap"]])
    assert said["living"] == said["found"] == [ids["monthly"]]
    planned, replanned = said["planned"], said["replanned"]
    assert (planned["status"], planned["phases"][0]["start_date"]) == (
        "not_started", START + 30 * DAY,
    )  # fmt: skip
    assert replanned == {**planned, "end_behavior": "cancel"}
    assert (said["scheduled"], said["dropped"]["status"]) == ([replanned], "canceled")
    assert said["droppedAgain"] == said["dropped"]
    assert said["taken"] == ["active", ids["monthly"], True]
    assert said["released"] == ["released", ids["monthly"]]
    assert said["arrived"] == "ready"
    assert said["statuses"] == ["trialing", "paused", "active"]
    assert said["noCard"]["status"] == 400
    assert (said["anchor"], said["paid"]) == (START + 8 * DAY, ["paid", 1000])
