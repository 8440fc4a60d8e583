"""One customer of both libraries: cards that Omise's saves pay what Stripe's bills (rules O29 to O32, O48)."""

from datetime import UTC, datetime

import omise
import pytest
import stripe

from customers.kit import clock
from payments.services import clock_advances
from tests.wire.omise_cards import INSUFFICIENT_FUND, MASTERCARD, token

pytestmark = pytest.mark.usefixtures("omise_below")
PLANS = {"basic": 29_900, "premium": 59_900, "enterprise": 99_900}  # satang
JANUARY, FEBRUARY, MARCH = (
    int(datetime(2031, month, 15, 10, tzinfo=UTC).timestamp()) for month in (1, 2, 3)
)


@pytest.fixture
def plans(stripe_v1):
    """The monthly prices of the plans, by their names."""
    found = {}
    for name, amount in PLANS.items():
        product = stripe_v1.products.create({"name": name})
        found[name] = stripe_v1.prices.create(
            {"product": product.id, "currency": "thb", "unit_amount": amount,
             "recurring": {"interval": "month"}}
        ).id  # fmt: skip
    return found


@pytest.fixture
def clock_of_january(stripe_v1):
    """A clock that stands in January."""
    return stripe_v1.test_helpers.test_clocks.create({"frozen_time": JANUARY}).id


@pytest.fixture
def advance(stripe_v1, clock_of_january):
    """Advances the clock, and does the worker's part of it."""

    def move(to):
        stripe_v1.test_helpers.test_clocks.advance(clock_of_january, {"frozen_time": to})
        while clock_advances.carry_on_all(at=clock.now()):
            pass
        assert stripe_v1.test_helpers.test_clocks.retrieve(clock_of_january).status == "ready"

    return move


@pytest.fixture
def on_clock(stripe_v1, clock_of_january):
    """Makes a customer who lives by the clock and whose card Omise's library saves."""

    def make(number="4242424242424242"):
        made = stripe_v1.customers.create(
            {"email": "john@example.com", "test_clock": clock_of_january}
        )
        customer = omise.Customer.retrieve(made.id)
        customer.update(card=token(number))
        return made.id, customer

    return make


def save(customer, number):
    """Save another card by Omise's library, and let it be the default."""
    customer.update(card=token(number))
    # While the clock stands, all cards are of the same instant, so that none is the newest.
    (added,) = [card for card in customer.cards if card.last_digits == number[-4:]]
    customer.update(default_card=added.id)


def subscribe(stripe_v1, customer, price, **params):
    return stripe_v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price}], **params}
    )


def charged():
    """Return what Omise's library sees of charges: their customer, amount, state and card, the oldest first."""
    return [
        (charge.customer, charge.amount, charge.status, charge.card.last_digits)
        for charge in omise.Charge.list()
    ]


@pytest.mark.parametrize("plan", PLANS)
def test_o29_a_customer_of_omise_subscribes_by_stripe(stripe_v1, plans, plan):
    john = omise.Customer.create(
        email="john@example.com", description=f"{plan} subscription", card=token(),
        metadata={"plan": plan},
    )  # fmt: skip
    customer = stripe_v1.customers.list({"email": "john@example.com"}).data[0].id

    subscription = subscribe(stripe_v1, customer, plans[plan], expand=["latest_invoice"])

    assert (subscription.status, subscription.latest_invoice.status) == ("active", "paid")
    assert subscription.latest_invoice.amount_paid == PLANS[plan]
    assert charged() == [(john.id, PLANS[plan], "successful", "4242")]


def test_o29_a_card_of_omise_pays_month_after_month(stripe_v1, plans, on_clock, advance):
    customer, john = on_clock()
    subscription = subscribe(stripe_v1, customer, plans["basic"])

    advance(FEBRUARY + 7200)
    advance(MARCH + 7200)

    invoices = stripe_v1.invoices.list({"subscription": subscription.id}).data
    assert [(invoice.status, invoice.amount_paid) for invoice in invoices] == [("paid", 29_900)] * 3
    assert charged() == [(john.id, 29_900, "successful", "4242")] * 3
    dates = [charge.created_at[:10] for charge in omise.Charge.list()]
    assert dates == ["2031-01-15", "2031-02-15", "2031-03-15"]


