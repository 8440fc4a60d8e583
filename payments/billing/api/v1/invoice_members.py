"""Members of invoices that are worked out from several columns, or from other rows.

Source: https://docs.stripe.com/api/invoices/object
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.restkit.expansion import Wire
from payments.api.v1 import charge_members
from payments.api.v1.charge_members import parsed
from payments.billing.api.v1.invoice_payments import InvoicePaymentObject
from payments.billing.models import Invoice, InvoicePayment
from payments.models import PaymentIntent

_INSTANT = {"type": ["integer", "null"]}
_TEXT_OR_NULL = {"type": ["string", "null"]}
FREE_HASH, FREE_HASH_OR_NULL = charge_members.FREE_HASH, charge_members.FREE_HASH_OR_NULL
HASHES_OR_NULL = {"type": ["array", "null"], "items": FREE_HASH}
AUTOMATIC_TAX: Wire = {
    "disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None,
}  # fmt: skip
REASON = {reason: reason.value for reason in Invoice.Reason}
STATUS = {status: status.value for status in Invoice.Status}
TRANSITIONS_SCHEMA = {
    "type": "object",
    "properties": dict.fromkeys(
        ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"), _INSTANT
    ),
    "required": ["finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"],
    "additionalProperties": False,
}
SETTINGS_SCHEMA = {
    "type": "object",
    "properties": {
        "default_mandate": _TEXT_OR_NULL,
        "payment_method_options": FREE_HASH_OR_NULL,
        "payment_method_types": {"type": ["array", "null"], "items": {"type": "string"}},
    },
    "required": ["default_mandate", "payment_method_options", "payment_method_types"],
    "additionalProperties": False,
}

_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
RENDERING_SCHEMA = {
    "type": ["object", "null"],
    "properties": {
        "amount_tax_display": _TEXT_OR_NULL,
        "pdf": {
            "type": ["object", "null"],
            "properties": {"page_size": {"type": "string"}},
            "required": ["page_size"],
            "additionalProperties": False,
        },
        "template": _TEXT_OR_NULL,
        "template_version": {"type": ["integer", "null"]},
    },
    "required": ["amount_tax_display", "pdf", "template", "template_version"],
    "additionalProperties": False,
}


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def transitions(
    finalized_at: datetime | None,
    uncollectible_at: datetime | None,
    paid_at: datetime | None,
    voided_at: datetime | None,
) -> Wire:
    """Return when an invoice came into which status."""
    return {
        "finalized_at": _seconds(finalized_at),
        "marked_uncollectible_at": _seconds(uncollectible_at),
        "paid_at": _seconds(paid_at),
        "voided_at": _seconds(voided_at),
    }


def due(asked: int, credited: int) -> int:
    """Return what is due after the credit notes that lowered it, as Stripe shows it."""
    return asked - credited


def remaining(due: int, paid: int, credited: int) -> int:
    """Return what is still to be paid, where the database has not worked it out yet."""
    return due - paid - credited


def parent(subscription_id: str | None, metadata: Any) -> Wire | None:
    """Return which subscription an invoice is of, with its metadata as it was then."""
    if subscription_id is None:
        return None
    details = {
        "metadata": parsed(metadata),
        "subscription": subscription_id,
        "subscription_proration_date": None,
    }
    return {
        "quote_details": None,
        "subscription_details": details,
        "type": "subscription_details",
    }


def customers(name: str) -> Any:
    """Return the function that tells a thing about who is billed."""

    def said(shown: Any) -> Any:
        return parsed(shown).get(name)

    return said


def shipping(shown: Any) -> Wire | None:
    """Return where things are sent."""
    said: Wire | None = parsed(shown).get("shipping")
    return None if said is None else {**said, "carrier": None, "tracking_number": None}


def shipping_amount(name: str) -> Any:
    """Return the function that tells an amount of shipping, 0 where nothing is sent."""

    def amount(shown: Any) -> int:
        found: int = parsed(shown).get(name, 0)
        return found

    return amount


def shipping_details(stored: Any) -> Wire | None:
    """Return where the goods of an invoice are sent, if it says so itself."""
    kept = parsed(stored)
    if not kept:
        return None
    address = {name: kept["address"].get(name) or None for name in _ADDRESS}
    named = {name: kept.get(name) or None for name in ("name", "phone")}
    return {"address": address, "carrier": None, **named, "tracking_number": None}


def payment_settings(stored: Any) -> Wire:
    """Return how an invoice may be paid."""
    kept = parsed(stored)
    return {
        "default_mandate": kept.get("default_mandate"),
        "payment_method_options": kept.get("payment_method_options"),
        "payment_method_types": kept.get("payment_method_types"),
    }


def custom_fields(stored: Any) -> list[Wire] | None:
    """Return what the merchant has put on the document."""
    return parsed(stored) or None


def rendering(stored: Any) -> Wire | None:
    """Return what the document looks like; null where nothing was said of it."""
    kept = parsed(stored)
    size = kept.get("page_size")
    if not kept:
        return None
    return {
        "amount_tax_display": kept.get("amount_tax_display"),
        "pdf": size and {"page_size": size},
        "template": None,
        "template_version": None,
    }


def last_error(stored: Any) -> Wire | None:
    """Return why an invoice could not be finalized."""
    kept = parsed(stored)
    return kept and {**kept, "doc_url": None}


def payments(wires: Sequence[Wire]) -> list[Wire]:
    """Return the payments of each invoice as a list."""
    rows, path = InvoicePayment.objects.all(), "/v1/invoice_payments?invoice={}"
    return charge_members.lists(wires, rows, InvoicePaymentObject, column="invoice_id", path=path)


def confirmation_secrets(wires: Sequence[Wire]) -> list[Wire | None]:
    """Return for each invoice by what its customer's browser may pay it; null where nothing is to be paid."""
    ids = [wire["id"] for wire in wires]
    rows = InvoicePayment.objects.filter(
        invoice__in=ids, invoice__status=Invoice.Status.OPEN, status=InvoicePayment.Status.OPEN
    ).exclude(payment_intent__status=PaymentIntent.Status.CANCELED)
    newest_last = rows.order_by("created_at", "id")
    secrets = dict(newest_last.values_list("invoice_id", "payment_intent__client_secret"))
    return [
        {"client_secret": secrets[pk], "type": "payment_intent"} if secrets.get(pk) else None
        for pk in ids
    ]
