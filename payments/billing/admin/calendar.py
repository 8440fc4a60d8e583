"""The billing calendar: what a month's renewals should bring, and which invoices are to be paid, day by day."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format, get_format
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.admin.base import MenuPage, TenantAdmin
from customers.kit import clock
from payments.billing import periods
from payments.billing.admin import shown, subscription_page
from payments.billing.models import Invoice, Subscription, SubscriptionItem
from payments.billing.services.expected_renewals import Expected

if TYPE_CHECKING:
    _Base = TenantAdmin[Any]
else:
    _Base = object

MOST = 1000  # subscriptions, and invoices, that are looked at; a month that has more says so
IN_CELL = 3  # entries of a day in the month's picture
_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")
_DAYS, _MONTHS = 7, 12


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is expected on a day.

    Args:
        amount: minor units.
        kind: `renewal`, `due`, or `retry`.
    """

    on: date
    kind: str
    who: str
    what: str
    url: str
    amount: int
    currency: str

    @property
    def money(self) -> str:
        """The amount as people write it."""
        return shown.money(self.amount, self.currency)

    @property
    def words(self) -> str:
        """What is expected."""
        return str(_KINDS[self.kind][0])

    @property
    def style(self) -> str:
        """How it is marked."""
        return _KINDS[self.kind][1]


class Calendar(_Base):
    """The view of the calendar; mixed into the pages of invoices."""

    menu_pages = (MenuPage(gettext_lazy("Calendar"), "calendar", "calendar"),)

    def calendar_urls(self) -> list[URLPattern]:
        """Return the address of the view; `?month=2026-12` says which."""
        return [self.route("calendar/", self.calendar_view, "calendar")]

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        """Show a month."""
        self.require(self.has_view_permission(request))
        at = clock.now()
        first = _wanted(request.GET.get("month", ""), today=localtime(at).date())
        found, is_more = entries(first, at=at)
        context = {
            "title": date_format(first, "YEAR_MONTH_FORMAT"),
            "list_title": _("Billing calendar"),
            "list_url": self.url("calendar"),
            "figures": _figures(found),
            "weekdays": _weekdays(),
            "days": _days(first, found, today=localtime(at).date()),
            "is_empty": not found,
            "is_more": is_more,
            "previous": _month(first, -1),
            "next": _month(first, 1),
            "this": f"{localtime(at).date():%Y-%m}",
            "here": f"{first:%Y-%m}",
        }
        return self.render(request, "admin/billing/calendar.html", context)


def entries(first: date, *, at: datetime) -> tuple[list[Entry], bool]:
    """Return what is expected in a month, in order, and whether there was more than was looked at.

    Args:
        first: the month's first day, in the site's time zone.
    """
    start, end = _midnight(first), _midnight(_next(first))
    subscriptions = _subscriptions(max(start, at), end)
    invoices = _invoices(start, end)
    items = subscription_page.items_of(subscriptions[:MOST])
    expected = Expected(subscriptions[:MOST], items)
    found = [
        entry
        for subscription in subscriptions[:MOST]
        for entry in _renewals(subscription, items[subscription.pk], expected, max(start, at), end)
    ]
    found += [_owed(invoice, start, end) for invoice in invoices[:MOST]]
    in_order = sorted(found, key=lambda entry: (entry.on, entry.kind, entry.who, entry.url))
    return in_order, len(subscriptions) > MOST or len(invoices) > MOST


def _subscriptions(start: datetime, end: datetime) -> list[Subscription]:
    """Return the subscriptions that may have a renewal in a month."""
    if start >= end:
        return []
    rows = Subscription.objects.filter(
        status__in=Subscription.BILLED,
        imported_from="",
        cancels_at_period_end=False,
        period_end__lt=end,
    ).filter(Q(cancel_at__isnull=True) | Q(cancel_at__gt=start))
    return list(rows.select_related("customer").order_by("period_end", "id")[: MOST + 1])


def _invoices(start: datetime, end: datetime) -> list[Invoice]:
    """Return the open invoices that are due in a month, or tried again in it."""
    due = Q(due_at__gte=start, due_at__lt=end)
    tried = Q(due_at__isnull=True, next_attempt_at__gte=start, next_attempt_at__lt=end)
    rows = Invoice.objects.filter(due | tried, status=Invoice.Status.OPEN, amount_remaining__gt=0)
    return list(rows.select_related("customer").order_by("-created_at", "-id")[: MOST + 1])


def _renewals(
    subscription: Subscription,
    items: list[SubscriptionItem],
    expected: Expected,
    start: datetime,
    end: datetime,
) -> Iterator[Entry]:
    for boundary in _boundaries(subscription, start, end):
        yield Entry(
            on=localtime(boundary).date(),
            kind="renewal",
            who=str(subscription.customer),
            what=shown.subscription_name(subscription, items),
            url=shown.page("subscription", subscription.pk),
            amount=max(expected.total(subscription, boundary), 0),
            currency=subscription.currency,
        )


