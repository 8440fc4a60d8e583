"""The instant at which the portal's services act."""

import pytest

from customers.kit import clock


@pytest.fixture
def at():
    return clock.now()
