"""Links: payments that are asked for by an address, and paid on its page with a card.

The number goes from the browser to a vault; its token comes here. A link that can be paid once is held by the charge
that pays it, from before the gateway is asked: the database lets no second one be alive. Where a payer went to
authenticate and did not come back, the next one may take over after a while.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction

from customers.events.services import events
from customers.kit import sealing, statements, tenancy
from customers.kit.constraints import violated
from customers.kit.errors import DomainError, InvalidState, NotFound
from customers.kit.tenancy import every_site
from payments.models import Charge, Link
from payments.money import Money
from payments.services import card_pages, charges, hosted_links

AWAY = timedelta(minutes=10)
"""For how long a payer who is authenticating keeps others from paying."""


class State(StrEnum):
    """What a link's page has to say."""

    OPEN = "open"
    BUSY = "busy"  # somebody is paying
    USED = "used"
    DELETED = "deleted"
    CLOSED = "closed"  # the site's gateway takes no cards here


def get(pk: str, *, param: str = "id") -> Link:
    """Return a link, deleted or not.

    Raises:
        NotFound: the site has none with this id.
    """
    found = Link.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such link: '{pk}'", param=param)
    return found


def create(
    *, money: Money, title: str, description: str = "", is_multiple: bool = False, at: datetime
) -> Link:
    """Make a link, and the page on which it is paid.

    Args:
        is_multiple: whether it can be paid again and again.

    Raises:
        InvalidRequest: the amount cannot be charged.
        InvalidState: the site's gateway takes no cards on pages here.
    """
    charges.check_money(money)
    if not hosted_links.is_possible():
        raise hosted_links.page_missing()
    scope = tenancy.current()
    link = Link(
        id=Link.new_id(), site_id=scope.site_id, livemode=scope.livemode, amount=money.amount,
        currency=money.currency, title=title, description=description, is_multiple=is_multiple,
        created_at=at,
    )  # fmt: skip
    with transaction.atomic(savepoint=False):
        statements.insert(link)
        events.publish("link.created", link, at=at)
    return link


def delete(link: Link, *, at: datetime) -> Link:
    """Let a link be paid no more; what was paid stays.

    Raises:
        NotFound: it was deleted before.
    """
    with transaction.atomic(savepoint=False):
        living = Link.objects.filter(pk=link.pk, deleted_at=None)
        row = living.select_for_update(no_key=True).first()
        if row is None:
            raise NotFound(f"No such link: '{link.pk}'", param="id")
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])
        events.publish("link.deleted", row, at=at)
    return row


def url_of(link: Link) -> str:
    """Return the address of a link's page."""
    return address_of(link.pk)


def address_of(pk: str) -> str:
    """Return the address of the page of the link with this id."""
    return f"{settings.PUBLIC_URL}/pay/{pk.partition('_')[2]}"


def opened(key: str) -> Link:
    """Return the link whose page has this address, with its site; of any site, since its payers have no account.

    Raises:
        NotFound: there is none.
    """
    with every_site():
        found = Link.objects.select_related("site").filter(pk=f"{Link.PREFIX}_{key}").first()
    if found is None:
        raise NotFound("There is no such page.")
    return found


def state_of(link: Link, *, at: datetime) -> State:
    """Return what a link's page has to say."""
    if link.deleted_at is not None:
        return State.DELETED
    holder = _holder(link)
    if holder is not None and holder.status == Charge.Status.SUCCEEDED:
        return State.USED
    if not hosted_links.is_possible():
        return State.CLOSED
    return State.BUSY if holder is not None and not _is_away(holder, at=at) else State.OPEN


def used_at(link_ids: list[str]) -> dict[str, datetime | None]:
    """Return by link when it was paid, of those that can be paid once and were."""
    paid = Charge.objects.filter(
        link_id__in=link_ids, is_only_of_link=True, status=Charge.Status.SUCCEEDED
    )
    return {str(link_id): instant for link_id, instant in paid.values_list("link_id", "settled_at")}


def pay(link: Link, token: str, *, act_key: str, at: datetime) -> Charge:
    """Pay a link with a card that was typed on its page, and return the charge whatever became of it.

    Args:
        token: what the page's script got for the card.
        act_key: what the page was given for this payment: the same one finds the same charge.

    Raises:
        InvalidState: it was paid or deleted, somebody else is paying it, or the gateway takes no cards here.
        InvalidRequest: the token was used before, has expired, or is none.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    key = _request_key(link, act_key)
    made = charges.of_request(key)
    if made is not None:
        return charges.carry_on(made, at=at)
    _make_way(link, at=at)
    method = card_pages.create_method(token, request_key=key, at=at)
    try:
        return charges.create(
            money=Money(link.amount, link.currency),
            method=method,
            request_key=key,
            link=link,
            is_only_of_link=not link.is_multiple,
            description="\n\n".join(filter(None, [link.title, link.description])),
            return_url=f"{url_of(link)}/{act_key}",
            at=at,
        )
    except IntegrityError as error:
        if violated(error) != "charge_one_alive_per_link":
            raise
        raise _refusal(State.BUSY) from error


def payment_of(link: Link, act_key: str) -> Charge:
    """Return the charge that was made on a link's page.

    Raises:
        NotFound: there is none with this key.
    """
    found = charges.of_request(_request_key(link, act_key))
    if found is None:
        raise NotFound("There is no such page.")
    return found


def _holder(link: Link) -> Charge | None:
    """Return the charge that pays, or is about to pay, a link that can be paid once."""
    return Charge.objects.filter(link=link, is_only_of_link=True, status__in=Charge.ALIVE).first()


def _is_away(holder: Charge, *, at: datetime) -> bool:
    """Tell whether a payer went to authenticate so long ago that they will hardly come back."""
    return bool(holder.action_url) and at - holder.created_at >= AWAY


def _make_way(link: Link, *, at: datetime) -> None:
    """Go on only where the link can be paid now; a payer who stayed away too long is not waited for any more."""
    state = state_of(link, at=at)
    if state != State.OPEN:
        raise _refusal(state)
    holder = _holder(link)
    if holder is None:
        return
    try:
        holder = charges.void(holder, at=at)
    except DomainError as error:
        raise _refusal(State.BUSY) from error
    if holder.status in Charge.ALIVE:
        raise _refusal(State.USED if holder.status == Charge.Status.SUCCEEDED else State.BUSY)


def _request_key(link: Link, act_key: str) -> str:
    return sealing.digest("payment of a link", f"{link.pk} {act_key}").hex()


def _refusal(state: State) -> InvalidState:
    code, message = _REFUSALS[state]
    return InvalidState(message, code=code)


_REFUSALS = {
    State.BUSY: ("link_busy", "Somebody else is paying this link at the moment."),
    State.USED: ("link_used", "This link was paid already."),
    State.DELETED: ("link_deleted", "This link was withdrawn."),
    State.CLOSED: ("hosted_page_missing", "The account's gateway takes no cards here."),
}
