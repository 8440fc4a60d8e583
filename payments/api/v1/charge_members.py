"""Members of charges that are worked out from several columns, or from other rows.

Source: https://docs.stripe.com/api/charges/object
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from customers.restkit.expansion import Wire
from customers.restkit.objects import WireObject
from payments.models import Charge

Status = Charge.Status
SHOWN = 10  # how many elements an embedded list has at most
FREE_HASH = {"type": "object", "additionalProperties": True}
FREE_HASH_OR_NULL = {"type": ["object", "null"], "additionalProperties": True}
INTEGER, BOOLEAN = {"type": "integer"}, {"type": "boolean"}
NULLABLE_TEXT = {"type": ["string", "null"]}
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_OUTCOME = (
    "advice_code",
    "network_advice_code",
    "network_decline_code",
    "network_status",
    "reason",
)
_LATER_RELEASED = (Status.VOIDED, Status.EXPIRED)
_BRANDS = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "eftpos_au": "Eftpos Australia",
    "jcb": "JCB", "mastercard": "MasterCard", "unionpay": "UnionPay", "visa": "Visa",
}  # fmt: skip


def parsed(stored: Any) -> Any:
    """Return a JSON column's value, which compiled statements load as text."""
    return orjson.loads(stored) if isinstance(stored, str | bytes) else stored


def given_back(status: str, amount: int, captured: int, refunded: int) -> int:
    """Return a charge's `amount_refunded`: what was refunded, and what was held and never taken.

    So `amount` less this is what can still be refunded, whether or not all that was held was captured.
    """
    if status in _LATER_RELEASED:
        return amount
    return amount - captured + refunded if status == Status.SUCCEEDED else refunded


def is_refunded(status: str, amount: int, captured: int, refunded: int) -> bool:
    """Tell whether nothing of a charge is left."""
    return given_back(status, amount, captured, refunded) == amount


def is_paid(status: str) -> bool:
    """Tell whether a charge was taken or authorized, whatever became of it afterwards."""
    return status not in {Status.PENDING, Status.FAILED}


def is_captured(status: str) -> bool:
    """Tell whether a charge's money was taken."""
    return status == Status.SUCCEEDED


def statement(descriptor: str, suffix: str) -> str | None:
    """Return what the bank statement shows, as far as the charge itself says it."""
    return "* ".join(part for part in (descriptor, suffix) if part) or None


def billing_details(stored: Any) -> Wire:
    """Return billing details with every member that Stripe shows."""
    details = parsed(stored) or {}
    address = details.get("address") or {}
    return {
        "address": {name: address.get(name) or None for name in _ADDRESS},
        "email": details.get("email") or None,
        "name": details.get("name") or None,
        "phone": details.get("phone") or None,
        "tax_id": details.get("tax_id") or None,
    }


def shipping(stored: Any) -> Wire | None:
    """Return where a payment's goods go; None where nothing is sent."""
    sent = parsed(stored)
    if not sent:
        return None
    address = sent.get("address") or {}
    return {
        "address": {name: address.get(name) or None for name in _ADDRESS},
        "carrier": sent.get("carrier") or None,
        "name": sent.get("name") or None,
        "phone": sent.get("phone") or None,
        "tracking_number": sent.get("tracking_number") or None,
    }


def outcome(stored: Any) -> Wire | None:
    """Return what the issuer said; None where it was not asked yet."""
    told = parsed(stored)
    return {**dict.fromkeys(_OUTCOME), **told} if told else None


def method_details(stored: Any, amount: int, capture_before: Any, status: str) -> Wire | None:
    """Return `payment_method_details`, with what a card's authorization allows."""
    details = parsed(stored)
    if not details:
        return None
    if details.get("type") != "card":
        return dict(details)
    is_held = status == Status.AUTHORIZED and capture_before is not None
    card = {
        **_CARD,
        "amount_authorized": amount if is_paid(status) else None,
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        **details["card"],
    }
    if is_held:
        card["capture_before"] = int(capture_before.timestamp())
    return {**details, "card": card}


