"""What Omise's clients can ask for and is not offered."""

import pytest

from customers.api.omise.not_offered import REASONS
from tests.omise_client import OmiseClient


@pytest.mark.parametrize("noun", sorted(REASONS))
@pytest.mark.parametrize("mount", ["/omise", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_it_says_so_and_why(keys, noun, mount, method, nothing_written):
    client = OmiseClient(keys["skey_test"], mount=mount)

    with nothing_written():
        answers = [client.send(method, noun, {}), client.send(method, f"{noun}/some_test_1", {})]

    assert [(each.status, each.body) for each in answers] == [
        (
            404,
            {
                "object": "error",
                "location": "https://www.omise.co/api-errors#service-not-found",
                "code": "service_not_found",
                "message": f"Keeptab does not offer {noun}: {REASONS[noun]}.",
            },
        )
    ] * 2


def test_receipts_are_not_offered():
    assert set(REASONS) >= {"chains", "receipts", "recipients", "transfers"}
