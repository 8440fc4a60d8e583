"""Messages: written in the transaction of what they tell of, sent by the worker afterwards.

What is due stands in the rows themselves, so a worker may die anywhere. It claims a message for a while, gives it its
words, hands it to the mail server, and notes that. Killed between the last two, it leaves a message that goes out once
more when the claim has run out: at least once is all that mail allows. Both copies have the same Message-ID.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.mime.image import MIMEImage
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPRecipientsRefused

from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction

from customers.kit import jobs, provenance, scrubbing, sessions, statements, together
from customers.kit.errors import NotFound
from customers.kit.registry import Lookup
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, Message, Site, TenantModel
from customers.services import branding, letters, test_clocks
from customers.services.letters import Letter

logger = logging.getLogger(__name__)
Status = Message.Status

CLAIM = timedelta(minutes=2)
"""For how long a worker has a message for itself; sending takes less, as every step of it has a time limit."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""After how long a message that could not be sent is tried again; after the last one it is given up."""
_WAITING = "messages: of this batch"
_SENDING = 1_835_099_493  # the first of the two numbers that name our advisory locks
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")
_PERMANENT = range(500, 600)  # what SMTP answers when trying again is no use

composers: Lookup[Callable[[Message], Letter]] = Lookup("composers of messages")
"""By kind: the function that finds a message's words; higher apps register theirs."""
secrets_of: Lookup[Callable[[Message], Mapping[str, str]]] = Lookup("secrets of messages")
"""By kind: what stands in a message's words instead of a secret, with the secret that is sent in its place and is kept
nowhere: staff reads messages, and whoever has a customer's code is the customer. Each attempt asks anew."""


@dataclass(frozen=True, slots=True)
class About:
    """What a message tells of, where that is nothing of a tenant's, such as an operator's account.

    Args:
        pk: its id.
        site_id: of the site in whose name the message comes.
    """

    pk: str
    site_id: str
    livemode: bool


class NotNeeded(Exception):
    """There is nothing to tell any more; composers raise it, with a sentence that says why."""


class Undeliverable(Exception):
    """Trying again would be no use; the sentence says why."""


def prepare(
    kind: Message.Kind,
    about: TenantModel | About,
    *,
    to: str,
    customer_id: str | None,
    occasion: str = "",
    at: datetime,
) -> Message:
    """Return the unsaved row of a message, for callers that insert it in one statement with what it tells of.

    The worker finds it within seconds. A second message about the same occasion cannot be inserted.
    """
    origin = provenance.current()
    return statements.new_instance(
        Message,
        id=Message.new_id(),
        site_id=about.site_id,
        livemode=about.livemode,
        created_at=at,
        customer_id=customer_id,
        kind=kind,
        about=about.pk,
        occasion=occasion,
        door=origin.door,
        actor=origin.actor,
        to=to,
        next_attempt_at=test_clocks.real(at),
    )


def queue(
    kind: Message.Kind,
    about: TenantModel | About,
    *,
    to: str,
    customer_id: str | None,
    occasion: str = "",
    at: datetime,
) -> Message:
    """Write a message in the caller's transaction, to be sent right after it; where there is one already, return that.

    Args:
        about: the object that it tells of.
        occasion: which message about it, where there are several.
    """
    row = prepare(kind, about, to=to, customer_id=customer_id, occasion=occasion, at=at)
    if together.is_batch():
        together.insert(row)
        _send_behind(row)
        return row
    try:
        with transaction.atomic():
            statements.insert(row)
    except IntegrityError:
        return Message.objects.get(kind=kind, about=about.pk, occasion=occasion)
    jobs.defer("customers.send_message", message_id=row.pk)
    return row


