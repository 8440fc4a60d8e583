"""Gateway accounts: which gateway takes a site's money in each mode, and how to reach it."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from customers.events.services import events
from customers.kit import sealing, tenancy
from customers.kit.errors import GatewayUnavailable, InvalidRequest, InvalidState
from customers.models import Site
from customers.services import powers
from customers.services.powers import Power
from payments import gateways
from payments.gateways.base import Access, Gateway, NotSent, Refused, Unknown
from payments.models import GatewayAccount
from payments.services import drills


def active() -> GatewayAccount:
    """Return the gateway account that takes the site's money in the chosen mode; test mode comes with the sandbox.

    Raises:
        InvalidState: none was chosen for live mode, or a drill keeps live money away.
    """
    scope = tenancy.current()
    if scope.livemode:
        drills.refuse_live()
    account = GatewayAccount.objects.filter(is_active=True).first()
    if account is not None:
        return account
    if scope.livemode:
        raise InvalidState(
            "No payment gateway was chosen for live mode. Choose one in the dashboard, under Settings.",
            code="gateway_missing",
        )
    # As old as the site; where a twin is first, its row counts.
    fresh = GatewayAccount(
        id=GatewayAccount.new_id(),
        site=scope.site,
        livemode=False,
        created_at=Site.objects.values_list("created_at", flat=True).get(pk=scope.site.pk),
        kind=GatewayAccount.Kind.SANDBOX,
        name="Sandbox",
    )
    GatewayAccount.objects.bulk_create([fresh], ignore_conflicts=True)
    return GatewayAccount.objects.get(is_active=True)


def sandbox() -> GatewayAccount:
    """Return the site's sandbox, which may be one that it used before.

    Raises:
        InvalidState: it has none, since another gateway took its place from the beginning; or the mode is live.
    """
    account = active()
    if account.kind == GatewayAccount.Kind.SANDBOX:
        return account
    earlier = GatewayAccount.objects.filter(kind=GatewayAccount.Kind.SANDBOX).first()
    if earlier is None:
        raise InvalidState("This site has no sandbox.", code="sandbox_missing")
    return earlier


def gateway_of(account: GatewayAccount) -> Gateway:
    """Return the gateway behind an account, ready to be called."""
    return gateways.gateway_class(account.kind)(access_of(account))


def access_of(account: GatewayAccount) -> Access:
    """Return how to get into an account."""
    sealed = bytes(account.credentials)
    credentials = orjson.loads(sealing.unseal(sealed)) if sealed else {}
    return Access(account.pk, account.site_id, account.livemode, credentials)


def remembered(kind: str, name: str, *, at: datetime) -> GatewayAccount:
    """Return the row of an account by what its gateway calls it, made where it is not known.

    A new one takes no money and has no credentials; it becomes the site's where that account is chosen one day.
    """
    scope = tenancy.current()
    known = GatewayAccount.objects.filter(kind=kind, name=name)
    account = known.order_by("-is_active", "created_at").first()
    if account is None:
        account = GatewayAccount(
            id=GatewayAccount.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, kind=kind,
            name=name, is_active=False,
        )  # fmt: skip
        account.save(force_insert=True)
    return account


def ask(account: GatewayAccount) -> str:
    """Return the account's name as its gateway gives it, which tells that the credentials are good. Over the network.

    Raises:
        InvalidRequest: the gateway does not accept the credentials.
        GatewayUnavailable: it does not answer.
    """
    return name_of(gateway_of(account))


def credential_names(kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a gateway needs to be reached, and what it takes beside that.

    Raises:
        InvalidRequest: there is no such gateway.
    """
    found = _class_of(kind)
    names = found.credential_names
    return names[: found.credentials_needed], names[found.credentials_needed :]


@sensitive_variables("credentials", "access")
def choose(kind: str, credentials: Mapping[str, str], *, at: datetime) -> GatewayAccount:
    """Let a gateway take the site's money in the chosen mode from now on; it is asked whether the credentials work.

    The account that was active before stays, for what it charged. An account that was used before is used again when
    its gateway gives it the same name, so that what is saved there can be charged on.

    Raises:
        InvalidRequest: there is no such gateway, a credential is missing, or the gateway does not accept them.
        InvalidState: it is the sandbox in live mode, or a drill keeps live money away.
        GatewayUnavailable: the gateway does not answer.
    """
    powers.require(Power.MANAGE_SETTINGS)
    scope = tenancy.current()
    if scope.livemode:
        drills.refuse_live()
        if kind == GatewayAccount.Kind.SANDBOX:
            raise InvalidState(
                "The sandbox takes no live money. Choose another gateway for live mode.",
                code="sandbox_in_live_mode",
            )
    kept = _checked(kind, credentials)
    access = Access("", scope.site_id, scope.livemode, kept)
    name = name_of(_class_of(kind)(access))
    with transaction.atomic():
        Site.objects.select_for_update(no_key=True).get(pk=scope.site.pk)
        GatewayAccount.objects.filter(is_active=True).update(is_active=False)
        account = GatewayAccount.objects.filter(kind=kind, name=name).first() or GatewayAccount(
            id=GatewayAccount.new_id(),
            site=scope.site,
            livemode=scope.livemode,
            created_at=at,
            kind=kind,
            name=name,
        )
        account.is_active = True
        account.credentials = sealing.seal(orjson.dumps(kept)) if kept else b""
        account.checked_at = at
        account.save()
        events.publish("gateway_account.chosen", account, at=at)
    return account


def name_of(gateway: Gateway) -> str:
    """Return the account's name, as the gateway gives it; this makes sure that the credentials work.

    Raises:
        InvalidRequest: the gateway does not accept them, or they are of the other mode.
        GatewayUnavailable: it does not answer.
    """
    try:
        return gateway.check()[:120]
    except Refused as error:
        raise InvalidRequest(
            f"The gateway does not accept these credentials: {error.message}",
            code="gateway_credentials_invalid",
        ) from error
    except (NotSent, Unknown) as error:
        raise GatewayUnavailable(
            "The gateway does not answer, so the credentials could not be checked. Nothing was changed."
        ) from error


def _class_of(kind: str) -> type[Gateway]:
    if kind not in gateways.KINDS:
        raise InvalidRequest(
            f"There is no gateway '{kind}': choose one of {', '.join(gateways.KINDS)}.",
            param="kind",
        )
    return gateways.gateway_class(kind)


@sensitive_variables()
def _checked(kind: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials without empty ones, having made sure that they are what the gateway takes."""
    needed, more = credential_names(kind)
    kept = {name: value.strip() for name, value in credentials.items() if value.strip()}
    for name in needed:
        if name not in kept:
            raise InvalidRequest(f"Missing required param: {name}.", param=name)
    for name in kept:
        if name not in needed + more:
            raise InvalidRequest(f"The gateway {kind} takes no {name}.", param=name)
    return kept
