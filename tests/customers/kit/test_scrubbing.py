import pytest

from customers.kit.scrubbing import scrub


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("card 4242 4242-42424242.", "card [card number].", id="end of a sentence"),
        pytest.param(
            "/sandbox/visit_4242424242424242", "/sandbox/visit_[card number]", id="in a path"
        ),
        pytest.param("number4242424242424242x", "number[card number]x", id="between letters"),
        pytest.param("4242424242424241", "4242424242424241", id="wrong check digit"),
        pytest.param("0.4242424242424242", "0.4242424242424242", id="a fraction"),
        pytest.param("94242424242424242421", "94242424242424242421", id="too long"),
    ],
)
def test_card_numbers_are_scrubbed(text, expected):
    assert scrub(text) == expected
