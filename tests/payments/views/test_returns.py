"""A customer goes away to authenticate, and comes back through our door."""

from urllib.parse import parse_qs, urlsplit

import pytest

from payments.models import PaymentIntent, SetupIntent
from payments.services import returns

SHOP = "https://shop.example.com/back?order=7"


@pytest.fixture
def intent(api):
    """A payment that waits for its customer."""
    answer = api.post(
        "payment_intents", amount=2000, currency="eur", payment_method="pm_card_threeDSecure2Required",
        confirm=True, return_url=SHOP,
    )  # fmt: skip
    assert answer.status == 200, answer.body
    return answer.body


@pytest.fixture
def setup(api):
    """A card that is saved once its customer has authenticated."""
    answer = api.post(
        "setup_intents",
        payment_method="pm_card_authenticationRequired",
        confirm=True,
        return_url=SHOP,
    )
    assert answer.status == 200, answer.body
    return answer.body


def path_of(url):
    return url.removeprefix("http://127.0.0.1:8000")


def go_through(client, thing, choice):
    """Do at the bank what the customer chooses, and return where our door then leads."""
    page = path_of(thing["next_action"]["redirect_to_url"]["url"])
    over = client.post(page, {"choice": choice}, follow=True).content.decode()
    back = over.split('content="0; url=')[1].split('"')[0]
    return client.get(path_of(back.replace("&amp;", "&")))


@pytest.mark.parametrize(
    ("choice", "word", "status"),
    [("complete", "succeeded", "succeeded"), ("fail", "failed", "requires_payment_method")],
)
def test_payment_is_settled_before_the_customer_is_back(client, api, intent, choice, word, status):
    answer = go_through(client, intent, choice)

    said = urlsplit(answer["Location"])
    assert answer.status_code == 302
    assert f"{said.scheme}://{said.netloc}{said.path}" == "https://shop.example.com/back"
    assert parse_qs(said.query) == {
        "order": ["7"], "payment_intent": [intent["id"]],
        "payment_intent_client_secret": [intent["client_secret"]], "redirect_status": [word],
    }  # fmt: skip
    assert api.get(f"payment_intents/{intent['id']}").body["status"] == status


@pytest.mark.parametrize(("choice", "word"), [("complete", "succeeded"), ("fail", "failed")])
def test_setup_is_settled_before_the_customer_is_back(client, setup, choice, word):
    answer = go_through(client, setup, choice)

    said = parse_qs(urlsplit(answer["Location"]).query)
    assert said == {
        "order": ["7"], "setup_intent": [setup["id"]],
        "setup_intent_client_secret": [setup["client_secret"]], "redirect_status": [word],
    }  # fmt: skip


def test_customer_who_comes_back_early_is_told_to_wait(client, scope, intent):
    answer = client.get(path_of(returns.url_for(intent["id"])))

    assert parse_qs(urlsplit(answer["Location"]).query)["redirect_status"] == ["pending"]
    assert PaymentIntent.objects.get(pk=intent["id"]).status == "requires_action"


@pytest.mark.parametrize("what", ["seal", "reference", "nothing"])
def test_door_opens_only_for_addresses_that_we_gave(client, scope, intent, setup, what):
    good = path_of(returns.url_for(intent["id"]))
    wrong = {
        "seal": good.replace("/returns/", "/returns/0"),
        "reference": good.replace(intent["id"], f"{setup['id']}/1"),
        "nothing": path_of(returns.url_for("pi_nothing")),
    }[what]

    answer = client.get(wrong)

    assert answer.status_code == 404
    assert PaymentIntent.objects.get(pk=intent["id"]).status == "requires_action"
    assert SetupIntent.objects.get(pk=setup["id"]).status == "requires_action"
