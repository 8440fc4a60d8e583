"""Which way characters run, and in which order a line's pieces stand."""

import pytest

from payments.billing.documents.directions import levels, visual_order


@pytest.mark.parametrize(
    ("text", "right_to_left", "expected"),
    [
        pytest.param("abc 12", True, [0] * 6, id="no letter that runs to the left"),
        pytest.param("+66 2 12", True, [0] * 8, id="a phone number keeps its order"),
        pytest.param("אב a1", True, [1, 1, 1, 2, 2], id="mirrored page"),
        pytest.param("a אב", False, [0, 0, 1, 1], id="first letter"),
        pytest.param("אב a", False, [1, 1, 1, 2], id="first letter runs to the left"),
        pytest.param("אב 12", True, [1, 1, 1, 2, 2], id="digits"),
        pytest.param("a \u2067אב\u2069 b", False, [0, 0, 0, 1, 1, 1, 0, 0], id="isolate"),
    ],
)
def test_a_character_has_its_level(text, right_to_left, expected):
    assert levels(text, right_to_left=right_to_left) == expected


@pytest.mark.parametrize(
    ("run_levels", "expected"),
    [
        ([0], [0]),
        ([0, 1, 0], [0, 1, 2]),
        ([1, 2, 1], [2, 1, 0]),
        ([1, 2, 3, 2], [1, 2, 3, 0]),
        ([], []),
    ],
)
def test_pieces_stand_in_their_visual_order(run_levels, expected):
    assert visual_order(run_levels) == expected
