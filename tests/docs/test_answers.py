"""Whether what a page shows is in what was answered: the rules that pages are written by."""

import pytest

from tests.docs.answers import differences, text_is_like

NOW, LATER = 1_795_000_000, 1_800_000_000


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        pytest.param({"id": "cus_…"}, {"id": "cus_1", "name": None}, id="an_excerpt"),
        pytest.param({"created": NOW}, {"created": LATER}, id="a_time"),
        pytest.param(
            {"at": "2026-01-01T00:00:00Z"}, {"at": "2030-05-06T07:08:09Z"}, id="an_iso_time"
        ),
        pytest.param([{"a": 1}, "…"], [{"a": 1}, {"a": 2}], id="a_list_that_goes_on"),
        pytest.param({"a": []}, {"a": []}, id="an_empty_list"),
    ],
)
def test_an_excerpt_is_found(shown, real):
    assert differences(shown, real) == []


@pytest.mark.parametrize(
    ("shown", "real", "told"),
    [
        pytest.param({"a": 1}, {}, "answer.a is not there", id="a_member_too_many"),
        pytest.param({"a": 1}, {"a": 2}, "answer.a is 2, not 1", id="a_number"),
        pytest.param({"a": 0}, {"a": False}, "answer.a is False, not 0", id="a_boolean"),
        pytest.param({"a": NOW}, {"a": 5}, f"answer.a is 5, not {NOW}", id="no_time"),
        pytest.param({"a": "x_…"}, {"a": "y_1"}, "answer.a is 'y_1', not 'x_…'", id="a_text"),
        pytest.param({"a": {}}, {"a": None}, "answer.a is None, not {}", id="a_null"),
        pytest.param([1], [1, 2], "answer has 2 elements, not 1", id="a_list_that_goes_on"),
        pytest.param([1, 2, "…"], [1], "answer has 1 elements, not 2", id="a_list_that_ends"),
        pytest.param(
            {"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "answer.a[0].b is 2, not 1", id="deep_inside"
        ),
    ],
)
def test_what_is_not_so_is_told(shown, real, told):
    assert differences(shown, real) == [told]


def test_an_ellipsis_stands_for_any_characters_and_for_nothing_else():
    assert text_is_like("a … c", "a b\nb c")
    assert not text_is_like("a … c", "a b b d")
    assert not text_is_like("a.c", "abc")
