"""Payment methods: made from a token or a number, attached to customers, changed, detached.

What needs the gateway runs before or after the transaction of the change, never inside it. The customer's row is the
mutex for its methods and its default.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from customers.events.services import events
from customers.kit import tenancy
from customers.kit.constraints import violated
from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState, NotFound
from customers.models import Customer
from customers.services import customers
from payments.gateways.base import Result
from payments.models import PaymentMethod, Token
from payments.models.payment_methods import PaymentMethodQuerySet
from payments.services import attachments, tokens, vaulting
from payments.services.attachments import COLUMNS, detach, of_customer, reference, set_default
from payments.services.vaulting import Vaulted

_FINAL = (
    "attempts_exceeded",
    "timeout",
    "failed",
)  # what ends the codes after which no try is left
_TOKENS = ("tok", "btok_")  # how tokens' ids begin, at every gateway
_ADDRESS = {
    "address_city": "city", "address_country": "country", "address_line1": "line1", "address_line2": "line2",
    "address_state": "state", "address_zip": "postal_code",
}  # fmt: skip


def get(pk: str, *, param: str = "id") -> PaymentMethod:
    """Return a payment method, attached or not.

    Raises:
        NotFound: the site has none with this id.
    """
    method = _rows().called(pk).first()
    if method is None:
        raise no_such_method(pk, param=param)
    return method


def get_all(pks: Collection[str]) -> dict[str, PaymentMethod]:
    """Return payment methods, attached or not, by their ids; without those that the site has not."""
    return PaymentMethod.objects.select_related("gateway_account").in_bulk(pks)


def get_own(customer: Customer, pk: str, *, param: str = "id") -> PaymentMethod:
    """Return a payment method of a customer.

    Raises:
        NotFound: the customer has none with this id.
    """
    method = _rows().of_customer(customer).called(pk).first()
    if method is None:
        raise no_such_method(pk, param=param)
    return method


def no_such_method(pk: str, *, param: str = "id") -> NotFound:
    """Return the error for a payment method that is not there, in Stripe's words."""
    noun = "PaymentMethod" if pk.startswith("pm_") else "source"
    return NotFound(f"No such {noun}: '{pk}'", param=param)


def resolve(
    pk: str, *, param: str = "payment_method", request_key: str | None = None, at: datetime
) -> PaymentMethod:
    """Return a method by its id; for a test id, a token, or an id of the gateway's own vault, a fresh one.

    Raises:
        NotFound: there is none.
        InvalidRequest: a token was used before.
        CardDeclined: the issuer refuses.
    """
    method = _rows().called(pk).first()
    if method is not None:
        return method
    if pk.startswith(_TOKENS):
        token = tokens.resolve(pk, param=param, at=at)
        return create_from_token(token, as_source=True, request_key=request_key, at=at)
    vaulted = vaulting.known(pk, at=at)
    if vaulted is None:
        raise no_such_method(pk, param=param)
    return _make(
        vaulted, vaulting.new_id(PaymentMethod.PREFIX, request_key), dict(vaulted.details), at=at
    )


