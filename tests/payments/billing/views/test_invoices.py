"""Somebody follows the address of an invoice, reads it, types a test card and pays, without an account."""

import re
from datetime import timedelta
from html import unescape

import pytest

from customers import models
from customers.kit import clock
from payments.billing.models import Invoice
from payments.billing.services import invoice_links, invoices
from payments.models import Charge, PaymentMethod
from tests.card_entry import token_of
from tests.factories.payments import GatewayAccountFactory, PaymentMethodFactory

DECLINES, AUTHENTICATES = "4000000000000002", "4000000000003220"


@pytest.fixture
def invoice(opened):
    return opened()


def path_of(invoice):
    return f"/invoices/{invoice_links.sealed(invoice.pk)}"


def key_on(page):
    return re.search(r'name="act_key" value="([^"]+)"', page.content.decode())[1]


def sent(client, page, **card):
    """Return what a page posts once a card was typed."""
    return {"token": token_of(client, page, **card), "act_key": key_on(page)}


def typed(client, invoice, **card):
    """Open the page, type a card and send what its script gets for it."""
    return client.post(path_of(invoice), sent(client, client.get(path_of(invoice)), **card))


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def challenge_on(page):
    """Return the path of the bank's page, to which this one leads."""
    url = re.search(r'content="0; url=([^"]+)"', page.content.decode())[1]
    return "/" + url.split("/", 3)[3]


def status_of(invoice):
    return Invoice.objects.values_list("status", "amount_paid").get(pk=invoice.pk)


def test_page_says_who_asks_for_what(client, invoice):
    answer = client.get(path_of(invoice))

    assert answer.status_code == 200
    said = text_of(answer)
    for words in (
        "Acme",
        invoice.number,
        "Paper",
        "$20.00 due",
        "Amount due $20.00",
        "Open",
        "This is a test",
    ):
        assert words in said
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Language"] == "en"
    assert answer["Content-Security-Policy"].split("; ").count("script-src 'self'") == 1


def test_page_does_not_say_whose_it_is_in_its_addresses(client, invoice):
    shown = client.get(path_of(invoice)).content.decode()

    assert invoice.customer_id not in shown
    assert invoice.customer_id.partition("_")[2] not in shown


def test_what_the_customer_has_saved_is_not_shown(client, invoice, customer):
    PaymentMethodFactory(customer=customer, attached_at=customer.created_at)

    assert "4242" not in text_of(client.get(path_of(invoice)))


def test_card_is_charged(client, invoice):
    answer = typed(client, invoice)
    done = client.get(answer.url, follow=True)

    assert (answer.status_code, done.status_code) == (302, 200)
    assert done.redirect_chain == [(path_of(invoice), 302)]
    said = text_of(done)
    assert "Thank you, it is paid" in said
    assert "Visa •••• 4242" in said
    assert "act_key" not in done.content.decode()
    charge = Charge.objects.get()
    assert (charge.status, charge.amount, charge.billing_details["name"]) == (
        "succeeded",
        2000,
        "Jenny Rosen",
    )
    assert status_of(invoice) == ("paid", 2000)
    assert PaymentMethod.objects.get().customer_id is None


def test_form_that_is_sent_twice_pays_once(client, invoice):
    card = sent(client, client.get(path_of(invoice)))

    answers = [client.post(path_of(invoice), card) for _ in range(2)]

    assert answers[0].url == answers[1].url
    assert Charge.objects.count() == 1


def test_second_payer_is_told_that_it_is_paid(client, invoice):
    late = sent(client, client.get(path_of(invoice)))
    typed(client, invoice)

    answer = client.post(path_of(invoice), late)

    assert answer.status_code == 409
    assert "Thank you, it is paid" in text_of(answer)
    assert Charge.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (DECLINES, "The bank declined the card. No money was taken."),
        ("4000 0000 0000 9995", "There is not enough money on the card. No money was taken."),
    ],
)
def test_decline_is_told_and_another_card_pays(client, invoice, number, reason):
    answer = client.get(typed(client, invoice, number=number).url)

    assert answer.status_code == 200
    assert "The payment did not go through" in text_of(answer)
    assert reason in text_of(answer)
    assert f'href="{path_of(invoice)}"' in answer.content.decode()
    typed(client, invoice)
    assert [row.status for row in Charge.objects.order_by("created_at", "id")] == [
        "failed",
        "succeeded",
    ]
    assert status_of(invoice) == ("paid", 2000)


def test_form_that_was_declined_can_be_sent_with_another_card(client, invoice):
    page = client.get(path_of(invoice))
    client.post(path_of(invoice), sent(client, page, number=DECLINES))

    client.post(path_of(invoice), sent(client, page))

    assert status_of(invoice) == ("paid", 2000)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"token": ""}, id="no token"),
        pytest.param({"token": "", "number": "4242424242424242", "cvc": "123"}, id="number"),
        pytest.param({"token": "tok_none"}, id="unknown token"),
        pytest.param({"token": "btok_us_verified"}, id="bank account"),
        pytest.param({"act_key": "x"}, id="key"),
        pytest.param({"token": "\x00"}, id="hostile"),
    ],
)
def test_what_cannot_be_right_is_asked_for_again(client, invoice, changes):
    card = sent(client, client.get(path_of(invoice)))

    answer = client.post(path_of(invoice), {**card, **changes})

    assert answer.status_code == 400
    assert "424242" not in answer.content.decode()
    assert Charge.objects.count() == 0
    assert status_of(invoice) == ("open", 0)


