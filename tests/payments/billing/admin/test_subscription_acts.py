"""What is done with subscriptions: shown with its amounts first, done once, by who may."""

from datetime import timedelta

import pytest

from customers.kit import clock
from payments.billing.models import Invoice, InvoiceItem, Subscription
from payments.billing.services import subscriptions
from payments.gateways.base import Outcome, Result
from tests.customers.admin.page import errors, fields
from tests.factories.billing import CouponFactory, PriceFactory, SubscriptionFactory
from tests.factories.customers import CustomerFactory
from tests.payments.billing.admin.acting import labels, said, send, send_twice

LIST = "/admin/billing/subscription/"
ACTS = ("cancel", "keep", "pause", "resume", "update", "end-trial")


def url(subscription, act=""):
    return f"{LIST}{subscription.pk}/{act}{'/' if act else ''}"


def new(customer):
    return f"{LIST}new/?customer={customer.pk}"


@pytest.mark.parametrize("act", ACTS)
def test_who_may_only_read_can_do_nothing(reader, subscribe, nothing_written, act):
    subscription = subscribe()

    with nothing_written():
        codes = [
            reader.get(url(subscription, act)).status_code,
            reader.post(url(subscription, act)).status_code,
        ]

    assert codes == [403, 403]


def test_who_may_only_read_subscribes_nobody(reader, customer, nothing_written):
    with nothing_written():
        assert reader.post(new(customer)).status_code == 403


def test_opening_a_confirmation_does_nothing(owner, subscribe, nothing_written):
    subscription = subscribe(trial_period_days=7)

    with nothing_written():
        codes = [owner.get(url(subscription, act)).status_code for act in ACTS]

    assert codes == [200] * len(ACTS)


def test_subscription_ends_with_its_period_and_can_be_kept(owner, subscribe):
    subscription = subscribe()

    answer, _sent = send(
        owner, url(subscription, "cancel"), when="period_end", feedback="unused", comment="Moved"
    )

    row = Subscription.objects.get()
    assert (row.status, row.cancels_at_period_end, row.cancel_at) == (
        "active", True, subscription.period_end,
    )  # fmt: skip
    assert (row.cancellation_feedback, row.cancellation_comment) == ("unused", "Moved")
    assert said(owner, answer)[0][0] == "success"
    assert "Do not cancel" in labels(owner.get(url(row)))

    answer, _sent = send(owner, url(row, "keep"))

    row.refresh_from_db()
    assert (row.cancels_at_period_end, row.cancel_at) == (False, None)
    assert said(owner, answer) == [("success", "The subscription goes on.")]


def test_subscription_ends_now_and_nothing_is_given_back(owner, subscribe, customer):
    subscription = subscribe()

    answer, _sent = send(owner, url(subscription, "cancel"), when="now")

    assert Subscription.objects.get().status == "canceled"
    assert said(owner, answer) == [("success", "The subscription was canceled.")]
    customer.refresh_from_db()
    assert customer.balance == 0
    assert labels(owner.get(url(subscription))) == []


def test_unused_time_becomes_credit(owner, subscribe, customer):
    subscription = subscribe()
    page = owner.get(url(subscription, "cancel"))

    answer = owner.post(url(subscription, "cancel"), fields(page, when="now", settlement="credit"))

    assert "becomes the customer&#x27;s credit" in page.content.decode()
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert -1000 <= customer.balance < -900


def test_who_has_paid_nothing_gets_no_credit(owner, subscribe):
    subscription = subscribe(trial_period_days=7)

    form = owner.get(url(subscription, "cancel")).context["form"]

    assert [value for value, _label in form.fields["settlement"].choices] == ["none"]


def test_collection_is_paused_until_a_day_and_resumed(owner, subscribe):
    subscription = subscribe()

    answer, _sent = send(
        owner, url(subscription, "pause"), behavior="keep_as_draft", resumes_on="2090-05-01"
    )

    row = Subscription.objects.get()
    assert row.pause_behavior == "keep_as_draft"
    assert row.pause_resumes_at.isoformat() == "2090-05-01T00:00:00+00:00"
    assert said(owner, answer) == [("success", "Collection is paused.")]
    assert labels(owner.get(url(row))) == ["Change", "Resume", "Cancel subscription"]

    answer, _sent = send(owner, url(row, "resume"))

    assert Subscription.objects.get().pause_behavior == ""
    assert said(owner, answer) == [("success", "Collection goes on.")]


