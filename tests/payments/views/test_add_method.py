"""A customer follows a link, types a card or a bank account, and has it saved: once, in time, for themselves."""

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from customers.kit import clock
from customers.kit.errors import InvalidState
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from payments.forms import wordings
from payments.gateways.sandbox import faults
from payments.models import Mandate, PaymentMethod, SetupIntent
from payments.services import attachments, gateway_accounts, hosted_links
from tests import hidden_numbers
from tests.card_entry import refusal_of, token_of, words_on
from tests.factories.customers import CustomerFactory
from tests.factories.payments import GatewayAccountFactory

BANK = {
    "name": "Jenny Rosen", "account_holder_type": "individual", "account_type": "savings",
    "routing_number": "110 000 000", "account_number": "000123456789", "agrees": "on",
}  # fmt: skip
SEPA = {"name": "Jenny Rosen", "iban": "de89 3704 0044 0532 0130 00", "agrees": "on"}
AMEX = {"number": "378282246310005", "cvc": hidden_numbers.SECURITY_CODES[0]}
KINDS = {"card": {}, "us_bank_account": BANK, "sepa_debit": SEPA}


@pytest.fixture
def customer(scope):
    return CustomerFactory(name="Jenny Rosen", email="jenny@example.com")


@pytest.fixture
def make(customer, settings):
    def made(**options):
        address = hosted_links.make(customer, at=clock.now(), **options)
        return address.removeprefix(settings.PUBLIC_URL)

    return made


@pytest.fixture
def link(make):
    return make()


def send(client, link, kind="card", **changes):
    typed = {name: text for name, text in {**KINDS[kind], **changes}.items() if text is not None}
    if kind == "card":
        page = client.get(f"{link}?kind=card")
        has_entry = b"data-card-key" in page.content
        typed = {"token": token_of(client, page, **typed) if has_entry else "tok_visa"}
    return client.post(f"{link}?kind={kind}", typed, headers={"User-Agent": "Lynx"})


def text_of(answer):
    return html.unescape(answer.content.decode())


def methods(customer):
    rows = PaymentMethod.objects.of_customer(customer)
    return list(rows.values_list("kind", "last4", "verification"))


def later(monkeypatch, **after):
    at = clock.now() + hosted_links.LIVES + timedelta(**after)
    monkeypatch.setattr(clock, "now", lambda: at)


def test_card_is_saved_and_becomes_the_default(client, customer, link):
    sent = send(client, link)
    answer = client.get(sent.url)

    assert (sent.status_code, sent.url, answer.status_code) == (302, link, 200)
    assert "The card ending in 4242" in text_of(answer)
    assert methods(customer) == [("card", "4242", "")]
    method = PaymentMethod.objects.of_customer(customer).get()
    assert (method.exp_month, method.exp_year) == (12, 2034)
    assert method.billing_details == {"name": "Jenny Rosen"}
    assert Customer.objects.get(pk=customer.pk).default_payment_method_id == method.pk
    assert not Mandate.objects.exists()


@pytest.mark.parametrize("kind", ["us_bank_account", "sepa_debit"])
def test_debit_is_saved_with_what_the_customer_agreed_to(client, customer, site, link, kind):
    at = clock.now()

    send(client, link, kind)

    mandate = Mandate.objects.get()
    intent = SetupIntent.objects.get()
    said = mandate.acceptance
    assert (intent.mandate_id, mandate.payment_method_id) == (mandate.pk, intent.payment_method_id)
    assert abs(said.pop("accepted_at") - at.timestamp()) < 60
    assert said == {
        "type": "online", "ip_address": "127.0.0.1", "user_agent": "Lynx", "language": "en",
        "wording": wordings.of(kind, site.name),
    }  # fmt: skip


def test_sepa_account_can_be_debited_at_once(client, customer, link):
    answer = client.get(send(client, link, "sepa_debit").url)

    mandate = Mandate.objects.get()
    assert "The bank account ending in 3000" in text_of(answer)
    assert mandate.reference in text_of(answer)
    assert mandate.acceptance["wording"] in text_of(answer)
    assert (methods(customer), mandate.status) == ([("sepa_debit", "3000", "")], "active")


def test_us_account_waits_for_what_its_holder_sees_on_the_statement(client, customer, link):
    asked = client.get(send(client, link, "us_bank_account").url)
    before = methods(customer), Mandate.objects.get().status

    answer = client.post(link, {"first": "45", "second": "32"}, follow=True)

    assert "the bank account ending in 6789" in text_of(asked)
    assert before == ([], "pending")
    assert "The bank account ending in 6789 can be used" in text_of(answer)
    assert methods(customer) == [("us_bank_account", "6789", "verified")]
    assert Mandate.objects.get().status == "active"


