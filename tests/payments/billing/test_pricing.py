import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.kit.currencies import digits
from payments.billing.pricing import Piece, Pricing, Tier, amount, pieces

ANY_PACE = settings(deadline=None)  # machines can be busy
QUANTITIES = st.integers(0, 10**6)
CURRENCIES = st.sampled_from(["jpy", "usd", "kwd"])  # of no, two and three digits


@st.composite
def unit_amounts(draw):
    """An amount as a merchant writes it, in the currency's minor units: up to twelve digits after their point."""
    whole = draw(st.decimals(0, 10**6, places=draw(st.integers(0, 12))))
    return Fraction(whole * 10 ** digits(draw(CURRENCIES)))


@st.composite
def tier_lists(draw):
    ends = sorted(draw(st.sets(st.integers(1, 10**5), max_size=6)))
    return tuple(
        Tier(end, draw(st.none() | unit_amounts()), draw(st.none() | unit_amounts()))
        for end in [*ends, None]
    )


def tiered(mode, *tiers):
    return Pricing("tiered", tiers_mode=mode, tiers=tiers)


def usd(up_to, unit, flat=None):
    return Tier(up_to, Fraction(unit), None if flat is None else Fraction(flat))


# The fonts and the thresholds of Stripe's page on tiered pricing.
FONTS = (usd(5, 700), usd(10, 650), usd(None, 600))
THRESHOLDS = (
    usd(5, 500, 1000), usd(10, 400, 2000), usd(15, 300, 3000), usd(20, 200, 4000), usd(None, 100, 5000),
)  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "tiers", "expected"),
    [
        pytest.param("volume", FONTS, {0: 0, 1: 700, 5: 3500, 6: 3900, 20: 12000, 25: 15000},
                     id="volume"),
        pytest.param("graduated", FONTS, {0: 0, 1: 700, 5: 3500, 6: 4150, 20: 12750, 25: 15750},
                     id="graduated"),
        pytest.param("volume", THRESHOLDS, {0: 1000, 5: 3500, 6: 4400, 12: 6600, 21: 7100},
                     id="volume with flat amounts"),
        pytest.param("graduated", THRESHOLDS, {0: 1000, 5: 3500, 6: 5900, 12: 11100},
                     id="graduated with flat amounts"),
        pytest.param("graduated", (Tier(1, None, Fraction(900)), usd(None, 100)), {0: 900, 1: 900, 3: 1100},
                     id="a tier without an amount per unit"),
    ],
)  # fmt: skip
def test_tiers(mode, tiers, expected):
    pricing = tiered(mode, *tiers)

    assert {quantity: amount(pricing, quantity) for quantity in expected} == expected


@pytest.mark.parametrize(
    ("divide_by", "round_up", "expected"),
    [
        pytest.param(5, True, {0: 0, 1: 1000, 5: 1000, 6: 2000, 10: 2000}, id="up"),
        pytest.param(5, False, {0: 0, 4: 0, 5: 1000, 9: 1000, 10: 2000}, id="down"),
        pytest.param(60, True, {150: 3000}, id="hours of a rented car"),
    ],
)
def test_packages(divide_by, round_up, expected):
    pricing = Pricing("per_unit", Fraction(1000), divide_by=divide_by, round_up=round_up)

    assert {quantity: amount(pricing, quantity) for quantity in expected} == expected


@pytest.mark.parametrize(
    ("unit", "quantity", "expected"),
    [
        ("0.05", 30, 2),  # Stripe's example: 1.5 is rounded up
        ("0.05", 29, 1),
        ("-0.05", 30, -2),
        ("0.000000000001", 500_000_000_000, 1),
        ("2.5", 1, 3),
        ("1999", 3, 5997),
    ],
)
def test_fractions_of_a_minor_unit_are_rounded_once_for_the_line(unit, quantity, expected):
    assert amount(Pricing("per_unit", Fraction(Decimal(unit))), quantity) == expected


@ANY_PACE
@given(unit_amounts(), QUANTITIES, st.integers(1, 1000), st.booleans())
def test_packages_cost_what_as_many_units_cost(unit, quantity, divide_by, round_up):
    packages = (math.ceil if round_up else math.floor)(Fraction(quantity, divide_by))

    price = Pricing("per_unit", unit, divide_by=divide_by, round_up=round_up)

    assert amount(price, quantity) == amount(Pricing("per_unit", unit), packages)


@ANY_PACE
@given(tier_lists(), QUANTITIES)
def test_graduated_pieces_add_up_to_the_quantity_and_to_the_amount(tiers, quantity):
    pricing = tiered("graduated", *tiers)

    rows = pieces(pricing, quantity)

    assert sum(row.quantity for row in rows) == quantity
    assert abs(sum(row.amount for row in rows) - amount(pricing, quantity)) <= Fraction(1, 2)
    assert [row.tier for row in rows] == list(tiers[: len(rows)])
    assert all(row.quantity > 0 for row in rows) or quantity == 0


@ANY_PACE
@given(tier_lists(), QUANTITIES)
def test_graduated_amounts_never_fall(tiers, quantity):
    pricing = tiered("graduated", *tiers)

    assert amount(pricing, quantity) <= amount(pricing, quantity + 1)


@ANY_PACE
@given(unit_amounts(), st.sampled_from(["graduated", "volume"]), tier_lists(), QUANTITIES)
def test_tiers_of_one_unit_amount_cost_what_the_units_cost(unit, mode, tiers, quantity):
    alike = tiered(mode, *(Tier(tier.up_to, unit) for tier in tiers))

    assert amount(alike, quantity) == amount(Pricing("per_unit", unit), quantity)


def test_pieces_say_what_each_tier_adds():
    assert pieces(tiered("graduated", *THRESHOLDS), 12) == [
        Piece(THRESHOLDS[0], 5, Fraction(3500)),
        Piece(THRESHOLDS[1], 5, Fraction(4000)),
        Piece(THRESHOLDS[2], 2, Fraction(3600)),
    ]
    assert pieces(tiered("volume", *THRESHOLDS), 12) == [Piece(THRESHOLDS[2], 12, Fraction(6600))]
    assert pieces(tiered("graduated", *THRESHOLDS), 0) == [Piece(THRESHOLDS[0], 0, Fraction(1000))]
