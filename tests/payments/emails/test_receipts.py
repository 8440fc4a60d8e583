"""Receipts: who gets one, when, and what it says."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit.tenancy import scoped_to
from customers.models import Message
from customers.services import messages
from payments.gateways.base import Outcome, Result
from payments.models import Operation
from payments.money import Money
from payments.services import charges, payment_intents, reconciling
from payments.services.credits import credit_from_payment_method
from tests.factories.customers import CustomerFactory
from tests.factories.payments import (
    ChargeFactory,
    GatewayAccountFactory,
    PaymentMethodFactory,
)
from tests.payments.fake_gateway import Acted

USD = Money(2000, "usd")
AT = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


@pytest.fixture
def at():
    """Late in the evening, where the next day has begun in Bangkok."""
    return AT


@pytest.fixture
def waiting(scope):
    """Returns who is to be written to, and about what."""
    rows = Message.objects.order_by("created_at", "id")
    return lambda: list(rows.all().values_list("kind", "about", "to"))


def pay(method, customer=None, money=USD, **details):
    return charges.create(money=money, method=method, customer=customer, at=AT, **details)


def test_a_customer_who_paid_gets_a_receipt(site, customer, method, sent, lines, html):
    charge = pay(
        method, customer, description="Two mugs", statement_descriptor="ACME", statement_descriptor_suffix="MUGS"
    )  # fmt: skip

    (letter,) = sent("receipt")

    assert letter.to == ["jenny@example.com"]
    assert letter.subject == "[Test] Your receipt from Acme: $20.00"
    assert lines(letter) == {
        "This email comes from test mode": "no money was moved.",
        "Amount paid": "$20.00",
        "Date": "November 21, 2026",
        "Payment method": "Visa •••• 4242",
        "Description": "Two mugs",
        "On your statement": "ACME* MUGS",
        "Receipt number": charge.pk,
    }
    for said in (
        "Thank you for your payment", "Hello Jenny Rosen,", "Acme has received your payment of $20.00.",
        "Acme sent you this email because you made a payment.",
    ):  # fmt: skip
        assert said in letter.body
        assert said in html(letter)
    for value in lines(letter).values():
        assert value in html(letter)


def test_the_text_has_no_gaps_and_no_entities(site, customer, method, sent):
    customer.name = "Jenny & 'Co'"
    customer.save()
    pay(method, customer)

    (letter,) = sent("receipt")

    assert letter.body.startswith(
        "Acme\n\nThis email comes from test mode: no money was moved.\n\nThank you for your payment\n\n"
        "Hello Jenny & 'Co',\n\nAcme has received your payment of $20.00.\n\nAmount paid: $20.00\n"
    )


def test_the_day_is_that_of_the_site(site, customer, method, sent, lines):
    site.timezone = "Asia/Bangkok"
    site.save()
    pay(method, customer)

    (letter,) = sent("receipt")

    assert lines(letter)["Date"] == "November 22, 2026"


@pytest.mark.parametrize(
    ("money", "locales", "shown"),
    [
        pytest.param(Money(2000, "usd"), [], "$20.00", id="dollars"),
        pytest.param(Money(2000, "jpy"), ["ja"], "￥2,000", id="no decimals"),
        pytest.param(Money(20005, "kwd"), [], "KWD\xa020.005", id="three decimals"),
        pytest.param(Money(123456, "eur"), ["fr"], "1\u202f234,56\xa0€", id="in French"),
        pytest.param(Money(123456, "thb"), ["th"], "฿1,234.56", id="in Thai"),
        pytest.param(Money(123456, "krw"), ["ko-KR"], "₩123,456", id="in Korean"),
        pytest.param(Money(2000, "usd"), ["en-CA"], "US$20.00", id="for a Canadian"),
        pytest.param(Money(99999999, "isk"), [], "ISK\xa0999,999.99", id="as Stripe counts"),
    ],
)
def test_amounts_are_written_as_the_customer_does(
    site, customer, method, sent, money, locales, shown
):
    customer.preferred_locales = locales
    customer.save()
    pay(method, customer, money)

    (letter,) = sent("receipt")

    assert letter.subject.endswith(shown)
    assert letter.body.count(shown) == 2


def test_a_receipt_goes_to_its_own_address(customer, method, waiting):
    charge = pay(method, customer, receipt_email="books@example.com")

    assert waiting() == [("receipt", charge.pk, "books@example.com")]


def test_a_receipt_that_was_asked_for_is_sent_whatever_the_site_wants(
    site, customer, method, waiting
):
    site.emails_receipts = False
    site.save()

    with scoped_to(site, livemode=False):
        pay(method, customer)
        asked = pay(method, customer, receipt_email="books@example.com")

    assert waiting() == [("receipt", asked.pk, "books@example.com")]


def test_a_payment_without_a_customer_can_have_a_receipt(gateway, scope, sent, lines):
    method = PaymentMethodFactory()
    pay(method)
    pay(method, receipt_email="books@example.com")

    (letter,) = sent("receipt")

    assert letter.to == ["books@example.com"]
    assert "Hello" not in letter.body
    assert Message.objects.get().customer_id is None


def test_who_has_no_address_gets_none(gateway, scope, waiting):
    customer = CustomerFactory(email="")
    pay(PaymentMethodFactory(customer=customer, attached_at=AT), customer)

    assert waiting() == []


def test_money_that_is_only_held_is_no_payment(customer, method, waiting):
    charge = pay(method, customer, takes_now=False)
    before = waiting()

    charges.capture(charge, amount=1500, at=AT)

    assert before == []
    assert waiting() == [("receipt", charge.pk, "jenny@example.com")]


def test_a_receipt_of_a_part_says_what_was_taken(customer, method, sent, lines):
    charge = pay(method, customer, takes_now=False)
    charges.capture(charge, amount=1500, at=AT)

    (letter,) = sent("receipt")

    assert lines(letter)["Amount paid"] == "$15.00"


@pytest.mark.parametrize("takes_now", [True, False])
def test_what_failed_or_was_released_has_no_receipt(customer, method, gateway, waiting, takes_now):
    if takes_now:
        gateway.plan("authorize", Outcome(Result.DECLINED, code="card_declined"))
        pay(method, customer)
    else:
        charges.void(pay(method, customer, takes_now=False), at=AT)

    assert waiting() == []


def test_a_payment_that_the_reconciler_finds_gets_its_receipt_once(
    customer, method, gateway, waiting, at
):
    gateway.plan("authorize", Acted())
    charge = pay(method, customer)
    before = waiting()

    for _ in range(3):
        reconciling.check(Operation.objects.get(reference=charge.pk), at=at)

    assert before == []
    assert waiting() == [("receipt", charge.pk, "jenny@example.com")]


def test_an_intent_hands_its_receipt_address_on(customer, method, waiting, at):
    details = {
        "amount": 2000, "currency": "usd", "customer": customer, "payment_method": method,
        "receipt_email": "books@example.com", "payment_method_types": ["card"],
    }  # fmt: skip
    intent = payment_intents.create_and_confirm(details, {}, request_key=None, at=at)

    assert waiting() == [("receipt", intent.latest_charge_id, "books@example.com")]


def test_a_credit_is_paid_for_as_anything_else(customer, method, waiting, at):
    charge = credit_from_payment_method(customer, method, USD, at=at)

    assert waiting() == [("receipt", charge.pk, "jenny@example.com")]


def test_a_receipt_costs_no_statement(customer, method, site, gateway, scope):
    """It is inserted with the ledger's entry and the event, in the statement that settles the charge."""

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            pay(method, customer)
        return len(queries)

    pay(method, customer)
    with_receipt = statements()
    site.emails_receipts = False
    with scoped_to(site, livemode=False):
        without = statements()

    assert with_receipt == without
    assert Message.objects.count() == 2


