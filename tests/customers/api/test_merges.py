"""`/v1/customers/{customer}/merges`: previewed, made, listed, undone."""

import pytest

from tests.omise_client import OmiseClient
from tests.v1_client import V1Client


@pytest.fixture
def kept(api):
    return api.post("customers", name="Ada Whitfield", email="ada@example.com").body["id"]


@pytest.fixture
def merged(api):
    made = api.post(
        "customers", name="A. Whitfield", email="ada.w@example.com", phone="021234567", balance=-500
    )
    api.post(f"customers/{made.body['id']}", source="tok_visa")
    return made.body["id"]


def test_a_merge_is_previewed(api, kept, merged):
    answer = api.post(
        f"customers/{kept}/merges/preview", customer=merged, choices={"name": "merged"}
    )

    wire = answer.body
    assert answer.status == 200
    assert {name: wire.pop(name) for name in ("choices", "balance", "currency", "moved")} == {
        "choices": {
            "default_payment_method": "merged",
            "email": "kept",
            "name": "merged",
            "phone": "merged",
        },
        "balance": -500,
        "currency": "usd",
        "moved": {"events": 4, "payment_methods": 1},
    }
    assert api.get(f"customers/{merged}").body["id"] == merged
    assert api.get(f"customers/{kept}/merges").ids == []


def test_a_merge_is_made_and_the_old_id_leads_to_the_kept_one_in_both_dialects(
    api, keys, kept, merged
):
    made = api.post(f"customers/{kept}/merges", customer=merged)
    found = api.get(f"customers/{merged}").body
    omise = OmiseClient(keys["skey_test"]).get(f"customers/{merged.replace('cus_', 'cust_test_')}")

    assert (made.body["customer"], made.body["merged_customer"]) == (kept, merged)
    assert (found["id"], found["balance"], found["phone"]) == (kept, -500, "021234567")
    assert omise.body["id"] == kept.replace("cus_", "cust_test_")
    assert api.get(f"customers/{merged}/merges").ids == [made.body["id"]]
    assert api.get("customers").ids == [kept]


def test_a_charge_by_the_old_id_is_the_kept_one_s(api, kept, merged):
    api.post(f"customers/{kept}/merges", customer=merged)

    charge = api.post("charges", amount=2000, currency="usd", customer=merged).body

    assert (charge["status"], charge["customer"]) == ("succeeded", kept)


def test_a_merge_is_undone(api, kept, merged):
    made = api.post(f"customers/{kept}/merges", customer=merged).body["id"]

    undone = api.post(f"customers/{kept}/merges/{made}/undo").body

    assert undone["undone_at"] is not None
    assert undone["not_restored"] == []
    found = api.get(f"customers/{merged}").body
    assert (found["id"], found["balance"]) == (merged, -500)
    assert api.get(f"customers/{kept}").body["balance"] == 0


def test_a_merge_is_expanded(api, kept, merged):
    made = api.post(f"customers/{kept}/merges", customer=merged).body["id"]

    wire = api.get(f"customers/{kept}/merges/{made}", {"expand": ["customer"]}).body

    assert wire["customer"]["email"] == "ada@example.com"


def test_a_customer_that_is_not_there_is_refused(api, kept):
    gone = api.post("customers").body["id"]
    api.delete(f"customers/{gone}")

    answers = [api.post(f"customers/{kept}/merges", customer=pk) for pk in ("cus_0", gone, kept)]

    assert [(answer.status, answer.error.get("param")) for answer in answers] == [
        (404, "customer"),
        (404, "customer"),
        (400, "customer"),
    ]


def test_strangers_merge_nothing(kept, merged, other, keys):
    strangers = [V1Client(other[1]["sk_test"]), V1Client(keys["sk_live"])]

    statuses = [
        stranger.post(f"customers/{kept}/merges", customer=merged).status for stranger in strangers
    ]

    assert statuses == [404, 404]
