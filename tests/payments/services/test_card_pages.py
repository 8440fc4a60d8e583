"""How a site's pages take cards, and when they ask for the security code of a saved one."""

import orjson
import pytest

from customers.kit import sealing
from customers.kit.errors import InvalidRequest
from payments.models import PaymentMethod
from payments.services import card_pages, tokens
from tests.factories.payments import GatewayAccountFactory, PaymentMethodFactory

CARD = {"number": "4242424242424242", "exp_month": 8, "exp_year": 2030, "cvc": "314"}
ACCOUNT = {"account_number": "000123456789", "routing_number": "110000000", "country": "US"}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("always", [True, True]), ("unless_trusted", [True, False]), ("never", [False, False])],
)
def test_site_says_when_a_code_is_asked_for(site, customer, policy, expected):
    site.asks_security_codes = policy
    card = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)

    asks = [card_pages.asks_code(site, card, is_trusted=trusted) for trusted in (False, True)]

    assert asks == expected


def test_bank_account_has_no_code(site, customer):
    account = PaymentMethodFactory(
        customer=customer, attached_at=customer.created_at, kind="us_bank_account"
    )

    assert not card_pages.asks_code(site, account, is_trusted=False)


def test_omise_takes_no_code_with_a_saved_card(scope, site):
    card = PaymentMethod(kind="card")
    sealed = sealing.seal(orjson.dumps({"secret_key": "sk", "public_key": "pk"}))
    GatewayAccountFactory(kind="omise", is_active=True, credentials=sealed)

    assert not card_pages.asks_code(site, card, is_trusted=False)


def test_token_of_a_page_becomes_a_method_that_is_nobodys(scope, at):
    token = tokens.create_card(CARD, at=at)

    method = card_pages.create_method(token.pk, at=at)

    assert (method.pk[:3], method.last4, method.customer_id) == ("pm_", "4242", None)


def test_token_is_good_once(scope, at, refused):
    token = tokens.create_card(CARD, at=at)
    card_pages.create_method(token.pk, at=at)

    with refused(InvalidRequest, code="token_already_used"):
        card_pages.create_method(token.pk, at=at)


def test_same_request_finds_its_method(scope, at):
    token = tokens.create_card(CARD, at=at)

    methods = [card_pages.create_method(token.pk, request_key="k", at=at) for _ in range(2)]

    assert methods[0].pk == methods[1].pk


def test_only_cards_tokens_are_taken(scope, at, customer, refused):
    saved = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
    names = [
        tokens.create_bank_account(ACCOUNT, at=at).pk,
        tokens.create_code("123", at=at).pk,
        saved.pk,
    ]

    for name in names:
        with refused(InvalidRequest, code="token_missing", param="token"):
            card_pages.create_method(name, at=at)


def test_token_is_over_after_a_quarter_of_an_hour(scope, at, refused):
    token = tokens.create_card(CARD, at=at)

    with refused(InvalidRequest, code="token_expired"):
        card_pages.create_method(token.pk, at=at + tokens.LIVES)
