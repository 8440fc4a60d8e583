"""One scenario in every dialect, which leaves the same rows and the same events; and the dialects in turns."""

import omise
import pytest
import stripe

from tests.wire import pictures
from tests.wire.dialects import Omise, Stripe, live_a_customers_life
from tests.wire.omise_cards import token

pytestmark = pytest.mark.usefixtures("omise_below")
EVENTS = [
    "customer.created", "customer.source.created", "charge.succeeded", "charge.succeeded", "charge.captured",
    "refund.created", "charge.refunded", "refund.updated", "customer.source.created", "charge.failed",
    "customer.source.created", "customer.updated", "charge.succeeded", "customer.source.deleted", "customer.deleted",
    "customer.source.deleted", "customer.source.deleted",
]  # fmt: skip
CHARGES = [
    ("succeeded", 100_000, 100_000, 25_000, ""),
    ("succeeded", 50_000, 30_000, 0, ""),
    ("failed", 10_000, 0, 0, "insufficient_funds"),
    ("succeeded", 20_000, 20_000, 0, ""),
]
# What one acquirer's approval is called, and who asked: the library for Stripe names each request, Omise's does not.
_RANDOM = {"authorization_code", "network_transaction_id"}
_ASKED = {"actor", "idempotency_key", "request_id"}
# An event's number is one of all sites'.
NOT_COMPARED = {"Charge": _RANDOM, "Event": _RANDOM | _ASKED | {"sequence"}}


@pytest.fixture
def v1_of_other(live, other):
    """The library for Stripe at a site of its own."""
    return stripe.StripeClient(other[1]["sk_test"], base_addresses={"api": live}).v1


@pytest.fixture(params=["stripe", "omise"])
def dialect(request, stripe_v1):
    """A shop that speaks one of the dialects."""
    return Stripe(stripe_v1) if request.param == "stripe" else Omise()


def test_a_customers_life(dialect, site):
    live_a_customers_life(dialect)

    left = pictures.of_site(site, without={})
    assert [event["type"] for event in left["Event"]] == EVENTS
    assert [
        (
            charge["status"], charge["amount"], charge["amount_captured"], charge["amount_refunded"],
            charge["decline_code"],
        )
        for charge in left["Charge"]
    ] == CHARGES  # fmt: skip
    assert [method["customer_id"] for method in left["PaymentMethod"]] == [None] * 3
    assert [refund["amount"] for refund in left["Refund"]] == [25_000]
    assert [entry["amount"] for entry in left["BalanceTransaction"]] == [
        100_000, 30_000, -25_000, 20_000,
    ]  # fmt: skip


def test_the_dialects_leave_the_same_rows_and_events(site, other, v1_of_other):
    live_a_customers_life(Omise())
    live_a_customers_life(Stripe(v1_of_other))

    by_omise = pictures.of_site(site, without=NOT_COMPARED)
    by_stripe = pictures.of_site(other[0], without=NOT_COMPARED)

    assert by_omise == by_stripe


def test_a_card_of_omises_is_paid_with_by_stripe_and_refunded_by_omise(stripe_v1):
    customer = omise.Customer.create(email="jenny@example.com", card=token())
    stripes = stripe_v1.customers.retrieve(key_of(customer.id, "cus"))
    intent = stripe_v1.payment_intents.create(
        {
            "amount": 100_000,
            "currency": "thb",
            "customer": customer.id,
            "payment_method": customer.default_card,
            "off_session": True,
            "confirm": True,
        }
    )
    charge = omise.Charge.retrieve(intent.latest_charge)
    refund = charge.refund(amount=40_000)

    refunded = stripe_v1.refunds.retrieve(key_of(refund.id, "re"))
    assert (stripes.email, stripes.default_source) == (
        "jenny@example.com", intent.payment_method,
    )  # fmt: skip
    assert (intent.status, intent.customer) == ("succeeded", stripes.id)
    assert key_of(intent.payment_method, "card_test") == customer.default_card
    assert (charge.id, charge.card.id) == (
        key_of(intent.latest_charge, "chrg_test"), customer.default_card,
    )  # fmt: skip
    assert (refunded.amount, refunded.charge) == (40_000, intent.latest_charge)
    assert [event.key for event in omise.Event.list()] == [
        "customer.create", "customer.update.card", "charge.complete", "refund.create", "charge.update",
    ]  # fmt: skip
    assert [event.type for event in stripe_v1.events.list({"limit": 100}).data[::-1]] == [
        "customer.created", "customer.source.created", "payment_intent.created", "charge.succeeded",
        "payment_intent.succeeded", "refund.created", "charge.refunded", "refund.updated",
    ]  # fmt: skip