def test_o30_and_o31_the_default_card_pays(stripe_v1, plans, on_clock, advance):
    customer, john = on_clock()
    subscribe(stripe_v1, customer, plans["basic"])
    save(john, MASTERCARD)

    advance(FEBRUARY + 7200)

    assert [card for *_rest, card in charged()] == ["4242", "4444"]


def test_o32_upgraded_canceled_and_taken_up_again(stripe_v1, plans, on_clock, advance):
    customer, john = on_clock()
    subscription = subscribe(stripe_v1, customer, plans["basic"])
    item = subscription["items"].data[0].id

    upgraded = stripe_v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": item, "price": plans["premium"]}],
            "proration_behavior": "always_invoice",
        },
    )
    john.update(metadata={"plan": "premium"})
    stripe_v1.subscriptions.cancel(subscription.id)
    advance(FEBRUARY + 7200)
    again = subscribe(stripe_v1, customer, plans["enterprise"])

    assert (upgraded.status, again.status) == ("active", "active")
    amounts = sorted(amount for _customer, amount, *_rest in charged())
    assert amounts == [29_900, 30_000, 99_900]  # the first two are of the same instant
    assert stripe_v1.customers.retrieve(customer).metadata["plan"] == "premium"


def test_o32_nothing_is_subscribed_to_without_a_card(stripe_v1, plans, on_clock):
    customer, john = on_clock()
    for card in list(john.list_cards()):
        card.destroy()

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        subscribe(stripe_v1, customer, plans["basic"])

    assert refusal.value.code == "resource_missing"
    assert charged() == []


def test_o48_a_failed_renewal_is_tried_again_and_paid_by_the_next_card(
    stripe_v1, plans, on_clock, advance
):
    customer, john = on_clock()
    subscription = subscribe(stripe_v1, customer, plans["basic"])
    save(john, INSUFFICIENT_FUND)

    advance(FEBRUARY + 7200)
    failed = stripe_v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    save(john, MASTERCARD)
    advance(failed.latest_invoice.next_payment_attempt + 7200)

    paid = stripe_v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (failed.status, failed.latest_invoice.status) == ("past_due", "open")
    assert (paid.status, paid.latest_invoice.status) == ("active", "paid")
    assert [(status, card) for _customer, _amount, status, card in charged()] == [
        ("successful", "4242"), ("failed", "0011"), ("successful", "4444"),
    ]  # fmt: skip


def test_a_schedule_of_omise_goes_with_the_clock(stripe_v1, on_clock, advance):
    customer, john = on_clock()
    schedule = omise.Schedule.create(
        every=1, period="month", on={"days_of_month": [20]}, start_date="2031-01-16",
        end_date="2031-12-31", charge={"customer": john.id, "amount": 29_900, "currency": "THB"},
    )  # fmt: skip

    advance(FEBRUARY)
    advance(MARCH)

    occurrences = [(each.scheduled_on, each.status) for each in schedule.occurrence()]
    assert sorted(occurrences) == [("2031-01-20", "successful"), ("2031-02-20", "successful")]
    assert charged() == [(john.id, 29_900, "successful", "4242")] * 2
    assert [charge.amount for charge in stripe_v1.charges.list({"customer": customer})] == [
        29_900
    ] * 2


def test_a_credit_note_refunds_what_omise_shows(stripe_v1, plans):
    omise.Customer.create(email="john@example.com", card=token())
    customer = stripe_v1.customers.list({"email": "john@example.com"}).data[0].id
    invoice = subscribe(stripe_v1, customer, plans["basic"]).latest_invoice

    stripe_v1.credit_notes.create({"invoice": invoice, "amount": 9_900, "refund_amount": 9_900})

    (charge,) = omise.Charge.list()
    assert (charge.refunded_amount, [refund.amount for refund in charge.refunds]) == (
        9_900,
        [9_900],
    )
