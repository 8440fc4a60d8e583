"""Reading figures: what a range of days came to, part by part, and what the days before it did."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from customers.kit import statements, tenancy
from payments.billing.models import DailyFigure, FigureBook
from payments.billing.services import figure_ranges
from payments.billing.services.figure_ranges import Range, Span, Unit

Measure = DailyFigure.Measure
MOVEMENTS = DailyFigure.MOVEMENTS
_COMINGS = (Measure.NEW, Measure.REACTIVATION)

# A day's part is the one that begins last before it; what lies before all of them is the level at which they begin.
_SUMS = """
SELECT width_bucket(day, %s::date[]) AS part, measure, sum(amount)::bigint, sum(count)::bigint
FROM billing_dailyfigure
WHERE site_id = %s AND livemode = %s AND currency = %s AND day < %s AND (day >= %s OR measure = ANY(%s))
GROUP BY part, measure
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount of minor units, and a number."""

    amount: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """What some days came to, by their parts; `mrr` and `active` are levels at the parts' ends.

    Args:
        opening: both levels before the first part.
    """

    parts: tuple[Span, ...]
    sums: tuple[Mapping[str, Sum], ...]
    opening: Sum

    def amounts(self, *measures: str) -> list[int]:
        """Return for each part what measures came to together, in minor units."""
        return [sum(part[each].amount for each in measures if each in part) for part in self.sums]

    def counts(self, *measures: str) -> list[int]:
        """Return for each part how many there were."""
        return [sum(part[each].count for each in measures if each in part) for part in self.sums]

    @property
    def is_empty(self) -> bool:
        """Tell whether there was nothing, up to its end, that figures tell of."""
        return self.opening == Sum() and not any(self.sums)

    @property
    def net(self) -> list[int]:
        """What the ledger's entries leave, after fees."""
        before_fees = self.amounts(Measure.CHARGES, Measure.REFUNDS, Measure.DISPUTES)
        return [
            amount - fee
            for amount, fee in zip(before_fees, self.amounts(Measure.FEES), strict=True)
        ]

    @property
    def mrr(self) -> list[int]:
        """The monthly recurring revenue at the end of each part."""
        return [*accumulate(self.amounts(*MOVEMENTS), initial=self.opening.amount)][1:]

    @property
    def active(self) -> list[int]:
        """How many customers brought in more than nothing at the end of each part."""
        changes = [_more_active(part) for part in self.sums]
        return [*accumulate(changes, initial=self.opening.count)][1:]


@dataclass(frozen=True, slots=True)
class Figures:
    """A range's figures in one currency, and those of the days that it is compared with, if there was anything then."""

    range: Range
    currency: str
    now: Period
    before: Period | None


def currencies(default: str) -> list[str]:
    """Return the currencies that there are figures in, the site's own first.

    Args:
        default: the site's own.
    """
    book = FigureBook.objects.values_list("currencies", flat=True).first() or []
    return [default, *(currency for currency in book if currency != default)]


def first_day(currency: str) -> date | None:
    """Return the day on which figures in a currency begin; None where there are none."""
    rows = DailyFigure.objects.filter(currency=currency).order_by("day")
    return rows.values_list("day", flat=True).first()


def read(looked_at: Range, currency: str) -> Figures:
    """Return a range's figures, by one query."""
    found = _read(looked_at, currency)
    now = _period(found, looked_at.now, looked_at.unit)
    if looked_at.before is None:
        return Figures(looked_at, currency, now, None)
    before = _period(found, looked_at.before, looked_at.unit)
    return Figures(looked_at, currency, now, None if before.is_empty else before)


_Found = dict[date | None, dict[str, Sum]]  # by the part's first day; None for what lies before all


def _read(looked_at: Range, currency: str) -> _Found:
    now, before = looked_at.now, looked_at.before
    starts = {part.start for part in figure_ranges.parts(now, looked_at.unit)}
    if before is not None:
        starts |= {part.start for part in figure_ranges.parts(before, looked_at.unit)}
        starts.add(before.end)  # there may be days between the two
    edges = sorted(starts)
    scope = tenancy.current()
    values = [
        edges,
        scope.site_id,
        scope.livemode,
        currency,
        now.end,
        edges[0],
        [*map(str, MOVEMENTS)],
    ]
    rows = statements.fetch(_SUMS, values)
    found: _Found = defaultdict(dict)
    for part, measure, amount, count in rows:
        found[edges[part - 1] if part else None][measure] = Sum(amount, count)
    return found


def _period(found: _Found, span: Span, unit: Unit) -> Period:
    parts = tuple(figure_ranges.parts(span, unit))
    earlier = [
        sums for start, sums in found.items() if start is None or start < span.start
    ]  # fmt: skip
    return Period(parts, tuple(found.get(part.start, {}) for part in parts), _level(earlier))


def _level(sums: Iterable[Mapping[str, Sum]]) -> Sum:
    amount = count = 0
    for each in sums:
        amount += sum(each[measure].amount for measure in MOVEMENTS if measure in each)
        count += _more_active(each)
    return Sum(amount, count)


def _more_active(sums: Mapping[str, Sum]) -> int:
    """Return how many more customers are active: who came, less who left."""
    come = sum(sums[measure].count for measure in _COMINGS if measure in sums)
    return come - (sums[Measure.CHURN].count if Measure.CHURN in sums else 0)