@sensitive_variables("details")
def create(
    *,
    kind: str,
    details: Mapping[str, Any],
    billing_details: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
    allow_redisplay: str = "unspecified",
    request_key: str | None = None,
    at: datetime,
) -> PaymentMethod:
    """Make a payment method from a number, which is kept nowhere.

    Args:
        details: `number`, `exp_month`, `exp_year`, `cvc` of a card; `account_number`, `routing_number`, `account_type`,
            `account_holder_type` of a bank account; `iban` for SEPA.
        billing_details: `name`, `email`, `phone`, `tax_id` and `address`.

    Raises:
        InvalidRequest: the site's gateway takes no numbers here, or it is no published test number.
        CardDeclined: the number or the expiry date cannot be right, or the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    vaulted = vaulting.keep({**details, "kind": kind}, at=at)
    told = {**vaulted.details, "billing_details": dict(billing_details or {})}
    extra = {"metadata": dict(metadata or {}), "allow_redisplay": allow_redisplay}
    return _make(vaulted, vaulting.new_id(PaymentMethod.PREFIX, request_key), told, extra, at=at)


def create_from_token(
    token: Token,
    *,
    as_source: bool = False,
    billing_details: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
    allow_redisplay: str = "unspecified",
    request_key: str | None = None,
    at: datetime,
) -> PaymentMethod:
    """Make a payment method from a token, which is used up.

    Args:
        as_source: whether it gets a `card_…` or `ba_…` id, as the older `source` parameter makes them.
        request_key: the digest of the request's idempotency key: the same request finds the method that it made.

    Raises:
        InvalidRequest: the token was used before, or has expired.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    kind = tokens.method_kind(token)
    pk = vaulting.new_id(
        PaymentMethod.SOURCE_PREFIXES[kind] if as_source else PaymentMethod.PREFIX, request_key
    )
    if as_source and not token._state.adding:
        pk = token.details["id"]
    token = tokens.use(token, by=request_key, at=at)
    vaulted = Vaulted(token.gateway_account, token.gateway_reference, kind, token.details)
    told = {**token.details, "billing_details": dict(billing_details or {})}
    extra = {"metadata": dict(metadata or {}), "allow_redisplay": allow_redisplay}
    return _make(vaulted, pk, told, extra, at=at)


def columns_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return PaymentMethod's columns for what a vault or gateway told."""
    columns = {name: value for name, value in told.items() if name in COLUMNS}
    if told.get("routing_number"):
        columns["bank_code"] = told["routing_number"]
    return {**columns, "billing_details": _billing(told)}


def update(method: PaymentMethod, *, details: Mapping[str, Any], at: datetime) -> PaymentMethod:
    """Change a payment method.

    Args:
        details: columns by name; `billing_details` and its `address` are merged, `metadata` is too, and an empty value
            takes a key away.

    Raises:
        InvalidState: it is nobody's.
    """
    if method.customer_id is None:
        raise InvalidState(
            "You must save this PaymentMethod to a customer before you can update it.",
            code="payment_method_unexpected_state",
        )
    return _change(method, details, at=at)


def attach(
    method: PaymentMethod, customer: Customer, *, make_default: bool | None = None, at: datetime
) -> PaymentMethod:
    """Attach a payment method to a customer; the customer's first one becomes its default (rule C11).

    Args:
        make_default: whether it becomes the default in any case; where absent, only the first one does.

    Raises:
        InvalidState: it is another customer's, or was detached.
        CardDeclined: the issuer refuses.
        NotFound: the customer was deleted.
        GatewayUnavailable: the gateway does not answer.
    """
    attachment = prepared(method, customer_of(customer), make_default=make_default)
    return attachments.attach(attachment, customer, at=at)


