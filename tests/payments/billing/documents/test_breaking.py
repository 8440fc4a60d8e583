# ruff: noqa: RUF001 -- text in the scripts that invoices are written in
"""Where lines end: between words, in scripts with spaces and without."""

from itertools import pairwise

import pytest

from payments.billing.documents.breaking import opportunities


def parts(text, language):
    places = [0, *opportunities(text, language)]
    return [text[start:end] for start, end in pairwise(places)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("two  words", "en", ["two  ", "words"], id="spaces"),
        pytest.param(
            "Umsatzsteuer-Nummer -5", "de", ["Umsatzsteuer-", "Nummer ", "-5"], id="hyphen"
        ),
        pytest.param("no\u00a0break", "en", ["no\u00a0break"], id="no-break space"),
        pytest.param("이용 요금", "ko", ["이용 ", "요금"], id="Korean"),
        pytest.param("ขอบคุณที่ใช้บริการ", "th", ["ขอบคุณ", "ที่", "ใช้", "บริการ"], id="Thai"),
        pytest.param("今日は天気です。", "ja", ["今日は", "天気です。"], id="Japanese"),
        pytest.param("今天是晴天。", "zh-Hans", ["今天", "是", "晴天。"], id="Simplified Chinese"),
        pytest.param("", "en", [""], id="nothing"),
    ],
)
def test_a_line_may_end_between_words(text, language, expected):
    assert parts(text, language) == expected


@pytest.mark.parametrize("language", ["ja", "zh-Hans", "zh-Hant"])
def test_closing_marks_do_not_begin_a_line(language):
    found = parts("料金（税込）、500円。", language)

    assert [part[0] for part in found if part[0] in "）、。"] == []
    assert [part[-1] for part in found if part[-1] == "（"] == []
