import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import BooleanField as BooleanOutput
from django.db.models import F, Func, JSONField, Q, Value
from django.db.models import TextField as TextOutput
from django.db.models.functions import Coalesce
from django.db.models.lookups import IContains
from hypothesis import given
from hypothesis import strategies as st

from customers.kit.errors import InvalidRequest
from customers.kit.search_conditions import (
    BooleanField,
    CustomField,
    IdField,
    IntegerField,
    JSONBooleanField,
    JSONDateField,
    JSONNumberField,
    JSONTextField,
    MetadataField,
    TextField,
    TimeField,
    condition,
)
from customers.kit.search_language import parse

KINDS = {
    "seats": JSONNumberField("custom_fields"),
    "renewal": JSONDateField("custom_fields"),
    "vip": JSONBooleanField("custom_fields"),
    "note": JSONTextField("custom_fields"),
}
FIELDS = {
    "active": BooleanField("is_active"),
    "amount": IntegerField("amount"),
    "created": TimeField("created_at"),
    "currency": TextField("currency"),
    "custom": CustomField(KINDS.get),
    "customer": IdField("customer_id"),
    "email": TextField("email", substring=True),
    "metadata": MetadataField("metadata"),
    "name": TextField("name", substring=True, words=True),
}
SEPARATOR = r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]"
LARGEST = 2**63 - 1


@pytest.fixture(autouse=True, scope="module")
def _parser_is_made():
    parse("a:1")  # the first call makes it, which takes longer than hypothesis lets an example take


def found(text):
    return condition(parse(text), FIELDS)


def refused(text):
    with pytest.raises(InvalidRequest) as refusal:
        found(text)
    assert refusal.value.param == "query"
    return refusal.value.message


def at(second):
    return datetime.fromtimestamp(second, UTC)


def held(column, key, function, output):
    return Func(F(column), Value(key), function=function, output_field=output)


def contains_text(column, key, value):
    text = held(column, key, "jsonb_extract_path_text", TextOutput())
    return Q(IContains(Coalesce(text, Value(""), output_field=TextOutput()), value))


def path_exists(key, path, variables):
    return Q(custom_fields__has_key=key) & Q(
        Func(
            held("custom_fields", key, "jsonb_extract_path", JSONField()),
            Value(path),
            Value(variables),
            function="jsonb_path_exists",
            output_field=BooleanOutput(),
        )
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('email:"Amy@X.io"', Q(email__iexact="Amy@X.io"), id="exact"),
        pytest.param('email~"amy"', Q(email__icontains="amy"), id="substring"),
        pytest.param("email:null", Q(email="") | Q(email__isnull=True), id="null"),
        pytest.param("-email:null", ~(Q(email="") | Q(email__isnull=True)), id="not null"),
        pytest.param("currency:123", Q(currency__iexact="123"), id="bare number"),
        pytest.param('name:"---"', Q(name__iexact="---"), id="words, without a word"),
        pytest.param('name:""', Q(name__iexact=""), id="words, empty"),
        pytest.param('name~"e t"', Q(name__icontains="e t"), id="words, substring"),
    ],
)
def test_text(text, expected):
    assert found(text) == expected


def test_words_are_found_in_order_and_whole():
    pattern = f"(^|{SEPARATOR})one{SEPARATOR}+three({SEPARATOR}|$)"

    assert found('name:"one, three!"') == Q(name__icontains="three") & Q(name__iregex=pattern)


def test_short_words_are_left_to_the_pattern():
    assert found('name:"Li"') == Q(name__iregex=f"(^|{SEPARATOR})Li({SEPARATOR}|$)")


