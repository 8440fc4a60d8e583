"""How subscriptions and invoices are put for people to read: states, rhythms, costs, what happened."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin.shown import money
from customers.kit import ids
from customers.kit.currencies import digits
from customers.kit.errors import InvalidRequest
from payments.admin import shown as payments
from payments.admin.shown import Badge, moment
from payments.billing import pricing
from payments.billing.admin.coupons import duration, off
from payments.billing.models import Coupon, Discount, Invoice, Price, Subscription, SubscriptionItem
from payments.billing.services import prices

State = Subscription.Status
DASH = "\N{EN DASH}"
day = payments.day
EVENTS: dict[str, Any] = {
    "coupon.created": gettext_lazy("Coupon made"),
    "coupon.deleted": gettext_lazy("Coupon deleted"),
    "coupon.updated": gettext_lazy("Coupon changed"),
    "credit_note.created": gettext_lazy("Credit note issued"),
    "credit_note.updated": gettext_lazy("Credit note changed"),
    "credit_note.voided": gettext_lazy("Credit note voided"),
    "customer.discount.created": gettext_lazy("Discount given"),
    "customer.discount.deleted": gettext_lazy("Discount ended"),
    "customer.discount.updated": gettext_lazy("Discount replaced"),
    "customer.subscription.created": gettext_lazy("Subscription made"),
    "customer.subscription.deleted": gettext_lazy("Subscription canceled"),
    "customer.subscription.paused": gettext_lazy("Subscription paused"),
    "customer.subscription.resumed": gettext_lazy("Subscription resumed"),
    "customer.subscription.trial_will_end": gettext_lazy("Trial ends soon"),
    "customer.subscription.updated": gettext_lazy("Subscription changed"),
    "invoice.created": gettext_lazy("Invoice made"),
    "invoice.deleted": gettext_lazy("Draft invoice deleted"),
    "invoice.finalization_failed": gettext_lazy("Invoice could not be finalized"),
    "invoice.finalized": gettext_lazy("Invoice finalized"),
    "invoice.marked_uncollectible": gettext_lazy("Invoice marked uncollectible"),
    "invoice.overdue": gettext_lazy("Invoice overdue"),
    "invoice.overpaid": gettext_lazy("Invoice overpaid"),
    "invoice.paid": gettext_lazy("Invoice paid"),
    "invoice.payment_action_required": gettext_lazy("Customer has to confirm an invoice's payment"),
    "invoice.payment_attempt_required": gettext_lazy("Invoice has to be charged elsewhere"),
    "invoice.payment_failed": gettext_lazy("An invoice's payment failed"),
    "invoice.payment_succeeded": gettext_lazy("An invoice's payment went through"),
    "invoice.sent": gettext_lazy("Invoice sent"),
    "invoice.upcoming": gettext_lazy("Invoice comes soon"),
    "invoice.updated": gettext_lazy("Invoice changed"),
    "invoice.voided": gettext_lazy("Invoice voided"),
    "invoice.will_be_due": gettext_lazy("Invoice will be due soon"),
    "invoice_payment.paid": gettext_lazy("Payment put to an invoice"),
    "invoiceitem.created": gettext_lazy("Invoice item added"),
    "invoiceitem.deleted": gettext_lazy("Invoice item removed"),
    "invoiceitem.updated": gettext_lazy("Invoice item changed"),
    "plan.created": gettext_lazy("Plan made"),
    "plan.deleted": gettext_lazy("Plan deleted"),
    "plan.updated": gettext_lazy("Plan changed"),
    "price.created": gettext_lazy("Price made"),
    "price.deleted": gettext_lazy("Price deleted"),
    "price.updated": gettext_lazy("Price changed"),
    "product.created": gettext_lazy("Product made"),
    "product.deleted": gettext_lazy("Product deleted"),
    "product.updated": gettext_lazy("Product changed"),
    "promotion_code.created": gettext_lazy("Promotion code made"),
    "promotion_code.updated": gettext_lazy("Promotion code changed"),
    "subscription_schedule.aborted": gettext_lazy("Subscription schedule broken off"),
    "subscription_schedule.canceled": gettext_lazy("Subscription schedule canceled"),
    "subscription_schedule.completed": gettext_lazy("Subscription schedule done"),
    "subscription_schedule.created": gettext_lazy("Subscription schedule made"),
    "subscription_schedule.expiring": gettext_lazy("Subscription schedule ends soon"),
    "subscription_schedule.released": gettext_lazy("Subscription schedule released"),
    "subscription_schedule.updated": gettext_lazy("Subscription schedule changed"),
    "tax_rate.created": gettext_lazy("Tax rate made"),
    "tax_rate.updated": gettext_lazy("Tax rate changed"),
}
"""Titles of events in timelines."""

_STATES = {
    State.INCOMPLETE: "warn",
    State.INCOMPLETE_EXPIRED: "",
    State.TRIALING: "ok",
    State.ACTIVE: "ok",
    State.PAST_DUE: "bad",
    State.UNPAID: "bad",
    State.PAUSED: "warn",
    State.CANCELED: "",
}
_INVOICES = {
    Invoice.Status.DRAFT: "",
    Invoice.Status.OPEN: "warn",
    Invoice.Status.PAID: "ok",
    Invoice.Status.UNCOLLECTIBLE: "bad",
    Invoice.Status.VOID: "",
}
FEEDBACK: dict[str, Any] = {
    "customer_service": gettext_lazy("Customer service was not good enough"),
    "low_quality": gettext_lazy("Quality was not good enough"),
    "missing_features": gettext_lazy("Something is missing"),
    "switched_service": gettext_lazy("Went to somebody else"),
    "too_complex": gettext_lazy("Too hard to use"),
    "too_expensive": gettext_lazy("Too expensive"),
    "unused": gettext_lazy("Not used enough"),
    "other": gettext_lazy("Something else"),
}
"""Why customers leave, by Stripe's words."""

