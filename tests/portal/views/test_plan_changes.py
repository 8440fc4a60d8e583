"""Changing the plan: what is offered, what is shown before, and that exactly that is done, once."""

import re

import pytest

from customers.models import Site
from payments.billing.models import Discount, Subscription, SubscriptionItem, SubscriptionSchedule
from tests.factories.coupons import CouponFactory, PromotionCodeFactory
from tests.payments.billing.subscribing import at_of
from tests.portal.subscribing import letters, plans

TOO_LATE = "Nothing was changed: this was done before, or cannot be done now."
CHANGED = "Your subscription is changed."
DIFFERENT = "The amounts have changed meanwhile. Nothing was changed. Please look again."


@pytest.fixture
def jenny(account, shop):
    """Jenny, who pays ten dollars a month and can have a plan for thirty, halfway through her period."""
    return made(account, shop)


def made(account, shop, **more):
    prices = {
        "dear": shop.price(3000, nickname="Large"),
        "cheap": shop.price(500, nickname="Small"),
    }
    jenny = account(
        features=lambda made: {"subscription_update": plans(made.price, *prices.values(), **more)}
    )
    jenny.dear, jenny.cheap = prices["dear"], prices["cheap"]
    shop.advance(2030, 2, 14)
    return jenny


def proof_of(page):
    return re.search(r'name="proof" value="([^"]+)"', page.content.decode())[1]


def confirm(jenny, price, **more):
    """Look at what a plan costs and confirm it; return where that leads and what is said."""
    query = "&".join(f"{name}={value}" for name, value in {"price": price, **more}.items())
    tail = f"/plan/preview?{query}"
    return jenny.said(tail, {"proof": proof_of(jenny.client.get(f"{jenny.path}{tail}"))})


def items():
    rows = SubscriptionItem.objects.filter(deleted_at=None)
    return [(item.price_id, item.quantity) for item in rows]


def test_plans_are_those_of_the_configuration(jenny):
    context = jenny.page("/plan").context

    assert [(plan["name"], plan["cost"], plan["is_current"]) for plan in context["plans"]] == [
        ("Gold", "$10.00 per month", True),
        ("Gold · Large", "$30.00 per month", False),
        ("Gold · Small", "$5.00 per month", False),
    ]
    assert (context["is_countable"], context["takes_codes"]) == (False, True)


def test_preview_tells_what_is_paid_today_and_then(jenny):
    context = jenny.page("/plan/preview", price=jenny.dear).context

    bill = context["preview"].now
    assert (context["headline"], context["amount"], context["method"]) == (
        "To pay today", "$10.36", "Visa •••• 4242",
    )  # fmt: skip
    assert [(row.description, row.amount) for row in bill.rows] == [
        ("Unused time on Gold after Feb 14, 2030", "-$5.18"),
        ("Remaining time on Gold after Feb 14, 2030", "$15.54"),
    ]
    assert (context["next_day"], context["preview"].next.due_text) == (
        "February 28, 2030",
        "$30.00",
    )
    assert (context["old"], context["new"]) == (
        ("Gold", "$10.00 per month"), ("Gold · Large", "$30.00 per month"),
    )  # fmt: skip


def test_looking_changes_nothing(jenny):
    before = Subscription.objects.values().get()

    jenny.page("/plan/preview", price=jenny.dear)

    assert Subscription.objects.values().get() == before
    assert items() == [(jenny.price, 1)]


def test_what_was_shown_is_what_is_paid(jenny, shop):
    page = jenny.page("/plan/preview", price=jenny.dear)
    shop.advance(2030, 2, 14, 0, 20)

    said = jenny.said(f"/plan/preview?price={jenny.dear}", {"proof": proof_of(page)})

    assert said == (jenny.path, [CHANGED])
    assert items() == [(jenny.dear, 1)]
    assert [one["amount_paid"] for one in shop.invoices(jenny.made)] == [1000, 1036]
    assert letters() == ["[Test] Your subscription to Gold has changed"]


def test_second_press_changes_and_charges_nothing(jenny, shop):
    tail = f"/plan/preview?price={jenny.dear}"
    proof = proof_of(jenny.client.get(f"{jenny.path}{tail}"))
    jenny.post(tail, {"proof": proof})

    jenny.post(tail, {"proof": proof})

    assert [one["amount_paid"] for one in shop.invoices(jenny.made)] == [1000, 1036]
    assert len(letters()) == 1


