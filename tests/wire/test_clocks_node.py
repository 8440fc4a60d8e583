"""Test clocks and cash balances through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node

MONDAY = 1_799_055_000


def test_clocks_and_cash(flow):
    said = flow("clocks")

    clock = said["clock"]
    assert (clock["frozen_time"], clock["status"]) == (MONDAY, "ready")
    assert said["clocks"] == [clock["id"]]
    assert said["clockAgain"] == said["customer"]["test_clock"] == clock
    assert said["customer"]["created"] == said["came"]["created"] == MONDAY
    assert (said["back"]["status"], said["back"]["param"]) == (400, "frozen_time")
    target = {"advancing": {"target_frozen_time": MONDAY + 86_400}}
    assert (said["advancing"]["status"], said["advancing"]["status_details"]) == (
        "advancing",
        target,
    )
    assert said["cameAgain"] == said["came"]
    assert said["entries"] == [said["came"]["id"]]
    assert said["cash"] == {"usd": 5000}
    (address,) = said["where"]["bank_transfer"]["financial_addresses"]
    assert (address["type"], address["iban"]["country"]) == ("iban", "NL")
    assert (said["applied"], said["paid"]) == ("canceled", "paid")
    assert said["deleted"]["deleted"] is True
