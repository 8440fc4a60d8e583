"""The lives of subscriptions through the official Python SDK, unmodified, on test clocks over two simulated years."""

import omise
import pytest
import stripe

from tests.wire.lifecycles import DAY, DRAFT_FOR, HOUR, START, Life, lines, sums, unix
from tests.wire.omise_cards import token

DECLINED = "tok_chargeCustomerFail"
FEBRUARY, MARCH, APRIL = unix(2027, 2, 28), unix(2027, 3, 31), unix(2027, 4, 30)
MAY, JUNE = unix(2027, 5, 31), unix(2027, 6, 30)
HALF = unix(2027, 2, 14)  # half of the month that begins at START


@pytest.fixture
def life(stripe_v1):
    return Life(stripe_v1)


@pytest.fixture
def customer(life):
    return life.customer()


@pytest.fixture
def monthly(life, customer):
    """A subscription over 10 dollars a month, from the 31st of January on."""
    return life.subscribe(customer, life.price(1000))


@pytest.fixture
def past_due(life, monthly):
    """The same, whose first renewal could not be collected; this is right after the try."""
    life.v1.customers.update(monthly.customer, {"source": DECLINED})
    life.advance(FEBRUARY + DRAFT_FOR)
    return monthly


# -- renewals ----------------------------------------------------------------------------------------------------------


def test_two_years_of_a_monthly_and_a_yearly_plan(life, customer, monthly):
    yearly = life.subscribe(customer, life.price(9000, "year"))

    life.advance(unix(2029, 1, 31) + 2 * HOUR)

    assert life.totals(monthly) == [1000] * 25
    assert life.totals(yearly) == [9000] * 3
    billed = [lines(invoice) for invoice in life.invoices(monthly)]
    assert [found[0][2:] for found in billed[:4]] == [
        (START, FEBRUARY), (FEBRUARY, MARCH), (MARCH, APRIL), (APRIL, MAY)
    ]  # fmt: skip
    ends = [found[0][3] for found in billed]
    assert [found[0][2] for found in billed[1:]] == ends[:-1]
    assert lines(life.invoices(yearly)[-1])[0][2:] == (unix(2029, 1, 31), unix(2030, 1, 31))
    everything = life.customers_invoices(customer)
    assert {(invoice.status, invoice.amount_remaining) for invoice in everything} == {("paid", 0)}
    prefix = life.v1.customers.retrieve(customer).invoice_prefix
    numbers = sorted(invoice.number for invoice in everything)
    assert numbers == [f"{prefix}-{place:04d}" for place in range(1, 29)]
    charged = list(life.v1.charges.list({"customer": customer, "limit": 100}))
    assert sorted(charge.amount for charge in charged) == [1000] * 25 + [9000] * 3
    assert {charge.status for charge in charged} == {"succeeded"}


def test_a_trial_becomes_a_paid_subscription(life, customer):
    subscription = life.subscribe(customer, life.price(1000), trial_period_days=14)
    ends = START + 14 * DAY

    life.advance(ends - 1)
    during = life.again(subscription)
    life.advance(ends + 2 * HOUR)

    assert (subscription.status, subscription.trial_end, during.status) == (
        "trialing",
        ends,
        "trialing",
    )
    assert life.events("customer.subscription.trial_will_end", subscription) == [ends - 3 * DAY]
    assert life.again(subscription).status == "active"
    assert life.totals(subscription) == [0, 1000]
    paid = life.invoices(subscription)[-1]
    assert (paid.status, lines(paid)[0][2:]) == ("paid", (ends, unix(2027, 3, 14)))


# -- changes -----------------------------------------------------------------------------------------------------------


def test_a_change_of_plan_is_prorated_as_its_preview_says(life, monthly):
    life.advance(HALF)
    (item,) = monthly["items"].data
    change = [{"id": item.id, "price": life.price(2000)}]
    foreseen = life.preview(monthly, items=change, proration_date=HALF)

    life.v1.subscriptions.update(monthly.id, {"items": change, "proration_date": HALF})
    upcoming = life.preview(monthly)
    life.advance(FEBRUARY + 2 * HOUR)

    billed = life.invoices(monthly)[-1]
    assert [amount for amount, *_ in lines(billed)] == [-500, 1000, 2000]
    assert lines(foreseen) == lines(upcoming) == lines(billed)
    assert sums(foreseen) == sums(upcoming) == sums(billed) == (2500, 2500, 2500, "usd")
    assert (billed.status, billed.amount_paid) == ("paid", 2500)


