"""What billing shows on a customer's page: subscriptions, invoices, what the next invoice will have, money in hand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Sum, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.base import Link
from customers.admin.choices import Choice
from customers.admin.customer_page import Notice, Section
from customers.admin.customer_timeline import Told
from customers.kit import clock, reading
from customers.models import CashTransaction, Customer
from customers.services.powers import Power
from payments.billing.admin import shown, subscription_page
from payments.billing.models import (
    CustomerRevenue,
    Invoice,
    InvoiceItem,
    Subscription,
    SubscriptionItem,
)

SHOWN, ITEMS = 6, 10
MOST = 200  # subscriptions that are counted
_COUNTED = 1000
_EARNING = (Subscription.Status.ACTIVE, Subscription.Status.PAST_DUE)
_UNPAID = {Subscription.Status.PAST_DUE, Subscription.Status.UNPAID}
_OPEN = Invoice.Status.OPEN


def section(choice: Choice, customer: Customer) -> Section:
    """Return the section for a customer."""
    may_change = choice.may(Power.MANAGE_BILLING) and not customer.is_deleted
    at = clock.now()
    earning, newest, revenue, invoices, unpaid, pending, cash = _read(customer)
    subscriptions = _in_order([*earning, *newest])
    items = subscription_page.items_of(subscriptions[:SHOWN])
    unnamed = [item for item in pending if not item.description and item.price_id]
    prefetch_related_objects(unnamed, "price__product")
    query = f"?customer={customer.pk}"
    ways = _ways(query) if may_change else {}
    return Section(
        "admin/billing/customer.html",
        {
            "subscriptions": [_line(row, items[row.pk]) for row in subscriptions[:SHOWN]],
            "invoices": [shown.invoice_row(invoice, at=at) for invoice in invoices[:SHOWN]],
            "pending": [_pending(item) for item in pending],
            "cash": [_cash(entry) for entry in cash],
            "subscriptions_url": _list("subscription", query, len(subscriptions)),
            "invoices_url": _list("invoice", query, len(invoices)),
            **ways,
        },
        figures=[*_recurring(revenue, len(earning)), *_owed(customer)],
        notices=[*_late(subscriptions), *_overdue(unpaid, at=at)],
        acts=[
            Link(_("New subscription"), ways["subscribe_url"]),
            Link(_("New invoice"), ways["invoice_url"]),
        ]
        if ways
        else [],
    )


def _read(customer: Customer) -> list[list[Any]]:
    """Return what earns, the newest subscriptions, what they bring in, invoices, unpaid ones, pending items, cash."""
    subscriptions = Subscription.objects.filter(customer=customer)
    invoices = Invoice.objects.filter(customer=customer).order_by("-created_at", "-id")
    items = InvoiceItem.objects.filter(customer=customer, invoice__isnull=True)
    cash = CashTransaction.objects.filter(customer=customer)
    return reading.at_once(
        subscriptions.filter(status__in=_EARNING).order_by("-created_at", "-id")[:MOST],
        subscriptions.order_by("-created_at", "-id")[: SHOWN + 1],
        CustomerRevenue.objects.filter(customer_id=customer.pk, amount__gt=0).order_by("currency"),
        invoices[: SHOWN + 1],
        invoices.filter(status=_OPEN)[:_COUNTED],
        items.order_by("-created_at", "-id")[:ITEMS],
        cash.order_by("-created_at", "-id")[:SHOWN],
    )


def _in_order(rows: Iterable[Subscription]) -> list[Subscription]:
    """Return each subscription once, the newest first, those that ended last."""
    by_id = {row.pk: row for row in rows}
    newest = sorted(by_id.values(), key=lambda row: (row.created_at, row.pk), reverse=True)
    return sorted(newest, key=lambda row: row.status in Subscription.ENDED)


def _late(subscriptions: Iterable[Subscription]) -> list[Notice]:
    """Return the subscriptions that are not paid any more."""
    return [
        Notice(
            _("A subscription is not paid: %(state)s.") % {"state": row.get_status_display()},
            "bad",
            shown.page("subscription", row.pk),
        )
        for row in subscriptions
        if row.status in _UNPAID
    ][:SHOWN]


def _overdue(unpaid: Iterable[Invoice], *, at: datetime) -> list[Notice]:
    """Return one notice for the invoices whose day has passed."""
    late = [invoice for invoice in unpaid if invoice.due_at is not None and invoice.due_at < at]
    if not late:
        return []
    words = ngettext(
        "%(count)s invoice is overdue, the oldest since %(day)s.",
        "%(count)s invoices are overdue, the oldest since %(day)s.",
        len(late),
    )
    oldest = min(late, key=lambda invoice: invoice.due_at or at)
    text = words % {"count": len(late), "day": shown.day(oldest.due_at)}
    return [Notice(text, "bad", shown.page("invoice", oldest.pk))]


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


def _pending(item: InvoiceItem) -> dict[str, Any]:
    """Return what waits for the customer's next invoice."""
    return {
        "text": item.description or (shown.price_name(item.price) if item.price else ""),
        "quantity": item.quantity,
        "amount": shown.money(item.amount, item.currency),
        "period": shown.period(item.period_start, item.period_end),
        "is_proration": item.is_proration,
    }


