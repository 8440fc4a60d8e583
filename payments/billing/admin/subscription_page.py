"""A subscription's page: what it is for, where it stands, what comes next, in a bounded number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin import shown as people
from customers.events.models import Event
from customers.kit import ids
from payments.admin.shown import gateway, method_line
from payments.billing.admin import shown
from payments.billing.models import (
    Discount,
    Invoice,
    Subscription,
    SubscriptionItem,
    SubscriptionSchedule,
)
from payments.models import PaymentMethod

SHOWN = 20  # of each kind
_TIMELINE = 40
State = Subscription.Status


@dataclass(slots=True)
class Around:
    """What belongs to a subscription."""

    subscription: Subscription
    at: datetime
    items: list[SubscriptionItem] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    schedule: SubscriptionSchedule | None = None
    paid: int = 0


def items_of(subscriptions: Iterable[Subscription]) -> dict[str, list[SubscriptionItem]]:
    """Return the items of subscriptions, in order, by the id of theirs."""
    rows = SubscriptionItem.objects.filter(
        subscription__in=[row.pk for row in subscriptions], deleted_at__isnull=True
    )
    found: dict[str, list[SubscriptionItem]] = defaultdict(list)
    for item in rows.select_related("price__product").order_by("subscription", "position", "id"):
        found[str(item.subscription_id)].append(item)
    return found


def around(subscription: Subscription, *, at: datetime) -> Around:
    """Load what belongs to a subscription, as of an instant."""
    invoices = Invoice.objects.filter(subscription=subscription)
    discounts = Discount.objects.filter(subscription=subscription, removed_at__isnull=True)
    schedules = SubscriptionSchedule.objects.filter(pk=subscription.schedule_id)
    return Around(
        subscription,
        at,
        items_of([subscription])[subscription.pk],
        list(discounts.select_related("coupon", "promotion_code").order_by("position")[:SHOWN]),
        list(invoices.order_by("-created_at", "-id")[:SHOWN]),
        schedules.first() if subscription.schedule_id else None,
        invoices.aggregate(paid=Sum("amount_paid", default=0))["paid"],
    )


def context(all_: Around, upcoming: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the page shows.

    Args:
        upcoming: the next invoice; None where there will be none.
    """
    subscription = all_.subscription
    return {
        "title": shown.subscription_name(subscription, all_.items),
        "badges": shown.subscription_badges(subscription),
        "who": str(subscription.customer),
        "who_url": shown.customer_page(subscription.customer_id),
        "cost": shown.cost_line(subscription, all_.items),
        "notices": _notices(all_),
        "figures": _figures(all_, upcoming),
        "upcoming": upcoming,
        "items": [_item_line(subscription, item) for item in all_.items],
        "discounts": [shown.discount_line(discount) for discount in all_.discounts],
        "invoices": [shown.invoice_row(invoice, at=all_.at) for invoice in all_.invoices],
        "details": _details(all_),
        "timeline": _timeline(all_),
        "metadata": sorted(subscription.metadata.items()),
        "ids": _ids(all_),
    }


def _notices(all_: Around) -> list[dict[str, str]]:
    """Return what somebody should know before anything else: a title, a text, a style."""
    subscription = all_.subscription
    status = State(subscription.status)
    notices = []
    if subscription.imported_from:
        notices.append(_elsewhere(subscription))
    if status in {State.PAST_DUE, State.UNPAID}:
        notices.append(_unpaid(all_))
    if status == State.INCOMPLETE:
        text = _(
            "It begins once its first invoice is paid. If it is not paid by %(when)s, it ends."
        )
        notices.append(
            {
                "style": "warn",
                "title": _("The first payment is missing"),
                "text": text % {"when": shown.moment(subscription.next_step_at)},
                "url": shown.page("invoice", subscription.latest_invoice_id),
            }
        )
    if subscription.pause_behavior and status not in Subscription.ENDED:
        notices.append(_paused(subscription))
    return notices


def _elsewhere(subscription: Subscription) -> dict[str, str]:
    """Say that it is only the record of a subscription."""
    words = {"owner": gateway(subscription.imported_from)}
    text = _(
        "This is a record of the subscription there, as it was when it was last imported. Nothing here bills it or "
        "changes it."
    )
    title = _("%(owner)s bills this subscription") % words
    return {"style": "warn", "title": title, "text": text, "url": ""}


def _unpaid(all_: Around) -> dict[str, str]:
    owed = [
        invoice
        for invoice in all_.invoices
        if invoice.status == Invoice.Status.OPEN and invoice.amount_remaining
    ]
    total = sum(invoice.amount_remaining for invoice in owed)
    retries = [invoice.next_attempt_at for invoice in owed if invoice.next_attempt_at]
    text = (
        _("It is tried again on %(when)s.") % {"when": shown.moment(min(retries))}
        if retries
        else _("It is not tried again by itself.")
    )
    amount = shown.money(total, all_.subscription.currency)
    return {
        "style": "bad",
        "title": _("%(amount)s could not be collected") % {"amount": amount},
        "text": text,
        "url": shown.page("invoice", owed[0].pk if owed else None),
    }


