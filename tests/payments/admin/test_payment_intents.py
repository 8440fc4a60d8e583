"""Payments that are begun and not paid."""

import pytest

from payments.services import payment_intents
from tests.customers.admin.page import errors, fields, rows
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory, PaymentIntentFactory

LIST = "/admin/payments/paymentintent/"


def test_list_holds_what_is_unpaid(owner, scope):
    PaymentIntentFactory(
        customer=CustomerFactory(name="Jenny Rosen"), description="A lamp",
        last_error={"message": "Your card was declined."},
    )  # fmt: skip
    PaymentIntentFactory(status="succeeded")
    PaymentIntentFactory(status="canceled")

    assert [cells[:4] for cells in rows(owner.get(LIST))] == [
        ["$20.00 USD", "Needs a payment methodYour card was declined.", "Jenny Rosen", "A lamp"]
    ]


@pytest.mark.parametrize("find", ["pk", "customer_id"])
def test_intent_is_found_by_id_and_customer(owner, scope, find):
    intent = PaymentIntentFactory(customer=CustomerFactory())
    PaymentIntentFactory()

    answer = owner.get(f"{LIST}?q={getattr(intent, find)}")

    assert list(answer.context["cl"].result_list) == [intent]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    for _number in range(count):
        PaymentIntentFactory(customer=CustomerFactory())

    with django_assert_num_queries(4):  # session, operator, sites, intents
        assert owner.get(LIST).status_code == 200


def test_page_shows_the_tries(owner, scope):
    intent = PaymentIntentFactory()
    charge = ChargeFactory(
        payment_intent=intent, status="failed", amount_captured=0, failure_message="Declined."
    )

    (tried,) = owner.get(f"{LIST}{intent.pk}/").context["tries"]

    assert (tried["url"], tried["badges"], tried["reason"]) == (
        f"/admin/payments/charge/{charge.pk}/", [("Failed", "bad")], "Declined.",
    )  # fmt: skip


def test_intent_is_canceled(owner, scope):
    intent = PaymentIntentFactory()
    address = f"{LIST}{intent.pk}/cancel/"

    answer = owner.post(address, fields(owner.get(address)))

    assert answer.url == f"{LIST}{intent.pk}/"
    assert payment_intents.get(intent.pk).status == "canceled"


def test_paid_intent_is_not_canceled(owner, scope, nothing_written):
    intent = PaymentIntentFactory(status="succeeded")
    address = f"{LIST}{intent.pk}/cancel/"

    with nothing_written():
        answer = owner.post(address, fields(owner.get(address)))

    assert errors(answer) == {
        "": ["You cannot cancel this PaymentIntent because it has a status of succeeded."]
    }
    assert owner.get(f"{LIST}{intent.pk}/").context["links"] == []


def test_who_may_only_read_cancels_nothing(reader, scope, nothing_written):
    intent = PaymentIntentFactory()

    with nothing_written():
        answer = reader.post(f"{LIST}{intent.pk}/cancel/")

    assert answer.status_code == 403
