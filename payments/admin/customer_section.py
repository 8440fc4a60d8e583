"""What payments shows on a customer's page: payment methods, the latest payments, and what was spent."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.admin.choices import Choice
from customers.admin.customer_page import Section
from customers.kit import clock
from customers.models import Customer
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.schedules import badge, in_words
from payments.models import Charge, PaymentMethod, Schedule, SetupIntent
from payments.services import hosted_links, schedules

METHODS, PAYMENTS, SCHEDULES = 20, 6, 6  # that are shown
SOON = 2  # months before its end in which a card expires soon
_MONTHS = 12
Kind = PaymentMethod.Kind


def section(choice: Choice, customer: Customer) -> Section:
    """Return the section for a customer."""
    may_change = choice.may(Power.EDIT_CUSTOMERS) and not customer.is_deleted
    may_charge = choice.may(Power.MOVE_MONEY) and not customer.is_deleted
    rows = PaymentMethod.objects.of_customer(customer).newest_first()[:METHODS]
    methods = [_method(method, customer, at=clock.now()) for method in rows]
    charges = Charge.objects.filter(customer=customer).newest_first()
    payments = [_payment(charge) for charge in charges.prefetch_related("disputes")[: PAYMENTS + 1]]
    spent = _spent(customer) if payments else []
    query = f"?customer={customer.pk}"
    return Section(
        "admin/payments/customer.html",
        {
            "methods": sorted(methods, key=lambda method: not method["is_default"]),
            "waiting": _waiting(customer),
            "payments": payments[:PAYMENTS],
            "schedules": [
                _schedule(row) for row in schedules.running_of(customer, limit=SCHEDULES)
            ],
            "more_url": f"{reverse('admin:payments_charge_changelist')}{query}"
            if len(payments) > PAYMENTS
            else "",
            "may_change": may_change,
            "link_url": f"{reverse('admin:payments_paymentmethod_link')}{query}"
            if may_change and hosted_links.is_possible()
            else "",
            "charge_url": f"{reverse('admin:payments_charge_new')}{query}"
            if may_charge and methods
            else "",
        },
        spent,
    )


def _spent(customer: Customer) -> list[tuple[str, str, str]]:
    """Return what the customer paid, less what went back: a figure for the currency of most payments, others below."""
    paid = Charge.objects.filter(customer=customer, status=Charge.Status.SUCCEEDED).order_by()
    sums = paid.values("currency").annotate(
        net=Sum(F("amount_captured") - F("amount_refunded")),
        refunded=Sum("amount_refunded"),
        payments=Count("pk"),
    )
    rows = list(sums.order_by("-payments", "currency"))
    if not rows:
        return []
    first, *others = rows
    notes = [shown.money(row["net"], row["currency"]) for row in others]
    if first["refunded"]:
        given_back = shown.money(first["refunded"], first["currency"])
        notes.append(_("%(amount)s was refunded") % {"amount": given_back})
    return [(_("Spent"), shown.money(first["net"], first["currency"]), " · ".join(notes))]


def _method(method: PaymentMethod, customer: Customer, *, at: datetime) -> dict[str, Any]:
    expiry, style = _expiry(method, at=at)
    is_default = customer.default_payment_method_id == method.pk
    return {
        "pk": method.pk,
        "name": shown.method_line(method),
        "kind": method.get_kind_display(),
        "holder": (method.billing_details or {}).get("name") or "",
        "expiry": expiry,
        "expiry_style": style,
        "verification": method.get_verification_display() if method.verification else "",
        "verification_style": "ok" if method.verification == "verified" else "warn",
        "is_default": is_default,
        "default_url": ""
        if is_default
        else reverse("admin:payments_paymentmethod_default", args=[method.pk]),
        "detach_url": reverse("admin:payments_paymentmethod_detach", args=[method.pk]),
    }


def _waiting(customer: Customer) -> list[dict[str, Any]]:
    """Return the bank accounts that become the customer's once they have verified them."""
    waiting = SetupIntent.objects.filter(
        customer=customer,
        status=SetupIntent.Status.REQUIRES_ACTION,
        next_action__type="verify_with_microdeposits",
    )
    methods = [
        intent.payment_method for intent in waiting.select_related("payment_method")[:METHODS]
    ]
    return [
        {
            "name": shown.method_line(method),
            "holder": (method.billing_details or {}).get("name") or "",
            "verification": method.get_verification_display(),
            "style": "bad" if method.verification == "verification_failed" else "warn",
        }
        for method in methods
        if method is not None and method.customer_id is None
    ]


def _expiry(method: PaymentMethod, *, at: datetime) -> tuple[str, str]:
    """Return until when a card is good, and how to mark that: `bad` once it is over, `warn` shortly before."""
    if not method.exp_month or not method.exp_year:
        return "", ""
    left = (method.exp_year - at.year) * _MONTHS + method.exp_month - at.month
    date = f"{method.exp_month:02}/{method.exp_year % 100:02}"
    if left < 0:
        return _("Expired %(date)s") % {"date": date}, "bad"
    if left <= SOON:
        return _("Expires soon, %(date)s") % {"date": date}, "warn"
    return _("Expires %(date)s") % {"date": date}, ""


def _payment(charge: Charge) -> dict[str, Any]:
    dispute = next(iter(charge.disputes.all()), None)  # prefetched
    said = shown.failure(charge)
    return {
        "url": reverse("admin:payments_charge_page", args=[charge.pk]),
        "amount": shown.money(charge.amount, charge.currency),
        "badges": shown.charge_badges(charge, dispute),
        "text": said["message"] if said else charge.description or shown.charged_line(charge),
        "created_at": charge.created_at,
    }


def _schedule(row: Schedule) -> dict[str, Any]:
    return {
        "url": reverse("admin:payments_schedule_page", args=[row.pk]),
        "amount": shown.money(row.amount, row.currency),
        "badges": [badge(row)],
        "text": row.description or in_words(row),
        "next_on": row.next_on,
    }
