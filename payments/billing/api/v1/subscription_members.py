"""Members of subscriptions that are worked out from several columns, or loaded for many subscriptions at once.

Source: https://docs.stripe.com/api/subscriptions/object
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db.models import QuerySet

from customers.restkit.expansion import Wire
from payments.billing.api.v1.subscription_item_objects import ITEM_PLAN
from payments.billing.api.v1.tax_rates import TaxRateObject
from payments.billing.models import SubscriptionItem
from payments.billing.services import discounts, tax_rates

_TEXT_OR_NULL = {"type": ["string", "null"]}
_INTEGER_OR_NULL = {"type": ["integer", "null"]}
FEEDBACK = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
    "too_expensive", "unused",
)  # fmt: skip
AUTOMATIC_TAX = {"disabled_reason": None, "enabled": False, "liability": None}
BILLING_MODE = {
    "flexible": {"proration_discounts": "included"},
    "type": "flexible",
    "updated_at": None,
}
INVOICE_SETTINGS_SCHEMA = {
    "type": "object",
    "properties": {
        "account_tax_ids": {"type": "null"},
        "custom_fields": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
            },
        },
        "description": _TEXT_OR_NULL,
        "footer": _TEXT_OR_NULL,
        "issuer": {"type": "object", "properties": {"type": {"type": "string", "enum": ["self"]}}},
    },
}
ANCHOR_SCHEMA = {
    "type": ["object", "null"],
    "properties": {
        "day_of_month": {"type": "integer"},
        **dict.fromkeys(("hour", "minute", "month", "second"), _INTEGER_OR_NULL),
    },
}
CANCELLATION_SCHEMA = {
    "type": "object",
    "properties": {
        "comment": _TEXT_OR_NULL,
        "feedback": {"type": ["string", "null"], "enum": [*FEEDBACK, None]},
        "feedback_option": {"type": "null"},
        "reason": _TEXT_OR_NULL,
    },
}
PAUSE_SCHEMA = {
    "type": ["object", "null"],
    "properties": {
        "behavior": {"type": "string", "enum": ["keep_as_draft", "mark_uncollectible", "void"]},
        "resumes_at": _INTEGER_OR_NULL,
    },
}
PAYMENT_SCHEMA = {
    "type": "object",
    "properties": {
        "payment_method_options": {"type": ["object", "null"], "additionalProperties": True},
        "payment_method_types": {"type": ["array", "null"], "items": {"type": "string"}},
        "save_default_payment_method": {
            "type": ["string", "null"], "enum": ["off", "on_subscription", None]
        },
    },
}  # fmt: skip
TRIAL_SCHEMA = {
    "type": "object",
    "properties": {
        "end_behavior": {
            "type": "object",
            "properties": {
                "billing_cycle_anchor": {"type": "null"},
                "missing_payment_method": {
                    "type": "string", "enum": ["cancel", "create_invoice", "pause"]
                },
            },
        }
    },
}  # fmt: skip


def anchor_config(stored: Any) -> Wire | None:
    """Return the configuration of an anchor, with all its members."""
    config: Wire | None = _parsed(stored)
    if config is None:
        return None
    return dict.fromkeys(("day_of_month", "hour", "minute", "month", "second")) | config


def cancellation(comment: str, feedback: str, reason: str) -> Wire:
    """Return why a subscription ends."""
    return {
        "comment": comment or None,
        "feedback": feedback or None,
        "feedback_option": None,
        "reason": reason or None,
    }


def pause(behavior: str, resumes_at: Any) -> Wire | None:
    """Return what becomes of invoices while collection is paused; None where it is not."""
    if not behavior:
        return None
    return {
        "behavior": behavior,
        "resumes_at": None if resumes_at is None else int(resumes_at.timestamp()),
    }


def payment_settings(stored: Any) -> Wire:
    """Return how invoices are paid."""
    settings = _parsed(stored) or {}
    return {
        "payment_method_options": settings.get("payment_method_options"),
        "payment_method_types": settings.get("payment_method_types"),
        "save_default_payment_method": settings.get("save_default_payment_method", "off"),
    }


def invoice_settings(stored: Any) -> Wire:
    """Return what invoices say beside their lines."""
    said = _parsed(stored) or {}
    return {
        "account_tax_ids": None,
        "custom_fields": said.get("custom_fields") or None,
        "description": said.get("description") or None,
        "footer": said.get("footer") or None,
        "issuer": {"type": "self"},
    }


def trial_settings(behavior: str) -> Wire:
    """Return what becomes of a subscription whose trial ends without a payment method."""
    return {"end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": behavior}}


def complete(wires: Sequence[Wire]) -> None:
    """Fill in subscriptions' items, discounts and tax rates, each for all of them together."""
    _complete(wires, items_of([wire["id"] for wire in wires]))


def complete_with(wire: Wire, items: Iterable[SubscriptionItem]) -> None:
    """Fill in a subscription's items, which the caller has, with their prices, and its discounts and tax rates."""
    found = [ITEM_PLAN.spell_instance(item) for item in items]
    complete_items(found)
    _complete([wire], {wire["id"]: found})


def items_of(pks: Sequence[str]) -> dict[str, list[Wire]]:
    """Return the items of subscriptions, complete and in order."""
    found: dict[str, list[Wire]] = defaultdict(list)
    if not pks:
        return found
    rows = living().filter(subscription__in=pks).order_by("position", "id")
    wires = [ITEM_PLAN.spell(row) for row in rows.values_list(*ITEM_PLAN.columns)]
    complete_items(wires)
    for wire in wires:
        found[wire["subscription"]].append(wire)
    return found


def living() -> QuerySet[SubscriptionItem]:
    """Return the items that were not deleted."""
    return SubscriptionItem.objects.filter(deleted_at__isnull=True)


def complete_items(wires: Sequence[Wire]) -> None:
    """Fill in items' discounts and tax rates, each for all of them together."""
    pks = [wire["id"] for wire in wires]
    own = discounts.ids_of("subscription_item", pks) if pks else {}
    for wire in wires:
        wire["discounts"] = own.get(wire["id"], [])
    fill_rates([(wire, "tax_rates") for wire in wires])


def fill_rates(places: Iterable[tuple[Wire, str]]) -> None:
    """Put tax rates into the places where their ids are."""
    places = [(wire, name) for wire, name in places if wire[name]]
    wanted = {pk for wire, name in places for pk in wire[name]}
    if not wanted:
        return
    plan = TaxRateObject.plan()
    rates = {pk: plan.spell_instance(rate) for pk, rate in tax_rates.by_id(wanted).items()}
    for wire, name in places:
        wire[name] = [rates[pk] for pk in wire[name] if pk in rates]


def _complete(wires: Sequence[Wire], items: Mapping[str, list[Wire]]) -> None:
    pks = [wire["id"] for wire in wires]
    own = discounts.ids_of("subscription", pks) if pks else {}
    for wire in wires:
        wire["items"] = {
            "object": "list",
            "data": items.get(wire["id"], []),
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={wire['id']}",
        }
        wire["discounts"] = own.get(wire["id"], [])
    fill_rates([(wire, "default_tax_rates") for wire in wires])


def _parsed(stored: Any) -> Any:
    return orjson.loads(stored) if isinstance(stored, str | bytes) else stored
