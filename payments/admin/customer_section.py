"""What payments shows on a customer's page: payment methods, the latest payments, and what was spent."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.base import Link
from customers.admin.choices import Choice
from customers.admin.customer_page import Notice, Section
from customers.admin.customer_timeline import Told
from customers.kit import clock, reading
from customers.models import Customer
from customers.services.powers import Power
from payments.admin import shown
from payments.admin.charge_forms import is_refundable
from payments.admin.schedules import badge, in_words
from payments.models import Charge, Dispute, PaymentMethod, Schedule, SetupIntent
from payments.services import hosted_links, schedules, spending

METHODS, PAYMENTS, SCHEDULES = 20, 6, 6  # that are shown
SOON = 2  # months before its end in which a card expires soon
_MONTHS = 12
_OPEN = 5  # disputes that are told of
_COUNTED = 1000
Kind = PaymentMethod.Kind


def section(choice: Choice, customer: Customer) -> Section:
    """Return the section for a customer."""
    may_change = choice.may(Power.EDIT_CUSTOMERS) and not customer.is_deleted
    may_charge = choice.may(Power.MOVE_MONEY) and not customer.is_deleted
    may_refund = choice.may(Power.REFUND) and not customer.is_deleted
    methods, waiting, charges, disputes, running = _read(customer)
    shown_methods = [_method(method, customer, at=clock.now()) for method in methods]
    by_charge = {dispute.charge_id: dispute for dispute in reversed(disputes)}
    query = f"?customer={customer.pk}"
    has_page = may_change and hosted_links.is_possible()
    ways = _ways(customer, query, has_page=has_page, may_charge=may_charge and bool(methods))
    return Section(
        "admin/payments/customer.html",
        {
            "methods": sorted(shown_methods, key=lambda method: not method["is_default"]),
            "waiting": [_waiting(method) for method in waiting],
            "payments": [
                _payment(charge, by_charge.get(charge.pk), may_refund=may_refund)
                for charge in charges[:PAYMENTS]
            ],
            "schedules": [_schedule(row) for row in running],
            "more_url": f"{reverse('admin:payments_charge_changelist')}{query}"
            if len(charges) > PAYMENTS
            else "",
            "may_change": may_change,
            "link_url": f"{reverse('admin:payments_paymentmethod_link')}{query}"
            if has_page
            else "",
            "ask_url": ways["ask"].url if "ask" in ways else "",
            "charge_url": ways["charge"].url if "charge" in ways else "",
        },
        figures=_figures(customer),
        notices=_notices(customer, shown_methods, charges, disputes),
        acts=list(ways.values()),
    )


def _read(customer: Customer) -> list[list[Any]]:
    """Return methods, accounts that wait to be verified, charges, disputes and schedules, the newest first."""
    newest = Charge.objects.filter(customer=customer).newest_first()[: PAYMENTS + 1]
    setups = SetupIntent.objects.filter(
        customer=customer,
        status=SetupIntent.Status.REQUIRES_ACTION,
        next_action__type="verify_with_microdeposits",
    )
    accounts = PaymentMethod.objects.filter(
        pk__in=setups.values("payment_method"), customer__isnull=True
    )
    disputes = Dispute.objects.filter(charge__in=newest.values("pk")).order_by("-created_at", "-id")
    return reading.at_once(
        PaymentMethod.objects.of_customer(customer).newest_first()[:METHODS],
        accounts.newest_first()[:METHODS],
        newest,
        disputes,
        schedules.running_of(customer)[:SCHEDULES],
    )


def _ways(customer: Customer, query: str, *, has_page: bool, may_charge: bool) -> dict[str, Link]:
    """Return what staff can do with the customer's money, by name."""
    ways = {}
    if may_charge:
        ways["charge"] = Link(
            _("Charge"), f"{reverse('admin:payments_charge_new')}{query}", "primary"
        )
    if has_page and customer.email:
        ways["ask"] = Link(
            _("Ask for another card"), f"{reverse('admin:payments_paymentmethod_ask')}{query}"
        )
    if may_charge:
        ways["credit"] = Link(
            _("Add credit from a card"), f"{reverse('admin:payments_charge_credit')}{query}"
        )
    return ways


def consequences(customer: Customer) -> list[str]:
    """Say what a customer's deletion ends here."""
    methods = PaymentMethod.objects.of_customer(customer).order_by()[:_COUNTED].count()
    running = schedules.running_of(customer).order_by()[:_COUNTED].count()
    said = []
    if methods:
        words = ngettext(
            "%(count)s payment method is removed, and cannot be put back.",
            "%(count)s payment methods are removed, and cannot be put back.",
            methods,
        )
        said.append(words % {"count": methods})
    if running:
        words = ngettext(
            "%(count)s recurring payment ends.", "%(count)s recurring payments end.", running
        )
        said.append(words % {"count": running})
    return said


