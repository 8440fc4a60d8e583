"""Customers of another account, read into ours.

Sources: https://docs.stripe.com/api/customers/object, https://docs.omise.co/customers-api
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from customers.kit.errors import InvalidRequest, InvalidState
from customers.models import Customer, CustomerBalanceTransaction, TaxId
from customers.services import balance_transactions, customers, tax_ids, tombstones
from payments.services.account_ledger import Written, free_id, own_id

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_TEXTS = ("description", "email", "name", "phone")
_MORE = (
    "display_name", "external_id", "first_name", "individual_name", "last_name", "preferred_currency", "timezone",
    "username",
)  # fmt: skip
"""What Keeptab knows of a customer beside Stripe, as long as that is where it comes from."""

_ONCE = ("created_at", "currency", "invoice_prefix", "next_invoice_sequence")
"""What is taken over when a customer is made, and not touched any more."""


def write(source: str, said: Mapping[str, Any], object_id: str, *, at: datetime) -> Written:
    """Make or change a customer within the open transaction.

    The balance is taken over once, when the customer is made; what it is afterwards is each side's own affair.

    Raises:
        InvalidState: it cannot be a customer here.
        InvalidRequest: a value does not fit, or must be unique and is taken.
        NotFound: it was deleted here.
    """
    details = _FROM[source](said)
    pk = object_id or own_id(source, said["id"])
    customer = Customer.objects.with_defaults().filter(pk=pk).first() if pk else None
    if customer is None:
        if tombstones.was_erased(
            email=details["email"], external_id=details.get("external_id", ""), pk=pk
        ):
            raise InvalidState("Its personal data was erased here.", code="customer_erased")
        customer = _made(details, pk, at=at)
        _bring_balance(customer, said, at=at)
    else:
        changed = {name: value for name, value in details.items() if name not in _ONCE}
        customers.update(customer, details=changed, at=at)
    return Written(customer, _add_tax_ids(customer, said, at=at))


def _of_stripe(said: Mapping[str, Any]) -> dict[str, Any]:
    if said.get("test_clock"):
        raise InvalidState("It lives by a test clock.")
    details: dict[str, Any] = {name: said.get(name) or "" for name in _TEXTS}
    details |= {name: said[name] for name in _MORE if said.get(name)}
    details |= {
        "created_at": datetime.fromtimestamp(said["created"], UTC),
        "currency": said.get("currency") or "",
        "metadata": said.get("metadata") or {},
        "preferred_locales": said.get("preferred_locales") or [],
        "tax_exempt": said.get("tax_exempt") or Customer.TaxExempt.NONE,
    }
    for name in ("invoice_prefix", "next_invoice_sequence", "business_name"):
        if said.get(name):
            details[name] = said[name]
    for name in ("mail_marketing", "tele_marketing"):
        if said.get(name) is not None:
            details[name] = said[name]
    return details | _addresses(said) | _invoice_settings(said.get("invoice_settings") or {})


def _addresses(said: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if said.get("address"):
        found["address"] = _columns(said["address"])
    if said.get("shipping"):
        place = said["shipping"]
        names = {name: place.get(name) or "" for name in ("name", "phone")}
        found["shipping"] = {**_columns(place.get("address") or {}), **names}
    return found


def _columns(address: Mapping[str, Any]) -> dict[str, str]:
    return {name: address.get(name) or "" for name in _ADDRESS}


def _invoice_settings(said: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: said[name] for name in ("custom_fields", "footer") if said.get(name)}
    if tax_display := (said.get("rendering_options") or {}).get("amount_tax_display"):
        kept["rendering_options"] = {"amount_tax_display": tax_display}
    return {"invoice_settings": kept} if kept else {}


def _of_omise(said: Mapping[str, Any]) -> dict[str, Any]:
    if said.get("deleted"):
        raise InvalidState("It was deleted there.")
    return {
        "created_at": datetime.fromisoformat(said.get("created_at") or said["created"]),
        "description": said.get("description") or "",
        "email": said.get("email") or "",
        "metadata": {name: str(value) for name, value in (said.get("metadata") or {}).items()},
    }


_FROM = {"stripe": _of_stripe, "omise": _of_omise}


def _made(details: dict[str, Any], pk: str, *, at: datetime) -> Customer:
    """Make the customer with its own id, and with its own prefix for invoices, where both are free."""
    pk = free_id(Customer, pk)
    try:
        with transaction.atomic():
            return customers.create(details=details, pk=pk, at=at)
    except InvalidRequest as refusal:
        if refusal.param != "invoice_prefix":
            raise
    rest = {name: value for name, value in details.items() if name != "invoice_prefix"}
    return customers.create(details=rest, pk=pk, at=at)


def _bring_balance(customer: Customer, said: Mapping[str, Any], *, at: datetime) -> None:
    if said.get("balance"):
        balance_transactions.apply(
            customer,
            amount=said["balance"],
            currency=said.get("currency") or customer.site.default_currency,
            kind=CustomerBalanceTransaction.Kind.INITIAL,
            at=at,
        )


def _add_tax_ids(customer: Customer, said: Mapping[str, Any], *, at: datetime) -> str:
    """Add the tax ids that the customer does not have yet, and return what is to be said of the others."""
    wanted = [
        (datum["type"], datum["value"]) for datum in (said.get("tax_ids") or {}).get("data", ())
    ]
    if not wanted:
        return ""
    known = set(TaxId.objects.filter(customer=customer).values_list("kind", "value"))
    left_out = []
    for kind, value in wanted:
        if (kind, value) not in known:
            try:
                with transaction.atomic():
                    tax_ids.create(customer, kind=kind, value=value, at=at)
            except InvalidRequest as refusal:
                left_out.append(f"Its tax ID {value} was left out: {refusal.message}")
    return " ".join(left_out)
