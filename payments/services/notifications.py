"""Notifications of gateways: verified, kept raw, answered at once, and worked off by asking the gateway anew.

What a notification says is not believed beyond what it is about, so that the same one may come twice, late, or out of
order: settling is idempotent, and the gateway's present answer counts.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from customers.kit import jobs, sealing
from customers.kit.errors import DomainError, GatewayUnavailable, InvalidRequest, NotFound
from customers.kit.tenancy import every_site, scoped_to
from payments.gateways.base import Notice, NotSent, Refused, Unknown
from payments.gateways.sandbox import notices
from payments.gateways.sandbox.gateway import ripen
from payments.models import GatewayAccount, Notification, Operation
from payments.services import disputes, gateway_accounts, reconciling, setup_intents

_BATCH = 100


def receive(
    kind: str, site: str, body: bytes, headers: Mapping[str, str], *, at: datetime
) -> Notification | None:
    """Keep a gateway's notification and have it worked off; return None where it came before.

    Args:
        kind: of the gateway.
        site: the site's id, or its short name.
        headers: by name, in any letter case.

    Raises:
        NotFound: the site has no account at such a gateway.
        InvalidRequest: it is not the gateway's, or too old.
        GatewayUnavailable: the gateway has to be asked whether it is its own, and does not answer.
    """
    with every_site():
        rows = GatewayAccount.objects.select_related("site").filter(
            Q(site_id=site) | Q(site__slug=site), kind=kind
        )
        accounts = list(rows.order_by("-is_active", "pk"))
    if not accounts:
        raise NotFound(f"There is no {kind} account for '{site}'.")
    account, notice = _recognised(accounts, body, headers, at=at)
    return keep(account, notice, body, at=at)


def keep(
    account: GatewayAccount, notice: Notice, body: bytes, *, at: datetime
) -> Notification | None:
    """Keep a verified notification and have it worked off; return None where it came before."""
    notification = Notification.belonging_to(
        account,
        gateway_account=account,
        event_id=notice.event_id[:255],
        body=sealing.seal(body),
        created_at=at,
    )
    with transaction.atomic(), scoped_to(account.site, livemode=account.livemode):
        Notification.objects.bulk_create([notification], ignore_conflicts=True)
        if not Notification.objects.filter(pk=notification.pk).exists():
            return None
        jobs.defer("payments.work_off_notification", notification_id=notification.pk)
    return notification


def deliver_from_sandbox(*, at: datetime) -> int:
    """Bring what the sandbox has to tell here, as its network would, and return how much it was."""
    ripen()
    with transaction.atomic():
        waiting = notices.waiting()
        with every_site():
            wanted = {account for _, account, _ in waiting}
            accounts = GatewayAccount.objects.select_related("site").in_bulk(wanted)
        for notice_id, account_id, body in waiting:
            if account := accounts.get(account_id):
                keep(account, notices.content(body), body, at=at)
            notices.delivered(notice_id)
    return len(waiting)


def work_off_by_id(notification_id: str, *, at: datetime) -> Notification:
    """Work off one notification; one that was worked off before stays as it is.

    Raises:
        NotFound: there is none with this id.
        GatewayUnavailable: the gateway does not answer.
    """
    with every_site():
        rows = Notification.objects.select_related("site", "gateway_account")
        notification = rows.filter(pk=notification_id).first()
    if notification is None:
        raise NotFound(f"No such notification: '{notification_id}'")
    with scoped_to(notification.site, livemode=notification.livemode):
        return work_off(notification, at=at)


def work_off_due(*, at: datetime) -> int:
    """Work off what waits, the oldest first, and return how much was; what fails stays for the next time."""
    with every_site():
        rows = Notification.objects.select_related("site", "gateway_account")
        waiting = list(rows.filter(worked_off_at=None).order_by("created_at", "pk")[:_BATCH])
    done = 0
    for notification in waiting:
        with scoped_to(notification.site, livemode=notification.livemode):
            try:
                work_off(notification, at=at)
            except DomainError as error:
                Notification.objects.filter(pk=notification.pk).update(said=error.message[:500])
            else:
                done += 1
    return done


def work_off(notification: Notification, *, at: datetime) -> Notification:
    """Look at what a notification is about, as the gateway has it now, and settle it.

    Raises:
        GatewayUnavailable: the gateway does not answer.
    """
    if notification.worked_off_at is not None:
        return notification
    account = notification.gateway_account
    body = sealing.unseal(bytes(notification.body))
    notice = gateway_accounts.gateway_of(account).read_notification(body)
    notification.said = _follow(account, notice, at=at)[:500]
    notification.worked_off_at = at
    notification.save(update_fields=["said", "worked_off_at"])
    return notification


def _recognised(
    accounts: list[GatewayAccount], body: bytes, headers: Mapping[str, str], *, at: datetime
) -> tuple[GatewayAccount, Notice]:
    """Return the account whose secret verifies the notification, and what it says."""
    reason, is_silent = "", False
    for account in accounts:
        try:
            notice = gateway_accounts.gateway_of(account).parse_notification(body, headers, at=at)
        except Refused as error:
            reason = error.message
        except (NotSent, Unknown):
            is_silent = True
        else:
            return account, notice
    if is_silent:
        raise GatewayUnavailable("The gateway does not answer whether this is its own.")
    raise InvalidRequest(f"This is no notification of the gateway's: {reason}")


def _follow(account: GatewayAccount, notice: Notice, *, at: datetime) -> str:
    """Do what follows from a notice, and return what that was."""
    if notice.about == "dispute":
        dispute = disputes.noticed(account, notice, at=at)
        return f"Dispute {dispute.pk}" if dispute else "A dispute of no charge of ours"
    if notice.about == "setup":
        try:
            intent = setup_intents.of_reference(notice.reference)
        except NotFound:
            return "A setup of no intent of ours"
        return f"{intent.pk}: {setup_intents.resume(intent, at=at).status}"
    if notice.about == "operation":
        return _operations(account, notice, at=at)
    return "Nothing to do"


def _operations(account: GatewayAccount, notice: Notice, *, at: datetime) -> str:
    rows = Operation.objects.select_related("gateway_account", "charge", "refund", "site")
    mine = rows.filter(gateway_account=account)
    found = list(mine.filter(reference=notice.reference)) if notice.reference else []
    if not found and notice.gateway_reference:
        found = list(mine.filter(gateway_reference=notice.gateway_reference).order_by("created_at"))
    for operation in found:
        reconciling.check(operation, at=at)
    return ", ".join(operation.reference for operation in found) or "Nothing of ours"
