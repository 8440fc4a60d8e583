"""A customer comes back from authenticating: what became of it is settled, and they go on to the caller's address."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from customers.kit.errors import DomainError, NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.models import TenantModel
from payments.models import Charge, PaymentIntent, SetupIntent
from payments.services import charges, payment_intents, returns, setup_intents

_FAILED = {"requires_payment_method", "canceled", Charge.Status.FAILED}
_PENDING = {"requires_action", "requires_confirmation", "processing", Charge.Status.PENDING}


def come_back(reference: str, seal: str, *, at: datetime) -> str:
    """Settle what the customer went away for, and return the caller's address with Stripe's words in its query.

    Where the gateway does not answer, the customer goes on all the same, and the reconciler asks again.

    Args:
        reference: as it was given to `returns.url_for`.
        seal: from the address.

    Raises:
        NotFound: we never sent a customer away with this address.
    """
    pk = reference.partition("/")[0]
    prefix = pk.partition("_")[0]
    if prefix not in _COMERS or not returns.is_ours(reference, seal):
        raise NotFound("There is no such page.")
    return _COMERS[prefix](pk, at)


def _to_intent(
    model: type[PaymentIntent] | type[SetupIntent], service: Any, noun: str, pk: str, at: datetime
) -> str:
    row = _row(model, pk)
    with scoped_to(row.site, livemode=row.livemode):
        with suppress(DomainError):
            service.resume(service.get(pk), at=at)
        intent = service.get(pk)
    return _with_intent(intent.return_url, noun, intent)


def _to_charge(pk: str, at: datetime) -> str:
    row = _row(Charge, pk)
    with scoped_to(row.site, livemode=row.livemode), suppress(DomainError):
        charges.resume(charges.get(pk), at=at)
    return str(row.return_url)


def _row(model: type[TenantModel], pk: str) -> Any:
    with every_site():
        row = model.objects.select_related("site").filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such page.")
    return row


def _with_intent(url: str, name: str, intent: PaymentIntent | SetupIntent) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    said = {
        name: intent.pk,
        f"{name}_client_secret": intent.client_secret,
        "redirect_status": _status(intent.status),
    }
    query = "&".join(filter(None, [parts.query, urlencode(said)]))
    return urlunsplit(parts._replace(query=query))


def _status(status: str) -> str:
    if status in _FAILED:
        return "failed"
    return "pending" if status in _PENDING else "succeeded"


_COMERS: dict[str, Callable[[str, datetime], str]] = {
    PaymentIntent.PREFIX: partial(_to_intent, PaymentIntent, payment_intents, "payment_intent"),
    SetupIntent.PREFIX: partial(_to_intent, SetupIntent, setup_intents, "setup_intent"),
    Charge.PREFIX: _to_charge,
}
