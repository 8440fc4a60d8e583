"""Changes of a customer's email address: proved by a code to the new one, told to the old one, undone by a link.

Whoever is at a customer's unlocked computer could take an account away with a change of address. So the old address is
told at once, and for a day its reader can take the change back, whatever was changed after it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from customers.kit import sealing
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.kit.tenancy import every_site
from customers.models import Customer, Message, Site
from customers.services import customers, email_addresses, messages, test_clocks
from portal.models import EmailChange, PortalSession
from portal.services import devices, limits, sessions, sign_ins

LIVES = timedelta(minutes=10)
"""For how long a code can be typed."""
UNDO = timedelta(hours=24)
"""For how long the old address's reader can take a change back."""
TRIES = 5
MOST_AN_HOUR = 5
"""How many codes a customer may ask for, to whichever addresses."""
_PURPOSE = "undo email "


def begin(session: PortalSession, *, email: str, ip: str, at: datetime) -> EmailChange:
    """Send a code to a new address.

    Args:
        ip: where the request came from.
        at: real time, as everywhere here.

    Raises:
        InvalidRequest: the address is the customer's already, or cannot receive mail.
        RateLimited: too many codes were asked for.
    """
    customer = session.customer
    if email.casefold() == customer.email.casefold():
        raise InvalidRequest("This is your address already.", param="email", code="email_same")
    email_addresses.check_deliverable(session.site, email)
    if not _allow(limits.MAILS, email, ip, at=at):
        raise sign_ins.too_often()
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        _refuse_many(customer, at=at)
        change = EmailChange.belonging_to(
            customer,
            customer=customer,
            session=session,
            old_email=customer.email,
            new_email=email,
            expires_at=at + LIVES,
            created_at=at,
        )
        change.save(force_insert=True)
        messages.queue(Message.Kind.EMAIL_CODE, change, to=email, customer_id=customer.pk, at=at)
    return change


def pending(session: PortalSession, *, at: datetime) -> EmailChange | None:
    """Return the change that waits for its code in a session: the newest one only."""
    found = EmailChange.objects.filter(session=session).order_by("-created_at", "-id").first()
    is_open = found is not None and found.confirmed_at is None and at < found.expires_at
    return found if is_open else None


@sensitive_variables("code")
def confirm(change: EmailChange, *, code: str, ip: str, at: datetime) -> Customer:
    """Let an address be the customer's, for who typed the code that was sent there.

    Every trusted browser is forgotten, and who is signed in elsewhere is signed out.

    Raises:
        InvalidRequest: the code is wrong, or another customer has the address where each must have its own.
        InvalidState: there were too many tries, or the time is over.
        RateLimited: there were too many tries for this address, or from this network.
    """
    if not _allow(limits.GUESSES, change.new_email, ip, at=at):
        raise sign_ins.too_often()
    # Counted before it is compared, and outside the other transaction: a refusal rolls no try back.
    counted = EmailChange.objects.filter(
        pk=change.pk, tries__lt=TRIES, confirmed_at=None, expires_at__gt=at
    ).update(tries=F("tries") + 1)
    if not counted:
        raise sign_ins.used_up()
    if not change.code_hash or not check_password(code, change.code_hash):
        raise InvalidRequest("This code is not right.", param="code", code="code_incorrect")
    with transaction.atomic():
        customer = _moved(change.customer, change.new_email, at=at)
        change.confirmed_at, change.undo_until = at, at + UNDO
        change.save(update_fields=["confirmed_at", "undo_until"])
        sessions.end_all(customer, but=change.session, at=at)
        devices.revoke_all(customer, at=at)
        if change.old_email:
            messages.queue(
                Message.Kind.EMAIL_CHANGED,
                change,
                to=change.old_email,
                customer_id=customer.pk,
                at=at,
            )
    return customer


def undo_token(change: EmailChange) -> str:
    """Return the last part of the address at which a change is taken back."""
    sealed = sealing.seal(f"{_PURPOSE}{change.pk}".encode())
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def undo_url(site: Site, token: str) -> str:
    """Return the address at which a change is taken back."""
    path = reverse("portal:front", args=[site.slug])
    return f"{settings.PUBLIC_URL}{path}/email-undo/{token}"  # as it is: a letter has dots there, to be filled in


def to_undo(site: Site, token: str, *, at: datetime) -> EmailChange:
    """Return the change that a link takes back.

    Raises:
        NotFound: it is no such link of this site.
        InvalidState: its time is over, or the change was taken back.
    """
    try:
        said = sealing.unseal(urlsafe_b64decode(token + "=" * (-len(token) % 4))).decode()
    except (sealing.CannotUnseal, ValueError) as error:
        raise NotFound("There is no such page.") from error
    with every_site():
        change = (
            EmailChange.objects.select_related("customer", "site")
            .filter(pk=said.removeprefix(_PURPOSE), site=site)
            .first()
        )
    if change is None or not said.startswith(_PURPOSE) or change.customer.is_deleted:
        raise NotFound("There is no such page.")
    if change.undone_at or change.undo_until is None or at >= change.undo_until:
        raise InvalidState("This link is too old.", code="link_expired")
    return change


def undo(change: EmailChange, *, at: datetime) -> Customer:
    """Give a customer the old address back, and sign everybody out.

    Changes that came after this one fall with it, so that a second change does not hide the first.

    Raises:
        InvalidState: the merchant has given the customer another address since.
        InvalidRequest: another customer has the old address meanwhile, where each must have its own.
    """
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=change.customer_id)
        later = EmailChange.objects.filter(
            customer=customer,
            confirmed_at__gte=change.confirmed_at,
            undone_at=None,
        )
        if not later.filter(new_email=customer.email).exists():
            raise InvalidState(
                "The address was changed by the merchant since.", code="email_changed_since"
            )
        customer = _moved(customer, change.old_email, at=at)
        later.update(undone_at=at)
        EmailChange.objects.filter(customer=customer, confirmed_at=None, expires_at__gt=at).update(
            expires_at=at
        )
        sessions.end_all(customer, at=at)
        devices.revoke_all(customer, at=at)
    return customer


def _moved(customer: Customer, email: str, *, at: datetime) -> Customer:
    shown = test_clocks.now_for(customer, at)
    return customers.update(customer, details={"email": email}, at=shown)


def _allow(what: str, email: str, ip: str, *, at: datetime) -> bool:
    address_hash = sign_ins.hash_of_address(email)
    return limits.allow(what, address_hash=address_hash, ip=ip, at=at)


def _refuse_many(customer: Customer, *, at: datetime) -> None:
    recent = EmailChange.objects.filter(customer=customer, created_at__gt=at - limits.HOUR)
    if recent.count() >= MOST_AN_HOUR:
        raise sign_ins.too_often()