def test_a_change_can_be_billed_at_once(life, monthly):
    life.advance(HALF)
    (item,) = monthly["items"].data

    changed = life.v1.subscriptions.update(
        monthly.id,
        {"items": [{"id": item.id, "quantity": 3}], "proration_behavior": "always_invoice"},
    )
    life.advance(FEBRUARY + 2 * HOUR)

    assert changed["items"].data[0].quantity == 3
    assert [sums(invoice)[2] for invoice in life.invoices(monthly)] == [1000, 1000, 3000]
    assert {invoice.status for invoice in life.invoices(monthly)} == {"paid"}


def test_what_is_given_back_pays_what_comes_next(life, customer):
    subscription = life.subscribe(customer, life.price(1000), item={"quantity": 4})
    life.advance(HALF)
    (item,) = subscription["items"].data

    life.v1.subscriptions.update(
        subscription.id,
        {"items": [{"id": item.id, "quantity": 1}], "proration_behavior": "always_invoice"},
    )
    credit = life.v1.customers.retrieve(customer).balance
    life.advance(MARCH + 2 * HOUR)

    found = life.invoices(subscription)
    assert [invoice.total for invoice in found] == [4000, -1500, 1000, 1000]
    assert [invoice.amount_due for invoice in found] == [4000, 0, 0, 500]
    assert (credit, life.v1.customers.retrieve(customer).balance) == (-1500, 0)
    moved = life.v1.customers.balance_transactions.list(customer).data
    assert [entry.amount for entry in moved] == [500, 1000, -1500]


def test_a_coupon_for_three_months_takes_off_three_times(life, customer):
    life.v1.coupons.create({
        "id": "three", "percent_off": 50, "duration": "repeating", "duration_in_months": 3,
    })  # fmt: skip
    subscription = life.subscribe(customer, life.price(1000), discounts=[{"coupon": "three"}])

    life.advance(MAY + 2 * HOUR)

    assert life.totals(subscription) == [500, 500, 500, 1000, 1000]
    assert life.again(subscription).discounts == []


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")],
)
def test_collection_pauses_and_resumes(life, monthly, behavior, status):
    resumes_at = APRIL - DAY
    life.v1.subscriptions.update(
        monthly.id, {"pause_collection": {"behavior": behavior, "resumes_at": resumes_at}}
    )

    life.advance(APRIL + 2 * HOUR)

    assert [invoice.status for invoice in life.invoices(monthly)] == [
        "paid",
        status,
        status,
        "paid",
    ]
    after = life.again(monthly)
    assert (after.status, after.pause_collection) == ("active", None)


def test_a_pause_ends_when_it_is_taken_away(life, monthly):
    life.v1.subscriptions.update(monthly.id, {"pause_collection": {"behavior": "void"}})
    life.advance(FEBRUARY + 2 * HOUR)

    resumed = life.v1.subscriptions.update(monthly.id, {"pause_collection": ""})
    life.advance(MARCH + 2 * HOUR)

    assert resumed.pause_collection is None
    assert [invoice.status for invoice in life.invoices(monthly)] == ["paid", "void", "paid"]


# -- ends --------------------------------------------------------------------------------------------------------------


def test_a_cancellation_that_was_undone_ends_nothing(life, monthly):
    planned = life.v1.subscriptions.update(monthly.id, {"cancel_at_period_end": True})
    undone = life.v1.subscriptions.update(monthly.id, {"cancel_at_period_end": False})
    life.advance(FEBRUARY + 2 * HOUR)

    assert (planned.cancel_at_period_end, planned.cancel_at) == (True, FEBRUARY)
    assert (undone.cancel_at_period_end, undone.cancel_at, undone.canceled_at) == (
        False,
        None,
        None,
    )
    assert life.again(monthly).status == "active"
    assert life.totals(monthly) == [1000, 1000]


