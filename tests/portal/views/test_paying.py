"""Customers pay an invoice on its page: by a card's token or a bank account, once, and see what became of it."""

import re

import pytest

from customers.kit import clock
from payments.billing.models import Invoice
from payments.models import Charge
from payments.services import payment_methods, tokens
from portal.services import devices
from portal.views import doors
from tests.factories.customers import CustomerFactory
from tests.portal.views.test_adding import AUTHENTICATES, CARD, DECLINES
from tests.portal.views.test_home import text_of
from tests.seeds import statements as seeds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bill(session, customer):
    return seeds.invoice(
        customer, "Oak bookshelf", ago=2, status="open", collection_method="send_invoice",
        days_until_due=30, due_at=clock.now(),
    )  # fmt: skip


@pytest.fixture
def path(bill):
    return f"/portal/acme/invoices/{bill.pk}"


@pytest.fixture
def pay(client, path):
    def pay(**typed):
        page = client.get(path).content.decode()
        key = re.search(r'name="act_key" value="([^"]+)"', page)[1]
        return client.post(path, {"act_key": key, **typed})

    return pay


def token(number=CARD["number"]):
    return tokens.create_card({**CARD, "number": number}, at=clock.now()).pk


def status_of(bill):
    return Invoice.objects.get(pk=bill.pk).status


def test_page_shows_what_is_asked_for(client, bill, path):
    answer = client.get(path)

    said = text_of(answer)
    for words in (
        bill.number,
        "Oak bookshelf",
        "$29.00",
        "Overdue",
        "Download invoice",
        "Pay $29.00",
    ):
        assert words in said


def test_card_pays_and_the_customer_stays_in_the_portal(client, bill, path, pay):
    sent = pay(token=token())
    answer = client.get(sent["Location"], follow=True)

    assert sent["Location"].startswith(f"{path}/paid/")
    assert answer.redirect_chain == [(path, 302)]
    assert "Thank you, it is paid" in text_of(answer)
    assert "Download receipt" in text_of(answer)
    assert (status_of(bill), Charge.objects.count()) == ("paid", 1)
    assert 'name="act_key"' not in answer.content.decode()


def test_declined_card_is_said_and_another_one_pays(client, bill, path, pay):
    answer = client.get(pay(token=token(DECLINES))["Location"], follow=True)

    assert "The bank declined the card." in text_of(answer)
    assert status_of(bill) == "open"
    pay(token=token())
    assert status_of(bill) == "paid"


def test_bank_is_asked_on_a_page_of_its_own(client, bill, pay):
    answer = client.get(pay(token=token(AUTHENTICATES))["Location"])

    assert re.search(
        r'http-equiv="refresh" content="0; url=[^"]+/sandbox/', answer.content.decode()
    )
    assert status_of(bill) == "open"


def test_bank_account_that_is_saved_pays(client, customer, bill, path, pay):
    account = payment_methods.create(
        kind="sepa_debit", details={"iban": "DE89370400440532013000"}, at=clock.now(),
        billing_details={"name": "Jenny"},
    )  # fmt: skip
    payment_methods.attach(account, customer, at=clock.now())

    page = client.get(path)

    assert "SEPA Direct Debit •••• 3000" in text_of(page)


def test_saved_card_does_not_pay_without_its_code(client, customer, bill, pay):
    card = seeds.card(customer)

    answer = pay(**{"with": card.pk})

    assert (answer.status_code, status_of(bill), Charge.objects.count()) == (302, "open", 0)
    assert "Enter the security code of your card." in text_of(client.get(answer["Location"]))


def test_saved_card_pays_with_its_code(customer, bill, path, client, pay):
    card = payment_methods.create(kind="card", details=CARD, at=clock.now())
    payment_methods.attach(card, customer, at=clock.now())
    code = tokens.create_code("123", at=clock.now())

    page = client.get(path)
    pay(**{"with": card.pk, "cvc_token": code.pk})

    assert "Security code of Visa •••• 4242" in text_of(page)
    assert status_of(bill) == "paid"


@pytest.fixture
def card(site, customer):
    """A saved card at a site that asks for its code except on trusted devices."""
    site.asks_security_codes = "unless_trusted"
    site.save()
    made = payment_methods.create(kind="card", details=CARD, at=clock.now())
    return payment_methods.attach(made, customer, at=clock.now())


def test_trusted_device_pays_with_a_saved_card_alone(client, customer, bill, path, pay, card):
    cookie = devices.trust(customer, at=clock.now())
    client.cookies[doors.device_cookie_name("acme")] = cookie

    page = client.get(path)
    pay(**{"with": card.pk})

    assert "Security code of" not in text_of(page)
    assert status_of(bill) == "paid"
    assert client.cookies[doors.device_cookie_name("acme")].value == cookie


def test_device_that_is_trusted_no_more_asks_for_the_code(client, customer, bill, path, pay, card):
    client.cookies[doors.device_cookie_name("acme")] = devices.trust(customer, at=clock.now())
    devices.revoke_all(customer, at=clock.now())

    page = client.get(path)
    pay(**{"with": card.pk})

    assert "Security code of Visa •••• 4242" in text_of(page)
    assert (status_of(bill), Charge.objects.count()) == ("open", 0)


def test_other_customers_account_does_not_pay(bill, pay):
    theirs = seeds.card(CustomerFactory(), kind="sepa_debit", exp_month=None, exp_year=None)

    answer = pay(**{"with": theirs.pk})

    assert (answer.status_code, status_of(bill)) == (404, "open")


def test_two_clicks_pay_once(client, bill, path):
    key = "a" * 24
    first = client.post(path, {"act_key": key, "token": token()})

    second = client.post(path, {"act_key": key, "token": token()})

    assert first.status_code == 302
    assert second.status_code in {200, 302}
    assert Charge.objects.count() == 1


def test_paid_invoice_takes_no_money(client, customer, session):
    paid = seeds.invoice(customer, "Oak", ago=3)

    answer = client.post(f"/portal/acme/invoices/{paid.pk}", {"token": "tok_visa"})

    assert answer.status_code == 200
    assert Charge.objects.count() == 0


def test_who_only_looks_pays_nothing(client, session, bill, path):
    session.is_read_only, session.origin, session.actor = True, "staff", "robin@example.com"
    session.verified_at = None
    session.save()

    answer = client.post(path, {"act_key": "a" * 24, "token": token()})

    assert (answer.status_code, status_of(bill)) == (302, "open")
    assert 'name="act_key"' not in client.get(path).content.decode()


def test_payments_of_others_are_not_found(client, path):
    assert client.get(f"{path}/paid/{'b' * 24}").status_code == 404
