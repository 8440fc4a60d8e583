"""What billing shows on a customer's page: subscriptions, invoices, what the next invoice will have, money in hand."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.choices import Choice
from customers.admin.customer_page import Section
from customers.kit import clock
from customers.models import CashTransaction, Customer
from customers.services.powers import Power
from payments.billing.admin import shown, subscription_page
from payments.billing.models import Invoice, InvoiceItem, Price, Subscription, SubscriptionItem
from payments.money import rounded

SHOWN, ITEMS = 6, 10
MOST = 50  # subscriptions that are added up
_A_MONTH = {
    Price.Unit.DAY: Fraction(365, 12),
    Price.Unit.WEEK: Fraction(52, 12),
    Price.Unit.MONTH: Fraction(1),
    Price.Unit.YEAR: Fraction(1, 12),
}
_EARNING = {Subscription.Status.ACTIVE, Subscription.Status.PAST_DUE}


def section(choice: Choice, customer: Customer) -> Section:
    """Return the section for a customer."""
    may_change = choice.may(Power.MANAGE_BILLING) and not customer.is_deleted
    at = clock.now()
    subscriptions = _subscriptions(customer)
    items = subscription_page.items_of(subscriptions)
    invoices = list(
        Invoice.objects.filter(customer=customer).order_by("-created_at", "-id")[: SHOWN + 1]
    )
    query = f"?customer={customer.pk}"
    return Section(
        "admin/billing/customer.html",
        {
            "subscriptions": [_line(row, items[row.pk]) for row in subscriptions[:SHOWN]],
            "invoices": [shown.invoice_row(invoice, at=at) for invoice in invoices[:SHOWN]],
            "pending": _pending(customer),
            "cash": _cash(customer),
            "subscriptions_url": _list("subscription", query, len(subscriptions)),
            "invoices_url": _list("invoice", query, len(invoices)),
            **(_ways(query) if may_change else {}),
        },
        [*_recurring(subscriptions, items), *_owed(customer, at=at)],
    )


def _subscriptions(customer: Customer) -> list[Subscription]:
    """Return the customer's newest subscriptions, those that ended last."""
    rows = Subscription.objects.filter(customer=customer).order_by("-created_at", "-id")[:MOST]
    return sorted(rows, key=lambda row: row.status in Subscription.ENDED)


def _line(subscription: Subscription, items: list[SubscriptionItem]) -> dict[str, Any]:
    when, what = shown.next_date(subscription)
    next_words = f"{what} {shown.day(when)}" if when else ""
    parts = (shown.subscription_name(subscription, items), next_words)
    return {
        "url": shown.page("subscription", subscription.pk),
        "amount": shown.cost_line(subscription, items),
        "badges": shown.subscription_badges(subscription),
        "text": " · ".join(part for part in parts if part),
    }


def _pending(customer: Customer) -> list[dict[str, Any]]:
    """Return what waits for the customer's next invoice."""
    rows = InvoiceItem.objects.filter(customer=customer, invoice__isnull=True)
    newest = rows.select_related("price__product").order_by("-created_at", "-id")[:ITEMS]
    return [
        {
            "text": item.description or (shown.price_name(item.price) if item.price else ""),
            "quantity": item.quantity,
            "amount": shown.money(item.amount, item.currency),
            "period": shown.period(item.period_start, item.period_end),
            "is_proration": item.is_proration,
        }
        for item in newest
    ]


def _cash(customer: Customer) -> list[dict[str, Any]]:
    """Return the latest movements of money that came without an invoice."""
    rows = CashTransaction.objects.filter(customer=customer).order_by("-created_at", "-id")
    return [
        {
            "text": str(entry.get_kind_display()),
            "url": shown.page("invoice", entry.invoice_id),
            "amount": shown.money(entry.net_amount, entry.currency),
            "ending": shown.money(entry.ending_balance, entry.currency),
            "created_at": entry.created_at,
        }
        for entry in rows[:SHOWN]
    ]


def _recurring(
    subscriptions: list[Subscription], items: dict[str, list[SubscriptionItem]]
) -> list[tuple[str, Any, str]]:
    """Return what the customer's subscriptions bring in a month, on average, before discounts and taxes."""
    sums: dict[str, Fraction] = {}
    counted = [row for row in subscriptions if row.status in _EARNING]
    for row in counted:
        a_month = _A_MONTH[Price.Unit(row.interval)] / row.interval_count
        amount = shown.cost(row, items[row.pk]) * a_month
        sums[row.currency] = sums.get(row.currency, Fraction(0)) + amount
    if not sums:
        return []
    first, *others = [shown.money(rounded(amount), code) for code, amount in sums.items()]
    count = ngettext("%(count)s subscription", "%(count)s subscriptions", len(counted))
    return [(_("A month"), first, " · ".join([*others, count % {"count": len(counted)}]))]


def _owed(customer: Customer, *, at: datetime) -> list[tuple[str, Any, str]]:
    """Return what is left of the customer's open invoices."""
    rows = Invoice.objects.filter(customer=customer, status=Invoice.Status.OPEN).order_by()
    sums = list(rows.values("currency").annotate(left=Sum("amount_remaining")).order_by("currency"))
    amounts = [shown.money(row["left"], row["currency"]) for row in sums if row["left"]]
    if not amounts:
        return []
    return [(_("To be paid"), amounts[0], " · ".join(amounts[1:]))]


def _list(name: str, query: str, count: int) -> str:
    return f"{reverse(f'admin:billing_{name}_changelist')}{query}" if count > SHOWN else ""


def _ways(query: str) -> dict[str, str]:
    return {
        "subscribe_url": f"{reverse('admin:billing_subscription_new')}{query}",
        "invoice_url": f"{reverse('admin:billing_invoice_new')}{query}",
    }
