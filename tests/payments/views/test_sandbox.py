import pytest
from django.db import connection
from django.test import Client

from customers.kit import clock
from payments.gateways.base import Authorization, MethodReference
from payments.money import Money
from payments.services import gateway_accounts, sandbox

SHOP = "https://shop.example.com/back"
TYPED = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ada Whitfield"}


@pytest.fixture
def account(scope):
    return gateway_accounts.active()


@pytest.fixture
def challenge(account):
    """The address of a charge's challenge."""
    gateway = gateway_accounts.gateway_of(account)
    token = sandbox.well_known(account, "pm_card_threeDSecure2Required", at=clock.now())
    saved = gateway.save(token.reference, reference="pm_1", customer={})
    request = Authorization(
        "ch_1", Money(123456, "eur"), MethodReference(saved.reference), return_url=SHOP
    )
    return "/sandbox/" + gateway.authorize(request).action_url.rsplit("/", 1)[1]


@pytest.fixture
def vault(account):
    return "/sandbox/" + sandbox.open_vault(account, reference="cs_1", return_url=SHOP).id


def book(account):
    return [(line["reference"], line["status"]) for line in sandbox.ledger(account)]


def test_challenge_shows_what_is_paid_with_what(client, challenge):
    answer = client.get(challenge)

    assert answer.status_code == 200
    page = answer.content.decode()
    assert "€1,234.56" in page
    assert "Visa card ending in 3220" in page
    assert "no-store" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(("choice", "status"), [("complete", "succeeded"), ("fail", "failed")])
def test_choice_is_carried_out_and_the_customer_goes_on(account, client, challenge, choice, status):
    answer = client.post(challenge, {"choice": choice}, follow=True)

    assert answer.redirect_chain == [(challenge, 302)]
    assert f'content="0; url={SHOP}"' in answer.content.decode()
    assert book(account) == [("ch_1", status)]


def test_nonsense_is_no_choice(account, client, challenge):
    answer = client.post(challenge, {"choice": "perhaps"})

    assert answer.status_code == 200
    assert book(account) == [("ch_1", "pending")]


def test_form_of_another_site_is_refused(account, challenge):
    answer = Client(enforce_csrf_checks=True).post(challenge, {"choice": "complete"})

    assert answer.status_code == 403
    assert book(account) == [("ch_1", "pending")]


def test_page_that_was_never_opened_is_not_there(client, db):
    assert client.get("/sandbox/visit_nothing").status_code == 404


def test_vault_takes_a_number_and_sends_the_customer_on_with_a_token(account, client, vault):
    answer = client.post(vault, TYPED, follow=True)

    done = sandbox.visit(vault.rsplit("/", 1)[1])
    page = answer.content.decode()
    assert f'url={SHOP}?visit={done.id}&amp;token={done.token_reference}"' in page
    assert sandbox.vaulted(account, done.token_reference).details["name"] == "Ada Whitfield"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"number": "4242424242424241"}, "Your card number is incorrect."),
        ({"number": "4532015112830366"}, "published test numbers"),
        ({"expiry": "13/34"}, "expiration month is invalid"),
        ({"expiry": "soon"}, "Write month and year"),
        ({"cvc": "12"}, "security code is invalid"),
        ({"cvc": ""}, "This field is required."),
    ],
)
def test_vault_tells_what_is_wrong_and_shows_no_number_again(client, vault, wrong, message):
    typed = {**TYPED, "number": "5555555555554444", **wrong}

    answer = client.post(vault, typed)

    page = answer.content.decode().replace("&#x27;", "'")
    assert answer.status_code == 400
    assert message in page
    assert typed["number"] not in page
    assert f'value="{typed["cvc"]}"' not in page
    assert sandbox.visit(vault.rsplit("/", 1)[1]).state == "open"


def test_number_typed_at_the_vault_is_stored_nowhere(client, vault):
    client.post(vault, {**TYPED, "number": "5555 5555 5555 4444", "cvc": "987"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(t)::text, '') FROM sandbox.instruments AS t")
        (stored,) = cursor.fetchone()
    assert "4444" in stored
    assert [secret for secret in ("55555555", "5555 5555", "987") if secret in stored] == []
