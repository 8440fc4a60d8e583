"""The token route as browsers use it: with a page's key or a publishable one, from some websites, and not too often."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.models import Site
from customers.services import allowances, page_keys
from payments.models import Charge, Token
from payments.services import card_testing
from tests.v1_client import V1Client

CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
SHOP = "https://shop.example.com"
pytestmark = pytest.mark.usefixtures("scope")
ACCOUNT = {"account_number": "000123456789", "routing_number": "110000000", "country": "US"}
MONEY = {"amount": 2000, "currency": "usd"}


@pytest.fixture
def page(site):
    return V1Client(page_keys.issue(site, livemode=False, page="invoice in_1", at=clock.now()))


@pytest.fixture
def browser(keys):
    return V1Client(keys["pk_test"])


# -- a page's key ------------------------------------------------------------------------------------------------------


def test_page_is_told_no_more_than_the_tokens_id(page):
    answer = page.json("tokens", {"card": CARD})

    token = Token.objects.get()
    assert answer.status == 200
    assert answer.body == {
        "id": token.pk, "object": "token", "created": answer.body["created"], "livemode": False,
        "type": "card", "used": False,
    }  # fmt: skip
    assert token.expires_at - token.created_at == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "tokens/tok_1"),
        ("GET", "customers"),
        ("POST", "customers"),
        ("POST", "payment_methods"),
        ("GET", "account"),
    ],
)
def test_pages_key_opens_nothing_else(page, method, path):
    answer = page.send(method, path)

    assert answer.status in {401, 403}


def test_page_makes_no_token_of_a_bank_account(page, nothing_written):
    with nothing_written():
        answer = page.json("tokens", {"bank_account": ACCOUNT})

    assert (answer.status, answer.error["param"]) == (400, "bank_account")


def test_old_page_is_told_to_get_another_key(site, nothing_written):
    old = page_keys.issue(
        site, livemode=False, page="x", at=clock.now() - page_keys.LIVES - timedelta(seconds=1)
    )

    with nothing_written():
        answer = V1Client(old).json("tokens", {"card": CARD})

    assert (answer.status, answer.error["code"]) == (401, "api_key_expired")


def test_cookies_say_nothing_to_the_route(client):
    client.cookies["sessionid"] = "s" * 32

    answer = client.post("/v1/tokens", {"card[number]": CARD["number"]})

    assert answer.status_code == 401
    assert answer.cookies == {}
    assert "Vary" not in answer.headers


def test_what_does_not_belong_there_is_refused(page, nothing_written):
    with nothing_written():
        answer = page.json("tokens", {"card": {**CARD, "pin": "1234"}})

    assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")


# -- websites ----------------------------------------------------------------------------------------------------------


def question(client, origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return client.options("/v1/tokens", headers=headers)


def test_named_website_may_make_tokens(client, browser, site):
    Site.objects.filter(pk=site.pk).update(allowed_origins=[SHOP])

    asked = question(client, SHOP)
    answer = browser.json("tokens", {"card": CARD}, headers={"Origin": SHOP})

    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, SHOP)
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, SHOP)
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_other_websites_may_not(client, browser, site, other, nothing_written):
    Site.objects.filter(pk=other[0].pk).update(allowed_origins=[SHOP])

    asked = question(client, "https://evil.example.com")
    with nothing_written():
        answer = browser.json("tokens", {"card": CARD}, headers={"Origin": SHOP})

    assert "Access-Control-Allow-Origin" not in asked.headers
    assert (answer.status, answer.error["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_our_own_pages_may(browser):
    answer = browser.json("tokens", {"card": CARD}, headers={"Origin": "http://testserver"})

    assert (answer.status, "Access-Control-Allow-Origin" in answer.headers) == (200, False)


# -- trying cards out --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["OF_NETWORK", "OF_PAGE", "OF_CARD"])
def test_tokens_are_not_made_too_often(page, monkeypatch, limit):
    few = allowances.Allowance(limit, 2, 600)
    monkeypatch.setattr(card_testing, limit, few)

    statuses = [page.json("tokens", {"card": CARD}).status for _ in range(3)]
    refused = page.json("tokens", {"card": CARD})

    assert statuses == [200, 200, 429]
    assert (refused.error["code"], int(refused.headers["Retry-After"]) > 0) == ("rate_limit", True)


def test_numbers_that_are_refused_count_too(page, monkeypatch):
    monkeypatch.setattr(card_testing, "OF_PAGE", allowances.Allowance("few", 2, 600))

    statuses = [
        page.json("tokens", {"card": {**CARD, "number": "4000056655665557"}}).status
        for _ in range(3)
    ]

    assert statuses == [402, 402, 429]


def test_servers_are_not_counted(api, monkeypatch):
    monkeypatch.setattr(card_testing, "OF_NETWORK", allowances.Allowance("none", 0, 600))

    assert api.json("tokens", {"card": CARD}).status == 200


# -- security codes of saved cards -------------------------------------------------------------------------------------


def code_of(page, code="123"):
    answer = page.json("tokens", {"cvc_update": {"cvc": code}})
    assert answer.status == 200, answer.body
    return answer.body["id"]


@pytest.fixture
def saved(api):
    """A customer with a card; returns what a payment names."""
    customer = api.post("customers", payment_method="pm_card_visa").body["id"]
    method = api.get(f"customers/{customer}/payment_methods").body["data"][0]["id"]
    return {"customer": customer, "payment_method": method}


def paid(api, saved, code, **more):
    options = {"card": {"cvc_token": code}}
    return api.post("payment_intents", MONEY, **saved, payment_method_options=options, **more)


def checks():
    return Charge.objects.get().method_details["card"]["checks"]["cvc_check"]


def test_code_is_kept_nowhere(page):
    code = code_of(page, "739")

    token = Token.objects.get()
    assert (code[:7], token.kind, token.details) == ("cvctok_", "cvc_update", {})
    assert token.gateway_reference.startswith("scvc_3_")


def test_saved_card_pays_with_its_code(api, page, saved):
    code = code_of(page)

    answer = paid(api, saved, code, confirm="true")

    assert (answer.status, answer.body["status"]) == (200, "succeeded")
    assert answer.body["payment_method_options"]["card"].get("cvc_token") is None
    assert checks() == "pass"
    assert Token.objects.get().used_at is not None


def test_intent_is_confirmed_with_a_code(api, page, saved):
    intent = api.post("payment_intents", MONEY, **saved).body["id"]
    options = {"card": {"cvc_token": code_of(page)}}

    answer = api.post(f"payment_intents/{intent}/confirm", payment_method_options=options)

    assert (answer.status, answer.body["status"], checks()) == (200, "succeeded", "pass")


def test_code_of_another_length_than_the_cards_is_wrong(api, page, saved):
    answer = paid(api, saved, code_of(page, "7391"), confirm="true")

    assert (answer.status, answer.error["code"]) == (402, "incorrect_cvc")


def test_code_is_good_once(api, page, saved):
    code = code_of(page)
    paid(api, saved, code, confirm="true")

    again = paid(api, saved, code, confirm="true")

    assert (again.status, again.error["code"]) == (400, "token_already_used")
    assert Charge.objects.count() == 1


def test_same_request_pays_once_with_its_code(api, page, saved):
    code, key = code_of(page), {"Idempotency-Key": "order-7"}

    answers = [paid(api, saved, code, confirm="true", headers=key) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert Charge.objects.count() == 1


@pytest.mark.parametrize("code", ["cvctok_none", "tok_visa", "x"])
def test_what_is_no_code_is_refused(api, saved, code):
    answer = paid(api, saved, code, confirm="true")

    assert (answer.status, answer.error["code"]) == (404, "resource_missing")
    assert answer.error["param"] == "payment_method_options[card][cvc_token]"
    assert not Charge.objects.exists()


def test_code_comes_with_the_confirmation_only(api, page, saved):
    answer = paid(api, saved, code_of(page))

    assert (answer.status, answer.error["param"]) == (
        400, "payment_method_options[card][cvc_token]",
    )  # fmt: skip


def test_code_is_no_card(api, page):
    code = code_of(page)

    answers = [
        api.post("customers", source=code),
        api.post("payment_methods", type="card", card={"token": code}),
    ]

    assert [answer.status for answer in answers] == [404, 404]


@pytest.mark.parametrize("code", ["12", "12345", "abc", ""])
def test_what_cannot_be_a_code_is_refused(page, nothing_written, code):
    with nothing_written():
        answer = page.json("tokens", {"cvc_update": {"cvc": code}})

    assert answer.status in {400, 402}


def test_another_sites_code_is_not_found(api, other, saved):
    theirs = V1Client(other[1]["pk_test"]).json("tokens", {"cvc_update": {"cvc": "123"}}).body["id"]

    answer = paid(api, saved, theirs, confirm="true")

    assert (answer.status, answer.error["code"]) == (404, "resource_missing")
