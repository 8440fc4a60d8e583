"""The billing portal through the official Node SDK, unmodified."""

import pytest

pytestmark = pytest.mark.node


def test_configurations_and_sessions(flow):
    said = flow("portal")

    configuration, session = said["configuration"], said["session"]
    assert configuration["features"]["customer_update"]["allowed_updates"] == ["email"]
    assert (said["changed"]["name"], said["found"]["name"]) == ("For members", "For members")
    assert said["listed"] == [configuration["id"]]
    assert (session["customer"], session["configuration"]) == (
        said["customer"]["id"],
        configuration["id"],
    )
    assert "/enter/" in session["url"]
    assert (said["refused"]["status"], said["refused"]["param"]) == (404, "customer")
