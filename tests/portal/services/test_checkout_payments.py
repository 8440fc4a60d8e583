"""Paying a checkout: once, with a card that may ask for the customer, by whom the email says."""

import pytest

from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState, NotFound
from customers.models import Customer
from payments.billing.models import Invoice, Subscription
from payments.gateways.base import Outcome, Result
from payments.models import Charge, Operation, PaymentIntent, PaymentMethod
from payments.services import reconciling
from portal.services import checkout_outcomes, checkouts
from portal.services import checkout_payments as payments
from portal.services import checkout_visits as visits
from tests.portal.checking_out import CLUB, LAMP, through_the_bank, till, told

__all__ = ["till"]
VISIT = "pm_card_threeDSecure2Required"


def _paid():
    rows = Charge.objects.filter(status=Charge.Status.SUCCEEDED)
    return list(rows.values_list("amount", "currency"))


def test_a_new_email_becomes_a_customer_who_has_paid(till):
    session = till.named(till.session(), name="Jenny Rosen", phone="+1 555 0100")

    done = till.pay(session)

    customer = Customer.objects.get()
    assert (customer.email, customer.name, customer.phone) == (
        "jenny@example.com", "Jenny Rosen", "+1 555 0100",
    )  # fmt: skip
    assert (done.status, done.payment_status, done.customer_id) == (
        "complete", "paid", customer.pk,
    )  # fmt: skip
    assert _paid() == [(3000, "usd")]
    assert told(done) == ["checkout.session.completed"]


def test_an_email_that_is_known_finds_its_customer_and_changes_nothing_of_theirs(till):
    known = till.post("customers", email="Jenny@example.com", name="Jenny")["id"]

    done = till.pay(till.named(till.session(), name="Somebody Else"))

    assert done.customer_id == known
    assert not done.is_customer_known
    assert Customer.objects.get().name == "Jenny"


def test_a_customer_who_was_named_by_the_merchant_pays(till):
    known = till.post("customers", email="jenny@example.com")["id"]

    done = till.pay(till.session(customer=known))

    assert (done.customer_id, done.is_customer_known) == (known, True)
    assert PaymentIntent.objects.get().customer_id == known


def test_a_customer_who_was_deleted_does_not_pay(till):
    known = till.post("customers", email="jenny@example.com")["id"]
    session = till.session(customer=known)
    till.ok(till.api.delete(f"customers/{known}"))

    with pytest.raises(NotFound):
        till.pay(session)

    assert not PaymentIntent.objects.exists()


def test_a_guest_pays_without_becoming_a_customer(till):
    done = till.pay(till.named(till.session(customer_creation="if_required")))

    assert (done.status, done.customer_id) == ("complete", None)
    assert not Customer.objects.exists()


def test_nobody_pays_without_an_email(till):
    session = till.session()

    with pytest.raises(InvalidRequest) as refused:
        till.pay(session)

    assert (refused.value.param, refused.value.code) == ("email", "parameter_missing")
    assert checkouts.get(session.pk).begun_at is None


def test_the_same_try_pays_once(till):
    session = till.named(till.session())

    till.pay(session)
    again = till.pay(session)

    assert again.status == "complete"
    assert _paid() == [(3000, "usd")]


def test_another_try_after_it_is_paid_takes_nothing(till):
    session = till.named(till.session())
    till.pay(session)

    again = till.pay(session, act="second")

    assert again.status == "complete"
    assert _paid() == [(3000, "usd")]
    assert told(session) == ["checkout.session.completed"]


def test_a_declined_card_leaves_the_session_open_for_another(till):
    session = till.named(till.session())

    with pytest.raises(CardDeclined):
        till.pay(session, "pm_card_visa_chargeDeclined")
    between = checkouts.get(session.pk)
    done = till.pay(session, act="second")

    assert (between.status, between.payment_status) == ("open", "unpaid")
    assert done.status == "complete"
    assert PaymentIntent.objects.count() == 1
    assert _paid() == [(3000, "usd")]


def test_a_payment_that_the_bank_asks_about_is_complete_when_the_customer_comes_back(till, client):
    session = till.named(till.session())

    waiting = till.pay(session, VISIT)
    back = through_the_bank(client, waiting)
    done = payments.come_back(waiting, at=till.at)

    assert (waiting.status, payments.intent_of(waiting).status) == ("open", "succeeded")
    assert back.startswith(checkouts.url_of(session))
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert told(done) == ["checkout.session.completed"]


def test_a_payment_is_finished_by_the_worker_where_the_customer_stays_away(till, client):
    waiting = till.pay(till.named(till.session()), VISIT)
    through_the_bank(client, waiting)
    before = checkouts.get(waiting.pk)

    checkout_outcomes.carry_out(before, at=till.later(minutes=1))

    done = checkouts.get(waiting.pk)
    assert before.status == "open"
    assert before.due_at < before.expires_at
    assert (done.status, done.payment_status, done.due_at) == ("complete", "paid", None)


