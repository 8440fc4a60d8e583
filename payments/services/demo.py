"""The demonstration merchant's payments: made through the same services as anybody's, some weeks ago.

Each act carries a request key of its own, so that filling again, after a crash, finds what was made and goes on.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customers.kit.provenance import Provenance, acting
from customers.kit.registry import Hook
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from customers.services import demo
from payments.models import Charge, Dispute, PaymentIntent, PaymentMethod, SetupIntent
from payments.money import Money
from payments.services import (
    demo_recurring,
    disputes,
    notifications,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from payments.services.credits import credit_from_payment_method
from payments.services.demo_payments import ACCOUNTS, CARDS, PAYMENTS

when_filled: Hook[Callable[..., object]] = Hook("demo.when_filled")
"""Called with the demonstration's customers by place, and `at`, outside of every transaction; billing joins in here."""

_ACCEPTANCE = {"type": "online", "ip_address": "203.0.113.7", "user_agent": "Mozilla/5.0"}
_MICRODEPOSITS = [32, 45]
_LONGEST_WAIT = 30  # seconds for the acquirer's notices, which another process may be at work on
_EVIDENCE = {
    "won": {"uncategorized_text": "winning_evidence: the carrier has the signature of whoever took the parcel."},
    "lost": {"uncategorized_text": "losing_evidence: there is no proof of delivery."},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payment:
    """One line of PAYMENTS."""

    key: str
    customer: Customer
    at: datetime
    money: Money
    method: str
    fate: str
    description: str


def fill(*, at: datetime) -> None:
    """Let the demonstration's customers save methods and pay; without the demonstration nothing is done."""
    site = demo.site()
    if site is None:
        return
    origin = Provenance(door="dashboard", actor="demo@example.com")
    with scoped_to(site, livemode=False), acting(origin):
        people = _people()
        _save_cards(people, at=at)
        _save_accounts(people, at=at)
        for payment in _payments(people, at=at):
            _pay(payment)
        _credit(people[2], at=at - timedelta(days=30))
        demo_recurring.fill(people, at=at)
        for join_in in when_filled:
            join_in(people, at=at)
        _answer_disputes(at=at)


def _people() -> dict[int, Customer]:
    """Return the demonstration's customers, by their places; one who was deleted since is left out."""
    living = Customer.objects.filter(deleted_at=None, external_id__startswith="user_1")
    return {int(person.external_id.removeprefix("user_")) - 1001: person for person in living}


def _save_cards(people: Mapping[int, Customer], *, at: datetime) -> None:
    for number, line in enumerate(_lines(CARDS)):
        place, name, months = line
        customer = people.get(int(place))
        if customer is None:
            continue
        then = customer.created_at + timedelta(hours=number % 9 + 1)
        key = f"demonstration card {number}"
        method = payment_methods.resolve(f"pm_{name}", request_key=key, at=then)
        method = payment_methods.attach(method, customer, at=then)
        expiry = at.year * 12 + at.month - 1 + int(months)
        payment_methods.update(
            method, details={"exp_month": expiry % 12 + 1, "exp_year": expiry // 12}, at=then
        )


def _save_accounts(people: Mapping[int, Customer], *, at: datetime) -> None:
    for line in _lines(ACCOUNTS):
        place, name, verified = line
        customer = people.get(int(place))
        if customer is not None:
            intent = _saved(customer, name, at=customer.created_at + timedelta(days=1))
            if verified and intent.status == SetupIntent.Status.REQUIRES_ACTION:
                setup_intents.verify_microdeposits(
                    intent, amounts=_MICRODEPOSITS, descriptor_code="",
                    at=customer.created_at + timedelta(days=3),
                )  # fmt: skip


def _saved(customer: Customer, name: str, *, at: datetime) -> SetupIntent:
    """Return the setup with which a customer saved an account; the method's id follows from its request key."""
    key = f"demonstration account {customer.external_id} {name}"
    method = payment_methods.resolve(f"pm_{name}", request_key=key, at=at)
    details = {
        "customer": customer,
        "payment_method_types": [method.kind],
        "chooses_methods": False,
        "usage": "off_session",
    }
    intent = setup_intents.create(details=details, request_key=key, at=at)
    if intent.status != SetupIntent.Status.REQUIRES_PAYMENT_METHOD:
        return intent
    return setup_intents.confirm(
        intent, details={"payment_method": method}, acceptance=_ACCEPTANCE, request_key=key, at=at
    )


def _payments(people: Mapping[int, Customer], *, at: datetime) -> list[Payment]:
    found = []
    for number, line in enumerate(_lines(PAYMENTS)):
        place, days, amount, currency, method, fate, description = line
        then = at - timedelta(days=int(days), hours=number % 7, minutes=number * 11 % 60)
        if int(place) in people:
            found.append(
                Payment(
                    f"demonstration payment {number}", people[int(place)], then, Money(int(amount), currency), method,
                    fate, description,
                )
            )  # fmt: skip
    return sorted(found, key=lambda payment: payment.at)


def _pay(payment: Payment) -> None:
    method = _method_of(payment)
    if method is None:
        return
    fate, _, rest = payment.fate.partition(" ")
    details = {
        "amount": payment.money.amount,
        "currency": payment.money.currency,
        "customer": payment.customer,
        "payment_method_types": [method.kind],
        "chooses_methods": False,
        "description": payment.description,
        "metadata": {"order_id": f"WP-{payment.key.rpartition(' ')[2]:0>4}"},
        "captures_manually": fate in _HELD,
    }
    confirmation = {
        "payment_method": method,
        "off_session": fate != "waiting" and method.customer_id is not None,
        "return_url": "https://example.com/thanks",
    }
    intent = payment_intents.create_and_confirm(
        details, confirmation, request_key=payment.key, at=payment.at
    )
    if follow := _FOLLOWING.get(fate):
        follow(payment, intent, rest)


def _method_of(payment: Payment) -> PaymentMethod | None:
    """Return what is paid with; None where the customer's default was taken away since."""
    if payment.method == "saved":
        pk = _default_of(payment.customer)
        return payment_methods.get(pk) if pk else None
    if payment.method.startswith("card_"):
        key = f"{payment.key} card"
        return payment_methods.resolve(f"pm_{payment.method}", request_key=key, at=payment.at)
    return _saved(payment.customer, payment.method, at=payment.at).payment_method


def _capture(payment: Payment, intent: PaymentIntent, amount: str) -> None:
    payment_intents.capture(
        intent, amount=int(amount), request_key=f"{payment.key} capture",
        at=payment.at + timedelta(hours=3),
    )  # fmt: skip


def _cancel(payment: Payment, intent: PaymentIntent, _rest: str) -> None:
    if intent.status == PaymentIntent.Status.REQUIRES_CAPTURE:
        later = payment.at + timedelta(hours=5)
        payment_intents.cancel(intent, reason="requested_by_customer", at=later)


def _refund(payment: Payment, intent: PaymentIntent, parts: str) -> None:
    """Give a payment back: in whole, or in parts such as `500 duplicate, 700 duplicate`."""
    charge = payment_intents.charge_of(intent)
    if charge is None or charge.status != Charge.Status.SUCCEEDED:
        return
    for number, part in enumerate(parts.split(", ") if parts else [""]):
        amount, _, reason = part.partition(" ")
        refunds.create(
            charge, amount=int(amount) if amount else None, reason=reason or "requested_by_customer",
            request_key=f"{payment.key} refund {number}", at=payment.at + timedelta(hours=20 + number),
        )  # fmt: skip


_HELD = {"held", "captured", "canceled", "expired"}
_FOLLOWING: dict[str, Callable[[Payment, PaymentIntent, str], None]] = {
    "captured": _capture,
    "canceled": _cancel,
    "refunded": _refund,
    "refund": lambda payment, intent, _rest: _refund(payment, intent, ""),
}


def _credit(customer: Customer, *, at: datetime) -> None:
    if pk := _default_of(customer):
        credit_from_payment_method(
            customer, payment_methods.get(pk), Money(2500, "usd"),
            request_key="demonstration credit", at=at,
        )  # fmt: skip


def _default_of(customer: Customer) -> str | None:
    return Customer.objects.get(pk=customer.pk).default_payment_method_id


def _answer_disputes(*, at: datetime) -> None:
    """Let the merchant have answered some of the disputes, once the acquirer has told of them."""
    fates = {
        line[-1]: line[-2] for line in _lines(PAYMENTS) if line[-2] in {"disputed", *_EVIDENCE}
    }
    rows = Dispute.objects.filter(charge__description__in=fates).select_related("charge")
    give_up_at = time.monotonic() + _LONGEST_WAIT
    while len(found := list(rows.all())) < len(fates) and time.monotonic() < give_up_at:
        notifications.deliver_from_sandbox(at=at)
        notifications.work_off_due(at=at)
        time.sleep(0.1)
    for dispute in found:
        evidence: Mapping[str, Any] = _EVIDENCE.get(fates[dispute.charge.description], {})
        if evidence and dispute.status == Dispute.Status.NEEDS_RESPONSE:
            disputes.update(dispute, details={"evidence": evidence}, submit=True, at=at)


def _lines(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]
