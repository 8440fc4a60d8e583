"""`/v1/subscription_schedules` as it is spoken: phases that begin and end along a test clock."""

import pytest

from customers.events.models import Event
from payments.billing.models import SubscriptionSchedule
from tests.payments.billing.subscribing import shop, unix

__all__ = ["shop"]


def phase(price, **more):
    return {"items": [{"price": price}], **more}


def again(shop, schedule):
    return shop.get(f"subscription_schedules/{schedule['id']}")


def told(schedule):
    rows = Event.objects.filter(object_id=schedule["id"]).order_by("created_at", "id")
    return [
        row.removeprefix("subscription_schedule.") for row in rows.values_list("type", flat=True)
    ]


@pytest.fixture
def schedule(shop):
    """Two months at $10.00, then one at $20.00, beginning now."""
    return shop.post(
        "subscription_schedules", customer=shop.customer(), start_date="now",
        phases=[
            phase(shop.price(), iterations=2),
            phase(shop.price(2000), duration={"interval": "month"}, proration_behavior="none"),
        ],
    )  # fmt: skip


def test_a_schedule_begins_now(shop, schedule):
    subscription = shop.get(f"subscriptions/{schedule['subscription']}")

    assert schedule["status"] == "active"
    assert schedule["current_phase"] == {
        "start_date": unix(2030, 1, 31, 12), "end_date": unix(2030, 3, 31, 12)
    }  # fmt: skip
    assert [(each["start_date"], each["end_date"]) for each in schedule["phases"]] == [
        (unix(2030, 1, 31, 12), unix(2030, 3, 31, 12)),
        (unix(2030, 3, 31, 12), unix(2030, 4, 30, 12)),
    ]
    assert (subscription["status"], subscription["schedule"]) == ("active", schedule["id"])


def test_phases_follow_each_other_and_the_subscription_goes_on(shop, schedule):
    subscription = {"id": schedule["subscription"]}

    shop.advance(2030, 3, 30)
    shop.advance(2030, 5, 1)
    shop.advance(2030, 6, 1)

    bills = [(bill["total"], bill["status"]) for bill in shop.invoices(subscription)]
    ended = again(shop, schedule)
    assert bills == [
        (1000, "paid"), (1000, "paid"), (2000, "paid"), (2000, "paid"), (2000, "paid")
    ]  # fmt: skip
    assert (ended["status"], ended["subscription"], ended["released_subscription"]) == (
        "released", None, subscription["id"],
    )  # fmt: skip
    assert shop.again(subscription)["schedule"] is None
    assert told(schedule) == ["created", "updated", "updated", "released"]


def test_a_schedule_can_end_with_its_subscription(shop):
    schedule = shop.post(
        "subscription_schedules", customer=shop.customer(), end_behavior="cancel",
        phases=[phase(shop.price(), iterations=1)],
    )  # fmt: skip

    shop.advance(2030, 3, 20)

    subscription = {"id": schedule["subscription"]}
    assert again(shop, schedule)["status"] == "completed"
    assert shop.again(subscription)["status"] == "canceled"
    assert len(shop.invoices(subscription)) == 1


def test_a_schedule_can_begin_later(shop):
    schedule = shop.post(
        "subscription_schedules", customer=shop.customer(), start_date=unix(2030, 2, 10),
        phases=[phase(shop.price(), iterations=1, trial_end=unix(2030, 2, 20))],
    )  # fmt: skip
    waiting = shop.get("subscription_schedules", scheduled=True)["data"]

    shop.advance(2030, 2, 12)

    begun = again(shop, schedule)
    assert (schedule["status"], schedule["subscription"]) == ("not_started", None)
    assert waiting == [schedule]
    assert begun["status"] == "active"
    assert shop.again({"id": begun["subscription"]})["status"] == "trialing"


def test_a_schedule_takes_a_subscription_over(shop):
    subscription = shop.subscribe(shop.customer(), shop.price())
    schedule = shop.post("subscription_schedules", from_subscription=subscription["id"])
    (first,) = schedule["phases"]

    changed = shop.post(
        f"subscription_schedules/{schedule['id']}", end_behavior="release",
        phases=[
            phase(first["items"][0]["price"], start_date=first["start_date"], end_date=first["end_date"]),
            phase(shop.price(5000, interval="year"), iterations=1),
        ],
    )  # fmt: skip
    shop.advance(2030, 2, 28, 14)

    assert len(changed["phases"]) == 2
    assert [bill["total"] for bill in shop.invoices(subscription)] == [1000, 5000]
    (item,) = shop.again(subscription)["items"]["data"]
    assert item["current_period_end"] == unix(2031, 2, 28, 12)


def test_the_phase_under_way_changes_at_once(shop, schedule):
    shop.advance(2030, 2, 14, 12)

    shop.post(
        f"subscription_schedules/{schedule['id']}", proration_behavior="none",
        phases=[phase(shop.price(700), start_date=unix(2030, 1, 31, 12), end_date=unix(2030, 4, 1))],
    )  # fmt: skip

    (item,) = shop.get(f"subscriptions/{schedule['subscription']}")["items"]["data"]
    assert item["price"]["unit_amount"] == 700


def test_a_schedule_is_released(shop, schedule):
    released = shop.post(f"subscription_schedules/{schedule['id']}/release")

    assert (released["status"], released["released_subscription"]) == (
        "released", schedule["subscription"],
    )  # fmt: skip
    assert shop.again({"id": schedule["subscription"]})["status"] == "active"
    answer = shop.api.post(f"subscription_schedules/{schedule['id']}/release")
    assert answer.status == 400


