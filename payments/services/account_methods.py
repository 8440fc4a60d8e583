"""Payment methods that a gateway has saved for its own customers, kept here as references to be charged (rule P8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.kit.errors import GatewayUnavailable, InvalidRequest, InvalidState
from customers.models import Customer
from payments import gateways
from payments.gateways.base import NotSent, Refused, SavedMethod, Unknown
from payments.gateways.holdings import HeldMethod
from payments.models import GatewayAccount, PaymentMethod
from payments.services import attachments, gateway_accounts, payment_methods
from payments.services.account_ledger import free_id, own_id

__all__ = ["HeldMethod", "HeldMethods", "asked", "new_id", "prepare", "write"]

_OWN_ONES = ("billing_details", "metadata", "allow_redisplay")
_GATEWAY, _CUSTOMER = "import_payment_methods", "payment_gateway_id"  # parameters of a request


@dataclass(frozen=True, slots=True)
class HeldMethods:
    """Methods that are about to become a new customer's, as `customers.paying` wants them.

    Args:
        method_id: the one that becomes the default; empty where there is none.
    """

    account: GatewayAccount
    held: Sequence[tuple[str, HeldMethod]]
    method_id: str

    def attach(self, customer: Customer, *, at: datetime) -> None:
        """Write them down in the transaction in which the customer is made."""
        for pk, held in self.held:
            write(customer, self.account, held, pk, at=at)


def prepare(
    customer: Mapping[str, str], pk: str, *, request_key: str | None, at: datetime
) -> HeldMethods:
    """Read the methods of a customer at the site's Stripe account; no transaction may be open.

    Args:
        customer: who is about to be made.
        pk: the customer's id at Stripe.

    Raises:
        InvalidRequest: the site's gateway is another one, or its account has no such customer.
        GatewayUnavailable: it does not answer.
    """
    account = gateway_accounts.active()
    if account.kind != GatewayAccount.Kind.STRIPE:
        raise InvalidRequest(
            "Payment methods are imported from Stripe, which is not the payment gateway of this site: choose it first, "
            "in the dashboard under Settings.",
            param=_GATEWAY,
            code="gateway_missing",
        )
    held = [(new_id(account.kind, one.reference), one) for one in asked(account, pk)]
    default = next((own for own, one in held if one.is_default), held[0][0] if held else "")
    return HeldMethods(account, held, default)


def asked(account: GatewayAccount, customer: str, *, waits: Sequence[int] = ()) -> list[HeldMethod]:
    """Return what a gateway has saved for a customer of its own.

    Raises:
        InvalidRequest: it has no such customer, or does not accept our credentials.
        GatewayUnavailable: it does not answer.
    """
    try:
        access = gateway_accounts.access_of(account)
        return gateways.holdings(account.kind, access, waits=waits).methods_of(customer)
    except Refused as refusal:
        raise InvalidRequest(
            refusal.message, param=_CUSTOMER, code=refusal.code or "resource_missing"
        ) from refusal
    except (NotSent, Unknown) as silence:
        raise GatewayUnavailable(
            "The payment gateway does not answer. Try again in a moment."
        ) from silence


def new_id(source: str, reference: str) -> str:
    """Return the id that a new method gets."""
    return free_id(PaymentMethod, own_id(source, reference))


def write(
    customer: Customer, account: GatewayAccount, held: HeldMethod, pk: str, *, at: datetime
) -> PaymentMethod:
    """Attach a method to a customer, or change it, within the open transaction.

    Args:
        pk: the id that it gets where it is new.

    Raises:
        InvalidState: it is another customer's here, or was detached.
        NotFound: the customer was deleted.
    """
    known = PaymentMethod.objects.filter(
        gateway_account=account, gateway_reference=held.reference
    ).first()
    if known is None:
        return _attached(customer, account, held, pk, at=at)
    if known.customer_id != customer.pk:
        raise InvalidState("It is another customer's here, or was taken from its customer.")
    return payment_methods.update(known, details=held.details, at=at)


def _attached(
    customer: Customer, account: GatewayAccount, held: HeldMethod, pk: str, *, at: datetime
) -> PaymentMethod:
    own: dict[str, Any] = {name: held.details[name] for name in _OWN_ONES if name in held.details}
    method = PaymentMethod(
        id=pk, site_id=customer.site_id, livemode=customer.livemode, created_at=at, kind=held.kind,
        gateway_account=account, **own,
    )  # fmt: skip
    method.save(force_insert=True)
    saved = SavedMethod(held.reference, held.customer_reference, held.details)
    is_chosen = True if held.is_default else None
    return attachments.attach(
        attachments.Attachment(method, saved, make_default=is_chosen), customer, at=at
    )
