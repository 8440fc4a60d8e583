from datetime import timedelta

import pytest
from django.db import transaction

from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState
from customers.models import Customer
from payments.billing.models import InvoicePayment
from payments.billing.services import invoices
from payments.gateways.base import Outcome, Result, Unknown
from payments.models import Charge, PaymentIntent
from payments.services import payment_intents, reconciling
from tests.factories.coupons import DiscountedSubscriptionFactory
from tests.factories.payments import PaymentMethodFactory
from tests.payments.fake_gateway import Acted

DECLINED = Outcome(
    Result.DECLINED, code="card_declined", decline_code="insufficient_funds", message="There is too little money."
)  # fmt: skip
STOLEN = Outcome(
    Result.DECLINED,
    code="card_declined",
    decline_code="stolen_card",
    message="Your card was declined.",
)
UNAUTHENTICATED = Outcome(
    Result.DECLINED, code="authentication_required", decline_code="authentication_required", message="Authenticate."
)  # fmt: skip
CHALLENGED = Outcome(
    Result.ACTION_REQUIRED, reference="c", action_url="https://bank.example.com/3ds"
)
PAID = [
    "charge.succeeded", "payment_intent.succeeded", "invoice_payment.paid", "invoice.paid",
    "invoice.payment_succeeded", "invoice.updated",
]  # fmt: skip
FAILED = ["charge.failed", "payment_intent.payment_failed"]
TRIES = ("attempt_count", "was_attempted", "retries", "next_attempt_at")


@pytest.fixture
def due(opened, method, told):
    """An invoice that is collected by itself."""
    invoice = opened(auto_advance=True)
    told()
    return invoice


def tries_of(invoice):
    row = invoices.get(invoice.pk)
    return tuple(getattr(row, name) for name in TRIES)


def payments_of(invoice):
    rows = InvoicePayment.objects.filter(invoice=invoice).order_by("created_at", "id")
    return list(rows.values_list("status", "amount_requested", "amount_paid"))


def test_a_payment_pays_the_invoice(due, told, gateway, stored, at):
    invoice = invoices.collect(due, at=at)

    assert (invoice.status, invoice.amount_paid, invoice.paid_at) == ("paid", 2000, at)
    assert stored(invoice, "amount_remaining") == {"amount_remaining": 0}
    assert tries_of(invoice) == (1, True, 0, None)
    assert payments_of(invoice) == [("paid", 2000, 2000)]
    assert [(act, amount) for act, _, amount in gateway.asked] == [("authorize", 2000)]
    assert told() == PAID


def test_what_is_paid_is_not_charged_again(due, gateway, at):
    invoices.collect(due, at=at)

    invoices.collect(due, at=at)

    assert len(gateway.asked) == 1


def test_a_decline_leaves_it_open_and_tries_again_by_the_calendar(due, told, gateway, site, at):
    gateway.plan("authorize", DECLINED)

    invoice = invoices.collect(due, at=at)

    assert invoice.status == "open"
    assert tries_of(invoice) == (1, True, 1, at + timedelta(days=1))
    assert Customer.objects.get().is_delinquent is True
    assert told() == [*FAILED, "customer.updated", "invoice.payment_failed", "invoice.updated"]


def test_tries_end_with_the_calendar(due, gateway, site, told, monkeypatch, at):
    given_up = []
    monkeypatch.setattr(invoices.when_given_up, "_functions", [lambda row, at: given_up.append(at)])
    site.retry_days = [1, 3]
    site.save(update_fields=["retry_days"])
    gateway.plan("authorize", DECLINED, DECLINED, DECLINED)
    instants = [at, at + timedelta(days=1), at + timedelta(days=4)]

    nexts = [invoices.collect(due, at=instant).next_attempt_at for instant in instants]

    assert nexts == [instants[1], instants[2], None]
    assert tries_of(due)[:3] == (3, True, 3)
    assert given_up == [instants[2]]


def test_a_try_that_people_ask_for_does_not_move_the_next_one(due, gateway, at):
    gateway.plan("authorize", DECLINED, DECLINED)
    invoices.collect(due, at=at)

    with pytest.raises(CardDeclined):
        invoices.pay(due, request_key="asked", at=at + timedelta(hours=2))

    assert tries_of(due) == (2, True, 1, at + timedelta(days=1))


