"""Previews of subscription schedules through `/v1/invoices/create_preview`."""

import pytest

from payments.billing.models import Subscription, SubscriptionSchedule
from tests.payments.billing.subscribing import lines_of, shop, unix

__all__ = ["shop"]


def phase(price, **more):
    return {"items": [{"price": price}], **more}


def preview(shop, **asked):
    return shop.post("invoices/create_preview", asked)


@pytest.fixture
def planned(shop):
    """Two months at $10.00, then one at $20.00, beginning now; half a month later."""
    made = shop.post(
        "subscription_schedules", customer=shop.customer(), start_date="now", end_behavior="cancel",
        phases=[phase(shop.price(), iterations=2), phase(shop.price(2000), iterations=1)],
    )  # fmt: skip
    shop.advance(2030, 2, 14, 12)
    return made


def test_the_next_renewal_is_at_the_price_of_its_phase(shop, planned):
    first = preview(shop, schedule=planned["id"])
    shop.advance(2030, 3, 1)
    second = preview(shop, schedule=planned["id"])
    of_subscription = preview(shop, subscription=planned["subscription"])

    assert (first["billing_reason"], first["status"], first["total"]) == (
        "subscription_cycle", "draft", 1000,
    )  # fmt: skip
    assert lines_of(second) == [
        (2000, "1 × Gold (at $20.00 / month)", unix(2030, 3, 31, 12), unix(2030, 4, 30, 12))
    ]
    assert lines_of(of_subscription) == lines_of(second)
    assert shop.get(f"subscription_schedules/{planned['id']}")["current_phase"] == {
        "start_date": unix(2030, 1, 31, 12), "end_date": unix(2030, 3, 31, 12)
    }  # fmt: skip


def test_a_change_of_the_phase_under_way(shop, planned):
    price = shop.price(3000)

    shown = preview(
        shop, schedule=planned["id"],
        schedule_details={
            "proration_behavior": "always_invoice",
            "phases": [phase(price, iterations=2, start_date=unix(2030, 1, 31, 12))],
        },
    )  # fmt: skip

    assert shown["billing_reason"] == "subscription_update"
    assert [line["amount"] for line in shown["lines"]["data"]] == [-500, 1500]
    again = shop.get(f"subscription_schedules/{planned['id']}")
    assert again["phases"] == planned["phases"]


def test_a_new_schedule(shop):
    customer, start = shop.customer(card=None), unix(2030, 3, 1)

    shown = preview(
        shop, customer=customer, discounts=[{"coupon": shop.post("coupons", percent_off=10, duration="once")["id"]}],
        schedule_details={
            "end_behavior": "cancel",
            "phases": [
                phase(shop.price(), iterations=1, start_date=start),
                phase(shop.price(2000), iterations=1, start_date=unix(2030, 4, 1)),
            ],
        },
    )  # fmt: skip

    assert (shown["billing_reason"], shown["total"]) == ("subscription_create", 900)
    assert lines_of(shown) == [(1000, "1 × Gold (at $10.00 / month)", start, unix(2030, 4, 1))]
    assert not SubscriptionSchedule.objects.exists()
    assert not Subscription.objects.exists()


def test_a_new_schedule_that_begins_now(shop):
    shown = preview(
        shop, customer=shop.customer(card=None), preview_mode="recurring",
        schedule_details={"phases": [phase(shop.price(), iterations=3, start_date="now")]},
    )  # fmt: skip

    assert (shown["billing_reason"], shown["lines"]["data"][0]["period"]["start"]) == (
        "subscription_cycle", unix(2030, 2, 28, 12),
    )  # fmt: skip


def test_no_invoice_comes_behind_the_last_phase(shop, planned):
    shop.advance(2030, 4, 1)

    before = shop.api.post("invoices/create_preview", schedule=planned["id"])
    shop.advance(2030, 5, 1)
    after = shop.api.post("invoices/create_preview", schedule=planned["id"])

    assert (before.status, before.error["code"]) == (404, "invoice_upcoming_none")
    assert (after.status, after.error["code"]) == (404, "invoice_upcoming_none")


def test_prorations_are_billed_where_the_last_phase_ends(shop):
    made = shop.post(
        "subscription_schedules", customer=shop.customer(), start_date="now", end_behavior="cancel",
        phases=[
            phase(shop.price(), end_date=unix(2030, 2, 14, 12)),
            phase(shop.price(2000), end_date=unix(2030, 2, 28, 12)),
        ],
    )  # fmt: skip

    shown = preview(shop, schedule=made["id"])

    assert (shown["status"], [line["amount"] for line in shown["lines"]["data"]]) == (
        "draft", [-500, 1000],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "param", "status"),
    [
        ({"subscription": "sub_x"}, "subscription", 400),
        ({"subscription_details": {"cancel_now": True}}, "subscription_details", 400),
        ({"schedule": "sub_sched_x"}, "schedule", 404),
        ({"currency": "eur"}, "currency", 400),
        (
            {"schedule_details": {"phases": [{"items": [{"price": "price_x"}]}]}},
            "schedule_details[phases][0][items][0][price]", 404,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_previewed(shop, planned, asked, param, status):
    answer = shop.api.post("invoices/create_preview", {"schedule": planned["id"], **asked})

    assert (answer.status, answer.error["param"]) == (status, param)


@pytest.mark.parametrize(
    ("details", "param"),
    [
        ({}, "schedule_details[phases]"),
        ({"proration_behavior": "none", "phases": [{"items": []}]}, "schedule_details[proration_behavior]"),
    ],
)  # fmt: skip
def test_what_a_new_schedule_needs(shop, details, param):
    answer = shop.api.json(
        "invoices/create_preview", {"customer": shop.customer(), "schedule_details": details}
    )

    assert (answer.status, answer.error["param"]) == (400, param)


def test_somebody_elses_schedule(shop, planned):
    answer = shop.api.post(
        "invoices/create_preview", customer=shop.customer(), schedule=planned["id"]
    )

    assert (answer.status, answer.error["param"]) == (404, "schedule")


def test_phases_follow_each_other(shop, planned):
    first, second = planned["phases"]
    price = second["items"][0]["price"]
    kept = {"start_date": first["start_date"], "end_date": first["end_date"]}

    answer = shop.api.post(
        f"subscription_schedules/{planned['id']}",
        phases=[
            phase(price, **kept),
            phase(price, start_date=first["end_date"] + 1, end_date=second["end_date"]),
        ],
    )

    assert (answer.status, answer.error["param"]) == (400, "phases[1][start_date]")