def test_a_schedule_is_canceled_with_its_subscription(shop, schedule):
    canceled = shop.post(f"subscription_schedules/{schedule['id']}/cancel")

    assert canceled["status"] == "canceled"
    assert shop.again({"id": schedule["subscription"]})["status"] == "canceled"


def test_a_canceled_subscription_cancels_its_schedule(shop, schedule):
    shop.ok(shop.api.delete(f"subscriptions/{schedule['subscription']}"))

    assert again(shop, schedule)["status"] == "canceled"
    assert SubscriptionSchedule.objects.get().next_step_at is None


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        pytest.param({}, "phases", id="no phases"),
        pytest.param({"phases": [{"items": [{"price": "p"}]}]}, "phases[0][end_date]", id="no end"),
        pytest.param(
            {"phases": [{"items": [{"price": "p"}], "end_date": 1}]}, "phases[0][end_date]", id="past"
        ),
        pytest.param(
            {"phases": [{"items": [{"price": "no"}], "iterations": 1}]}, "phases[0][items][0][price]",
            id="no price",
        ),
        pytest.param(
            {"phases": [{"items": [{"price": "p"}], "iterations": 1, "trial_end": 1}]},
            "phases[0][trial_end]", id="a trial that is over",
        ),
    ],
)  # fmt: skip
def test_phases_must_make_sense(shop, asked, param):
    price = shop.price()
    for each in asked.get("phases", ()):
        each["items"] = [
            {"price": price if item["price"] == "p" else "no"} for item in each["items"]
        ]

    answer = shop.api.post("subscription_schedules", asked, customer=shop.customer())

    assert answer.status in {400, 404}
    assert answer.error["param"] == param
    assert not SubscriptionSchedule.objects.exists()


def coupon(shop, **terms):
    return shop.post("coupons", **{"percent_off": 50, "duration": "forever", **terms})["id"]


def coupled(shop, *phases, **more):
    """Make a schedule that begins now, of months at $10.00: each with coupons, or with coupons of its item."""
    price = shop.price()
    return shop.post(
        "subscription_schedules", customer=shop.customer(), start_date="now", phases=[
            {"items": [{"price": price}], "duration": {"interval": "month"}, **each} for each in phases
        ], **more,
    )  # fmt: skip


def redeemed(shop, pk):
    return shop.get(f"coupons/{pk}")["times_redeemed"]


def totals(shop, schedule):
    return [bill["total"] for bill in shop.invoices({"id": schedule["subscription"]})]


def test_a_coupon_of_phases_that_follow_each_other_stays_the_same_discount(shop):
    half = coupon(shop, max_redemptions=1)
    schedule = coupled(shop, *[{"discounts": [{"coupon": half}]}] * 3)
    first = shop.again({"id": schedule["subscription"]})["discounts"]

    shop.advance(2030, 3, 1)
    shop.advance(2030, 4, 1)

    assert shop.again({"id": schedule["subscription"]})["discounts"] == first
    assert redeemed(shop, half) == 1
    assert totals(shop, schedule) == [500, 500, 500]


def test_a_coupon_for_months_goes_on_counting_from_phase_to_phase(shop):
    half = coupon(shop, duration="repeating", duration_in_months=2)
    schedule = coupled(shop, *[{"discounts": [{"coupon": half}]}] * 4)

    shop.advance(2030, 3, 10)
    shop.advance(2030, 5, 10)

    assert totals(shop, schedule) == [500, 500, 1000, 1000]
    assert redeemed(shop, half) == 1


def test_a_coupon_ends_with_the_phase_that_gave_it(shop):
    half, third = coupon(shop), coupon(shop, percent_off=30)
    schedule = coupled(
        shop, {"discounts": [{"coupon": half}]}, {}, {"discounts": [{"coupon": third}]}
    )

    shop.advance(2030, 3, 10)
    shop.advance(2030, 4, 10)

    assert totals(shop, schedule) == [500, 1000, 700]


def test_a_coupon_of_an_item_is_carried_over_as_well(shop):
    half = coupon(shop)
    price = shop.price()
    items = [{"price": price, "discounts": [{"coupon": half}]}]
    schedule = coupled(shop, {"items": items}, {"items": items})

    shop.advance(2030, 3, 10)

    assert totals(shop, schedule) == [500, 500]
    assert redeemed(shop, half) == 1


def test_changing_a_schedule_redeems_nothing_again(shop):
    half = coupon(shop)
    subscription = shop.subscribe(
        shop.customer(), shop.price(), discounts=[{"coupon": half}]
    )  # fmt: skip
    schedule = shop.post("subscription_schedules", from_subscription=subscription["id"])
    (first,) = schedule["phases"]
    dates = {name: first[name] for name in ("start_date", "end_date")}
    items = [{"price": first["items"][0]["price"]}]

    shop.post(
        f"subscription_schedules/{schedule['id']}",
        phases=[{"items": items, "discounts": [{"coupon": half}], **dates}],
    )
    kept = shop.again(subscription)["discounts"]
    shop.post(f"subscription_schedules/{schedule['id']}", phases=[{"items": items, **dates}])

    assert first["discounts"] == [
        {"coupon": None, "discount": subscription["discounts"][0], "promotion_code": None}
    ]
    assert kept == subscription["discounts"]
    assert shop.again(subscription)["discounts"] == []
    assert redeemed(shop, half) == 1