@pytest.mark.parametrize(
    ("minutes", "proof"),
    [pytest.param(31, None, id="too old"), pytest.param(1, "made up", id="not ours")],
)
def test_what_was_not_shown_is_not_done(jenny, shop, minutes, proof):
    tail = f"/plan/preview?price={jenny.dear}"
    shown = proof_of(jenny.client.get(f"{jenny.path}{tail}"))
    shop.advance(2030, 2, 14, 0, minutes)

    said = jenny.said(tail, {"proof": proof or shown})

    assert said == (f"{jenny.path}{tail}", [DIFFERENT])
    assert items() == [(jenny.price, 1)]


def test_amounts_that_have_changed_are_shown_again(jenny, shop):
    tail = f"/plan/preview?price={jenny.dear}"
    proof = proof_of(jenny.client.get(f"{jenny.path}{tail}"))
    shop.post(f"customers/{jenny.customer.pk}", {"balance": -300})

    said = jenny.said(tail, {"proof": proof})

    assert said == (f"{jenny.path}{tail}", [DIFFERENT])
    assert (items(), len(shop.invoices(jenny.made))) == ([(jenny.price, 1)], 1)
    assert jenny.page("/plan/preview", price=jenny.dear).context["amount"] == "$7.36"


def test_proof_of_one_plan_is_none_for_another(jenny):
    proof = proof_of(jenny.page("/plan/preview", price=jenny.cheap))

    jenny.post(f"/plan/preview?price={jenny.dear}", {"proof": proof})

    assert items() == [(jenny.price, 1)]


def test_card_that_is_refused_changes_nothing(jenny, shop):
    shop.give_card(jenny.customer.pk, "pm_card_chargeCustomerFail")

    where, (said,) = confirm(jenny, jenny.dear)

    assert where == f"{jenny.path}/plan/preview?price={jenny.dear}"
    assert said.startswith("The bank declined the card.")
    assert (items(), len(shop.invoices(jenny.made))) == ([(jenny.price, 1)], 1)


def test_payment_that_the_bank_wants_confirmed_leads_to_it(jenny, shop):
    shop.give_card(jenny.customer.pk, "pm_card_authenticationRequired")
    tail = f"/plan/preview?price={jenny.dear}"

    answer = jenny.post(tail, {"proof": proof_of(jenny.client.get(f"{jenny.path}{tail}"))})

    assert "/invoices/" in answer["Location"]
    assert items() == [(jenny.dear, 1)]
    assert shop.invoices(jenny.made)[-1]["status"] == "open"


def test_no_card_is_asked_for_first(jenny, shop):
    shop.post(f"payment_methods/{jenny.customer.default_payment_method_id}/detach")

    page = jenny.page("/plan/preview", price=jenny.dear)

    assert page.status_code == 400
    assert "Please save a payment method first." in page.content.decode()


@pytest.mark.parametrize(
    ("behavior", "today", "waits"),
    [
        pytest.param(
            "create_prorations", "$0.00",
            "$10.36 for the rest of this period is put on your next bill.", id="later",
        ),
        pytest.param("none", "$0.00", "", id="never"),
    ],
)  # fmt: skip
def test_difference_is_billed_as_the_configuration_says(account, shop, behavior, today, waits):
    jenny = made(account, shop, proration_behavior=behavior)

    context = jenny.page("/plan/preview", price=jenny.dear).context
    said = confirm(jenny, jenny.dear)

    assert (context["headline"], context["amount"], context["waits"]) == (
        "Nothing to pay today", today, waits,
    )  # fmt: skip
    assert said == (jenny.path, [CHANGED])


def test_smaller_plan_waits_for_the_end_where_the_configuration_says_so(account, shop):
    conditions = {"conditions": [{"type": "decreasing_item_amount"}]}
    jenny = made(account, shop, schedule_at_period_end=conditions)

    context = jenny.page("/plan/preview", price=jenny.cheap).context
    said = confirm(jenny, jenny.cheap)
    (notice,) = jenny.page().context["notices"]
    shop.advance(2030, 3, 1)

    assert (context["preview"].is_later, context["begins_on"], context["preview"].next.due_text) == (
        True, "February 28, 2030", "$5.00",
    )  # fmt: skip
    assert said == (jenny.path, [CHANGED])
    assert (notice.title, notice.text) == (
        "Your plan changes on February 28, 2030",
        "It is Gold · Small from then on: $5.00 per month.",
    )
    assert items() == [(jenny.cheap, 1)]
    assert [one["total"] for one in shop.invoices(jenny.made)] == [1000, 500]


