"""What emails say: changed in the dashboard, looked at before, sent to oneself, given up."""

import pytest

from customers.models import Message, Role, Wording
from customers.services import sites, wordings
from tests.customers.admin import page


@pytest.fixture
def here(site):
    sites.update(site, details={"languages": ["en", "th"]})
    return lambda end="", language="en": (
        f"/admin/customers/site/{site.pk}/emails/receipt/{language}/{end}"
    )


def test_the_settings_list_every_kind_of_email(owner, site, here):
    wordings.put(site, "refund", "th", texts={"heading": "A"}, at=site.created_at)

    answer = owner.get(f"/admin/customers/site/{site.pk}/emails/")

    letters = {letter["title"]: letter["own"] for letter in answer.context["letters"]}
    assert list(letters) == [kind.label for kind in wordings.kinds()]
    assert {title: own for title, own in letters.items() if own} == {"Refund": "ไทย"}
    assert here() in page.links(answer)


def test_the_page_shows_what_can_be_said(owner, here):
    answer = owner.get(here())

    assert page.facts(answer) == {
        "{site}": "Acme", "{name}": "Ada Whitfield", "{amount}": "$49.00",
    }  # fmt: skip
    assert page.fields(answer, choice=None, csrfmiddlewaretoken=None) == {
        "subject": [""], "heading": [""], "sentence": [""],
    }  # fmt: skip


def test_texts_are_changed(owner, site, here):
    form = page.fields(owner.get(here()), sentence="Thank you, {name}.")

    answer = owner.post(here(), form)

    assert (answer.status_code, answer.url) == (302, here())
    assert wordings.of(site, "receipt", "en") == {"sentence": "Thank you, {name}."}
    assert page.fields(owner.get(here()))["sentence"] == ["Thank you, {name}."]


def test_an_unknown_placeholder_is_shown_at_its_field(owner, here):
    answer = owner.post(here(), page.fields(owner.get(here()), heading="Dear {person}"))

    assert page.errors(answer) == {
        "heading": [
            "Invalid heading: '{person}' is not known here. Known are {site}, {name}, {amount}."
        ]
    }
    assert Wording.objects.count() == 0


def test_the_preview_shows_what_was_typed_and_keeps_nothing(owner, here):
    form = page.fields(owner.get(here()), sentence="Cheers <i>{name}</i>")

    saved, typed = owner.get(here("preview/")), owner.post(here("preview/"), form)

    assert "Acme has received your payment of $49.00." in saved.content.decode()
    assert "Cheers &lt;i&gt;Ada Whitfield&lt;/i&gt;" in typed.content.decode()
    assert "sandbox" in typed["Content-Security-Policy"]
    assert "script-src 'none'" in typed["Content-Security-Policy"]
    assert Wording.objects.count() == 0


def test_the_preview_says_why_a_text_cannot_be(owner, here):
    answer = owner.post(here("preview/"), page.fields(owner.get(here()), sentence="{nobody}"))

    assert "'{nobody}' is not known here" in answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_a_test_goes_to_whoever_asks_for_it(owner, site, here, scope):
    wordings.put(site, "receipt", "en", texts={"subject": "Yours: {amount}"}, at=site.created_at)

    answer = owner.post(here("test/"), page.fields(owner.get(here("test/"))))

    assert (answer.status_code, answer.url) == (302, here())
    (message,) = Message.objects.all()
    assert (message.to, message.kind, message.status, message.customer_id) == (
        "owner@example.com", "receipt", "queued", None,
    )  # fmt: skip
    assert message.subject == "[Test] Yours: $49.00"


def test_our_texts_come_back(owner, site, here):
    wordings.put(site, "receipt", "en", texts={"subject": "Yours"}, at=site.created_at)
    assert here("reset/") in page.links(owner.get(here()))

    answer = owner.post(here("reset/"), page.fields(owner.get(here("reset/"))))

    assert (answer.status_code, answer.url) == (302, here())
    assert Wording.objects.count() == 0
    assert here("reset/") not in page.links(owner.get(here()))


@pytest.mark.parametrize("end", ["", "preview/", "test/", "reset/"])
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.READ_ONLY])
def test_who_administers_nothing_changes_no_texts(signed_in, here, end, role):
    client = signed_in(role)

    assert [client.get(here(end)).status_code, client.post(here(end)).status_code] == [403, 403]


@pytest.mark.parametrize(
    "end", ["emails/receipt/fr/", "emails/nothing/en/", "emails/webhook_failing/en/"]
)
def test_what_is_not_written_is_not_found(owner, site, here, end):
    assert owner.get(f"/admin/customers/site/{site.pk}/{end}").status_code == 404
