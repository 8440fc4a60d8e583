"""What tests of the RevKeen dialect can ask for."""

import pytest

from customers.kit import clock
from customers.models import ApiKey
from customers.services import api_keys
from tests.revkeen_client import RevkeenClient


@pytest.fixture
def revkeen(site):
    """A client with a secret test key of the site's in RevKeen's spelling."""
    return RevkeenClient(
        api_keys.issue(
            site, livemode=False, kind=ApiKey.Kind.SECRET, spelling=ApiKey.Spelling.REVKEEN, at=clock.now()
        )[1]
    )  # fmt: skip


@pytest.fixture
def strangers(keys, other):
    """Clients that must not see what is the test mode's: another site's, and the live mode's."""
    return [RevkeenClient(other[1]["sk_test"]), RevkeenClient(keys["sk_live"])]
