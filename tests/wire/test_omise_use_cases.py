"""What Omise's documentation says customers are for, end to end through its library for Python (rules O29 to O51).

The classes are those of the documentation's samples, in the words of the library; `test_omise_use_cases_node` runs
the samples in the language that they are written in.
"""

import re
from datetime import UTC, datetime

import omise
import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer, Message
from payments.models import PaymentMethod
from payments.services import expiring_cards
from tests.wire.omise_cards import FAILED_PROCESSING, INSUFFICIENT_FUND, MASTERCARD, token

pytestmark = pytest.mark.usefixtures("omise_below")
PLANS = {"basic": 29_900, "premium": 59_900, "enterprise": 99_900}  # satang


@pytest.fixture
def john(omise_below):
    """A customer with a card, known to the shop as its user 12345."""
    metadata = {"user_id": "12345", "plan": "basic"}
    return omise.Customer.create(email="john@example.com", card=token(), metadata=metadata)


def now():
    return clock.now().isoformat()


def changed(customer, **metadata):
    """Change some of a customer's metadata, which replaces all of it (rule O17)."""
    customer.update(metadata={**customer._attributes["metadata"], **metadata})


# -- O29: a subscription service ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", PLANS)
def test_o29_a_subscription_service(plan):
    customer = omise.Customer.create(
        email="john@example.com", description=f"{plan} subscription", card=token(),
        metadata={"plan": plan, "subscribed_at": now()},
    )  # fmt: skip
    first = omise.Charge.create(
        customer=customer.id, amount=PLANS[plan], currency="THB", description=f"{plan} - First payment"
    )  # fmt: skip
    monthly = [
        omise.Charge.create(
            customer=customer.id, amount=PLANS[plan], currency="THB",
            description=f"{plan} - Monthly payment",
        )
        for _month in range(2)
    ]  # fmt: skip

    charges = [first, *monthly]
    assert {(charge.status, charge.amount, charge.card.id) for charge in charges} == {
        ("successful", PLANS[plan], customer.default_card)
    }
    assert [charge.id for charge in omise.Charge.list()] == [charge.id for charge in charges]


# -- O30: one-click checkout -------------------------------------------------------------------------------------------


def find_by_user_id(user_id):
    for customer in omise.Customer.list().offset(limit=100):
        if customer._attributes["metadata"].get("user_id") == str(user_id):
            return customer
    return None


def check_out(user_id, amount):
    customer = find_by_user_id(user_id)
    if customer is None or customer.default_card is None:
        return {"requires_payment_info": True}
    return omise.Charge.create(
        customer=customer.id, amount=amount, currency="THB", description="One-click purchase"
    )


def test_o30_one_click_checkout(john):
    omise.Customer.create(email="jane@example.com", metadata={"user_id": "17"})

    charge = check_out(12345, 25_000)

    assert (charge.paid, charge.customer) == (True, john.id)
    assert check_out(17, 25_000) == check_out(99, 25_000) == {"requires_payment_info": True}
    assert len(omise.Charge.list()) == 1


# -- O31: several cards ------------------------------------------------------------------------------------------------


def add_card(customer_id, card, *, set_as_default=False):
    customer = omise.Customer.retrieve(customer_id)
    customer.update(card=card)
    new_one = customer.cards[0]  # the newest first
    if set_as_default:
        customer.update(default_card=new_one.id)
    return new_one


def remove_card(customer_id, card_id):
    customer = omise.Customer.retrieve(customer_id)
    if customer.cards.total <= 1:
        raise ValueError("Cannot remove the only payment method")
    if customer.default_card == card_id:
        other = next(card for card in customer.cards if card.id != card_id)
        customer.update(default_card=other.id)
    customer.cards.retrieve(card_id).destroy()


def test_o31_several_cards(john):
    first = john.default_card
    second = add_card(john.id, token(MASTERCARD))
    john.reload()
    before = john.default_card
    third = add_card(john.id, token(), set_as_default=True)
    john.reload()

    assert (second.last_digits, before, john.default_card) == ("4444", first, third.id)
    remove_card(john.id, third.id)
    john.reload()
    assert john.default_card == second.id
    remove_card(john.id, second.id)
    john.reload()
    assert (john.default_card, john.cards.total) == (first, 1)
    with pytest.raises(ValueError, match="only payment method"):
        remove_card(john.id, first)


# -- O32: a customer's life --------------------------------------------------------------------------------------------


def test_o32_an_upgrade(john):
    john.update(description="premium subscription")
    changed(john, plan="premium", upgraded_at=now())
    charge = omise.Charge.create(
        customer=john.id, amount=PLANS["premium"] - PLANS["basic"], currency="THB"
    )

    again = omise.Customer.retrieve(john.id)
    metadata = again._attributes["metadata"]
    assert (again.description, metadata["plan"], metadata["user_id"]) == (
        "premium subscription", "premium", "12345",
    )  # fmt: skip
    assert (charge.amount, charge.paid) == (30_000, True)


