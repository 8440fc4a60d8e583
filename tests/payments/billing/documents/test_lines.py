"""Lines as wide as their column, with nothing lost."""

import pytest

from payments.billing.documents.lines import Style, Voice, natural_width, set_line, set_lines

STYLE = Style(10, 14, 400, (0, 0, 0))


def read(line):
    return "".join(cluster.text for piece in line.pieces for cluster in piece.clusters)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("A sentence of several words that goes on", "en", id="words"),
        pytest.param("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", "de", id="long word"),
        pytest.param("กรุณาระบุเลขที่ใบแจ้งหนี้เมื่อโอนเงินผ่านธนาคาร", "th", id="Thai"),
        pytest.param(
            "平素より格別のお引き立てを賜り、誠にありがとうございます。", "ja", id="Japanese"
        ),
    ],
)
@pytest.mark.parametrize("width", [40, 75, 120])
def test_lines_fit_and_lose_nothing(text, language, width):
    lines = set_lines(text, STYLE, width, Voice(language, right_to_left=False))

    assert max(line.width for line in lines) <= width
    assert "".join("".join(map(read, lines)).split()) == "".join(text.split())


def test_a_new_line_begins_a_line():
    lines = set_lines(" one \r\n\ttwo\x0bthree ", STYLE, 500, Voice("en", right_to_left=False))

    assert [read(line) for line in lines] == ["one", "two", "three"]


def test_one_line_has_no_new_lines():
    line = set_line("one\n two", STYLE, Voice("en", right_to_left=False))

    assert read(line) == "one two"


def test_a_character_wider_than_its_column_stands_alone():
    lines = set_lines("漢字", STYLE, 3, Voice("ja", right_to_left=False))

    assert [read(line) for line in lines] == ["漢", "字"]


def test_the_natural_width_is_that_of_the_longest_line():
    voice = Voice("en", right_to_left=False)

    width = natural_width("a\nlonger\nb", STYLE, voice)

    assert width == set_line("longer", STYLE, voice).width
