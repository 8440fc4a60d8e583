"""Rolling up: the worker adds what is pending to the daily figures, some hundred sources in each transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F

from customers.kit import ids, tenancy
from customers.kit.errors import InvalidState
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Site
from customers.services import retention
from payments.billing.models import (
    CustomerRevenue,
    DailyFigure,
    FigureBook,
    PendingFigure,
    SubscriptionRevenue,
)
from payments.billing.services import figure_sources, revenue_movements
from payments.billing.services.figure_sources import EVENTS, Sums
from payments.models import BalanceTransaction

AT_ONCE = 500
"""Sources in one transaction."""
_MOST_BATCHES = 400  # of one site, before others have their turn

_ADD = """
INSERT INTO billing_dailyfigure AS kept (id, site_id, livemode, created_at, day, currency, measure, amount, count)
SELECT fresh.id, %s, %s, %s, fresh.day, fresh.currency, fresh.measure, fresh.amount, fresh.count
FROM unnest(%s::text[], %s::date[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
    AS fresh (id, day, currency, measure, amount, count)
ON CONFLICT (site_id, livemode, currency, day, measure)
DO UPDATE SET amount = kept.amount + excluded.amount, count = kept.count + excluded.count
"""
# What is pending anyway stays so, once: whoever inserts sources meanwhile adds them here as well.
_ALL_AGAIN = """
INSERT INTO billing_pendingfigure (id, site_id, livemode, created_at, position)
SELECT id, site_id, livemode, created_at, 0 FROM payments_balancetransaction WHERE site_id = %s AND livemode = %s
UNION ALL
SELECT id, site_id, livemode, created_at, sequence FROM events_event
WHERE site_id = %s AND livemode = %s AND type = ANY(%s)
ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A site in one mode."""

    site: Site
    livemode: bool


def run(*, at: datetime) -> int:
    """Add up what is pending anywhere, and return how many sources were added."""
    added = 0
    for tenant in _waiting():
        with scoped_to(tenant.site, livemode=tenant.livemode):
            for _number in range(_MOST_BATCHES):
                batch = roll_up(at=at)
                added += batch
                if not batch:
                    break
    return added


def roll_up(*, at_once: int = AT_ONCE, at: datetime) -> int:
    """Add the next sources of the chosen site to its figures, and return how many those were: 0 when all are added.

    Nothing is done while another worker is at it.
    """
    with transaction.atomic():
        book = _locked(at=at)
        if book is None:
            return 0
        if book.timezone != tenancy.current().site.timezone:
            _change_days(book)
        pending = PendingFigure.objects.order_by("position", "id")
        taken = list(pending.values_list("pk", flat=True)[:at_once])
        _fold(book, taken, at=at)
        PendingFigure.objects.filter(pk__in=taken).delete()
    return len(taken)


def rebuild(*, at: datetime) -> int:
    """Throw the chosen site's figures away, make them anew from all there is, and return from how many sources.

    It may be broken off: the worker goes on with it.

    Raises:
        InvalidState: events were let go of, without which figures would be missing.
    """
    since = retention.events_since()
    if since is not None:
        raise InvalidState(
            f"Events of before {since:%Y-%m-%d} were let go of: figures that were made from them cannot be made anew."
        )
    with transaction.atomic():
        _locked(at=at)  # which makes the book, should there be none
        _begin_anew(FigureBook.objects.select_for_update(no_key=True).get())
    added = 0
    while batch := roll_up(at=at):
        added += batch
    return added


def is_behind() -> bool:
    """Tell whether more of the chosen site's sources are pending than the worker adds at once."""
    return PendingFigure.objects.order_by("position", "id")[AT_ONCE : AT_ONCE + 1].exists()


def _waiting() -> list[Tenant]:
    """Return the sites that have something pending, or whose days have become other ones."""
    with every_site():
        pending = PendingFigure.objects.order_by().values_list("site", "livemode").distinct()
        moved = FigureBook.objects.exclude(timezone=F("site__timezone"))
        found = {*pending, *moved.values_list("site", "livemode")}
    sites = Site.objects.in_bulk({pk for pk, _livemode in found})
    return [Tenant(sites[pk], livemode) for pk, livemode in sorted(found)]


def _locked(*, at: datetime) -> FigureBook | None:
    """Lock the book, having made it if there is none; None where another worker has locked it."""
    books = FigureBook.objects.select_for_update(no_key=True, skip_locked=True)
    found = books.first()
    if found is not None or FigureBook.objects.exists():
        return found
    scope = tenancy.current()
    made = FigureBook(
        id=FigureBook.new_id(), site=scope.site, livemode=scope.livemode, created_at=at,
        timezone=scope.site.timezone,
    )  # fmt: skip
    FigureBook.objects.bulk_create([made], ignore_conflicts=True)
    return books.first()


def _change_days(book: FigureBook) -> None:
    """Let a locked book have the days of the site's time zone: all of them, or those to come where events are gone."""
    if retention.events_since() is None:
        _begin_anew(book)
        return
    book.timezone = tenancy.current().site.timezone
    book.save(update_fields=["timezone"])


def _begin_anew(book: FigureBook) -> None:
    """Throw a locked book's figures away, and let everything be pending."""
    scope = tenancy.current()
    for model in (DailyFigure, SubscriptionRevenue, CustomerRevenue):
        model.objects.all().delete()
    tenant: list[str | bool] = [scope.site_id, scope.livemode]
    with connection.cursor() as cursor:
        cursor.execute(_ALL_AGAIN, [*tenant, *tenant, [*EVENTS]])
    book.timezone, book.currencies = scope.site.timezone, []
    book.save(update_fields=["timezone", "currencies"])


def _fold(book: FigureBook, pks: Sequence[str], *, at: datetime) -> None:
    """Add sources to a locked book's figures."""
    prefix = f"{BalanceTransaction.PREFIX}_"
    sums = Sums(ZoneInfo(book.timezone))
    told = figure_sources.events_of(pk for pk in pks if not pk.startswith(prefix))
    figure_sources.add_entries(sums, (pk for pk in pks if pk.startswith(prefix)))
    figure_sources.add_payments(sums, told)
    revenue_movements.add(sums, told, at=at)
    if sums.found:
        _add(sums, at=at)
        _know(book, (key.currency for key in sums.found))


def _add(sums: Sums, *, at: datetime) -> None:
    scope = tenancy.current()
    rows = [
        (ids.new(DailyFigure.PREFIX), key.day, key.currency, str(key.measure), amount, count)
        for key, (amount, count) in sums.found.items()
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [scope.site_id, scope.livemode, at, *columns])


def _know(book: FigureBook, currencies: Iterable[str]) -> None:
    """Write down which currencies there are figures in."""
    known = sorted({*book.currencies, *currencies})
    if known != book.currencies:
        book.currencies = known
        book.save(update_fields=["currencies"])
