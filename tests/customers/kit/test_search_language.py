from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.kit.errors import InvalidRequest
from customers.kit.search_language import Clause, Connective, Operator, Query, parse, refusal


@pytest.fixture(autouse=True, scope="module")
def _parser_is_made():
    parse("a:1")  # the first call makes it, which takes longer than hypothesis lets an example take


def one(text):
    (clause,) = parse(text).clauses
    return clause


def refused(text):
    with pytest.raises(InvalidRequest) as refusal:
        parse(text)
    assert refusal.value.param == "query"
    return refusal.value.message


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("amount:5", Operator.EXACT),
        ("amount~555", Operator.SUBSTRING),
        ("amount>5", Operator.GREATER),
        ("amount<5", Operator.LESS),
        ("amount>=5", Operator.AT_LEAST),
        ("amount<=5", Operator.AT_MOST),
    ],
)
def test_clause_has_an_operator(text, operator):
    assert one(text).operator is operator


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('email:"amy@rocketrides.io"', "amy@rocketrides.io", id="double quotes"),
        pytest.param("email:'amy@rocketrides.io'", "amy@rocketrides.io", id="single quotes"),
        pytest.param('a:"the \\"Sky\\" story"', 'the "Sky" story', id="escaped double quotes"),
        pytest.param("a:'O\\'Neil'", "O'Neil", id="escaped single quote"),
        pytest.param('a:"O\'Neil"', "O'Neil", id="the other quote needs no escape"),
        pytest.param('a:"ends in \\\\"', "ends in \\", id="escaped backslash"),
        pytest.param('a:"C:\\dir"', "C:\\dir", id="a backslash before a letter is itself"),
        pytest.param('a:"a AND b:(null)"', "a AND b:(null)", id="keywords in quotes are text"),
        pytest.param('a:"two\nlines"', "two\nlines", id="line break"),
        pytest.param('a:"ไทย 😀"', "ไทย 😀", id="any script"),
        pytest.param('a:""', "", id="empty"),
        pytest.param('a:"null"', "null", id="null in quotes is text"),
        pytest.param("last4:0042", "0042", id="bare number, as written"),
        pytest.param("amount:-5", "-5", id="bare negative number"),
        pytest.param("rate>=0.5", "0.5", id="bare decimal number"),
        pytest.param('amount>="10"', "10", id="quoted number"),
        pytest.param("url:null", None, id="null"),
        pytest.param("url:NULL", None, id="null in capitals"),
    ],
)
def test_clause_has_a_value(text, value):
    assert one(text).value == value


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        pytest.param('-a:"b"', Clause("a", Operator.EXACT, "b", is_negated=True), id="negated"),
        pytest.param('m["k"]:"v"', Clause("m", Operator.EXACT, "v", key="k"), id="key"),
        pytest.param("m['k']:'v'", Clause("m", Operator.EXACT, "v", key="k"), id="single quotes"),
        pytest.param(
            '-m["d-id"]:null',
            Clause("m", Operator.EXACT, None, "d-id", is_negated=True),
            id="present",
        ),
        pytest.param('m["a\\"]["]:1', Clause("m", Operator.EXACT, "1", key='a"]['), id="any key"),
        pytest.param('m[""]:1', Clause("m", Operator.EXACT, "1", key=""), id="empty key"),
        pytest.param("a.b_1.c:1", Clause("a.b_1.c", Operator.EXACT, "1"), id="dotted name"),
        pytest.param("and:1", Clause("and", Operator.EXACT, "1"), id="field named like a keyword"),
        pytest.param("null:1", Clause("null", Operator.EXACT, "1"), id="field named null"),
        pytest.param(" a >= 1\n", Clause("a", Operator.AT_LEAST, "1", position=2), id="spaces"),
    ],
)
def test_clause(text, clause):
    assert one(text) == clause


@pytest.mark.parametrize(
    ("text", "connective", "positions"),
    [
        ("a:1", Connective.AND, [1]),
        ("a:1 b:2", Connective.AND, [1, 5]),
        ("a:1\t\n b:2", Connective.AND, [1, 7]),
        ("a:1 AND b:2", Connective.AND, [1, 9]),
        ("a:1 and -b:2 And c:3", Connective.AND, [1, 9, 18]),
        ("a:1 b:2 AND c:3", Connective.AND, [1, 5, 13]),
        ("a:1 OR b:2", Connective.OR, [1, 8]),
        ("a:1 or b:2 oR c:3", Connective.OR, [1, 8, 15]),
        ("a:1 or:2", Connective.AND, [1, 5]),
        ("a:1 or or:2", Connective.OR, [1, 8]),
    ],
)
def test_clauses_are_joined(text, connective, positions):
    query = parse(text)

    assert query.connective is connective
    assert [clause.position for clause in query.clauses] == positions


def test_query_holds_its_clauses_in_order():
    assert parse('email:"amy@rocketrides.io" -metadata["key"]~"value"') == Query(
        (
            Clause("email", Operator.EXACT, "amy@rocketrides.io"),
            Clause("metadata", Operator.SUBSTRING, "value", "key", is_negated=True, position=28),
        )
    )


def test_ten_clauses_are_enough():
    assert len(parse(" ".join(["a:1"] * 10)).clauses) == 10
    assert refused(" ".join(["a:1"] * 11)) == "A query has at most 10 clauses; this one has 11."