def prepared(
    method: PaymentMethod, customer: Mapping[str, str], *, make_default: bool | None = None
) -> attachments.Attachment:
    """Save a method at its gateway for a customer who may be about to be made; no transaction may be open.

    Args:
        customer: `id`, `email`, `name`.

    Raises:
        InvalidState: the method is another customer's, or was detached.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    if method.customer_id == customer["id"]:
        return attachments.Attachment(method, None, make_default)
    attachments.check_attachable(method)
    known = (
        PaymentMethod.objects.filter(
            customer_id=customer["id"], gateway_account_id=method.gateway_account_id
        )
        .exclude(gateway_customer_reference="")
        .values_list("gateway_customer_reference", flat=True)
        .first()
    )
    asked = {**customer, "reference": known} if known else customer
    saved = vaulting.save(
        method.gateway_account, method.gateway_reference,
        reference=f"{method.pk}/attach", customer=asked,
    )  # fmt: skip
    return attachments.Attachment(method, saved, make_default)


def customer_of(customer: Customer) -> dict[str, str]:
    """Return what a gateway is told of a customer."""
    return {"id": customer.pk, "email": customer.email, "name": customer.shown_name}


def chargeable(
    pk: str | None,
    customer: Customer | None,
    *,
    kinds: Collection[str] = PaymentMethod.Kind.values,
    param: str = "payment_method",
    request_key: str | None = None,
    at: datetime,
) -> PaymentMethod:
    """Return the method to charge at once: the one that is named, or the customer's default.

    Args:
        pk: of a method or token; where absent, the customer's default is meant.
        kinds: those that may be charged; others are as good as not there.

    Raises:
        NotFound: there is no such method.
        InvalidRequest: it is not the customer's, or nothing says whom to charge.
        InvalidState: it was detached, or its bank account is not verified.
        CardDeclined: the customer has none.
    """
    if pk is None:
        if customer is None:
            raise InvalidRequest(
                "Must provide source or customer.", param=param, code="parameter_missing"
            )
        default = customer.default_payment_method_id
        method = None if default is None else get(default, param=param)
        if method is None or method.kind not in kinds:
            raise CardDeclined(
                "Cannot charge a customer that has no active card: no payment method is available.",
                code="missing", param=param,
            )  # fmt: skip
        _check_payable(method, customer, param)
    else:
        method = payable(pk, customer, param=param, request_key=request_key, at=at)
        if method.kind not in kinds:
            raise no_such_method(pk, param=param)
    if method.verification in {PaymentMethod.Verification.NEW, PaymentMethod.Verification.PENDING}:
        raise _unverified(param)
    return method


def payable(
    pk: str,
    customer: Customer | None,
    *,
    param: str = "payment_method",
    request_key: str | None = None,
    at: datetime,
) -> PaymentMethod:
    """Return the method of a payment, which may have to be verified before it is charged.

    Args:
        pk: of a method or token.

    Raises:
        NotFound: there is no such method.
        InvalidRequest: it is not the customer's.
        InvalidState: it was detached, or its bank account could not be verified.
    """
    method = resolve(pk, param=param, request_key=request_key, at=at)
    _check_payable(method, customer, param)
    return method


def verify_microdeposits(
    method: PaymentMethod, *, amounts: list[int], descriptor_code: str = "", at: datetime
) -> PaymentMethod:
    """Verify a bank account by what its customer saw on their statement.

    Raises:
        InvalidState: there is nothing to verify.
        InvalidRequest: the amounts are wrong.
        GatewayUnavailable: the gateway does not answer.
    """
    states = PaymentMethod.Verification
    if method.verification not in {states.NEW, states.PENDING}:
        raise InvalidState(
            "This bank account has already been verified."
            if method.verification == states.VERIFIED
            else "This payment method cannot be verified with microdeposits.",
            code="payment_method_unexpected_state",
        )
    outcome = attachments.asked_of_deposits(
        method, amounts=amounts, descriptor_code=descriptor_code
    )
    if outcome.result == Result.DONE:
        return verified(method, at=at)
    if outcome.code.endswith(_FINAL):
        _change(method, {"verification": states.FAILED}, at=at)
    raise InvalidRequest(
        outcome.message or "The amounts provided do not match the amounts that were sent to the bank account.",
        param="descriptor_code" if descriptor_code else "amounts",
        code=outcome.code or "payment_method_microdeposit_verification_amounts_mismatch",
    )  # fmt: skip


def verified(method: PaymentMethod, *, at: datetime) -> PaymentMethod:
    """Write down that a bank account is its customer's."""
    return _change(method, {"verification": PaymentMethod.Verification.VERIFIED}, at=at)


# -- below the public ones --------------------------------------------------------------------------------------------