def test_a_customer_who_fails_at_the_bank_tries_another_card(till, client):
    waiting = till.pay(till.named(till.session()), VISIT)
    through_the_bank(client, waiting, "fail")

    open_ = payments.come_back(waiting, at=till.at)
    done = till.pay(open_, act="second")

    assert (open_.status, done.status) == ("open", "complete")
    assert _paid() == [(3000, "usd")]


def test_more_than_the_customer_has_seen_is_never_taken(till):
    session = till.named(till.session())

    with pytest.raises(InvalidState) as refused:
        till.pay(session, amount=2999)

    assert refused.value.code == "checkout_amount_changed"
    assert not PaymentIntent.objects.exists()


def test_a_method_of_a_type_that_the_session_does_not_take_is_refused(till):
    session = till.named(till.session())

    with pytest.raises(InvalidRequest) as refused:
        till.pay(session, "pm_usBankAccount_success")

    assert refused.value.param == "payment_method"


def test_what_comes_to_nothing_is_complete_without_a_card(till):
    coupon = till.post("coupons", percent_off=100, duration="once")["id"]
    session = till.named(till.session(discounts=[{"coupon": coupon}]))

    done = payments.begin(session, amount=0, at=till.at)

    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert not PaymentIntent.objects.exists()


def test_a_subscription_begins_with_its_payment(till):
    session = till.named(till.subscription(CLUB, LAMP, subscription_data={"metadata": {"a": "b"}}))

    done = till.pay(session)

    subscription = Subscription.objects.get()
    invoice = Invoice.objects.get()
    assert (done.status, done.payment_status, done.subscription_id, done.invoice_id) == (
        "complete", "paid", subscription.pk, invoice.pk,
    )  # fmt: skip
    assert (subscription.status, subscription.metadata) == ("active", {"a": "b"})
    assert subscription.default_payment_method.customer_id == done.customer_id
    assert (invoice.status, invoice.total, done.amount_total) == ("paid", 4000, 4000)


def test_a_subscription_whose_card_was_declined_takes_another(till):
    session = till.named(till.subscription())

    with pytest.raises(CardDeclined):
        till.pay(session, "pm_card_visa_chargeDeclined")
    between = Subscription.objects.get()
    done = till.pay(session, act="second")

    subscription = Subscription.objects.get()
    assert (between.status, subscription.status, done.status) == (
        "incomplete",
        "active",
        "complete",
    )
    assert _paid() == [(1000, "usd")]
    assert PaymentMethod.objects.filter(customer=done.customer).count() == 1


def test_a_trial_saves_a_card_and_costs_nothing(till):
    session = till.named(till.subscription(subscription_data={"trial_period_days": 14}))

    done = till.pay(session)

    subscription = Subscription.objects.get()
    assert (done.status, done.payment_status, done.amount_total) == (
        "complete", "no_payment_required", 0,
    )  # fmt: skip
    assert subscription.status == "trialing"
    assert subscription.default_payment_method.customer_id == done.customer_id
    assert not Charge.objects.exists()


def test_a_trial_may_begin_without_a_card(till):
    session = till.named(
        till.subscription(
            subscription_data={"trial_period_days": 14}, payment_method_collection="if_required"
        )
    )

    done = payments.begin(session, amount=0, at=till.at)

    assert (done.status, Subscription.objects.get().status) == ("complete", "trialing")


def test_a_card_is_saved_without_a_payment(till):
    session = till.named(till.session(mode="setup", currency="usd"))

    done = till.pay(session)

    method = PaymentMethod.objects.get(customer=done.customer)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert (method.last4, done.setup_intent_id.partition("_")[0]) == ("4242", "seti")


def test_saving_a_card_may_ask_for_the_customer(till, client):
    session = till.named(till.session(mode="setup"))

    waiting = till.pay(session, "pm_card_authenticationRequired")
    through_the_bank(client, waiting)
    done = payments.come_back(waiting, at=till.at)

    assert (waiting.status, done.status) == ("open", "complete")


def test_a_payment_gets_an_invoice_where_that_is_wanted(till):
    vat = till.post("tax_rates", display_name="VAT", percentage="10", inclusive=False)["id"]
    session = till.named(
        till.session(
            {**LAMP, "tax_rates": [vat]},
            invoice_creation={"enabled": True, "invoice_data": {"footer": "Thanks"}},
        )
    )

    done = till.pay(session)

    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total, invoice.footer) == ("paid", 3300, "Thanks")
    assert (done.status, done.invoice_id, done.amount_tax) == ("complete", invoice.pk, 300)


def test_a_promotion_code_is_redeemed_once(till):
    code = _code(till, max_redemptions=1)
    first = till.named(till.session(allow_promotion_codes=True))
    second = till.named(till.session(allow_promotion_codes=True), email="bob@example.com")
    for session in (first, second):
        visits.apply_code(session, "save10", at=till.at)

    done = till.pay(first)
    with pytest.raises(InvalidRequest):
        till.pay(second)

    assert (done.amount_total, _paid()) == (2700, [(2700, "usd")])
    assert till.get(f"promotion_codes/{code}")["times_redeemed"] == 1
    assert checkouts.get(second.pk).begun_at is None


