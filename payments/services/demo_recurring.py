"""What recurs at the demonstration merchant, and the links that it sent: made through services, as anybody's are."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from customers.models import Customer
from payments.models import Link, Schedule
from payments.money import Money
from payments.recurrence import Recurrence
from payments.services import links, occurrences, schedules

SCHEDULES = """
0|1|week|24|1500|gbp|Fresh fruit for the office
18|1|month|70|119000|thb|Coffee subscription, 5 kg
33|1|month|40|2900|usd|Basic plan, monthly
"""
"""Each line: customer, every how many, which periods, begun how many days ago, amount, currency, for what."""

LINKS = """
150000|thb||Deposit for the tasting room|Paid back in full if you cancel a week before.
2500|usd|again and again|Buy the team a coffee|As often as you like.
"""
"""Each line: amount, currency, whether it can be paid again, title, description."""

_YEAR = timedelta(days=365)


def fill(people: Mapping[int, Customer], *, at: datetime) -> None:
    """Let some customers pay by the calendar since a while, and make links; filling again goes on where it ended."""
    for line in SCHEDULES.strip().splitlines():
        place, every, period, days, amount, currency, description = line.split("|")
        if int(place) in people:
            begun = at - timedelta(days=int(days))
            rhythm = Recurrence(
                int(every), period, schedules.today(at=begun), schedules.today(at=begun + _YEAR)
            )
            money = Money(int(amount), currency)
            schedule = _made(people[int(place)], rhythm, money, description, at=begun)
            _catch_up(schedule, at=at)
    for line in LINKS.strip().splitlines():
        amount, currency, often, title, description = line.split("|")
        if not Link.objects.filter(title=title).exists():
            links.create(
                money=Money(int(amount), currency), title=title, description=description,
                is_multiple=bool(often), at=at,
            )  # fmt: skip


def _made(
    customer: Customer, rhythm: Recurrence, money: Money, description: str, *, at: datetime
) -> Schedule:
    existing = Schedule.objects.filter(customer=customer, description=description).first()
    return existing or schedules.create(
        customer, money=money, rhythm=rhythm, description=description, at=at
    )


def _catch_up(schedule: Schedule, *, at: datetime) -> None:
    """Let each date be as if its own day had been today."""
    while (on := schedules.get(schedule.pk).next_on) is not None and _noon(on) <= at:
        occurrence = occurrences.begin(schedule, at=_noon(on))
        if occurrence is None:
            return
        occurrences.carry_out(occurrence, at=_noon(on))


def _noon(on: date) -> datetime:
    return schedules.due_at(on) + timedelta(hours=4)