def queue_written(
    kind: Message.Kind, letter: Letter, *, site: Site, livemode: bool, to: str, at: datetime
) -> Message:
    """Write a message that has its words already and tells of nothing that there is; it is sent like any other."""
    pk = Message.new_id()
    with transaction.atomic():
        row = Message.objects.create(
            id=pk,
            site=site,
            livemode=livemode,
            created_at=at,
            kind=kind,
            about=site.pk,
            occasion=pk,
            to=to,
            next_attempt_at=at,
            language=letter.language,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
        )
        jobs.defer("customers.send_message", message_id=row.pk)
    return row


def get(customer: Customer, pk: str) -> Message:
    """Return a message to a customer.

    Raises:
        NotFound: there is none with this id.
    """
    found = Message.objects.filter(customer=customer, pk=pk).first()
    if found is None:
        raise NotFound(f"No such message: '{pk}'", param="id")
    return found


def due(*, at: datetime, limit: int = 100) -> list[Message]:
    """Return the messages of every site that are to be sent, without their words, those that wait longest first."""
    with every_site():
        rows = Message.objects.filter(status=Status.QUEUED, next_attempt_at__lte=at)
        return list(rows.defer("text", "html").order_by("next_attempt_at")[:limit])


@contextmanager
def alone() -> Iterator[bool]:
    """Tell whether nobody else is working off what is due, and keep it so inside.

    A mail server that hangs then costs one worker's slot, and not, run after run, all of those that look after money.
    The lock is the database session's: whoever is killed has let go of it.
    """
    with sessions.locked(_SENDING, 0) as is_ours:
        yield is_ours


def send_by_id(pk: str, *, at: datetime) -> Message | None:
    """Send a message that is due; None where there is none with this id."""
    with every_site():
        message = Message.objects.filter(pk=pk).first()
    return send(message, at=at) if message is not None else None


def send(message: Message, *, at: datetime) -> Message:
    """Send a message that is due, and return it as it is then; one that is not, or that somebody else has, stays so.

    Args:
        at: now, for each message anew: it is the others' who come after `CLAIM`.
    """
    with scoped_to(message.site, livemode=message.livemode):
        row = _claimed(message.pk, at=at)
        if row is None:
            return Message.objects.get(pk=message.pk)
        try:
            if not row.subject:
                compose(row)
            _deliver(row)
        except (NotNeeded, Undeliverable) as error:
            return _move(row, Status.FAILED, error=str(error), at=at)
        except Exception as error:  # noqa: BLE001 -- whatever a mail server answers, the others' mail goes on
            return _put_off(row, error, at=at)
        return _move(row, Status.SENT, at=at)


def _send_behind(row: Message) -> None:
    """Have a message sent by a job that is deferred with those of the batch's others."""
    waiting: list[str] = together.recalled(_WAITING) or []
    together.remember(_WAITING, waiting)
    waiting.append(row.pk)
    together.afterwards(lambda: _defer_all(waiting))


def _defer_all(waiting: list[str]) -> None:
    """Defer the jobs of all messages of a batch in the first one's turn."""
    if waiting:
        jobs.defer_many("customers.send_message", [{"message_id": pk} for pk in waiting])
        waiting.clear()


def _claimed(pk: str, *, at: datetime) -> Message | None:
    """Take a message for a while, and count the attempt before it is made."""
    with transaction.atomic(durable=True):
        rows = Message.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        row = (
            rows.select_related("site")
            .filter(pk=pk, status=Status.QUEUED, next_attempt_at__lte=at)
            .first()
        )
        if row is None:
            return None
        row.attempts += 1
        row.next_attempt_at = at + CLAIM
        row.save(update_fields=["attempts", "next_attempt_at"])
    return row


def compose(row: Message) -> None:
    """Give a message its words, and keep them before anybody else sees them: each attempt sends the same ones.

    Raises:
        NotNeeded: there is nothing to tell any more.
    """
    letter = composers[row.kind](row)
    row.language, row.subject = letter.language, letter.subject
    row.text, row.html = letter.text, letter.html
    row.save(update_fields=["language", "subject", "text", "html"])


