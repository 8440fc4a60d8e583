"""`/v1/customers/{customer}/messages`: what was sent to a customer, and what became of it."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.models import Customer, Message
from tests.factories.customers import MessageFactory


@pytest.fixture
def customer(api):
    return api.post("customers", email="ada@example.com").body["id"]


@pytest.fixture
def path(customer):
    return f"customers/{customer}/messages"


@pytest.fixture
def ada(scope, customer):
    return Customer.objects.get(pk=customer)


def test_a_message_that_was_sent_says_so(api, ada, path):
    at = clock.now()
    message = MessageFactory(customer=ada, sent=True, created_at=at, about="ch_1")

    answer = api.get(f"{path}/{message.pk}")

    assert answer.body == {
        "id": message.pk,
        "object": "message",
        "about": "ch_1",
        "attempts": 1,
        "created": int(at.timestamp()),
        "customer": ada.pk,
        "failure_message": None,
        "html": "<p>Thank you</p>",
        "language": "en",
        "livemode": False,
        "sent_at": int(at.timestamp()),
        "status": "sent",
        "subject": "Your receipt from Acme: $20.00",
        "text": "Thank you\n",
        "to": "ada@example.com",
        "type": "receipt",
    }


def test_a_message_that_waits_has_no_words_yet(api, ada, path):
    MessageFactory(customer=ada, attempts=1, error="OSError: timed out")

    (wire,) = api.get(path).body["data"]

    assert (wire["status"], wire["attempts"], wire["sent_at"]) == ("queued", 1, None)
    assert (wire["subject"], wire["text"], wire["html"], wire["language"]) == (None,) * 4
    assert wire["failure_message"] == "OSError: timed out"


def test_the_newest_comes_first(api, ada, path):
    at = clock.now()
    rows = [MessageFactory(customer=ada, created_at=at + timedelta(days=n)) for n in range(3)]
    MessageFactory()

    assert api.get(path).ids == [row.pk for row in reversed(rows)]
    assert api.get(path, limit=1, starting_after=rows[2].pk).ids == [rows[1].pk]


def test_messages_are_narrowed(api, ada, path):
    sent = MessageFactory(customer=ada, sent=True, kind=Message.Kind.REFUND)
    waiting = MessageFactory(customer=ada)

    assert api.get(path, status="sent").ids == [sent.pk]
    assert api.get(path, type="receipt").ids == [waiting.pk]
    assert api.get(path, status="lost").error["param"] == "status"
    assert api.get(path, type="letter").error["param"] == "type"


def test_the_customer_is_expanded(api, ada, path):
    message = MessageFactory(customer=ada)

    answer = api.get(f"{path}/{message.pk}", {"expand": ["customer"]})

    assert answer.body["customer"]["email"] == "ada@example.com"


def test_another_customers_message_is_not_found(api, path, scope):
    answer = api.get(f"{path}/{MessageFactory().pk}")

    assert (answer.status, answer.error["code"]) == (404, "resource_missing")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_was_sent_is_not_changed(api, ada, path, nothing_written, method):
    message = MessageFactory(customer=ada)

    with nothing_written():
        answers = [getattr(api, method)(where) for where in (path, f"{path}/{message.pk}")]

    assert [answer.status for answer in answers] == [405, 405]


def test_a_payment_shows_up_on_its_customer(api, path, customer):
    api.post("payment_methods/pm_card_visa/attach", customer=customer)
    charge = api.post("charges", amount=2000, currency="usd", customer=customer).body

    (wire,) = api.get(path).body["data"]
    assert (wire["type"], wire["about"], wire["to"]) == ("receipt", charge["id"], "ada@example.com")