def test_a_subscription_ends_with_its_period(life, monthly):
    life.v1.subscriptions.update(monthly.id, {"cancel_at_period_end": True})

    life.advance(FEBRUARY - 1)
    before = life.again(monthly).status
    life.advance(APRIL)

    after = life.again(monthly)
    assert (before, after.status, after.ended_at) == ("active", "canceled", FEBRUARY)
    assert life.totals(monthly) == [1000]


def test_a_subscription_ends_now_and_gives_back_what_is_unused(life, monthly):
    life.advance(HALF)

    ended = life.v1.subscriptions.cancel(monthly.id, {"prorate": True, "invoice_now": True})
    life.advance(APRIL)

    assert (ended.status, ended.ended_at) == ("canceled", HALF)
    assert life.totals(monthly) == [1000, -500]
    assert life.v1.customers.retrieve(monthly.customer).balance == -500


def test_deleting_a_customer_ends_their_subscriptions(life, customer, monthly):
    """Rule S16."""
    trial = life.subscribe(customer, life.price(500), trial_period_days=30)

    gone = life.v1.customers.delete(customer)
    life.advance(APRIL)

    assert gone.deleted is True
    assert [life.again(each).status for each in (monthly, trial)] == ["canceled", "canceled"]
    assert (life.totals(monthly), life.totals(trial)) == ([1000], [0])
    with pytest.raises(stripe.InvalidRequestError):
        life.subscribe(customer, life.price(700))


# -- what cannot be collected ------------------------------------------------------------------------------------------


def test_a_new_source_pays_what_is_past_due_at_once(life, past_due):
    """Rule S11."""
    before = life.invoices(past_due)[-1]

    life.v1.customers.update(past_due.customer, {"source": "tok_visa"})

    paid = life.invoices(past_due)[-1]
    assert (before.status, before.attempt_count, before.next_payment_attempt) == (
        "open", 1, FEBRUARY + DRAFT_FOR + DAY,
    )  # fmt: skip
    assert (paid.id, paid.status, paid.attempt_count) == (before.id, "paid", 2)
    assert (paid.amount_paid, paid.next_payment_attempt) == (1000, None)
    assert life.again(past_due).status == "active"
    life.advance(APRIL + 2 * HOUR)
    assert [invoice.status for invoice in life.invoices(past_due)] == ["paid"] * 4


def test_a_source_that_fails_again_leaves_the_calendar_as_it_was(life, past_due):
    """Rule S11: the try is no automatic one, so the next one stays where it is, and all four are still to come."""
    life.advance(FEBRUARY + 5 * HOUR)

    life.v1.customers.update(past_due.customer, {"source": DECLINED})

    failed = life.invoices(past_due)[-1]
    assert (failed.status, failed.attempt_count) == ("open", 2)
    assert failed.next_payment_attempt == FEBRUARY + DRAFT_FOR + DAY
    life.advance(FEBRUARY + DRAFT_FOR + DAY)
    tried = life.invoices(past_due)[-1]
    assert (tried.attempt_count, tried.next_payment_attempt) == (
        3, FEBRUARY + DRAFT_FOR + 4 * DAY,
    )  # fmt: skip


def test_another_default_source_waits_for_the_next_try(life, past_due):
    """Rule S11: changing `default_source` does not bring a try forward."""
    card = life.v1.customers.payment_sources.create(past_due.customer, {"source": "tok_visa"})
    life.v1.customers.update(past_due.customer, {"default_source": card.id})
    unchanged = life.invoices(past_due)[-1]

    life.advance(FEBRUARY + DRAFT_FOR + DAY)

    assert (unchanged.status, unchanged.attempt_count, unchanged.next_payment_attempt) == (
        "open", 1, FEBRUARY + DRAFT_FOR + DAY,
    )  # fmt: skip
    paid = life.invoices(past_due)[-1]
    assert (paid.status, paid.attempt_count) == ("paid", 2)
    assert life.again(past_due).status == "active"


