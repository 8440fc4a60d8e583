"""The customer's subscriptions: all of them, and each with what it costs, what comes next, and what can be done."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from customers.kit.errors import CardDeclined, DomainError, NotFound
from customers.services import powers
from payments.billing.models import Invoice, Subscription, SubscriptionItem
from payments.billing.services import (
    discounts,
    invoice_links,
    planned_changes,
    subscription_previews,
)
from payments.emails import declines
from payments.models import PaymentMethod
from payments.services import payment_methods
from portal.services import cancellations, flows, pauses, plan_changes
from portal.services import subscription_rules as rules
from portal.services.plan_changes import Bill
from portal.services.subscription_rules import NotOffered
from portal.views import doors, statement
from portal.views import subscription_words as words
from portal.views.doors import Visit
from portal.views.subscription_words import Act, Notice

Status = Subscription.Status
_MOST = 100
_ENDED = 10
_OWING = (Status.PAST_DUE, Status.UNPAID, Status.INCOMPLETE)


@doors.customer_page
@require_safe
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show all subscriptions, those that run first."""
    rows = Subscription.objects.filter(customer=visit.customer).order_by("-created_at", "-id")
    running = list(rows.exclude(status__in=Subscription.ENDED)[:_MOST])
    ended = list(rows.filter(status__in=Subscription.ENDED)[:_ENDED])
    items = items_of([*running, *ended])
    context = {
        "running": [_line(visit, row, items[row.pk]) for row in running],
        "ended": [_line(visit, row, items[row.pk]) for row in ended],
    }
    return doors.shown(request, visit, "portal/subscriptions.html", context)


