"""Customers found while somebody types."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit import clock
from customers.services import finding
from tests.factories.customers import CustomerFactory


def found(site, text, limit=8):
    return [str(row) for row in finding.beginning_with(text, site=site, limit=limit)]


@pytest.fixture
def people(scope):
    at = clock.now()
    CustomerFactory(
        name="Ada Whitfield", email="ada@example.com", phone="+1 415 555 0132", phone_e164="+14155550132",
        external_id="user_71", username="ada-w", invoice_prefix="7F3A90", created_at=at,
    )  # fmt: skip
    CustomerFactory(name="Ana Maria de Souza", email="ANA@example.org", created_at=at)
    CustomerFactory(name="Ilse Groß", email="ilse@example.net", created_at=at)
    CustomerFactory(name="김예은", email="", created_at=at + timedelta(seconds=1))
    CustomerFactory(name="Ada Gone", email="ada@gone.example", deleted_at=at, created_at=at)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("ada", ["Ada Whitfield"], id="the first name, without the deleted"),
        pytest.param("WHIT", ["Ada Whitfield"], id="the beginning of the last name"),
        pytest.param("whitfield a", ["Ada Whitfield"], id="the last name first"),
        pytest.param(" ada whit ", ["Ada Whitfield"], id="first and last name, with spaces"),
        pytest.param("maria", ["Ana Maria de Souza"], id="a word in the middle of a name"),
        pytest.param("souza ana", ["Ana Maria de Souza"], id="words of a long name in any order"),
        pytest.param("ana@ex", ["Ana Maria de Souza"], id="the beginning of the email address"),
        pytest.param("ADA@EXAMPLE.COM", ["Ada Whitfield"], id="the email address"),
        pytest.param("user_71", ["Ada Whitfield"], id="the external id"),
        pytest.param("user_", ["Ada Whitfield"], id="the beginning of the external id"),
        pytest.param("ada-w", ["Ada Whitfield"], id="the username"),
        pytest.param("7f3a90", ["Ada Whitfield"], id="the prefix of the invoices"),
        pytest.param("(415) 555", ["Ada Whitfield"], id="the beginning of the phone number"),
        pytest.param("+1415", ["Ada Whitfield"], id="with the country's code"),
        pytest.param("001 415", ["Ada Whitfield"], id="dialled from abroad"),
        pytest.param("김예", ["김예은"], id="another script"),
        pytest.param("groß", ["Ilse Groß"], id="a letter whose capital is two"),
        pytest.param("100%_", [], id="what LIKE would take for a pattern"),
        pytest.param("it's \\ :* & |", [], id="what the words' index would take for an operator"),
        pytest.param("a\0b", [], id="what PostgreSQL cannot store"),
        pytest.param("a", [], id="too short"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_customer_is_found_by_a_beginning(site, people, text, names):
    assert found(site, text) == names


def test_what_is_named_exactly_comes_first_and_nobody_twice(site, scope):
    CustomerFactory(name="bo", email="bo@example.com")
    CustomerFactory(name="Somebody", external_id="bo")

    assert found(site, "bo") == ["Somebody", "bo"]


def test_no_more_are_found_than_are_asked_for(site, scope):
    CustomerFactory.create_batch(5, name="Ada")

    assert found(site, "ada", limit=3) == ["Ada"] * 3


@pytest.mark.parametrize("text", ["ada", "whitfield a", "ada@exam", "+1415", "user_7", "maria de"])
def test_every_question_goes_to_an_index_and_ends(site, people, text):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = on")

    with CaptureQueriesContext(connection) as queries:
        found(site, text)

    asked = [query["sql"] for query in queries if "LIMIT" in query["sql"]]
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan" not in plan
            assert plan.count("Limit") == sql.count("LIMIT")
    assert asked
