"""Letters about another address: who finds their words, the code and the link's secret."""

import secrets
from collections.abc import Mapping

from django.contrib.auth.hashers import make_password
from django.views.decorators.debug import sensitive_variables

from customers.models import Message
from customers.services import messages, wordings
from customers.services.letters import Letter
from customers.services.wordings import Pattern
from portal.emails import email_changes as emails
from portal.models import EmailChange
from portal.services import email_changes, sign_ins


def register() -> None:
    """Enter the functions."""
    messages.composers.register(Message.Kind.EMAIL_CODE, compose_code)
    messages.composers.register(Message.Kind.EMAIL_CHANGED, compose_notice)
    messages.secrets_of.register(Message.Kind.EMAIL_CODE, code_of)
    messages.secrets_of.register(Message.Kind.EMAIL_CHANGED, link_of)
    wordings.patterns[Message.Kind.EMAIL_CODE] = Pattern(
        emails.code_texts, emails.CODE_PLACEHOLDERS, emails.code_example
    )
    wordings.patterns[Message.Kind.EMAIL_CHANGED] = Pattern(
        emails.notice_texts, emails.NOTICE_PLACEHOLDERS, emails.notice_example
    )


def compose_code(message: Message) -> Letter:
    """Return the email with a code, whose place is taken by dots."""
    return emails.write_code(message, _about(message), sign_ins.CODE_PLACE)


def compose_notice(message: Message) -> Letter:
    """Return the notice to the old address, without the secret of its link."""
    url = email_changes.undo_url(message.site, sign_ins.LINK_PLACE)
    return emails.write_notice(message, _about(message), url)


@sensitive_variables("code")
def code_of(message: Message) -> Mapping[str, str]:
    """Make the code for one attempt to send it; that of an attempt before is good no more.

    Raises:
        NotNeeded: it would be too old, or the change was confirmed.
    """
    change = _about(message)
    sent_at = (message.next_attempt_at or change.expires_at) - messages.CLAIM
    if change.confirmed_at is not None or sent_at >= change.expires_at:
        raise messages.NotNeeded("The time for the code was over before it was sent.")
    code = f"{secrets.randbelow(10**6):06}"
    EmailChange.objects.filter(pk=change.pk).update(code_hash=make_password(code))
    return {sign_ins.CODE_PLACE: code}


def link_of(message: Message) -> Mapping[str, str]:
    """Return the secret of the link that takes a change back."""
    return {sign_ins.LINK_PLACE: email_changes.undo_token(_about(message))}


def _about(message: Message) -> EmailChange:
    return EmailChange.objects.select_related("customer", "site").get(pk=message.about)