def test_saved_card_pays_nothing_here(client, invoice, customer):
    saved = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
    key = key_on(client.get(path_of(invoice)))

    answer = client.post(path_of(invoice), {"token": saved.pk, "act_key": key})

    assert answer.status_code == 400
    assert Charge.objects.count() == 0


def test_payer_authenticates_at_the_bank(client, invoice):
    waiting = client.get(typed(client, invoice, number=AUTHENTICATES).url)

    assert "Your bank asks whether it is you" in text_of(waiting)
    challenge = challenge_on(waiting)
    client.post(challenge, {"choice": "complete"})
    back = re.search(r'url=([^"]+)"', client.get(challenge).content.decode())[1]
    done = client.get("/" + back.split("/", 3)[3], follow=True)
    assert done.redirect_chain[-1][0].endswith(path_of(invoice))
    assert "Thank you, it is paid" in text_of(done)
    assert status_of(invoice) == ("paid", 2000)


def test_another_card_takes_over_from_one_that_waits_for_its_bank(client, invoice):
    typed(client, invoice, number=AUTHENTICATES)

    typed(client, invoice)

    assert status_of(invoice) == ("paid", 2000)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        pytest.param(invoices.void, "Nothing more has to be paid here.", id="void"),
        pytest.param(invoices.pay_out_of_band, "Paid elsewhere", id="paid elsewhere"),
    ],
)
def test_invoice_that_has_ended_takes_no_card(client, invoice, at, end, words):
    end(invoice, at=at)

    answer = client.get(path_of(invoice))

    assert answer.status_code == 200
    assert words in text_of(answer)
    assert "<form" not in answer.content.decode()


def test_uncollectible_invoice_can_be_paid(client, invoice, at):
    invoices.mark_uncollectible(invoice, at=at)

    typed(client, invoice)

    assert status_of(invoice) == ("paid", 2000)


def test_overdue_is_said(client, opened, at):
    invoice = opened(collection_method="send_invoice", days_until_due=1)
    Invoice.objects.update(due_at=clock.now() - timedelta(days=1))

    assert "Overdue" in text_of(client.get(path_of(invoice)))


def test_other_gateways_take_no_card_here(client, invoice):
    GatewayAccountFactory(kind="stripe", is_active=True)

    answer = client.get(path_of(invoice))

    assert "Ask whoever sent you the link for another way to pay." in text_of(answer)
    assert "<form" not in answer.content.decode()


def test_page_waits_while_a_test_clock_is_advanced(client, invoice, at):
    clock_row = models.TestClock.belonging_to(
        invoice, name="Spring", frozen_at=at, target_at=at, status="advancing", created_at=at,
        deletes_at=at + timedelta(days=30),
    )  # fmt: skip
    clock_row.save(force_insert=True)
    Invoice.objects.update(test_clock_id=clock_row.pk)

    answer = typed(client, invoice)

    assert answer.status_code == 409
    assert "Somebody is paying this at the moment" in text_of(answer)
    assert Charge.objects.count() == 0


def test_page_is_in_the_customers_language(client, customer, opened):
    customer.preferred_locales = ["th"]
    customer.save()
    invoice = opened()

    answer = client.get(path_of(invoice), HTTP_ACCEPT_LANGUAGE="ja")

    assert answer["Content-Language"] == "th"
    assert 'lang="th"' in answer.content.decode()
    assert "20.00" in text_of(answer)


def test_page_is_in_the_browsers_language_where_the_customers_is_not_known(
    client, customer, opened
):
    customer.preferred_locales = []
    customer.save()

    answer = client.get(path_of(opened()), HTTP_ACCEPT_LANGUAGE="ja")

    assert answer["Content-Language"] == "ja"


def hostile(sealed):
    inner, _, key = sealed.rpartition("-")
    return {
        "no key": inner,
        "empty key": f"{inner}-",
        "another key": f"{inner}-{key[::-1]}",
        "cut key": f"{inner}-{key[:-1]}",
        "another invoice": f"{inner[:-1]}{'a' if inner[-1] != 'a' else 'b'}-{key}",
        "upper case": sealed.upper(),
        "nothing": "-",
        "long": "a" * 4000,
    }


@pytest.mark.parametrize("rest", ["", "/pdf", "/receipt", "/payments/abcdefghijklmnopqrst"])
def test_address_that_was_not_made_by_us_is_not_found(client, invoice, rest):
    seals = hostile(invoice_links.sealed(invoice.pk))

    answers = {
        name: client.get(f"/invoices/{seal}{rest}").status_code for name, seal in seals.items()
    }

    assert answers == dict.fromkeys(seals, 404)


def test_draft_has_no_page(client, drafted):
    draft = drafted()

    answers = {client.get(path_of(draft) + rest).status_code for rest in ("", "/pdf", "/receipt")}

    assert answers == {404}


def test_payment_of_another_invoice_is_not_found(client, opened):
    one, other = opened(), opened(3000)
    key = typed(client, one).url.rpartition("/")[2]

    assert client.get(f"{path_of(other)}/payments/{key}").status_code == 404
