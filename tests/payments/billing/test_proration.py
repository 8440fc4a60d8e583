from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.kit.currencies import digits
from payments.billing.proration import credit, debit, fraction

ANY_PACE = settings(deadline=None)  # machines can be busy
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=36_525)).map(
    lambda passed: datetime(2020, 1, 1, tzinfo=UTC) + passed
)
LONGEST = 3 * 366 * 86_400  # seconds of three years
SECONDS = st.integers(1, LONGEST)
LEFT = st.fractions(0, 1, max_denominator=LONGEST)


@st.composite
def amounts(draw):
    """Minor units of what costs up to ten thousand, or gives it back, in a currency of no, two or three digits."""
    currency = draw(st.sampled_from(["jpy", "usd", "kwd"]))
    return draw(st.integers(-10_000, 10_000)) * 10 ** digits(currency) + draw(st.integers(0, 9))


def april(day, hour=0):
    return datetime(2027, 4, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "left"),
    [
        pytest.param(april(16), Fraction(1, 2), id="half"),
        pytest.param(april(30, 23) + timedelta(minutes=59, seconds=59), Fraction(1, 30 * 86_400), id="the last second"),
        pytest.param(april(16) + timedelta(microseconds=999_999), Fraction(1, 2), id="whole seconds only"),
        pytest.param(april(1), Fraction(1), id="the start"),
        pytest.param(april(1) - timedelta(days=3), Fraction(1), id="before"),
        pytest.param(april(30) + timedelta(days=1), Fraction(0), id="the end"),
        pytest.param(april(30) + timedelta(days=1, seconds=1), Fraction(0), id="after"),
    ],
)  # fmt: skip
def test_fraction(at, left):
    assert fraction(april(1), datetime(2027, 5, 1, tzinfo=UTC), at) == left


@ANY_PACE
@given(INSTANTS, SECONDS, SECONDS)
def test_fraction_is_exact_to_the_second(start, length, passed):
    end, at = start + timedelta(seconds=length), start + timedelta(seconds=passed)

    assert fraction(start, end, at) * length == max(length - passed, 0)


def test_an_upgrade_half_way_costs_half_of_the_difference():
    left = fraction(april(1), datetime(2027, 5, 1, tzinfo=UTC), april(16))

    assert (credit(1000, left), debit(2000, left)) == (-500, 1000)


def test_thirds_are_rounded_on_both_sides_alike():
    left = Fraction(1, 3)

    assert (credit(2000, left), debit(1000, left)) == (-667, 333)


def test_a_discounted_item_is_credited_for_what_it_cost():
    # Stripe's example of flexible billing: half of 10.00 less its 1.66 of the coupon.
    assert credit(1000 - 166, Fraction(1, 2)) == -417


@ANY_PACE
@given(amounts(), amounts(), LEFT)
def test_a_change_and_its_undo_at_one_instant_cost_nothing(old, new, left):
    change = credit(old, left) + debit(new, left)
    undo = credit(new, left) + debit(old, left)

    assert change + undo == 0


@ANY_PACE
@given(amounts(), st.lists(LEFT, min_size=1, max_size=8))
def test_changing_to_the_same_price_costs_nothing_and_the_parts_add_up(amount, instants):
    lefts = [Fraction(1), *sorted(instants, reverse=True), Fraction(0)]

    stretches = [
        debit(amount, earlier) + credit(amount, later) for earlier, later in pairwise(lefts)
    ]

    assert sum(stretches) == amount
    assert all(part * amount >= 0 for part in stretches)


@ANY_PACE
@given(st.lists(st.tuples(amounts(), LEFT), min_size=1, max_size=8), amounts())
def test_over_any_changes_each_price_is_paid_for_its_own_stretch(changes, first):
    changes.sort(key=lambda change: change[1], reverse=True)
    prices = [first, *(price for price, _ in changes)]
    lefts = [left for _, left in changes]

    paid = first + sum(
        credit(old, left) + debit(new, left)
        for (old, new), left in zip(pairwise(prices), lefts, strict=True)
    )

    exact = sum(
        price * (earlier - later)
        for price, (earlier, later) in zip(
            prices, pairwise([Fraction(1), *lefts, Fraction(0)]), strict=True
        )
    )
    assert abs(paid - exact) <= len(changes)  # a half of a minor unit each time on either side


@ANY_PACE
@given(amounts(), LEFT)
def test_never_more_than_the_whole_is_given_back(amount, left):
    assert abs(credit(amount, left)) <= abs(amount)
    assert credit(amount, left) == debit(-amount, left)
