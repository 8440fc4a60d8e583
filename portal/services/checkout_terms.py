"""What a checkout may be asked to be: which parameters go with which mode, and with each other."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from payments.billing.services import shipping_rates
from portal.models import CheckoutMode, CheckoutTerms

SOONEST, LATEST = timedelta(minutes=30), timedelta(hours=24)
"""Between what a session expires, counted from its making."""
MOST_SHIPPING_OPTIONS = 5
_SLACK = timedelta(minutes=1)  # clocks differ, and requests travel
_PAYMENT, _SETUP, _SUBSCRIPTION = (
    CheckoutMode.PAYMENT,
    CheckoutMode.SETUP,
    CheckoutMode.SUBSCRIPTION,
)

_ONLY_IN: dict[str, CheckoutMode] = {
    "payment_intent_data": _PAYMENT,
    "invoice_creation": _PAYMENT,
    "shipping_options": _PAYMENT,
    "submit_type": _PAYMENT,
    "setup_intent_data": _SETUP,
    "subscription_data": _SUBSCRIPTION,
    "payment_method_collection": _SUBSCRIPTION,
}
_NOT_IN_SETUP = ("line_items", "discounts", "allow_promotion_codes")
_TEMPLATE = "{CHECKOUT_SESSION_ID}"


def check(said: Mapping[str, Any], mode: str) -> None:
    """Refuse parameters that do not go together.

    Args:
        said: by the wire's names; only which of them are there, and a few of their values, counts.

    Raises:
        InvalidRequest: some do not.
    """
    _check_mode(said, mode)
    _check_customer(said, mode)
    if said.get("discounts") and said.get("allow_promotion_codes"):
        raise _only_one("allow_promotion_codes", "discounts")
    trial = said.get("subscription_data") or {}
    if trial.get("trial_end") and trial.get("trial_period_days"):
        raise _only_one("subscription_data[trial_end]", "subscription_data[trial_period_days]")
    keys = [field["key"] for field in said.get("custom_fields") or ()]
    if len(keys) != len(set(keys)):
        raise InvalidRequest("The keys of custom fields must be unique.", param="custom_fields")


def expiry(wanted: datetime | None, *, at: datetime) -> datetime:
    """Return when a session expires.

    Raises:
        InvalidRequest: it is too soon or too far ahead.
    """
    if wanted is None:
        return at.replace(microsecond=0) + LATEST
    if not SOONEST - _SLACK <= wanted - at <= LATEST + _SLACK:
        raise InvalidRequest(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session "
            "creation.",
            param="expires_at",
        )
    return wanted


def check_url(url: str, *, param: str) -> None:
    """Refuse an address to which no customer can be sent: in live mode, one without TLS.

    The address is the merchant's own word, given with a secret key; nothing that a customer says becomes part of it.

    Raises:
        InvalidRequest: it is none.
    """
    schemes = ("https",) if tenancy.current().livemode else ("https", "http")
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_fit = False
    if not is_fit or not url.isprintable() or " " in url or "\\" in url:
        raise InvalidRequest(
            "Not a valid URL: it begins with https:// (in test mode http:// will do) and names a host.",
            param=param,
            code="url_invalid",
        )


def landing(url: str, session_id: str) -> str:
    """Return where a customer lands, with the session's id in the place that is left for it."""
    return url.replace(_TEMPLATE, session_id)


def check_shipping(terms: CheckoutTerms) -> None:
    """Refuse shipping rates that cannot be had in the currency.

    Raises:
        NotFound: there is no such rate.
        InvalidRequest: it was archived, or has no amount in the currency.
    """
    for place, pk in enumerate(terms.shipping_options):
        shipping_rates.usable(
            pk, currency=terms.currency, param=f"shipping_options[{place}][shipping_rate]"
        )


def check_has_items(items: object, mode: str) -> None:
    """Refuse a checkout that sells nothing, where it does not only save a method.

    Raises:
        InvalidRequest: there are no items.
    """
    if mode != _SETUP and not items:
        raise InvalidRequest(
            f"You must provide `line_items` in `{mode}` mode.",
            param="line_items",
            code="parameter_missing",
        )


def _check_mode(said: Mapping[str, Any], mode: str) -> None:
    for name, only in _ONLY_IN.items():
        if said.get(name) and mode != only:
            raise InvalidRequest(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    for name in _NOT_IN_SETUP:
        if mode == _SETUP and said.get(name):
            raise InvalidRequest(f"You can not pass `{name}` in `setup` mode.", param=name)
    check_has_items(said.get("line_items"), mode)


def _check_customer(said: Mapping[str, Any], mode: str) -> None:
    has_customer = said.get("customer") is not None
    if has_customer and said.get("customer_email"):
        raise _only_one("customer", "customer_email")
    if has_customer and said.get("customer_creation"):
        raise _only_one("customer", "customer_creation")
    if said.get("customer_creation") and mode != _PAYMENT:
        raise InvalidRequest(
            "`customer_creation` can only be used in `payment` mode.", param="customer_creation"
        )
    if said.get("customer_update") and not has_customer:
        raise InvalidRequest(
            "`customer_update` can only be used with `customer`.", param="customer_update"
        )
    collects = (said.get("tax_id_collection") or {}).get("enabled")
    updates = (said.get("customer_update") or {}).get("name") == "auto"
    if has_customer and collects and not updates:
        raise InvalidRequest(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an "
            "existing customer, please set `customer_update[name]` to `auto`.",
            param="tax_id_collection",
        )


def _only_one(first: str, second: str) -> InvalidRequest:
    return InvalidRequest(
        f"You may only specify one of these parameters: {first}, {second}.", param=first
    )
