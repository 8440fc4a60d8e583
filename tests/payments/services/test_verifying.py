"""Bank accounts: verified by what their statements show, debited under a mandate."""

import pytest

from customers.kit.errors import InvalidRequest, InvalidState
from payments.models import Mandate
from payments.services import mandates, payment_methods, tokens

BANK = {
    "account_number": "000123456789",
    "routing_number": "110000000",
    "account_holder_type": "individual",
    "country": "US",
    "currency": "usd",
}


@pytest.fixture
def card(customer, at):
    """A card of the customer's."""
    fresh = payment_methods.resolve("pm_card_visa", at=at)
    return payment_methods.attach(fresh, customer, at=at)


@pytest.fixture
def account(customer, at):
    token = tokens.create_bank_account(BANK, at=at)
    method = payment_methods.create_from_token(token, as_source=True, at=at)
    return payment_methods.attach(method, customer, at=at)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"amounts": [32, 45]}, id="amounts"),
        pytest.param({"amounts": [45, 32]}, id="amounts the other way round"),
        pytest.param({"amounts": [], "descriptor_code": "SM11AA"}, id="code"),
    ],
)
def test_a_bank_account_is_verified(account, at, told, said):
    told()

    verified = payment_methods.verify_microdeposits(account, **said, at=at)

    assert verified.verification == "verified"
    assert told() == ["customer.source.updated"]


def test_wrong_amounts_do_not_verify(account, at, refused):
    code = "payment_method_microdeposit_verification_amounts_mismatch"
    with refused(InvalidRequest, param="amounts", code=code):
        payment_methods.verify_microdeposits(account, amounts=[10, 12], at=at)


def test_after_too_many_tries_an_account_cannot_be_verified(account, at, refused):
    with pytest.raises(InvalidRequest):
        payment_methods.verify_microdeposits(account, amounts=[10, 11], at=at)

    account.refresh_from_db()
    assert account.verification == "verification_failed"
    with refused(InvalidState):
        payment_methods.verify_microdeposits(account, amounts=[32, 45], at=at)


def test_a_card_is_not_verified(card, at, refused):
    with refused(InvalidState):
        payment_methods.verify_microdeposits(card, amounts=[32, 45], at=at)


# -- mandates ----------------------------------------------------------------------------------------------------------

ACCEPTANCE = {"type": "online", "ip_address": "203.0.113.7", "user_agent": "Firefox"}


def test_a_debit_needs_an_acceptance(account, at, refused):
    with refused(InvalidRequest, param="mandate_data"):
        mandates.give(account, None, is_pending=False, at=at)


def test_a_card_needs_no_mandate(card, at):
    assert mandates.give(card, ACCEPTANCE, is_pending=False, at=at) is None


def test_a_mandate_is_pending_until_the_account_is_verified(account, at, told):
    mandate = mandates.give(account, ACCEPTANCE, is_pending=True, at=at)
    again = mandates.give(account, None, is_pending=True, at=at)
    told()

    mandates.activate(account, at=at)

    assert again == mandate
    assert Mandate.objects.get().acceptance == {**ACCEPTANCE, "accepted_at": int(at.timestamp())}
    assert Mandate.objects.get().status == "active"
    assert told() == ["mandate.updated"]


def test_a_detached_methods_mandate_ends(account, at, told):
    mandates.give(account, ACCEPTANCE, is_pending=False, at=at)
    told()

    payment_methods.detach(account, at=at)

    assert Mandate.objects.get().status == "inactive"
    assert sorted(told()) == ["customer.source.deleted", "customer.updated", "mandate.updated"]
