"""Tries of invoices that never reached the gateway, since the process that made them was killed."""

from datetime import timedelta

import pytest

from customers.kit.errors import CardDeclined, GatewayUnavailable
from customers.models import Customer, Message
from payments.billing.services import invoices
from payments.gateways.base import Outcome, Result, Unknown
from payments.models import Charge
from payments.services import reconciling
from tests.factories.coupons import DiscountedSubscriptionFactory

LOST = timedelta(hours=1)
SOON = timedelta(minutes=1)
DECLINED = Outcome(Result.DECLINED, code="card_declined", message="Your card was declined.")
GIVEN_UP = ["charge.failed", "payment_intent.payment_failed"]


@pytest.fixture
def due(opened, customer, method, told, site):
    """An invoice that is collected by itself, of a customer who is written to."""
    site.emails_failed_payments = True
    site.save(update_fields=["emails_failed_payments"])
    customer.email = "jane@example.com"
    customer.save(update_fields=["email"])
    invoice = opened(auto_advance=True)
    told()
    return invoice


@pytest.fixture
def lost(due, gateway, told, at):
    """An invoice whose first try was given up, and the time after that."""
    gateway.plan("authorize", Unknown())
    invoices.collect(due, at=at)
    told()
    reconciling.run(at=at + LOST)
    reconciling.run(at=at + 2 * LOST)
    return invoices.get(due.pk)


def charges_of():
    return list(Charge.objects.order_by("created_at", "id").values_list("status", "failure_code"))


def tries_of(invoice):
    row = invoices.get(invoice.pk)
    return row.status, row.attempt_count, row.retries, row.lost_tries, row.next_attempt_at


def test_what_never_arrived_is_no_try_and_is_made_again_soon(lost, told, at):
    assert tries_of(lost) == ("open", 0, 0, 1, at + 2 * LOST + SOON)
    assert charges_of() == [("failed", "never_received")]
    assert told() == [*GIVEN_UP, "invoice.updated"]
    assert not Message.objects.exists()
    assert Customer.objects.get().is_delinquent is False


def test_the_next_try_is_another_charge_and_counts_as_the_first(lost, at):
    invoices.collect_due(lost, at + 3 * LOST)

    assert tries_of(lost) == ("paid", 1, 0, 1, None)
    assert charges_of() == [("failed", "never_received"), ("succeeded", "")]


def test_the_next_try_that_fails_counts_as_the_first(lost, gateway, at):
    gateway.plan("authorize", DECLINED)

    invoices.collect_due(lost, at + 3 * LOST)

    assert tries_of(lost) == ("open", 1, 1, 1, at + 3 * LOST + timedelta(days=1))
    assert [row.occasion for row in Message.objects.all()] == ["try 1"]


def test_what_is_lost_again_waits_longer(lost, gateway, at):
    gateway.plan("authorize", Unknown())
    invoices.collect_due(lost, at + 3 * LOST)

    reconciling.run(at=at + 4 * LOST)
    reconciling.run(at=at + 5 * LOST)

    assert tries_of(lost) == ("open", 0, 0, 2, at + 5 * LOST + timedelta(minutes=5))


def test_what_arrived_after_all_is_not_charged_again(lost, gateway, at):
    (charge,) = Charge.objects.all()
    gateway.book[charge.pk] = Outcome(Result.DONE, reference="late", fee=59)

    invoices.collect_due(lost, at + 3 * LOST)

    assert tries_of(lost) == ("paid", 1, 0, 1, None)
    assert charges_of() == [("succeeded", "")]


def test_nothing_is_charged_while_the_gateway_does_not_say(lost, gateway, at):
    gateway.plan("look_up", Unknown())

    with pytest.raises(GatewayUnavailable):
        invoices.collect_due(lost, at + 3 * LOST)

    assert tries_of(lost)[:4] == ("open", 0, 0, 1)
    assert charges_of() == [("failed", "never_received")]


def test_who_asked_for_a_lost_try_hears_of_it_and_the_calendar_goes_on(due, gateway, at):
    gateway.plan("authorize", Unknown())
    invoices.pay(due, request_key="asked", at=at)
    reconciling.run(at=at + LOST)

    reconciling.run(at=at + 2 * LOST)

    assert tries_of(due) == ("open", 0, 0, 1, at + 2 * LOST + SOON)
    with pytest.raises(CardDeclined, match="never received"):
        invoices.pay(due, request_key="asked", at=at + 3 * LOST)


def test_a_new_card_is_charged_although_the_try_before_it_was_lost(
    opened, customer, method, gateway, at
):
    subscription = DiscountedSubscriptionFactory(customer=customer, status="past_due")
    invoice = opened(subscription=subscription, auto_advance=True)
    gateway.plan("authorize", Unknown())
    invoices.retry_open(customer, at=at)
    reconciling.run(at=at + LOST)
    reconciling.run(at=at + 2 * LOST)

    invoices.retry_open(customer, at=at + 3 * LOST)

    assert tries_of(invoice) == ("paid", 1, 0, 1, None)