def _figures(customer: Customer) -> list[tuple[str, Any, str]]:
    """Return what the customer paid, less what went back, in the currency of most payments, and the newest payment."""
    found = [spent for spent in spending.of_customer(customer) if spent.payments]
    if not found:
        return []
    first, *others = found
    notes = [shown.money(spent.net, spent.currency) for spent in others]
    if first.refunded:
        given_back = shown.money(first.refunded, first.currency)
        notes.append(_("%(amount)s was refunded") % {"amount": given_back})
    newest = max(found, key=lambda spent: spent.last_at.timestamp() if spent.last_at else 0)
    count = sum(spent.payments for spent in found)
    words = ngettext("%(count)s payment", "%(count)s payments", count)
    when = shown.day(newest.last_at)
    return [
        (_("Spent"), shown.money(first.net, first.currency), " · ".join(notes)),
        (
            _("Last payment"),
            shown.money(newest.last_amount, newest.currency),
            " · ".join([when, words % {"count": f"{count:,}"}]),
        ),
    ]


def _notices(
    customer: Customer,
    methods: Iterable[Mapping[str, Any]],
    charges: list[Charge],
    disputes: Iterable[Dispute],
) -> list[Notice]:
    """Return what somebody should look at: open disputes, the last payment that failed, the card that is charged."""
    found = [
        Notice(
            _("A payment of %(amount)s is disputed, and needs an answer.")
            % {"amount": shown.money(dispute.amount, dispute.currency)},
            "bad",
            reverse("admin:payments_dispute_page", args=[dispute.pk]),
        )
        for dispute in disputes
        if dispute.status == Dispute.Status.NEEDS_RESPONSE
    ][:_OPEN]
    failed = shown.failure(charges[0]) if charges else None
    if failed is not None:
        said = {
            "amount": shown.money(charges[0].amount, charges[0].currency),
            "reason": failed["message"],
        }
        url = reverse("admin:payments_charge_page", args=[charges[0].pk])
        text = _("The last payment, of %(amount)s, failed: %(reason)s") % said
        found.append(Notice(text, "bad", url))
    found += [
        Notice(f"{method['name']}: {method['expiry']}", method["expiry_style"], "#payment-methods")
        for method in methods
        if method["is_default"] and method["expiry_style"]
    ]
    return found


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


def _waiting(method: PaymentMethod) -> dict[str, Any]:
    """Return a bank account that becomes the customer's once they have verified it."""
    return {
        "name": shown.method_line(method),
        "holder": (method.billing_details or {}).get("name") or "",
        "verification": method.get_verification_display(),
        "style": "bad" if method.verification == "verification_failed" else "warn",
    }


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


def _payment(charge: Charge, dispute: Dispute | None, *, may_refund: bool) -> dict[str, Any]:
    said = shown.failure(charge)
    can_refund = may_refund and is_refundable(charge, dispute)
    return {
        "url": reverse("admin:payments_charge_page", args=[charge.pk]),
        "refund_url": reverse("admin:payments_charge_refund", args=[charge.pk])
        if can_refund
        else "",
        "amount": shown.money(charge.amount, charge.currency),
        "badges": shown.charge_badges(charge, dispute),
        "text": charge.description,
        "method": shown.charged_line(charge),
        "reason": said["message"] if said else "",
        "code": said["code"] if said else "",
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


# -- In the timeline ---------------------------------------------------------------------------------------------------


def _tell_charge(snapshot: Mapping[str, Any]) -> Told:
    """Say how much was charged with what, and why it failed, where it did."""
    details = snapshot.get("payment_method_details") or {}
    kind = str(details.get("type") or "")
    method = shown.details_line(kind, details.get(kind) or {}) if kind else ""
    parts = (
        shown.money(snapshot["amount"], snapshot["currency"]),
        method,
        snapshot.get("failure_message"),
    )
    return Told(
        " · ".join(part for part in parts if part),
        reverse("admin:payments_charge_page", args=[snapshot["id"]]),
    )


def _tell_amount(name: str, member: str) -> Callable[[Mapping[str, Any]], Told]:
    """Return what says an object's amount, and leads to a page.

    Args:
        name: of the page.
        member: of the picture, with the id of what the page shows.
    """

    def tell(snapshot: Mapping[str, Any]) -> Told:
        pk = snapshot.get(member) or ""
        url = reverse(f"admin:payments_{name}_page", args=[pk]) if pk else ""
        return Told(shown.money(snapshot["amount"], snapshot["currency"]), url)

    return tell


TELLERS = {
    "charge": _tell_charge,
    "dispute": _tell_amount("dispute", "id"),
    "payment_intent": _tell_amount("paymentintent", "id"),
    "refund": _tell_amount("charge", "charge"),
}
"""What the timeline says of payments' objects."""
