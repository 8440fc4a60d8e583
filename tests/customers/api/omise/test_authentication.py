"""Who may speak the Omise dialect, and where it answers."""

import pytest

from customers.restkit.omise_lists import OffsetListing
from tests.omise_client import OmiseClient


def test_no_key(client, db):
    answer = client.get("/omise/customers")

    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failure"
    assert answer["WWW-Authenticate"] == 'Basic realm="Keeptab"'


def test_a_key_that_is_not_there(db):
    answer = OmiseClient("skey_test_nothing").get("customers")

    assert (answer.status, answer.body["code"]) == (401, "authentication_failure")
    assert "nothing" not in answer.body["message"]


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !!!", "Basic \xe9\xff", "Basic //46", "Basic Og==", "Digest x", "Bearer \xe9"],
)
def test_credentials_that_are_none(client, db, authorization):
    answer = client.get("/omise/customers", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert (answer.json()["object"], answer.json()["code"]) == ("error", "authentication_failure")


def test_a_public_key_may_not_see_customers(keys):
    answer = OmiseClient(keys["pkey_test"]).get("customers")

    assert (answer.status, answer.body["code"]) == (403, "authorization_failure")


def test_a_key_in_stripes_spelling_will_do(keys):
    assert OmiseClient(keys["sk_test"]).get("customers").status == 200


def test_a_version_is_accepted(keys):
    assert (
        OmiseClient(keys["skey_test"], **{"Omise-Version": "2019-05-29"}).get("account").status
        == 200
    )


def test_a_verb_that_the_path_does_not_know(omise):
    answer = omise.send("PUT", "customers", {})

    assert (answer.status, answer.body["object"]) == (405, "error")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("mount", ["", "/omise"])
@pytest.mark.parametrize("path", ["charges/nothing/nothing", "customers/a/b/c/d", "customers/"])
def test_a_path_that_leads_nowhere(keys, mount, path):
    answer = OmiseClient(keys["skey_test"], mount=mount).get(path)

    assert (answer.status, answer.body["object"], answer.body["code"]) == (
        404, "error", "not_found",
    )  # fmt: skip
    assert answer.body["message"] == f"Unrecognized request URL (GET: {mount}/{path})."


def test_a_word_that_is_no_resource_leads_nowhere(omise):
    assert omise.get("nothing").body["code"] == "not_found"


@pytest.mark.parametrize("mount", ["", "/omise"])
def test_a_fault_of_ours_is_an_error_object(keys, mount, monkeypatch):
    def fail(*_args, **_more):
        message = "A bug."
        raise RuntimeError(message)

    monkeypatch.setattr(OffsetListing, "fetch", fail)
    client = OmiseClient(keys["skey_test"], mount=mount)
    client.client.raise_request_exception = False  # answer as a server does

    answer = client.get("customers")

    assert (answer.status, answer.body["object"], answer.body["code"]) == (
        500, "error", "internal_error",
    )  # fmt: skip
    assert "A bug." not in answer.body["message"]


@pytest.mark.parametrize("mount", ["", "/omise"])
@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"email": "\\u0000"}', b"\xff", b'{"a":' * 500], ids=repr
)
def test_a_body_that_cannot_be_read(keys, mount, body):
    answer = OmiseClient(keys["skey_test"], mount=mount).send("POST", "customers", body)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def test_the_root_can_be_kept_to_some_hosts(keys, settings):
    settings.OMISE_HOSTS = frozenset({"omise.example.com"})
    settings.ALLOWED_HOSTS = ["*"]
    at_root = OmiseClient(keys["skey_test"], mount="")

    elsewhere = at_root.get("customers")
    there = at_root.send("GET", "customers", {}, headers={"Host": "OMISE.example.com:8000"})

    assert elsewhere.status == 404
    assert b"object" not in (elsewhere.body if isinstance(elsewhere.body, bytes) else b"")
    assert there.body["object"] == "list"
    assert OmiseClient(keys["skey_test"]).get("customers").status == 200
