"""Pausing until a day, and going on."""

from datetime import UTC, datetime

import pytest

from tests.payments.billing.subscribing import at_of
from tests.portal.subscribing import letters

ON = {"subscription_pause": {"enabled": True}}
TOO_LATE = "Nothing was changed: this was done before, or cannot be done now."


def pausing(*options):
    return {
        "subscription_pause": {
            "enabled": True,
            "duration": {"type": "interval_options", "interval_options": list(options)},
        }
    }


def labels(page):
    return [label for _value, label in page.context["form"].fields["until"].choices]


def test_page_says_which_payments_fall_away(account):
    jenny = account(features=ON)

    page = jenny.page("/pause")

    assert labels(page) == [
        "Until March 31, 2030: skips one payment",
        "Until April 30, 2030: skips 2 payments",
        "Until May 31, 2030: skips 3 payments",
        "Until I resume it",
        "Until a day of your choice",
    ]
    assert "Your next payment is due on February 28, 2030." in page.content.decode()


def test_payments_of_the_pause_are_not_asked_for(account, shop):
    jenny = account(features=ON)

    said = jenny.said("/pause", {"until": "0"})
    shop.advance(2030, 3, 2)
    shop.advance(2030, 4, 2)

    assert said == (jenny.path, ["Your subscription is paused."])
    assert [(one["status"], one["amount_paid"]) for one in shop.invoices(jenny.made)] == [
        ("paid", 1000), ("void", 0), ("paid", 1000),
    ]  # fmt: skip
    assert jenny.subscription.pause_behavior == ""


def test_a_day_of_ones_own_is_the_sites_midnight(account, site):
    site.timezone = "Asia/Bangkok"
    site.save()
    jenny = account(features=ON)

    jenny.post("/pause", {"until": "day", "day": "2030-03-15"})

    row = jenny.subscription
    assert (row.pause_behavior, row.pause_resumes_at) == (
        "void", datetime(2030, 3, 14, 17, tzinfo=UTC),
    )  # fmt: skip
    assert letters() == ["[Test] Your subscription to Gold is paused"]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        pytest.param("2030-02-20", "No payment is due before that day.", id="nothing falls away"),
        pytest.param("2029-01-01", "No payment is due before that day.", id="past"),
        pytest.param("2032-01-01", "Choose an earlier day.", id="too long"),
        pytest.param("soon", "Give a day of the calendar.", id="no day"),
        pytest.param("", "Choose a day.", id="empty"),
    ],
)
def test_days_that_make_no_sense_are_refused_at_their_field(account, day, says):
    jenny = account(features=ON)

    answer = jenny.post("/pause", {"until": "day", "day": day})

    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert jenny.subscription.pause_behavior == ""


def test_it_can_last_until_it_is_resumed(account, shop):
    jenny = account(features=ON)
    jenny.post("/pause", {"until": "open"})

    (notice,) = jenny.page().context["notices"]
    page = jenny.text("/resume")
    said = jenny.said("/resume")

    assert (notice.title, notice.text) == (
        "Your subscription is paused", "Nothing is charged until you resume.",
    )  # fmt: skip
    assert "Nothing is charged today. Your next payment is on February 28, 2030." in page
    assert said == (jenny.path, ["Your subscription continues."])
    assert jenny.subscription.pause_behavior == ""
    assert sorted(letters()) == [
        "[Test] Your subscription to Gold goes on", "[Test] Your subscription to Gold is paused",
    ]  # fmt: skip


def test_configuration_names_the_durations(account):
    options = (
        {"interval": "week", "interval_count": 2},
        {"interval": "month", "interval_count": 2},
    )
    jenny = account(features=pausing(*options))

    page = jenny.page("/pause")
    refused = jenny.post("/pause", {"until": "day", "day": "2030-06-01"})
    jenny.post("/pause", {"until": "0"})

    assert labels(page) == ["Until March 31, 2030: skips one payment"]
    assert refused.status_code == 400
    assert jenny.subscription.pause_resumes_at == datetime(2030, 3, 31, 12, tzinfo=UTC)


def test_second_press_does_nothing(account):
    jenny = account(features=ON)
    jenny.post("/pause", {"until": "0"})

    said = jenny.said("/pause", {"until": "2"})

    assert said == (jenny.path, [TOO_LATE])
    assert jenny.subscription.pause_resumes_at == datetime(2030, 3, 31, 12, tzinfo=UTC)
    assert len(letters()) == 1


@pytest.mark.parametrize("tail", ["/pause", "/resume"])
def test_configuration_that_offers_no_pause_refuses_it(account, tail):
    jenny = account()
    before = jenny.subscription.pause_behavior

    said = jenny.said(tail, {"until": "0"})

    assert said == (jenny.path, [TOO_LATE])
    assert jenny.subscription.pause_behavior == before


def test_a_pause_by_the_merchant_is_not_ended_where_pausing_is_not_offered(account, shop):
    jenny = account()
    shop.change(jenny.made, pause_collection={"behavior": "void"})

    said = jenny.said("/resume")

    assert said == (jenny.path, [TOO_LATE])
    assert jenny.subscription.pause_behavior == "void"


def test_what_was_paused_by_its_trials_end_begins_anew(account, shop):
    settings = {"end_behavior": {"missing_payment_method": "pause"}}
    jenny = account(trial_end=at_of(2030, 2, 14), trial_settings=settings)
    card = jenny.customer.default_payment_method_id
    shop.post(f"payment_methods/{card}/detach")
    shop.advance(2030, 2, 15)

    without = jenny.text("/resume")
    refused = jenny.said("/resume")
    shop.give_card(jenny.customer.pk, "pm_card_visa")
    page = jenny.text("/resume")
    said = jenny.said("/resume")

    assert "Please save a payment method first." in without
    assert refused == (jenny.path, ["Please save a payment method first."])
    assert "A new period begins today. $10.00 is charged at once." in page
    assert said == (jenny.path, ["Your subscription continues."])
    assert jenny.subscription.status == "active"