@doors.customer_page
@require_safe
def one(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Show a subscription."""
    row = found(visit, pk)
    items = items_of([row])[row.pk]
    following = None if row.pause_behavior else _next(visit, row)
    context = {
        "name": statement.subscription_name(row, items),
        "badges": words.badges(row, visit.reader),
        "notices": notices(visit, row, following),
        "next": following,
        "next_day": statement.day(following.at, visit.reader) if following else "",
        "method": method_of(row),
        "methods_url": visit.address("methods") if visit.may("payment_method_update") else "",
        "cost": statement.subscription_cost(row, items, visit.reader),
        "facts": _facts(visit, row, items),
        "acts": _acts(visit, row),
    }
    return doors.shown(request, visit, "portal/subscription.html", context)


@doors.customer_page
@require_POST
def keep(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Take a cancellation back."""
    done = pgettext("page", "Your subscription continues.")
    return _taken_back(request, visit, pk, cancellations.keep, done=done)


@doors.customer_page
@require_POST
def stay(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Give a planned change of the plan up."""
    done = pgettext("page", "Your plan stays as it is.")
    return _taken_back(request, visit, pk, plan_changes.stay, done=done)


# -- What the pages of one subscription share --------------------------------------------------------------------------


def found(visit: Visit, pk: str) -> Subscription:
    """Return the customer's subscription.

    Raises:
        Http404: there is none.
    """
    try:
        return rules.own(visit.customer, pk)
    except NotFound as error:
        raise Http404 from error


def items_of(rows: Sequence[Subscription]) -> dict[str, list[SubscriptionItem]]:
    """Return the items of subscriptions in order, by the id of theirs."""
    by_row: dict[str, list[SubscriptionItem]] = defaultdict(list)
    living = SubscriptionItem.objects.filter(
        subscription__in=[row.pk for row in rows], deleted_at__isnull=True
    )
    for item in living.select_related("price__product").order_by("subscription", "position", "id"):
        by_row[str(item.subscription_id)].append(item)
    return by_row


def method_of(row: Subscription) -> str:
    """Return what is charged; empty where that is nothing."""
    pk = row.default_payment_method_id or row.customer.default_payment_method_id
    if row.collection_method != Subscription.Collection.CHARGE or pk is None:
        return ""
    method: PaymentMethod = payment_methods.get(pk)
    return statement.method_name(method)


def acted(
    request: HttpRequest,
    visit: Visit,
    row: Subscription,
    act: Callable[[], Any],
    *,
    done: str,
    kind: str = "",
    again: str = "",
) -> HttpResponse:
    """Do something with a subscription, say what came of it, and lead on.

    Args:
        kind: what is done, as the type of a flow.
        again: where to go where it could not be done; the subscription's page when empty.
    """
    here = visit.address("subscriptions-one", row.pk)
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refused(refusal))
        return HttpResponseRedirect(here if isinstance(refusal, NotOffered) else again or here)
    where = flows.completed(visit, kind) if kind else None
    if where is None:
        messages.success(request, done)
    return HttpResponseRedirect(where or here)


def refused(refusal: DomainError) -> str:
    """Return why something was not done, in words that a customer understands."""
    if isinstance(refusal, CardDeclined):
        return declines.reason_for(refusal.extra.get("decline_code") or "", refusal.code)
    if refusal.code == "resource_missing":
        return pgettext("page", "Please save a payment method first.")
    kinds = (kind for kind in _REFUSALS if isinstance(refusal, kind))
    return _REFUSALS[next(kinds, DomainError)]()


_REFUSALS: dict[type[DomainError], Callable[[], str]] = {
    NotOffered: lambda: pgettext(
        "page", "Nothing was changed: this was done before, or cannot be done now."
    ),
    plan_changes.Different: lambda: pgettext(
        "page", "The amounts have changed meanwhile. Nothing was changed. Please look again."
    ),
    pauses.SkipsNothing: lambda: pgettext(
        "page", "No payment is due before that day. Choose a later one."
    ),
    pauses.TooLong: lambda: pgettext("page", "Choose an earlier day."),
    DomainError: lambda: pgettext(
        "page", "That could not be done. Nothing was changed. Please try again."
    ),
}
"""By kind of refusal, the most exact one first: what a customer reads of it."""


def notices(visit: Visit, row: Subscription, following: Bill | None) -> list[Notice]:
    """Return what the customer should know of a subscription first, and what can be done about it."""
    if row.status in Subscription.ENDED:
        return []
    found_: list[Notice | None] = [
        _owed(visit, row),
        _trial(visit, row, following),
        _paused(visit, row),
        _ending(visit, row),
        _planned(visit, row),
    ]
    return [notice for notice in found_ if notice is not None]


# -- below the public ones ---------------------------------------------------------------------------------------------


def _taken_back(
    request: HttpRequest, visit: Visit, pk: str, act: Callable[..., Any], *, done: str
) -> HttpResponse:
    """Take back what is planned for a subscription."""
    row, features = found(visit, pk), visit.configuration.features
    return acted(request, visit, row, lambda: act(row, features=features, at=visit.at), done=done)


def _line(visit: Visit, row: Subscription, items: Sequence[SubscriptionItem]) -> dict[str, Any]:
    has_ended = row.status in Subscription.ENDED
    ended = {"date": statement.day(row.ended_at, visit.reader)} if row.ended_at else {}
    return {
        "name": statement.subscription_name(row, items),
        "url": visit.address("subscriptions-one", row.pk),
        "cost": statement.subscription_cost(row, items, visit.reader),
        "badge": statement.subscription_badge(row),
        "next": pgettext("page", "Ended on %(date)s") % ended
        if has_ended and ended
        else statement.next_of(row, visit.reader),
    }


def _next(visit: Visit, row: Subscription) -> Bill | None:
    """Return what is billed next; None where nothing is."""
    if row.status not in Subscription.BILLED:
        return None
    try:
        with powers.rehearsing():
            return plan_changes.bill(subscription_previews.of_renewal(row), visit.reader)
    except DomainError:  # it ends, or its test clock is being advanced
        return None


def _facts(
    visit: Visit, row: Subscription, items: Sequence[SubscriptionItem]
) -> list[tuple[str, str]]:
    to = visit.reader
    held = [
        each for each in discounts.of_owner(subscription=row) if discounts.holds(each, at=visit.at)
    ]
    pairs = [
        (pgettext("page", "Plan"), words.plans(words.counted(items))),
        (pgettext("page", "Price"), statement.subscription_cost(row, items, to)),
        (pgettext("page", "Discount"), "\n".join(words.discount(each, to) for each in held)),
        (pgettext("page", "Since"), statement.day(row.start_at, to)),
        (pgettext("page", "Ended on"), statement.day(row.ended_at, to) if row.ended_at else ""),
    ]
    return [(label, value) for label, value in pairs if value]


def _acts(visit: Visit, row: Subscription) -> list[Act]:
    features = visit.configuration.features
    offered = (
        (plan_changes.has_choice, pgettext("page", "Change plan"), "subscriptions-change", ""),
        (rules.may_pause, pgettext("page", "Pause"), "subscriptions-pause", ""),
        (rules.may_cancel, pgettext("page", "Cancel subscription"), "subscriptions-cancel", "danger"),
    )  # fmt: skip
    return [
        Act(label, visit.address(name, row.pk), style)
        for rule, label, name, style in offered
        if rule(row, features)
    ]


def _owed(visit: Visit, row: Subscription) -> Notice | None:
    if row.status not in _OWING:
        return None
    invoice = _open_invoice(row)
    url = invoice_links.hosted(invoice.pk, invoice.finalized_at) if invoice is not None else None
    acts = (Act(pgettext("page", "Pay now"), url, "primary"),) if url else ()
    due = (
        statement.money(invoice.amount_remaining, invoice.currency, visit.reader) if invoice else ""
    )
    if row.status == Status.INCOMPLETE:
        title = pgettext("page", "Your subscription begins when its first invoice is paid")
        date = statement.day(row.next_step_at, visit.reader) if row.next_step_at else ""
        said = {"amount": due, "date": date}
        text = pgettext("page", "Pay %(amount)s by %(date)s, or it will not begin.") % said
        return Notice("warn", title, text if due and date else "", acts)
    title = pgettext("page", "Your last payment did not go through")
    text = pgettext("page", "Pay %(amount)s to keep your subscription.") % {"amount": due}
    return Notice("bad", title, text if due else "", acts)


def _open_invoice(row: Subscription) -> Invoice | None:
    rows = Invoice.objects.filter(subscription=row, status=Invoice.Status.OPEN)
    return rows.order_by("-created_at", "-id").first()


def _trial(visit: Visit, row: Subscription, following: Bill | None) -> Notice | None:
    if row.status != Status.TRIALING or row.trial_end_at is None or row.cancel_at is not None:
        return None
    date = {"date": statement.day(row.trial_end_at, visit.reader)}
    title = pgettext("page", "Your free trial ends on %(date)s") % date
    method = method_of(row)
    if method and following is not None:
        said = {"amount": following.due_text, "method": method}
        text = pgettext("page", "Then %(amount)s is charged to %(method)s.") % said
        return Notice("ok", title, text)
    if row.collection_method != Subscription.Collection.CHARGE:
        return Notice("ok", title, pgettext("page", "Then you get an invoice for each period."))
    url = visit.address("methods") if visit.may("payment_method_update") else ""
    acts = (Act(pgettext("page", "Add a payment method"), url, "primary"),) if url else ()
    text = pgettext("page", "To go on after that, save a payment method before.")
    return Notice("warn", title, text, acts)


def _paused(visit: Visit, row: Subscription) -> Notice | None:
    if row.status != Status.PAUSED and not row.pause_behavior:
        return None
    title = pgettext("page", "Your subscription is paused")
    text = words.pause_ends(row.pause_resumes_at, visit.reader)
    if row.status == Status.PAUSED:
        text = pgettext("page", "Its trial ended without a payment method.")
    acts: tuple[Act, ...] = ()
    if rules.may_resume(row, visit.configuration.features):
        url = visit.address("subscriptions-resume", row.pk)
        acts = (Act(pgettext("page", "Resume"), url, "primary"),)
    return Notice("warn", title, text, acts)


def _ending(visit: Visit, row: Subscription) -> Notice | None:
    if row.cancel_at is None:
        return None
    date = {"date": statement.day(row.cancel_at, visit.reader)}
    title = pgettext("page", "Your subscription ends on %(date)s") % date
    text = pgettext("page", "You can use it until then. Nothing is charged after that.")
    acts: tuple[Act, ...] = ()
    if rules.may_keep(row, visit.configuration.features):
        url = visit.address("subscriptions-keep", row.pk)
        acts = (Act(pgettext("page", "Keep the subscription"), url, "primary", is_form=True),)
    return Notice("warn", title, text, acts)


def _planned(visit: Visit, row: Subscription) -> Notice | None:
    planned = planned_changes.coming(row)
    if planned is None or row.cancel_at is not None:
        return None
    title, text = words.what_is_planned(planned, row, visit.reader)
    acts: tuple[Act, ...] = ()
    if rules.may_stay(row, visit.configuration.features):
        url = visit.address("subscriptions-stay", row.pk)
        acts = (Act(pgettext("page", "Keep the present plan"), url, is_form=True),)
    return Notice("warn", title, text, acts)
