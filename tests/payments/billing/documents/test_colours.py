"""The seller's colour, and text that can be read on it."""

import pytest

from payments.billing.documents import colours


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#ffffff", (1, 1, 1)),
        ("#FF0000", (1, 0, 0)),
        ("red", colours.from_hex("#4f46e5")),
        ("#fff", colours.from_hex("#4f46e5")),
        ("#ffffff\n", colours.from_hex("#4f46e5")),
    ],
)
def test_a_colour_is_read(text, expected):
    assert colours.from_hex(text) == expected


@pytest.mark.parametrize(
    ("ground", "expected"),
    [("#facc15", colours.INK), ("#4f46e5", colours.WHITE), ("#000000", colours.WHITE)],
)
def test_text_can_be_read_on_its_ground(ground, expected):
    assert colours.text_on(colours.from_hex(ground)) == expected
