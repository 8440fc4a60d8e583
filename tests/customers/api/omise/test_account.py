"""`/omise/account`, and what is not offered."""

import pytest


def test_the_account_is_the_keys_site(omise, site):
    wire = omise.get("account").body

    shown = {
        name: wire[name] for name in ("object", "id", "livemode", "location", "country", "currency")
    }
    assert shown == {
        "object": "account",
        "id": f"account_test_{site.pk.removeprefix('acct_')}",
        "livemode": False,
        "location": "/omise/account",
        "country": "US",
        "currency": "USD",
    }
    assert {"THB", "USD", "JPY"} < set(wire["supported_currencies"])


def test_a_setting_is_refused_by_name(omise):
    answer = omise.patch("account", webhook_uri="https://example.com/hook")

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert "webhook_uri" in answer.body["message"]


@pytest.mark.parametrize(
    "path", ["transfers", "transfers/trsf_test_1", "recipients", "chains/1/revoke"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_what_is_not_offered_says_so(omise, path, method):
    answer = omise.send(method, path, {"amount": 100})

    assert (answer.status, answer.body["code"]) == (404, "service_not_found")
    assert answer.body["message"].startswith(f"Keeptab does not offer {path.partition('/')[0]}: ")