def _cash(entry: CashTransaction) -> dict[str, Any]:
    """Return a movement of money that came without an invoice."""
    return {
        "text": str(entry.get_kind_display()),
        "url": shown.page("invoice", entry.invoice_id),
        "amount": shown.money(entry.net_amount, entry.currency),
        "ending": shown.money(entry.ending_balance, entry.currency),
        "created_at": entry.created_at,
    }


def _recurring(revenue: Sequence[CustomerRevenue], counted: int) -> list[tuple[str, Any, str]]:
    """Return what the customer's subscriptions bring in a month, as the home page counts it.

    Args:
        counted: how many subscriptions earn.
    """
    if not revenue:
        return []
    first, *others = [shown.money(row.amount, row.currency) for row in revenue]
    count = ngettext("%(count)s subscription", "%(count)s subscriptions", counted)
    said = _("the newest %(count)s subscriptions") if counted == MOST else count
    return [(_("MRR"), first, " · ".join([*others, said % {"count": counted}]))]


def _owed(customer: Customer) -> list[tuple[str, Any, str]]:
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


def consequences(customer: Customer) -> list[str]:
    """Say what a customer's deletion ends here."""
    running = Subscription.objects.filter(customer=customer).exclude(status__in=Subscription.ENDED)
    unpaid = Invoice.objects.filter(customer=customer, status=_OPEN)
    said = []
    if count := running.order_by()[:_COUNTED].count():
        words = ngettext(
            "%(count)s subscription ends at once.", "%(count)s subscriptions end at once.", count
        )
        said.append(words % {"count": count})
    if count := unpaid.order_by()[:_COUNTED].count():
        words = ngettext(
            "%(count)s open invoice is no longer collected.",
            "%(count)s open invoices are no longer collected.",
            count,
        )
        said.append(words % {"count": count})
    return said


# -- In the timeline ---------------------------------------------------------------------------------------------------


def _tell_invoice(snapshot: Mapping[str, Any]) -> Told:
    parts = (snapshot.get("number"), shown.money(snapshot["total"], snapshot["currency"]))
    return Told(
        " · ".join(part for part in parts if part), shown.page("invoice", snapshot.get("id"))
    )


def _tell_subscription(snapshot: Mapping[str, Any]) -> Told:
    return Told("", shown.page("subscription", snapshot["id"]))


def _tell_credit_note(snapshot: Mapping[str, Any]) -> Told:
    parts = (snapshot.get("number"), shown.money(snapshot["total"], snapshot["currency"]))
    return Told(
        " · ".join(part for part in parts if part), shown.page("creditnote", snapshot["id"])
    )


TELLERS = {
    "credit_note": _tell_credit_note,
    "invoice": _tell_invoice,
    "subscription": _tell_subscription,
}
"""What the timeline says of billing's objects."""
