"""Sessions as the API makes, changes and ends them; and what a customer chooses before paying."""

import pytest

from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from payments.billing.models import Invoice, Subscription
from payments.models import PaymentIntent, SetupIntent
from portal.models import CheckoutItem
from portal.services import checkout_outcomes, checkouts
from portal.services import checkout_payments as payments
from portal.services import checkout_visits as visits
from tests.portal.checking_out import CLUB, LAMP, through_the_bank, till, told

__all__ = ["till"]
VISIT = "pm_card_threeDSecure2Required"


def _amounts(session):
    row = checkouts.get(session.pk)
    return (
        row.amount_subtotal,
        row.amount_discount,
        row.amount_shipping,
        row.amount_tax,
        row.amount_total,
    )


def _rate(till, amount):
    return till.post(
        "shipping_rates", display_name="Post", fixed_amount={"amount": amount, "currency": "usd"}
    )["id"]


def test_a_session_comes_to_what_an_invoice_would(till):
    vat = till.post("tax_rates", display_name="VAT", percentage="10", inclusive=False)["id"]
    coupon = till.post("coupons", percent_off=10, duration="once")["id"]
    rate = _rate(till, 500)

    session = till.session(
        {**LAMP, "tax_rates": [vat]},
        discounts=[{"coupon": coupon}],
        shipping_options=[{"shipping_rate": rate}],
    )

    assert _amounts(session) == (3000, 300, 500, 270, 3470)


