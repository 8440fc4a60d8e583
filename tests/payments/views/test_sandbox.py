import pytest
from django.test import Client

from customers.kit import clock
from payments.gateways.base import Authorization, MethodReference
from payments.money import Money
from payments.services import gateway_accounts, sandbox

SHOP = "https://shop.example.com/back"


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
