"""The emails to a customer, in the dashboard: listed, and each shown as it was sent."""

import pytest

from customers.kit.tenancy import scoped_to
from customers.models import Role
from tests.customers.admin import page
from tests.factories.customers import CustomerFactory, MessageFactory

LIST = "/admin/customers/customer/"


@pytest.fixture
def ada(scope):
    return CustomerFactory(name="Ada", email="ada@example.com")


@pytest.fixture
def letter(ada):
    return MessageFactory(customer=ada, sent=True, about="ch_1", html="<p>Thank <b>you</b></p>")


@pytest.fixture
def here(ada, letter):
    return f"{LIST}{ada.pk}/messages/{letter.pk}/"


def test_the_customers_page_lists_them(owner, ada, letter, here):
    MessageFactory(
        customer=ada, kind="refund", status="failed", next_attempt_at=None, to="old@example.com"
    )
    MessageFactory(to="other@example.com")

    answer = owner.get(f"{LIST}{ada.pk}/")

    text = " ".join(answer.content.decode().split())
    for said in (
        "<h2>Emails</h2>", 'Receipt</a> <span class="badge ok">Sent</span>', "Your receipt from Acme: $20.00",
        'Refund</a> <span class="badge bad">Not sent</span>', "old@example.com",
    ):  # fmt: skip
        assert said in text, said
    assert "other@example.com" not in text
    assert here in page.links(answer)


def test_who_was_sent_nothing_is_told_so(owner, ada):
    answer = owner.get(f"{LIST}{ada.pk}/")

    assert "Nothing was sent to the customer yet." in answer.content.decode()


def test_the_page_shows_what_was_sent(owner, letter, here):
    answer = owner.get(here)

    text = answer.content.decode()
    facts = page.facts(answer)
    assert (facts["Status"], facts["To"], facts["Payment or card"]) == (
        "Sent",
        "ada@example.com",
        "ch_1",
    )
    assert f'<iframe class="letter" src="{here}html/"' in text
    assert "<code>Thank you\n</code>" in text
    assert "<b>you</b>" not in text
    assert "frame-src 'self'" in answer["Content-Security-Policy"]


def test_the_html_is_a_document_that_can_do_nothing(owner, here):
    answer = owner.get(f"{here}html/")

    policy = dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )
    assert answer.content == b"<p>Thank <b>you</b></p>"
    assert policy == {
        "base-uri": "'none'", "connect-src": "'none'", "default-src": "'none'", "font-src": "'none'",
        "form-action": "'none'", "frame-ancestors": "'self'", "img-src": "'self'", "object-src": "'none'",
        "sandbox": "", "script-src": "'none'", "style-src": "'unsafe-inline'",
    }  # fmt: skip
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_message_that_waits_has_nothing_to_show(owner, ada):
    waiting = MessageFactory(customer=ada, error="OSError: timed out", attempts=2)

    answer = owner.get(f"{LIST}{ada.pk}/messages/{waiting.pk}/")

    text = answer.content.decode()
    assert "It gets its words when it is sent." in text
    assert "OSError: timed out" in text
    assert "<iframe" not in text


@pytest.mark.parametrize("part", ["", "html/"])
def test_another_customers_message_is_not_found(owner, ada, other, part):
    with scoped_to(other[0], livemode=False):
        theirs = MessageFactory()
    another = MessageFactory()

    found = [
        owner.get(f"{LIST}{customer}/messages/{message}/{part}").status_code
        for customer, message in (
            (ada.pk, another.pk),
            (ada.pk, theirs.pk),
            (theirs.customer_id, theirs.pk),
            (ada.pk, "msg_none"),
        )
    ]

    assert found == [404, 404, 404, 404]


@pytest.mark.parametrize("part", ["", "html/"])
def test_every_role_may_read(signed_in, here, part):
    assert {signed_in(role).get(f"{here}{part}").status_code for role in Role.values} == {200}


def test_what_people_wrote_is_text(owner, ada):
    evil = MessageFactory(
        customer=ada, sent=True, subject="<script>x</script>", text="<script>y</script>"
    )

    text = owner.get(f"{LIST}{ada.pk}/messages/{evil.pk}/").content.decode()

    assert "<script>x" not in text
    assert "<script>y" not in text
    assert "&lt;script&gt;y&lt;/script&gt;" in text
