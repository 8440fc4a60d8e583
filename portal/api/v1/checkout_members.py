"""Members of checkout sessions and payment links that are worked out, and what the SDKs expect them to be.

Source: https://docs.stripe.com/api/checkout/sessions/object; https://docs.stripe.com/api/payment-link/object
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from customers.kit import ids
from customers.restkit.expansion import Wire
from payments.api.v1.charge_members import FREE_HASH, parsed
from payments.billing.services import shipping_rates
from portal.models import CheckoutMode, CheckoutSession
from portal.services import checkout_states, payment_links

_TEXT, _INTEGER, _BOOLEAN = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_TEXT_OR_NULL, INTEGER_OR_NULL = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
TEXT_OR_NULL = _TEXT_OR_NULL
BOOLEAN = _BOOLEAN
ANY_HASH: Mapping[str, Any] = FREE_HASH
HASH_OR_NULL = {"type": ["object", "null"], "additionalProperties": True}
HASHES = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
TEXTS = {"type": "array", "items": _TEXT}

AUTOMATIC_TAX = {"enabled": False, "liability": None, "provider": None, "status": None}
LINK_AUTOMATIC_TAX = {"enabled": False, "liability": None}
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
_OPEN = CheckoutSession.Status.OPEN


def said(name: str, *, absent: Any = None) -> Callable[[Any], Any]:
    """Return the function that shows what a request said by a name, from the column of all that.

    Args:
        absent: what is shown where it said nothing.
    """

    def shown(stored: Any) -> Any:
        found = parsed(stored).get(name)
        return absent if found is None else found

    return shown


def amount(mode: str, value: int) -> int | None:
    """Return an amount; null where nothing is sold."""
    return None if mode == CheckoutMode.SETUP else value


def creation(mode: str, customer_creation: str) -> str | None:
    """Return when a customer is made: always, unless a guest may pay (rule R4)."""
    return customer_creation or ("always" if mode == CheckoutMode.PAYMENT else None)


def link_creation(customer_creation: str) -> str:
    """Return when the checkouts of a link make a customer (rule R4)."""
    return customer_creation or "always"


def submit_type(stored: str) -> str:
    """Return what a link's button says."""
    return stored or "auto"


def address(stored: Any) -> Wire | None:
    """Return an address with all its members."""
    return {name: stored.get(name) or None for name in _ADDRESS} if stored else None


def collected(stored: Any) -> Wire | None:
    """Return what was collected beside the customer's details."""
    kept = parsed(stored)
    shipping = kept.get("shipping")
    details = shipping and {"address": address(shipping["address"]), "name": shipping["name"]}
    found = {
        "business_name": kept.get("business_name") or None,
        "individual_name": kept.get("individual_name") or None,
        "shipping_details": details or None,
    }
    return found if any(found.values()) else None


def details(stored: Any, email: str) -> Wire | None:
    """Return who pays."""
    kept = parsed(stored)
    if not (kept or email):
        return None
    names = ("business_name", "individual_name", "name", "phone")
    return {
        "address": address(kept.get("address")),
        "email": email or None,
        **{name: kept.get(name) or None for name in names},
        "tax_exempt": "none",
        "tax_ids": kept.get("tax_ids") or [],
    }


def consent(stored: Any) -> Wire | None:
    """Return what the customer has agreed to."""
    kept = parsed(stored).get("consent")
    names = ("promotions", "terms_of_service")
    return kept and {name: kept.get(name) for name in names}


def custom_fields(stored: Any, collected_: Any) -> list[Wire]:
    """Return the merchant's fields, with what the customer has filled in."""
    values = parsed(collected_).get("custom_fields") or {}
    return [
        _field(each, values.get(each["key"])) for each in parsed(stored).get("custom_fields") or ()
    ]


def link_fields(stored: Any) -> list[Wire]:
    """Return the merchant's fields of a link."""
    return [_field(each, ...) for each in parsed(stored).get("custom_fields") or ()]