def test_a_card_of_stripes_is_charged_by_omise(stripe_v1):
    customer = stripe_v1.customers.create({"payment_method": "pm_card_visa"})
    method = customer.invoice_settings.default_payment_method

    of_default = omise.Charge.create(customer=customer.id, amount=25_000, currency="THB")
    by_name = omise.Charge.create(
        customer=key_of(customer.id, "cust_test"), card=method, amount=25_000, currency="THB"
    )
    shown = omise.Customer.retrieve(customer.id)

    assert method.startswith("pm_")
    assert {(charge.paid, charge.card.id) for charge in (of_default, by_name)} == {
        (True, key_of(method, "card_test"))
    }
    assert (shown.default_card, shown.cards.total) == (key_of(method, "card_test"), 1)
    assert [each.payment_method for each in stripe_v1.charges.list({"customer": shown.id})] == [
        method, method,
    ]  # fmt: skip


def test_ids_are_taken_in_any_spelling_by_both_libraries(stripe_v1):
    customer = omise.Customer.create(card=token())
    charge = omise.Charge.create(customer=customer.id, amount=25_000, currency="THB")
    ours = {"customer": key_of(customer.id, "cus"), "charge": key_of(charge.id, "ch")}

    assert stripe_v1.customers.retrieve(customer.id).id == ours["customer"]
    assert stripe_v1.customers.update(customer.id, {"name": "Jenny"}).id == ours["customer"]
    assert stripe_v1.charges.retrieve(charge.id).id == ours["charge"]
    assert stripe_v1.refunds.create({"charge": charge.id, "amount": 5_000}).charge == ours["charge"]
    assert omise.Customer.retrieve(ours["customer"]).id == customer.id
    assert omise.Charge.retrieve(ours["charge"]).id == charge.id
    assert omise.Card.retrieve(ours["customer"], customer.default_card).id == customer.default_card


@pytest.mark.node
def test_what_two_libraries_made_is_seen_by_the_third(stripe_v1, flow, site):
    customer = omise.Customer.create(email="jenny@example.com", card=token())
    ours = key_of(customer.id, "cus")
    method = stripe_v1.payment_methods.attach("pm_card_mastercard", {"customer": ours})

    said = flow("revkeen/methods", CUSTOMER=customer.id)

    assert (said["customer"]["data"]["id"], said["customer"]["data"]["email"]) == (
        ours, "jenny@example.com",
    )  # fmt: skip
    assert [(one["id"], one["is_default"]) for one in said["methods"]["data"]] == [
        (method.id, False), (key_of(customer.default_card, "card"), True),
    ]  # fmt: skip
    stripes = stripe_v1.events.list({"limit": 100}).data
    names = {"payment_method.attached": "customer.payment_method.attached"}
    assert [(event["id"], event["type"]) for event in said["events"]["data"]] == [
        (event.id, names.get(event.type, event.type)) for event in stripes
    ]
    left = pictures.of_site(site, without={})
    assert (len(left["Customer"]), len(left["PaymentMethod"])) == (1, 2)


@pytest.mark.node
def test_a_customer_of_revkeens_pays_by_the_others(stripe_v1, flow):
    made = flow("revkeen/customers")["updated"]["data"]

    of_omise = omise.Customer.retrieve(made["id"])
    of_omise.update(card=token())
    charge = omise.Charge.create(customer=of_omise.id, amount=25_000, currency="THB")
    shown = stripe_v1.customers.retrieve(made["id"])

    assert (of_omise.email, shown.email, shown.name) == (made["email"], made["email"], "John Lee")
    assert (shown.address.city, shown.business_name, shown.metadata.to_dict()) == (
        "Oakland", "Smith Paper", {"seats": "12", "plan": "pro"},
    )  # fmt: skip
    assert stripe_v1.charges.retrieve(key_of(charge.id, "ch")).customer == made["id"]


def key_of(pk, prefix):
    """Return an id with another prefix: the key is the same in every dialect."""
    return f"{prefix}_{pk.rpartition('_')[2]}"
