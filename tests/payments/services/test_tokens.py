"""Tokens: made from test numbers, found by name, used once, and nothing of the number kept."""

from datetime import timedelta

import pytest
from django.db import connection

from customers.kit.errors import CardDeclined, InvalidRequest, NotFound
from payments.models import GatewayAccount, Token
from payments.services import gateway_accounts, tokens
from tests.factories.payments import TokenFactory

CARD = {
    "number": "4242 4242-4242 4242",
    "exp_month": 8,
    "exp_year": 2030,
    "cvc": "737",
    "name": "Jenny Rosen",
}
ACCOUNT = {
    "account_number": "000123456789", "routing_number": "110000000", "account_holder_type": "individual",
    "account_holder_name": "Jenny Rosen", "country": "US", "currency": "usd",
}  # fmt: skip


def test_a_card_becomes_a_token(scope, at):
    token = tokens.create_card(CARD, client_ip="203.0.113.7", at=at)

    stored = Token.objects.get()
    shown = {
        name: stored.details[name]
        for name in ("brand", "last4", "exp_month", "exp_year", "funding", "name")
    }
    assert shown == {
        "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030, "funding": "credit",
        "name": "Jenny Rosen",
    }  # fmt: skip
    assert stored.details["id"].startswith("card_")
    assert (stored.pk, stored.kind, stored.client_ip, stored.used_at) == (
        token.pk, "card", "203.0.113.7", None,
    )  # fmt: skip


def test_nothing_of_a_number_is_kept(scope, at):
    tokens.create_card(CARD, at=at)
    tokens.create_bank_account(ACCOUNT, at=at)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN (current_schema(), 'sandbox') AND table_type = 'BASE TABLE'"
        )
        dump = ""
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" AS t')
            dump += "\n".join(row for (row,) in cursor.fetchall())
    assert "4242424242424242" not in dump
    assert "4242 4242" not in dump
    assert "000123456789" not in dump
    assert "737" not in {part.strip('"{}() ') for part in dump.replace(":", ",").split(",")}


def test_a_bank_account_becomes_a_token(scope, at):
    token = tokens.create_bank_account(ACCOUNT, at=at)

    shown = {
        name: token.details[name] for name in ("last4", "routing_number", "account_holder_type")
    }
    assert shown == {
        "last4": "6789",
        "routing_number": "110000000",
        "account_holder_type": "individual",
    }
    assert (token.kind, token.pk[:5], token.details["id"][:3]) == ("bank_account", "btok_", "ba_")


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        pytest.param(
            {"number": "4242424242424241"}, "incorrect_number", "number", id="wrong check digit"
        ),
        pytest.param({"number": "4929000000006"}, "card_declined", "number", id="no test number"),
        pytest.param({"exp_month": 13}, "invalid_expiry_month", "exp_month", id="month"),
        pytest.param({"exp_year": 1999}, "invalid_expiry_year", "exp_year", id="year"),
        pytest.param({"cvc": "12"}, "invalid_cvc", "cvc", id="security code"),
    ],
)
def test_a_card_that_cannot_be_right_is_refused(scope, at, refused, changes, code, param):
    with refused(CardDeclined, code=code, param=param) as refusal:
        tokens.create_card({**CARD, **changes}, at=at)

    assert str(changes.get("number", "-")) not in refusal.value.message


def test_a_site_with_a_real_gateway_takes_no_numbers(scope, at, refused):
    account = gateway_accounts.active()
    account.kind = GatewayAccount.Kind.STRIPE
    account.save()

    with refused(code="sensitive_data_rejected", param="card") as refusal:
        tokens.create_card(CARD, at=at)

    assert "4242" not in refusal.value.message


def test_a_test_token_is_fresh_each_time(scope, at):
    one, two = (tokens.use(tokens.resolve("tok_mastercard", at=at), at=at) for _ in range(2))

    assert {one.details["brand"], two.details["brand"]} == {"mastercard"}
    assert one.pk != two.pk
    assert one.gateway_reference != two.gateway_reference


def test_a_real_gateways_token_is_passed_on(scope, at):
    account = gateway_accounts.active()
    account.kind = GatewayAccount.Kind.STRIPE
    account.save()

    token = tokens.resolve("tok_1PgafmB7WZ01zgkW6dKueIc5", at=at)

    assert (token.gateway_reference, token.kind) == ("tok_1PgafmB7WZ01zgkW6dKueIc5", "card")


def test_a_token_that_never_was_is_not_found(scope, at, refused):
    with refused(NotFound, code="resource_missing", param="source") as refusal:
        tokens.resolve("tok_nothing", at=at)

    assert refusal.value.message == "No such token: 'tok_nothing'"


def test_a_token_is_used_once(scope, at, refused):
    token = tokens.use(TokenFactory(), at=at)

    with refused(InvalidRequest, code="token_already_used"):
        tokens.use(token, at=at)

    assert Token.objects.get().used_at == at


def test_the_same_request_may_go_on_with_its_token(scope, at, refused):
    token = TokenFactory()
    tokens.use(token, by="request-1", at=at)

    again = tokens.use(token, by="request-1", at=at + timedelta(minutes=1))

    assert (again.pk, again.used_at) == (token.pk, at)
    with refused(InvalidRequest, code="token_already_used"):
        tokens.use(token, by="request-2", at=at)


def test_a_token_expires(scope, at, refused):
    token = TokenFactory(expires_at=at)

    with refused(InvalidRequest, code="token_expired"):
        tokens.use(token, at=at)


def test_old_tokens_are_deleted(scope, at):
    TokenFactory(expires_at=at - timedelta(days=2))
    kept = TokenFactory(expires_at=at - timedelta(hours=23))

    assert tokens.expire(at=at) == 1
    assert list(Token.objects.all()) == [kept]


@pytest.mark.parametrize(
    ("kind", "name", "reference"),
    [
        pytest.param("omise", "tokn_test_5xuy4w91", "tokn_test_5xuy4w91", id="as Omise calls it"),
        pytest.param(
            "omise", "tok_5xuy4w91", "tokn_test_5xuy4w91", id="as our Omise dialect reads it"
        ),
        pytest.param("stripe", "tok_1N3T00", "tok_1N3T00", id="as Stripe calls it"),
    ],
)
def test_a_token_of_the_gateways_own_vault_is_taken(scope, at, kind, name, reference):
    gateway_accounts.active()
    GatewayAccount.objects.update(kind=kind)

    token = tokens.resolve(name, at=at)

    assert (token.gateway_reference, token.kind, token._state.adding) == (reference, "card", True)
