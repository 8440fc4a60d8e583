"""Every method of the official Omise library for Node, unmodified, on what belongs to customers."""

import pytest

from tests.wire import port_80
from tests.wire.conftest import run_omise_flow

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
