"""How long each kind of data is kept, and letting go of what was kept long enough.

What a merchant may decide has a usual period, in days, which the site can change or take away; what nobody needs longer
has a fixed one. The worker goes through all of it every hour, a bounded number of rows at a time, and writes down when
it did and how much went.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from customers.events.models import Delivery, Event
from customers.events.services import partitions
from customers.kit import erasing as permission
from customers.kit import partitions as parts
from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.kit.registry import Hook
from customers.kit.tenancy import every_site, scoped_to
from customers.models import AuditEntry, Consent, Customer, Erasure, Message, RetentionRun, Site
from customers.services import erasures, retention_laws, sites

AT_ONCE = 1000
"""Rows of one kind, site and mode that one run lets go of."""
LONGEST = 36_500
_PROOF_YEARS = 3

Run = Callable[[datetime, datetime], int]
"""In the scope of a site and mode: gets the instant before which rows are old, and now; returns how many went."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data.

    Args:
        days: how long it is kept: usually, where a site may set it, else always; None: for good.
        run: lets go of what is old; None where another job does (`noted`).
        least: how many days a site may set; 0 where it may set none.
        reason: why so long.
        goes_by_month: whether `let_months_go` does it where a site has not chosen; a month that another site keeps is
            gone through for this one once all of it is old.
    """

    name: str
    title: Any
    days: int | None
    reason: Any
    run: Run | None = None
    least: int = 0
    goes_by_month: bool = False

    @property
    def is_settable(self) -> bool:
        """Tell whether a site may choose."""
        return self.least > 0


joined: Hook[Callable[[], Iterable[Kind]]] = Hook("customers.retention.kinds")
"""Kinds of data of higher apps."""

in_business: Hook[Callable[[], QuerySet[Any]]] = Hook("customers.retention.in_business")
"""Rows of higher apps with a `customer`, each of which shows that the merchant does business with it."""


def kinds() -> list[Kind]:
    """Return every kind of data that has a period."""
    return [*_OURS, *chain.from_iterable(function() for function in joined)]


def days_of(site: Site, kind: Kind) -> int | None:
    """Return for how many days a site keeps a kind of data; None: for good."""
    if not kind.is_settable or kind.name not in site.retention:
        return kind.days
    chosen: int | None = site.retention[kind.name]
    return chosen


def choose(site: Site, periods: dict[str, int | None], *, years: int | None) -> Site:
    """Set for how long a site keeps what it may decide on.

    Args:
        periods: by kind, days; None: for good.
        years: for how long documents are kept; None: as the law of the site's country has it.

    Raises:
        InvalidRequest: a period is too short or too long.
    """
    chosen: dict[str, int | None] = {}
    for kind in kinds():
        if kind.name not in periods or not kind.is_settable:
            continue
        days = periods[kind.name]
        if days is not None and not kind.least <= days <= LONGEST:
            raise InvalidRequest(
                f"It can be kept for {kind.least} to {LONGEST} days.", param=kind.name
            )
        if days != kind.days:
            chosen[kind.name] = days
    _refuse_forgetting({**{kind.name: kind.days for kind in kinds()}, **chosen})
    if years is not None:
        if not 1 <= years <= retention_laws.LONGEST:
            raise InvalidRequest(
                f"Documents can be kept for 1 to {retention_laws.LONGEST} years.",
                param=retention_laws.SETTING,
            )
        chosen[retention_laws.SETTING] = years
    return sites.update(site, details={"retention": chosen})


def _refuse_forgetting(periods: Mapping[str, int | None]) -> None:
    """Refuse to go by events that were let go of before."""
    prospects, events = periods["prospects"], periods["events"]
    if prospects is not None and events is not None and events < prospects:
        raise InvalidRequest(
            f"Events are kept for {events} days, and only they tell of whom something was heard since.",
            param="prospects",
        )


def run_all(*, at: datetime) -> int:
    """Let go of what was kept long enough, at every site, and return how many rows that were."""
    total = 0
    with every_site():
        found = list(Site.objects.order_by("pk"))
    for site in found:
        for kind in kinds():
            if kind.run is not None:
                total += _run(kind, kind.run, site, at=at)
    return total


def let_months_go(*, at: datetime) -> int:
    """Let go of the months of events and deliveries that no site wants to keep; return how many tables that were."""
    return partitions.let_go(
        events=_end_of("events", settings.EVENTS_RETENTION_DAYS, at=at),
        deliveries=_end_of("deliveries", settings.DELIVERIES_RETENTION_DAYS, at=at),
    )


def noted(
    name: str,
    removed: int,
    *,
    before: datetime | None = None,
    site: Site | None = None,
    at: datetime,
) -> int:
    """Write down that a kind of data was gone through, and return how much was let go.

    Args:
        before: the instant before which it was old.
    """
    columns: dict[str, Any] = {"ran_at": at}
    if removed:
        columns |= {"removed": removed, "removed_at": at}
        if before is not None:
            columns["gone_before"] = Greatest(F("gone_before"), Value(before))
    fresh = {**columns, "gone_before": before if removed else None}
    RetentionRun.objects.update_or_create(
        site=site, kind=name, defaults=columns, create_defaults=fresh
    )
    return removed


def events_since() -> datetime | None:
    """Return the instant from which on the chosen site has all of its events; None where it has let go of none."""
    runs = RetentionRun.objects.filter(site=tenancy.current().site, kind="events")
    gone = runs.values_list("gone_before", flat=True).first()
    return max(filter(None, (gone, partitions.kept_since())), default=None)


def last_runs(site: Site) -> dict[str, RetentionRun]:
    """Return, by kind, when it was last gone through at a site."""
    rows = RetentionRun.objects.filter(site=site) | RetentionRun.objects.filter(site=None)
    return {row.kind: row for row in rows}


def _end_of(name: str, days: int, *, at: datetime) -> datetime | None:
    """Return the instant before which no site keeps a kind of data; None where one does for good.

    Args:
        days: for which sites keep it that have not chosen; 0: for good.
    """
    with every_site():
        chosen = [
            site.retention[name]
            for site in Site.objects.only("retention")
            if name in site.retention
        ]
    periods = [days or None, *chosen]
    return None if None in periods else at - timedelta(days=max(periods))


def _run(kind: Kind, run: Run, site: Site, *, at: datetime) -> int:
    days = days_of(site, kind)
    if days is None:
        return 0
    before = at - timedelta(days=days)
    if kind.goes_by_month and kind.name not in site.retention:
        before = parts.start_of(parts.month_of(before))
    removed = 0
    for livemode in (True, False):
        with scoped_to(site, livemode=livemode):
            removed += run(before, at)
    return noted(kind.name, removed, before=before, site=site, at=at)


# -- What is let go of -------------------------------------------------------------------------------------------------


def _erase(rows: QuerySet[Customer], at: datetime) -> int:
    untouched = rows.exclude(pk__in=Erasure.objects.values("customer")).select_related("site")
    found = list(untouched.order_by("created_at", "pk")[:_ERASED_AT_ONCE])
    for customer in found:
        erasures.create(customer, at=at)
    return len(found)


_ERASED_AT_ONCE = 100


def _deleted_customers(before: datetime, at: datetime) -> int:
    return _erase(Customer.objects.filter(deleted_at__lt=before), at)


def _prospects(before: datetime, at: datetime) -> int:
    """Erase those with whom there never was any business, and of whom nothing was heard for long.

    Where events are let go of sooner, nobody knows of whom something was heard, and nobody is erased.
    """
    known = events_since()
    if known is not None and known > before:
        return 0
    heard = Event.objects.filter(customer_id=OuterRef("pk"), created_at__gte=before)
    rows = Customer.objects.living().filter(created_at__lt=before, test_clock=None)
    rows = rows.filter(~Exists(heard), balance=0)
    for function in in_business:
        rows = rows.filter(~Exists(function().filter(customer=OuterRef("pk"))))
    return _erase(rows, at)


def _deliveries(before: datetime, at: datetime) -> int:
    old = Delivery.objects.filter(last_try_at__lt=before).exclude(status=Delivery.Status.PENDING)
    old = old.exclude(last_response="", earlier_tries=[])
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return Delivery.objects.filter(pk__in=pks).update(last_response="", earlier_tries=[])


def _events(before: datetime, at: datetime) -> int:
    pending = Delivery.objects.filter(event=OuterRef("pk"), status=Delivery.Status.PENDING)
    old = Event.objects.filter(~Exists(pending), created_at__lt=before)
    pks = list(old.order_by("created_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    Delivery.objects.filter(event__in=pks).delete()
    return Event.objects.filter(pk__in=pks).delete()[0]


def _messages(before: datetime, at: datetime) -> int:
    old = Message.objects.filter(created_at__lt=before).exclude(status=Message.Status.QUEUED)
    old = old.exclude(text="", html="")
    pks = list(old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    return Message.objects.filter(pk__in=pks).update(text="", html="")


def _audit(before: datetime, at: datetime) -> int:
    old = AuditEntry.objects.filter(site=tenancy.current().site, created_at__lt=before)
    pks = list(old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    with permission.permitted():
        return AuditEntry.objects.filter(pk__in=pks).delete()[0]


def _proofs(before: datetime, at: datetime) -> int:
    """Let go of the consents of customers who were erased before an instant."""
    erased = Erasure.objects.filter(status=Erasure.Status.DONE, finished_at__lt=before)
    old = Consent.objects.filter(customer__in=erased.values("customer"))
    pks = list(old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    with permission.permitted():
        return Consent.objects.filter(pk__in=pks).delete()[0]


_OURS = (
    Kind(
        "deleted_customers", _("Customers who were deleted"), None,
        _("You decide: then they are erased, and documents stay as the law wants them."),
        _deleted_customers, least=30,
    ),
    Kind(
        "prospects", _("People who never bought anything"), None,
        _("You decide: since the last sign of them, without a payment, an invoice or a subscription."),
        _prospects, least=90,
    ),
    Kind(
        "messages", _("What emails said"), 1095,
        _("That there was one stays; three years are the usual time in which claims lapse."),
        _messages, least=30,
    ),
    Kind(
        "events", _("Events"), settings.EVENTS_RETENTION_DAYS or None,
        _("They are the customers' history. Without them a page says less."),
        _events, least=30, goes_by_month=True,
    ),
    Kind(
        "deliveries", _("What webhook endpoints answered"), settings.DELIVERIES_RETENTION_DAYS or None,
        _("Needed to find out why an endpoint failed."),
        _deliveries, least=7,
    ),
    Kind(
        "audit_entries", _("Audit log"), None,
        _("Accountability, article 5(2) GDPR; kept for good unless you choose otherwise."),
        _audit, least=365,
    ),
    Kind(
        "consent_proofs", _("Proof of consents of erased customers"), 365 * _PROOF_YEARS,
        _("Article 7(1) GDPR wants proof; three years are the usual time in which claims lapse."),
        _proofs,
    ),
    Kind(
        "idempotency_records", _("Answers to API requests with an idempotency key"), 1,
        _("For as long as a request may be repeated."),
    ),
    Kind(
        "findings", _("Findings that are gone"), 90,
        _("Records that contradicted each other, so that one sees what was wrong."),
    ),
    Kind(
        "bulk_jobs", _("Results of bulk work"), 7, _("For as long as they can be fetched."),
    ),
)  # fmt: skip
