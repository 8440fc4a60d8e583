"""What becomes of a subscription at its period's end: planned by its customer, and given up."""

import pytest

from customers.kit.errors import InvalidState
from customers.models import Message
from payments.billing.models import Subscription, SubscriptionSchedule
from payments.billing.services import planned_changes
from payments.billing.services.customer_acts import CustomersAct
from payments.billing.services.subscription_wishes import ItemWish
from tests.payments.billing.subscribing import START, at_of, shop

__all__ = ["shop"]
ACT = CustomersAct(Message.Kind.PLAN_CHANGED, lambda _row: None)


@pytest.fixture
def gold(shop):
    made = shop.subscribe(shop.customer(), shop.price(1000))
    return Subscription.objects.get(pk=made["id"])


def again(row):
    return Subscription.objects.get(pk=row.pk)


def plan(row, price, **more):
    planned_changes.plan(
        row, [ItemWish(price=price, **more)], discounts=[], by_customer=ACT, at=START
    )
    return again(row)


def test_nothing_is_planned_without_a_schedule(gold):
    assert planned_changes.coming(gold) is None


def test_plan_holds_from_the_periods_end_on(gold, shop):
    price = shop.price(500)

    planned = planned_changes.coming(plan(gold, price, quantity=3))
    shop.advance(2030, 3, 1)

    assert (planned.begins_at, planned.is_own) == (gold.period_end, True)
    assert [(each.pk, quantity) for each, quantity in planned.items] == [(price, 3)]
    assert [one["total"] for one in shop.invoices({"id": gold.pk})] == [1000, 1500]
    assert planned_changes.coming(again(gold)) is None


def test_second_plan_takes_the_place_of_the_first(gold, shop):
    plan(gold, shop.price(500))
    price = shop.price(700)

    planned = planned_changes.coming(plan(gold, price))

    assert [each.pk for each, _quantity in planned.items] == [price]
    assert sorted(SubscriptionSchedule.objects.values_list("status", flat=True)) == [
        "active", "released",
    ]  # fmt: skip


def test_plan_that_is_given_up_does_not_come(gold, shop):
    plan(gold, shop.price(500))

    planned_changes.give_up(gold, at=START)
    planned_changes.give_up(gold, at=START)
    shop.advance(2030, 3, 1)

    assert [one["total"] for one in shop.invoices({"id": gold.pk})] == [1000, 1000]


def test_what_the_merchant_has_planned_stays(gold, shop):
    shop.post("subscription_schedules", from_subscription=gold.pk)

    with pytest.raises(InvalidState):
        planned_changes.give_up(gold, at=START)

    assert SubscriptionSchedule.objects.get().status == "active"


def test_an_end_that_is_planned_is_told(gold, shop):
    schedule = shop.post("subscription_schedules", from_subscription=gold.pk)
    shop.post(f"subscription_schedules/{schedule['id']}", end_behavior="cancel")

    planned = planned_changes.coming(again(gold))

    assert (planned.begins_at, planned.items, planned.is_own) == (gold.period_end, (), False)
    assert int(planned.begins_at.timestamp()) == at_of(2030, 2, 28, 12)