def test_a_thousand_characters_are_enough():
    fits = f'a:"{"x" * 996}"'

    assert one(fits).value == "x" * 996
    assert refused(fits + " ") == "A query has at most 1000 characters; this one has 1001."


_MIXED = "AND and OR cannot be mixed in one query (before character {}); a mere space means AND."


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a:1 AND b:2 OR c:3", 16),
        ("a:1 OR b:2 AND c:3", 16),
        ("a:1 b:2 OR c:3", 12),
        ("a:1 OR b:2 c:3", 12),
    ],
)
def test_and_does_not_mix_with_or(text, position):
    assert refused(text) == _MIXED.format(position)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a~"ab"', "A substring has at least 3 characters; a~ at character 1 has 2."),
        ('b:1 m["k"]~""', 'A substring has at least 3 characters; m["k"]~ at character 5 has 0.'),
        ("a~null", "Only : goes with null, as in a:null (character 1)."),
        ("-a>=null", "Only : goes with null, as in a:null (character 1)."),
        ("a:usd", "Put quotation marks around 'usd' at character 3."),
        ("a: nullable", "Put quotation marks around 'nullable' at character 4."),
        ("a:1e5", "Put quotation marks around '1e5' at character 3."),
        ("a:١٢", "Put quotation marks around '١٢' at character 3."),
        ("a:“b”", "Put quotation marks around '“b”' at character 3."),
    ],
)
def test_value_is_refused(text, message):
    assert refused(text) == message


def test_substring_is_counted_in_characters():
    assert one('a~"ไทย"').value == "ไทย"
    assert one('a~"\\"\\"\\""').value == '"""'


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_empty_query_is_refused(text):
    assert refused(text) == "The query is empty."


_VALUE = "a value (text in quotation marks, a number or null)"
_OPERATOR = "an operator (: ~ > < >= <=)"
_SPACE = "a space or the end of the query"
_NO_PARENTHESES = " Parentheses are not part of the language."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", f"The query ends where {_OPERATOR} belongs."),
        ("a:", f"The query ends where {_VALUE} belongs."),
        ("a:1 AND", "The query ends where a field belongs."),
        ("a:1 or ", "The query ends where a field belongs."),
        ("-", "The query ends where a field belongs."),
        ('a["k"', "The query ends where ] belongs."),
        ("a=5", f"At character 2 is '=', where {_OPERATOR} belongs."),
        ("a:1 b 2", f"At character 7 is '2', where {_OPERATOR} belongs."),
        ("--a:1", "At character 2 is '-', where a field belongs."),
        ("- a:1", "At character 2 is ' ', where a field belongs."),
        ('"a":1', "At character 1 is '\"', where a field belongs."),
        ("ä:1", "At character 1 is 'ä', where a field belongs."),
        ("a[k]:1", "At character 3 is 'k', where a key in quotation marks belongs."),
        ('a["k"]["l"]:1', f"At character 7 is '[', where {_OPERATOR} belongs."),
        ('a:"b"c:1', f"At character 6 is 'c', where {_SPACE} belongs."),
        ('(a:"b")', f"At character 1 is '(', where a field belongs.{_NO_PARENTHESES}"),
        ("a:1 OR (b:2)", f"At character 8 is '(', where a field belongs.{_NO_PARENTHESES}"),
        (
            'a:"b")',
            f"At character 6 is ')', where {_SPACE} belongs.{_NO_PARENTHESES}",
        ),
        (
            'a:"b',
            f"At character 3 is '\"', where {_VALUE} belongs. Is a quotation mark not closed?",
        ),
        (
            "a:'b\\'",
            f'At character 3 is "\'", where {_VALUE} belongs. Is a quotation mark not closed?',
        ),
        ("\x01", "At character 1 is '\\x01', where a field belongs."),
    ],
)
def test_syntax_error_says_where_and_what(text, message):
    assert refused(text) == message


@pytest.mark.parametrize("character", [0, 0xD800, 0xDFFF])
def test_what_no_text_can_hold_is_refused(character):
    assert (
        refused(f'a:"{chr(character)}"') == "Character 4 of the query cannot be part of any text."
    )


def test_label_is_the_field_as_written():
    assert [one(text).label for text in ("a:1", 'm["k"]:1')] == ["a", 'm["k"]']


def test_refusal_names_the_parameter():
    error = refusal("No.")

    assert (type(error), error.message, error.param) == (InvalidRequest, "No.", "query")


quoted = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40).map(
    lambda text: (text, '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
)


@given(quoted, quoted)
def test_any_text_can_be_written(key, value):
    clause = one(f"m[{key[1]}]:{value[1]}")

    assert (clause.key, clause.value) == (key[0], value[0])


fragments = st.sampled_from(
    [
        "a",
        "-",
        ":",
        "~",
        ">=",
        "=",
        '"',
        "'",
        "\\",
        "[",
        "]",
        "(",
        " ",
        "null",
        "AND",
        "or",
        "1",
        ".",
    ]
)
anything = st.one_of(
    st.text(st.characters(), max_size=60),  # lone surrogates and NUL among them
    st.lists(fragments | st.characters(), max_size=40).map("".join),
    st.sampled_from(['[("', "a[", "(", "-", "9", "a:1 ", "a:'", "\\"]).map(lambda part: part * 999),
)


@given(anything)
def test_nothing_but_a_refusal_comes_of_nonsense(text):
    with suppress(InvalidRequest):
        assert 1 <= len(parse(text).clauses) <= 10