def test_wrong_amounts_are_told_and_can_be_mended(client, customer, link):
    send(client, link, "us_bank_account")

    wrong = client.post(link, {"first": "1", "second": "2"})
    nonsense = client.post(link, {"first": "much", "second": "100"})
    right = client.post(link, {"first": "32", "second": "45"})

    assert (wrong.status_code, nonsense.status_code, right.status_code) == (200, 200, 302)
    assert "not the amounts that were sent" in text_of(wrong)
    assert text_of(nonsense).count("Write a number from 1 to 99.") == 4
    assert len(methods(customer)) == 1


def test_account_is_given_up_after_the_last_try(client, customer, link):
    send(client, link, "us_bank_account")

    refused = client.post(link, {"first": "10", "second": "11"})
    answer = client.get(link)

    assert "too many wrong answers" in text_of(refused)
    assert "This account cannot be used." in text_of(answer)
    assert f'href="{link}?kind=card"' in text_of(answer)
    assert send(client, link).status_code == 302
    assert methods(customer) == [("card", "4242", "")]


def test_statement_may_arrive_after_the_links_time(client, customer, link, monkeypatch):
    send(client, link, "us_bank_account")
    later(monkeypatch, days=9)

    asked, number = client.get(link), send(client, link)
    answer = client.post(link, {"first": "32", "second": "45"})

    assert (asked.status_code, number.status_code, answer.status_code) == (200, 200, 302)
    assert "?kind=" not in text_of(asked)
    assert methods(customer) == [("us_bank_account", "6789", "verified")]


def test_statement_is_not_waited_for_forever(client, link, monkeypatch):
    send(client, link, "us_bank_account")
    later(monkeypatch, days=10, seconds=1)

    assert client.get(link).status_code == 410


@pytest.mark.parametrize("kind", ["us_bank_account", "sepa_debit"])
def test_nothing_is_debited_without_permission(client, customer, link, kind):
    answer = send(client, link, kind, agrees=None)

    assert answer.status_code == 200
    assert "Tick this to go on." in text_of(answer)
    assert (methods(customer), SetupIntent.objects.count(), Mandate.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_page_offers_the_kinds_as_links_and_asks_for_one(client, link, kind):
    page = text_of(client.get(f"{link}?kind={kind}"))

    assert page.count("aria-current") == 1
    assert f'href="{link}?kind={kind}" aria-current="page"' in page
    assert ("<script" in page) == (kind == "card")
    assert [name for name in KINDS[kind] if f'name="{name}"' not in page] == []


def test_staff_may_narrow_the_choice(client, customer, make):
    link = make(kinds=["sepa_debit"])

    page, other = text_of(client.get(link)), send(client, link, "card")

    assert 'name="iban"' in page
    assert "?kind=card" not in page
    assert other.status_code == 200
    assert methods(customer) == []


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("us_bank_account", {"account_number": "000123456780"}, "Only published test numbers"),
        ("us_bank_account", {"routing_number": "110000001"}, "Only published test numbers"),
        ("us_bank_account", {"name": ""}, "Fill this in."),
        ("sepa_debit", {"iban": "DE00370400440532013000"}, "Only published test numbers"),
    ],
)
def test_what_is_wrong_is_told_and_no_number_is_shown_again(
    client, customer, link, kind, wrong, message
):
    typed = {**KINDS[kind], **wrong}

    answer = send(client, link, kind, **wrong)

    page = text_of(answer)
    assert answer.status_code == 200
    assert message in page
    assert page.count(" autofocus") == 1
    shown = [typed.get(name) for name in ("account_number", "routing_number", "iban")]
    assert [f'value="{number}"' for number in shown if number and f'value="{number}"' in page] == []
    assert methods(customer) == []


def test_what_the_vault_refuses_is_said_in_the_customers_words(client, customer, link):
    page = client.get(link, headers={"Accept-Language": "fr"})

    refusal = refusal_of(client, page, number="4532015112830366")

    assert refusal == (402, words_on(page)["texts"]["errors"]["test_mode_live_card"])
    assert methods(customer) == []


def test_card_that_the_bank_refuses_is_told_and_not_saved(client, customer, link):
    answer = send(client, link, number="4000000000000002")

    assert answer.status_code == 200
    assert "Your bank refused this card." in text_of(answer)
    assert methods(customer) == []


def test_number_that_is_posted_to_the_page_is_not_looked_at(client, customer, link):
    card = {"number": "4242424242424242", "expiry": "12/34", "cvc": "123", "name": "Jenny Rosen"}

    answer = client.post(link, card)

    assert answer.status_code == 200
    assert "No card arrived." in text_of(answer)
    assert "4242424242424242" not in text_of(answer)
    assert methods(customer) == []


