"""The page "Marketing and data": answers with their words, and a copy of all that is kept."""

import json

from customers.kit import clock
from customers.models import Consent, Customer, Erasure
from tests.factories.customers import ConsentFactory, NoteFactory
from tests.portal.views.test_details import text_of

PAGE = "/portal/acme/consent"
MAIL = "Acme may send me news and offers by email. I can take this back here at any time."


def rows():
    return list(
        Consent.objects.order_by("channel").values_list("channel", "granted", "door", "actor", "wording")
    )  # fmt: skip


def test_answers_are_kept_with_who_gave_them_and_their_words(client, session, customer):
    answer = client.post(PAGE, {"mail_marketing": "on"})

    assert answer["Location"] == PAGE
    call = "Acme may call me about news and offers. I can take this back here at any time."
    assert rows() == [
        ("mail_marketing", True, "portal", "jenny@example.com", MAIL),
        ("tele_marketing", False, "portal", "jenny@example.com", call),
    ]
    row = Customer.objects.get(pk=customer.pk)
    assert (row.mail_marketing, row.tele_marketing) == (True, False)


def test_an_answer_that_was_given_before_is_not_written_again(client, session, customer):
    client.post(PAGE, {"mail_marketing": "on"})

    client.post(PAGE, {"mail_marketing": "on"})

    assert Consent.objects.count() == 2


def test_words_are_kept_in_the_language_in_which_they_were_read(client, sign_in, customer):
    sign_in(customer, locale="it")

    client.post(PAGE, {"mail_marketing": "on"})

    wording = Consent.objects.get(channel="mail_marketing").wording
    assert wording.startswith("Acme può inviarmi novità e offerte via email.")


def test_the_history_says_who_and_when_but_names_nobody_of_the_staff(client, session, customer):
    ConsentFactory(customer=customer, granted=True, door="dashboard", actor="robin@example.com")
    client.post(PAGE, {"mail_marketing": "on"})

    page = text_of(client.get(PAGE))

    assert "entered by Acme" in page
    assert "by you, on these pages" in page
    assert f"<blockquote>{MAIL}</blockquote>" in page
    assert "robin@example.com" not in page


def test_a_copy_needs_a_fresh_code(client, session):
    answer = client.post(f"{PAGE}/export")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/portal/acme/verify?next=")


def test_a_copy_has_what_is_kept_and_not_what_staff_wrote(client, sign_in, customer):
    sign_in(customer, verified_at=clock.now())
    NoteFactory(customer=customer, text="Pays late.")

    asked = client.get(f"{PAGE}/export")
    answer = client.post(f"{PAGE}/export")

    content = b"".join(answer.streaming_content)
    assert asked.status_code == 200
    assert (
        answer["Content-Disposition"] == f'attachment; filename="acme-{clock.now():%Y-%m-%d}.json"'
    )
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(content)["customer"]["email"] == "jenny@example.com"
    assert b"Pays late." not in content


def test_asking_for_deletion_needs_a_fresh_code(client, session):
    answer = client.post(f"{PAGE}/erasure")

    assert answer["Location"].startswith("/portal/acme/verify?next=")
    assert not Erasure.objects.exists()


def test_a_customer_asks_for_deletion_once(client, sign_in, customer):
    sign_in(customer, verified_at=clock.now())
    page = text_of(client.get(f"{PAGE}/erasure"))

    answers = [client.post(f"{PAGE}/erasure") for _time in range(2)]

    wish = Erasure.objects.get()
    assert "It answers within a month." in page
    assert [answer["Location"] for answer in answers] == [PAGE, PAGE]
    assert (wish.customer_id, wish.status) == (customer.pk, Erasure.Status.REQUESTED)
    assert "You get an answer by" in text_of(client.get(PAGE))
    assert not Customer.objects.get(pk=customer.pk).is_deleted
