"""Every email in every language: whole, as HTML that mail programs can read, without a card's number."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.conf import settings

from customers.models import Message
from payments.money import Money
from payments.services import attachments, card_requests, charges, expiring_cards, refunds
from tests.factories.payments import PaymentMethodFactory

AT = datetime(2027, 6, 5, 6, 7, tzinfo=UTC)
LANGUAGES = [code for code, _name in settings.LANGUAGES]
KINDS = ["receipt", "refund", "card_expiry", "card_update"]  # the others are billing's
# A word of each subject and of each text.
SUBJECTS = {
    "en": {
        "receipt": "receipt from",
        "refund": "refund from",
        "card_expiry": "expires soon",
        "card_update": "update your card",
    },
    "fr": {
        "receipt": "reçu Acme",
        "refund": "remboursement Acme",
        "card_expiry": "expire bientôt",
        "card_update": "mettre à jour",
    },
    "it": {
        "receipt": "ricevuta da",
        "refund": "rimborso da",
        "card_expiry": "sta per scadere",
        "card_update": "Aggiorni",
    },
    "ko": {
        "receipt": "영수증",
        "refund": "환불",
        "card_expiry": "만료됩니다",
        "card_update": "업데이트",
    },
    "es": {
        "receipt": "recibo de",
        "refund": "reembolso de",
        "card_expiry": "caduca pronto",
        "card_update": "Actualice",
    },
    "th": {
        "receipt": "ใบเสร็จ",
        "refund": "การคืนเงิน",
        "card_expiry": "ใกล้หมดอายุ",
        "card_update": "อัปเดตบัตร",
    },
    "ja": {
        "receipt": "領収書",
        "refund": "返金",
        "card_expiry": "有効期限",
        "card_update": "更新してください",
    },
}
VOID = {"meta", "br"}


@pytest.fixture
def at():
    return AT


@pytest.fixture
def letters(customer, gateway, sent):
    """Returns one letter of each kind in a language."""

    def write(language):
        customer.preferred_locales = [language]
        customer.save()
        method = PaymentMethodFactory(
            customer=customer, attached_at=AT, exp_month=6, exp_year=2027, first6="424242"
        )
        charge = charges.create(
            money=Money(2000, "usd"), method=method, customer=customer, description="Mug", at=AT
        )
        refunds.create(charge, amount=500, at=AT)
        expiring_cards.announce_due(at=AT)
        attachments.set_default(customer, method, at=AT)
        card_requests.ask(customer, request_key="now", at=AT)
        return {kind: sent(kind)[0] for kind in KINDS}

    return write


class _Checked(HTMLParser):
    """Checks that tags are closed, and that tables say what they are for."""

    def __init__(self, text):
        super().__init__()
        self.open, self.language, self.images = [], "", 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "html":
            self.language = said["lang"]
        if tag == "table":
            assert said.get("role") == "presentation" or said["class"] == "facts"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_email_is_in_the_customers_language(letters, html, language):
    for kind, letter in letters(language).items():
        message = Message.objects.get(kind=kind)
        assert message.language == language
        assert SUBJECTS[language][kind] in letter.subject
        assert _Checked(html(letter)).language == language
        for text in (letter.subject, letter.body, html(letter)):
            assert not re.search(r"%\(|{{|{%|None", text)
        if language != "en":
            assert not re.search(
                r"Hello|payment of|Questions|test mode|refunded|your account", letter.body
            )


def test_no_email_has_more_of_a_card_than_its_last_digits(letters, html):
    for letter in letters("en").values():
        for text in (letter.subject, letter.body, html(letter)):
            assert "4242" in text or text == letter.subject
            assert not re.search(r"\d{12}|(?:\d{4}[ -]?){3}|424242", text)


def test_a_language_that_the_site_does_not_offer_is_not_used(site, letters):
    site.languages = ["it", "en"]
    site.save()

    letters("ko")

    assert {row.language for row in Message.objects.all()} == {"it"}