def test_pause_that_has_passed_is_refused(owner, subscribe, nothing_written):
    subscription = subscribe()

    with nothing_written():
        answer, _sent = send(owner, url(subscription, "pause"), resumes_on="2020-05-01")

    assert errors(answer) == {"resumes_on": ["`resumes_at` must be in the future."]}


def test_change_is_shown_with_its_amounts_before_it_is_made(owner, subscribe, silver, nothing_written):  # fmt: skip
    subscription = subscribe()

    with nothing_written():
        preview, _sent = send(owner, url(subscription, "update"), price_0=silver.pk)

    shown = preview.context["preview"]
    assert shown["now"] is None
    assert len(shown["pending"]["lines"]) == 2
    assert preview.context["act"].button == "Change subscription"

    answer = owner.post(url(subscription, "update"), fields(preview))

    assert said(owner, answer) == [("success", "The subscription was changed.")]
    assert subscription.items.get(deleted_at=None).price == silver
    amounts = sorted(InvoiceItem.objects.values_list("amount", flat=True))
    assert f"-${-sum(amounts) / 100:.2f}" == shown["pending"]["total"]


def test_change_is_billed_at_once(owner, subscribe):
    subscription = subscribe()

    preview, answer = send_twice(
        owner, url(subscription, "update"), quantity_0="3", proration="always_invoice"
    )

    invoice = Invoice.objects.get(reason="subscription_update")
    assert invoice.status == "paid"
    assert preview.context["preview"]["now"]["due"] == f"${invoice.amount_due / 100:.2f}"
    assert said(owner, answer) == [("success", "The subscription was changed.")]


def test_something_else_than_what_was_shown_is_shown_first(owner, subscribe, silver, nothing_written):  # fmt: skip
    subscription = subscribe()
    preview, _sent = send(owner, url(subscription, "update"), price_0=silver.pk)

    with nothing_written():
        again = owner.post(url(subscription, "update"), fields(preview, quantity_0="9"))

    assert again.status_code == 200
    assert [line["quantity"] for line in again.context["preview"]["pending"]["lines"]] == [1, 9]


def test_item_is_added_and_another_taken_out(owner, subscribe, silver):
    subscription = subscribe()
    send_twice(owner, url(subscription, "update"), price_new=silver.pk, quantity_new="2")

    send_twice(owner, url(subscription, "update"), remove_0="on")

    (item,) = subscription.items.filter(deleted_at=None)
    assert (item.price, item.quantity) == (silver, 2)


@pytest.mark.parametrize(
    ("changes", "said_at"),
    [
        ({}, ""),
        ({"quantity_0": "-1"}, "quantity_0"),
        ({"quantity_0": "x"}, "quantity_0"),
        ({"price_0": "price_x"}, "price_0"),
    ],
)
def test_change_that_is_none_is_refused(owner, subscribe, nothing_written, changes, said_at):
    subscription = subscribe()

    with nothing_written():
        answer, _sent = send(owner, url(subscription, "update"), **changes)

    assert list(errors(answer)) == [said_at]


def test_prices_of_another_currency_are_not_offered(owner, subscribe):
    subscription = subscribe()
    PriceFactory(currency="eur")

    form = owner.get(url(subscription, "update")).context["form"]

    assert [label for _pk, label in form.fields["price_0"].choices] == ["Gold · $10.00 per month"]


def test_service_refuses_a_second_rhythm(owner, subscribe, nothing_written):
    subscription = subscribe()
    yearly = PriceFactory(interval="year")

    with nothing_written():
        answer, _sent = send(owner, url(subscription, "update"), price_new=yearly.pk)

    ((where, words),) = errors(answer).items()
    assert where == ""
    assert words[0].startswith("Currency and interval fields must match")


