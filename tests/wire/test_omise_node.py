"""Every method of the official Omise library for Node, unmodified, on what belongs to customers."""

import pytest

from tests.wire import port_80
from tests.wire.conftest import run_omise_flow
from tests.wire.test_omise_customers_python import (
    DOCUMENTED,
    DOCUMENTED_OF_CARDS,
    MORE,
    MORE_OF_CARDS,
)

pytestmark = pytest.mark.node


@pytest.mark.usefixtures("_node_ready")
@pytest.mark.parametrize("way", port_80.ways())
def test_the_account_by_every_way_to_port_80(live, keys, site, way):
    with way(live) as found:
        said = run_omise_flow(found, keys, "account")

    account = said["account"]
    assert (account["object"], account["location"], account["livemode"]) == (
        "account", "/account", False,
    )  # fmt: skip
    assert account["id"] == f"account_test_{site.pk.removeprefix('acct_')}"
    assert said["again"] == account
    assert (said["webhook"]["object"], said["webhook"]["code"]) == ("error", "bad_request")
    assert "webhook_uri" in said["webhook"]["message"]
    assert (said["stranger"]["object"], said["stranger"]["code"]) == (
        "error", "authentication_failure",
    )  # fmt: skip


def test_customers(omise_flow):
    said = omise_flow("customers")

    created, paying, ids = said["created"], said["paying"], said["ids"]
    assert created.keys() == DOCUMENTED | MORE
    assert paying["cards"]["data"][0].keys() == DOCUMENTED_OF_CARDS | MORE_OF_CARDS
    assert (created["email"], created["metadata"], created["cards"]["total"]) == (
        "john@example.com", {"user_id": "12345", "plan": "premium"}, 0,
    )  # fmt: skip
    assert created["location"] == f"/customers/{created['id']}"
    assert (paying["default_card"], paying["cards"]["total"]) == (
        paying["cards"]["data"][0]["id"], 1,
    )  # fmt: skip
    assert (said["secondStep"]["default_card"], said["secondStep"]["cards"]["total"]) == (
        ids["first"], 1,
    )  # fmt: skip
    assert _still(said["retrieved"]) == _still(said["secondStep"])
    assert [customer["id"] for customer in said["newest"]["data"]] == [paying["id"]]
    assert (said["newest"]["total"], said["newest"]["order"]) == (2, "reverse_chronological")
    assert (said["ofThatYear"], said["sinceThen"]) == (0, [created["id"], paying["id"]])
    assert (said["found"], said["nobody"]) == (paying["id"], None)
    assert (said["updated"]["email"], said["updated"]["metadata"]) == (
        "newemail@example.com", {"user_id": "12345", "plan": "enterprise", "seats": 12},
    )  # fmt: skip
    assert (said["withTwo"], said["chosen"]) == (["4444", "4242"], ids["second"])
    assert said["cards"] == [ids["first"], ids["second"]]
    assert said["changed"] == said["card"] | {"expiration_month": 11, "name": "J. Doe"}
    assert said["removed"] == {
        "object": "card", "id": ids["second"], "livemode": False, "deleted": True,
    }  # fmt: skip
    assert said["left"] == [1, ids["first"]]
    assert (said["used"]["object"], said["used"]["code"]) == ("error", "used_token")
    assert said["destroyed"] == {
        "object": "customer", "id": created["id"], "livemode": False, "deleted": True,
    }  # fmt: skip
    assert (said["gone"]["object"], said["gone"]["code"]) == ("error", "not_found")
    assert (said["token"]["object"], said["token"]["used"]) == ("token", True)


def _still(customer):
    """Return a customer without what each answer has another time of."""
    return {**customer, "cards": {**customer["cards"], "to": None}}
