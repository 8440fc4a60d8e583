"""The Omise gateway against a second Keeptab, which does not speak Omise's dialect yet."""

import pytest

from payments.gateways.base import Access
from payments.gateways.omise import OmiseGateway


@pytest.mark.xfail(strict=True, reason="The Omise dialect comes with step 3.")
def test_key_gives_the_accounts_name(live, other, settings):
    settings.OUTBOUND_ALLOW = [live.removeprefix("http://")]
    credentials = {"secret_key": other[1]["skey_test"], "api_base": f"{live}/omise"}
    gateway = OmiseGateway(Access("gwa_1", "acct_1", livemode=False, credentials=credentials))

    assert gateway.check().endswith(f"({other[0].pk})")
