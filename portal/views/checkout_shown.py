"""What the page of a checkout shows: lines and sums, what its button says, and the pages around the payment."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext

from customers.kit.errors import CardDeclined, DomainError, GatewayUnavailable
from payments.billing import pricing
from payments.billing.models import Price
from payments.billing.services import document_parts, prices, shipping_rates
from payments.emails import declines, shown
from payments.models import PaymentIntent
from payments.money import Money
from portal.models import CheckoutItem, CheckoutMode, CheckoutSession
from portal.services import (
    checkout_payments,
    checkout_subscriptions,
    checkout_totals,
    checkout_visits,
)
from portal.views import doors
from portal.views.doors import Stranger


def context_of(stranger: Stranger, session: CheckoutSession) -> dict[str, Any]:
    """Return what the page shows beside its forms."""
    items = checkout_visits.items_of(session)
    is_setup = session.mode == CheckoutMode.SETUP
    has_begun = session.begun_at is not None
    return {
        "session": session,
        "title": _title(session),
        "is_setup": is_setup,
        "has_begun": has_begun,
        "items": [_item(item, session, stranger, has_begun=has_begun) for item in items],
        "amount": "" if is_setup else _money(session.amount_due, session, stranger),
        "amount_due": session.amount_due,
        "sums": [] if is_setup else _sums(session, stranger),
        "trial": _trial(session),
        "rates": [] if has_begun else _rates(session, stranger),
        "takes_codes": bool(session.collects.get("allow_promotion_codes")) and not has_begun,
        "has_code": bool(session.discounts_asked),
        "needs_method": needs_method(session),
        "button": _button(session, stranger),
        "email": session.email,
        "places": _places(session, stranger),
        "cancel_url": session.cancel_url,
        "languages": [],  # the address says it, or the browser
        "submit_text": _own_text(session, "submit"),
        "shipping_text": _own_text(session, "shipping_address"),
        "terms_text": _own_text(session, "terms_of_service_acceptance"),
    }


def needs_method(session: CheckoutSession) -> bool:
    """Tell whether a session takes a payment method: something is due, or the method is to be saved."""
    return session.amount_due > 0 or checkout_subscriptions.needs_method(session)


def failure_of(session: CheckoutSession) -> str:
    """Return why the last try did not go through; empty where there was none."""
    intent = checkout_payments.intent_of(session)
    error = intent.last_error if intent is not None else None
    if not error:
        return ""
    codes = [str(error.get(name) or "") for name in ("decline_code", "code")]
    if isinstance(intent, PaymentIntent):
        return declines.reason_for(*codes)
    return pgettext(
        "page",
        "Your bank could not tell that it was you. Try again, or use another payment method.",
    )


def complete(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Thank the customer, and lead on to the merchant where there is a way."""
    landing = checkout_visits.landing(session)
    if _was_refused(session):
        return _failed(request, stranger, session)
    after = (session.collects.get("after_completion") or {}).get("hosted_confirmation") or {}
    text = after.get("custom_message") or _what_now(session, landing)
    return told(
        request,
        stranger,
        thanks(session),
        text,
        200,
        refresh=f"0; url={landing}" if landing else "",
        next_url=landing,
        next_label=pgettext("page", "Go on"),
    )


def thanks(session: CheckoutSession) -> str:
    """Return the title under which a customer is thanked."""
    intent = checkout_payments.intent_of(session)
    method = intent.payment_method if intent is not None else None
    if session.mode == CheckoutMode.SETUP and method is not None and method.kind != "card":
        return pgettext("page", "Your bank account is saved")
    return _THANKS[session.mode]()


