"""The guard that keeps card numbers out of free text."""

import uuid
from hashlib import blake2b

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
    drawn = (blake2b(str(number).encode(), digest_size=16).digest() for number in range(100_000))
    uuids = (uuid.UUID(bytes=each, version=4) for each in drawn)

    found = [each for each in uuids if path_of_card_number({"key": text.format(each)})]

    assert found == []


def test_what_stands_beside_a_uuid_is_still_found():
    text = f"{uuid.UUID(int=7)} 4242424242424242"

    assert path_of_card_number({"key": text}) == "key"
