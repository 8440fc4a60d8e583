"""Attaching and detaching: the transactional halves, and the one default that a customer has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.models import Customer
from customers.services import changes, test_clocks
from payments.gateways.base import MethodReference, Outcome, SavedMethod
from payments.models import PaymentMethod
from payments.services import gateway_accounts, mandates, vaulting

COLUMNS = frozenset(
    {
        "brand", "last4", "first6", "exp_month", "exp_year", "funding", "country", "fingerprint", "cvc_check",
        "address_line1_check", "address_postal_code_check", "requires_authentication", "bank_name", "bank_code",
        "account_type", "account_holder_type", "verification", "currency",
    }
)  # fmt: skip
"""What a vault or gateway may tell of a method."""

# What a customer's deletion leaves of a method: its kind, so that its charges can be read.
_WIPED: dict[str, Any] = {
    "last4": "", "first6": "", "exp_month": None, "exp_year": None, "fingerprint": "", "bank_name": "", "bank_code": "",
    "billing_details": {}, "metadata": {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attachment:
    """A method that its gateway has saved for a customer, and that is not yet written down as the customer's.

    Args:
        saved: the gateway's answer; None where the method is the customer's already.
        make_default: whether it becomes the default in any case; None: only where there is none.
    """

    method: PaymentMethod
    saved: SavedMethod | None
    make_default: bool | None = None

    @property
    def method_id(self) -> str:
        return str(self.method.pk)

    def attach(self, customer: Customer, *, at: datetime) -> None:
        """Write it down in the transaction of the customer's change; the caller saves the customer."""
        _attach(self, customer, at=at)


def attach(attachment: Attachment, customer: Customer, *, at: datetime) -> PaymentMethod:
    """Write down that a saved method is the customer's.

    Raises:
        InvalidState: it was attached elsewhere or detached meanwhile.
        NotFound: the customer was deleted.
    """
    with changes.tracked(customer, at=at) as row:
        method = _attach(attachment, row, at=at)
        row.save(update_fields=["default_payment_method_id"])
    customer.default_payment_method_id = row.default_payment_method_id
    return method


