"""Emails about another address: the code that proves it, and the notice to the one that was left."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Example, Texts
from payments.emails import examples, shown
from portal.emails.addresses import masked
from portal.models import EmailChange

CODE_PLACEHOLDERS = ("site", "name")
NOTICE_PLACEHOLDERS = ("site", "name", "address")


def code_texts() -> Texts:
    """Return what comes with a code."""
    return Texts(
        subject=pgettext("email", "Your code for %(site)s"),
        heading=pgettext("email", "Confirm your new email address"),
        sentence=pgettext(
            "email", "Type this code on the page where you asked %(site)s to change your address."
        ),
        request=pgettext(
            "email",
            "The code works for 10 minutes. If you did not ask for it, you need not do anything.",
        ),
    )


def notice_texts() -> Texts:
    """Return what the old address is told."""
    return Texts(
        subject=pgettext("email", "Your email address at %(site)s was changed"),
        heading=pgettext("email", "Your email address was changed"),
        sentence=pgettext(
            "email", "%(site)s writes to %(address)s from now on, and no longer to this address."
        ),
        request=pgettext(
            "email",
            "Was this not you? Take it back within 24 hours: your old address holds again, and"
            " everybody who is signed in to your account is signed out.",
        ),
        button=pgettext("email", "Take the change back"),
    )


def write_code(message: Message, change: EmailChange, code: str) -> Letter:
    """Return the email with a code.

    Args:
        code: what stands in its place.
    """
    to = letters.reader(change.customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        words = {
            "site": message.site.name,
            "name": shown.name(change.customer),
        }
        return letters.write(
            to,
            "email_code",
            kind=message.kind,
            texts=code_texts(),
            words=words,
            context={"name": words["name"], "code": code},
        )


def write_notice(message: Message, change: EmailChange, undo_url: str) -> Letter:
    """Return the notice to the old address.

    Args:
        undo_url: where the change is taken back.
    """
    to = letters.reader(change.customer, message.site, livemode=message.livemode)
    with letters.in_language_of(to):
        words = {
            "site": message.site.name,
            "name": shown.name(change.customer),
            "address": masked(change.new_email),
        }
        facts = _facts(words["address"], change.confirmed_at or change.created_at, to)
        return letters.write(
            to,
            "email_changed",
            kind=message.kind,
            texts=notice_texts(),
            words=words,
            context={"name": words["name"], "url": undo_url, "facts": facts},
        )


def code_example(to: Reader, at: datetime) -> Example:
    """Return what a made-up email with a code is about."""
    words = {"site": to.site.name, "name": examples.NAME}
    return Example("email_code", words, {"name": examples.NAME, "code": "271828"})


def notice_example(to: Reader, at: datetime) -> Example:
    """Return what a made-up notice is about."""
    words = {
        "site": to.site.name,
        "name": examples.NAME,
        "address": masked("ada@example.com"),
    }
    facts = _facts(words["address"], at, to)
    url = settings.PUBLIC_URL
    return Example("email_changed", words, {"name": examples.NAME, "url": url, "facts": facts})


def _facts(address: str, at: datetime, to: Reader) -> list[tuple[str, str]]:
    return [
        (pgettext("email", "New address"), address),
        (pgettext("email", "Date"), shown.day(at, to)),
    ]
