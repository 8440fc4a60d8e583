"""Customers and their cards through the official Python library for Omise, unmodified, at both of its mounts."""

from datetime import datetime

import omise
import pytest

from customers.kit import clock
from tests.wire.omise_cards import MASTERCARD, token

pytestmark = pytest.mark.usefixtures("omise_sdk")
JOHN = {
    "email": "john@example.com",
    "description": "John Doe - Premium Member",
    "metadata": {"user_id": "12345", "plan": "premium"},
}
DOCUMENTED = {
    "object", "id", "livemode", "location", "default_card", "email", "description", "created_at", "cards", "metadata",
}  # fmt: skip
DOCUMENTED_OF_CARDS = {
    "object", "id", "livemode", "location", "country", "city", "postal_code", "financing", "bank", "brand",
    "fingerprint", "first_digits", "last_digits", "name", "expiration_month", "expiration_year",
    "security_code_check", "tokenization_method", "created_at",
}  # fmt: skip
MORE = {"deleted", "linked_accounts"}
MORE_OF_CARDS = {"deleted", "street1", "street2", "state", "phone_number"}


@pytest.fixture
def john(omise_sdk):
    """A customer without a card."""
    return omise.Customer.create(**JOHN)


@pytest.fixture
def jane(omise_sdk):
    """A customer with a card."""
    return omise.Customer.create(email="jane@example.com", card=token())


def test_create(john):
    assert isinstance(john, omise.Customer)
    assert (john.email, john.description, john.default_card) == (JOHN["email"], JOHN["description"], None)  # fmt: skip
    assert john._attributes["metadata"] == JOHN["metadata"]
    assert john.id.startswith("cust_test_")


def test_create_with_nothing(omise_sdk):
    customer = omise.Customer.create()

    assert (customer.email, customer.description, customer._attributes["metadata"]) == (
        None, None, {},
    )  # fmt: skip


def test_create_with_a_card_in_one_step(omise_sdk):
    customer = omise.Customer.create(email="john@example.com", description="John", card=token())

    assert customer.cards.total == 1
    assert customer.default_card == customer.cards[0].id


def test_create_with_a_card_in_two_steps(john):
    john.update(card=token())

    assert john.cards.total == 1
    assert john.default_card == john.cards[0].id


def test_the_answer_has_the_documented_members(jane, mount):
    shown, below = jane._attributes, "/omise" if mount else ""
    (card,) = shown["cards"]["data"]

    assert shown.keys() == DOCUMENTED | MORE
    assert card.keys() == DOCUMENTED_OF_CARDS | MORE_OF_CARDS
    assert shown == {
        "object": "customer",
        "id": jane.id,
        "livemode": False,
        "location": f"{below}/customers/{jane.id}",
        "deleted": False,
        "default_card": card["id"],
        "email": "jane@example.com",
        "description": None,
        "created_at": shown["created_at"],
        "cards": {
            "object": "list",
            "data": [card],
            "limit": 20,
            "offset": 0,
            "total": 1,
            "location": f"{below}/customers/{jane.id}/cards",
            "order": None,
            "from": "1970-01-01T00:00:00Z",
            "to": shown["cards"]["to"],
        },
        "linked_accounts": [],
        "metadata": {},
    }
    assert card == {
        "object": "card",
        "id": card["id"],
        "livemode": False,
        "location": f"{below}/customers/{jane.id}/cards/{card['id']}",
        "deleted": False,
        "street1": None,
        "street2": None,
        "city": "Bangkok",
        "state": None,
        "phone_number": None,
        "postal_code": "10200",
        "country": "US",
        "financing": "credit",
        "bank": "",
        "brand": "Visa",
        "fingerprint": card["fingerprint"],
        "first_digits": None,
        "last_digits": "4242",
        "name": "John Doe",
        "expiration_month": 12,
        "expiration_year": 2030,
        "security_code_check": True,
        "tokenization_method": None,
        "created_at": card["created_at"],
    }
    assert shown["created_at"].endswith("Z")
    assert datetime.fromisoformat(shown["created_at"]) <= clock.now()


def test_retrieve_and_reload(jane):
    retrieved = omise.Customer.retrieve(jane.id)
    omise.Customer.retrieve(jane.id).update(description="Changed elsewhere")

    jane.reload()

    assert (retrieved.email, retrieved.cards.total, retrieved.default_card) == (
        "jane@example.com", 1, jane.default_card,
    )  # fmt: skip
    assert jane.description == "Changed elsewhere"


def test_lists_are_paged_and_ordered(omise_sdk):
    made = [omise.Customer.create(email=f"{n}@example.com").id for n in range(5)]

    newest = omise.Customer.list().offset(limit=2, offset=0, order="reverse_chronological")
    middle = omise.Customer.list().offset(limit=2, offset=2, order="chronological")
    all_of_them = [customer.id for customer in omise.Customer.list()]
    collection = omise.Customer.retrieve()

    assert [customer.id for customer in newest] == [made[4], made[3]]
    assert [customer.id for customer in middle] == made[2:4]
    assert all_of_them == made
    assert len(omise.Customer.list()) == 5
    assert (collection.total, [customer.id for customer in collection]) == (5, made)
    assert collection.retrieve(made[1]).email == "1@example.com"


def test_lists_are_narrowed_by_time(john):
    """The library has no parameter for it on customers; its list takes what charges' takes."""
    day = clock.now().date().isoformat()
    since = omise.LazyCollection("customers", fromDate=day)
    before = omise.LazyCollection("customers", toDate="2024-12-31T23:59:59Z")

    assert [customer.id for customer in since] == [john.id]
    assert [customer.id for customer in before] == []


