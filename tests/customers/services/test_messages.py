"""Messages: written once, sent once, tried again while that may help."""

import json
from datetime import timedelta
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused

import psycopg
import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from customers import tasks
from customers.kit import statements
from customers.kit.errors import NotFound
from customers.kit.tenancy import scoped_to
from customers.models import Message
from customers.services import letters, messages
from customers.services.letters import Letter
from tests.factories.customers import CustomerFactory, MessageFactory

Kind, Status = Message.Kind, Message.Status
TO = "ada@example.com"


@pytest.fixture
def ada(scope):
    return CustomerFactory(name="Ada", email=TO)


@pytest.fixture
def words(monkeypatch):
    """What messages say, instead of what payments would make of them; may be changed."""
    said = {"subject": "Hello", "text": "Hello Ada\n", "html": "<p>Hello Ada</p>"}

    def compose(message):
        said["asked"] = said.get("asked", 0) + 1
        return Letter("en", said["subject"], said["text"], said["html"])

    monkeypatch.setitem(messages.composers._functions, Kind.RECEIPT, compose)
    return said


@pytest.fixture
def message(ada, words, at):
    return messages.queue(Kind.RECEIPT, ada, to=TO, customer_id=ada.pk, at=at)


@pytest.fixture
def server(monkeypatch):
    """Answers of a mail server, one for each attempt: None takes the message, an exception is raised."""
    answers = []

    class Server:
        def send_messages(self, sent):
            answer = answers.pop(0)
            if answer is not None:
                raise answer
            mail.outbox.extend(sent)
            return len(sent)

    monkeypatch.setattr(messages, "get_connection", lambda backend: Server())
    return answers


def jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'customers.send_message'"
        )
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor]


def test_a_message_is_written_with_the_job_that_sends_it(ada, at):
    message = messages.queue(Kind.CARD_EXPIRY, ada, to=TO, customer_id=ada.pk, occasion="60", at=at)

    stored = Message.objects.get()
    assert stored == message
    assert (stored.kind, stored.about, stored.occasion) == ("card_expiry", ada.pk, "60")
    assert (stored.customer_id, stored.to, stored.status) == (ada.pk, TO, "queued")
    assert (stored.created_at, stored.next_attempt_at, stored.attempts) == (at, at, 0)
    assert jobs() == [{"message_id": message.pk}]


def test_what_was_written_is_not_written_again(ada, message, at):
    again = messages.queue(Kind.RECEIPT, ada, to=TO, customer_id=ada.pk, at=at)

    assert again == message
    assert Message.objects.count() == 1
    assert len(jobs()) == 1


def test_a_message_can_be_written_together_with_what_it_tells_of(ada, at):
    row = messages.prepare(Kind.REFUND, ada, to=TO, customer_id=ada.pk, at=at)

    statements.insert(row)

    assert messages.due(at=at) == [Message.objects.get(kind="refund", about=ada.pk, to=TO)]
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.insert(messages.prepare(Kind.REFUND, ada, to=TO, customer_id=None, at=at))


def test_a_message_is_sent(site, message, words, at):
    sent = messages.send(message, at=at + timedelta(seconds=3))

    assert (sent.status, sent.sent_at) == ("sent", at + timedelta(seconds=3))
    assert (sent.attempts, sent.next_attempt_at, sent.error) == (1, None, "")
    assert (sent.language, sent.subject, sent.text, sent.html) == (
        "en", "Hello", "Hello Ada\n", "<p>Hello Ada</p>",
    )  # fmt: skip
    (letter,) = mail.outbox
    assert (letter.to, letter.subject, letter.body) == ([TO], "Hello", "Hello Ada\n")
    assert letter.alternatives == [("<p>Hello Ada</p>", "text/html")]
    assert letter.from_email == '"Acme" <billing@example.com>'
    assert letter.reply_to == []
    assert letter.extra_headers == {
        "Message-ID": f"<{message.pk}@example.com>",
        "Auto-Submitted": "auto-generated",
    }


def test_answers_go_to_the_sites_support(site, message, at):
    site.support_email = "help@acme.example"
    site.save()

    messages.send(Message.objects.get(), at=at)

    assert mail.outbox[0].reply_to == ["help@acme.example"]