def _paused(subscription: Subscription) -> dict[str, str]:
    words = {
        Subscription.Pause.KEEP_AS_DRAFT: _("Its invoices stay drafts until then."),
        Subscription.Pause.MARK_UNCOLLECTIBLE: _("Its invoices count as uncollectible until then."),
        Subscription.Pause.VOID: _("Its invoices are void until then."),
    }
    resumes = subscription.pause_resumes_at
    when = (
        _("Collection goes on by itself on %(when)s.") % {"when": shown.moment(resumes)}
        if resumes
        else _("Collection goes on when somebody resumes it.")
    )
    return {
        "style": "warn",
        "title": _("Nothing is collected at the moment"),
        "text": f"{when} {words[Subscription.Pause(subscription.pause_behavior)]}",
        "url": "",
    }


def _figures(all_: Around, upcoming: dict[str, Any] | None) -> list[tuple[str, str, str]]:
    """Return what it costs, what comes next and what was paid: a label, a value, a note."""
    subscription = all_.subscription
    rhythm = shown.every(subscription.interval, subscription.interval_count)
    amount = shown.cost(subscription, all_.items)
    figures = [(_("Costs"), shown.money(amount, subscription.currency), rhythm)]
    when, what = shown.next_date(subscription)
    if upcoming is not None and not subscription.pause_behavior:
        figures.append((_("Next invoice"), upcoming["due"], f"{what} {shown.day(when)}"))
    elif when is not None:
        figures.append((_("Next date"), shown.day(when), what))
    figures.append((_("Paid so far"), shown.money(all_.paid, subscription.currency), ""))
    if subscription.ended_at:
        figures.append((_("Ended"), shown.day(subscription.ended_at), ""))
    return figures


def _item_line(subscription: Subscription, item: SubscriptionItem) -> dict[str, Any]:
    return {
        "name": shown.price_name(item.price),
        "price": shown.unit_price(item.price, subscription.currency),
        "quantity": item.quantity,
        "amount": shown.money(shown.cost(subscription, [item]), subscription.currency),
        "id": item.pk,
    }


def _details(all_: Around) -> list[tuple[str, Any]]:
    subscription = all_.subscription
    trial = ""
    if subscription.trial_start_at and subscription.trial_end_at:
        trial = shown.period(subscription.trial_start_at, subscription.trial_end_at)
    pairs = [
        (_("Collection"), _collection(subscription)),
        (_("Charged to"), _method(subscription)),
        (_("Current period"), shown.period(subscription.period_start, subscription.period_end)),
        (_("Billing anchor"), shown.moment(subscription.anchor_at)),
        (_("Started"), shown.moment(subscription.start_at)),
        (_("Trial"), trial),
        (_("Will be canceled"), _end(subscription)),
        (_("Canceled"), shown.moment(subscription.canceled_at)),
        (_("Reason"), str(shown.REASONS.get(subscription.cancellation_reason, ""))),
        (_("Feedback"), str(shown.FEEDBACK.get(subscription.cancellation_feedback, ""))),
        (_("Comment"), subscription.cancellation_comment),
        (_("Planned changes"), _schedule(all_.schedule)),
        (_("Description"), subscription.description),
    ]
    return [(label, value) for label, value in pairs if value]


def _collection(subscription: Subscription) -> str:
    words = str(subscription.get_collection_method_display())
    days = subscription.days_until_due
    if subscription.collection_method != Subscription.Collection.SEND or days is None:
        return words
    due = ngettext("due after %(days)s day", "due after %(days)s days", days) % {"days": days}
    return f"{words}, {due}"


def _method(subscription: Subscription) -> str:
    if subscription.collection_method != Subscription.Collection.CHARGE:
        return ""
    method: PaymentMethod | None = subscription.default_payment_method
    return method_line(method) if method else _("The customer's default")


def _end(subscription: Subscription) -> str:
    if subscription.status in Subscription.ENDED:
        return ""
    if subscription.cancels_at_period_end:
        return shown.moment(subscription.cancel_at or subscription.period_end)
    return shown.moment(subscription.cancel_at)


def _schedule(schedule: SubscriptionSchedule | None) -> str:
    if schedule is None:
        return ""
    count = len(schedule.phases)
    phases = ngettext("%(count)s phase", "%(count)s phases", count) % {"count": count}
    return f"{schedule.get_status_display()}, {phases}"


def _timeline(all_: Around) -> list[dict[str, Any]]:
    """Return the events of a subscription and its invoices, the newest first; they are found by the customer."""
    subscription = all_.subscription
    about = [str(subscription.pk), *(str(invoice.pk) for invoice in all_.invoices)]
    rows = Event.objects.filter(
        customer_id=subscription.customer_id,
        created_at__gte=subscription.created_at,
        object_id__in=about,
    )
    newest = rows.order_by("-created_at", "-id").defer("snapshot")[:_TIMELINE]
    return [people.event_line(event) for event in newest]


def _ids(all_: Around) -> list[tuple[str, str]]:
    subscription = all_.subscription
    pairs = [
        (_("Subscription"), str(subscription.pk)),
        (_("Customer"), subscription.customer_id),
        *((_("Item"), str(item.pk)) for item in all_.items),
        *((_("Price"), ids.shown(item.price_id)) for item in all_.items),
        (_("Latest invoice"), subscription.latest_invoice_id),
        (_("Schedule"), subscription.schedule_id),
        (_("Test clock"), subscription.test_clock_id),
    ]
    return [(label, value) for label, value in pairs if value]