def test_a_customer_is_found_by_email(omise_sdk):
    for n in range(101):
        omise.Customer.create(email=f"{n}@example.com")

    found = find_customer_by_email("100@example.com")

    assert found.email == "100@example.com"
    assert find_customer_by_email("nobody@example.com") is None


def find_customer_by_email(email, limit=100):
    """Walk through the pages, as the documentation does."""
    offset = 0
    while True:
        page = omise.Customer.list().offset(limit=limit, offset=offset)
        for customer in page:
            if customer.email == email:
                return customer
        if len(page) < limit:
            return None
        offset += limit


def test_update(john):
    john.update(
        email="newemail@example.com",
        description="John Doe - Enterprise Member",
        metadata={"plan": "enterprise", "seats": 12, "tags": ["a", None]},
    )

    again = omise.Customer.retrieve(john.id)
    assert (again.email, again.description) == (
        "newemail@example.com", "John Doe - Enterprise Member",
    )  # fmt: skip
    assert again._attributes["metadata"] == {"plan": "enterprise", "seats": 12, "tags": ["a", None]}


def test_attributes_that_were_set_are_sent(john):
    john.description = "Set before"

    john.update()

    assert omise.Customer.retrieve(john.id).description == "Set before"


def test_change_the_default_card(jane):
    first = jane.default_card
    jane.update(card=token(MASTERCARD))
    new_one = next(card.id for card in jane.cards if card.id != first)

    jane.update(default_card=new_one)

    jane.reload()
    assert jane.default_card == new_one


def test_destroy(jane):
    jane.destroy()

    assert jane.destroyed is True
    assert jane._attributes == {
        "object": "customer", "id": jane.id, "livemode": False, "deleted": True,
    }  # fmt: skip
    with pytest.raises(omise.errors.NotFoundError, match=f"customer {jane.id} was not found"):
        omise.Customer.retrieve(jane.id)
    assert list(omise.Customer.list()) == []


def test_cards_are_listed(jane):
    jane.update(card=token(MASTERCARD))
    john = omise.Customer.create(card=token())

    embedded = [(card.brand, card.last_digits, card.expiration_month) for card in jane.cards]
    listed = [card.brand for card in jane.list_cards()]

    assert embedded == [("MasterCard", "4444", 12), ("Visa", "4242", 12)]  # the newest first
    assert listed == ["Visa", "MasterCard"]
    assert (len(jane.list_cards()), len(john.list_cards())) == (2, 1)


def test_a_card_is_added(jane):
    omise.Customer.retrieve(jane.id).update(card=token(MASTERCARD))

    jane.reload()

    assert jane.cards.total == 2
    assert jane.cards[0].last_digits == "4444"


def test_a_card_is_retrieved_changed_and_reloaded(jane):
    card = omise.Card.retrieve(jane.id, jane.default_card)
    card.update(expiration_month=11, expiration_year=2031, name="Jane Doe", postal_code="10310")

    again = jane.cards.retrieve(card.id)
    again.reload()

    assert isinstance(card, omise.Card)
    assert (card.name, card.city) == ("Jane Doe", "Bangkok")
    assert again._attributes == card._attributes
    assert (again.expiration_month, again.expiration_year, again.postal_code) == (11, 2031, "10310")


def test_a_card_is_removed(jane):
    jane.update(card=token(MASTERCARD))
    first = jane.default_card
    card = jane.cards.retrieve(first)

    card.destroy()

    jane.reload()
    assert card.destroyed is True
    assert (jane.cards.total, jane.default_card) == (1, jane.cards[0].id)
    with pytest.raises(omise.errors.NotFoundError, match=f"card {first} was not found"):
        omise.Card.retrieve(jane.id, first)


def test_a_token_can_be_used_once(jane):
    used = token()
    jane.update(card=used)

    with pytest.raises(omise.errors.UsedTokenError):
        jane.update(card=used)
    with pytest.raises(omise.errors.NotFoundError):
        jane.update(card="tokn_test_absent")

    jane.reload()
    assert jane.cards.total == 2


def test_a_token_is_retrieved(omise_sdk):
    made = omise.Token.retrieve(token())
    customer = omise.Customer.create(card=made.id)

    made.reload()

    assert (made.object, made.used) == ("token", True)
    assert made.card.id == customer.default_card


def test_the_account(omise_sdk, site, mount):
    account = omise.Account.retrieve()
    account.reload()
    account.update()

    assert account.location == f"{'/omise' if mount else ''}/account"
    assert account.id == f"account_test_{site.pk.removeprefix('acct_')}"
    with pytest.raises(omise.errors.BaseError, match="webhook_uri"):
        account.update(webhook_uri="https://example.com/hook")


def test_wrong_keys_are_authentication_failures(omise_sdk, keys):
    omise.api_secret = "skey_test_unknown"

    with pytest.raises(omise.errors.AuthenticationFailureError):
        omise.Customer.list().offset()


def test_what_makes_no_sense_is_refused_by_name(john):
    with pytest.raises(omise.errors.BaseError, match="colour"):
        john.update(colour="red")
    with pytest.raises(omise.errors.BaseError, match="email"):
        omise.Customer.create(email="nobody")
    with pytest.raises(omise.errors.BaseError, match="limit"):
        omise.Customer.list().offset(limit=101)
    with pytest.raises(omise.errors.BaseError, match="default_card"):
        john.update(default_card="card_test_absent")
