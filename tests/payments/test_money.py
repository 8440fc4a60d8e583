from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.money import Money, allocate, rounded, share

AMOUNTS = st.integers(-(10**12), 10**12)
CURRENCIES = st.sampled_from(["usd", "jpy", "kwd", "thb"])
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_money_adds_and_subtracts(first, second, currency):
    one, other = Money(first, currency), Money(second, currency)

    assert one + other - other == one
    assert -(one - other) == other - one


@given(AMOUNTS, AMOUNTS)
def test_different_currencies_do_not_mix(first, second):
    for mix in (lambda a, b: a + b, lambda a, b: a - b):
        with pytest.raises(ValueError, match="cannot be added"):
            mix(Money(first, "usd"), Money(second, "jpy"))


@given(st.fractions(max_denominator=10**6))
def test_rounding_goes_to_the_nearest_and_treats_both_signs_alike(value):
    whole = rounded(value)

    assert abs(whole - value) <= Fraction(1, 2)
    assert rounded(-value) == -whole


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(5, 2), 3), (Fraction(49, 100), 0)],
)
def test_halves_go_away_from_zero(value, expected):
    assert rounded(value) == expected


@given(AMOUNTS, st.integers(0, 10_000))
def test_a_share_is_within_the_whole(amount, basis_points):
    part = share(amount, basis_points)

    assert abs(part * 10_000 - amount * basis_points) <= 5_000
    assert abs(part) <= abs(amount)


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_and_are_fair(amount, weights):
    parts = allocate(amount, weights)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - amount * weight) < sum(weights)


@given(AMOUNTS, WEIGHTS)
def test_money_going_back_is_split_as_it_came(amount, weights):
    assert allocate(-amount, weights) == [-part for part in allocate(amount, weights)]


def test_what_is_left_goes_to_the_largest_rest_and_then_to_the_front():
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(10, [1, 8, 1]) == [1, 8, 1]
    assert allocate(5, [3, 3, 4]) == [2, 1, 2]


@pytest.mark.parametrize("weights", [[0, 0], [1, -1], [-1, 3]])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(ValueError, match="positive"):
        allocate(100, weights)
