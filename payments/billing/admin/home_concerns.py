"""What of billing needs somebody: money that does not come by itself, and cards that are about to expire."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from customers.admin.choices import Choice
from customers.admin.home import WAITING, Concern, Waiting
from customers.services.powers import Power
from payments.admin.shown import method_line
from payments.billing.admin import shown, subscription_page
from payments.billing.models import Invoice, Subscription
from payments.billing.services.card_expiry import expiring_this_or_next_month

State = Subscription.Status
_NEWEST = 500  # of which those that owe most are found


def concerns(choice: Choice, at: datetime) -> Iterator[Concern]:
    """Yield what needs somebody."""
    if choice.may(Power.VIEW_BILLING):
        subscriptions = reverse("admin:billing_subscription_changelist")
        invoices = reverse("admin:billing_invoice_changelist")
        past_due, expiring = (f"{subscriptions}?status={name}" for name in ("past_due", "expiring"))
        yield Concern(_("Past-due subscriptions"), _past_due(choice), past_due)
        yield Concern(_("Overdue invoices"), _invoices(at=at), f"{invoices}?status=overdue")
        yield Concern(_("Cards about to expire"), _cards(localdate(at)), expiring)


def _past_due(choice: Choice) -> list[Waiting]:
    """Return, of the newest subscriptions that cannot be collected, those that owe most, the site's currency first."""
    assert choice.site is not None  # noqa: S101 -- the home page of a site
    owed = Invoice.objects.filter(pk=OuterRef("latest_invoice_id")).values("amount_remaining")
    rows = Subscription.objects.filter(status__in=[State.PAST_DUE, State.UNPAID])
    newest = rows.order_by("-created_at", "-id").values_list("pk", "currency")
    own = choice.site.default_currency
    found = newest.annotate(owed=Subquery(owed))[:_NEWEST]
    first = sorted(found, key=lambda row: (row[1] != own, -(row[2] or 0)))[: WAITING + 1]
    amounts = {pk: amount or 0 for pk, _currency, amount in first}
    loaded = Subscription.objects.select_related("customer").in_bulk(amounts)
    items = subscription_page.items_of(list(loaded.values()))
    return [
        Waiting(
            shown.page("subscription", pk),
            str(loaded[pk].customer),
            f"{shown.subscription_name(loaded[pk], items[pk])} · "
            + _("%(amount)s owed") % {"amount": shown.money(amount, loaded[pk].currency)},
            str(loaded[pk].get_status_display()),
            "bad",
            loaded[pk].period_start,
        )
        for pk, amount in amounts.items()
        if pk in loaded
    ]


def _invoices(*, at: datetime) -> list[Waiting]:
    """Return the newest open invoices that should have been paid, and that nothing collects by itself."""
    overdue = Q(due_at__lt=at)
    given_up = Q(due_at__isnull=True, attempt_count__gt=0, next_attempt_at__isnull=True)
    rows = Invoice.objects.filter(
        overdue | given_up, status=Invoice.Status.OPEN, amount_remaining__gt=0
    )
    newest = rows.select_related("customer").order_by("-created_at", "-id")[: WAITING + 1]
    return [_invoice(row, at=at) for row in newest]


def _invoice(row: Invoice, *, at: datetime) -> Waiting:
    ((words, style),) = shown.invoice_badges(row, at=at)
    return Waiting(
        shown.page("invoice", row.pk),
        str(row.customer),
        _("%(number)s · %(amount)s")
        % {"number": row.number, "amount": shown.money(row.amount_remaining, row.currency)},
        words,
        style,
        row.due_at or row.finalized_at,
    )


def _cards(today: date) -> list[Waiting]:
    """Return the cards that subscriptions are charged to and that expire this month or the next one."""
    rows = expiring_this_or_next_month(today).select_related("customer")
    first = rows.order_by("exp_year", "exp_month", "id")[: WAITING + 1]
    return [
        Waiting(
            shown.customer_page(str(card.customer_id)),
            str(card.customer),
            method_line(card),
            _("Expires %(month)02d/%(year)d") % {"month": card.exp_month, "year": card.exp_year},
            "warn",
        )
        for card in first
    ]
