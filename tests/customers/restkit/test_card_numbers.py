"""The guard that keeps card numbers out of free text."""

import random
import uuid

import pytest

from customers.restkit.card_numbers import path_of_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "card 378282246310005, please",
    ],
)
def test_a_card_number_is_found(text):
    assert path_of_card_number({"metadata": {"note": text}}) == "metadata[note]"


@pytest.mark.parametrize(
    "text", ["stripe-python-retry-{}", "{}", "order {} of 3"], ids=["a retry", "a key", "a text"]
)
def test_a_uuid_holds_none(text):
    numbers = random.Random(4242)  # the same UUIDs each time: dozens of them look like a card's number
    uuids = (uuid.UUID(int=numbers.getrandbits(128), version=4) for _ in range(100_000))

    found = [each for each in uuids if path_of_card_number({"key": text.format(each)})]

    assert found == []


def test_what_stands_beside_a_uuid_is_still_found():
    text = f"{uuid.UUID(int=7)} 4242424242424242"

    assert path_of_card_number({"key": text}) == "key"
