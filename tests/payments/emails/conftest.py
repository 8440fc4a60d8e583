import re

import pytest
from django.core import mail

from customers.models import Message
from customers.services import messages
from payments.services import gateway_accounts
from tests.factories.payments import PaymentMethodFactory
from tests.payments.fake_gateway import FakeGateway


@pytest.fixture
def gateway(monkeypatch):
    """A gateway in memory instead of every account's own."""
    fake = FakeGateway()
    monkeypatch.setattr(gateway_accounts, "gateway_of", lambda account: fake)
    return fake


@pytest.fixture
def method(customer, gateway):
    """A Visa card of the customer's."""
    return PaymentMethodFactory(customer=customer, attached_at=customer.created_at)


@pytest.fixture
def sent(scope, at):
    """Sends what waits, and returns the letters of one kind as they came out of the mail server."""

    def letters(kind):
        rows = Message.objects.filter(kind=kind).order_by("created_at", "id")
        ids = [messages.send(row, at=row.next_attempt_at or at).pk for row in rows]
        by_id = {letter.extra_headers["Message-ID"]: letter for letter in mail.outbox}
        return [by_id[f"<{pk}@example.com>"] for pk in ids if f"<{pk}@example.com>" in by_id]

    return letters


@pytest.fixture
def lines():
    """Returns the facts of a letter's text, by label."""
    return lambda letter: dict(re.findall(r"^([^:\n]+): (.+)$", letter.body, re.MULTILINE))


@pytest.fixture
def html():
    """Returns a letter's HTML."""

    def of(letter):
        ((content, kind),) = letter.alternatives
        assert kind == "text/html"
        return content

    return of
