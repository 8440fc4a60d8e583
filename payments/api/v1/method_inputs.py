"""Parameters that several resources share: cards and bank accounts, billing details, acceptances of mandates.

Numbers and CVCs are read by fields that never show a value, and are passed on in memory only.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.api.v1.addresses import AddressHash
from customers.kit.errors import InvalidRequest
from customers.restkit import inputs
from customers.restkit.guarded_inputs import SecretField
from customers.restkit.id_inputs import IdField
from customers.restkit.inputs import EMPTIED, Input
from payments.models import PaymentMethod
from payments.services import payment_methods, tokens

ALLOW_REDISPLAY = ("always", "limited", "unspecified")
HOLDERS = ("company", "individual")
ACCOUNTS = ("checking", "savings")
TYPES = tuple(PaymentMethod.Kind.values)


class CardHash(Input):
    cvc = SecretField(max_length=8)
    exp_month = inputs.IntegerField()
    exp_year = inputs.IntegerField()
    number = SecretField(max_length=40)
    token = IdField(emptied="")


class BankAccountHash(Input):
    account_holder_type = inputs.ChoiceField(HOLDERS)
    account_number = SecretField(max_length=40)
    account_type = inputs.ChoiceField(ACCOUNTS)
    routing_number = inputs.TextField(max_length=16)


class SepaDebitHash(Input):
    iban = SecretField(max_length=50, required=True, emptied=...)


class BillingDetailsHash(Input):
    address = inputs.HashField(AddressHash, emptied=EMPTIED)
    email = inputs.EmailField(max_length=512)
    name = inputs.TextField()
    phone = inputs.TextField(max_length=64)
    tax_id = inputs.TextField(max_length=64)


class PaymentMethodDataHash(Input):
    """What makes a payment method: `type`, and the hash of that name."""

    allow_redisplay = inputs.ChoiceField(ALLOW_REDISPLAY)
    billing_details = inputs.HashField(BillingDetailsHash)
    card = inputs.HashField(CardHash)
    metadata = inputs.MetadataField()
    sepa_debit = inputs.HashField(SepaDebitHash)
    type = inputs.ChoiceField(TYPES)
    us_bank_account = inputs.HashField(BankAccountHash)


class OfflineHash(Input):
    """An acceptance given on paper or in person: nothing more is said of it."""


class OnlineHash(Input):
    ip_address = inputs.IPAddressField(max_length=45)
    user_agent = inputs.TextField(max_length=2000)


class AcceptanceHash(Input):
    accepted_at = inputs.TimestampField()
    offline = inputs.HashField(OfflineHash, emptied={})
    online = inputs.HashField(OnlineHash, emptied={})
    type = inputs.ChoiceField(("offline", "online"), required=True)


class MandateDataHash(Input):
    customer_acceptance = inputs.HashField(AcceptanceHash, required=True)


def acceptance_of(mandate_data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return how a mandate was accepted, as `mandates.give` takes it."""
    if not mandate_data:
        return None
    given = mandate_data["customer_acceptance"]
    accepted = {"type": given["type"], **given.get("online", {})}
    if "accepted_at" in given:
        accepted["accepted_at"] = int(given["accepted_at"].timestamp())
    return accepted


def method_of(
    body: Mapping[str, Any], *, param: str = "payment_method_data", request_key: str, at: datetime
) -> PaymentMethod:
    """Make the payment method that a hash describes.

    Raises:
        InvalidRequest: the hash of the type is missing or incomplete.
        CardDeclined: a number or date cannot be right, or the issuer refuses.
    """
    kind = _kind(body, param)
    details = body.get(kind)
    if details is None:
        raise _missing(_below(param, kind))
    common = {
        "billing_details": body.get("billing_details"),
        "metadata": _given(body.get("metadata")),
        "allow_redisplay": body.get("allow_redisplay", "unspecified"),
        "request_key": request_key,
        "at": at,
    }
    if kind == PaymentMethod.Kind.CARD and details.get("token"):
        token = tokens.resolve(details["token"], param=_below(param, "card[token]"), at=at)
        return payment_methods.create_from_token(token, **common)
    for name in _REQUIRED[PaymentMethod.Kind(kind)]:
        if not details.get(name):
            raise _missing(f"{_below(param, kind)}[{name}]")
    return payment_methods.create(kind=kind, details=details, **common)


class MicrodepositsHash(Input):
    amounts = inputs.ListField(inputs.IntegerField(min_value=1, max_value=99), max_items=2)
    descriptor_code = inputs.TextField(max_length=12)


def deposits_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a body says of microdeposits.

    Raises:
        InvalidRequest: it has neither the amounts nor the code, or both.
    """
    if ("amounts" in body) == ("descriptor_code" in body):
        raise InvalidRequest(
            "Give the two amounts, or the descriptor code.",
            param="amounts", code="parameter_missing",
        )  # fmt: skip
    code = body.get("descriptor_code", "")
    return {"amounts": body.get("amounts", []), "descriptor_code": code}


NUMBERS = ("card.number", "us_bank_account.account_number", "sepa_debit.iban")
"""Where PaymentMethodDataHash has numbers."""
DATA_NUMBERS = tuple(f"payment_method_data.{path}" for path in NUMBERS)

_REQUIRED = {
    PaymentMethod.Kind.CARD: ("number", "exp_month", "exp_year"),
    PaymentMethod.Kind.US_BANK_ACCOUNT: ("account_number", "routing_number"),
    PaymentMethod.Kind.SEPA_DEBIT: ("iban",),
}


def _kind(body: Mapping[str, Any], param: str) -> str:
    if body.get("type"):
        return str(body["type"])
    if body.get("card"):  # Stripe's older clients leave the type out
        return PaymentMethod.Kind.CARD
    raise _missing(_below(param, "type"))


def _given(metadata: Mapping[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in (metadata or {}).items() if value}


def _below(param: str, name: str) -> str:
    return f"{param}[{name}]" if param else name


def _missing(path: str) -> InvalidRequest:
    return InvalidRequest(f"Missing required param: {path}.", param=path, code="parameter_missing")
