"""`/v1/account` and `/v1/accounts` (fact F15)."""

import pytest


@pytest.fixture
def account(api):
    return api.get("account").body


def test_the_account_is_the_site(site, account):
    assert (account["id"], account["object"], account["country"]) == (site.pk, "account", "US")
    assert account["business_profile"]["name"] == "Acme"
    assert account["settings"]["dashboard"] == {"display_name": "Acme", "timezone": "UTC"}
    assert account["created"] == int(site.created_at.timestamp())


def test_it_is_found_by_its_id(api, site, account):
    assert api.get(f"accounts/{site.pk}").body == account


def test_another_account_is_not_there(api, other):
    answer = api.get(f"accounts/{other[0].pk}")

    assert (answer.status, answer.error["code"], answer.error["param"]) == (
        404,
        "account_invalid",
        "id",
    )


def test_it_is_the_only_one_listed(api, account):
    assert api.get("accounts").body == {
        "object": "list",
        "data": [account],
        "has_more": False,
        "url": "/v1/accounts",
    }


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"limit": 1}, 1),
        ({"limit": 100}, 1),
        ({"page": 1}, 1),
        ({"page": 2}, 0),
        ({"created": {"gt": 1}}, 1),
        ({"created": {"gte": 4_000_000_000}}, 0),
        ({"created": {"lt": 1}}, 0),
        ({"created": {"lte": 4_000_000_000}}, 1),
        ({"created": 1}, 0),
        ({"expand": []}, 1),
    ],
)
def test_the_list_is_narrowed_like_any_other(api, asked, count):
    assert len(api.get("accounts", asked).body["data"]) == count


def test_nothing_lies_behind_or_before_it(api, site, account):
    assert api.get("accounts", starting_after=site.pk).body["data"] == []
    assert api.get("accounts", ending_before=site.pk).body["data"] == []
    assert api.get("accounts", created=account["created"]).ids == [site.pk]


def test_the_own_account_may_be_named_in_a_header(api, site, other):
    mine = api.send("GET", "account", headers={"Stripe-Account": site.pk})
    theirs = api.send("GET", "account", headers={"Stripe-Account": other[0].pk})

    assert (mine.status, theirs.status, theirs.error["code"]) == (200, 404, "account_invalid")
