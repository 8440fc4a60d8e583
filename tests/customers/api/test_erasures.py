"""`/v1/customers/{customer}/erasure` and `…/export`."""

import json
from datetime import timedelta

import pytest

from customers.kit import clock
from customers.services import api_keys, erasures
from tests.v1_client import V1Client


@pytest.fixture
def jenny(api):
    params = {
        "name": "Jenny Rosen",
        "email": "jenny.rosen@example.com",
        "address": {"line1": "1 Main Street"},
    }
    return api.post("customers", params).body["id"]


def carry_out(erasure):
    erasures.run(erasure["id"], until=clock.now() + timedelta(minutes=5), now=clock.now)


def test_a_customer_is_erased(api, jenny):
    asked = api.post(f"customers/{jenny}/erase").body
    carry_out(asked)

    done = api.get(f"customers/{jenny}/erasure").body

    assert (asked["status"], asked["customer"], asked["rows"]) == ("waiting", jenny, [])
    assert (done["id"], done["status"], done["findings"]) == (asked["id"], "done", [])
    assert {"name": "addresses", "removed": 1, "redacted": 0, "kept": 0} in done["rows"]
    assert api.get(f"customers/{jenny}").body == {
        "id": jenny,
        "object": "customer",
        "deleted": True,
    }


def test_the_plan_says_what_would_be_done(api, jenny):
    invoice = api.post("invoices", customer=jenny, currency="usd").body["id"]
    api.post("invoiceitems", customer=jenny, invoice=invoice, amount=500, currency="usd")
    api.post(f"invoices/{invoice}/finalize")

    plan = api.get(f"customers/{jenny}/erasure/plan").body

    assert plan["waits_for"] == [{"name": "invoices", "count": 1}]
    assert {"name": "addresses", "action": "removed", "count": 1, "reason": ""} in plan["rows"]
    assert (plan["law"]["country"], plan["law"]["years"]) == ("US", 7)
    assert plan["kept_until"] == f"{clock.now().year + 7}-12-31"


def test_an_erasure_is_canceled_before_it_begins(api, jenny):
    api.post(f"customers/{jenny}/erase")

    canceled = api.post(f"customers/{jenny}/erasure/cancel").body
    again = api.post(f"customers/{jenny}/erasure/cancel")

    assert canceled["status"] == "canceled"
    assert (again.status, api.get(f"customers/{jenny}").body["name"]) == (400, "Jenny Rosen")


def test_a_customer_without_an_erasure_has_none(api, jenny):
    answer = api.get(f"customers/{jenny}/erasure")

    assert (answer.status, answer.error["code"]) == (404, "resource_missing")


def test_an_export_is_streamed(api, jenny, client, keys):
    headers = {"Authorization": f"Bearer {keys['sk_test']}"}

    answer = client.get(f"/v1/customers/{jenny}/export", headers=headers)

    said = json.loads(answer.getvalue())
    assert answer.streaming
    assert said["customer"]["email"] == "jenny.rosen@example.com"
    assert [address["line1"] for address in said["addresses"]] == ["1 Main Street"]


@pytest.mark.parametrize(
    ("level", "statuses"),
    [pytest.param("none", (403, 403), id="none"), pytest.param("read", (200, 403), id="read"),
     pytest.param("write", (200, 200), id="write")],
)  # fmt: skip
def test_a_restricted_key_needs_a_permission_of_its_own(site, jenny, level, statuses):
    permissions = {"customers": "write", "privacy": level}
    _key, text = api_keys.issue(
        site, livemode=False, kind="restricted", permissions=permissions, at=clock.now()
    )
    desk = V1Client(text)

    plan, erase = desk.get(f"customers/{jenny}/erasure/plan"), desk.post(f"customers/{jenny}/erase")

    assert (plan.status, erase.status) == statuses
