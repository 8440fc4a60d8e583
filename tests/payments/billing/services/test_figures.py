"""Reading figures: sums and levels of the parts of a range, and of the days before."""

from datetime import date

import pytest

from customers.kit.tenancy import scoped_to
from payments.billing.models import FigureBook
from payments.billing.services import figure_ranges, figures
from payments.billing.services.figure_ranges import Span
from payments.billing.services.figures import Sum
from tests.factories.billing import DailyFigureFactory


def figure(day, measure, amount, count=1, **more):
    DailyFigureFactory(day=date(2026, *day), measure=measure, amount=amount, count=count, **more)


@pytest.fixture
def some(scope, other):
    """Figures of two weeks in May and of earlier days, among others' of the same days."""
    figure((1, 9), "mrr_new", 5000, 2)
    figure((5, 1), "charges", 300)
    figure((5, 1), "mrr_new", 1000)
    figure((5, 8), "charges", 9000, 3)
    figure((5, 8), "refunds", -1000)
    figure((5, 8), "disputes", -500)
    figure((5, 8), "fees", 250)
    figure((5, 9), "mrr_churn", -2000)
    figure((5, 9), "mrr_expansion", 700)
    figure((5, 14), "mrr_reactivation", 100)
    figure((5, 15), "charges", 1)
    figure((5, 9), "charges", 7777, currency="eur")
    with scoped_to(other[0], livemode=False):
        figure((5, 9), "charges", 8888)
    return figures.read(figure_ranges.custom(date(2026, 5, 8), date(2026, 5, 14)), "usd")


def test_sums_are_of_their_parts(some):
    assert some.now.amounts("charges") == [9000, 0, 0, 0, 0, 0, 0]
    assert some.now.counts("charges") == [3, 0, 0, 0, 0, 0, 0]
    assert some.now.net == [7250, 0, 0, 0, 0, 0, 0]
    assert some.before.amounts("charges") == [300, 0, 0, 0, 0, 0, 0]


def test_levels_go_on_from_what_was_before(some):
    assert (some.before.opening, some.now.opening) == (Sum(5000, 2), Sum(6000, 3))
    assert some.before.mrr == [6000] * 7
    assert some.now.mrr == [6000, 4700, 4700, 4700, 4700, 4700, 4800]
    assert some.now.active == [3, 2, 2, 2, 2, 2, 3]


def test_days_between_a_range_and_what_it_is_compared_with_count_for_the_level(scope):
    figure((1, 25), "mrr_new", 500)

    found = figures.read(figure_ranges.named("mtd", today=date(2026, 2, 9)), "usd")

    assert (found.before, found.now.opening) == (None, Sum(500, 1))


def test_months_are_the_calendar_s(scope):
    figure((1, 31), "charges", 1)
    figure((2, 1), "charges", 2)
    figure((2, 28), "charges", 4)

    found = figures.read(figure_ranges.custom(date(2025, 8, 20), date(2026, 3, 5)), "usd")

    assert found.now.parts[5] == Span(date(2026, 1, 1), date(2026, 2, 1))
    assert found.now.amounts("charges") == [0, 0, 0, 0, 0, 1, 6, 0]


@pytest.mark.parametrize("days", [1, 40])
def test_any_range_takes_one_query(scope, days, django_assert_num_queries):
    for day in range(days):
        figure((1 + day // 20, 1 + day % 20), "charges", 5)

    with django_assert_num_queries(1):
        figures.read(figure_ranges.named("ytd", today=date(2026, 12, 31)), "usd")


def test_currencies_begin_with_the_site_s_own(scope):
    FigureBook(
        id=FigureBook.new_id(), site=scope.site, livemode=False, created_at=scope.site.created_at,
        timezone="UTC", currencies=["eur", "jpy", "usd"],
    ).save()  # fmt: skip

    assert figures.currencies("usd") == ["usd", "eur", "jpy"]