def _deliver(row: Message) -> None:
    """Hand a message to the mail server.

    Raises:
        Undeliverable: the server will never take it.
        NotNeeded: its secret is good for nothing any more.
    """
    if not _ADDRESS.fullmatch(row.to):
        raise Undeliverable("This is no address that mail can be sent to.")
    backend = settings.EMAIL_BACKEND if row.livemode else settings.EMAIL_TEST_MODE_BACKEND
    _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    hidden = secrets_of[row.kind](row) if row.kind in secrets_of else {}
    mail = EmailMultiAlternatives(
        subject=row.subject,
        body=_with(hidden, row.text),
        from_email=_named(row.site, sender),
        to=[row.to],
        reply_to=[row.site.support_email] if row.site.support_email else None,
        headers={
            "Message-ID": f"<{row.pk}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            **(
                {"Priority": "urgent"} if hidden else {}
            ),  # RFC 2156: somebody waits for it, in front of a form
        },
        connection=get_connection(backend),
    )
    mail.attach_alternative(_with(hidden, row.html), "text/html")
    _attach_logos(mail, row)
    try:
        mail.send()
    except AnymailRecipientsRefused as error:
        raise Undeliverable(_said(error)) from error
    except SMTPRecipientsRefused as error:
        if all(code in _PERMANENT for code, _text in error.recipients.values()):
            raise Undeliverable(_said(error)) from error
        raise
    except SMTPDataError as error:
        if error.smtp_code in _PERMANENT:
            raise Undeliverable(_said(error)) from error
        raise


def _with(hidden: Mapping[str, str], words: str) -> str:
    """Return a message's words with its secrets in their places."""
    for place, secret in hidden.items():
        words = words.replace(place, secret)
    return words


def _attach_logos(mail: EmailMultiAlternatives, row: Message) -> None:
    """Send the pictures along that a letter shows, so that reading it asks nobody for them."""
    for name in letters.logo_names(row.html):
        logo = branding.logo(row.site, name)
        part = MIMEImage(bytes(logo.content), logo.media_type.partition("/")[2])
        part.add_header("Content-ID", f"<{name}@logo>")
        part.add_header("Content-Disposition", "inline", filename=name)
        mail.attach(part)


def _named(site: Site, sender: str) -> str:
    """Return the sender's address under the site's name."""
    name = letters.one_line(site.name).replace("\\", "").replace('"', "")
    return f'"{name}" <{sender}>' if name else sender


def _move(row: Message, target: Status, *, error: str = "", at: datetime) -> Message:
    with transaction.atomic():
        message = Message.objects.select_for_update(no_key=True).get(pk=row.pk)
        if message.status != Status.QUEUED:  # the claim ran out, and somebody else was done first
            return message
        Message.TRANSITIONS.event(message.status, target, noun="message")
        message.status, message.next_attempt_at = target, None
        message.sent_at = at if target == Status.SENT else None
        message.error = scrubbing.scrub(error)[:500]
        message.save(update_fields=["status", "next_attempt_at", "sent_at", "error"])
    return message


def _put_off(row: Message, error: Exception, *, at: datetime) -> Message:
    """Let a message wait for its next attempt, or give it up after the last one."""
    logger.warning("Message %s was not sent: %s", row.pk, _said(error), exc_info=error)
    if row.attempts > len(WAITS):
        return _move(row, Status.FAILED, error=_said(error), at=at)
    factor = 1 if row.livemode else settings.DRILL_TIME_FACTOR
    row.next_attempt_at = at + WAITS[row.attempts - 1] * factor
    row.error = scrubbing.scrub(_said(error))[:500]
    with transaction.atomic():
        mine = Message.objects.filter(pk=row.pk, status=Status.QUEUED, attempts=row.attempts)
        mine.update(next_attempt_at=row.next_attempt_at, error=row.error)
    return row


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
