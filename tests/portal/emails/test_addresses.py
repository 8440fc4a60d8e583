"""How much of an email address is shown where somebody else may read it."""

import pytest

from portal.emails import addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [("jenny@example.com", "j•••@example.com"), ("ก@example.com", "ก•••@example.com")],
)
def test_an_address_is_masked(address, shown):
    assert addresses.masked(address) == shown