REASONS: dict[str, Any] = {
    "cancellation_requested": gettext_lazy("It was asked for"),
    "canceled_by_retention_policy": gettext_lazy("Retention policy"),
    "payment_disputed": gettext_lazy("A payment was disputed"),
    "payment_failed": gettext_lazy("A payment failed"),
}


# -- Prices and what is charged again and again ------------------------------------------------------------------------


def every(interval: str, count: int) -> str:
    """Return a rhythm in words, to stand behind an amount: `per month`."""
    words = {
        Price.Unit.DAY: ngettext("per day", "every %(count)s days", count),
        Price.Unit.WEEK: ngettext("per week", "every %(count)s weeks", count),
        Price.Unit.MONTH: ngettext("per month", "every %(count)s months", count),
        Price.Unit.YEAR: ngettext("per year", "every %(count)s years", count),
    }[Price.Unit(interval)]
    return words % {"count": count} if count != 1 else words


def exact_money(amount: Decimal, currency: str) -> str:
    """Return an amount of minor units, with the digits beyond the currency's own where it has any."""
    if amount == amount.to_integral_value():
        return money(int(amount), currency)
    value = amount.scaleb(-digits(currency)).normalize()
    return f"{currency.upper()} {number_format(value, use_l10n=True)}"


def unit_price(price: Price, currency: str = "") -> str:
    """Return what a price asks for, such as `$5.00 per month`; a dash where it has nothing in a currency."""
    if currency not in {"", *prices.currencies(price)}:
        return DASH
    unit = prices.unit_amount(price, currency)
    if unit is None:
        words = _("Tiers by volume") if price.tiers_mode == "volume" else _("Graduated tiers")
    else:
        words = exact_money(unit, currency or price.currency)
        if price.divide_by:
            words = _("%(amount)s for %(count)s") % {"amount": words, "count": price.divide_by}
    return f"{words} {every(price.interval, price.interval_count)}" if price.interval else words


def price_name(price: Price) -> str:
    """Return how a price is told from others: its product's name, and its own."""
    return f"{price.product.name} · {price.nickname}" if price.nickname else price.product.name


def price_choice(price: Price) -> str:
    """Return how a price is offered for choosing."""
    return f"{price_name(price)} · {unit_price(price)}"


def cost(subscription: Subscription, items: Iterable[SubscriptionItem]) -> int:
    """Return what a subscription's items come to for a period, before discounts and taxes, in minor units."""
    return sum(_amount(item, subscription.currency) for item in items)


def _amount(item: SubscriptionItem, currency: str) -> int:
    """Return what an item costs; nothing where its price has lost the currency, so that pages open all the same."""
    try:
        return pricing.amount(prices.pricing(item.price, currency), item.quantity)
    except InvalidRequest:
        return 0


def cost_line(subscription: Subscription, items: Iterable[SubscriptionItem]) -> str:
    """Return what a subscription costs again and again, such as `$10.00 per month`."""
    amount = money(cost(subscription, items), subscription.currency)
    return f"{amount} {every(subscription.interval, subscription.interval_count)}"


def items_line(items: Iterable[SubscriptionItem]) -> str:
    """Return what a subscription is for: its products, with their quantities where those are not 1."""
    return ", ".join(
        f"{item.quantity} \N{MULTIPLICATION SIGN} {item.price.product.name}"
        if item.quantity != 1
        else item.price.product.name
        for item in items
    )


def coupon_line(coupon: Coupon) -> str:
    """Return what a coupon takes off, and for how long."""
    return f"{_('%(amount)s off') % {'amount': off(coupon)}} · {duration(coupon)}"