def _change(method: PaymentMethod, details: Mapping[str, Any], *, at: datetime) -> PaymentMethod:
    with transaction.atomic():
        row = attachments.locked(method)
        before = events.spell(row)
        for name, value in details.items():
            if name == "billing_details":
                row.billing_details = _merged_billing(row.billing_details, value)
            elif name == "metadata":
                row.metadata = customers.merged_metadata(row.metadata, value)
            else:
                setattr(row, name, value)
        if {"exp_month", "exp_year"} & details.keys():
            row.expiry_notice_days = None  # its new date has notices of its own
        row.save()
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish(attachments.event("updated", row), row, previous=previous, at=at)
    return row


def _rows() -> PaymentMethodQuerySet:
    return PaymentMethod.objects.select_related("gateway_account")


def _make(
    vaulted: Vaulted,
    pk: str,
    told: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> PaymentMethod:
    """Make a vaulted number chargeable and write it down, or return what the same request wrote before."""
    existing = _rows().filter(pk=pk).first()
    if existing is not None:
        return existing
    saved = vaulting.save(vaulted.account, vaulted.reference, reference=pk, customer={})
    scope = tenancy.current()
    details = {**told, **saved.details}
    method = PaymentMethod(
        id=pk,
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        gateway_account=vaulted.account,
        gateway_reference=saved.reference,
        kind=details.get("kind", vaulted.kind),
        **columns_of(details),
        **(extra or {}),
    )
    try:
        with transaction.atomic():
            method.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) != "payment_method_reference_once":
            raise
        return _known_already(saved.reference, vaulted)
    return method


def _known_already(reference: str, vaulted: Vaulted) -> PaymentMethod:
    """Return the method that a gateway's own id stands for already; a token of its vault is good for one method.

    Raises:
        InvalidRequest: it is a token.
    """
    if reference.startswith(_TOKENS):
        raise InvalidRequest(
            f"You cannot use a token more than once: {reference}.", code="token_already_used"
        )
    return _rows().get(gateway_account=vaulted.account, gateway_reference=reference)


def _billing(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return billing details in their own spelling, filled up from the older one of tokens."""
    given = told.get("billing_details") or {}
    name = told.get("name") or told.get("account_holder_name")
    address = {theirs: told[ours] for ours, theirs in _ADDRESS.items() if told.get(ours)}
    older: dict[str, Any] = {"name": name} if name else {}
    older |= {part: told[part] for part in ("email", "phone") if told.get(part)}
    if address:
        older["address"] = address
    return _merged_billing(older, given)


def _merged_billing(
    current: Mapping[str, Any], changes: Mapping[str, Any] | None
) -> dict[str, Any]:
    if changes is None:
        return {}
    merged = {**current, **changes}
    if changes.get("address") and current.get("address"):
        merged["address"] = {**current["address"], **changes["address"]}
    return {name: value for name, value in merged.items() if value}


def _check_payable(method: PaymentMethod, customer: Customer | None, param: str) -> None:
    _check_whose(method, customer, param)
    if method.verification == PaymentMethod.Verification.FAILED:
        raise _unverified(param)


def _check_whose(method: PaymentMethod, customer: Customer | None, param: str) -> None:
    if method.detached_at is not None:
        raise attachments.unusable()
    if method.customer_id is not None and customer is None:
        raise InvalidRequest(
            f"The payment method {method.pk} belongs to a customer. Please include the customer in the `customer` "
            "parameter.",
            param=param,
        )
    if customer is not None and method.customer_id not in (None, customer.pk):
        raise InvalidRequest(
            f"The customer does not have a payment method with the ID {method.pk}. The payment method must be attached "
            "to the customer.",
            param=param,
        )  # fmt: skip


def _unverified(param: str) -> InvalidState:
    return InvalidState(
        "The customer's bank account must be verified in order to create a payment.",
        code="bank_account_unverified",
        param=param,
    )


__all__ = [
    "attach", "chargeable", "columns_of", "create", "create_from_token", "customer_of", "detach",
    "get", "get_own", "no_such_method", "of_customer", "payable", "prepared", "reference", "resolve",
    "set_default", "update", "verified", "verify_microdeposits",
]  # fmt: skip
