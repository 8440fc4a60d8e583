"""Who may speak the RevKeen dialect, and how it refuses."""

import re

import pytest

from customers.kit import clock
from customers.kit.errors import InvalidRequest
from customers.models import ApiKey
from customers.services import api_keys
from tests.revkeen_client import RevkeenClient
from tests.v1_client import V1Client

SECRET, REVKEEN = ApiKey.Kind.SECRET, ApiKey.Spelling.REVKEEN


@pytest.mark.parametrize(("livemode", "begins"), [(True, "rk_live_"), (False, "rk_sandbox_")])
def test_a_key_in_revkeens_spelling(site, livemode, begins):
    key, text = api_keys.issue(
        site, livemode=livemode, kind=SECRET, spelling=REVKEEN, at=clock.now()
    )

    assert re.fullmatch(f"{begins}[A-Za-z0-9]{{38}}", text)
    assert str(key) == f"{text[: len(begins) + 4]}…{text[-4:]}"
    assert RevkeenClient(text).get("customers").status == 200
    assert V1Client(text).get("customers").status == 200


@pytest.mark.parametrize("kind", [ApiKey.Kind.PUBLISHABLE, ApiKey.Kind.RESTRICTED])
def test_other_kinds_of_keys_have_no_such_spelling(site, kind):
    with pytest.raises(InvalidRequest, match="in revkeen's spelling"):
        api_keys.issue(site, livemode=False, kind=kind, spelling=REVKEEN, at=clock.now())


def test_stripes_restricted_key_is_what_its_record_says(site):
    """Both begin with `rk_live_`: a header and the letters say nothing of what a key may do (rule C24)."""
    kind, at = ApiKey.Kind.RESTRICTED, clock.now()
    text = api_keys.issue(site, livemode=True, kind=kind, permissions={"events": "read"}, at=at)[1]

    refused, let_in = RevkeenClient(text).get("customers"), RevkeenClient(text).get("events")

    assert text.startswith("rk_live_")
    assert (refused.status, refused.body["error"]["code"], let_in.status) == (
        403, "more_permissions_required_for_application", 200,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["sk_test", "skey_test"])
@pytest.mark.parametrize("header", ["x-api-key", "Authorization"])
def test_keys_in_any_spelling_will_do_by_either_header(client, keys, name, header):
    text = keys[name] if header == "x-api-key" else f"Bearer {keys[name]}"

    assert client.get("/revkeen/v2/customers", headers={header: text}).status_code == 200


def test_the_header_of_revkeens_is_none_of_the_others(client, keys):
    headers = {"x-api-key": keys["sk_test"]}

    answers = [client.get(path, headers=headers) for path in ("/v1/customers", "/omise/customers")]

    assert [answer.status_code for answer in answers] == [401, 401]


def test_no_key(client, db):
    answer = client.get("/revkeen/v2/customers")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Keeptab"')
    assert answer.json()["error"]["code"] == "unauthorized"
    assert answer.json()["message"] == answer.json()["error"]["message"]


def test_a_key_that_is_not_there_is_not_repeated(db):
    answer = RevkeenClient("rk_sandbox_nothing").get("customers")

    assert (answer.status, "nothing" in answer.body["message"]) == (401, False)


def test_a_publishable_key_may_not_see_customers(keys):
    answer = RevkeenClient(keys["pk_test"]).get("customers")

    assert (answer.status, answer.body["error"]["code"]) == (403, "secret_key_required")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PUT", "customers", 405, "method_not_allowed"),
        ("GET", "invoices", 404, "not_found"),
        ("GET", "customers/", 404, "not_found"),
        ("GET", "customers/a/payment-rails", 404, "not_found"),
    ],
)
def test_what_leads_nowhere_says_so_as_json(revkeen, method, path, status, code):
    answer = revkeen.send(method, path)

    assert (answer.status, answer.body["error"]["code"]) == (status, code)
    assert f"{method}: /revkeen/v2/{path}" in answer.body["message"]


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"email": "\\u0000"}', b"\xff", b'{"a":' * 500], ids=repr
)
def test_a_body_that_cannot_be_read(revkeen, nothing_written, body):
    with nothing_written():
        answer = revkeen.send("POST", "customers", body)

    assert (answer.status, answer.body["error"]["code"]) == (400, "invalid_request")


def test_the_same_idempotency_key_gets_the_same_answer(revkeen):
    headers, body = {"Idempotency-Key": "john-1"}, {"email": "john@example.com"}

    first = revkeen.send("POST", "customers", body, headers=headers)
    again = revkeen.send("POST", "customers", body, headers=headers)

    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_fault_of_ours_is_an_error_object(revkeen, monkeypatch):
    def fail(*_args, **_more):
        message = "A bug."
        raise RuntimeError(message)

    monkeypatch.setattr("customers.services.tax_ids.primaries", fail)
    revkeen.client.raise_request_exception = False  # answer as a server does

    answer = revkeen.get("customers")

    assert (answer.status, answer.body["error"]["code"]) == (500, "internal_error")
    assert "A bug." not in answer.body["message"]
