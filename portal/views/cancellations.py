"""Canceling a subscription: when it ends, why, and what is offered instead, all on one page that stops nobody."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from payments.billing.models import Subscription
from portal.forms.subscriptions import CancelForm
from portal.services import cancellations, flows
from portal.services import subscription_rules as rules
from portal.views import doors, statement, subscriptions
from portal.views import subscription_words as words
from portal.views.doors import Visit

KIND = "subscription_cancel"


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Ask why, and let the subscription end."""
    row = subscriptions.found(visit, pk)
    features = visit.configuration.features
    sent = request.POST if request.method == "POST" else None
    form = CancelForm(cancellations.reasons(features), sent, use_required_attribute=False)
    if not form.is_valid():
        return _asked(request, visit, row, form)
    said = form.cleaned_data
    is_later = rules.ends_at_period_end(row, features)
    date = {"date": statement.day(row.period_end, visit.reader)}
    return subscriptions.acted(
        request,
        visit,
        row,
        lambda: cancellations.cancel(
            row,
            features=features,
            reason=said.get("reason", ""),
            comment=said["comment"],
            at=visit.at,
        ),
        done=pgettext("page", "Your subscription is canceled. It ends on %(date)s.") % date
        if is_later
        else pgettext("page", "Your subscription has ended."),
        kind=KIND,
    )


@doors.customer_page
@require_POST
def accept(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Take the coupon that is offered for staying."""
    row = subscriptions.found(visit, pk)
    features, flow = visit.configuration.features, visit.flow
    return subscriptions.acted(
        request,
        visit,
        row,
        lambda: cancellations.accept(row, flow, features=features, at=visit.at),
        done=pgettext("page", "Thank you for staying. The discount is yours."),
        kind=flows.RETENTION,
    )


def _asked(request: HttpRequest, visit: Visit, row: Subscription, form: CancelForm) -> HttpResponse:
    features = visit.configuration.features
    items = subscriptions.items_of([row])[row.pk]
    coupon = cancellations.offered_coupon(row, visit.flow, at=visit.at)
    pause_url = visit.address("subscriptions-pause", row.pk)
    is_free = not visit.flow or flows.is_of(visit.flow, KIND)
    context: dict[str, Any] = {
        "name": statement.subscription_name(row, items),
        "form": form,
        "is_later": rules.ends_at_period_end(row, features),
        "ends_on": statement.day(row.period_end, visit.reader),
        "is_offered": rules.may_cancel(row, features),
        "notices": subscriptions.notices(visit, row, None),
        "offer": words.offer(coupon, visit.reader) if coupon is not None else "",
        "offer_url": visit.address("subscriptions-offer", row.pk),
        "pause_url": pause_url if is_free and rules.may_pause(row, features) else "",
        "leave_url": "" if visit.flow else visit.address("subscriptions-one", row.pk),
    }
    status = 400 if form.errors else 200
    return doors.shown(request, visit, "portal/cancel.html", context, status=status)
