"""What of payments follows a test clock: it happens as the clock comes to it, and not in real time.

Tokens stay in real time, since they are nobody's, and so does whatever a gateway is asked and when it is asked again.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from customers.kit.errors import Conflict, InvalidState
from payments.models import Charge, Operation, PaymentMethod, Schedule
from payments.services import charges, due_work, expiring_cards, occurrences, operations
from payments.services.due_work import Kind

_OWNER = "customer__test_clock_id"


def register() -> None:
    """Enter the kinds."""
    for kind in KINDS:
        due_work.register(kind)


def charge_by_schedule(schedule: Schedule, at: datetime) -> None:
    """Charge a schedule's customer, or follow what became of a charge."""
    occurrence = occurrences.begin(schedule, at=at)
    if occurrence is not None:
        occurrences.carry_out(occurrence, at=at)


def release(charge: Charge, at: datetime) -> None:
    """Release what a charge holds, or call off one that waits, unless it is being captured or released already."""
    with suppress(Conflict, InvalidState):
        charges.void(charge, at=at)


def announce(card: PaymentMethod, at: datetime) -> None:
    """Tell that a card is about to expire."""
    expiring_cards.announce(card, at=at)


def _expires() -> Combinable:
    """Return the expression for the first instant at which a card is no longer good."""
    date = (F("exp_year"), *map(Value, (1, 1, 0, 0, 0, "UTC")))
    new_year = Func(*date, function="make_timestamptz", output_field=DateTimeField())
    months = Func(Value(0), F("exp_month"), function="make_interval", output_field=DurationField())
    return ExpressionWrapper(new_year + months, output_field=DateTimeField())


def _next_notice() -> Case:
    """Return the expression for how long before that a card's next notice is due."""
    waits = [
        When(
            Q(expiry_notice_days__isnull=True) | Q(expiry_notice_days__gt=days),
            then=Value(timedelta(days)),
        )
        for days in sorted(expiring_cards.NOTICE_DAYS, reverse=True)
    ]
    return Case(*waits, default=None, output_field=DurationField())


# An operation is its charge's tenant's, and no site is chosen yet.
_asked = Operation._base_manager.filter(charge=OuterRef("pk"))  # noqa: SLF001 -- Django's own name
_IS_RELEASED = Exists(
    _asked.filter(
        Q(kind=Operation.Kind.VOID) | Q(kind=Operation.Kind.CAPTURE, state__in=operations.UNSETTLED)
    )
)

KINDS = (
    Kind(
        "charge.release",
        Charge,
        "capture_before",
        release,
        condition=Q(status=Charge.Status.AUTHORIZED) & ~Q(_IS_RELEASED),
        clock=_OWNER,
        is_only_on_clocks=True,
    ),
    Kind(
        "charge.call_off",
        Charge,
        "expires_at",
        release,
        condition=Q(status=Charge.Status.PENDING) & ~Q(action_url="") & ~Q(_IS_RELEASED),
        clock=_OWNER,
        is_only_on_clocks=True,
    ),
    Kind(
        "schedule.charge",
        Schedule,
        "due_at",
        charge_by_schedule,
        clock=_OWNER,
        is_only_on_clocks=True,
    ),
    Kind(
        "card.expiring",
        PaymentMethod,
        ExpressionWrapper(_expires() - _next_notice(), output_field=DateTimeField()),
        announce,
        condition=Q(
            # What has expired by its customer's clock is not announced any more.
            kind=PaymentMethod.Kind.CARD,
            customer__test_clock__frozen_at__lt=_expires(),
        ),
        clock=_OWNER,
        is_only_on_clocks=True,
    ),
)
