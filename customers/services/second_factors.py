"""The second factor of those who sign in: set up, asked for, lost, and reset by others.

Codes are guessed at a growing distance: the devices' own throttle doubles the wait with each wrong one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken

from customers.kit.errors import Forbidden, InvalidRequest, InvalidState, RateLimited
from customers.models import Authenticator, Membership, Message, Operator, RecoveryCodes
from customers.services import audit, letters, messages, operators
from customers.services.letters import Letter
from customers.services.wordings import Texts

CODES = 10
_CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_CODE_LENGTH = 12  # 59 bits
_DIGITS = 6
_WRONG = "This code is not right. Take the one that the app shows now."
Device = Authenticator | RecoveryCodes


@dataclass(frozen=True, slots=True)
class Offer:
    """A key that is not anybody's second factor yet.

    Args:
        key: sealed; it comes back with the first code.
        typed: as people type it.
        picture: as apps read it: an SVG without any style.
    """

    key: str
    typed: str
    picture: SafeString


def of(operator: AbstractBaseUser) -> Authenticator | None:
    """Return an operator's app, or None."""
    found: Authenticator | None = Authenticator.objects.filter(
        user=operator, confirmed=True
    ).first()
    return found


def codes_left(operator: Operator) -> int:
    """Return how many of an operator's recovery codes can be used."""
    return int(StaticToken.objects.filter(device__user=operator).count())


def offer(operator: Operator, key: str = "") -> Offer:
    """Return a key for an operator to put into an app.

    Args:
        key: the one that was offered before; a fresh one when absent.
    """
    device = Authenticator(user=operator, key=key or Authenticator.new_key())
    drawn = segno.make(device.config_url, error="m")
    picture = drawn.svg_inline(scale=4, border=4, dark="#14181f", light="#ffffff", svgclass="qr")
    return Offer(device.key, device.spelled_key, mark_safe(picture))  # noqa: S308 -- squares that segno drew


def set_up(operator: Operator, key: str, code: str, *, session: str, at: datetime) -> list[str]:
    """Make an app with a key the operator's second factor, and return the recovery codes, shown this once.

    Every other session of the operator's ends: it was opened without.

    Args:
        key: as it was offered.
        code: that the app shows.
        session: the key of the session that stays.

    Raises:
        InvalidRequest: the code is not right.
        InvalidState: the operator has a second factor.
    """
    device = Authenticator(user=operator, name="Authenticator app", key=key, confirmed=True)
    digits = _digits(code)
    totp = TOTP(device.bin_key)
    totp.time = at.timestamp()
    if not digits or not totp.verify(int(digits), tolerance=1):
        raise InvalidRequest(_WRONG, param="code")
    device.last_t, device.drift = totp.t(), totp.drift
    with transaction.atomic():
        Operator.objects.select_for_update(no_key=True).get(pk=operator.pk)
        if of(operator) is not None:
            raise InvalidState("This account has a second factor.")
        device.save(force_insert=True)
        codes = _fresh_codes(operator)
        operators.end_sessions(operator, but=session, at=at)
        audit.record_of_operator("second_factor.set_up", operator, at=at)
    return codes


def verify(operator: Operator, code: str) -> Device | None:
    """Return the device that a code is right for, having used it up; None where there is none.

    Args:
        code: six digits of the app, or a recovery code.

    Raises:
        RateLimited: wrong ones were tried shortly before.
    """
    digits = _digits(code)
    model: type[Device] = Authenticator if digits else RecoveryCodes
    with transaction.atomic():
        rows = model.objects.select_for_update(no_key=True)
        device: Device | None = rows.filter(user=operator, confirmed=True).first()
        if device is None:
            return None
        is_allowed, _why = device.verify_is_allowed()
        if is_allowed:
            return device if device.verify_token(digits or code) else None
    raise RateLimited("Too many wrong codes. Wait a minute, then try again.", retry_after=60)


def renew_codes(operator: Operator, code: str, *, at: datetime) -> list[str]:
    """Replace an operator's recovery codes, and return the new ones, shown this once.

    Raises:
        InvalidRequest: the code is not right.
        RateLimited: as for `verify`.
    """
    _check(operator, code)
    with transaction.atomic():
        codes = _fresh_codes(operator)
        audit.record_of_operator("second_factor.codes_renewed", operator, at=at)
    return codes