def test_a_message_is_sent_once(message, words, at):
    for seconds in (0, 1, 600):
        messages.send(message, at=at + timedelta(seconds=seconds))

    assert len(mail.outbox) == 1
    assert words["asked"] == 1


def test_what_is_not_due_waits(message, at):
    messages.send(message, at=at - timedelta(seconds=1))

    assert mail.outbox == []
    assert messages.due(at=at - timedelta(seconds=1)) == []
    assert messages.due(at=at) == [message]


def test_a_message_whose_worker_died_is_sent_when_its_claim_has_run_out(message, words, at):
    """Killed after the mail server took it: the same letter goes out again, and mail programs know it by its id."""
    row = messages._claimed(message.pk, at=at)
    messages.compose(row)
    messages._deliver(row)
    words["subject"] = "Something else"

    early = messages.send(message, at=at + messages.CLAIM - timedelta(seconds=1))
    late = messages.send(message, at=at + messages.CLAIM)

    assert (early.status, late.status, late.attempts) == ("queued", "sent", 2)
    first, second = mail.outbox
    assert (first.subject, first.extra_headers) == (second.subject, second.extra_headers)


def test_who_comes_second_changes_nothing(message, at):
    """A worker that took longer than its claim finds that another one was done."""
    slow = messages._claimed(message.pk, at=at)
    messages.send(message, at=at + messages.CLAIM)

    moved = messages._move(slow, Status.FAILED, error="late", at=at + timedelta(minutes=9))

    assert (moved.status, moved.error) == ("sent", "")


def test_a_server_that_does_not_answer_is_asked_again(message, server, at, settings):
    settings.DRILL_TIME_FACTOR = 1
    server += [OSError("timed out"), None]

    failed = messages.send(message, at=at)
    soon = messages.send(message, at=at + timedelta(seconds=59))
    sent = messages.send(message, at=at + timedelta(seconds=60))

    assert (failed.status, failed.error) == ("queued", "OSError: timed out")
    assert failed.next_attempt_at == at + timedelta(minutes=1)
    assert (soon.status, sent.status, sent.error) == ("queued", "sent", "")
    assert len(mail.outbox) == 1


def test_waiting_is_shorter_in_drills(message, server, at, settings):
    settings.DRILL_TIME_FACTOR = 0.1
    server.append(OSError("timed out"))

    failed = messages.send(message, at=at)

    assert failed.next_attempt_at == at + timedelta(seconds=6)


def test_a_message_is_given_up_after_the_last_wait(message, server, at):
    server += [OSError("timed out")] * (len(messages.WAITS) + 1)

    statuses = []
    for _ in range(len(messages.WAITS) + 1):
        tried = messages.send(message, at=at)
        statuses.append(tried.status)
        at = tried.next_attempt_at

    assert statuses == ["queued"] * len(messages.WAITS) + ["failed"]
    assert at is None
    assert Message.objects.get().error == "OSError: timed out"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(SMTPRecipientsRefused({TO: (550, b"no such user")}), "failed", id="unknown"),
        pytest.param(SMTPRecipientsRefused({TO: (450, b"busy")}), "queued", id="busy"),
        pytest.param(SMTPDataError(554, b"spam"), "failed", id="refused"),
        pytest.param(SMTPDataError(451, b"later"), "queued", id="later"),
        pytest.param(SMTPAuthenticationError(535, b"who are you"), "queued", id="our sign-in"),
        pytest.param(ValueError("a bug"), "queued", id="a bug"),
    ],
)
def test_what_may_pass_is_tried_again(message, server, answer, status, at):
    server.append(answer)

    tried = messages.send(message, at=at)

    assert (tried.status, tried.attempts) == (status, 1)
    assert type(answer).__name__ in tried.error
    assert TO not in tried.error


