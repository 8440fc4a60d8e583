"""Canceling: at the end or at once, with a reason, offers that stop nobody, and nothing done twice."""

import pytest

from payments.billing.models import Discount, Subscription
from tests.factories.coupons import CouponFactory
from tests.portal.subscribing import letters

END = "February 28, 2030"
TOO_LATE = "Nothing was changed: this was done before, or cannot be done now."


def cancel(**said):
    return {"subscription_cancel": said}


def flow_of(account_, coupon):
    return {
        "type": "subscription_cancel",
        "subscription_cancel": {
            "subscription": account_.made["id"],
            "retention": {"type": "coupon_offer", "coupon_offer": {"coupon": coupon}},
        },
        "after_completion": {"type": "portal_homepage"},
    }


def test_page_says_what_happens_and_asks_why(account):
    jenny = account()

    page = jenny.text("/cancel")

    assert "Cancel Gold?" in page
    assert f"You can use it until {END}." in page
    assert page.count('name="reason"') == 8
    assert page.count("required") == 0


def test_it_ends_with_its_period_and_keeps_why(account):
    jenny = account()

    said = jenny.said("/cancel", {"reason": "too_expensive", "comment": "Too much for me."})

    row = jenny.subscription
    assert said == (jenny.path, [f"Your subscription is canceled. It ends on {END}."])
    assert (row.status, row.cancels_at_period_end, row.cancel_at) == (
        "active",
        True,
        row.period_end,
    )
    assert (row.cancellation_feedback, row.cancellation_comment, row.cancellation_reason) == (
        "too_expensive", "Too much for me.", "cancellation_requested",
    )  # fmt: skip
    assert letters() == [f"[Test] Your subscription to Gold ends on {END}"]


def test_nothing_is_asked_that_has_to_be_answered(account):
    jenny = account()

    jenny.post("/cancel", {"comment": ""})

    assert jenny.subscription.cancels_at_period_end


def test_second_press_does_nothing(account):
    jenny = account()
    jenny.post("/cancel", {"reason": "unused", "comment": ""})

    said = jenny.said("/cancel", {"reason": "other", "comment": "Again"})

    assert said == (jenny.path, [TOO_LATE])
    assert jenny.subscription.cancellation_feedback == "unused"
    assert len(letters()) == 1


@pytest.mark.parametrize(
    ("proration", "pending", "invoices"),
    [
        pytest.param("none", [], 1, id="nothing back"),
        pytest.param("create_prorations", [-1000], 1, id="on the next invoice"),
        pytest.param("always_invoice", [], 2, id="invoiced"),
    ],
)
def test_it_ends_at_once_where_the_configuration_says_so(
    account, shop, proration, pending, invoices
):
    jenny = account(features=cancel(mode="immediately", proration_behavior=proration))

    said = jenny.said("/cancel", {"reason": "", "comment": ""})

    items = shop.get("invoiceitems", customer=jenny.customer.pk, pending=True)["data"]
    assert said == (jenny.path, ["Your subscription has ended."])
    assert jenny.subscription.status == "canceled"
    assert [item["amount"] for item in items] == pending
    assert len(shop.invoices(jenny.made)) == invoices
    assert letters() == ["[Test] Your subscription to Gold is canceled"]


def test_configuration_that_offers_no_cancellation_refuses_it(account):
    jenny = account(features=cancel(enabled=False))

    said = jenny.said("/cancel", {"reason": "", "comment": ""})

    assert said == (jenny.path, [TOO_LATE])
    assert 'name="comment"' not in jenny.text("/cancel")
    assert jenny.subscription.cancel_at is None


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param({"enabled": True, "options": ["unused", "other"]}, 2, id="some"),
        pytest.param({"enabled": False, "options": ["unused"]}, 0, id="none"),
    ],
)
def test_reasons_are_those_of_the_configuration(account, asked, shown):
    jenny = account(features=cancel(cancellation_reason=asked))

    page = jenny.text("/cancel")
    answer = jenny.post("/cancel", {"reason": "too_expensive", "comment": ""})

    assert page.count('name="reason"') == shown
    assert answer.status_code == (400 if shown else 302)
    assert jenny.subscription.cancellation_feedback == ""


def test_pause_is_offered_beside_and_stops_nobody(account):
    jenny = account(features={"subscription_pause": {"enabled": True}})

    page = jenny.text("/cancel")

    assert f'href="{jenny.path}/pause"' in page
    assert '<button class="button danger" type="submit">Cancel subscription</button>' in page


def test_offered_coupon_is_taken_once(account):
    jenny = account()
    coupon = CouponFactory(id="STAY", percent_off=30, duration="repeating", duration_months=3)
    jenny.session.flow = flow_of(jenny, "STAY")
    jenny.session.save()

    page = jenny.text("/cancel")
    answer = jenny.post("/offer")
    again = jenny.post("/offer")

    assert "Stay and get 30% off for 3 months." in page
    assert (answer["Location"], again.status_code) == ("/portal/acme/overview", 302)
    assert [held.coupon_id for held in Discount.objects.all()] == [coupon.pk]
    assert Subscription.objects.get().cancel_at is None


def test_coupon_that_cannot_be_had_is_not_offered(account):
    jenny = account()
    jenny.session.flow = flow_of(jenny, "GONE")
    jenny.session.save()

    page = jenny.text("/cancel")

    assert "Take the offer" not in page
    assert "Cancel subscription" in page


def test_nobody_takes_a_coupon_that_was_not_offered(account):
    jenny = account()
    CouponFactory(id="STAY", percent_off=30)

    said = jenny.said("/offer")

    assert said == (jenny.path, [TOO_LATE])
    assert not Discount.objects.exists()