def test_what_people_wrote_is_text(site, customer, method, sent, html):
    customer.name = '<script>alert("x")</script>'
    customer.save()
    site.name = "<b>Acme</b>"
    site.save()
    pay(method, customer, description='<img src="https://evil.example/x.png">')

    (letter,) = sent("receipt")

    page = html(letter)
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in page
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page
    assert "&lt;img src=&quot;https://evil.example/x.png&quot;&gt;" in page
    assert not {"<script", "<img", "<b>"} & {
        part for part in ("<script", "<img", "<b>") if part in page
    }
    assert '<script>alert("x")</script>' in letter.body


def test_a_subject_is_one_line(site, customer, method, sent):
    site.name = "Acme\r\nBcc: eve@example.com"
    site.save()
    pay(method, customer)

    (letter,) = sent("receipt")

    assert letter.subject == "[Test] Your receipt from Acme Bcc: eve@example.com: $20.00"
    assert "Bcc" not in letter.message()


def test_a_letter_is_in_the_sites_colour(site, customer, method, sent, html):
    site.brand_color, site.support_email = "#ffe600", "help@acme.example"
    site.website, site.support_phone = "https://acme.example", "+1 415 555 0132"
    site.save()
    pay(method, customer)

    (letter,) = sent("receipt")

    page = html(letter)
    assert "background-color:#ffe600;color:#14181f" in page
    for href in ("mailto:help@acme.example", "tel:+1 415 555 0132", "https://acme.example"):
        assert f'href="{href}"' in page
        assert href.partition(":")[2].lstrip("/") in letter.body


@pytest.mark.parametrize(
    ("kind", "columns", "shown"),
    [
        pytest.param("card", {"brand": "amex"}, "American Express •••• 4242", id="card"),
        pytest.param("card", {"brand": ""}, "Card •••• 4242", id="card of no brand"),
        pytest.param(
            "us_bank_account", {"bank_name": "Test Bank"}, "Test Bank •••• 4242", id="account"
        ),
        pytest.param("us_bank_account", {}, "Bank account •••• 4242", id="account at some bank"),
    ],
)
def test_the_method_is_named(customer, gateway, sent, lines, kind, columns, shown):
    blank = {"brand": "", "verification": "verified" if kind != "card" else ""}
    method = PaymentMethodFactory(
        customer=customer, attached_at=AT, kind=kind, **{**blank, **columns}
    )
    pay(method, customer)

    (letter,) = sent("receipt")

    assert lines(letter)["Payment method"] == shown


def test_live_mode_says_nothing_of_tests(site, gateway, at):
    with scoped_to(site, livemode=True):
        customer = CustomerFactory()
        account = GatewayAccountFactory(kind="stripe", is_active=True)
        charge = ChargeFactory(customer=customer, gateway_account=account, settled_at=at)
        message = messages.queue(
            Message.Kind.RECEIPT, charge, to=customer.email, customer_id=customer.pk, at=at
        )
        sent = messages.send(message, at=at)

    assert sent.subject == "Your receipt from Acme: $20.00"
    assert "test mode" not in sent.text + sent.html
    assert len(mail.outbox) == 1
