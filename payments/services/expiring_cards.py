"""Cards about to expire: announced 60, 30 and 7 days before (rule O46)."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from customers.events.services import events
from customers.kit.tenancy import every_site, scoped_to
from payments.models import PaymentMethod
from payments.services import telling

NOTICE_DAYS = (7, 30, 60)
_EVENT = "customer.source.expiring"


def announce_due(*, at: datetime, at_once: int = 1000) -> int:
    """Tell customers and subscribers that cards are about to expire, once for each notice; return how many were.

    Args:
        at_once: cards that are loaded together.
    """
    today, announced, last = at.date(), 0, ""
    while rows := _due(today, after=last, limit=at_once):
        for method in rows:
            with scoped_to(method.site, livemode=method.livemode):
                announced += _announce(method, today, at=at)
        last = rows[-1].pk
    return announced


def expires_on(method: PaymentMethod) -> date:
    """Return the first day on which a card is no longer good."""
    year, month = method.exp_year or 0, method.exp_month or 0
    return date(year + month // 12, month % 12 + 1, 1)


def notice_of(method: PaymentMethod, today: date) -> int | None:
    """Return which notice a card is due for: the days of the closest one; None before them and afterwards."""
    days = (expires_on(method) - today).days
    return next((notice for notice in NOTICE_DAYS if 0 < days <= notice), None)


def _due(today: date, *, after: str, limit: int) -> list[PaymentMethod]:
    """Return cards of any site that may have a notice to come, by their ids; which one, their exact date tells."""
    last = today + timedelta(days=max(NOTICE_DAYS))
    begun = Q(exp_year__gt=today.year) | Q(exp_year=today.year, exp_month__gte=today.month)
    soon = Q(exp_year__lt=last.year) | Q(exp_year=last.year, exp_month__lte=last.month)
    waits = Q(expiry_notice_days__isnull=True) | Q(expiry_notice_days__gt=min(NOTICE_DAYS))
    with every_site():
        cards = PaymentMethod.objects.filter(
            begun & soon & waits, kind=PaymentMethod.Kind.CARD, customer__isnull=False, pk__gt=after,
            customer__test_clock__isnull=True,
        )  # fmt: skip
        return list(cards.select_related("site").order_by("pk")[:limit])


def announce(method: PaymentMethod, *, at: datetime) -> bool:
    """Tell that a card is about to expire, and return whether there was anything to tell."""
    return _announce(method, at.date(), at=at)


def _announce(method: PaymentMethod, today: date, *, at: datetime) -> bool:
    with transaction.atomic():
        rows = PaymentMethod.objects.select_for_update(no_key=True, of=("self",))
        row = rows.filter(pk=method.pk, customer__isnull=False).first()
        notice = notice_of(row, today) if row is not None else None
        if row is None or notice is None or (row.expiry_notice_days or 61) <= notice:
            return False
        row.expiry_notice_days = notice
        row.save(update_fields=["expiry_notice_days"])
        events.publish(_EVENT, row, at=at)
        telling.of_expiring_card(row, notice, at=at)
    return True
