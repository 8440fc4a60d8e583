"""Accounts elsewhere from which a site is brought over: opened with a key that is kept in memory alone, and read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.views.decorators.debug import sensitive_variables

from customers.kit import tenancy
from customers.kit.errors import GatewayUnavailable, InvalidRequest
from payments import gateways
from payments.gateways.base import Access, NotSent, Refused, Unknown
from payments.gateways.holdings import PATIENT, HeldMethod, Holdings, Kind, Page
from payments.models import GatewayAccount
from payments.services import account_methods, gateway_accounts

SOURCES = gateways.WITH_HOLDINGS
_ACCOUNT_ID = re.compile(r"\((\w+)\)$")


@dataclass(frozen=True, slots=True)
class Account:
    """An account elsewhere, whose key was accepted.

    Args:
        name: as its gateway calls it.
    """

    source: str
    name: str
    holdings: Holdings = field(repr=False)


class Unreadable(Exception):
    """The key may not read objects of this kind."""


@sensitive_variables()
def opened(source: str, key: str, *, address: str = "") -> Account:
    """Return the account that a key leads to.

    Args:
        source: one of SOURCES.
        address: where it is, if not at the company itself; OUTBOUND_ALLOW has to name it.

    Raises:
        InvalidRequest: the key is not accepted, or is of the other mode.
        GatewayUnavailable: there is no answer.
    """
    scope = tenancy.current()
    credentials = {"secret_key": key, **({"api_base": address} if address else {})}
    access = Access("", scope.site_id, scope.livemode, credentials)
    name = gateway_accounts.name_of(gateways.gateway_class(source)(access))
    return Account(source, name, gateways.holdings(source, access, waits=PATIENT))


def pages(account: Account, kind: Kind, *, after: str) -> Iterator[Page]:
    """Return all objects of a kind, page by page, from a position on; from the beginning where that is gone.

    Raises:
        Unreadable: the key may not read them.
        GatewayUnavailable: there is no answer any more.
    """
    try:
        yield from account.holdings.pages(kind, after=after)
    except Refused as refusal:
        if not after:
            raise Unreadable(refusal.message) from refusal
        yield from pages(account, kind, after="")
    except (NotSent, Unknown) as silence:
        raise GatewayUnavailable(
            f"{GatewayAccount.Kind(account.source).label} does not answer any more. What was written stays: run the "
            "import again, and it goes on from there."
        ) from silence


def charging(account: Account) -> GatewayAccount:
    """Return the site's own gateway account where it is the same account, so that its saved methods can be charged.

    Raises:
        InvalidRequest: the site's gateway is another one (rule P8).
    """
    label = GatewayAccount.Kind(account.source).label
    own = GatewayAccount.objects.filter(is_active=True, kind=account.source).first()
    if own is None:
        raise InvalidRequest(
            f"Payment methods stay at {label}, and are charged there: first choose {label} as the payment gateway of "
            "this site and mode, in the dashboard under Settings.",
            param="import_payment_methods",
            code="gateway_missing",
        )
    known, read = _ACCOUNT_ID.search(own.name), _ACCOUNT_ID.search(account.name)
    if known and read and known[1] != read[1]:
        raise InvalidRequest(
            f"The payment gateway of this site is '{own.name}', and this key is of '{account.name}'.",
            param="import_payment_methods",
        )
    return own


def methods_of(own: GatewayAccount, customer: str) -> list[HeldMethod]:
    """Return what the site's gateway has saved for a customer of the account.

    Raises:
        InvalidRequest: it has no such customer.
        GatewayUnavailable: there is no answer any more.
    """
    return account_methods.asked(own, customer, waits=PATIENT)
