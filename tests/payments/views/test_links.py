"""Somebody follows a link, types a test card and pays: once, or again and again, without an account."""

import re
from datetime import timedelta
from html import unescape

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.models import Charge
from payments.services import links
from tests.card_entry import refusal_of, token_of
from tests.factories.payments import GatewayAccountFactory, LinkFactory, PaymentMethodFactory

DECLINES, AUTHENTICATES = "4000000000000002", "4000000000003220"


@pytest.fixture
def link(scope):
    return LinkFactory()


def path_of(link):
    return f"/pay/{link.key}"


def key_on(page):
    return re.search(r'name="act_key" value="([^"]+)"', page.content.decode())[1]


def sent(client, page, *, act_key=None, **card):
    """Return what a page posts once a card was typed."""
    return {"token": token_of(client, page, **card), "act_key": act_key or key_on(page)}


def typed(client, link, **card):
    """Open the page, type a card and send what its script gets for it."""
    return client.post(path_of(link), sent(client, client.get(path_of(link)), **card))


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def challenge_on(page):
    """Return the path of the bank's page, to which this one leads."""
    url = re.search(r'content="0; url=([^"]+)"', page.content.decode())[1]
    return "/" + url.split("/", 3)[3]


def test_page_says_who_asks_for_what(client, link):
    answer = client.get(path_of(link))

    assert answer.status_code == 200
    said = text_of(answer)
    for words in (
        "Acme",
        "Bicycle",
        "A cool and nice bicycle",
        "THB",
        "1,200.00",
        "This is a test",
    ):
        assert words in said
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"].split("; ").count("script-src 'self'") == 1


def test_card_is_charged(client, link):
    answer = typed(client, link)
    done = client.get(answer.url)

    assert (answer.status_code, done.status_code) == (302, 200)
    assert "Thank you, it is paid" in text_of(done)
    charge = Charge.objects.get()
    assert (charge.status, charge.amount, charge.link) == ("succeeded", 120_000, link)
    assert charge.billing_details["name"] == "Jenny Rosen"
    assert charge.pk not in answer.url


def test_link_that_was_paid_takes_no_second_payment(client, link):
    late_card = sent(client, client.get(path_of(link)))
    typed(client, link)

    late = client.post(path_of(link), late_card)
    again = client.get(path_of(link))

    assert [answer.status_code for answer in (late, again)] == [410, 410]
    assert "This is paid already" in text_of(again)
    assert Charge.objects.count() == 1


def test_form_that_is_sent_twice_pays_once(client, scope):
    multiple = LinkFactory(is_multiple=True)
    card = sent(client, client.get(path_of(multiple)))

    answers = [client.post(path_of(multiple), card) for _ in range(2)]

    assert answers[0].url == answers[1].url
    assert Charge.objects.count() == 1


def test_link_for_many_is_paid_again(client, scope):
    multiple = LinkFactory(is_multiple=True)

    for _ in range(2):
        typed(client, multiple)

    assert [charge.status for charge in Charge.objects.all()] == ["succeeded"] * 2


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (DECLINES, "The bank declined the card. No money was taken."),
        ("4000 0000 0000 9995", "There is not enough money on the card. No money was taken."),
        ("4000 0000 0000 0069", "The card has expired. Use another one."),
        ("4000 0000 0000 0127", "The security code is wrong."),
    ],
)
def test_decline_is_told_and_may_be_tried_again(client, link, number, reason):
    answer = client.get(typed(client, link, number=number).url)

    assert answer.status_code == 402
    assert reason in text_of(answer)
    assert f'href="{path_of(link)}"' in answer.content.decode()
    typed(client, link)
    assert [row.status for row in Charge.objects.order_by("created_at")] == ["failed", "succeeded"]


def test_form_that_was_declined_can_be_sent_with_another_card(client, link):
    page = client.get(path_of(link))
    first = client.post(path_of(link), sent(client, page, number=DECLINES))

    second = client.post(path_of(link), sent(client, page))

    assert first.url != second.url
    assert "Thank you" in text_of(client.get(second.url))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "4242424242424241"}, "This number is not right. Compare it with your card."),
        ({"number": "5500000000000004"}, "Only published test numbers are taken here."),
        ({"exp_month": 13}, "This date is not right, or is over. Compare it with your card."),
        ({"exp_year": 2020}, "This date is not right, or is over. Compare it with your card."),
        ({"cvc": "12"}, "This security code is not right. Compare it with your card."),
    ],
)
def test_what_the_vault_refuses_is_said_in_the_payers_words(
    client, link, nothing_written, changes, words
):
    page = client.get(path_of(link))

    with nothing_written():
        refusal = refusal_of(client, page, **changes)

    assert refusal == (402, words)


@pytest.mark.parametrize("token", ["", "tok_none", "card_x", "pm_x", "x" * 300, "\u0000"])
def test_what_is_no_token_pays_nothing(client, link, nothing_written, token):
    page = client.get(path_of(link))

    with nothing_written():
        answer = client.post(path_of(link), {"token": token, "act_key": key_on(page)})

    assert answer.status_code == 400