def _field(kept: Mapping[str, Any], value: Any) -> Wire:
    kind = kept["type"]
    own = kept.get(kind) or {}
    shown: Wire = {"default_value": own.get("default_value")}
    if kind == "dropdown":
        shown["options"] = own.get("options", [])
    else:
        shown["maximum_length"] = own.get("maximum_length")
        shown["minimum_length"] = own.get("minimum_length")
    if value is not ...:
        shown["value"] = value or None
    return {
        "key": kept["key"],
        "label": kept["label"],
        "optional": bool(kept.get("optional")),
        "type": kind,
        **{name: shown if name == kind else None for name in ("dropdown", "numeric", "text")},
    }


def custom_text(stored: Any) -> Wire:
    """Return the merchant's own texts."""
    kept = parsed(stored).get("custom_text") or {}
    return {name: kept.get(name) for name in _TEXTS}


def enabled(name: str) -> Callable[[Any], Wire]:
    """Return the function that shows whether something is asked for."""

    def shown(stored: Any) -> Wire:
        return {"enabled": bool((parsed(stored).get(name) or {}).get("enabled"))}

    return shown


def tax_id_collection(stored: Any) -> Wire:
    """Return whether tax ids are asked for."""
    kept = parsed(stored).get("tax_id_collection") or {}
    return {"enabled": bool(kept.get("enabled")), "required": kept.get("required", "never")}


def names(stored: Any) -> Wire | None:
    """Return which names are asked for."""
    kept = parsed(stored).get("name_collection")
    if not kept:
        return None
    return {
        kind: kept.get(kind)
        and {"enabled": kept[kind]["enabled"], "optional": bool(kept[kind].get("optional"))}
        for kind in ("business", "individual")
    }


def consents(stored: Any) -> Wire | None:
    """Return which consents are asked for."""
    kept = parsed(stored).get("consent_collection")
    if not kept:
        return None
    members = ("payment_method_reuse_agreement", "promotions", "terms_of_service")
    return {name: kept.get(name) for name in members}


def saved_options(stored: Any) -> Wire | None:
    """Return which saved methods are shown."""
    kept = parsed(stored).get("saved_payment_method_options")
    if not kept:
        return None
    members = ("allow_redisplay_filters", "payment_method_remove", "payment_method_save")
    return {name: kept.get(name) for name in members}


def method_collection(mode: str, stored: Any) -> str | None:
    """Return whether a method is saved where nothing is due."""
    kept = parsed(stored).get("payment_method_collection")
    if mode == CheckoutMode.SETUP:
        return None
    return kept or ("always" if mode == CheckoutMode.SUBSCRIPTION else "if_required")


def invoice_creation(mode: str, stored: Any) -> Wire | None:
    """Return whether a payment gets an invoice, and what that says."""
    if mode != CheckoutMode.PAYMENT:
        return None
    kept = parsed(stored) or {}
    return {
        "enabled": stored not in (None, "null"),
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": kept.get("custom_fields") or None,
            "description": kept.get("description") or None,
            "footer": kept.get("footer") or None,
            "issuer": None,
            "metadata": kept.get("metadata") or {},
            "rendering_options": kept.get("rendering") or None,
        },
    }


def asked_discounts(stored: Any) -> list[Wire]:
    """Return which discounts are asked for."""
    return [
        {
            "coupon": None if each.get("coupon") is None else ids.shown(each["coupon"]),
            "promotion_code": each.get("promotion_code"),
        }
        for each in parsed(stored)
    ]


def options(stored: Any) -> list[Wire]:
    """Return the shipping rates that can be chosen; `fill_options` says what each costs."""
    return [{"shipping_amount": 0, "shipping_rate": pk} for pk in parsed_list(stored)]


def parsed_list(stored: Any) -> list[Any]:
    """Return a list of JSON, which compiled statements load as text."""
    return list(parsed(stored) or ())


