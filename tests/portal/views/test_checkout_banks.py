"""Bank accounts at a checkout: agreed to on the page, verified by deposits, paid or not some days later."""

import re

import pytest

from customers.models import Customer
from payments.billing.models import Invoice, Subscription
from payments.gateways.base import Outcome, Result
from payments.models import Mandate, Operation, PaymentMethod
from payments.services import payment_methods, reconciling
from portal.services import checkout_outcomes, checkouts
from tests.portal.checking_out import CLUB, LAMP, till, told
from tests.portal.views.test_checkout_identity import show
from tests.portal.views.test_checkouts import described, path_of, text_of

__all__ = ["till"]
EURO = {**LAMP, "price_data": {**LAMP["price_data"], "currency": "eur"}}
EURO_CLUB = {**CLUB, "price_data": {**CLUB["price_data"], "currency": "eur"}}
SEPA, BANK = "sepa_debit", "us_bank_account"
TYPES = {"payment_method_types": ["card", SEPA]}
IBAN = "DE08370400440532013003"  # of which the bank takes some days
TYPED = {"name": "Jenny Rosen", "iban": IBAN, "agrees": "on"}
US = {
    "name": "Jenny Rosen", "account_holder_type": "individual", "account_type": "checking",
    "routing_number": "110000000", "account_number": "000123456789", "agrees": "on",
}  # fmt: skip
SUCCEEDED, FAILED = (f"checkout.session.async_payment_{what}" for what in ("succeeded", "failed"))


def pay(client, session, kind=SEPA, **typed):
    path = f"{path_of(session)}?kind={kind}"
    key = re.search(r'name="act_key" value="([^"]+)"', text_of(client.get(path)))[1]
    amount = checkouts.get(session.pk).amount_due
    said = {"act": "pay", "amount": amount, "act_key": key, **typed}
    return client.post(path, said)


def settle(till, outcome, **later):
    reconciling.settle(Operation.objects.get(), outcome, at=till.later(**later))


def state_of(session):
    row = checkouts.get(session.pk)
    return row.status, row.payment_status


@pytest.mark.parametrize(
    ("outcome", "paid", "event", "says"),
    [
        (Outcome(Result.DONE), "paid", SUCCEEDED, "Thank you for your order"),
        (
            Outcome(Result.DECLINED, code="debit_not_authorized", message="No."),
            "unpaid", FAILED, "The payment did not go through",
        ),
    ],
    ids=["paid", "failed"],
)  # fmt: skip
def test_a_debit_is_agreed_to_and_known_days_later(client, till, outcome, paid, event, says):
    session = till.session(EURO, **TYPES)
    described(client, session)
    page = text_of(client.get(f"{path_of(session)}?kind={SEPA}"))

    pay(client, session, **TYPED)
    between, now = state_of(session), text_of(client.get(path_of(session)))
    settle(till, outcome, days=3)

    assert "data-card-key" not in page
    assert "to debit my account" in page.replace("\n", " ")
    assert between == ("complete", "unpaid")
    assert "Your bank takes some days for it." in now
    assert state_of(session) == ("complete", paid)
    assert told(session) == ["checkout.session.completed", event]
    assert says in text_of(client.get(path_of(session)))


def test_the_words_of_the_mandate_are_kept(client, till):
    session = till.session(EURO, **TYPES)
    described(client, session)

    pay(client, session, **TYPED)

    acceptance = Mandate.objects.get().acceptance
    assert (acceptance["type"], acceptance["language"]) == ("online", "en")
    assert "to debit my account" in acceptance["wording"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"agrees": ""}, "Tick this to go on."),
        ({"iban": "DE00123"}, "Only published test numbers are taken here."),
        ({"iban": ""}, "Fill this in."),
    ],
)
def test_what_cannot_be_debited_is_said_at_its_field(client, till, changes, says):
    session = till.session(EURO, **TYPES)
    described(client, session)

    page = pay(client, session, **{**TYPED, **changes})

    assert (page.status_code, state_of(session)) == (400, ("open", "unpaid"))
    assert says in text_of(page)
    assert IBAN not in text_of(page)


def test_a_card_pays_where_accounts_are_offered_too(client, till):
    session = till.session(EURO, **TYPES)
    described(client, session)

    page = text_of(client.get(path_of(session)))

    assert "data-card-key" in page
    assert f"?kind={SEPA}" in page


@pytest.mark.parametrize(
    ("item", "kinds"),
    [(LAMP, [BANK]), (EURO, [SEPA])],
    ids=["usd", "eur"],
)
def test_only_accounts_in_the_currency_are_offered(client, till, item, kinds):
    session = till.session(item, payment_method_types=["card", BANK, SEPA])
    described(client, session)

    page = text_of(client.get(path_of(session)))

    assert [kind for kind in (BANK, SEPA) if f"?kind={kind}" in page] == kinds


