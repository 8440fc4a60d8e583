"""Charges that wait for their customer to authenticate."""

import re
from datetime import timedelta

import pytest

from customers.kit import clock
from payments.models import Charge
from payments.services import charges, sandbox

MONEY = {"amount": 100_000, "currency": "thb"}
SHOP = "https://shop.example.com/back?order=7"
CHALLENGED = "4000000000003220"


@pytest.fixture
def waiting(omise, token):
    """A charge that waits for its customer."""
    answer = omise.post(
        "charges", MONEY, card=token(CHALLENGED), return_uri=SHOP, metadata={"order": 7}
    )
    assert answer.status == 200, answer.body
    return answer.body


@pytest.fixture
def visit(client):
    """Do at the bank what the customer chooses, and return where they are then."""

    def go(charge, choice):
        page = charge["authorize_uri"].removeprefix("http://127.0.0.1:8000")
        over = client.post(page, {"choice": choice}, follow=True).content.decode()
        back = re.search(r'content="0; url=([^"]*)"', over)[1].replace("&amp;", "&")
        return client.get(back.removeprefix("http://127.0.0.1:8000"))["Location"]

    return go


def test_a_card_that_needs_its_customer_waits(waiting):
    assert (waiting["status"], waiting["authorized"], waiting["paid"]) == ("pending", False, False)
    assert (waiting["return_uri"], waiting["metadata"]) == (SHOP, {"order": 7})
    assert waiting["authorize_uri"].startswith("http://127.0.0.1:8000/sandbox/")
    assert (waiting["capturable"], waiting["reversible"], waiting["transaction"]) == (
        False, False, None,
    )  # fmt: skip


def test_the_customer_comes_back_having_paid(omise, waiting, visit, told):
    told()

    came_back_to = visit(waiting, "complete")

    body = omise.get(f"charges/{waiting['id']}").body
    assert came_back_to == SHOP
    assert (body["status"], body["paid"], body["authorized"]) == ("successful", True, True)
    assert (body["authenticated_by"], body["authorize_uri"], body["return_uri"]) == (
        "3DS", None, SHOP,
    )  # fmt: skip
    assert told() == ["charge.succeeded"]


def test_the_customer_comes_back_having_failed(omise, waiting, visit, told):
    told()

    came_back_to = visit(waiting, "fail")

    body = omise.get(f"charges/{waiting['id']}").body
    assert came_back_to == SHOP
    assert (body["status"], body["failure_code"], body["authorize_uri"]) == (
        "failed", "payment_rejected", None,
    )  # fmt: skip
    assert told() == ["charge.failed"]


def test_money_is_held_once_the_customer_authenticated(omise, token, visit):
    waiting = omise.post(
        "charges", MONEY, card=token(CHALLENGED), return_uri=SHOP, capture=False
    ).body

    visit(waiting, "complete")

    body = omise.get(f"charges/{waiting['id']}").body
    assert (body["status"], body["authorized"], body["capturable"]) == ("pending", True, True)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param("4111111111140003", "payment_rejected", id="fails whatever is chosen"),
        pytest.param("4000008400001629", "payment_rejected", id="declined afterwards"),
        pytest.param("4000008260003178", "insufficient_fund", id="broke"),
    ],
)
def test_cards_that_fail_after_their_challenge(omise, token, visit, number, code):
    waiting = omise.post("charges", MONEY, card=token(number), return_uri=SHOP).body

    visit(waiting, "complete")

    body = omise.get(f"charges/{waiting['id']}").body
    assert (waiting["status"], body["status"], body["failure_code"]) == ("pending", "failed", code)


def test_a_card_that_cannot_be_enrolled_fails_at_once(omise, token):
    body = omise.post("charges", MONEY, card=token("4111111111150002"), return_uri=SHOP).body

    assert (body["status"], body["failure_code"], body["authorize_uri"]) == (
        "failed", "payment_rejected", None,
    )  # fmt: skip


def test_a_card_that_needs_nobody_pays_at_once(omise, token):
    body = omise.post("charges", MONEY, card=token(), return_uri=SHOP).body

    assert (body["status"], body["authorize_uri"], body["return_uri"]) == ("successful", None, SHOP)


def test_a_waiting_charge_is_called_off(omise, waiting, told):
    told()

    answer = omise.post(f"charges/{waiting['id']}/expire")

    body = answer.body
    assert (answer.status, body["status"], body["expired"]) == (200, "expired", True)
    assert (body["expired_at"] >= body["created_at"], body["authorize_uri"]) == (True, None)
    assert (body["failure_code"], body["failure_message"]) == (None, None)
    assert told() == ["charge.failed"]


@pytest.mark.parametrize("verb", ["capture", "reverse"])
def test_what_was_not_authorized_holds_nothing(omise, waiting, nothing_written, verb):
    with nothing_written():
        answer = omise.post(f"charges/{waiting['id']}/{verb}")

    assert (answer.status, answer.body["code"]) == (400, f"failed_{verb}")


def test_a_customer_who_was_faster_has_paid(omise, waiting, visit):
    visit(waiting, "complete")

    answer = omise.post(f"charges/{waiting['id']}/expire")

    assert (answer.status, answer.body["code"]) == (400, "failed_expire")
    assert omise.get(f"charges/{waiting['id']}").body["status"] == "successful"


def test_a_customer_who_was_faster_than_we_know_has_paid(omise, waiting, scope):
    sandbox.complete(waiting["authorize_uri"].rpartition("/")[2])

    answer = omise.post(f"charges/{waiting['id']}/expire")

    assert (answer.status, answer.body["code"]) == (400, "failed_expire")
    assert omise.get(f"charges/{waiting['id']}").body["status"] == "successful"


def test_a_charge_expires_at_its_time(omise, token, scope):
    deadline = "2099-01-01T00:00:00Z"
    waiting = omise.post(
        "charges", MONEY, card=token(CHALLENGED), return_uri=SHOP, expires_at=deadline
    ).body

    too_early = charges.expire_due(at=clock.now())
    in_time = charges.expire_due(at=Charge.objects.get().expires_at)

    body = omise.get(f"charges/{waiting['id']}").body
    assert (waiting["expires_at"], too_early, in_time) == (deadline, 0, 1)
    assert (body["status"], body["expired"]) == ("expired", True)


def test_money_is_held_until_the_time_that_was_set(omise, token):
    tomorrow = (clock.now() + timedelta(days=1)).replace(microsecond=0)

    body = omise.post(
        "charges", MONEY, card=token(), capture=False, expires_at=tomorrow.isoformat()
    ).body

    assert body["expires_at"] == tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert charges.expire_due(at=tomorrow) == 1
    assert omise.get(f"charges/{body['id']}").body["status"] == "expired"


def test_money_is_held_for_seven_days_at_most(omise, token):
    body = omise.post("charges", MONEY, card=token(), capture=False, expires_at="2099-01-01").body

    last = clock.now() + timedelta(days=7)
    assert body["expires_at"] <= last.strftime("%Y-%m-%dT%H:%M:%SZ")
