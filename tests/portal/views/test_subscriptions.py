"""The customer's subscriptions: the list, the page of each, and what can be done there at once."""

import pytest

from customers.kit import clock
from payments.billing.models import Invoice, Subscription
from tests.factories.billing import SubscriptionFactory
from tests.factories.customers import CustomerFactory
from tests.payments.billing.subscribing import at_of
from tests.portal.subscribing import letters

LIST = "/portal/acme/subscriptions"


def test_list_shows_what_runs_before_what_has_ended(account, shop):
    jenny = account()
    ended = shop.subscribe(jenny.customer.pk, shop.price(500))
    shop.ok(shop.api.delete(f"subscriptions/{ended['id']}"))

    context = jenny.client.get(LIST).context

    assert context["running"] == [
        {"name": "Gold", "url": jenny.path, "cost": "$10.00 per month", "badge": ("Active", "ok"),
         "next": "Renews on February 28, 2030"},
    ]  # fmt: skip
    assert [(one["badge"], one["next"]) for one in context["ended"]] == [
        (("Ended", ""), "Ended on January 31, 2030")
    ]


def test_list_is_the_customers_own(client, session):
    SubscriptionFactory(customer=CustomerFactory())

    context = client.get(LIST).context

    assert (context["running"], context["ended"]) == ([], [])


def test_page_tells_what_comes_next_and_what_it_is_for(account):
    jenny = account(features={"subscription_pause": {"enabled": True}})

    context = jenny.page().context

    assert (context["name"], context["badges"]) == ("Gold", [("Active", "ok")])
    assert (context["next"].due_text, context["next_day"], context["method"]) == (
        "$10.00", "February 28, 2030", "Visa •••• 4242",
    )  # fmt: skip
    assert context["facts"] == [
        ("Plan", "Gold"), ("Price", "$10.00 per month"), ("Since", "January 31, 2030"),
    ]  # fmt: skip
    assert [(act.label, act.url) for act in context["acts"]] == [
        ("Pause", f"{jenny.path}/pause"),
        ("Cancel subscription", f"{jenny.path}/cancel"),
    ]
    assert context["notices"] == []


@pytest.mark.parametrize("tail", ["", "/plan", "/plan/preview", "/cancel", "/pause", "/resume"])
def test_pages_of_other_customers_subscriptions_are_not_there(client, session, tail):
    row = SubscriptionFactory(customer=CustomerFactory())

    assert client.get(f"{LIST}/{row.pk}{tail}").status_code == 404


@pytest.mark.parametrize(
    "tail", ["/keep", "/stay", "/plan/preview", "/cancel", "/offer", "/pause", "/resume"]
)
def test_other_customers_subscriptions_are_not_changed(
    client, sign_in, customer, nothing_written, tail
):
    sign_in(customer, seen_at=clock.now())
    row = SubscriptionFactory(customer=CustomerFactory(), cancels_at_period_end=True)

    with nothing_written():
        answer = client.post(f"{LIST}/{row.pk}{tail}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "tail", ["/keep", "/stay", "/plan/preview", "/cancel", "/offer", "/pause", "/resume"]
)
def test_who_only_looks_changes_nothing(account, tail):
    jenny = account(columns={"origin": "staff", "is_read_only": True, "actor": "robin"})
    before = Subscription.objects.values().get()

    answer = jenny.post(tail, {"until": "0"})

    assert answer.status_code == 302
    assert Subscription.objects.values().get() == before


def test_trial_tells_when_it_ends_and_what_comes_then(account):
    jenny = account(trial_end=at_of(2030, 2, 14))

    (notice,) = jenny.page().context["notices"]

    assert (notice.tone, notice.title, notice.text) == (
        "ok",
        "Your free trial ends on February 14, 2030",
        "Then $10.00 is charged to Visa •••• 4242.",
    )


def test_trial_without_a_method_asks_for_one(account, shop):
    jenny = account(trial_end=at_of(2030, 2, 14))
    jenny.customer.default_payment_method_id = None
    jenny.customer.save()

    (notice,) = jenny.page().context["notices"]

    assert notice.text == "To go on after that, save a payment method before."
    assert [(act.label, act.url) for act in notice.acts] == [
        ("Add a payment method", "/portal/acme/methods")
    ]


def test_payment_that_failed_leads_to_its_invoice(account, shop):
    jenny = account()
    shop.give_card(jenny.customer.pk, "pm_card_chargeCustomerFail")
    shop.advance(2030, 3, 1)

    notice = jenny.page().context["notices"][0]

    assert (notice.tone, notice.title) == ("bad", "Your last payment did not go through")
    assert notice.text == "Pay $10.00 to keep your subscription."
    assert "/invoices/" in notice.acts[0].url


def test_first_payment_that_is_missing_is_asked_for(account, shop):
    jenny = account(payment_behavior="default_incomplete")

    (notice,) = jenny.page().context["notices"]

    assert notice.title == "Your subscription begins when its first invoice is paid"
    assert notice.text == "Pay $10.00 by February 1, 2030, or it will not begin."
    assert [act.label for act in notice.acts] == ["Pay now"]


def test_cancellation_is_taken_back_once(account, shop):
    jenny = account(cancel_at_period_end=True)

    first, second = jenny.said("/keep"), jenny.said("/keep")

    assert first == (jenny.path, ["Your subscription continues."])
    assert second == (
        jenny.path, ["Nothing was changed: this was done before, or cannot be done now."],
    )  # fmt: skip
    assert jenny.subscription.cancel_at is None
    assert letters() == ["[Test] Your subscription to Gold goes on"]


def test_an_end_that_the_merchant_has_fixed_is_not_taken_back(account):
    jenny = account(cancel_at=at_of(2030, 9, 1))

    (notice,) = jenny.page().context["notices"]

    assert (notice.title, notice.acts) == ("Your subscription ends on September 1, 2030", ())
    assert jenny.page().context["acts"] == []
    jenny.post("/keep")
    assert jenny.subscription.cancel_at is not None


def test_page_of_what_has_ended_offers_nothing(account, shop):
    jenny = account()
    shop.ok(shop.api.delete(f"subscriptions/{jenny.made['id']}"))

    context = jenny.page().context

    assert (context["acts"], context["notices"], context["next"]) == ([], [], None)
    assert ("Ended on", "January 31, 2030") in context["facts"]
    assert Invoice.objects.count() == 1