def fill_options(wires: Sequence[Wire]) -> None:
    """Say what each shipping rate costs in its session's currency, for all sessions together."""
    asked = [wire for wire in wires if wire["shipping_options"]]
    wanted = {each["shipping_rate"] for wire in asked for each in wire["shipping_options"]}
    if not wanted:
        return
    found = shipping_rates.by_id(wanted)
    for wire in asked:
        for each in wire["shipping_options"]:
            rate = found[each["shipping_rate"]]
            each["shipping_amount"], _behavior = shipping_rates.cost(rate, wire["currency"])


def shipping_cost(rate_id: str | None, value: int) -> Wire | None:
    """Return what sending costs."""
    if rate_id is None:
        return None
    return {
        "amount_subtotal": value,
        "amount_tax": 0,
        "amount_total": value,
        "shipping_rate": rate_id,
        "taxes": [],
    }


def totals(mode: str, discount: int, shipping: int, tax: int) -> Wire | None:
    """Return what the total is made of."""
    if mode == CheckoutMode.SETUP:
        return None
    return {
        "amount_discount": discount,
        "amount_shipping": shipping,
        "amount_tax": tax,
        "breakdown": None,
    }


def adjustable(least: int | None, most: int | None) -> Wire | None:
    """Return between what a customer may choose the quantity."""
    if most is None:
        return None
    return {"enabled": True, "maximum": most, "minimum": least}


def success_url(stored: str, kept: Any) -> str | None:
    """Return where a customer lands; what came of a link lands where that says."""
    after = (parsed(kept).get("after_completion") or {}).get("redirect") or {}
    return stored or after.get("url")


def session_url(status: str, secret: str) -> str | None:
    """Return the address of an open session's page."""
    return checkout_states.address_of(secret) if status == _OPEN else None


def link_url(pk: str) -> str:
    """Return the address of a link."""
    return payment_links.address_of(pk)


def after_completion(stored: Any) -> Wire:
    """Return what happens when a checkout that came of a link is complete."""
    kept = parsed(stored)
    confirmation = kept.get("hosted_confirmation") or {}
    is_redirect = kept.get("type") == "redirect"
    return {
        "hosted_confirmation": None
        if is_redirect
        else {"custom_message": confirmation.get("custom_message")},
        "redirect": kept.get("redirect") if is_redirect else None,
        "type": kept.get("type", "hosted_confirmation"),
    }


def restrictions(limit: int | None, count: int) -> Wire | None:
    """Return how often a link may be completed."""
    return None if limit is None else {"completed_sessions": {"count": count, "limit": limit}}


def link_intent(mode: str, stored: Any) -> Wire | None:
    """Return what the payments of a link get."""
    kept = parsed(stored)
    if mode != CheckoutMode.PAYMENT or not kept:
        return None
    texts = (
        "description", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix",
    )  # fmt: skip
    return {
        "capture_method": "manual" if kept.get("captures_manually") else None,
        **{name: kept.get(name) or None for name in texts},
        "metadata": kept.get("metadata") or {},
        "transfer_group": None,
    }


def link_subscription(mode: str, stored: Any) -> Wire | None:
    """Return what the subscriptions of a link get."""
    if mode != CheckoutMode.SUBSCRIPTION:
        return None
    kept = parsed(stored)
    said_on = kept.get("invoice_settings") or {}
    ending = kept.get("trial_end_behavior")
    return {
        "description": kept.get("description") or None,
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": said_on.get("custom_fields") or None,
            "description": said_on.get("description") or None,
            "footer": said_on.get("footer") or None,
            "issuer": {"account": None, "type": "self"},
        },
        "metadata": kept.get("metadata") or {},
        "trial_period_days": kept.get("trial_period_days"),
        "trial_settings": {"end_behavior": {"missing_payment_method": ending}} if ending else None,
    }
