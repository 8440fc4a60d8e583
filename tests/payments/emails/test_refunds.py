"""Refund notes: money that went back, in whole or in part."""

import pytest

from customers.kit.tenancy import scoped_to
from customers.models import Message
from payments.gateways.base import Outcome, Result
from payments.money import Money
from payments.services import charges, refunds


@pytest.fixture
def charge(customer, method, at):
    return charges.create(
        money=Money(2000, "usd"), method=method, customer=customer, description="Mug", at=at
    )


def test_a_whole_refund_is_told(charge, sent, lines, html, at):
    refund = refunds.create(charge, at=at)

    (letter,) = sent("refund")

    assert letter.to == ["jenny@example.com"]
    assert letter.subject == "[Test] Your refund from Acme: $20.00"
    assert "Acme has refunded your whole payment of $20.00." in letter.body
    facts = lines(letter)
    day = facts["Date"]
    del facts["This email comes from test mode"]
    assert facts == {
        "Amount refunded": "$20.00",
        "Date": day,
        "Refunded to": "Visa •••• 4242",
        "Original payment": f"$20.00, {day}",
        "Description": "Mug",
        "Receipt number": charge.pk,
        "Refund number": refund.pk,
    }
    for value in facts.values():
        assert value in html(letter)


def test_each_part_is_told_by_itself(charge, sent, at):
    for amount in (500, 1500):
        refunds.create(charge, amount=amount, at=at)

    said = sorted(letter.body.splitlines()[8] for letter in sent("refund"))

    assert said == [
        "Acme has refunded $15.00 of your payment of $20.00.",
        "Acme has refunded $5.00 of your payment of $20.00.",
    ]


def test_a_refund_that_failed_is_not_told(charge, gateway, at):
    gateway.plan("refund", Outcome(Result.DECLINED, code="expired_or_canceled_card"))

    refunds.create(charge, at=at)

    assert not Message.objects.filter(kind="refund").exists()


def test_money_that_was_only_held_is_released_without_a_word(customer, method, at):
    held = charges.create(
        money=Money(2000, "usd"), method=method, customer=customer, takes_now=False, at=at
    )

    refunds.create(held, at=at)

    assert Message.objects.count() == 0


def test_a_site_can_keep_quiet(site, charge, at):
    site.emails_refunds = False

    with scoped_to(site, livemode=False):
        refunds.create(charge, at=at)

    assert not Message.objects.filter(kind="refund").exists()


def test_it_goes_where_the_receipt_went(customer, method, sent, at):
    charge = charges.create(
        money=Money(2000, "usd"), method=method, customer=customer, receipt_email="books@example.com", at=at
    )  # fmt: skip
    refunds.create(charge, at=at)

    assert [letter.to for letter in sent("refund")] == [["books@example.com"]]
