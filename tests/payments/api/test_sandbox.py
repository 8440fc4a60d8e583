"""`/v1/sandbox/ledger`: the acquirer's book through a key."""

import json

from tests.payments.sandbox_fixtures import account, asking, gateway

__all__ = ["account", "asking", "gateway"]


def test_key_reads_the_book_as_json_lines(account, gateway, asking, api):
    gateway.authorize(asking("pm_card_visa"))

    answer = api.client.get("/v1/sandbox/ledger", headers={"Authorization": f"Bearer {api.key}"})

    assert answer["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["reference"] for line in answer.content.splitlines()] == ["ch_1"]


def test_key_reads_the_book_as_a_list(account, gateway, asking, api):
    gateway.authorize(asking("pm_card_visa"))

    answer = api.send("GET", "sandbox/ledger", headers={"Accept": "application/json"})

    assert answer.status == 200
    assert [line["reference"] for line in answer.body["data"]] == ["ch_1"]


def test_one_site_does_not_read_anothers_book(account, gateway, asking, other_api):
    gateway.authorize(asking("pm_card_visa"))

    answer = other_api.send("GET", "sandbox/ledger", headers={"Accept": "application/json"})

    assert answer.body["data"] == []


def test_live_keys_and_publishable_keys_read_no_book(keys, api):
    statuses = {}
    for name in ("sk_live", "pk_test"):
        headers = {"Authorization": f"Bearer {keys[name]}"}
        statuses[name] = api.client.get("/v1/sandbox/ledger", headers=headers).status_code

    assert statuses == {"sk_live": 403, "pk_test": 403}