def test_what_nobody_can_put_into_words_fails_by_itself(message, monkeypatch, at):
    def compose(message):
        raise messages.NotNeeded("The card was removed.")

    monkeypatch.setitem(messages.composers._functions, Kind.RECEIPT, compose)

    sent = messages.send(message, at=at)

    assert (sent.status, sent.error, sent.sent_at) == ("failed", "The card was removed.", None)
    assert mail.outbox == []


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\nBcc: eve@example.com", "ada@example.com, eve@example.com", "ada", "", "@example.com",
        "<ada@example.com>", "ada@example.com\x01", "ada@exa mple.com",
    ],
)  # fmt: skip
def test_an_address_is_one_address(ada, words, address, at):
    message = messages.queue(Kind.RECEIPT, ada, to=address, customer_id=ada.pk, at=at)

    sent = messages.send(message, at=at)

    assert (sent.status, sent.error) == ("failed", "This is no address that mail can be sent to.")
    assert mail.outbox == []


@pytest.mark.parametrize(
    "address", ["ada@bücher.example", "อาดา@example.com", "o'neil+x@example.com"]
)
def test_an_address_may_have_any_letters(ada, words, address, at):
    message = messages.queue(Kind.RECEIPT, ada, to=address, customer_id=ada.pk, at=at)

    assert messages.send(message, at=at).status == "sent"


def test_headers_hold_what_they_are_given_and_no_more(site, message, words, at):
    site.name = 'Ac"me\r\nBcc: eve@example.com\\ <x@example.com>'
    site.save()
    words["subject"] = letters.one_line("Hello\r\nBcc: eve@example.com\u2028\x00")

    messages.send(Message.objects.get(), at=at)

    written = mail.outbox[0].message()
    assert set(written) == {
        "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted",
    }  # fmt: skip
    assert written["Subject"] == "Hello Bcc: eve@example.com"
    assert written["From"] == '"Acme Bcc: eve@example.com <x@example.com>" <billing@example.com>'


def test_mail_of_test_mode_can_be_kept(message, settings, tmp_path, at):
    settings.EMAIL_TEST_MODE_BACKEND = "config.mail_keeping.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)

    sent = messages.send(message, at=at)

    (path,) = tmp_path.iterdir()
    assert sent.status == "sent"
    assert mail.outbox == []
    assert f"<{message.pk}@example.com>" in path.read_text()


def test_one_message_that_fails_does_not_hold_up_the_others(ada, words, server, at):
    rows = [
        MessageFactory(customer=ada, next_attempt_at=at - timedelta(seconds=3 - number))
        for number in range(3)
    ]
    server += [OSError("no"), None, ValueError("no")]

    tasks.send_messages.func(int(at.timestamp()) + 1)

    assert [Message.objects.get(pk=row.pk).status for row in rows] == ["queued", "sent", "queued"]


def test_one_run_at_a_time_works_off_what_is_due(message, settings, at):
    """A mail server that hangs must not take all slots of a worker, one every five seconds."""
    with psycopg.connect(**_session()) as another:
        another.execute("SELECT pg_advisory_lock(%s, 0)", [messages._SENDING])
        idle = tasks.send_messages.func(int(at.timestamp()) + 1)
        another.execute("SELECT pg_advisory_unlock(%s, 0)", [messages._SENDING])
    busy = [tasks.send_messages.func(int(at.timestamp()) + 1) for _ in range(2)]

    assert (idle, busy) == (0, [1, 0])
    assert Message.objects.get().status == "sent"


def _session():
    """How another session of the same database is opened."""
    params = connection.get_connection_params()
    return {
        name: value for name, value in params.items() if name not in {"context", "cursor_factory"}
    }


def test_the_job_sends_its_message(message):
    tasks.send_message(message.pk)
    tasks.send_message("msg_unknown")

    assert Message.objects.get().status == "sent"


def test_a_message_of_another_customer_is_not_found(ada, message):
    assert messages.get(ada, message.pk) == message
    with pytest.raises(NotFound):
        messages.get(CustomerFactory(), message.pk)


def test_due_are_those_of_every_site(ada, message, other, at):
    with scoped_to(other[0], livemode=True):
        theirs = MessageFactory(customer=None, next_attempt_at=at - timedelta(seconds=1))

    assert messages.due(at=at) == [theirs, message]