def detach(method: PaymentMethod, *, at: datetime) -> PaymentMethod:
    """Take a payment method from its customer for good; the newest other one takes its place as default (C12, O24).

    Its gateway forgets it a little later (`forgetting.run`).

    Raises:
        InvalidState: it is nobody's.
    """
    if method.customer is None:
        raise InvalidState(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    with changes.tracked(method.customer, at=at) as row:
        method = locked(method)
        if method.customer_id != row.pk:
            raise InvalidState(
                "The payment method you provided is not attached to a customer so detachment is impossible."
            )
        _detach(method, row, at=at)
        if row.default_payment_method_id == method.pk:
            heir = PaymentMethod.objects.of_customer(row).newest_first().first()
            row.default_payment_method_id = None if heir is None else heir.pk
            row.save(update_fields=["default_payment_method_id"])
    return method


def detach_all(customer: Customer, *, at: datetime) -> None:
    """Take every method from a locked customer who is being deleted, and wipe what is known of them (S16, O19)."""
    methods = PaymentMethod.objects.of_customer(customer).select_for_update(no_key=True)
    for method in methods.order_by("id"):
        _detach(method, customer, at=at)
        for name, value in _WIPED.items():
            setattr(method, name, value)
        method.save(update_fields=list(_WIPED))
    if customer.default_payment_method_id is not None:
        customer.default_payment_method_id = None
        customer.save(update_fields=["default_payment_method_id"])


def set_default(customer: Customer, method: PaymentMethod, *, at: datetime) -> Customer:
    """Make a customer's method its default.

    Raises:
        InvalidRequest: the method is not the customer's.
        NotFound: the customer was deleted.
    """
    with changes.tracked(customer, at=at) as row:
        choose_default(row, method.pk)
        row.save(update_fields=["default_payment_method_id"])
    return row


def choose_default(
    customer: Customer, pk: str | None, *, param: str = "default_payment_method"
) -> None:
    """Put the default on a locked customer, which the caller saves.

    Raises:
        InvalidRequest: the method is not the customer's.
    """
    if pk is None:
        customer.default_payment_method_id = None
        return
    method = PaymentMethod.objects.of_customer(customer).called(pk).first()
    if method is None:
        raise InvalidRequest(
            f"The customer does not have a payment method with the ID {pk}. The payment method must be attached to the "
            "customer.",
            param=param,
            code="resource_missing",
        )
    customer.default_payment_method_id = method.pk


def of_customer(customer: Customer) -> list[PaymentMethod]:
    """Return a customer's methods, the newest first."""
    return list(PaymentMethod.objects.of_customer(customer).newest_first())


def locked(method: PaymentMethod) -> PaymentMethod:
    """Lock a method's row for the open transaction and return it with its gateway account.

    Raises:
        NotFound: it is gone.
    """
    row = (
        PaymentMethod.objects.select_for_update(no_key=True, of=("self",))
        .select_related("gateway_account")
        .filter(pk=method.pk)
        .first()
    )
    if row is None:
        raise NotFound(f"No such PaymentMethod: '{method.pk}'", param="id")
    return row


def check_attachable(method: PaymentMethod) -> None:
    """Refuse a method that cannot become a customer's.

    Raises:
        InvalidState: it is another customer's, or was detached.
    """
    if method.detached_at is not None:
        raise unusable()
    if method.customer_id is not None:
        raise InvalidState(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_unexpected_state",
        )


def unusable() -> InvalidState:
    """Return the error for a method that was detached."""
    return InvalidState(
        "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, "
        "and may not be used again.",
        code="payment_method_unexpected_state",
    )


def reference(method: PaymentMethod) -> MethodReference:
    """Return how a gateway knows a method."""
    return MethodReference(
        method.gateway_reference,
        method.gateway_customer_reference,
        kind=method.kind,
        expires=(method.exp_year, method.exp_month)
        if method.exp_year and method.exp_month
        else None,
    )


def asked_of_deposits(
    method: PaymentMethod, *, amounts: list[int], descriptor_code: str
) -> Outcome:
    """Ask the gateway whether that is what it paid into a bank account; no transaction may be open.

    Raises:
        GatewayUnavailable: the gateway does not answer.
    """
    with vaulting.answering():
        gateway = gateway_accounts.gateway_of(method.gateway_account)
        return gateway.verify(reference(method), amounts=amounts, descriptor_code=descriptor_code)


def event(verb: str, method: PaymentMethod) -> str:
    """Return the event's name: of a payment method, or of a source where it came in as one (rule C21)."""
    if method.is_source:
        words = {"attached": "created", "detached": "deleted"}
        return f"customer.source.{words.get(verb, verb)}"
    return f"payment_method.{verb}"


def _attach(attachment: Attachment, customer: Customer, *, at: datetime) -> PaymentMethod:
    method = locked(attachment.method)
    if method.customer_id != customer.pk:
        check_attachable(method)
        _fill(method, attachment.saved)
        method.customer, method.attached_at = customer, at
        method.save()
        events.publish(event("attached", method), method, at=at)
    if attachment.make_default or customer.default_payment_method_id is None:
        customer.default_payment_method_id = method.pk
    return method


def _fill(method: PaymentMethod, saved: SavedMethod | None) -> None:
    if saved is None:  # it was the customer's when the gateway was to be asked, and is not any more
        raise unusable()
    method.gateway_reference = saved.reference
    method.gateway_customer_reference = (
        saved.customer_reference or method.gateway_customer_reference
    )
    for name in COLUMNS & saved.details.keys():
        setattr(method, name, saved.details[name])


def _detach(method: PaymentMethod, customer: Customer, *, at: datetime) -> None:
    """Take a locked method from its locked customer."""
    type_ = event("detached", method)
    if method.is_source:  # a source's last picture still shows whose it was
        events.publish(type_, method, at=at)
    mandates.withdraw(method, at=at)
    method.customer, method.detached_at = None, at
    method.forget_at = test_clocks.real(at) if method.gateway_reference else None
    method.save(update_fields=["customer", "detached_at", "forget_at"])
    if not method.is_source:
        told = events.prepare(type_, method, previous={"customer": customer.pk}, at=at)
        told.values["customer_id"] = customer.pk  # so that it is found among the customer's
        statements.insert(told)