def test_the_customer_chooses_how_many_and_how_it_is_sent(till):
    item = {**LAMP, "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 5}}
    rates = [_rate(till, 500), _rate(till, 900)]
    session = till.session(item, shipping_options=[{"shipping_rate": rate} for rate in rates])
    (row,) = visits.items_of(session)

    visits.choose_quantity(session, row.pk, 3, at=till.at)
    visits.choose_shipping(session, rates[1], at=till.at)

    assert _amounts(session) == (4500, 0, 900, 0, 5400)


@pytest.mark.parametrize("quantity", [0, 6])
def test_a_quantity_outside_the_bounds_is_refused(till, quantity):
    item = {**LAMP, "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 5}}
    session = till.session(item)
    (row,) = visits.items_of(session)

    with pytest.raises(InvalidRequest):
        visits.choose_quantity(session, row.pk, quantity, at=till.at)

    assert _amounts(session)[0] == 3000


def test_a_fixed_quantity_is_not_chosen(till):
    session = till.session()
    (row,) = visits.items_of(session)

    with pytest.raises(InvalidRequest):
        visits.choose_quantity(session, row.pk, 1, at=till.at)


def test_an_item_of_another_session_is_not_found(till):
    (foreign,) = visits.items_of(till.session())

    with pytest.raises(NotFound):
        visits.choose_quantity(till.session(), foreign.pk, 1, at=till.at)


def test_codes_are_taken_only_where_they_are_wanted(till):
    with pytest.raises(InvalidRequest) as refused:
        visits.apply_code(till.session(), "SAVE10", at=till.at)

    assert refused.value.code == "promotion_code_invalid"


def test_a_code_is_taken_and_given_back(till):
    coupon = till.post("coupons", percent_off=10, duration="once")["id"]
    till.post("promotion_codes", promotion={"type": "coupon", "coupon": coupon}, code="SAVE10")
    session = till.session(allow_promotion_codes=True)

    visits.apply_code(session, " save10 ", at=till.at)
    with_code = _amounts(session)
    visits.remove_code(session, at=till.at)

    assert (with_code[4], _amounts(session)[4]) == (2700, 3000)


def test_nothing_changes_once_the_payment_has_begun(till):
    session = till.named(till.session(allow_promotion_codes=True))
    payments.begin(session, amount=3000, at=till.at)

    with pytest.raises(InvalidState) as refused:
        visits.apply_code(session, "SAVE10", at=till.at)

    assert refused.value.code == "checkout_session_begun"


def test_a_session_is_opened_by_its_secret_alone(till):
    session = till.session()

    assert visits.opened(session.secret) == session
    for wrong in (session.pk, "", "x" * 32):
        with pytest.raises(NotFound):
            visits.opened(wrong)


def test_the_customer_lands_with_the_sessions_id(till):
    session = till.session()

    assert visits.landing(session) == f"https://shop.example.com/thanks?session={session.pk}"


def test_an_open_session_expires_by_itself(till):
    session = till.session()
    after = session.expires_at

    checkout_outcomes.carry_out(session, at=after)

    row = checkouts.get(session.pk)
    assert (row.status, row.payment_status, row.due_at) == ("expired", "unpaid", None)
    assert told(session) == ["checkout.session.expired"]
    assert not visits.is_open(row, at=after)


def test_a_late_customer_finds_the_session_expired(till):
    session = till.named(till.session())

    with pytest.raises(InvalidState) as refused:
        payments.begin(session, amount=3000, at=session.expires_at)

    assert refused.value.code == "checkout_session_expired"


def test_expiring_calls_off_what_waits_for_the_customer(till):
    session = till.pay(till.named(till.session()), VISIT)

    checkout_outcomes.carry_out(session, at=session.expires_at)

    assert checkouts.get(session.pk).status == "expired"
    assert PaymentIntent.objects.get().status == "canceled"


def test_expiring_ends_a_subscription_that_was_never_paid(till):
    session = till.pay(till.named(till.subscription()), VISIT)

    checkouts.expire(session, at=till.at)

    assert checkouts.get(session.pk).status == "expired"
    assert Subscription.objects.get().status in ("canceled", "incomplete_expired")
    assert Invoice.objects.get().status == "void"


def test_expiring_gives_up_a_card_that_was_not_saved(till):
    session = till.pay(till.named(till.session(mode="setup")), "pm_card_authenticationRequired")

    checkouts.expire(session, at=till.at)

    assert SetupIntent.objects.get().status == "canceled"


def test_a_payment_that_came_through_in_time_is_complete_and_not_expired(till, client):
    session = till.pay(till.named(till.session()), VISIT)
    through_the_bank(client, session)

    checkout_outcomes.carry_out(checkouts.get(session.pk), at=session.expires_at)

    assert checkouts.get(session.pk).status == "complete"


def test_a_complete_session_does_not_expire(till):
    done = till.pay(till.named(till.session()))

    with pytest.raises(InvalidState):
        checkouts.expire(done, at=till.at)

    assert checkouts.get(done.pk).status == "complete"


def test_items_are_replaced_by_those_that_are_said(till):
    session = till.session(LAMP, {**LAMP, "quantity": 1})
    first, _second = visits.items_of(session)

    till.post(
        f"checkout/sessions/{session.pk}", {"line_items": [{"id": first.pk, "quantity": 4}, LAMP]}
    )

    kept, added = CheckoutItem.objects.filter(session=session).order_by("position")
    assert (kept.pk, kept.quantity, added.quantity) == (first.pk, 4, 2)
    assert _amounts(session)[4] == 9000


def test_a_session_that_sells_keeps_an_item(till):
    session = till.session(LAMP)

    answer = till.api.json(f"checkout/sessions/{session.pk}", {"line_items": []})

    assert (answer.status, answer.error["param"]) == (400, "line_items")


def test_an_item_is_said_once(till):
    session = till.session(LAMP)
    (item,) = visits.items_of(session)

    answer = till.api.post(
        f"checkout/sessions/{session.pk}", {"line_items": [{"id": item.pk}, {"id": item.pk}]}
    )

    assert (answer.status, answer.error["param"]) == (400, "line_items[1][id]")


def test_all_of_a_subscription_recurs_alike(till):
    yearly = {**CLUB, "price_data": {**CLUB["price_data"], "recurring": {"interval": "year"}}}

    answer = till.api.post(
        "checkout/sessions",
        {
            "line_items": [CLUB, yearly],
            "mode": "subscription",
            "success_url": "https://a.example.com",
        },
    )

    assert (answer.status, answer.error["param"]) == (400, "line_items[1][price]")