def _boundaries(subscription: Subscription, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants from `start` until `end` at which a subscription is renewed and collected."""
    interval = periods.Interval(subscription.interval, subscription.interval_count)  # type: ignore[arg-type]  # the column's choices
    boundary = subscription.period_end
    if boundary < start:
        since, boundary = periods.period_at(subscription.anchor_at, interval, start)
        boundary = since if since == start else boundary
    until = min(end, subscription.cancel_at or end)
    while boundary < until:
        if not _is_paused(subscription, boundary):
            yield boundary
        boundary = periods.next_after(subscription.anchor_at, interval, boundary)


def _is_paused(subscription: Subscription, at: datetime) -> bool:
    resumes = subscription.pause_resumes_at
    return subscription.pause_behavior != "" and (resumes is None or resumes > at)


def _owed(invoice: Invoice, start: datetime, end: datetime) -> Entry:
    when = invoice.due_at or invoice.next_attempt_at
    assert when is not None  # noqa: S101 -- it was looked for by these
    return Entry(
        on=localtime(when).date(),
        kind="due" if invoice.due_at else "retry",
        who=str(invoice.customer),
        what=invoice.number,
        url=shown.page("invoice", invoice.pk),
        amount=invoice.amount_remaining,
        currency=invoice.currency,
    )


# -- How the month is shown --------------------------------------------------------------------------------------------


def _figures(found: list[Entry]) -> list[tuple[str, str, str]]:
    """Return what is expected by currency, the one with the most entries first: a label, a value, a note."""
    by_currency: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        by_currency[entry.currency].append(entry)
    in_order = sorted(by_currency.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [
        (
            _("Expected in %(currency)s") % {"currency": currency.upper()},
            shown.money(sum(entry.amount for entry in group), currency),
            _counted(group),
        )
        for currency, group in in_order
    ]


def _counted(group: list[Entry]) -> str:
    renewals = sum(entry.kind == "renewal" for entry in group)
    owed = len(group) - renewals
    parts = []
    if renewals:
        said = ngettext("%(count)s renewal", "%(count)s renewals", renewals)
        parts.append(said % {"count": renewals})
    if owed:
        said = ngettext("%(count)s open invoice", "%(count)s open invoices", owed)
        parts.append(said % {"count": owed})
    return " · ".join(parts)


def _weekdays() -> list[tuple[str, str]]:
    """Return the names of the weekdays, short and whole, from the first one of the page's language."""
    first = int(get_format("FIRST_DAY_OF_WEEK"))  # 0 is Sunday
    order = [(first - 1 + number) % _DAYS for number in range(_DAYS)]
    return [(str(WEEKDAYS_ABBR[number]), str(WEEKDAYS[number])) for number in order]


def _days(first: date, found: list[Entry], *, today: date) -> list[dict[str, Any]]:
    """Return the days of the weeks that a month touches, with what is expected on each."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in found:
        by_day[entry.on].append(entry)
    first_weekday = int(get_format("FIRST_DAY_OF_WEEK"))
    before = (first.isoweekday() - first_weekday) % _DAYS
    begin = first - timedelta(days=before)
    count = -(-(before + (_next(first) - first).days) // _DAYS) * _DAYS
    return [
        _day(on, by_day[on], is_inside=on.month == first.month, is_today=on == today)
        for on in (begin + timedelta(days=number) for number in range(count))
    ]


def _day(on: date, group: list[Entry], *, is_inside: bool, is_today: bool) -> dict[str, Any]:
    sums: dict[str, int] = defaultdict(int)
    for entry in group:
        sums[entry.currency] += entry.amount
    return {
        "on": on,
        "is_inside": is_inside,
        "is_today": is_today,
        "sums": [shown.money(amount, currency) for currency, amount in sorted(sums.items())]
        if len(group) > 1
        else [],
        "entries": group[:IN_CELL],
        "more": group[IN_CELL:],
    }


def _wanted(text: str, *, today: date) -> date:
    """Return the first day of the month that an address asks for; of this one where it asks for none."""
    if not _MONTH.fullmatch(text):
        return today.replace(day=1)
    year, month = text.split("-")
    return date(int(year), int(month), 1)


def _next(first: date) -> date:
    return date(first.year + first.month // _MONTHS, first.month % _MONTHS + 1, 1)


def _month(first: date, step: int) -> str:
    """Return a month as addresses have it; empty where it lies outside of those that can be asked for."""
    number = first.year * _MONTHS + first.month - 1 + step
    text = f"{number // _MONTHS}-{number % _MONTHS + 1:02}"
    return text if _MONTH.fullmatch(text) else ""


def _midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=get_current_timezone())


_KINDS = {
    "renewal": (gettext_lazy("Renewal"), ""),
    "due": (gettext_lazy("Invoice is due"), "warn"),
    "retry": (gettext_lazy("Tried again"), "bad"),
}
