"""What tests of customers in the Omise dialect can ask for."""

import pytest

from tests.omise_client import OmiseClient


@pytest.fixture
def omise(keys):
    """A client with the site's secret test key in Omise's spelling."""
    return OmiseClient(keys["skey_test"])


@pytest.fixture
def strangers(keys, other):
    """Clients that must not see what is the test mode's: another site's, and the live mode's."""
    return [OmiseClient(other[1]["skey_test"]), OmiseClient(keys["skey_live"])]
