"""Signing in by email: a code for the browser that asked, and a link for any other.

What a request does is the same for every address: it counts, writes a row and defers a job. Only the job, later and
elsewhere, looks for customers, and has nothing to send where there are none. A guess costs a slow hash, whether there
is a code or not.
"""

import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from customers.kit import jobs, sealing, tenancy
from customers.kit.errors import DomainError, InvalidRequest, InvalidState, RateLimited
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, Message
from customers.services import messages, wordings
from customers.services.letters import Letter
from customers.services.wordings import Pattern
from portal import emails
from portal.models import PortalConfiguration, PortalSession, SignIn
from portal.models.sign_ins import MOST_TRIES
from portal.services import configurations, limits, sessions

LIVES = timedelta(minutes=10)
MOST_RESENDS = 3
CODE_PLACE, LINK_PLACE = "\N{BULLET}" * 6, "\N{MIDLINE HORIZONTAL ELLIPSIS}" * 4
"""What stands in the letter that is kept, where the code and the link's secret stand in the one that is sent."""
_DIGITS = 6


def register() -> None:
    """Enter who finds the words and the secrets of the letter, and that a merchant may change the words."""
    messages.composers.register(Message.Kind.SIGN_IN, _compose)
    messages.secrets_of.register(Message.Kind.SIGN_IN, _secrets)
    wordings.patterns[Message.Kind.SIGN_IN] = Pattern(
        emails.sign_in_texts, emails.SIGN_IN_PLACEHOLDERS, emails.sign_in_example
    )


_RELATED = ("site", "configuration", "resumes__customer", "renews__customer")


def ask(
    address: str,
    *,
    language: str,
    ip: str,
    wanted: str = "",
    configuration: PortalConfiguration | None = None,
    resumes: PortalSession | None = None,
    renews: PortalSession | None = None,
    again: SignIn | None = None,
    at: datetime,
) -> SignIn:
    """Have a code sent to an address, if it is that of a customer of the chosen site and mode.

    Args:
        language: of the letter, one that the site offers.
        ip: where the request came from.
        wanted: the page that is shown afterwards.
        configuration: what the session offers afterwards; the default one where nobody has needed it yet.
        resumes: a session whose link came too late; its customer's address is asked.
        renews: the session of the customer who shows once more who they are.
        again: what this browser asked for before, when it asks for another code.
        at: real time.

    Raises:
        RateLimited: there were too many for this address, or from this network.
    """
    address_hash = hash_of_address(address)
    if again is not None and again.resends >= MOST_RESENDS:
        raise too_often()
    if not limits.allow(limits.MAILS, address_hash=address_hash, ip=ip, at=at):
        raise too_often()
    scope = tenancy.current()
    row = SignIn(
        id=SignIn.new_id(),
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        address_hash=address_hash,
        address_sealed=sealing.seal(address.encode()),
        language=language,
        resends=again.resends + 1 if again is not None else 0,
        wanted=wanted,
        configuration=configuration,
        resumes=resumes,
        renews=renews,
        expires_at=at + LIVES,
    )
    with transaction.atomic():
        open_ones = SignIn.objects.filter(address_hash=address_hash, expires_at__gt=at)
        open_ones.filter(verified_at=None).update(expires_at=at)  # the newest one only
        row.save(force_insert=True)
        jobs.defer("portal.send_code", sign_in_id=row.pk)
    return row


def get(pk: str) -> SignIn | None:
    """Return what a browser asked for, in the chosen site and mode; None where it was forgotten."""
    return SignIn.objects.select_related(*_RELATED).filter(pk=pk).first()


def send(pk: str, *, at: datetime) -> Message | None:
    """Write the letter with the code to whoever has the address; None where nobody does."""
    with every_site():
        row = SignIn.objects.select_related("site").filter(pk=pk).first()
    if row is None:
        return None
    with scoped_to(row.site, livemode=row.livemode):
        found = customers_of(row)
        if not found or not is_open(row, at=at):
            return None
        return messages.queue(
            Message.Kind.SIGN_IN, row, to=found[0].email, customer_id=found[0].pk, at=at
        )


@sensitive_variables("code")
def guess(row: SignIn, code: str, *, ip: str, at: datetime) -> SignIn:
    """Take a guess of the browser that asked, and return the row once it was right.

    Args:
        code: as it was typed.
        at: real time.

    Raises:
        InvalidRequest: it is wrong.
        InvalidState: the code is too old, or was guessed at or used up.
        RateLimited: there were too many guesses for this address, or from this network.
    """
    if not limits.allow(limits.GUESSES, address_hash=bytes(row.address_hash), ip=ip, at=at):
        raise too_often()
    still_open = SignIn.objects.filter(
        pk=row.pk, tries__lt=MOST_TRIES, expires_at__gt=at, verified_at=None
    )
    counted = still_open.update(tries=F("tries") + 1)
    row.refresh_from_db(fields=["code_hash", "tries", "expires_at", "verified_at"])
    # Without a code the same work is done, for nothing.
    is_right = check_password(_digits(code), row.code_hash or _dummy())
    if not counted:
        raise used_up()
    if not is_right or not row.code_hash:
        raise InvalidRequest("This code is not right.", param="code", code="code_incorrect")
    return _verified(row, at=at)


