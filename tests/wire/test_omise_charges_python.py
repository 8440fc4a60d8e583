"""Tokens, charges and refunds with Omise's official Python package, unmodified, over real sockets."""

import omise
import pytest

CARD = {
    "name": "Somchai Prasert", "number": "4242424242424242", "expiration_month": 10, "expiration_year": 2034,
    "city": "Bangkok", "postal_code": "10320", "security_code": 123,
}  # fmt: skip
MONEY = {"amount": 100_000, "currency": "thb"}
NAMES = ("api_secret", "api_public", "api_main", "api_vault")


@pytest.fixture(autouse=True, params=["/omise/", "/"], ids=["below /omise", "at the root"])
def _package(request, live, keys):
    """The package as a merchant sets it up; it keeps that in its module."""
    before = {name: getattr(omise, name) for name in NAMES}
    omise.api_secret, omise.api_public = keys["skey_test"], keys["pkey_test"]
    omise.api_main = omise.api_vault = live + request.param
    yield
    for name, value in before.items():
        setattr(omise, name, value)


def token(**card):
    return omise.Token.create(**{**CARD, **card})


def test_a_token_is_charged():
    made = token()

    charge = omise.Charge.create(**MONEY, card=made.id, ip="203.0.113.7", description="Order-384")

    made.reload()
    assert (made.used, made.charge_status, made.card.last_digits) == (True, "successful", "4242")
    assert (charge.status, charge.amount, charge.currency) == ("successful", 100_000, "THB")
    assert (charge.card.brand, charge.customer, charge.ip) == ("Visa", None, "203.0.113.7")
    assert omise.Charge.retrieve(charge.id).id == charge.id


def test_a_charge_is_changed():
    charge = omise.Charge.create(**MONEY, card=token().id)

    charge.description = "Another description"
    charge.update(metadata={"order": {"id": 7}})

    assert (charge.description, charge.metadata.order.id) == ("Another description", 7)
    assert charge.reload().description == "Another description"


def test_money_is_held_taken_and_given_back():
    charge = omise.Charge.create(**MONEY, card=token().id, capture=False)
    held = charge.status, charge.authorized, charge.capturable

    charge.capture(capture_amount=60_000)
    refund = charge.refund(amount=10_000, metadata={"case": 7})

    assert held == ("pending", True, True)
    assert (charge.status, charge.captured_amount, charge.refunded_amount) == (
        "successful", 60_000, 10_000,
    )  # fmt: skip
    assert (refund.reload().amount, refund.charge, refund.metadata.case) == (10_000, charge.id, 7)
    assert [each.id for each in charge.list_refunds()] == [refund.id]
    assert [each.id for each in charge.refunds] == [refund.id]
    assert refund.id in [each.id for each in omise.Refund.list()]


def test_money_is_held_and_released():
    charge = omise.Charge.create(**MONEY, card=token().id, capture=False)

    charge.reverse()

    assert (charge.status, charge.reversed, charge.reversible) == ("reversed", True, False)


def test_a_charge_waits_for_its_customer_and_is_called_off():
    charge = omise.Charge.create(
        **MONEY, card=token(number="4000000000003220").id, return_uri="https://shop.example.com"
    )
    url = charge.authorize_uri

    charge.expire()

    assert url.startswith("http")
    assert (charge.status, charge.expired) == ("expired", True)


def test_a_decline_is_no_exception():
    charge = omise.Charge.create(**MONEY, card=token(number="4111111111140011").id)

    assert (charge.status, charge.failure_code) == ("failed", "insufficient_fund")


def test_charges_are_walked():
    made = [omise.Charge.create(**MONEY, card="tok_visa").id for _ in range(3)]

    assert [charge.id for charge in omise.Charge.list()] == made


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: omise.Charge.retrieve("chrg_test_nothing"), omise.errors.NotFoundError),
        (
            lambda: omise.Charge.create(**MONEY, card="tokn_test_nothing"),
            omise.errors.NotFoundError,
        ),
        (lambda: omise.Charge.create(amount=0, currency="thb"), omise.errors.InvalidChargeError),
        (lambda: token(number="4242424242424241"), omise.errors.InvalidCardError),
        (
            lambda: omise.Charge.create(**MONEY, customer=omise.Customer.create().id),
            omise.errors.MissingCardError,
        ),
        (
            lambda: omise.Charge.create(**MONEY, card="tok_visa").capture(),
            omise.errors.FailedCaptureError,
        ),
        (
            lambda: omise.Charge.create(**MONEY, card="tok_visa").refund(amount=100_001),
            omise.errors.FailedRefundError,
        ),
        (lambda: omise.Source.create(**MONEY, type="promptpay"), omise.errors.BaseError),
    ],
    ids=lambda value: getattr(value, "__name__", "") if isinstance(value, type) else "",
)
def test_refusals_are_exceptions_of_the_package(act, error):
    with pytest.raises(error) as refusal:
        act()

    assert type(refusal.value) is error
    assert refusal.value.args[0] != ""


def test_a_token_is_used_once():
    made = token()
    omise.Charge.create(**MONEY, card=made.id)

    with pytest.raises(omise.errors.UsedTokenError):
        omise.Charge.create(**MONEY, card=made.id)
