"""What tests of customers in the Omise dialect can ask for."""

import pytest

from tests.omise_client import OmiseClient


@pytest.fixture
def omise(keys):
    """A client with the site's secret test key in Omise's spelling."""
    return OmiseClient(keys["skey_test"])


@pytest.fixture
def token(api):
    """A function that makes a token for a test card and returns its id in Omise's spelling."""

    def make(number="4242424242424242"):
        card = {
            "number": number,
            "exp_month": 12,
            "exp_year": 2030,
            "cvc": "123",
            "name": "JOHN DOE",
        }
        made = api.post("tokens", card=card)
        return made.body["id"].replace("tok_", "tokn_test_")

    return make


@pytest.fixture
def strangers(keys, other):
    """Clients that must not see what is the test mode's: another site's, and the live mode's."""
    return [OmiseClient(other[1]["skey_test"]), OmiseClient(keys["skey_live"])]
