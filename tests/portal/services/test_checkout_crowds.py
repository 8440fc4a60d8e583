"""Many clicks at once: one payment, one redemption, one customer."""

import pytest

from customers.models import Customer
from payments.billing.models import Subscription
from payments.models import Charge
from payments.services import payment_methods
from portal.services import checkout_payments as payments
from portal.services import checkout_visits as visits
from portal.services import checkouts
from tests.payments.services.books import crowd
from tests.portal.checking_out import till, told

__all__ = ["till"]
pytestmark = pytest.mark.django_db(transaction=True)
CLICKS = 4


def _click(till, session, act_key):
    method = payment_methods.resolve("pm_card_visa", at=till.at)
    return payments.pay(session, method, amount=3000, act_key=act_key, at=till.at).status


@pytest.mark.parametrize("tries", [1, CLICKS], ids=["the same try", "different tries"])
def test_many_clicks_pay_once(till, scope, tries):
    session = till.named(till.session())

    crowd(scope, CLICKS, lambda number: _click(till, session, str(number % tries)))
    done = payments.come_back(checkouts.get(session.pk), at=till.at)

    assert (done.status, done.payment_status) == ("complete", "paid")
    assert Charge.objects.filter(status=Charge.Status.SUCCEEDED).count() == 1
    assert Customer.objects.count() == 1
    assert told(session) == ["checkout.session.completed"]


def test_many_clicks_subscribe_once(till, scope):
    session = till.named(till.subscription())

    crowd(scope, CLICKS, lambda number: _click(till, session, str(number)))
    done = payments.come_back(checkouts.get(session.pk), at=till.at)

    assert (done.status, Subscription.objects.get().status) == ("complete", "active")
    assert Charge.objects.filter(status=Charge.Status.SUCCEEDED).count() == 1


def test_the_last_redemption_of_a_code_is_one_customers(till, scope):
    coupon = till.post("coupons", percent_off=10, duration="once")["id"]
    code = till.post(
        "promotion_codes", promotion={"type": "coupon", "coupon": coupon}, code="LAST",
        max_redemptions=1,
    )["id"]  # fmt: skip
    sessions = [
        till.named(till.session(allow_promotion_codes=True), email=f"{number}@example.com")
        for number in range(CLICKS)
    ]
    for session in sessions:
        visits.apply_code(session, "LAST", at=till.at)

    got = crowd(scope, CLICKS, lambda number: _click(till, sessions[number], "one"))

    assert sorted(got) == sorted(["complete", *["InvalidRequest"] * (CLICKS - 1)])
    assert till.get(f"promotion_codes/{code}")["times_redeemed"] == 1