def test_another_card_can_be_tried_after_a_refusal(client, customer, link):
    send(client, link, number="4000000000000002")

    answer = send(client, link)

    assert answer.status_code == 302
    assert methods(customer) == [("card", "4242", "")]


def test_gateway_that_does_not_answer_saves_nothing(client, customer, link):
    account = gateway_accounts.active()
    faults.switch_on(account.pk, "timeout_before", act="authenticate", times=1, settings={})

    answer = send(client, link, "sepa_debit")

    assert answer.status_code == 200
    assert "The bank does not answer." in text_of(answer)
    assert methods(customer) == []
    assert send(client, link, "sepa_debit").status_code == 302


@pytest.mark.parametrize(("choice", "saved"), [("complete", 1), ("fail", 0)])
def test_bank_may_ask_the_customer(client, customer, link, settings, choice, saved):
    leading = client.get(send(client, link, number="4000002500003155").url)
    challenge = leading.context["url"].removeprefix(settings.PUBLIC_URL)

    client.post(challenge, {"choice": choice})
    back = client.get(challenge).context["url"].removeprefix(settings.PUBLIC_URL)
    answer = client.get(back, follow=True)

    assert f'content="0; url={leading.context["url"]}"' in text_of(leading)
    assert answer.status_code == 200
    said = "can be used for your payments now" if saved else "The last try did not work."
    assert said in text_of(answer)
    assert len(methods(customer)) == saved


def test_link_works_outside_of_any_scope(client, site, settings):
    with scoped_to(site, livemode=False):
        customer = CustomerFactory()
        link = hosted_links.make(customer, at=clock.now()).removeprefix(settings.PUBLIC_URL)

    answer = client.get(send(client, link).url)

    assert answer.status_code == 200
    with scoped_to(site, livemode=False):
        assert len(methods(customer)) == 1


def test_link_saves_one_method_only(client, customer, link):
    send(client, link)

    again = send(client, link, "sepa_debit")

    assert "The card ending in 4242" in text_of(again)
    assert methods(customer) == [("card", "4242", "")]


def test_method_that_was_removed_does_not_come_back(client, customer, link):
    send(client, link)
    attachments.detach(PaymentMethod.objects.of_customer(customer).get(), at=clock.now())

    answers = [client.get(link), send(client, link)]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert methods(customer) == []


def test_nothing_is_written_before_a_number_was_typed(client, link):
    client.get(link)

    assert not SetupIntent.objects.exists()


def test_old_link_is_over(client, customer, link, monkeypatch):
    later(monkeypatch, seconds=1)

    answers = [client.get(link), send(client, link)]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert methods(customer) == []


def test_forged_links_and_those_of_deleted_customers_are_not_found(client, customer, link):
    forged = link[:-6] + ("AAAAAA" if not link.endswith("AAAAAA") else "BBBBBB")
    Customer.objects.filter(pk=customer.pk).update(deleted_at=clock.now())

    codes = [client.get(path).status_code for path in (forged, link, "/add-method/x")]

    assert codes == [404, 404, 404]


def test_form_of_another_site_is_refused(customer, link):
    answer = send(Client(enforce_csrf_checks=True), link)

    assert answer.status_code == 403
    assert methods(customer) == []


def test_customer_reads_their_own_language(client, customer, link):
    Customer.objects.filter(pk=customer.pk).update(preferred_locales=["fr-CA"])

    answer = client.get(f"{link}?kind=sepa_debit", headers={"Accept-Language": "ja"})

    assert '<html lang="fr"' in text_of(answer)
    assert answer["Content-Language"] == "fr"
    assert "Enregistrer un moyen de paiement" in text_of(answer)


def test_language_of_the_browser_counts_where_the_customers_is_not_known(client, link):
    answer = client.get(link, headers={"Accept-Language": "ja"})

    assert '<html lang="ja"' in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("kind", KINDS)
def test_number_is_stored_nowhere(client, link, kind):
    send(client, link, kind, name="Ada Whitfield", **(AMEX if kind == "card" else {}))
    send(client, link, kind, name="Ada Whitfield")

    with connection.cursor() as cursor:
        assert hidden_numbers.in_database(cursor) == []


def test_site_with_a_real_gateway_has_no_such_page(customer):
    GatewayAccountFactory(kind="stripe", is_active=True)

    with pytest.raises(InvalidState) as refusal:
        hosted_links.make(customer, at=clock.now())

    assert refusal.value.code == "hosted_page_missing"
    assert not hosted_links.is_possible()


def test_live_mode_has_no_such_page(site):
    with scoped_to(site, livemode=True):
        assert not hosted_links.is_possible()
