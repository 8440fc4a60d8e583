"""Pausing a subscription until a day, and going on earlier."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from customers.kit.errors import DomainError
from customers.services import powers
from payments.billing.models import Subscription
from portal.forms.subscriptions import DAY, OPEN, PauseForm
from portal.services import pauses, plan_changes
from portal.services import subscription_rules as rules
from portal.services.pauses import Choice
from portal.views import doors, statement, subscriptions
from portal.views.doors import Visit


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Ask for how long, and charge nothing until then."""
    row = subscriptions.found(visit, pk)
    features = visit.configuration.features
    choices = pauses.choices(row, features, at=visit.at)
    form = _form(request, visit, row, choices)
    if not form.is_valid():
        return _asked(request, visit, row, form)
    until = _until(visit, form, choices)
    try:
        pauses.check(row, until, features, at=visit.at)
    except (pauses.SkipsNothing, pauses.TooLong) as refusal:
        form.add_error("day" if "day" in form.fields else "until", subscriptions.refused(refusal))
        return _asked(request, visit, row, form)
    return subscriptions.acted(
        request,
        visit,
        row,
        lambda: pauses.pause(row, until=until, features=features, at=visit.at),
        done=pgettext("page", "Your subscription is paused."),
        kind="subscription_pause",
    )


@doors.customer_page
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, visit: Visit, pk: str) -> HttpResponse:
    """Tell what going on costs, and let the subscription go on."""
    row = subscriptions.found(visit, pk)
    features = visit.configuration.features
    if request.method == "POST":
        return subscriptions.acted(
            request,
            visit,
            row,
            lambda: pauses.resume(row, features=features, at=visit.at),
            done=pgettext("page", "Your subscription continues."),
        )
    items = subscriptions.items_of([row])[row.pk]
    context = {
        "name": statement.subscription_name(row, items),
        "text": _cost_of_resuming(visit, row),
        "is_offered": rules.may_resume(row, features),
        "methods_url": visit.address("methods") if pauses.lacks_method(row) else "",
        "leave_url": "" if visit.flow else visit.address("subscriptions-one", row.pk),
    }
    return doors.shown(request, visit, "portal/resume.html", context)


def _form(
    request: HttpRequest, visit: Visit, row: Subscription, choices: list[Choice]
) -> PauseForm:
    words = [(str(place), _words(visit, choice)) for place, choice in enumerate(choices)]
    first = row.period_end.astimezone(_zone(visit)).date() + timedelta(days=1)
    last = (visit.at + pauses.LONGEST).astimezone(_zone(visit)).date()
    is_free = pauses.is_free(visit.configuration.features) and first <= last
    sent = request.POST if request.method == "POST" else None
    return PauseForm(words, first if is_free else None, last, sent, use_required_attribute=False)


def _words(visit: Visit, choice: Choice) -> str:
    said = {"date": statement.day(choice.until, visit.reader), "count": choice.skipped}
    if choice.skipped == 1:
        return pgettext("page", "Until %(date)s: skips one payment") % said
    return pgettext("page", "Until %(date)s: skips %(count)s payments") % said


def _until(visit: Visit, form: PauseForm, choices: list[Choice]) -> datetime | None:
    said = form.cleaned_data
    if said["until"] == OPEN:
        return None
    if said["until"] == DAY:
        return datetime.combine(said["day"], time(), tzinfo=_zone(visit))
    return choices[int(said["until"])].until


def _asked(request: HttpRequest, visit: Visit, row: Subscription, form: PauseForm) -> HttpResponse:
    items = subscriptions.items_of([row])[row.pk]
    context: dict[str, Any] = {
        "name": statement.subscription_name(row, items),
        "form": form,
        "next_day": statement.day(row.period_end, visit.reader),
        "is_offered": rules.may_pause(row, visit.configuration.features),
        "notices": subscriptions.notices(visit, row, None),
        "leave_url": "" if visit.flow else visit.address("subscriptions-one", row.pk),
    }
    status = 400 if form.errors else 200
    return doors.shown(request, visit, "portal/pause.html", context, status=status)


def _cost_of_resuming(visit: Visit, row: Subscription) -> str:
    """Return what is charged when a subscription goes on, and when."""
    if row.status != Subscription.Status.PAUSED:
        date = {"date": statement.day(row.period_end, visit.reader)}
        return (
            pgettext("page", "Nothing is charged today. Your next payment is on %(date)s.") % date
        )
    due = _first_bill(visit, row)
    if due is None:
        return pgettext("page", "A new period begins today, and is charged at once.")
    said = {"amount": due}
    return pgettext("page", "A new period begins today. %(amount)s is charged at once.") % said


def _first_bill(visit: Visit, row: Subscription) -> str | None:
    try:
        with powers.rehearsing():
            draft = pauses.first_bill(row, at=visit.at)
            return plan_changes.bill(draft, visit.reader).due_text if draft is not None else None
    except DomainError:
        return None


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.site.timezone)
