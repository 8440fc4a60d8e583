"""Changing the plan: which there are, what the chosen one costs today and then, and confirming exactly that."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from customers.kit import ids
from customers.kit.errors import DomainError, InvalidRequest
from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_links
from portal.forms.subscriptions import PlanForm
from portal.services import flows, plan_changes
from portal.services.plan_changes import Change, Plan, Preview
from portal.services.subscription_rules import NotOffered
from portal.views import doors, statement, subscriptions
from portal.views import subscription_words as words
from portal.views.doors import Visit

CHOSEN, CONFIRMED = "subscription_update", "subscription_update_confirm"


@doors.customer_page
@require_safe
def page(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Show the plans."""
    row = subscriptions.found(visit, pk)
    return _chosen(request, visit, row, PlanForm(use_required_attribute=False))


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Show what the chosen plan costs, and change to it."""
    row = subscriptions.found(visit, pk)
    form = PlanForm(request.GET, use_required_attribute=False)
    if not form.is_valid():
        return _chosen(request, visit, row, form)
    said = form.cleaned_data
    try:
        change = plan_changes.wanted(
            row,
            price=said["price"],
            quantity=said["quantity"],
            code=said["code"],
            features=visit.configuration.features,
        )
        if request.method == "POST":
            return _made(request, visit, row, change, CHOSEN)
        return _previewed(request, visit, row, change)
    except DomainError as refusal:
        _refuse(form, refusal)
        return _chosen(request, visit, row, form)


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Show what a change costs that the merchant has prepared, and make it."""
    row = subscriptions.found(visit, pk)
    if not flows.is_of(visit.flow, CONFIRMED):
        return HttpResponseRedirect(visit.address("subscriptions-change", row.pk))
    try:
        change = plan_changes.of_flow(row, visit.flow)
        if request.method == "POST":
            return _made(request, visit, row, change, CONFIRMED)
        return _previewed(request, visit, row, change)
    except DomainError as refusal:
        context = {"name": _name(row), "reason": subscriptions.refused(refusal)}
        return doors.shown(request, visit, "portal/plan_refused.html", context, status=409)


def _made(
    request: HttpRequest, visit: Visit, row: Subscription, change: Change, kind: str
) -> HttpResponse:
    """Make a change, and lead to where it is paid if the bank asks, or on."""
    features = visit.configuration.features
    here = request.get_full_path()
    try:
        made = plan_changes.make(
            row, change, request.POST.get("proof", ""), features=features, at=visit.at
        )
    except DomainError as refusal:
        messages.error(request, subscriptions.refused(refusal))
        is_over = isinstance(refusal, NotOffered) and not visit.flow
        page_ = visit.address("subscriptions-one", row.pk)
        return HttpResponseRedirect(page_ if is_over else here)
    unpaid = _unpaid(row, made)
    where = flows.completed(visit, kind)
    if unpaid:
        messages.warning(request, pgettext("page", "Please confirm the payment with your bank."))
        return HttpResponseRedirect(unpaid)
    if where is None:
        messages.success(request, pgettext("page", "Your subscription is changed."))
    return HttpResponseRedirect(where or visit.address("subscriptions-one", row.pk))


def _unpaid(before: Subscription, made: Subscription) -> str:
    """Return the page of the change's invoice if it was to be charged and is not paid; empty otherwise."""
    if made.latest_invoice_id == before.latest_invoice_id:
        return ""
    by_charge = made.collection_method == Subscription.Collection.CHARGE
    rows = Invoice.objects.filter(pk=made.latest_invoice_id, status=Invoice.Status.OPEN)
    invoice = rows.first() if by_charge else None
    return (invoice_links.hosted(invoice.pk, invoice.finalized_at) or "") if invoice else ""