def test_o32_a_cancellation_that_removes_all_cards(john):
    changed(john, status="cancelled", cancelled_at=now())
    for card in list(john.list_cards()):
        card.destroy()

    john.reload()

    assert (john._attributes["metadata"]["status"], john.cards.total, john.default_card) == (
        "cancelled", 0, None,
    )  # fmt: skip
    with pytest.raises(omise.errors.MissingCardError):
        omise.Charge.create(customer=john.id, amount=PLANS["basic"], currency="THB")


def test_o32_a_reactivation_needs_a_card(john):
    changed(john, status="active", reactivated_at=now(), plan="enterprise")
    charge = omise.Charge.create(
        customer=john.id, amount=PLANS["enterprise"], currency="THB",
        description="enterprise - Reactivation payment",
    )  # fmt: skip
    nobody = omise.Customer.create(email="nobody@example.com")

    assert (charge.paid, john._attributes["metadata"]["status"]) == (True, "active")
    with pytest.raises(omise.errors.MissingCardError, match="no payment method is available"):
        omise.Charge.create(customer=nobody.id, amount=PLANS["basic"], currency="THB")


# -- O33 to O38: good practices and guards -----------------------------------------------------------------------------


def find_by_email(email):
    return next((each for each in omise.Customer.list() if each.email == email), None)


def get_or_create(email, **details):
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", email):
        raise ValueError("Invalid email address")
    return find_by_email(email) or omise.Customer.create(email=email, **details)


def charge_safely(customer_id, amount, currency="THB"):
    """Charge a customer, and tell what came of it in the words of the sample."""
    told = {
        "insufficient_fund": "Insufficient funds",
        "failed_processing": "Payment processing failed",
    }
    try:
        customer = omise.Customer.retrieve(customer_id)
        if customer.default_card is None:
            return "No payment method available"
        charge = omise.Charge.create(customer=customer_id, amount=amount, currency=currency)
    except omise.errors.NotFoundError:
        return "Customer not found"
    return told.get(charge.failure_code, charge.status)


def test_o33_and_o34_checked_emails_and_no_duplicates(john):
    assert get_or_create("john@example.com").id == john.id
    assert get_or_create("jane@example.com", description="Jane").description == "Jane"
    with pytest.raises(ValueError, match="Invalid email address"):
        get_or_create("nobody")
    with pytest.raises(omise.errors.BaseError, match="Invalid email address: nobody"):
        omise.Customer.create(email="nobody")
    assert len(omise.Customer.list()) == 2


def test_o35_metadata_comes_with_the_customer():
    metadata = {
        "user_id": "12345", "tier": "premium", "subscribed_at": now(), "status": "active",
        "marketing_consent": "true", "referral_code": "FRIEND20",
    }  # fmt: skip

    customer = omise.Customer.create(email="john@example.com", metadata=metadata)

    assert omise.Customer.retrieve(customer.id)._attributes["metadata"] == metadata


def test_o36_errors_are_told_apart(john):
    def with_card(number):
        return omise.Customer.create(card=token(number)).id

    assert [
        charge_safely(customer, 25_000)
        for customer in (
            john.id,
            "cust_test_absent",
            omise.Customer.create().id,
            with_card(INSUFFICIENT_FUND),
            with_card(FAILED_PROCESSING),
        )
    ] == [
        "successful", "Customer not found", "No payment method available", "Insufficient funds",
        "Payment processing failed",
    ]  # fmt: skip
    with pytest.raises(omise.errors.InvalidChargeError, match="amount"):
        charge_safely(john.id, -1)


def test_o37_a_user_is_charged_by_the_shops_own_id(john):
    charge = omise.Charge.create(customer=find_by_user_id(12345).id, amount=25_000, currency="THB")

    assert (charge.paid, charge.customer) == (True, john.id)
    assert find_by_user_id(99) is None


def test_o38_what_is_not_there_is_told_by_its_error(john):
    with pytest.raises(omise.errors.NotFoundError, match="customer cust_test_absent was not found"):
        omise.Customer.retrieve("cust_test_absent")


# -- O39 to O51: the answers to frequent questions ---------------------------------------------------------------------


def test_o39_what_a_deletion_leaves(john):
    charge = omise.Charge.create(customer=john.id, amount=25_000, currency="THB")
    card = john.default_card

    john.destroy()

    kept = omise.Charge.retrieve(charge.id)
    assert (kept.status, kept.customer, kept.card.last_digits) == ("successful", john.id, "4242")
    assert [each.origin for each in omise.Transaction.list()] == [charge.id]
    with pytest.raises(omise.errors.NotFoundError):
        omise.Card.retrieve(john.id, card)
    with pytest.raises(omise.errors.BaseError):
        omise.Charge.create(card=card, amount=25_000, currency="THB")


