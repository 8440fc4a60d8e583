"""Reminders 60, 30 and 7 days before a card expires (rule O46)."""

from datetime import UTC, datetime

import pytest
from django.core import mail

from customers.models import Message
from customers.services import messages
from payments.services import expiring_cards
from tests.factories.customers import CustomerFactory
from tests.factories.payments import PaymentMethodFactory


def day(text):
    return datetime.fromisoformat(f"{text}T06:07:00").replace(tzinfo=UTC)


@pytest.fixture
def card(customer):
    """A card that is good until the end of June 2027."""
    return PaymentMethodFactory(
        customer=customer, attached_at=customer.created_at, exp_month=6, exp_year=2027
    )


def test_each_notice_is_an_email(card, sent):
    for today in ("2027-05-02", "2027-05-03", "2027-06-05", "2027-06-29", "2027-06-30"):
        expiring_cards.announce_due(at=day(today))

    rows = Message.objects.order_by("created_at")
    assert [(row.occasion, row.created_at, row.to, row.customer_id) for row in rows] == [
        (f"2027-06/{notice}", day(today), "jenny@example.com", card.customer_id)
        for notice, today in ((60, "2027-05-02"), (30, "2027-06-05"), (7, "2027-06-29"))
    ]
    assert len(sent("card_expiry")) == 3


def test_it_says_which_card_and_where_to_go(site, card, sent, lines, html, settings):
    settings.PUBLIC_URL = "https://billing.example.com"
    expiring_cards.announce_due(at=day("2027-06-05"))

    (letter,) = sent("card_expiry")

    link = f"https://billing.example.com/portal/{site.slug}"
    assert letter.subject == "[Test] Your card ending in 4242 expires soon"
    facts = lines(letter)
    assert (facts["Card"], facts["Good until the end of"]) == ("Visa •••• 4242", "June 2027")
    assert facts["Go to your account"] == link
    assert f'<a href="{link}"' in html(letter)
    assert (
        "Your card Visa •••• 4242, saved with Acme, is good until the end of June 2027."
        in letter.body
    )


def test_a_card_that_was_removed_is_not_reminded_of(card):
    expiring_cards.announce_due(at=day("2027-06-05"))
    card.refresh_from_db()
    card.customer = None
    card.save()

    sent = messages.send(Message.objects.get(), at=day("2027-06-06"))

    assert (sent.status, sent.error) == (
        "failed",
        "The card was removed before the reminder was sent.",
    )
    assert mail.outbox == []


def test_a_card_that_was_renewed_is_not_reminded_of(card):
    expiring_cards.announce_due(at=day("2027-06-05"))
    card.refresh_from_db()
    card.exp_year = 2031
    card.save()

    sent = messages.send(Message.objects.get(), at=day("2027-06-06"))

    assert (sent.status, sent.error) == (
        "failed",
        "The card was renewed before the reminder was sent.",
    )


def test_a_renewed_card_is_reminded_of_again(card):
    expiring_cards.announce_due(at=day("2027-06-29"))
    card.refresh_from_db()
    card.exp_year, card.expiry_notice_days = 2031, None
    card.save()
    expiring_cards.announce_due(at=day("2031-06-29"))

    occasions = Message.objects.order_by("created_at").values_list("occasion", flat=True)
    assert list(occasions) == ["2027-06/7", "2031-06/7"]


def test_a_site_can_keep_quiet_and_still_publishes(site, card, told):
    site.emails_expiring_cards = False
    site.save()

    announced = expiring_cards.announce_due(at=day("2027-06-05"))

    assert announced == 1
    assert told() == ["customer.source.expiring"]
    assert Message.objects.count() == 0


def test_who_has_no_address_gets_none(scope):
    customer = CustomerFactory(email="")
    PaymentMethodFactory(
        customer=customer, attached_at=customer.created_at, exp_month=6, exp_year=2027
    )

    assert expiring_cards.announce_due(at=day("2027-06-05")) == 1
    assert Message.objects.count() == 0