def test_trial_ends_now_for_the_amount_that_was_named(owner, subscribe):
    subscription = subscribe(trial_period_days=7)

    page = owner.get(url(subscription, "end-trial"))
    answer = owner.post(url(subscription, "end-trial"), fields(page))

    assert "is billed $10.00 at once" in page.content.decode()
    assert Subscription.objects.get().status == "active"
    assert Invoice.objects.get(amount_due__gt=0).status == "paid"
    assert said(owner, answer) == [("success", "The trial has ended.")]


def test_charge_that_fails_is_told(owner, subscribe, gateway):
    subscription = subscribe(trial_period_days=7)
    gateway.plan("authorize", Outcome(Result.DECLINED, code="card_declined", message="No."))

    answer, _sent = send(owner, url(subscription, "end-trial"))

    ((level, text),) = said(owner, answer)
    assert level == "warning"
    assert text.startswith("It is done, but its invoice could not be collected.")


def test_customer_subscribes_for_the_amount_that_was_shown(owner, customer, method, gold):
    coupon = CouponFactory(name="Welcome")

    preview, answer = send_twice(
        owner, new(customer), price=gold.pk, quantity="2", coupon=coupon.pk.partition("@")[0],
        description="Team plan",
    )  # fmt: skip

    subscription = Subscription.objects.get()
    assert preview.context["preview"]["now"]["due"] == "$15.00"
    assert preview.context["preview"]["next"]["due"] == "$20.00"
    assert (subscription.status, subscription.description) == ("active", "Team plan")
    assert Invoice.objects.get().amount_paid == 1500
    assert answer.url == url(subscription)
    assert said(owner, answer) == [("success", "The subscription has begun.")]


def test_new_subscription_that_is_sent_twice_is_one(owner, customer, method, gold):
    preview, _sent = send(owner, new(customer), price=gold.pk)
    sent = fields(preview)

    answers = [owner.post(new(customer), sent).url for _time in range(2)]

    assert answers == [url(Subscription.objects.get())] * 2


def test_new_subscription_by_invoice_with_a_trial(owner, customer, gold):
    send_twice(
        owner, new(customer), price=gold.pk, collection="send_invoice", days_until_due="14",
        trial_days="10",
    )  # fmt: skip

    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.days_until_due) == ("trialing", 14)
    assert subscription.trial_end_at - subscription.trial_start_at == timedelta(days=10)


def test_who_has_no_card_cannot_be_charged(owner, customer, gold, nothing_written):
    with nothing_written():
        answer, _sent = send(owner, new(customer), price=gold.pk)

    ((where, words),) = errors(answer).items()
    assert where == ""
    assert words[0].startswith("This customer has no attached payment source")


def test_first_payment_that_fails_is_told(owner, customer, method, gold, gateway):
    preview, _sent = send(owner, new(customer), price=gold.pk)
    gateway.plan("authorize", Outcome(Result.DECLINED, code="card_declined", message="No."))

    answer = owner.post(new(customer), fields(preview))

    assert Subscription.objects.get().status == "incomplete"
    assert said(owner, answer)[0][0] == "warning"


def test_nobody_subscribes_who_is_not_there(owner, customer):
    deleted = CustomerFactory(deleted_at=clock.now())

    codes = [
        owner.get(f"{LIST}new/{query}").status_code
        for query in ("", "?customer=cus_x", f"?customer={deleted.pk}")
    ]

    assert codes == [404, 404, 404]


def test_what_has_ended_is_left_alone(owner, scope, nothing_written):
    subscription = SubscriptionFactory(status="canceled", ended_at=clock.now())

    with nothing_written():
        answers = [send(owner, url(subscription, act))[0] for act in ("cancel", "pause")]

    assert [errors(answer) for answer in answers] == [{"": ["This subscription has ended."]}] * 2


def test_paused_subscription_goes_on(owner, subscribe, at):
    subscription = subscribe(trial_period_days=7)
    Subscription.objects.filter(pk=subscription.pk).update(status="paused")

    answer, _sent = send(owner, url(subscription, "resume"))

    assert subscriptions.get(subscription.pk).status == "active"
    assert said(owner, answer) == [("success", "The subscription goes on.")]