def remove(operator: Operator, *, password: str, code: str, session: str, at: datetime) -> None:
    """Take an operator's own second factor away, and end every other session.

    Args:
        session: as for `set_up`.

    Raises:
        InvalidRequest: the password or the code is not right.
        RateLimited: as for `verify`.
    """
    _check(operator, code)  # first: wrong ones are throttled
    if not operator.check_password(password):
        raise InvalidRequest("This is not your password.", param="password")
    with transaction.atomic():
        _forget(operator)
        operators.end_sessions(operator, but=session, at=at)
        audit.record_of_operator("second_factor.removed", operator, at=at)


def reset(membership: Membership, *, by: str, at: datetime) -> Membership:
    """Take a member's second factor away, for one who lost it: the member is signed out everywhere, and told.

    Args:
        by: the role of who resets it.

    Raises:
        Forbidden: who resets it has no right to give the member's role.
        InvalidState: there is none.
    """
    if membership.role not in operators.grantable_by(by):
        raise Forbidden("Your own role has no right to change this member.")
    with transaction.atomic():
        reset_for(membership.operator, at=at)
    return membership


def reset_for(operator: Operator, *, at: datetime) -> None:
    """Take somebody's second factor away, end the sessions, and write a letter about it, from the first of the sites.

    Raises:
        InvalidState: there is none.
    """
    with transaction.atomic():
        if of(operator) is None:
            raise InvalidState("This account has no second factor.")
        _forget(operator)
        operators.end_sessions(operator, at=at)
        audit.record_of_operator("second_factor.reset", operator, at=at)
        first = Membership.of(operator).first()
        if first is not None:
            about = messages.About(str(operator.pk), first.site_id, livemode=True)
            messages.queue(
                Message.Kind.FACTOR_RESET, about, to=operator.email, customer_id=None,
                occasion=f"{at:%Y%m%d%H%M%S%f}", at=at,
            )  # fmt: skip


def _check(operator: Operator, code: str) -> None:
    if verify(operator, code) is None:
        raise InvalidRequest(_WRONG, param="code")


def _digits(code: str) -> str:
    """Return the digits of a code as apps show them; empty for what is none."""
    text = "".join(code.split())
    return text if text.isascii() and text.isdecimal() and len(text) == _DIGITS else ""


def _fresh_codes(operator: Operator) -> list[str]:
    device, _made = RecoveryCodes.objects.get_or_create(
        user=operator, defaults={"name": "Recovery codes"}
    )
    StaticToken.objects.filter(device=device).delete()
    codes = [_fresh_code() for _ in range(CODES)]
    tokens = [StaticToken(device=device, token=RecoveryCodes.digest(code)) for code in codes]
    StaticToken.objects.bulk_create(tokens)
    return codes


def _fresh_code() -> str:
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def _forget(operator: Operator) -> None:
    Authenticator.objects.filter(user=operator).delete()
    RecoveryCodes.objects.filter(user=operator).delete()


# -- The letter --------------------------------------------------------------------------------------------------------


def register() -> None:
    """Enter who finds the words of what operators are told."""
    messages.composers.register(Message.Kind.FACTOR_RESET, compose)


def compose(message: Message) -> Letter:
    """Find the words of the letter about a second factor that was reset; in English, as the dashboard is."""
    to = letters.reader_of(["en"], message.site, livemode=message.livemode)
    texts = Texts(
        subject="Your second factor was reset",
        heading="Your second factor was reset",
        sentence="From now on your password alone signs you in, and you are signed out everywhere.",
        request="If you did not ask for this, change your password and tell an owner of the site at once.",
        button="Open the dashboard",
    )
    context = {
        "facts": [("When", f"{message.created_at:%Y-%m-%d %H:%M} UTC"), ("Account", message.to)],
        "dashboard_url": f"{settings.PUBLIC_URL}{reverse('admin:index')}",
    }
    with letters.in_language_of(to):
        return letters.write(
            to, "account", kind=message.kind, texts=texts, words={}, context=context
        )
