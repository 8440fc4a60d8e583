"""That the search for card numbers would find one, wherever it were."""

import pytest
from django.db import connection

from customers.kit import clock
from payments.gateways.sandbox import bank_accounts, cards
from tests import hidden_numbers


@pytest.mark.parametrize("number", sorted(cards.CARDS))
def test_every_published_number_is_known_in_any_spelling(number):
    spellings = [
        number,
        " ".join(number),
        f"{number[:4]}-{number[4:8]} {number[8:12]}-{number[12:]}",
    ]

    assert [hidden_numbers.in_text(f"card={text}!") for text in spellings] == [
        [text] for text in spellings
    ]


@pytest.mark.parametrize("number", ["000123456789", "DE89370400440532013000"])
def test_every_published_account_is_known_in_any_spelling(number):
    groups = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    spellings = [number, groups, groups.lower()]

    assert number in bank_accounts.ACCOUNTS
    assert [hidden_numbers.in_text(f"account={text}!") for text in spellings] == [
        [text] for text in spellings
    ]


@pytest.mark.parametrize(
    "text",
    ["cvc=123", "card[cvc]=123", '"cvc": "0123"', "{'cvv': 123}", "security_code=999", "code 7391"],
)
def test_a_security_code_is_known(text):
    assert len(hidden_numbers.in_text(text)) == 1


@pytest.mark.parametrize(
    "text", ["", "cvc_check: pass", "94242424242424242", "last4 4242", "2026-11-21 10:00:00.7391"]
)
def test_other_texts_are_left_alone(text):
    assert hidden_numbers.in_text(text) == []


@pytest.mark.parametrize("kind", ["text", "jsonb", "bytea"])
def test_a_number_is_found_in_any_schema_and_column(db, kind):
    value = {"jsonb": '{"a": ["4000 0000 0000 0002"]}'}.get(kind, "4000 0000 0000 0002")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE sandbox.careless AS SELECT %s::{kind} AS kept", [value])

        found = hidden_numbers.in_database(cursor)

    assert {what for _, what in found} == {"4000 0000 0000 0002"}
    assert found[0][0].startswith("sandbox.careless")


def test_a_number_is_found_in_a_file(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "web.log").write_text(f"{clock.now()} 4242424242424242")

    assert hidden_numbers.in_files(tmp_path) == [
        (str(tmp_path / "logs" / "web.log"), "4242424242424242")
    ]


def test_what_the_database_numbers_itself_is_no_finding(db):
    code = int(hidden_numbers.SECURITY_CODES[0])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_content_type (id, app_label, model) VALUES (%s, 'shop', 'cart')",
            [code],
        )
        cursor.execute(
            "INSERT INTO auth_permission (name, content_type_id, codename) VALUES ('buy', %s, 'buy')",
            [code],
        )
        found = hidden_numbers.in_database(cursor)
        cursor.execute("UPDATE django_content_type SET model = %s WHERE id = %s", [code, code])
        found_in_text = hidden_numbers.in_database(cursor)

    assert found == []
    assert found_in_text == [("public.django_content_type", str(code))]
