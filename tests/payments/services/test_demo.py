"""The demonstration merchant's payments: of every state, and one book with the acquirer's."""

from collections import Counter

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo as demonstration
from payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    Link,
    Occurrence,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
)
from payments.services import demo, sandbox
from tests.wire.payments_sdk import work

PICTURED = (
    BalanceTransaction, Charge, Customer, Dispute, Link, Occurrence, PaymentIntent, PaymentMethod, Refund, Schedule,
    SetupIntent,
)  # fmt: skip


@pytest.fixture
def filled(db, settings, monkeypatch):
    """The demonstration, some seconds after its payments were made, and without what billing adds."""
    monkeypatch.setattr(demo, "when_filled", ())
    settings.SANDBOX_DEBIT_SECONDS = 0
    at = clock.now()
    demonstration.fill(at=at)
    demo.fill(at=at)
    work()
    with scoped_to(demonstration.site(), livemode=False):
        yield at


def test_payments_of_every_state(filled):
    intents = Counter(PaymentIntent.objects.values_list("status", flat=True))
    charges = Counter(Charge.objects.values_list("status", flat=True))

    assert set(intents) == {
        "succeeded", "requires_capture", "requires_payment_method", "requires_action", "processing", "canceled",
    }  # fmt: skip
    assert set(charges) == {"succeeded", "authorized", "failed", "pending", "voided"}
    assert set(Refund.objects.values_list("status", flat=True)) >= {"succeeded"}
    assert Counter(Dispute.objects.values_list("status", flat=True)) == {
        "needs_response": 1, "won": 1, "lost": 1,
    }  # fmt: skip
    assert set(Charge.objects.values_list("currency", flat=True)) >= {
        "usd", "eur", "gbp", "thb", "jpy", "kwd",
    }  # fmt: skip
    assert Charge.objects.exclude(decline_code="").values("decline_code").distinct().count() >= 6

    _check_methods(filled)
    _check_what_recurs()


def _check_what_recurs():
    assert dict(Schedule.objects.values_list("description", "status")) == {
        "Fresh fruit for the office": "active",
        "Coffee subscription, 5 kg": "active",
        "Basic plan, monthly": "suspended",
    }
    assert Counter(Occurrence.objects.values_list("schedule__description", "status")) == {
        ("Fresh fruit for the office", "succeeded"): 4,
        ("Coffee subscription, 5 kg", "succeeded"): 3,
        ("Basic plan, monthly", "failed"): 1,
    }
    assert sorted(Link.objects.values_list("is_multiple", flat=True)) == [False, True]


def _check_methods(filled):
    kinds = Counter(PaymentMethod.objects.values_list("kind", "verification"))
    expiries = PaymentMethod.objects.filter(
        exp_year=filled.year, exp_month=filled.month, customer__isnull=False
    )
    assert kinds[("us_bank_account", "verified")] == 2
    assert kinds[("us_bank_account", "pending")] == 1
    assert kinds[("sepa_debit", "")] == 3
    assert expiries.count() == 2


def test_the_acquirer_has_the_same_in_its_book_and_filling_again_changes_nothing(filled):
    before = [list(model.objects.order_by("pk").values_list()) for model in PICTURED]

    demo.fill(at=filled)

    taken = {
        line["reference"]: line["amount"]
        for line in sandbox.ledger()
        if line["kind"] == "charge" and line["status"] == "succeeded"
    }
    charges = Charge.objects.filter(status="succeeded", captures_later=False)

    assert taken == dict(charges.values_list("id", "amount"))

    assert [list(model.objects.order_by("pk").values_list()) for model in PICTURED] == before


def test_without_the_demonstration_nothing_is_done(db, nothing_written):
    with nothing_written():
        demo.fill(at=clock.now())