def test_words_never_carry_a_pattern_of_their_own():
    pattern = f"(^|{SEPARATOR})a{SEPARATOR}+b{SEPARATOR}+ไทย({SEPARATOR}|$)"

    assert found('name:"a.*(b|ไทย)$"') == Q(name__icontains="ไทย") & Q(name__iregex=pattern)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('customer:"cus_1"', Q(customer_id="cus_1"), id="exact"),
        pytest.param("customer:null", Q(customer_id__isnull=True), id="null"),
        pytest.param('-customer:"cus_1"', ~Q(customer_id="cus_1"), id="negated"),
    ],
)
def test_id(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount:1000", Q(amount=1000)),
        ('amount:"1000"', Q(amount=1000)),
        ("amount>-5", Q(amount__gt=-5)),
        ("amount<5", Q(amount__lt=5)),
        ("amount>=5", Q(amount__gte=5)),
        ("amount<=5", Q(amount__lte=5)),
        ("amount:null", Q(amount__isnull=True)),
        (f"amount<={LARGEST}", Q(amount__lte=LARGEST)),
        (f"amount>=-{LARGEST}", Q(amount__gte=-LARGEST)),
    ],
)
def test_integer(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("created:100", Q(created_at__gte=at(100)) & Q(created_at__lt=at(101))),
        ("created>100", Q(created_at__gte=at(101))),
        ("created>=100", Q(created_at__gte=at(100))),
        ("created<100", Q(created_at__lt=at(100))),
        ("created<=100", Q(created_at__lt=at(101))),
        ("created:null", Q(created_at__isnull=True)),
        ("created>=-62135596800", Q(created_at__gte=datetime(1, 1, 1, tzinfo=UTC))),
        (
            "created<=253402300798",
            Q(created_at__lt=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ),
    ],
)
def test_time_is_compared_in_whole_seconds(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('active:"true"', Q(is_active=True)),
        ('active:"FALSE"', Q(is_active=False)),
        ("active:null", Q(is_active__isnull=True)),
    ],
)
def test_boolean(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('metadata["k"]:"V"', Q(metadata__contains={"k": "V"})),
        ('-metadata["k"]:"V"', ~Q(metadata__contains={"k": "V"})),
        (
            "metadata['order']:6735",
            Q(metadata__contains={"order": "6735"}) | Q(metadata__contains={"order": 6735}),
        ),
        ('metadata["k"]:"007"', Q(metadata__contains={"k": "007"})),
        (
            '-metadata["k"]:"-1.50"',
            ~(Q(metadata__contains={"k": "-1.50"}) | Q(metadata__contains={"k": -1.5})),
        ),
        (
            'metadata["k"]:"true"',
            Q(metadata__contains={"k": "true"}) | Q(metadata__contains={"k": True}),
        ),
        ('metadata["k"]:null', ~Q(metadata__has_key="k") | Q(metadata__contains={"k": None})),
        ('metadata["k"]~"abc"', contains_text("metadata", "k", "abc")),
        ('-metadata["5"]~"abc"', ~contains_text("metadata", "5", "abc")),
        ('metadata["a__b\\"]"]~"abc"', contains_text("metadata", 'a__b"]', "abc")),
    ],
)
def test_json_text(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('custom["seats"]:10', Q(custom_fields__contains={"seats": 10})),
        ('custom["seats"]:"10.5"', Q(custom_fields__contains={"seats": 10.5})),
        ('custom["seats"]>10', path_exists("seats", "$ ? (@ > $value)", '{"value": 10}')),
        ('custom["seats"]<=1.5', path_exists("seats", "$ ? (@ <= $value)", '{"value": 1.5}')),
        ('custom["renewal"]:"2026-01-31"', Q(custom_fields__contains={"renewal": "2026-01-31"})),
        (
            '-custom["renewal"]>="2026-01-31"',
            ~path_exists("renewal", "$ ? (@ >= $value)", '{"value": "2026-01-31"}'),
        ),
        ('custom["vip"]:"true"', Q(custom_fields__contains={"vip": True})),
        ('custom["note"]:"Hi"', Q(custom_fields__contains={"note": "Hi"})),
        ('custom["note"]~"abc"', contains_text("custom_fields", "note", "abc")),
        (
            'custom["seats"]:null',
            ~Q(custom_fields__has_key="seats") | Q(custom_fields__contains={"seats": None}),
        ),
    ],
)
def test_custom_field_is_of_its_keys_kind(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount:1 amount:2", Q(amount=1) & Q(amount=2)),
        ("amount:1 AND -amount:2", Q(amount=1) & ~Q(amount=2)),
        ("-amount:1 OR amount:2", ~Q(amount=1) | Q(amount=2)),
        (
            "amount:1 OR created:5 OR amount:2",
            Q(amount=1) | (Q(created_at__gte=at(5)) & Q(created_at__lt=at(6))) | Q(amount=2),
        ),
    ],
)
def test_clauses_are_joined(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('currency~"usd"', "currency at character 1 takes : but not ~."),
        ("email>5", "email at character 1 takes : ~ but not >."),
        ("amount~123", "amount at character 1 takes : > < >= <= but not ~."),
        ("-created~123", "created at character 1 takes : > < >= <= but not ~."),
        ('active>"true"', "active at character 1 takes : but not >."),
        ('customer~"cus"', "customer at character 1 takes : but not ~."),
        ('metadata["k"]>5', 'metadata["k"] at character 1 takes : ~ but not >.'),
        ('custom["seats"]~"123"', 'custom["seats"] at character 1 takes : > < >= <= but not ~.'),
    ],
)
def test_operator_is_refused(text, message):
    assert refused(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('amount:"x"', "amount at character 1 wants a whole number, not 'x'."),
        ("amount:1.5", "amount at character 1 wants a whole number, not '1.5'."),
        ('amount:"٣"', "amount at character 1 wants a whole number, not '٣'."),
        ('amount:" 1"', "amount at character 1 wants a whole number, not ' 1'."),
        ('amount:"1_0"', "amount at character 1 wants a whole number, not '1_0'."),
        (
            f"amount:{LARGEST + 1}",
            f"amount at character 1 wants a number up to {LARGEST}, not '{LARGEST + 1}'.",
        ),
        ('created:"today"', "created at character 1 wants a whole number, not 'today'."),
        (
            "created>1700000000000",
            "created at character 1 wants Unix seconds before the year 10000, not '1700000000000'.",
        ),
        ("active:1", 'active at character 1 wants "true" or "false", not \'1\'.'),
        ('custom["seats"]:"x"', "custom[\"seats\"] at character 1 wants a number, not 'x'."),
        (
            'custom["renewal"]>"2026-02-30"',
            'custom["renewal"] at character 1 wants a date as in "2026-01-31", not \'2026-02-30\'.',
        ),
        (
            'custom["renewal"]>"20260228"',
            'custom["renewal"] at character 1 wants a date as in "2026-01-31", not \'20260228\'.',
        ),
        (
            'custom["vip"]:"yes"',
            'custom["vip"] at character 1 wants "true" or "false", not \'yes\'.',
        ),
    ],
)
def test_value_is_refused(text, message):
    assert refused(text) == message


