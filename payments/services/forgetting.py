"""Letting gateways forget the methods that customers took back."""

from datetime import datetime, timedelta

from django.db import transaction

from customers.kit.tenancy import every_site, scoped_to
from payments.gateways.base import NotSent, Refused, Unknown
from payments.models import PaymentMethod
from payments.services import attachments, gateway_accounts

_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=2), timedelta(days=1)  # until asked again


def run(*, at: datetime, limit: int = 100) -> int:
    """Let gateways forget what was detached, and return how many methods were forgotten; no transaction may be open.

    A gateway that does not answer is left alone until the next run. What it does not forget is asked for less and less
    often, so that it does not hold up what was detached later.
    """
    silent: set[str] = set()
    forgotten = 0
    for _ in range(limit):
        method = _to_be_forgotten(silent, at=at)
        if method is None:
            break
        with scoped_to(method.site, livemode=method.livemode):
            try:
                forgotten += _forget(method)
            except (NotSent, Unknown):
                silent.add(method.gateway_account_id)
    return forgotten


def _to_be_forgotten(silent: set[str], *, at: datetime) -> PaymentMethod | None:
    """Take the method that has been due the longest; its next turn is the lease, so that a crash only delays it."""
    with every_site(), transaction.atomic():
        rows = PaymentMethod.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        due = rows.filter(forget_at__lte=at).exclude(gateway_account__in=silent)
        due = due.select_related("site", "gateway_account").order_by("forget_at", "id")
        method = due.first()
        if method is not None and method.detached_at is not None:
            age = at - method.detached_at
            method.forget_at = at + min(max(age, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            method.save(update_fields=["forget_at"])
    return method


def _forget(method: PaymentMethod) -> bool:
    """Let the gateway forget a detached method, and tell whether it has."""
    try:
        gateway_accounts.gateway_of(method.gateway_account).forget(attachments.reference(method))
    except Refused:
        return False
    row = PaymentMethod.objects.filter(pk=method.pk, detached_at__isnull=False)
    return bool(row.update(gateway_reference="", forget_at=None))
