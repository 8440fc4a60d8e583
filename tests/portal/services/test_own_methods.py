"""Customers choose, renew and remove their payment methods; what renews keeps something to be paid with."""

from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.models import Customer
from payments.billing.models import Invoice, Subscription
from payments.models import PaymentMethod, Schedule
from payments.services import expiring_cards
from portal.services import own_methods
from portal.services.own_methods import OnlyMethod
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ScheduleFactory
from tests.seeds import statements as seeds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def card(customer):
    return seeds.card(customer)


@pytest.fixture
def other(customer, card):
    return seeds.card(customer, last4="4444")


def default_of(customer):
    return Customer.objects.get(pk=customer.pk).default_payment_method_id


def is_kept(method):
    return PaymentMethod.objects.get(pk=method.pk).customer_id is not None


def test_chosen_method_pays_for_everything(customer, card, other):
    own = seeds.subscription(customer, "Gold", default_payment_method=card)
    bill = seeds.invoice(customer, "Oak", ago=1, status="open", default_payment_method=card)
    schedule = ScheduleFactory(customer=customer, payment_method=card)

    own_methods.choose(customer, other, at=clock.now())

    assert default_of(customer) == other.pk
    assert Subscription.objects.get(pk=own.pk).default_payment_method_id is None
    assert Invoice.objects.get(pk=bill.pk).default_payment_method_id is None
    assert Schedule.objects.get(pk=schedule.pk).payment_method_id is None
    told = set(Event.objects.values_list("type", flat=True))
    assert told >= {"customer.updated", "customer.subscription.updated", "invoice.updated"}


def test_method_that_cannot_be_charged_is_not_chosen(customer, card):
    over = seeds.card(customer, exp_year=2020)

    with pytest.raises(InvalidState):
        own_methods.choose(customer, over, at=clock.now())

    assert default_of(customer) == card.pk


@pytest.mark.parametrize("renews", ["subscription", "schedule"])
def test_only_method_stays_while_something_renews(customer, card, renews):
    seeds.card(customer, exp_year=2020)
    if renews == "subscription":
        seeds.subscription(customer, "Gold")
    else:
        ScheduleFactory(customer=customer)

    with pytest.raises(OnlyMethod):
        own_methods.remove(customer, card, at=clock.now())

    assert is_kept(card)


@pytest.mark.parametrize(
    "columns",
    [
        {"cancels_at_period_end": True},
        {"collection_method": "send_invoice", "days_until_due": 30},
        {"status": Subscription.Status.PAUSED},
    ],
    ids=["ends", "by-invoice", "paused"],
)
def test_only_method_goes_where_nothing_renews(customer, card, columns):
    seeds.subscription(customer, "Gold", **columns)

    own_methods.remove(customer, card, at=clock.now())

    assert not is_kept(card)
    assert default_of(customer) is None


def test_another_method_takes_the_place_of_a_removed_one(customer, card, other):
    own = seeds.subscription(customer, "Gold", default_payment_method=card)

    own_methods.remove(customer, card, at=clock.now())

    assert (is_kept(card), default_of(customer)) == (False, other.pk)
    assert Subscription.objects.get(pk=own.pk).default_payment_method_id is None


def test_other_customers_methods_save_nobody(customer, card):
    seeds.card(CustomerFactory())
    seeds.subscription(customer, "Gold")

    with pytest.raises(OnlyMethod):
        own_methods.remove(customer, card, at=clock.now())


def test_renewed_card_is_announced_again(customer):
    today = clock.now()
    card = seeds.card(customer, exp_year=today.year, exp_month=today.month, expiry_notice_days=7)
    soon = today + timedelta(days=40)
    details = {"exp_year": soon.year, "exp_month": soon.month}

    own_methods.change(customer, card, details=details, at=today)

    card.refresh_from_db()
    assert (card.exp_year, card.exp_month, card.expiry_notice_days) == (soon.year, soon.month, None)
    assert expiring_cards.announce(card, at=soon) is True


def test_what_is_paid_with_what(customer, card, other):
    gold = seeds.subscription(customer, "Gold")
    silver = seeds.subscription(customer, "Silver", default_payment_method=other)
    ending = seeds.subscription(customer, "Bronze", cancels_at_period_end=True)
    customer.refresh_from_db()

    found = own_methods.paid_with(customer, [gold, silver, ending])

    assert found == {card.pk: [gold], other.pk: [silver]}