def test_a_code_that_nobody_paid_with_can_be_had_again(till):
    code = _code(till, max_redemptions=1)
    session = till.named(till.session(allow_promotion_codes=True))
    visits.apply_code(session, "SAVE10", at=till.at)
    with pytest.raises(CardDeclined):
        till.pay(session, "pm_card_visa_chargeDeclined")
    held = till.get(f"promotion_codes/{code}")

    checkouts.expire(checkouts.get(session.pk), at=till.at)

    after = till.get(f"promotion_codes/{code}")
    assert (held["times_redeemed"], held["active"]) == (1, False)
    assert (after["times_redeemed"], after["active"]) == (0, True)


def _code(till, **more):
    coupon = till.post("coupons", percent_off=10, duration="once")["id"]
    return till.post(
        "promotion_codes",
        {"promotion": {"type": "coupon", "coupon": coupon}},
        code="SAVE10",
        **more,
    )["id"]


def test_what_was_asked_for_must_be_said(till):
    session = till.named(
        till.session(
            billing_address_collection="required", phone_number_collection={"enabled": True},
            consent_collection={"terms_of_service": "required"},
            custom_fields=[{"key": "size", "label": {"type": "custom", "custom": "Size"}, "type": "text"}],
        )
    )  # fmt: skip
    answers = {
        "address": {"line1": "510 Townsend St", "country": "US"},
        "phone": "+1 555 0100",
        "consent": {"terms_of_service": "accepted"},
        "custom_fields": {"size": "M"},
    }

    missing = []
    for name, value in answers.items():
        with pytest.raises(InvalidRequest) as refused:
            till.pay(session)
        missing.append(refused.value.param)
        visits.describe(session, said={name: value}, at=till.at)

    assert missing == ["address", "phone", "consent[terms_of_service]", "custom_fields[size]"]
    assert till.pay(session).status == "complete"


def test_a_business_is_kept_apart_from_the_person_who_pays(till):
    session = till.session(
        tax_id_collection={"enabled": True}, name_collection={"business": {"enabled": True}}
    )
    session = till.named(
        session, individual_name="Jenny Rosen", business_name="Rosen GmbH",
        address={"line1": "Weg 1", "city": "Berlin", "country": "DE"},
        business_address={"line1": "Allee 2", "city": "Bonn", "country": "DE"},
        tax_ids=[{"type": "eu_vat", "value": "DE123456789"}],
    )  # fmt: skip

    till.pay(session)

    customer = Customer.objects.get()
    business = customer.organization
    assert (customer.name, customer.default_addresses["billing"]["city"]) == (
        "Jenny Rosen",
        "Berlin",
    )
    assert (business.name, business.tax_id_value, business.city) == (
        "Rosen GmbH", "DE123456789", "Bonn",
    )  # fmt: skip


EURO = {**LAMP, "price_data": {**LAMP["price_data"], "currency": "eur"}}
SAID = {"type": "offline"}


@pytest.mark.parametrize(
    ("outcome", "payment_status", "event"),
    [
        (Outcome(Result.DONE), "paid", "checkout.session.async_payment_succeeded"),
        (
            Outcome(Result.DECLINED, code="debit_not_authorized", message="No."),
            "unpaid",
            "checkout.session.async_payment_failed",
        ),
    ],
    ids=["paid", "failed"],
)
def test_a_debit_completes_the_session_before_it_is_paid(till, outcome, payment_status, event):
    session = till.named(till.session(EURO, payment_method_types=["sepa_debit"]))

    done = till.pay(session, "pm_successDelayed_de", acceptance=SAID)
    reconciling.settle(Operation.objects.get(), outcome, at=till.later(days=3))

    after = checkouts.get(session.pk)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    assert (after.status, after.payment_status) == ("complete", payment_status)
    assert told(session) == ["checkout.session.completed", event]


def test_an_account_that_waits_for_microdeposits_completes_the_session(till):
    session = till.named(till.session(payment_method_types=["us_bank_account"]))

    done = till.pay(session, "pm_usBankAccount_success", acceptance=SAID)

    assert (done.status, done.payment_status) == ("complete", "unpaid")


def test_a_repeated_begin_makes_one_payment(till):
    session = till.named(till.session())

    payments.begin(session, amount=3000, at=till.at)
    payments.begin(session, amount=3000, at=till.at)

    assert PaymentIntent.objects.count() == 1


def test_methods_are_shown_to_those_only_who_are_known(till):
    customer = till.post("customers", email="jenny@example.com")["id"]
    till.post("payment_methods/pm_card_visa/attach", customer=customer)
    stranger = till.named(till.session())
    known = visits.identify(till.session(), Customer.objects.get(), at=till.at)

    assert visits.methods_of(stranger) == []
    assert [method.last4 for method in visits.methods_of(known)] == ["4242"]