def test_without_a_method_a_try_fails(opened, customer, gateway, told, at):
    invoice = opened(auto_advance=True)
    told()

    invoice = invoices.collect(invoice, at=at)

    assert tries_of(invoice) == (1, True, 1, at + timedelta(days=1))
    assert gateway.asked == []
    assert told() == ["customer.updated", "invoice.payment_failed", "invoice.updated"]


def test_a_method_that_cannot_be_charged_fails(opened, customer, gateway, told, at):
    gone = PaymentMethodFactory(detached_at=at)
    due = opened(auto_advance=True, default_payment_method=gone)
    told()

    invoices.collect(due, at=at)

    assert tries_of(due) == (1, True, 1, at + timedelta(days=1))
    assert gateway.asked == []
    assert told() == ["customer.updated", "invoice.payment_failed", "invoice.updated"]


def test_a_method_that_was_declined_for_good_is_not_charged_again(due, gateway, at):
    gateway.plan("authorize", STOLEN)
    invoices.collect(due, at=at)
    later = at + timedelta(days=1)

    invoices.collect_due(due, later)

    assert tries_of(due) == (2, True, 2, later + timedelta(days=3))
    assert len(gateway.asked) == 1


def test_another_method_is_charged_after_that(due, customer, gateway, at):
    gateway.plan("authorize", STOLEN)
    invoices.collect(due, at=at)
    other = PaymentMethodFactory(customer=customer, attached_at=at)
    Customer.objects.filter(pk=customer.pk).update(default_payment_method_id=other.pk)

    invoices.collect_due(due, at + timedelta(days=1))

    assert invoices.get(due.pk).status == "paid"


def test_what_needs_the_customer_is_told(due, gateway, told, at):
    gateway.plan("authorize", UNAUTHENTICATED)

    invoices.collect(due, at=at)

    assert told() == [
        *FAILED, "customer.updated", "invoice.payment_failed", "invoice.payment_action_required", "invoice.updated",
    ]  # fmt: skip


def test_a_challenge_waits_for_the_customer(due, gateway, told, at):
    gateway.plan("authorize", CHALLENGED)

    with_customer = invoices.collect(due, off_session=False, at=at)

    assert with_customer.status == "open"
    assert told() == [
        "payment_intent.requires_action", "invoice.payment_action_required", "invoice.updated",
    ]  # fmt: skip
    assert tries_of(due)[:3] == (1, True, 1)


def test_who_authenticates_pays(due, gateway, told, at):
    gateway.plan("authorize", CHALLENGED)
    invoices.collect(due, off_session=False, at=at)
    told()
    (reference,) = gateway.book
    gateway.book[reference] = Outcome(Result.DONE, reference="c", fee=59)

    payment_intents.resume(payment_intents.get(due.payment_intent_id), at=at)

    assert invoices.get(due.pk).status == "paid"
    assert tries_of(due)[0] == 1
    assert told() == PAID


def test_who_comes_after_a_crash_finds_the_same_charge(due, gateway, at):
    gateway.plan("authorize", Acted())
    waiting = invoices.collect(due, at=at)

    again = invoices.collect(due, at=at + timedelta(minutes=1))

    assert waiting.status == "open"
    assert again.status == "paid"
    assert Charge.objects.count() == 1
    assert tries_of(due)[0] == 1


def test_what_nobody_knows_is_found_out_by_the_reconciler(due, gateway, at):
    gateway.plan("authorize", Acted())
    invoices.collect(due, at=at)
    waiting = invoices.get(due.pk)

    reconciling.run(at=at + timedelta(hours=1))

    assert (waiting.status, waiting.next_attempt_at) == ("open", None)
    assert invoices.get(due.pk).status == "paid"


def test_a_method_of_the_invoice_is_charged_first(opened, customer, method, gateway, at):
    own = PaymentMethodFactory(customer=customer, attached_at=at)

    invoices.collect(opened(default_payment_method=own), at=at)

    assert Charge.objects.get().payment_method_id == own.pk


def test_paying_with_a_method_leaves_it_to_its_customer(due, customer, gateway, at):
    other = PaymentMethodFactory(customer=customer, attached_at=at)

    invoice = invoices.pay(due, method=other, request_key="asked", at=at)

    assert invoice.status == "paid"
    assert Charge.objects.get().payment_method_id == other.pk


