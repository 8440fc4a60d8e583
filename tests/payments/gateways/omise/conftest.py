"""A second Keeptab, for the gateway to reach."""

import pytest

from payments.gateways.base import Access
from payments.gateways.omise import OmiseGateway
from tests.wire.conftest import live, other, transactional_db  # noqa: F401 -- fixtures


@pytest.fixture
def credentials(live, other, settings):  # noqa: F811 -- a fixture
    """What reaches the other merchant's account at the second Keeptab."""
    settings.OUTBOUND_ALLOW = [live.removeprefix("http://")]
    return {
        "secret_key": other[1]["skey_test"],
        "public_key": other[1]["pkey_test"],
        "api_base": f"{live}/omise",
        "vault_base": f"{live}/omise",
    }


@pytest.fixture
def remote(credentials):
    """The gateway that reaches it."""
    return OmiseGateway(Access("gwa_1", "acct_1", livemode=False, credentials=credentials))
