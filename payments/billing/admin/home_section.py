"""What billing shows on the home page: subscriptions and invoices whose money does not come by itself."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.admin.choices import Choice
from customers.admin.home import Section
from customers.kit import clock
from payments.billing.admin import shown, subscription_page
from payments.billing.models import Invoice, Subscription

WAITING = 6  # of each kind
State = Subscription.Status


def section(choice: Choice) -> Section:
    """Return the section for the chosen site and mode."""
    at = clock.now()
    return Section(
        "admin/billing/home.html",
        {
            "waiting": [*_subscriptions(), *_invoices(at=at)],
            "calendar_url": reverse("admin:billing_invoice_calendar"),
        },
    )


def _subscriptions() -> list[dict[str, Any]]:
    """Return the newest subscriptions whose invoices could not be collected."""
    rows = Subscription.objects.filter(status__in=[State.PAST_DUE, State.UNPAID])
    newest = list(rows.select_related("customer").order_by("-created_at", "-id")[:WAITING])
    items = subscription_page.items_of(newest)
    return [
        {
            "url": shown.page("subscription", row.pk),
            "title": _("Subscription of %(customer)s") % {"customer": row.customer},
            "text": f"{shown.subscription_name(row, items[row.pk])} · {shown.cost_line(row, items[row.pk])}",
            "words": str(row.get_status_display()),
            "style": "bad",
            "when": row.period_start,
        }
        for row in newest
    ]


def _invoices(*, at: datetime) -> list[dict[str, Any]]:
    """Return the newest open invoices that should have been paid, and that nothing collects by itself."""
    overdue = Q(due_at__lt=at)
    given_up = Q(due_at__isnull=True, attempt_count__gt=0, next_attempt_at__isnull=True)
    rows = Invoice.objects.filter(
        overdue | given_up, status=Invoice.Status.OPEN, amount_remaining__gt=0
    )
    newest = rows.select_related("customer").order_by("-created_at", "-id")[:WAITING]
    return [_invoice(row, at=at) for row in newest]


def _invoice(row: Invoice, *, at: datetime) -> dict[str, Any]:
    ((words, style),) = shown.invoice_badges(row, at=at)
    return {
        "url": shown.page("invoice", row.pk),
        "title": _("Invoice %(number)s over %(amount)s")
        % {"number": row.number, "amount": shown.money(row.amount_remaining, row.currency)},
        "text": str(row.customer),
        "words": words,
        "style": style,
        "when": row.due_at or row.finalized_at,
    }
