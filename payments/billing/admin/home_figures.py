"""The figures and charts of the home page: how values are put, and how they compare with the days before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin.charts import Chart, Series
from customers.admin.shown import money, short_money
from payments.billing.admin import home_range
from payments.billing.models import DailyFigure
from payments.billing.services.figures import Figures

Measure = DailyFigure.Measure
MOVEMENT_NAMES = {
    Measure.NEW: gettext_lazy("New"),
    Measure.REACTIVATION: gettext_lazy("Reactivation"),
    Measure.EXPANSION: gettext_lazy("Expansion"),
    Measure.CONTRACTION: gettext_lazy("Contraction"),
    Measure.CHURN: gettext_lazy("Churn"),
}
_NUMBERS = frozenset({"active"})  # charts of numbers; all others are of money
_NOTHING = "\N{EN DASH}"
_MOST = 10  # times as much: beyond that a percentage says little


@dataclass(frozen=True, slots=True)
class Change:
    """How a value differs from the one before.

    Args:
        direction: `up`, `down` or none.
        is_good: None where neither is better.
    """

    text: str
    direction: Literal["up", "down", ""]
    is_good: bool | None
    before: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure."""

    label: str
    value: str
    note: str
    change: Change | None
    url: str


def tiles(found: Figures) -> list[Tile]:
    """Return the figures, each with its change."""
    return [*_volumes(found), *_revenue(found)]


def movements(found: Figures) -> dict[str, Any]:
    """Return how monthly recurring revenue went from its level at the beginning to that at the end."""
    now, before = found.now, found.before
    return {
        "opening": money(now.opening.amount, found.currency),
        "rows": [
            {
                "name": name,
                "amount": _signed(sum(now.amounts(measure)), found.currency),
                "count": sum(now.counts(measure)),
                "before": _signed(sum(before.amounts(measure)), found.currency) if before else "",
                "style": measure.value.removeprefix("mrr_"),
            }
            for measure, name in MOVEMENT_NAMES.items()
        ],
        "closing": money(_last(now.mrr, now.opening.amount), found.currency),
        "has_before": before is not None,
    }


def charts(found: Figures) -> dict[str, tuple[Chart, str]]:
    """Return the charts by name, each with what its highest line is worth."""
    drawn = [
        _volume(found),
        _mrr(found),
        _moves(found),
        _active(found),
        _failed(found),
        _recovered(found),
    ]
    return {chart.key: (chart, _peak(chart, found.currency)) for chart in drawn}


# -- figures -----------------------------------------------------------------------------------------------------------


def _volumes(found: Figures) -> Iterable[Tile]:
    charges = _list(found, "payments_charge")
    taken, net = (
        _sums(found, lambda period: period.amounts(Measure.CHARGES)),
        _sums(found, lambda period: period.net),
    )
    number = _sums(found, lambda period: period.counts(Measure.CHARGES))
    back = _sums(found, lambda period: period.amounts(Measure.REFUNDS, Measure.DISPUTES))
    yield _money(found, _("Gross volume"), taken, f"{charges}&status=paid")
    yield _money(found, _("Net volume"), net, "", note=_("after refunds, disputes and fees"))
    yield _number(_("Payments"), number, f"{charges}&status=paid")
    yield _money(found, _("Refunds and disputes"), _negated(back), "", up=None)


def _revenue(found: Figures) -> Iterable[Tile]:
    failed = _sums(found, lambda period: period.counts(Measure.FAILED))
    at_stake = sum(found.now.amounts(Measure.FAILED))
    subscriptions = reverse("admin:billing_subscription_changelist")
    recovered = _sums(found, lambda period: period.amounts(Measure.RECOVERED))
    yield _money(found, _("MRR"), _levels(found, "mrr"), f"{subscriptions}?status=active")
    yield _number(_("Active customers"), _levels(found, "active"), f"{subscriptions}?status=active")
    yield _number(
        _("Failed payments"), failed, f"{_list(found, 'payments_charge')}&status=failed",
        note=money(at_stake, found.currency) if at_stake else "", up=False,
    )  # fmt: skip
    yield _money(found, _("Recovered revenue"), recovered, "", note=_("paid by a later try"))


_Pair = tuple[int, int | None]  # now, and before


def _sums(found: Figures, of: Any) -> _Pair:
    return sum(of(found.now)), sum(of(found.before)) if found.before else None


def _levels(found: Figures, name: str) -> _Pair:
    """Return the levels at the end of the range, and at the end of the one before."""
    opening = "amount" if name == "mrr" else "count"
    now, before = (
        None if period is None else _last(getattr(period, name), getattr(period.opening, opening))
        for period in (found.now, found.before)
    )
    return now or 0, before


def _last(values: Sequence[int], opening: int) -> int:
    return values[-1] if values else opening


def _negated(pair: _Pair) -> _Pair:
    now, before = pair
    return -now, None if before is None else -before


def _money(
    found: Figures, label: str, pair: _Pair, url: str, *, note: str = "", up: bool | None = True
) -> Tile:
    now, before = pair
    said = "" if before is None else money(before, found.currency)
    return Tile(label, money(now, found.currency), note, _change(pair, said, up=up), url)


def _number(label: str, pair: _Pair, url: str, *, note: str = "", up: bool | None = True) -> Tile:
    now, before = pair
    said = "" if before is None else f"{before:,}"
    return Tile(label, f"{now:,}", note, _change(pair, said, up=up), url)