def test_number_that_is_posted_to_the_page_is_not_looked_at(client, link, nothing_written):
    page = client.get(path_of(link))
    card = {"number": "4242424242424242", "expiry": "12/34", "cvc": "123", "name": "Jenny Rosen"}

    with nothing_written():
        answer = client.post(path_of(link), {**card, "act_key": key_on(page)})

    assert answer.status_code == 400
    assert "No card arrived." in text_of(answer)
    assert "4242424242424242" not in answer.content.decode()


def test_saved_card_pays_nothing_here(client, link, customer, nothing_written):
    saved = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
    page = client.get(path_of(link))

    with nothing_written():
        answer = client.post(path_of(link), {"token": saved.pk, "act_key": key_on(page)})

    assert answer.status_code == 400


def test_token_pays_once(client, scope):
    multiple = LinkFactory(is_multiple=True)
    card = sent(client, client.get(path_of(multiple)))
    client.post(path_of(multiple), card)

    again = client.post(path_of(multiple), {**card, "act_key": "k" * 24})

    assert again.status_code == 400
    assert "That was sent before. Enter the card again." in text_of(again)
    assert Charge.objects.count() == 1


def test_no_field_of_a_card_would_be_sent_with_the_form(client, link):
    page = client.get(path_of(link)).content.decode()

    names = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]*)"', page)
    assert sorted(names) == ["act_key", "csrfmiddlewaretoken", "token"]


@pytest.mark.parametrize("act_key", ["", "short", "a" * 65, "../../../admin/login"])
def test_key_that_the_page_did_not_give(client, link, nothing_written, act_key):
    card = {**sent(client, client.get(path_of(link))), "act_key": act_key}

    with nothing_written():
        answer = client.post(path_of(link), card)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("choice", "status", "words"),
    [
        ("complete", "succeeded", "Thank you, it is paid"),
        ("fail", "failed", "You were not recognised as the card's holder."),
    ],
)
def test_bank_asks_whether_it_is_the_holder(client, link, choice, status, words):
    waiting = client.get(typed(client, link, number=AUTHENTICATES).url)
    assert "Your bank asks whether it is you" in text_of(waiting)

    over = client.post(challenge_on(waiting), {"choice": choice}, follow=True)
    door = re.search(r'content="0; url=([^"]+)"', over.content.decode())[1]
    back = client.get("/" + door.split("/", 3)[3])
    final = client.get("/" + back.url.split("/", 3)[3])

    assert words in text_of(final)
    assert Charge.objects.get().status == status


def test_while_somebody_is_at_their_bank_others_wait(client, link):
    typed(client, link, number=AUTHENTICATES)

    answer = client.get(path_of(link))

    assert answer.status_code == 409
    assert "Somebody is paying this at the moment" in text_of(answer)
    assert "/sandbox/" not in answer.content.decode()  # the bank's page is the payer's own


def test_payer_who_never_came_back_is_not_waited_for(client, link, monkeypatch):
    typed(client, link, number=AUTHENTICATES)
    later = clock.now() + links.AWAY + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    answer = client.get(typed(client, link).url)

    assert "Thank you" in text_of(answer)
    assert [row.status for row in Charge.objects.order_by("created_at")] == ["failed", "succeeded"]


def test_withdrawn_link_is_closed(client, link, nothing_written):
    card = sent(client, client.get(path_of(link)))
    links.delete(link, at=clock.now())

    with nothing_written():
        answers = [
            client.get(path_of(link)),
            client.post(path_of(link), card),
        ]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "This page is closed" in text_of(answers[0])


def test_real_gateway_takes_no_cards_here(client, link, nothing_written):
    GatewayAccountFactory(kind="stripe", is_active=True)

    with nothing_written():
        answers = [
            client.get(path_of(link)),
            client.post(path_of(link), {"token": "tok_visa", "act_key": "k" * 24}),
        ]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert "No card can be taken here" in text_of(answers[0])


def test_live_mode_takes_no_cards_here(client, site):
    with scoped_to(site, livemode=True):
        link = LinkFactory()

    answer = client.get(path_of(link))

    assert answer.status_code == 503
    assert "This is a test" not in text_of(answer)


def test_pages_that_are_not_there(client, link):
    codes = [
        client.get(path).status_code
        for path in ("/pay/missing", f"{path_of(link)}/{'k' * 24}", f"/pay/{link.pk}")
    ]

    assert codes == [404, 404, 404]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Payer"),
        ("it", "Paga"),
        ("es", "Pagar"),
        ("ko", "결제"),
        ("th", "ชำระ"),
        ("ja", "支払う"),
    ],
)
def test_page_speaks_the_payers_language(client, link, language, words):
    answer = client.get(path_of(link), headers={"Accept-Language": language})

    content = answer.content.decode()
    assert f'<html lang="{language}"' in content
    assert words in re.search(r'type="submit">([^<]+)<', content)[1]