def test_planned_change_is_given_up_once(account, shop):
    conditions = {"conditions": [{"type": "decreasing_item_amount"}]}
    jenny = made(account, shop, schedule_at_period_end=conditions)
    confirm(jenny, jenny.cheap)

    first, second = jenny.said("/stay"), jenny.said("/stay")
    shop.advance(2030, 3, 1)

    assert first == (jenny.path, ["Your plan stays as it is."])
    assert second == (jenny.path, [TOO_LATE])
    assert items() == [(jenny.price, 1)]


def test_planned_change_gives_way_to_one_at_once(account, shop):
    conditions = {"conditions": [{"type": "decreasing_item_amount"}]}
    jenny = made(account, shop, schedule_at_period_end=conditions)
    confirm(jenny, jenny.cheap)

    said = confirm(jenny, jenny.dear)

    assert said == (jenny.path, [CHANGED])
    assert (items(), jenny.subscription.schedule_id) == ([(jenny.dear, 1)], "")


def test_cancellation_drops_what_was_planned(account, shop):
    conditions = {"conditions": [{"type": "decreasing_item_amount"}]}
    jenny = made(account, shop, schedule_at_period_end=conditions)
    confirm(jenny, jenny.cheap)

    jenny.post("/cancel", {"reason": "", "comment": ""})
    shop.advance(2030, 3, 1)

    assert jenny.subscription.status == "canceled"
    assert len(shop.invoices(jenny.made)) == 1


def test_what_the_merchant_has_planned_is_not_touched(jenny, shop):
    shop.post("subscription_schedules", from_subscription=jenny.made["id"])

    page = jenny.page("/plan")
    answer = jenny.page("/plan/preview", price=jenny.dear)
    jenny.post("/stay")

    assert not page.context["is_offered"]
    assert answer.status_code == 400
    assert SubscriptionSchedule.objects.get().status == "active"


def test_quantity_is_chosen_within_its_bounds(account, shop):
    def features(made):
        said = plans(made.price)
        said["products"][0]["adjustable_quantity"] = {"enabled": True, "minimum": 1, "maximum": 5}
        return {"subscription_update": said}

    jenny = account(features=features)

    too_many = jenny.page("/plan/preview", price=jenny.price, quantity=6)
    same = jenny.page("/plan/preview", price=jenny.price, quantity=1)
    said = confirm(jenny, jenny.price, quantity=3)

    assert "This quantity is not offered." in too_many.content.decode()
    assert "This is your plan already." in same.content.decode()
    assert (too_many.status_code, same.status_code) == (400, 400)
    assert said == (jenny.path, [CHANGED])
    assert items() == [(jenny.price, 3)]


def test_code_takes_something_off(jenny):
    PromotionCodeFactory(code="SPRING", coupon=CouponFactory(percent_off=50))

    wrong = jenny.page("/plan/preview", price=jenny.dear, code="AUTUMN")
    said = confirm(jenny, jenny.dear, code="spring")

    assert wrong.status_code == 400
    assert "This code cannot be used here." in wrong.content.decode()
    assert said == (jenny.path, [CHANGED])
    assert [held.promotion_code.code for held in Discount.objects.all()] == ["SPRING"]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"enabled": False}, id="switched off"),
        pytest.param({"default_allowed_updates": []}, id="nothing allowed"),
        pytest.param({"default_allowed_updates": ["quantity"]}, id="no other price"),
    ],
)
def test_configuration_refuses_what_it_does_not_offer(account, shop, more):
    jenny = made(account, shop, **more)

    page = jenny.page("/plan")
    preview = jenny.page("/plan/preview", price=jenny.dear)

    assert not page.context["is_offered"]
    assert preview.status_code == 400
    assert "subscriptions-change" not in str(jenny.page().context["acts"])
    assert items() == [(jenny.price, 1)]


def test_price_that_is_not_listed_is_refused(jenny, shop):
    answer = jenny.page("/plan/preview", price=shop.price(1))

    assert answer.status_code == 400


def test_trial_goes_on_or_ends_as_the_configuration_says(account, shop):
    dear = shop.price(3000)
    jenny = account(
        features=lambda made: {
            "subscription_update": plans(made.price, dear, trial_update_behavior="continue_trial")
        },
        trial_end=at_of(2030, 3, 1),
    )

    context = jenny.page("/plan/preview", price=dear).context
    confirm(jenny, dear)

    assert (context["amount"], context["preview"].next.due_text) == ("$0.00", "$30.00")
    assert (jenny.subscription.status, items()) == ("trialing", [(dear, 1)])


def test_days_are_those_of_the_site(jenny, site):
    Site.objects.filter(pk=site.pk).update(timezone="Pacific/Kiritimati")

    context = jenny.page("/plan/preview", price=jenny.dear).context

    assert context["next_day"] == "March 1, 2030"