def _previewed(
    request: HttpRequest, visit: Visit, row: Subscription, change: Change
) -> HttpResponse:
    features = visit.configuration.features
    said = plan_changes.preview(row, change, features=features, to=visit.reader, at=visit.at)
    item = plan_changes.item_of(row)
    assert item is not None  # noqa: S101 -- it was previewed
    to = visit.reader
    context = {
        "name": _name(row),
        "preview": said,
        "old": _plan_line(visit, row, item.price, item.quantity),
        "new": _plan_line(visit, row, change.price, change.quantity),
        "headline": _headline(said),
        "amount": said.now.due_text if said.now else statement.money(0, row.currency, to),
        "begins_on": statement.day(said.begins_at, to),
        "waits": _waits(visit, row, said),
        "next_day": statement.day(said.next.at, to) if said.next else "",
        "method": subscriptions.method_of(row),
        "other_url": ""
        if flows.is_of(visit.flow, CONFIRMED)
        else visit.address("subscriptions-change", row.pk),
    }
    return doors.shown(request, visit, "portal/plan_preview.html", context)


def _headline(said: Preview) -> str:
    if said.is_later:
        return pgettext("page", "Nothing to pay today")
    if said.now is not None and said.now.due > 0:
        return pgettext("page", "To pay today")
    return pgettext("page", "Nothing to pay today")


def _waits(visit: Visit, row: Subscription, said: Preview) -> str:
    """Return what the change puts on the next invoice, in words; empty where that is nothing."""
    if not said.waits:
        return ""
    amount = {"amount": statement.money(abs(said.waits), row.currency, visit.reader)}
    if said.waits > 0:
        text = pgettext("page", "%(amount)s for the rest of this period is put on your next bill.")
    else:
        text = pgettext("page", "%(amount)s for unused time is taken off your next bill.")
    return text % amount


def _plan_line(visit: Visit, row: Subscription, price: Any, quantity: int) -> tuple[str, str]:
    items = [(price, quantity)]
    return words.plans(items), words.cost(items, row.currency, visit.reader)


def _chosen(request: HttpRequest, visit: Visit, row: Subscription, form: PlanForm) -> HttpResponse:
    features = visit.configuration.features
    item = plan_changes.item_of(row)
    is_offered = item is not None and plan_changes.has_choice(row, features)
    found = plan_changes.plans(row, item, features) if item is not None and is_offered else []
    if item is not None:
        form.initial.setdefault("quantity", item.quantity)
    chosen = form.data.get("price") or (ids.shown(found[0].price.pk) if found else "")
    context = {
        "name": _name(row),
        "form": form,
        "is_offered": is_offered,
        "plans": [_plan(visit, row, plan, chosen) for plan in found],
        "is_countable": any(plan.is_countable for plan in found),
        "takes_codes": plan_changes.takes_codes(features),
        "url": visit.address("subscriptions-preview", row.pk),
        "leave_url": "" if visit.flow else visit.address("subscriptions-one", row.pk),
        "notices": subscriptions.notices(visit, row, None) if visit.flow else (),
    }
    status = 400 if form.errors else 200
    return doors.shown(request, visit, "portal/plan.html", context, status=status)


def _plan(visit: Visit, row: Subscription, plan: Plan, chosen: str) -> dict[str, Any]:
    pk = ids.shown(plan.price.pk)
    return {
        "pk": pk,
        "name": words.plan(plan.price),
        "cost": words.unit_cost(plan.price, row.currency, visit.reader),
        "text": plan.price.product.description,
        "is_current": plan.is_current,
        "is_chosen": pk == chosen,
    }


def _name(row: Subscription) -> str:
    return statement.subscription_name(row, subscriptions.items_of([row])[row.pk])


def _refuse(form: PlanForm, refusal: DomainError) -> None:
    """Say at the field what is wrong with it, or above the form."""
    said = {
        "code": pgettext("page", "This code cannot be used here."),
        "quantity": pgettext("page", "This quantity is not offered."),
        "price": pgettext("page", "This is your plan already. Choose another one."),
    }
    where = refusal.param.partition("[")[0] if isinstance(refusal, InvalidRequest) else ""
    where = {"discounts": "code"}.get(where, where)
    if where in said:
        form.add_error(where, said[where])
    else:
        form.add_error(None, subscriptions.refused(refusal))
