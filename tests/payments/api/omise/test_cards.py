"""`/omise/customers/{customer}/cards` as it is spoken."""

import pytest

from tests.payments.api.conftest import jenny

__all__ = ["jenny"]
MASTERCARD = "5555555555554444"


@pytest.fixture
def cards(somchai):
    """The path of somebody's cards."""
    return f"customers/{somchai['id']}/cards"


@pytest.fixture
def card(cards, somchai):
    """The path of the one card."""
    return f"{cards}/{somchai['default_card']}"


@pytest.fixture
def add(omise, somchai, token):
    """Add a card to somebody's, and return its id."""

    def added(number):
        answer = omise.patch(f"customers/{somchai['id']}", card=token(number))
        return answer.body["cards"]["data"][0]["id"]

    return added


def test_a_card_looks_as_it_does_with_its_customer(omise, card, somchai):
    assert omise.get(card).body == somchai["cards"]["data"][0]


def test_cards_are_listed_the_oldest_first(omise, cards, somchai, add):
    second = add(MASTERCARD)

    listed = omise.get(cards, limit=20)
    newest = omise.query(cards, limit=1, order="reverse_chronological")

    assert listed.ids == [somchai["default_card"], second]
    assert (newest.ids, newest.body["total"]) == ([second], 2)
    assert listed.body["location"] == f"/omise/{cards}"


def test_a_card_is_changed(omise, card, told):
    before = omise.get(card).body
    change = {
        "name": "Somchai P.", "expiration_month": 1, "expiration_year": 2040, "city": "Bangkok", "state": "BKK",
        "street1": "1 Rama I Road", "street2": "Floor 2", "phone_number": "+66 2 000 0000", "postal_code": "10330",
    }  # fmt: skip

    answer = omise.patch(card, change)

    assert (answer.status, answer.body) == (200, {**before, **change})
    assert omise.get(card).body == answer.body


def test_numbers_may_come_as_numbers(omise, card):
    answer = omise.patch(card, postal_code=10330, street1=17, phone_number=6620000000)

    assert (answer.body["postal_code"], answer.body["street1"], answer.body["phone_number"]) == (
        "10330", "17", "6620000000",
    )  # fmt: skip


@pytest.mark.parametrize(
    "params",
    [
        {"expiration_month": 13},
        {"expiration_month": "soon"},
        {"expiration_year": 99},
        {"name": ["Somchai"]},
        {"postal_code": True},
        {"street1": "x" * 501},
        {"number": MASTERCARD},
        {"security_code": "123"},
        {"default": True},
    ],
    ids=str,
)
def test_what_cannot_be_changed_is_refused_by_name(omise, card, nothing_written, params):
    with nothing_written():
        answer = omise.patch(card, params)

    (name,) = params
    assert (answer.status, answer.body["object"]) == (400, "error")
    assert name in answer.body["message"]
    assert "card[" not in answer.body["message"]  # what a token calls it
    assert MASTERCARD not in str(answer.body)


def test_a_list_that_makes_no_sense_is_no_matter_of_a_card(omise, cards):
    answer = omise.get(cards, limit=101)

    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def test_a_card_is_removed(omise, card, somchai):
    answer = omise.delete(card)

    assert answer.body == {
        "object": "card", "id": somchai["default_card"], "livemode": False, "deleted": True,
    }  # fmt: skip
    assert omise.delete(card).body["message"] == f"card {somchai['default_card']} was not found"
    left = omise.get(f"customers/{somchai['id']}").body
    assert (left["default_card"], left["cards"]["total"]) == (None, 0)


def test_the_newest_card_takes_the_place_of_a_default_that_is_removed(omise, card, somchai, add):
    add(MASTERCARD)
    newest = add("378282246310005")

    omise.delete(card)

    assert omise.get(f"customers/{somchai['id']}").body["default_card"] == newest


def test_another_customers_card_is_not_there(omise, somchai, token, nothing_written):
    other = omise.post("customers", card=token()).body["id"]
    path = f"customers/{other}/cards/{somchai['default_card']}"

    with nothing_written():
        answers = [omise.get(path), omise.patch(path, name="X"), omise.delete(path)]

    assert {(answer.status, answer.body["message"]) for answer in answers} == {
        (404, f"card {somchai['default_card']} was not found")
    }


def test_a_bank_account_is_no_card(omise, api, jenny, nothing_written):
    account = api.post(f"customers/{jenny}/sources", source="btok_us_verified").body["id"]
    path = f"customers/{jenny}/cards/{account}"

    with nothing_written():
        answers = [omise.get(path), omise.patch(path, name="X"), omise.delete(path)]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "not_found")}
    assert omise.get(f"customers/{jenny}/cards").ids == []