_CARD: dict[str, Any] = {
    "extended_authorization": {"status": "disabled"},
    "incremental_authorization": {"status": "unavailable"},
    "installments": None,
    "multicapture": {"status": "unavailable"},
    "network_token": {"used": False},
    "regulated_status": "unregulated",
    "transaction_link_id": None,
}


def source(method: str | None, customer: str | None, stored: Any, billing: Any) -> Wire | None:
    """Return the card or bank account of a charge whose method came through `source`; None for any other.

    Source: https://docs.stripe.com/api/cards/object, https://docs.stripe.com/api/customer_bank_accounts/object
    """
    details = parsed(stored)
    if not method or not details or method.startswith("pm_"):
        return None
    owner = billing_details(billing)
    inner = details.get(details["type"]) or {}
    if details["type"] == "card":
        return _card(method, customer, inner, owner)
    return _bank_account(method, customer, inner, owner)


def _card(pk: str, customer: str | None, card: Mapping[str, Any], owner: Wire) -> Wire:
    address, checks = owner["address"], card.get("checks") or {}
    return {
        "id": pk,
        "object": "card",
        "address_city": address["city"],
        "address_country": address["country"],
        "address_line1": address["line1"],
        "address_line1_check": checks.get("address_line1_check"),
        "address_line2": address["line2"],
        "address_state": address["state"],
        "address_zip": address["postal_code"],
        "address_zip_check": checks.get("address_postal_code_check"),
        "brand": _BRANDS.get(card.get("brand") or "", "Unknown"),
        "country": card.get("country"),
        "customer": customer or None,
        "cvc_check": checks.get("cvc_check"),
        "dynamic_last4": None,
        "exp_month": card.get("exp_month"),
        "exp_year": card.get("exp_year"),
        "fingerprint": card.get("fingerprint"),
        "funding": card.get("funding"),
        "last4": card.get("last4"),
        "metadata": {},
        "name": owner["name"],
        "regulated_status": "unregulated",
        "tokenization_method": None,
        "wallet": None,
    }


def _bank_account(pk: str, customer: str | None, account: Mapping[str, Any], owner: Wire) -> Wire:
    return {
        "id": pk,
        "object": "bank_account",
        "account_holder_name": owner["name"],
        "account_holder_type": account.get("account_holder_type"),
        "account_type": account.get("account_type"),
        "bank_name": account.get("bank_name"),
        "country": account.get("country") or "US",
        "currency": "usd",
        "customer": customer or None,
        "fingerprint": account.get("fingerprint"),
        "last4": account.get("last4"),
        "metadata": {},
        "routing_number": account.get("routing_number"),
        "status": "verified",
    }


def lists(
    parents: Sequence[Wire],
    rows: QuerySet[Any],
    output: type[WireObject],
    *,
    column: str,
    path: str,
) -> list[Wire]:
    """Return the newest objects of each parent as a list, all of them from one query.

    Args:
        column: of the parent's id.
        path: of the list, with a gap for the parent's id.
    """
    ids = [parent["id"] for parent in parents]
    numbered = rows.filter(**{f"{column}__in": ids}).annotate(
        position=Window(
            RowNumber(),
            partition_by=F(column),
            order_by=[F("created_at").desc(), F("id").desc()],
        )
    )
    plan, found = output.plan(), defaultdict(list)
    shown = numbered.filter(position__lte=SHOWN + 1).order_by("position")
    place = plan.columns.index(column)  # the object shows whose it is
    for row in shown.values_list(*plan.columns):
        found[row[place]].append(plan.spell(row))
    return [_envelope(path.format(pk), found[pk]) for pk in ids]


def _envelope(url: str, data: list[Wire]) -> Wire:
    return {"object": "list", "data": data[:SHOWN], "has_more": len(data) > SHOWN, "url": url}