def expired(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    """Say that the time is over."""
    return told(
        request,
        stranger,
        pgettext("page", "This page has expired"),
        pgettext("page", "Nothing was paid. Begin again at the shop."),
        410,
        next_url=session.cancel_url,
        next_label=pgettext("page", "Back to the shop"),
    )


def to_bank(request: HttpRequest, stranger: Stranger, bank: str) -> HttpResponse:
    """Lead to the bank by a page of ours: browsers apply the policy for forms to redirects too."""
    return told(
        request,
        stranger,
        pgettext("page", "Your bank asks whether it is you"),
        pgettext("page", "You are taken to your bank, and back here afterwards."),
        200,
        refresh=f"0; url={bank}",
        next_url=bank,
        next_label=pgettext("page", "Go to the bank"),
        other_url=f"{request.path}?another=1",
    )


def on_its_way(request: HttpRequest, stranger: Stranger) -> HttpResponse:
    """Say that it takes a moment, and look again."""
    return told(
        request,
        stranger,
        pgettext("page", "The payment is on its way"),
        pgettext("page", "It takes a moment. Do not pay again; this page looks after it."),
        200,
        refresh="5",
        next_url=request.path,
        next_label=pgettext("page", "Look again"),
    )


def told(
    request: HttpRequest, stranger: Stranger, title: str, text: str, status: int, **more: str
) -> HttpResponse:
    """Say one thing, and where it goes on."""
    context = {"title": title, "text": text, "languages": [], **more}
    return doors.shown_outside(request, stranger, "portal/checkout_told.html", context, status)


def no_answer() -> str:
    """Return what is said where a gateway does not answer."""
    return pgettext("page", "The bank does not answer. Nothing was charged. Try again.")


def refusal_of(act: str, refusal: DomainError) -> str:
    """Return why a step was not taken, in the page's language."""
    if isinstance(refusal, GatewayUnavailable):
        return no_answer()
    if isinstance(refusal, CardDeclined):
        return declines.reason_for(str(refusal.extra.get("decline_code", "")), refusal.code)
    if refusal.code == "checkout_amount_changed":
        return pgettext("page", "The amount has changed. Look at it again before you pay.")
    found = _REFUSALS.get(act)
    return found() if found else pgettext("page", "This cannot be done any more.")


def _what_now(session: CheckoutSession, landing: str) -> str:
    intent = checkout_payments.intent_of(session)
    if isinstance(intent, PaymentIntent) and intent.status == PaymentIntent.Status.PROCESSING:
        return pgettext("page", "The payment is on its way. Your bank takes some days for it.")
    if landing:
        return pgettext("page", "You are taken back to the shop.")
    return pgettext("page", "You can close this page.")


def _was_refused(session: CheckoutSession) -> bool:
    """Tell whether a complete session is not paid after all: a bank has not honoured the debit."""
    if session.invoice_id or session.payment_intent is None:
        return False  # another payment may follow
    return session.payment_intent.status == PaymentIntent.Status.REQUIRES_PAYMENT_METHOD


def _failed(request: HttpRequest, stranger: Stranger, session: CheckoutSession) -> HttpResponse:
    text = pgettext("page", "Ask %(site)s for another way to pay.") % {"site": session.site.name}
    title = pgettext("page", "The payment did not go through")
    return told(
        request,
        stranger,
        title,
        text,
        200,
        next_url=session.cancel_url,
        next_label=pgettext("page", "Back to the shop"),
    )


def _title(session: CheckoutSession) -> str:
    if session.mode == CheckoutMode.SETUP and session.payment_method_types != ["card"]:
        return pgettext("page", "Save a payment method")
    return _TITLES[session.mode]()


def _button(session: CheckoutSession, stranger: Stranger) -> str:
    if session.mode == CheckoutMode.SETUP:
        is_of_cards = session.payment_method_types == ["card"]
        return pgettext("page", "Save the card") if is_of_cards else pgettext("page", "Save")
    if session.mode == CheckoutMode.SUBSCRIPTION and checkout_totals.is_trial(session):
        return pgettext("page", "Start the trial")
    if session.amount_due == 0:
        return pgettext("page", "Complete")
    amount = _money(session.amount_due, session, stranger)
    said = _SUBMITS.get(session.submit_type) or _SUBMITS["pay"]
    if session.mode == CheckoutMode.SUBSCRIPTION:
        said = _SUBMITS["subscribe"]
    return said() % {"amount": amount}


def _item(
    item: CheckoutItem, session: CheckoutSession, stranger: Stranger, *, has_begun: bool
) -> dict[str, Any]:
    return {
        "pk": item.pk,
        "name": item.description,
        "quantity": item.quantity,
        "least": item.least_quantity,
        "most": item.most_quantity,
        "can_choose": item.most_quantity is not None and not has_begun,
        "amount": _money(item.amount_subtotal, session, stranger),
        "every": _how_often(item, session, stranger),
    }


def _how_often(item: CheckoutItem, session: CheckoutSession, stranger: Stranger) -> str:
    """Return how often something is paid, and how much after a trial."""
    every = _every(item.price)
    if not every or not checkout_totals.is_trial(session):
        return every
    amount = pricing.amount(prices.pricing(item.price, item.currency), item.quantity)
    words = {"amount": _money(amount, session, stranger), "every": every}
    return pgettext("page", "then %(amount)s %(every)s") % words


def _every(price: Price) -> str:
    """Return how often something is paid; empty where it is once."""
    if price.kind != Price.Kind.RECURRING:
        return ""
    count = price.interval_count or 1
    if count == 1:
        return _EVERY[price.interval or "month"]()
    return _EVERY_SOME[price.interval or "month"]() % {"count": count}


def _sums(session: CheckoutSession, stranger: Stranger) -> list[tuple[str, str]]:
    minus = "\N{MINUS SIGN}"
    rows = [
        (pgettext("page", "Subtotal"), session.amount_subtotal, ""),
        (pgettext("page", "Discount"), session.amount_discount, minus),
        (session.shipping_shown.get("name", ""), session.amount_shipping, ""),
        (pgettext("page", "Tax"), session.amount_tax, ""),
    ]
    shown_ones = [
        (label, f"{sign}{_money(amount, session, stranger)}")
        for label, amount, sign in rows
        if amount or (label and label == session.shipping_shown.get("name"))
    ]
    return shown_ones if len(shown_ones) > 1 else []


def _trial(session: CheckoutSession) -> str:
    if session.mode != CheckoutMode.SUBSCRIPTION or not checkout_totals.is_trial(session):
        return ""
    days = session.subscription_data.get("trial_period_days")
    if days:
        return pgettext("page", "The first %(days)s days cost nothing.") % {"days": days}
    return pgettext("page", "It costs nothing at first.")


def _rates(session: CheckoutSession, stranger: Stranger) -> list[dict[str, Any]]:
    found = shipping_rates.by_id(set(session.shipping_options)) if session.shipping_options else {}
    return [
        {
            "pk": pk,
            "name": found[pk].display_name,
            "amount": _money(
                shipping_rates.cost(found[pk], session.currency)[0], session, stranger
            ),
            "is_chosen": pk == session.shipping_rate_id,
        }
        for pk in session.shipping_options
        if pk in found
    ]


def _places(session: CheckoutSession, stranger: Stranger) -> list[tuple[str, list[str]]]:
    """Return the addresses that were typed."""
    said = session.collected
    business = said.get("business_name", "")
    found = [
        (pgettext("page", "Business"), said.get("business_address") or {}, business),
        (pgettext("page", "Billing address"), said.get("address") or {}, ""),
    ]
    shipping = said.get("shipping") or {}
    label = pgettext("page", "Shipping address")
    found.append((label, shipping.get("address") or {}, shipping.get("name", "")))
    return [
        (label, [name, *lines] if name else list(lines))
        for label, address, name in found
        if (lines := document_parts.address_lines(address, stranger.reader)) or name
    ]


def _own_text(session: CheckoutSession, place: str) -> str:
    texts = session.collects.get("custom_text") or {}
    return str((texts.get(place) or {}).get("message") or "")


def _money(amount: int, session: CheckoutSession, stranger: Stranger) -> str:
    return shown.money(Money(amount, session.currency), stranger.reader)


_Words = dict[str, Callable[[], str]]
_TITLES: _Words = {
    CheckoutMode.PAYMENT: lambda: pgettext("page", "Your order"),
    CheckoutMode.SUBSCRIPTION: lambda: pgettext("page", "Your subscription"),
    CheckoutMode.SETUP: lambda: pgettext("page", "Save a card"),
}
_THANKS: _Words = {
    CheckoutMode.PAYMENT: lambda: pgettext("page", "Thank you for your order"),
    CheckoutMode.SUBSCRIPTION: lambda: pgettext("page", "Thank you for subscribing"),
    CheckoutMode.SETUP: lambda: pgettext("page", "Your card is saved"),
}
_SUBMITS: _Words = {
    "pay": lambda: pgettext("page", "Pay %(amount)s"),
    "book": lambda: pgettext("page", "Book for %(amount)s"),
    "donate": lambda: pgettext("page", "Donate %(amount)s"),
    "subscribe": lambda: pgettext("page", "Subscribe for %(amount)s"),
}
_EVERY: _Words = {
    "day": lambda: pgettext("page", "every day"),
    "week": lambda: pgettext("page", "every week"),
    "month": lambda: pgettext("page", "every month"),
    "year": lambda: pgettext("page", "every year"),
}
_EVERY_SOME: _Words = {
    "day": lambda: pgettext("page", "every %(count)s days"),
    "week": lambda: pgettext("page", "every %(count)s weeks"),
    "month": lambda: pgettext("page", "every %(count)s months"),
    "year": lambda: pgettext("page", "every %(count)s years"),
}
_REFUSALS: _Words = {
    "quantity": lambda: pgettext("page", "So many cannot be chosen."),
    "shipping": lambda: pgettext("page", "It cannot be sent this way."),
    "code": lambda: pgettext("page", "This promotion code does not work here."),
}
