"""The subscription, or the invoice, that a checkout session brings about."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError

from customers.models import Customer
from payments.billing import pricing
from payments.billing.models import Invoice, Price, Subscription
from payments.billing.services import discounts, invoices, prices, subscriptions
from payments.billing.services.invoice_lines import NewLine
from payments.billing.services.subscription_payments import DEFAULT_INCOMPLETE
from payments.billing.services.subscription_wishes import ItemWish
from payments.models import PaymentMethod, SetupIntent
from payments.services import setup_intents
from portal.models import CheckoutItem, CheckoutMode, CheckoutSession
from portal.services import checkout_items

_COPIED = ("description", "metadata", "tax_rates", "trial_end_behavior", "invoice_settings")
_SOONEST = timedelta(seconds=1)


def needs_method(session: CheckoutSession) -> bool:
    """Tell whether a payment method is to be saved though nothing is due now."""
    if session.mode == CheckoutMode.SETUP:
        return True
    is_subscription = session.mode == CheckoutMode.SUBSCRIPTION
    collects = session.collects.get("payment_method_collection", "always") == "always"
    return is_subscription and collects and session.amount_due == 0


def subscribe(
    session: CheckoutSession, *, method: PaymentMethod | None = None, at: datetime
) -> Subscription:
    """Make a session's subscription, or return the one that it has made. No transaction may be open.

    Args:
        method: what renewals are charged to, where that is saved already.

    Raises:
        DomainError: it cannot be made any more.
    """
    details = {**_details(session, at=at), "payment_behavior": DEFAULT_INCOMPLETE}
    if method is not None:
        details["default_payment_method"] = method
    items = [item for item in checkout_items.of(session) if item.quantity]
    wishes = [_wish(item) for item in items if item.price.kind == Price.Kind.RECURRING]
    extras = [_extra(item) for item in items if item.price.kind == Price.Kind.ONE_TIME]
    wanted = {**details, "extras": extras}
    try:
        return _created(session, wishes, wanted, at=at)
    except IntegrityError:  # somebody else is making it: the same request finds it then
        return _created(session, wishes, wanted, at=at)


def made(session: CheckoutSession, *, at: datetime) -> Subscription | None:
    """Return the subscription of a session whose payment is through; its renewals have their method.

    Raises:
        DomainError: it cannot be made any more.
    """
    if session.mode != CheckoutMode.SUBSCRIPTION:
        return None
    if session.subscription is None:
        return subscribe(session, method=_saved(session), at=at)
    subscription, intent = session.subscription, session.payment_intent
    method = _saved(session) if intent is None else intent.payment_method
    is_own = method is not None and method.customer_id == subscription.customer_id
    if is_own and subscription.default_payment_method_id is None:
        return subscriptions.update(subscription, details={"default_payment_method": method}, at=at)
    return subscription


def invoice(session: CheckoutSession, items: Sequence[CheckoutItem], *, at: datetime) -> Invoice:
    """Make the bill of a session's payment, in the caller's transaction.

    Raises:
        DomainError: it cannot be made any more.
    """
    customer = _customer(session)
    wanted = discounts.read(session.discounts_asked, param="discounts", customer=customer, at=at)
    draft = invoices.draft(
        customer=customer, currency=session.currency, lines=[_line(item, at) for item in items if item.quantity],
        period_start=at, period_end=at, wanted=wanted, takes_pending=False, at=at,
        auto_advance=False, shipping_rate=session.shipping_rate,
        payment_settings={"payment_method_types": session.payment_method_types},
        **(session.invoice_data or {}),
    )  # fmt: skip
    return invoices.finalize(draft, auto_advance=False, at=at)


def _created(
    session: CheckoutSession, wishes: Sequence[ItemWish], details: dict[str, Any], *, at: datetime
) -> Subscription:
    key = f"checkout {session.pk}"
    return subscriptions.create(
        _customer(session), wishes=wishes, details=details, request_key=key, at=at
    )


def _details(session: CheckoutSession, *, at: datetime) -> dict[str, Any]:
    said = session.subscription_data
    details: dict[str, Any] = {name: said[name] for name in _COPIED if name in said}
    details |= {
        "currency": session.currency,
        "discounts": session.discounts_asked,
        "payment_settings": {
            "payment_method_types": session.payment_method_types,
            "save_default_payment_method": "on_subscription",
        },
    }
    if said.get("trial_period_days"):
        details["trial_period_days"] = said["trial_period_days"]
    if said.get("trial_end"):
        wanted = datetime.fromisoformat(said["trial_end"])
        details["trial_end"] = max(wanted, at.replace(microsecond=0) + _SOONEST)
    return details


def _customer(session: CheckoutSession) -> Customer:
    assert session.customer is not None  # noqa: S101 -- who pays is settled when the payment begins
    return session.customer


def _saved(session: CheckoutSession) -> PaymentMethod | None:
    """Return what a session has saved; None also for an account that is yet to be verified."""
    if not session.setup_intent_id:
        return None
    intent = setup_intents.get(session.setup_intent_id)
    return intent.payment_method if intent.status == SetupIntent.Status.SUCCEEDED else None


def _wish(item: CheckoutItem) -> ItemWish:
    return ItemWish(
        param=f"line_items[{item.position}]", price=item.price_id, quantity=item.quantity,
        tax_rates=item.tax_rate_ids, metadata=item.metadata, is_offered=True,
    )  # fmt: skip


def _extra(item: CheckoutItem) -> dict[str, Any]:
    return {
        "price": item.price,
        "quantity": item.quantity,
        "tax_rates": item.tax_rate_ids,
        "metadata": item.metadata,
    }


def _line(item: CheckoutItem, at: datetime) -> NewLine:
    amount = pricing.amount(prices.pricing(item.price, item.currency), item.quantity)
    return NewLine(
        amount=amount, currency=item.currency, period_start=at, period_end=at,
        description=item.description, price=item.price, quantity=item.quantity,
        unit_amount_decimal=prices.unit_amount(item.price, item.currency),
        tax_rate_ids=item.tax_rate_ids or None, metadata=item.metadata,
    )  # fmt: skip
