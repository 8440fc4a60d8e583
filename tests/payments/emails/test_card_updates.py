"""Requests for another card: the link that they carry, and when they are not sent after all."""

import re

from customers.kit import clock
from customers.models import Message
from customers.services import customers
from payments.services import attachments, card_requests, hosted_links
from tests.factories.payments import PaymentMethodFactory


def test_the_link_saves_a_card_that_is_charged_from_then_on(customer, sent, lines, html):
    at = clock.now()
    card = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
    attachments.set_default(customer, card, at=at)
    card_requests.ask(customer, request_key="one", at=at)

    (letter,) = sent("card_update")

    (link,) = re.findall(r"https?://\S+/add-method/(\S+)", letter.body)
    opened = hosted_links.opened(link, at=at)
    assert (opened.customer, opened.kinds, opened.becomes_default) == (customer, ("card",), True)
    assert letter.subject == "[Test] Please update your card"
    assert lines(letter)["Card"] == "Visa •••• 4242"
    assert f"/add-method/{link}" in html(letter)


def test_without_a_card_none_is_named(customer, sent, lines):
    card_requests.ask(customer, request_key="one", at=clock.now())

    (letter,) = sent("card_update")

    assert "Card" not in lines(letter)


def test_who_was_deleted_meanwhile_gets_nothing(customer, sent):
    at = clock.now()
    card_requests.ask(customer, request_key="one", at=at)
    customers.delete(customer, at=at)

    assert sent("card_update") == []
    row = Message.objects.get(kind="card_update")
    assert (row.status, row.error) == (
        "failed", "The customer was deleted before the request was sent.",
    )  # fmt: skip