def discount_line(discount: Discount) -> dict[str, Any]:
    """Return what pages say of a discount."""
    coupon = discount.coupon
    code = discount.promotion_code.code if discount.promotion_code else ""
    return {
        "name": coupon.name or ids.shown(str(coupon.pk)),
        "code": code,
        "off": coupon_line(coupon),
        "until": discount.end_at,
    }


# -- Subscriptions -----------------------------------------------------------------------------------------------------


def subscription_badges(subscription: Subscription) -> list[Badge]:
    """Return a subscription's state, and beside it what is planned or paused."""
    status = State(subscription.status)
    badges = [(str(status.label), _STATES[status])]
    if status in Subscription.ENDED:
        return badges
    if subscription.cancels_at_period_end or subscription.cancel_at:
        when = subscription.cancel_at or subscription.period_end
        badges.append((_("Ends %(date)s") % {"date": day(when)}, "warn"))
    if subscription.pause_behavior:
        badges.append((_("Collection paused"), "warn"))
    return badges


def next_date(subscription: Subscription) -> tuple[datetime | None, str]:
    """Return when something is due of a subscription, and what."""
    status = State(subscription.status)
    if status in Subscription.ENDED or status == State.PAUSED:
        return None, ""
    if status == State.INCOMPLETE:
        return subscription.next_step_at, _("first payment is due")
    if subscription.cancels_at_period_end:
        return subscription.period_end, _("ends")
    if subscription.cancel_at and subscription.cancel_at <= subscription.period_end:
        return subscription.cancel_at, _("ends")
    if status == State.TRIALING:
        return subscription.trial_end_at or subscription.period_end, _("trial ends")
    return subscription.period_end, _("renews")


def subscription_name(subscription: Subscription, items: Iterable[SubscriptionItem]) -> str:
    """Return what a subscription is called on pages: its description, or what it is for."""
    return subscription.description or items_line(items) or str(subscription.pk)


# -- Invoices ----------------------------------------------------------------------------------------------------------


def is_overdue(invoice: Invoice, *, at: datetime) -> bool:
    """Tell whether an invoice should have been paid by now."""
    return (
        invoice.status == Invoice.Status.OPEN
        and invoice.due_at is not None
        and invoice.due_at < at
        and invoice.amount_remaining > 0
    )


def invoice_badges(invoice: Invoice, *, at: datetime) -> list[Badge]:
    """Return an invoice's state, said so that it tells what is to be done."""
    status = Invoice.Status(invoice.status)
    if is_overdue(invoice, at=at):
        return [(_("Overdue"), "bad")]
    badges = [(str(status.label), _INVOICES[status])]
    if status == Invoice.Status.OPEN and invoice.attempt_count and not invoice.next_attempt_at:
        badges = [(_("Payment failed"), "bad")]
    elif status == Invoice.Status.OPEN and invoice.attempt_count:
        badges = [(_("Tried again soon"), "warn")]
    if invoice.last_finalization_error and status == Invoice.Status.DRAFT:
        badges.append((_("Could not be finalized"), "bad"))
    return badges


def invoice_name(invoice: Invoice) -> str:
    """Return what an invoice is called: its number, or that it is a draft."""
    return invoice.number or _("Draft")


def invoice_row(invoice: Invoice, *, at: datetime) -> dict[str, Any]:
    """Return what lists on other pages say of an invoice."""
    return {
        "url": page("invoice", invoice.pk),
        "amount": money(invoice.total, invoice.currency),
        "badges": invoice_badges(invoice, at=at),
        "text": " · ".join(filter(None, [invoice.number, str(invoice.get_reason_display())])),
        "at": invoice.finalized_at or invoice.created_at,
    }


# -- Dates and pages ---------------------------------------------------------------------------------------------------


def period(start: datetime, end: datetime) -> str:
    """Return a period by its first and last day."""
    first, last = day(start), day(end)
    return first if first == last else f"{first} {DASH} {last}"


def page(name: str, pk: str | None) -> str:
    """Return the address of a row's page; empty where there is no row."""
    return reverse(f"admin:billing_{name}_page", args=[pk]) if pk else ""


def page_if_any(name: str, pk: str) -> str:
    """Return the address of a row's page; empty where this kind of row has no pages."""
    try:
        return page(name, pk)
    except NoReverseMatch:
        return ""


def customer_page(pk: str) -> str:
    """Return the address of a customer's page."""
    return reverse("admin:customers_customer_page", args=[pk])


__all__ = [
    "DASH", "EVENTS", "FEEDBACK", "REASONS", "Badge", "cost", "cost_line", "coupon_line", "customer_page", "day",
    "discount_line", "every", "exact_money", "invoice_badges", "invoice_name", "invoice_row", "is_overdue",
    "items_line", "moment", "money", "next_date", "page", "page_if_any", "period", "price_choice", "price_name",
    "subscription_badges", "subscription_name", "unit_price",
]  # fmt: skip