def test_unknown_field_is_refused_with_the_known_ones():
    assert refused('amount:1 emial:"x"') == (
        "emial at character 10 is not known; what can be searched: active, amount, created, "
        'currency, custom["key"], customer, email, metadata["key"], name.'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'metadata:"x"',
            'metadata at character 1 wants a key, as in metadata["key"]:"value".',
        ),
        ('email["k"]:"x"', 'email["k"] at character 1 has a key, but email takes none.'),
        ('custom["shoe"]:"x"', 'custom["shoe"] at character 1 is not known.'),
    ],
)
def test_key_is_refused(text, message):
    assert refused(text) == message


names = st.sampled_from([*FIELDS, "unknown"])
keys = st.sampled_from(["", '[""]', '["k"]', *(f'["{key}"]' for key in KINDS)])
operators = st.sampled_from([":", "~", ">", "<", ">=", "<="])
values = st.one_of(
    st.text(st.characters(exclude_characters='\\"'), max_size=20).map('"{}"'.format),
    st.integers(-(10**30), 10**30).map(str),
    st.sampled_from(["9" * 900, "-" + "9" * 900, "9" * 400 + ".5", "0." + "1" * 900]),
    st.floats(allow_nan=False, allow_infinity=False).map("{:f}".format),
    st.sampled_from(["null", '"true"', '"2026-01-31"', '"0000-00-00"', '"NaN"', '"1e999"']),
)
clauses = st.tuples(st.sampled_from(["", "-"]), names, keys, operators, values).map("".join)


@given(st.lists(clauses, min_size=1, max_size=4), st.sampled_from([" ", " AND ", " or "]))
def test_nothing_but_a_refusal_comes_of_nonsense(parts, joint):
    with suppress(InvalidRequest):
        assert isinstance(found(joint.join(parts)), Q)


@given(st.integers())
def test_integers_fit_their_column(number):
    if abs(number) <= LARGEST:
        assert found(f"amount:{number}") == Q(amount=number)
    else:
        assert "wants a number up to" in refused(f"amount:{number}")


@given(st.integers(-62_135_596_800, 253_402_300_798))
def test_any_time_can_be_asked_for(second):
    asked = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)

    assert found(f"created>={second}") == Q(created_at__gte=asked)


@pytest.mark.parametrize("second", [-62_135_596_801, 253_402_300_799])
def test_times_that_cannot_be_kept_are_refused(second):
    assert "wants Unix seconds" in refused(f"created>={second}")


@given(st.floats(-1e15, 1e15))
def test_numbers_are_kept_as_json_would(number):
    written = f"{number:f}"

    expected = float(written)
    assert math.isfinite(expected)
    assert found(f'custom["seats"]:{written}') == Q(custom_fields__contains={"seats": expected})