def test_only_the_latest_open_invoice_is_tried(life, customer):
    """Rule S11, where several periods are unpaid."""
    weekly = life.subscribe(customer, life.price(1000, "week"))
    life.v1.customers.update(customer, {"source": DECLINED})
    life.advance(START + 14 * DAY + DRAFT_FOR, stride=14 * DAY)
    _, older, _ = life.invoices(weekly)

    life.v1.customers.update(customer, {"source": "tok_visa"})

    first, unpaid, latest = life.invoices(weekly)
    assert [each.status for each in (first, unpaid, latest)] == ["paid", "open", "paid"]
    assert (unpaid.attempt_count, unpaid.next_payment_attempt) == (
        older.attempt_count, older.next_payment_attempt,
    )  # fmt: skip
    assert life.again(weekly).status == "active"


def test_what_is_never_paid_ends_the_subscription_after_four_more_tries(life, past_due):
    first = FEBRUARY + DRAFT_FOR

    life.advance(first + 16 * DAY - 1)
    before = life.again(past_due).status
    life.advance(APRIL)

    invoice, ended = life.invoices(past_due)[-1], life.again(past_due)
    assert life.events("invoice.payment_failed", invoice) == [
        first + days * DAY for days in (0, 1, 4, 9, 16)
    ]
    assert (invoice.status, invoice.attempt_count, invoice.next_payment_attempt) == (
        "open",
        5,
        None,
    )
    assert (before, ended.status, ended.ended_at) == ("past_due", "canceled", first + 16 * DAY)
    assert ended.cancellation_details.reason == "payment_failed"
    assert life.totals(past_due) == [1000, 1000]
    failed = life.v1.charges.list({"customer": past_due.customer, "limit": 100})
    assert [charge.status for charge in failed].count("failed") == 5


# -- other ways to pay -------------------------------------------------------------------------------------------------


def test_invoices_that_are_sent_can_be_paid_elsewhere(life):
    subscription = life.subscribe(
        life.customer(source=""),
        life.price(1000),
        collection_method="send_invoice",
        days_until_due=10,
    )

    life.advance(START + 11 * DAY)
    (sent,) = life.invoices(subscription)
    paid = life.v1.invoices.pay(sent.id, {"paid_out_of_band": True})

    assert (sent.status, sent.due_date) == ("open", START + DRAFT_FOR + 10 * DAY)
    assert len(life.events("invoice.sent", sent)) == 1
    assert life.events("invoice.overdue", sent) == [sent.due_date]
    assert (paid.status, paid.amount_remaining, paid.attempt_count) == ("paid", 0, 0)
    assert life.again(subscription).status == "active"
    assert life.v1.charges.list({"customer": subscription.customer}).data == []


def test_a_card_that_omise_saved_pays_a_stripe_subscription(life, omise_below):
    customer = life.customer(source="")
    john = omise.Customer.retrieve(customer)
    john.update(card=token())

    subscription = life.subscribe(customer, life.price(29_900, currency="thb"))
    life.advance(MARCH + 2 * HOUR)

    assert [sums(invoice)[1::2] for invoice in life.invoices(subscription)] == [(29_900, "thb")] * 3
    assert {invoice.status for invoice in life.invoices(subscription)} == {"paid"}
    charged = life.v1.charges.list({"customer": customer})
    seen = [omise.Charge.retrieve(charge.id) for charge in charged]
    assert [(each.amount, each.currency, each.paid, each.customer) for each in seen] == [
        (29_900, "THB", True, john.id)
    ] * 3


def test_what_is_void_keeps_its_number(life, monthly):
    life.v1.subscriptions.update(monthly.id, {"pause_collection": {"behavior": "void"}})
    life.advance(FEBRUARY + 2 * HOUR)
    life.v1.invoice_items.create({"customer": monthly.customer, "amount": 300, "currency": "usd"})
    draft = life.v1.invoices.create({
        "customer": monthly.customer, "pending_invoice_items_behavior": "include",
    })  # fmt: skip
    deleted = life.v1.invoices.create({"customer": monthly.customer})
    life.v1.invoices.delete(deleted.id)
    life.v1.invoices.finalize_invoice(draft.id)
    life.v1.invoices.pay(draft.id)

    found = life.customers_invoices(monthly.customer)

    assert [invoice.status for invoice in found] == ["paid", "void", "paid"]
    prefix = life.v1.customers.retrieve(monthly.customer).invoice_prefix
    assert [invoice.number for invoice in found] == [f"{prefix}-{place:04d}" for place in (1, 2, 3)]