def by_link(secret: str) -> SignIn | None:
    """Return what the link of a letter stands for, in whichever site and mode; None where it stands for nothing."""
    with every_site():
        return (
            SignIn.objects.select_related(*_RELATED).filter(link_hash=_hash_of_link(secret)).first()
        )


def confirm(row: SignIn, *, at: datetime) -> SignIn:
    """Take the link of a letter for the code, and return the row.

    Raises:
        InvalidState: it is too old, or was used.
    """
    if not is_open(row, at=at):
        raise used_up()
    return _verified(row, at=at)


def is_open(row: SignIn, *, at: datetime) -> bool:
    """Tell whether the code may still be right."""
    return row.verified_at is None and row.tries < MOST_TRIES and at < row.expires_at


def customers_of(row: SignIn) -> list[Customer]:
    """Return who may be signed in: the customers with this address, the oldest first, or the one it is all about."""
    session = row.renews or row.resumes
    if session is not None:
        customer = session.customer
        is_same = hash_of_address(customer.email) == bytes(row.address_hash)
        return [customer] if customer.email and is_same and not customer.is_deleted else []
    address = address_of(row)
    living = Customer.objects.filter(email__iexact=address, deleted_at=None).exclude(email="")
    return list(living.order_by("created_at", "id")[:_MOST_CUSTOMERS])


_MOST_CUSTOMERS = 50


def enter(
    row: SignIn, customer: Customer, *, agent: str, at: datetime
) -> tuple[PortalSession, str]:
    """Let a customer in whose code was right, and return the session with the secret for the browser's cookie.

    Args:
        customer: one of `customers_of`.

    Raises:
        InvalidState: somebody was let in by it already, or the code is too old by now.
    """
    with transaction.atomic():
        unused = SignIn.objects.filter(
            pk=row.pk, used_at=None, verified_at__isnull=False, verified_at__gt=at - LIVES
        )
        if not unused.update(used_at=at):
            raise used_up()
        if row.renews is not None:
            return sessions.renewed(row.renews, at=at)
        return sessions.begin(
            customer,
            origin=PortalSession.Origin.CODE,
            configuration=row.configuration or configurations.default(at=at),
            agent=agent,
            at=at,
            **sessions.carried_on(row.resumes),
        )


def address_of(row: SignIn) -> str:
    """Return the address that was typed."""
    return sealing.unseal(bytes(row.address_sealed)).decode()


def hash_of_address(address: str) -> bytes:
    """Return what an address is known by in the chosen site and mode, however it is spelled."""
    scope = tenancy.current()
    spelled = unicodedata.normalize("NFC", address).strip().upper()
    return sealing.digest("sign-in address", f"{scope.site_id} {scope.livemode} {spelled}")


def forget(*, at: datetime) -> int:
    """Delete what was asked for more than a day ago."""
    with every_site():
        return SignIn.objects.filter(expires_at__lt=at - timedelta(days=1)).delete()[0]


def too_often() -> DomainError:
    """Return the refusal of one more code or guess."""
    return RateLimited("Too many codes were asked for or tried. Try again in an hour.")


def used_up() -> DomainError:
    """Return the refusal of a code that is good for nothing any more."""
    return InvalidState("This code is no longer good. Ask for a new one.", code="code_expired")


def _verified(row: SignIn, *, at: datetime) -> SignIn:
    if not SignIn.objects.filter(pk=row.pk, verified_at=None).update(verified_at=at):
        raise used_up()
    row.verified_at = at
    return row


def _about(message: Message) -> SignIn:
    row = get(message.about)
    if row is None or message.next_attempt_at is None:
        raise messages.NotNeeded("The sign-in was forgotten.")
    # The claim's end stands for now: it is minutes ahead at most, and a code that old helps nobody.
    if not is_open(row, at=message.next_attempt_at - messages.CLAIM):
        raise messages.NotNeeded("The code was too old, or another one was asked for.")
    return row


def _compose(message: Message) -> Letter:
    row = _about(message)
    return emails.sign_in(
        message, row.language, code=CODE_PLACE, secret=LINK_PLACE, customer=message.customer
    )


@sensitive_variables("code", "secret")
def _secrets(message: Message) -> Mapping[str, str]:
    """Make the code and the link's secret for one attempt to send them; those of attempts before are good no more."""
    row = _about(message)
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    secret = sessions.new_secret()
    SignIn.objects.filter(pk=row.pk).update(
        code_hash=make_password(code), link_hash=_hash_of_link(secret)
    )
    return {CODE_PLACE: code, LINK_PLACE: secret}


def _digits(code: str) -> str:
    """Return what was typed without what people put between digits; full-width ones count as digits."""
    kept = unicodedata.normalize("NFKC", code)
    return "".join(letter for letter in kept if letter.isdigit())[: _DIGITS + 1]


def _hash_of_link(secret: str) -> bytes:
    return sealing.digest("sign-in link", secret)


_dummies: list[str] = []


def _dummy() -> str:
    """Return the hash of no code; made once, at the cost that all have."""
    if not _dummies:
        _dummies.append(make_password(secrets.token_hex(16)))
    return _dummies[0]
