"""Customers add a card by its token or a bank account; the bank and the statement have their say; all is their own."""

import re

import pytest

from customers.kit import clock
from customers.models import Customer
from payments.models import Mandate, PaymentMethod, SetupIntent
from payments.services import tokens
from tests.factories.customers import CustomerFactory
from tests.factories.payments import GatewayAccountFactory
from tests.portal.views.test_home import text_of
from tests.seeds import statements as seeds

PATH = "/portal/acme/methods/add"
CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "34", "cvc": "123"}
AUTHENTICATES, DECLINES = "4000000000003220", "4000000000000002"
BANK = {
    "name": "Jenny Rosen", "account_holder_type": "individual", "account_type": "savings",
    "routing_number": "110000000", "account_number": "000123456789", "agrees": "on",
}  # fmt: skip
SEPA = {"name": "Jenny Rosen", "iban": "DE89370400440532013000", "agrees": "on"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def act_key(client, session):
    return re.search(r'name="act_key" value="([^"]+)"', client.get(PATH).content.decode())[1]


@pytest.fixture
def send(client, act_key):
    def send(kind, typed, **more):
        return client.post(f"{PATH}?kind={kind}", {**typed, "act_key": act_key, **more})

    return send


def token(number=CARD["number"]):
    return {"token": tokens.create_card({**CARD, "number": number}, at=clock.now()).pk}


def kept(customer):
    rows = PaymentMethod.objects.of_customer(customer).order_by("created_at")
    return list(rows.values_list("kind", "last4"))


def default_of(customer):
    found = Customer.objects.get(pk=customer.pk).default_payment_method_id
    return PaymentMethod.objects.get(pk=found).last4 if found else None


def test_card_is_added_and_becomes_the_first_default(client, customer, send):
    answer = send("card", token())

    assert answer["Location"] == "/portal/acme/methods"
    assert (kept(customer), default_of(customer)) == ([("card", "4242")], "4242")
    assert "Visa •••• 4242 was added." in text_of(client.get(answer["Location"]))


@pytest.mark.parametrize(("more", "last4"), [({}, "1111"), ({"default": "1"}, "4242")])
def test_customer_says_whether_it_pays_from_now_on(customer, send, more, last4):
    seeds.card(customer, last4="1111")

    send("card", token(), **more)

    assert default_of(customer) == last4


@pytest.mark.parametrize(("exp_year", "is_ticked"), [(2020, True), (2050, False)])
def test_it_is_offered_where_what_pays_now_cannot(client, customer, session, exp_year, is_ticked):
    seeds.card(customer, exp_year=exp_year)

    page = client.get(PATH).content.decode()

    assert ('name="default" value="1" checked' in page) is is_ticked


def test_two_clicks_add_one_card(customer, send):
    typed = token()
    first = send("card", typed)

    second = send("card", typed)

    assert first["Location"] == second["Location"] == "/portal/acme/methods"
    assert kept(customer) == [("card", "4242")]


def test_bank_is_asked_on_a_page_of_its_own(client, customer, send):
    answer = send("card", token(AUTHENTICATES), default="1")
    page = client.get(answer["Location"])

    intent = SetupIntent.objects.get()
    assert answer["Location"] == f"/portal/acme/methods/added/{intent.pk}?default=1"
    assert re.search(r'http-equiv="refresh" content="0; url=[^"]+/sandbox/', page.content.decode())
    assert kept(customer) == []


def test_card_that_is_declined_is_asked_for_again(customer, send):
    answer = send("card", token(DECLINES))

    assert answer.status_code == 200
    assert "Your bank refused this card." in text_of(answer)
    assert kept(customer) == []


def test_form_without_a_card_says_what_is_missing(customer, send):
    answer = send("card", {})

    assert answer.status_code == 200
    assert "No card arrived." in text_of(answer)


def test_sepa_account_is_added_with_its_mandate(customer, send):
    send("sepa_debit", SEPA)

    mandate = Mandate.objects.get()
    assert kept(customer) == [("sepa_debit", "3000")]
    assert (mandate.status, mandate.acceptance["language"]) == ("active", "en")


@pytest.mark.parametrize("name", ["agrees", "iban"])
def test_debit_that_lacks_something_is_not_saved(customer, send, name):
    answer = send("sepa_debit", {**SEPA, name: ""})

    assert answer.status_code == 200
    assert kept(customer) == []


def test_us_account_waits_for_what_its_statement_says(client, customer, send):
    waiting = send("us_bank_account", BANK)["Location"]
    wrong = client.post(waiting, {"first": "1", "second": "2"})
    listed = client.get("/portal/acme/methods")

    answer = client.post(waiting, {"first": "32", "second": "45"}, follow=True)

    assert (wrong.status_code, "has to be verified" in text_of(listed)) == (200, True)
    assert answer.redirect_chain[-1] == ("/portal/acme/methods", 302)
    assert (kept(customer), default_of(customer)) == ([("us_bank_account", "6789")], "6789")


def test_other_customers_intents_are_not_found(client, session):
    theirs = seeds.waiting(CustomerFactory())

    path = f"/portal/acme/methods/added/{theirs.pk}"

    assert client.get(path).status_code == 404
    assert client.post(path, {"first": "32", "second": "45"}).status_code == 404


def test_who_only_looks_adds_nothing(client, sign_in, customer):
    sign_in(customer, is_read_only=True, origin="staff", actor="robin@example.com")

    client.post(f"{PATH}?kind=sepa_debit", SEPA)

    assert kept(customer) == []
    assert not SetupIntent.objects.exists()


def test_gateway_that_takes_nothing_here_is_said(client, session, site):
    GatewayAccountFactory(kind="omise", is_active=True)

    answer = client.get(PATH)

    assert "Nothing can be added here at the moment." in text_of(answer)