def test_an_account_is_verified_by_two_deposits_and_debited_then(client, till):
    session = till.session(payment_method_types=[BANK])
    described(client, session)
    pay(client, session, BANK, **US)
    waiting = text_of(client.get(path_of(session)))

    wrong = client.post(path_of(session), {"act": "deposits", "first": "1", "second": "2"})
    client.post(path_of(session), {"act": "deposits", "first": "32", "second": "45"})
    settle(till, Outcome(Result.DONE), days=4)

    assert "Two small amounts are on their way to the bank account ending in 6789" in waiting
    assert 'http-equiv="refresh"' not in waiting
    assert "Those are not the amounts that were sent." in text_of(wrong)
    assert state_of(session) == ("complete", "paid")
    assert told(session) == ["checkout.session.completed", SUCCEEDED]


def test_an_account_that_cannot_be_verified_fails(client, till):
    session = till.session(payment_method_types=[BANK])
    described(client, session)
    pay(client, session, BANK, **US)

    client.post(path_of(session), {"act": "deposits", "first": "10", "second": "11"})

    assert "The payment did not go through" in text_of(client.get(path_of(session)))
    assert told(session) == ["checkout.session.completed", FAILED]


def test_deposits_are_asked_of_nobody_who_paid_otherwise(client, till):
    session = till.session(EURO, **TYPES)

    answer = client.post(path_of(session), {"act": "deposits", "first": "32", "second": "45"})

    assert (answer.status_code, answer["Location"]) == (302, path_of(session))
    assert state_of(session) == ("open", "unpaid")


@pytest.mark.parametrize(
    ("kind", "typed", "title"),
    [(SEPA, TYPED, "Your bank account is saved"), (BANK, US, "Verify your bank account")],
)
def test_an_account_is_saved(client, till, kind, typed, title):
    session = till.session(mode="setup", currency="usd", payment_method_types=["card", kind])
    described(client, session)

    pay(client, session, kind, **typed)

    assert title in text_of(client.get(path_of(session)))
    assert state_of(session) == ("complete", "no_payment_required")
    assert PaymentMethod.objects.get().kind == kind
    client.post(path_of(session), {"act": "deposits", "first": "32", "second": "45"})
    assert PaymentMethod.objects.get().customer == Customer.objects.get()


def test_a_subscription_is_active_once_its_debit_is_through(client, till):
    session = till.subscription(EURO_CLUB, **TYPES)
    described(client, session)

    pay(client, session, **TYPED)
    between = state_of(session)
    settle(till, Outcome(Result.DONE), days=3)

    subscription = Subscription.objects.get()
    assert between == ("complete", "unpaid")
    assert state_of(session) == ("complete", "paid")
    assert (subscription.status, Invoice.objects.get().status) == ("active", "paid")
    assert subscription.default_payment_method.kind == SEPA
    assert told(session) == ["checkout.session.completed", SUCCEEDED]


def test_a_trial_begins_with_an_account(client, till):
    session = till.subscription(
        EURO_CLUB, payment_method_types=[SEPA], subscription_data={"trial_period_days": 14}
    )
    described(client, session)

    pay(client, session, **TYPED)

    subscription = Subscription.objects.get()
    assert state_of(session) == ("complete", "no_payment_required")
    assert (subscription.status, subscription.default_payment_method.kind) == ("trialing", SEPA)


def test_a_trial_gets_its_account_once_that_is_verified(client, till):
    session = till.subscription(
        payment_method_types=[BANK], subscription_data={"trial_period_days": 14}
    )
    described(client, session)
    pay(client, session, BANK, **US)
    before = Subscription.objects.get()

    client.post(path_of(session), {"act": "deposits", "first": "32", "second": "45"})
    due = checkouts.get(session.pk)
    checkout_outcomes.carry_out(due, at=till.later(minutes=1))

    subscription = Subscription.objects.get()
    assert (before.status, before.default_payment_method) == ("trialing", None)
    assert due.due_at is not None
    assert subscription.default_payment_method.customer == subscription.customer
    assert checkouts.get(session.pk).due_at is None


def test_a_saved_account_pays_after_the_code_and_without_another(client, till):
    pk = till.post("customers", email="jenny@example.com")["id"]
    account = payment_methods.create(
        kind=SEPA, details={"iban": IBAN}, billing_details={"name": "Jenny"}, at=till.at
    )
    payment_methods.attach(account, Customer.objects.get(pk=pk), at=till.at)
    till.post("setup_intents", customer=pk, payment_method=account.pk, confirm=True,
              payment_method_types=[SEPA],
              mandate_data={"customer_acceptance": {"type": "offline", "offline": {}}})  # fmt: skip
    session = till.session(EURO, **TYPES)
    described(client, session)
    before = text_of(client.get(f"{path_of(session)}?kind={SEPA}"))

    show(client, session)
    after = text_of(client.get(f"{path_of(session)}?kind={SEPA}"))
    pay(client, session, paying="saved", saved=account.pk)

    assert "•••• 3003" not in before
    assert "SEPA Direct Debit •••• 3003" in after
    assert state_of(session) == ("complete", "unpaid")
