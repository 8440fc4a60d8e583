"""Whatever is changed and when: what is undone costs nothing, and nothing is lost in many changes."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.billing.models import InvoiceItem, Subscription
from payments.billing.services import subscription_changes as changes
from payments.billing.services.subscription_wishes import ItemWish, items_of
from tests.payments.billing.subscribing import shop

__all__ = ["shop"]

SECONDS = 28 * 86_400
few = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
quantities = st.lists(st.integers(0, 50), min_size=1, max_size=4)
steps = st.lists(
    st.tuples(st.integers(0, SECONDS - 1), st.integers(0, 50)), min_size=1, max_size=5
).map(sorted)


@pytest.fixture(params=[("jpy", 997), ("usd", 1999), ("kwd", 12_345)], ids=lambda pair: pair[0])
def begun(shop, request):
    """A subscription at the beginning of a period of 28 days, and what a unit of it costs."""
    currency, amount = request.param
    made = shop.subscribe(shop.customer(), shop.price(amount, currency=currency))
    return Subscription.objects.get(pk=made["id"]), amount


def change(subscription, quantity, at):
    (item,) = items_of(subscription)
    wish = ItemWish(pk=item.pk, quantity=quantity)
    changes.changed(
        subscription, wishes=[wish], details={"proration_date": at}, at=subscription.start_at
    )


def cost():
    return sum(InvoiceItem.objects.values_list("amount", flat=True))


@few
@given(second=st.integers(0, SECONDS - 1), ways=quantities)
def test_what_is_undone_at_the_same_instant_costs_nothing(begun, second, ways):
    subscription, _amount = begun
    at = subscription.period_start + timedelta(seconds=second)

    with transaction.atomic():
        for quantity in (*ways, 1):
            change(subscription, quantity, at)
        total = cost()
        transaction.set_rollback(True)

    assert total == 0


@few
@given(changed=steps)
def test_nothing_is_lost_in_many_changes(begun, changed):
    subscription, amount = begun
    used, held, since = Fraction(0), 1, 0

    with transaction.atomic():
        for second, quantity in changed:
            change(subscription, quantity, subscription.period_start + timedelta(seconds=second))
            used += Fraction(held * amount * (second - since), SECONDS)
            held, since = quantity, second
        total = amount + cost()
        transaction.set_rollback(True)

    used += Fraction(held * amount * (SECONDS - since), SECONDS)
    assert abs(total - used) <= len(changed)