def test_o40_a_deleted_customer_is_not_restored(john):
    omise.Customer.retrieve(john.id).destroy()

    for attempt in (john.reload, john.update, john.destroy):
        with pytest.raises(omise.errors.NotFoundError):
            attempt()
    again = omise.Customer.create(email="john@example.com")
    assert again.id != john.id


def test_o41_there_is_no_limit_of_cards(john):
    for _card in range(24):
        john.update(card=token())

    assert (john.cards.total, len(john.cards), len(list(john.list_cards()))) == (25, 20, 25)


def test_o42_two_customers_can_have_one_email(john):
    twin = omise.Customer.create(email="john@example.com")

    assert (twin.email, twin.id != john.id) == (john.email, True)


def test_o43_customers_are_linked_by_metadata(john):
    omise.Customer.create(email="jane@example.com", metadata={"user_id": "17"})

    found = omise.Search.execute("customer", **{"filters[metadata]": {"user_id": "12345"}})

    assert find_by_user_id(12345).id == john.id
    assert [each.id for each in found] == [john.id]


def test_o44_test_and_live_customers_are_separate(john, keys):
    omise.api_secret = keys["skey_live"]

    with pytest.raises(omise.errors.NotFoundError):
        omise.Customer.retrieve(john.id)
    live = omise.Customer.create(email="john@example.com")

    assert (live.livemode, live.id.startswith("cust_test_"), john.livemode) == (True, False, False)
    assert [customer.id for customer in omise.Customer.list()] == [live.id]


def test_o45_a_saved_card_needs_no_security_code(john, site):
    charge = omise.Charge.create(customer=john.id, amount=25_000, currency="THB")

    with scoped_to(site, livemode=False):
        (method,) = PaymentMethod.objects.all()
    assert (charge.paid, charge.card.security_code_check, method.cvc_check) == (True, True, "pass")


def test_o46_an_expired_card_fails_and_its_holder_is_told_before(john, site, monkeypatch):
    expiring_cards.announce_due(at=datetime(2030, 12, 1, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 1, 15, tzinfo=UTC))

    charge = omise.Charge.create(customer=john.id, amount=25_000, currency="THB")

    assert (charge.status, charge.failure_code) == ("failed", "expired_card")
    with scoped_to(site, livemode=False):
        (message,) = Message.objects.all()
    assert (message.kind, message.to) == (Message.Kind.CARD_EXPIRY, "john@example.com")


def test_o47_a_charge_in_any_currency(john):
    charges = [
        omise.Charge.create(customer=john.id, amount=25_000, currency=currency)
        for currency in ("THB", "usd", "JPY", "SGD")
    ]

    assert [(charge.currency, charge.paid) for charge in charges] == [
        ("THB", True), ("USD", True), ("JPY", True), ("SGD", True),
    ]  # fmt: skip
    with pytest.raises(omise.errors.InvalidChargeError, match="currency"):
        omise.Charge.create(customer=john.id, amount=25_000, currency="XXY")


def test_o48_a_failed_payment_succeeds_with_another_card():
    customer = omise.Customer.create(email="john@example.com", card=token(INSUFFICIENT_FUND))
    money = {"customer": customer.id, "amount": PLANS["basic"], "currency": "THB"}

    failed = [omise.Charge.create(**money).failure_code for _try in range(2)]
    customer.update(card=token(MASTERCARD))
    customer.update(default_card=customer.cards[0].id)
    paid = omise.Charge.create(**money)

    assert (failed, paid.status) == (["insufficient_fund"] * 2, "successful")


def test_o49_one_payment_needs_no_customer():
    charge = omise.Charge.create(card=token(), amount=25_000, currency="THB")

    assert (charge.paid, charge.customer, list(omise.Customer.list())) == (True, None, [])


def test_o50_card_numbers_cannot_be_migrated(site):
    """Customers are made anew, and enter their cards again: numbers are taken by the vault alone."""
    number = "4242424242424242"

    with pytest.raises(omise.errors.BaseError, match="card number"):
        omise.Customer.create(email="john@example.com", metadata={"card": number})
    with pytest.raises(omise.errors.BaseError):
        omise.Customer.create(email="john@example.com", card={"number": number})

    moved = omise.Customer.create(email="john@example.com", metadata={"old_id": "4711"})
    moved.update(card=token(number))
    with scoped_to(site, livemode=False):
        assert [customer.metadata for customer in Customer.objects.all()] == [{"old_id": "4711"}]


def test_o51_metadata_holds_what_a_shop_needs(john):
    metadata = {
        "user_id": "12345",
        "tier": "premium",
        "subscribed_at": "2026-01-15T10:30:00Z",
        "status": "active",
        "marketing_consent": "true",
        "referral_code": "FRIEND20",
    }

    john.update(metadata=metadata)

    assert omise.Customer.retrieve(john.id)._attributes["metadata"] == metadata
