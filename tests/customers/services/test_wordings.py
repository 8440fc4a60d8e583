"""Wordings: what emails say, in our texts or in the merchant's own."""

import pytest
from django.conf import settings
from django.utils import translation

from customers.kit.errors import InvalidRequest
from customers.kit.provenance import Provenance, acting
from customers.models import AuditEntry, Message, Wording
from customers.services import letters, wordings
from customers.services.wordings import Texts

KIND = Message.Kind
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def said(site, kind, own, *, at, language="en"):
    to = letters.reader_of([language], site, livemode=True)
    with letters.in_language_of(to):
        return letters.example(to, kind, own, at=at)


def test_every_email_to_customers_can_be_changed():
    to_staff = {KIND.WEBHOOK_FAILING, KIND.WEBHOOK_DISABLED, KIND.FACTOR_RESET, KIND.FINDING}

    assert set(wordings.kinds()) == set(KIND) - to_staff


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", wordings.kinds())
def test_every_placeholder_is_known_and_every_text_of_ours_needs_no_other(site, kind, language, at):
    letter = said(site, kind, {}, language=language, at=at)
    with translation.override(language):
        ours = wordings.parts_of(kind)
        example = wordings.patterns[kind].example(
            letters.reader_of([language], site, livemode=True), at
        )

    assert set(example.words) >= set(wordings.patterns[kind].placeholders)
    assert all(example.words[name] for name in wordings.patterns[kind].placeholders)
    assert wordings.own_of(kind, language, {part: f"{text}!" for part, text in ours.items()})
    assert not set("{}%") & set(letter.subject + letter.text)


def test_texts_of_ones_own_are_kept_and_said(site, at):
    texts = {"subject": "Paid: {amount}", "heading": "  ", "sentence": "Thanks, {name}!\r\nBye."}

    kept = wordings.put(site, KIND.RECEIPT, "en", texts=texts, at=at)

    assert kept == wordings.of(site, KIND.RECEIPT, "en") == {
        "subject": "Paid: {amount}", "sentence": "Thanks, {name}!\nBye.",
    }  # fmt: skip
    assert wordings.languages_by_kind(site) == {"receipt": ["en"]}
    letter = said(site, KIND.RECEIPT, kept, at=at)
    assert letter.subject == "Paid: $49.00"
    assert "Thanks, Ada Whitfield!\nBye." in letter.text
    assert "Thanks, Ada Whitfield!<br>Bye." in letter.html


def test_our_own_texts_are_not_kept(site, at):
    ours = wordings.parts_of(KIND.RECEIPT)

    assert wordings.put(site, KIND.RECEIPT, "en", texts=ours, at=at) == {}
    assert Wording.objects.count() == 0


def test_texts_are_changed_and_given_up(site, at):
    wordings.put(site, KIND.REFUND, "th", texts={"heading": "A"}, at=at)
    wordings.put(site, KIND.REFUND, "th", texts={"heading": "B"}, at=at)
    changed = wordings.of(site, KIND.REFUND, "th")

    wordings.put(site, KIND.REFUND, "th", texts={}, at=at)

    assert (changed, wordings.of(site, KIND.REFUND, "th")) == ({"heading": "B"}, {})


def test_the_audit_log_has_the_texts_before_and_after(scope, at):
    site = scope.site
    wordings.put(site, KIND.REFUND, "th", texts={"heading": "A", "sentence": "C"}, at=at)

    with acting(Provenance("dashboard", actor="robin@example.com")):
        wordings.put(site, KIND.REFUND, "th", texts={"heading": "B", "sentence": "C"}, at=at)
        wordings.put(site, KIND.REFUND, "th", texts={"heading": "B", "sentence": "C"}, at=at)
        wordings.put(site, KIND.REFUND, "th", texts={}, at=at)

    entered = AuditEntry.objects.order_by("pk").values_list("action", "before", "after")
    assert list(entered) == [
        (
            "site.wording",
            {"refund": {"th": {"heading": "A"}}},
            {"refund": {"th": {"heading": "B"}}},
        ),
        (
            "site.wording",
            {"refund": {"th": {"heading": "B", "sentence": "C"}}},
            {"refund": {"th": {"heading": "", "sentence": ""}}},
        ),
    ]


def test_texts_are_a_sites_and_a_languages(site, other, at):
    wordings.put(site, KIND.REFUND, "th", texts={"heading": "A"}, at=at)

    assert wordings.of(other[0], KIND.REFUND, "th") == wordings.of(site, KIND.REFUND, "en") == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hello {nobody}", "{nobody}"),
        ("{amount.__class__}", "{amount.__class__}"),
        ("{amount!r} {site}", "{amount!r}"),
        ("{", "{"),
        ("a } b", "}"),
        ("{{amount}}", "{"),
        ("{ amount }", "{ amount }"),
        ("{last4}", "{last4}"),
    ],
)
def test_an_unknown_placeholder_is_refused_by_its_name(site, at, text, named):
    with pytest.raises(InvalidRequest, match="is not known here") as refusal:
        wordings.put(site, KIND.RECEIPT, "en", texts={"sentence": text}, at=at)

    assert (refusal.value.param, f"'{named}'" in refusal.value.message) == ("sentence", True)
    assert Wording.objects.count() == 0


@pytest.mark.parametrize(
    ("part", "text"), [("subject", "x" * 201), ("button", "Pay"), ("heading", "x" * 201)]
)
def test_a_text_that_does_not_fit_is_refused(site, at, part, text):
    with pytest.raises(InvalidRequest) as refusal:
        wordings.put(site, KIND.RECEIPT, "en", texts={part: text}, at=at)

    assert refusal.value.param == part


def test_a_text_with_a_hole_gives_way_to_ours():
    texts = Texts("Due", "Heading", "%(site)s asks", request="Please pay.")
    own = {"request": "Pay by {date}!", "heading": "From {site}"}

    found = wordings.chosen(KIND.INVOICE, texts, own, {"site": "Acme", "date": ""})

    assert found == {
        "subject": "Due", "heading": "From Acme", "sentence": "Acme asks", "request": "Please pay.",
        "button": "",
    }  # fmt: skip


def test_nothing_in_a_text_is_markup_and_no_word_is_filled_in_twice(site, at):
    own = {"sentence": "<b>Hi</b> {site} & co", "heading": "{{ site.pk }}".replace("{", "(")}
    site.name = "{amount} <script>"

    letter = said(site, KIND.RECEIPT, own, at=at)

    assert "&lt;b&gt;Hi&lt;/b&gt; {amount} &lt;script&gt; &amp; co" in letter.html
    assert "<script" not in letter.html
    assert "<b>Hi</b> {amount} <script> & co" in letter.text


def test_a_subject_is_one_line(site, at):
    assert said(site, KIND.RECEIPT, {"subject": "A\nBcc: b@example.com"}, at=at).subject == (
        "A Bcc: b@example.com"
    )