def test_paying_a_draft_finalizes_it(drafted, method, gateway, at):
    invoice = invoices.pay(drafted(), request_key="asked", at=at)

    assert (invoice.status, bool(invoice.number)) == ("paid", True)


def test_paying_without_a_method_is_refused(opened, customer, at):
    with pytest.raises(InvalidRequest) as refusal:
        invoices.pay(opened(), request_key="asked", at=at)

    assert refusal.value.code == "resource_missing"


def test_paying_what_is_paid_is_refused(due, at):
    invoices.collect(due, at=at)

    with pytest.raises(InvalidState) as refusal:
        invoices.pay(due, request_key="asked", at=at)

    assert refusal.value.message == "Invoice is already paid"


def test_paying_elsewhere_calls_the_intent_off(due, gateway, told, at):
    invoice = invoices.pay_out_of_band(due, at=at)

    assert (invoice.status, invoice.amount_paid, invoice.is_paid_out_of_band) == (
        "paid",
        2000,
        True,
    )
    assert PaymentIntent.objects.get().status == "canceled"
    assert payments_of(invoice) == [("canceled", 2000, None)]
    assert told() == [
        "invoice.paid", "invoice.payment_succeeded", "invoice.updated", "payment_intent.canceled",
    ]  # fmt: skip
    assert gateway.asked == []


def test_what_comes_for_a_void_invoice_is_credited(due, customer, gateway, told, at):
    gateway.plan("authorize", CHALLENGED)
    invoices.collect(due, off_session=False, at=at)
    invoices.void(due, at=at)
    (reference,) = gateway.book
    gateway.book[reference] = Outcome(Result.DONE, reference="c", fee=59)
    told()

    payment_intents.resume(payment_intents.get(due.payment_intent_id), at=at)

    row = invoices.get(due.pk)
    assert (row.status, row.amount_paid, row.amount_overpaid) == ("void", 0, 2000)
    assert Customer.objects.get(pk=customer.pk).balance == -2000
    assert told() == [
        "charge.succeeded", "payment_intent.succeeded", "invoice_payment.paid",
        "customer.balance_transaction.created", "customer.updated", "invoice.updated",
    ]  # fmt: skip


def test_voiding_calls_off_what_waits_for_the_customer(due, gateway, at):
    gateway.plan("authorize", CHALLENGED)
    invoices.collect(due, off_session=False, at=at)

    invoices.call_off(invoices.void(due, at=at), at=at)

    assert PaymentIntent.objects.get().status == "canceled"
    assert payments_of(due) == [("canceled", 2000, None)]


def test_what_is_being_paid_is_not_voided(due, gateway, at):
    gateway.plan("authorize", Unknown())
    invoices.collect(due, at=at)

    with pytest.raises(InvalidState) as refusal, transaction.atomic():
        invoices.void(due, at=at)

    assert refusal.value.code == "invoice_payment_in_progress"
    assert invoices.get(due.pk).status == "open"


def test_after_a_canceled_intent_another_one_is_made(due, at):
    payment_intents.cancel(payment_intents.get(due.payment_intent_id), at=at)

    invoice = invoices.collect(due, at=at)

    assert invoice.status == "paid"
    assert sorted(payments_of(due)) == [("canceled", 2000, None), ("paid", 2000, 2000)]


def test_an_uncollectible_invoice_can_still_be_paid(due, told, at):
    invoices.mark_uncollectible(due, at=at)
    assert told() == ["invoice.marked_uncollectible", "invoice.updated"]

    invoice = invoices.pay(due, request_key="asked", at=at)

    assert invoice.status == "paid"


@pytest.mark.parametrize(
    ("state", "expected"), [("past_due", ["open", "paid"]), ("active", ["open", "open"])]
)
def test_a_new_source_pays_the_latest_invoice_of_what_is_past_due(
    opened, customer, method, gateway, state, expected, at
):
    subscription = DiscountedSubscriptionFactory(customer=customer, status=state)
    first, latest = (
        opened(subscription=subscription, auto_advance=True, at=at + timedelta(days=days))
        for days in (0, 1)
    )

    invoices.retry_open(customer, at=at + timedelta(days=2))

    assert [invoices.get(row.pk).status for row in (first, latest)] == expected
    assert invoices.get(first.pk).next_attempt_at == first.next_attempt_at
