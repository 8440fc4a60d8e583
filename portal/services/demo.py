"""The demonstration merchant's payment links, and what became of those who opened them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from customers.models import Customer
from payments.services import payment_methods
from portal.models import PaymentLink
from portal.services import checkout_payments, checkout_visits, payment_links

_KEY = "demonstration"
_LINKS: tuple[tuple[str, str, int, str], ...] = (
    ("Spring workshop", "usd", 4900, ""),
    ("Teapot", "gbp", 3400, "adjustable"),
    ("Tea club", "eur", 1200, "monthly"),
)
"""What is offered, its currency and price, and what is special about it."""
_VISITS = ((5, "pm_card_visa", 20), (9, "pm_card_mastercard", 9), (14, "", 2))
"""Of the first link: the customer at which place, the card, how many hours ago; without a card, nothing is paid.

Longer ago than a session is open, the worker would let it expire before it is paid."""


def fill(people: Mapping[int, Customer], *, at: datetime) -> None:
    """Let some have bought by a payment link; no transaction may be open. Filling again makes nothing twice.

    Args:
        people: by place; one who was deleted is left out.
    """
    links = {link.metadata.get(_KEY): link for link in PaymentLink.objects.all()}
    for place, line in enumerate(_LINKS):
        link = links.get(line[0]) or _make(*line, at=at - timedelta(days=20 - place))
        if place == 0 and not link.sessions.exists():
            for number, card, hours in _VISITS:
                if number in people:
                    _visit(link, people[number], card, at=at - timedelta(hours=hours))


def _make(name: str, currency: str, amount: int, kind: str, *, at: datetime) -> PaymentLink:
    price: dict[str, Any] = {
        "currency": currency, "unit_amount": amount, "product_data": {"name": name},
    }  # fmt: skip
    if kind == "monthly":
        price["recurring"] = {"interval": "month"}
    details = {
        "mode": "subscription" if kind == "monthly" else "payment",
        "payment_method_types": ["card"],
        "after_completion": {"type": "hosted_confirmation"},
        "metadata": {_KEY: name},
    }
    adjustable = {"enabled": kind == "adjustable", "minimum": 1, "maximum": 9}
    item = {"price_data": price, "quantity": 1, "adjustable_quantity": adjustable}
    return payment_links.create(details=details, line_items=[item], at=at)


def _visit(link: PaymentLink, customer: Customer, card: str, *, at: datetime) -> None:
    """Let a customer open a link, say who they are, and pay; who does not pay leaves it open."""
    session = payment_links.begin(link, said={"customer_email": customer.email}, at=at)
    session = checkout_visits.describe(session, said={"name": customer.name}, at=at)
    if not card:
        return
    key = f"{_KEY} {session.pk}"
    method = payment_methods.resolve(card, request_key=key, at=at)
    checkout_payments.pay(session, method, amount=session.amount_due, act_key=key, at=at)
