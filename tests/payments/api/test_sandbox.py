"""`/v1/sandbox/ledger`: the acquirer's book through a key."""

import json

import orjson
import pytest

from customers.kit import statements
from payments.api.v1 import sandbox as sandbox_api
from payments.gateways.sandbox import book
from payments.services import sandbox
from tests.payments.sandbox_fixtures import account, asking, gateway

__all__ = ["account", "asking", "gateway"]


def test_key_reads_the_book_as_json_lines(account, gateway, asking, api):
    gateway.authorize(asking("pm_card_visa"))

    answer = api.client.get("/v1/sandbox/ledger", headers={"Authorization": f"Bearer {api.key}"})

    assert answer["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["reference"] for line in answer.getvalue().splitlines()] == ["ch_1"]


def test_key_reads_the_book_as_a_list(account, gateway, asking, api):
    gateway.authorize(asking("pm_card_visa"))

    answer = api.send("GET", "sandbox/ledger", headers={"Accept": "application/json"})

    assert answer.status == 200
    assert [line["reference"] for line in answer.body["data"]] == ["ch_1"]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_however_long_the_book_is_its_bytes_are_the_same(
    account, gateway, asking, api, monkeypatch, count
):
    """It is read and sent piece by piece, and looks as if it had been spelled as a whole."""
    monkeypatch.setattr(statements, "_AT_ONCE", 2)
    monkeypatch.setattr(sandbox_api, "_AT_ONCE", 3)
    for number in range(count):
        gateway.authorize(asking("pm_card_visa", reference=f"ch_{number}"))
    lines = list(sandbox.ledger(account))
    headers = {"Authorization": f"Bearer {api.key}"}

    path = "/v1/sandbox/ledger"
    as_lines = api.client.get(path, headers=headers)
    as_list = api.client.get(path, headers={**headers, "Accept": "application/json"})

    assert len(lines) == count
    assert as_lines.getvalue() == b"".join(orjson.dumps(line) + b"\n" for line in lines)
    assert as_list.getvalue() == orjson.dumps(
        {"object": "list", "data": lines, "has_more": False, "url": path}
    )
    assert as_list["Content-Type"] == "application/json"


def test_the_book_is_not_held_in_memory(account, gateway, asking, monkeypatch):
    """Asking for the first line fetches a first part, and no more."""
    monkeypatch.setattr(statements, "_AT_ONCE", 2)
    for number in range(5):
        gateway.authorize(asking("pm_card_visa", reference=f"ch_{number}"))
    spelled = []
    monkeypatch.setattr(book, "_line", lambda row: spelled.append(row) or row)

    lines = book.lines(account.pk)
    next(lines)

    assert (len(spelled), open_cursors()) == (1, 1)
    assert (len(list(lines)), open_cursors()) == (4, 0)


def open_cursors():
    return len(statements.fetch("SELECT name FROM pg_cursors WHERE statement ~ 'entries'", []))


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