def _change(pair: _Pair, said: str, *, up: bool | None) -> Change | None:
    """Return how a value differs from the one before.

    Args:
        said: the one before, as people read it.
        up: whether more is better; None where neither is.
    """
    now, before = pair
    if before is None:
        return None
    if now == before:
        return Change(_("no change"), "", None, said)
    is_up = now > before
    return Change(
        _percent(now, before), "up" if is_up else "down", None if up is None else is_up == up, said
    )


def _percent(now: int, before: int) -> str:
    if not before:
        return _("from nothing")
    times = abs(now - before) / abs(before)
    if times > _MOST:
        return _("more than tenfold")
    return f"{times * 100:.1f} %"


def _signed(amount: int, currency: str) -> str:
    text = money(amount, currency)
    return f"+{text}" if amount > 0 else text


def _list(found: Figures, name: str) -> str:
    """Return the address of the list of what happened in the range."""
    shown = home_range.list_params(found)
    return f"{reverse(f'admin:{name}_changelist')}?{urlencode(shown)}"


# -- charts ------------------------------------------------------------------------------------------------------------


def _volume(found: Figures) -> Chart:
    gross, net = found.now.amounts(Measure.CHARGES), found.now.net
    return _drawn(
        found, "volume", _("Gross and net volume"), "bars",
        _moneys(found, _("Gross"), "gross", gross), _moneys(found, _("Net"), "net", net),
        before=found.before.amounts(Measure.CHARGES) if found.before else None,
        said=_("%(gross)s were taken, of which %(net)s remain.")
        % {"gross": money(sum(gross), found.currency), "net": money(sum(net), found.currency)},
    )  # fmt: skip


def _mrr(found: Figures) -> Chart:
    levels = found.now.mrr
    return _drawn(
        found, "mrr", _("Monthly recurring revenue"), "line",
        _moneys(found, _("MRR"), "main", levels), before=found.before.mrr if found.before else None,
        said=_from_to(money(found.now.opening.amount, found.currency),
                      money(_last(levels, 0), found.currency)),
    )  # fmt: skip


def _moves(found: Figures) -> Chart:
    rows = [
        _moneys(found, str(name), measure.value.removeprefix("mrr_"), found.now.amounts(measure))
        for measure, name in MOVEMENT_NAMES.items()
    ]
    change = sum(sum(row.values) for row in rows)
    return _drawn(
        found, "moves", _("MRR movements"), "stack", *rows,
        said=_("It changed by %(amount)s.") % {"amount": _signed(change, found.currency)},
    )  # fmt: skip


def _active(found: Figures) -> Chart:
    levels = found.now.active
    return _drawn(
        found, "active", _("Active customers"), "line", _numbers(_("Customers"), "main", levels),
        before=found.before.active if found.before else None,
        said=_from_to(f"{found.now.opening.count:,}", f"{_last(levels, 0):,}"),
    )  # fmt: skip


def _failed(found: Figures) -> Chart:
    amounts = found.now.amounts(Measure.FAILED)
    return _drawn(
        found, "failed", _("Failed payments"), "bars",
        _moneys(found, _("Failed"), "failed", amounts),
        before=found.before.amounts(Measure.FAILED) if found.before else None,
        said=_("Payments of %(amount)s failed.") % {"amount": money(sum(amounts), found.currency)},
    )  # fmt: skip


def _recovered(found: Figures) -> Chart:
    amounts = found.now.amounts(Measure.RECOVERED)
    return _drawn(
        found, "recovered", _("Recovered revenue"), "bars",
        _moneys(found, _("Recovered"), "recovered", amounts),
        before=found.before.amounts(Measure.RECOVERED) if found.before else None,
        said=_("%(amount)s came in by later tries.")
        % {"amount": money(sum(amounts), found.currency)},
    )  # fmt: skip


def _from_to(opening: str, closing: str) -> str:
    return _("It went from %(opening)s to %(closing)s.") % {"opening": opening, "closing": closing}


def _drawn(
    found: Figures, key: str, title: str, kind: Literal["bars", "stack", "line"], *series: Series,
    said: str, before: Sequence[int] | None = None,
) -> Chart:  # fmt: skip
    parts, unit = found.now.parts, found.range.unit
    return Chart(
        key, title, f"{home_range.days_in_words(found.range.now)}. {said}", kind,
        [home_range.part_in_words(part, unit) for part in parts],
        (home_range.end_in_words(parts[0], unit), home_range.end_in_words(parts[-1], unit)),
        series,
        None if before is None else _before(found, key, before, len(parts)),
    )  # fmt: skip


def _before(found: Figures, key: str, values: Sequence[int], count: int) -> Series:
    """Return the days before, part beside part; where they have fewer, the rest stays empty."""
    values, in_money = values[:count], key not in _NUMBERS
    texts = [money(value, found.currency) if in_money else f"{value:,}" for value in values]
    rest = [_NOTHING] * (count - len(texts))
    name = _("Gross before") if key == "volume" else _("The period before")
    return Series(name, "before", values, [*texts, *rest])


def _moneys(found: Figures, name: str, style: str, values: Sequence[int]) -> Series:
    return Series(name, style, values, [money(value, found.currency) for value in values])


def _numbers(name: str, style: str, values: Sequence[int]) -> Series:
    return Series(name, style, values, [f"{value:,}" for value in values])


def _peak(chart: Chart, currency: str) -> str:
    high = chart.scale.high
    if not chart.has_values:
        return ""
    return short_money(high, currency) if chart.key not in _NUMBERS else f"{high:,}"
