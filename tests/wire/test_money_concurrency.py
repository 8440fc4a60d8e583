"""Money that many reach for at the same moment, against the production server with its two workers."""

from collections import Counter
from functools import partial

import pytest

from customers.kit.tenancy import scoped_to
from customers.models import Customer
from payments.models import BalanceTransaction, Charge, Operation, PaymentIntent, Refund
from payments.services import sandbox
from tests.wire.burst import Burst

pytestmark = pytest.mark.server
AMOUNT = 6000
BUSY = {"idempotency_key_in_use", "lock_timeout"}


@pytest.fixture
def burst(production, keys):
    return Burst(production, keys["sk_test"])


@pytest.fixture
def scope(site):
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


@pytest.fixture
def charge(burst):
    """A function that makes a charge and returns its id."""

    def make(**params):
        made = burst.post("charges", amount=AMOUNT, currency="usd", source="tok_visa", **params)
        return made.body["id"]

    return make


def at_once(burst, calls):
    return burst.together(*[lambda gate, call=call: call(gate=gate) for call in calls])


def with_key(key):
    return {"Idempotency-Key": key}


def acquirers(kind):
    """Return the amounts that the acquirer's own book has of one kind."""
    return [
        line["amount"]
        for line in sandbox.ledger()
        if (line["kind"], line["status"]) == (kind, "succeeded")
    ]


def given_back():
    rows = BalanceTransaction.objects.filter(kind="refund").values_list("amount", flat=True)
    return sorted(-amount for amount in rows)


def test_a_hundred_refunds_at_once_stay_within_the_charge(burst, scope, charge):
    paid = charge()
    refund = partial(burst.post, "refunds", charge=paid, amount=AMOUNT // 60)

    answers = at_once(burst, [partial(refund, headers=with_key(f"part {n}")) for n in range(100)])

    statuses = Counter(answer.status for answer in answers)
    done = statuses[200]
    assert set(statuses) <= {200, 400, 429}
    assert {answer.error["code"] for answer in answers if answer.status == 400} <= {
        "charge_already_refunded"
    }
    assert 0 < done <= 60
    assert given_back() == sorted(acquirers("refund")) == [100] * done
    row = Charge.objects.get()
    assert (row.amount_refunded, row.amount_refunding) == (100 * done, 0)
    for number in range(100):  # those that were told to come again, and the others once more
        refund(headers=with_key(f"part {number}"))
    assert given_back() == sorted(acquirers("refund")) == [100] * 60


def test_one_key_refunds_once(burst, scope, charge):
    paid = charge()
    refund = partial(burst.post, "refunds", charge=paid, amount=100, headers=with_key("one"))

    answers = at_once(burst, [refund] * 50)

    assert {answer.status for answer in answers} <= {200, 409}
    made = {answer.body["id"] for answer in answers if answer.status == 200}
    assert made == {refund().body["id"]} == set(Refund.objects.values_list("pk", flat=True))
    assert given_back() == acquirers("refund") == [100]


def test_one_key_charges_once(burst, scope):
    card = {"amount": AMOUNT, "currency": "usd", "source": "tok_visa"}

    answers = at_once(burst, [partial(burst.post, "charges", headers=with_key("one"), **card)] * 50)

    (made,) = Charge.objects.all()
    assert {answer.status for answer in answers} <= {200, 409}
    assert {answer.body["id"] for answer in answers if answer.status == 200} == {made.pk}
    assert acquirers("charge") == [AMOUNT]


def test_what_is_held_is_captured_or_released_and_not_both(burst, scope, charge):
    held = charge(capture=False)
    capture = partial(burst.post, f"charges/{held}/capture")
    release = partial(burst.post, "refunds", charge=held)

    answers = at_once(burst, [capture, release] * 15)

    row = Charge.objects.get()
    assert {answer.status for answer in answers} <= {200, 400, 409, 429}
    taken, returned = acquirers("capture"), acquirers("refund")
    assert (row.status, len(taken), len(acquirers("void"))) in {
        ("succeeded", 1, 0),
        ("voided", 0, 1),
    }
    assert sum(returned) == row.amount_refunded == sum(given_back())
    kept = sum(BalanceTransaction.objects.values_list("amount", flat=True))
    assert kept == sum(taken) - sum(returned)


def test_an_intent_is_captured_or_canceled_and_not_both(burst, scope):
    made = burst.post(
        "payment_intents", amount=AMOUNT, currency="usd", payment_method="pm_card_visa", confirm=True,
        capture_method="manual", off_session=True,
    ).body["id"]  # fmt: skip
    verbs = ["capture", "cancel"]

    answers = at_once(
        burst, [partial(burst.post, f"payment_intents/{made}/{verb}") for verb in verbs * 10]
    )

    row = PaymentIntent.objects.get()
    ended = {"succeeded": [AMOUNT], "canceled": []}
    assert {answer.status for answer in answers} <= {200, 400, 409, 429}
    assert row.status in ended
    assert acquirers("capture") == ended[row.status]
    assert list(BalanceTransaction.objects.values_list("amount", flat=True)) == ended[row.status]


def test_an_intent_that_many_confirm_is_charged_once(burst, scope):
    made = burst.post(
        "payment_intents", amount=AMOUNT, currency="usd", payment_method="pm_card_visa"
    ).body["id"]
    confirm = partial(burst.post, f"payment_intents/{made}/confirm", off_session=True)

    answers = at_once(burst, [partial(confirm, headers=with_key(f"try {n}")) for n in range(50)])

    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) <= {200, 400, 429}
    assert {answer.error["code"] for answer in answers if answer.status == 400} <= {
        "payment_intent_unexpected_state"
    }
    assert (statuses[200], PaymentIntent.objects.get().status) == (1, "succeeded")
    assert acquirers("charge") == [AMOUNT]
    assert Operation.objects.count() == Charge.objects.count() == 1


def test_a_customer_whose_methods_all_go_at_once_has_no_default(burst, scope):
    customer = burst.post("customers", name="Jenny Rosen").body["id"]
    attach = partial(burst.post, "payment_methods/pm_card_visa/attach", customer=customer)
    methods = [attach().body["id"] for _ in range(10)]

    answers = at_once(
        burst, [partial(burst.post, f"payment_methods/{method}/detach") for method in methods * 5]
    )

    assert {answer.status for answer in answers} <= {200, 400, 429}
    assert [burst.post(f"payment_methods/{one}/detach").status for one in methods[:1]] == [400]
    row = Customer.objects.get()
    shown = burst.get(f"customers/{customer}").body["invoice_settings"]["default_payment_method"]
    assert (row.default_payment_method_id or None, shown) == (None, None)
