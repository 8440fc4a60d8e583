from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.billing.crediting import Share, of_quantity, part, together
from payments.billing.totals import Cut, Discount, Line, Rate, Tax, totals

ANY_PACE = settings(deadline=None)  # machines can be busy
SIZES = st.sampled_from([1, 100, 1000])  # minor units of yen, dollars and dinars
RATES = [
    Rate("vat", Fraction(19), inclusive=False), Rate("qst", Fraction("9.975"), inclusive=False),
    Rate("jct", Fraction(10), inclusive=True), Rate("levy", Fraction("0.5"), inclusive=True),
]  # fmt: skip


def tax(key, amount, taxable, *, inclusive):
    return Tax(key, amount, taxable, inclusive, "not_available")


@st.composite
def lines(draw):
    """Draw lines as invoices have them, of one discount or several, with taxes in and on top."""
    amount = draw(st.integers(-2_000, 2_000)) * draw(SIZES) + draw(st.integers(0, 9))
    cuts = [
        Cut(f"di_{number}", percent=Fraction(draw(st.integers(1, 10_000)), 100))
        for number in range(draw(st.integers(0, 3)))
    ]
    rates = draw(st.lists(st.sampled_from(RATES), unique=True, max_size=3))
    exemption = draw(st.sampled_from(["none", "exempt", "reverse"]))
    (found,) = totals([Line(amount, taxes=tuple(rates))], cuts, exemption).lines
    return Share(amount, found.discounts, found.taxes), found


@st.composite
def lines_in_parts(draw):
    """Draw a line, and amounts that it is credited in, all of them together the whole."""
    line, found = draw(lines())
    sign = -1 if line.amount < 0 else 1
    points = draw(st.lists(st.integers(0, abs(line.amount)), max_size=5))
    steps = [0, *sorted(points), abs(line.amount)]
    return line, found, [sign * (end - start) for start, end in pairwise(steps)]


def in_parts(line, amounts):
    """Credit amounts one after the other."""
    parts = []
    for amount in amounts:
        parts.append(part(line, together(line, parts), amount))
    return parts


@ANY_PACE
@given(lines_in_parts())
def test_parts_of_a_whole_line_come_to_exactly_what_it_came_to(drawn):
    line, found, amounts = drawn

    parts = in_parts(line, amounts)

    assert together(line, parts) == line
    assert sum(one.total for one in parts) == found.total
    assert sum(one.total_excluding_tax for one in parts) == found.total_excluding_tax


@ANY_PACE
@given(lines_in_parts())
def test_no_part_is_of_the_other_sign(drawn):
    line, _found, amounts = drawn
    sign = -1 if line.amount < 0 else 1

    parts = in_parts(line, amounts)

    every = [
        value * sign
        for one in parts
        for value in (
            one.total, one.total_excluding_tax, one.discounted, one.waived,
            *(cut.amount for cut in one.discounts), *(tax.amount for tax in one.taxes),
        )
    ]  # fmt: skip
    assert [value for value in every if value < 0] == []


@ANY_PACE
@given(lines_in_parts(), st.data())
def test_what_was_voided_can_be_credited_again_to_the_last_unit(drawn, data):
    line, found, amounts = drawn
    parts = in_parts(line, amounts)
    kept = [one for one in parts if data.draw(st.booleans())]
    left = line.amount - sum(one.amount for one in kept)

    rest = part(line, together(line, kept), left)

    assert together(line, [*kept, rest]) == line
    assert sum(one.total for one in [*kept, rest]) == found.total


@ANY_PACE
@given(lines_in_parts())
def test_a_part_is_within_two_units_of_its_proportion(drawn):
    line, _found, amounts = drawn

    parts = in_parts(line, amounts)

    for count in range(1, len(parts) + 1):
        sum_of = together(line, parts[:count])
        share = Fraction(sum_of.amount, line.amount or 1)
        assert abs(sum_of.discounted - line.discounted * share) <= 2
        for mine, whole in zip(sum_of.taxes, line.taxes, strict=True):
            assert abs(mine.amount - whole.amount * share) <= 2


@ANY_PACE
@given(st.integers(-100_000, 100_000), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_pieces_of_a_line_come_to_its_amount(amount, quantities):
    credited, before = [], 0

    for quantity in quantities:
        credited.append(of_quantity(
            amount, of=sum(quantities), before=before, credited=sum(credited), quantity=quantity
        ))  # fmt: skip
        before += quantity

    assert sum(credited) == amount


def test_a_third_takes_a_third_of_discount_and_tax():
    line = Share(3000, (Discount("di", 300),), (tax("vat", 513, 2700, inclusive=False),))

    one = part(line, together(line, []), 1000)

    assert one == Share(
        1000, (Discount("di", 100),), (tax("vat", 171, 900, inclusive=False),)
    )
    assert (one.total, one.total_excluding_tax) == (1071, 900)


def test_tax_that_the_amount_includes_is_taken_out_of_it():
    line = Share(1100, (), (tax("jct", 100, 1000, inclusive=True),))

    one = part(line, together(line, []), 550)

    assert one == Share(550, (), (tax("jct", 50, 500, inclusive=True),))
    assert (one.total, one.total_excluding_tax) == (550, 500)


def test_an_exempt_customer_is_not_credited_the_tax_that_they_did_not_pay():
    line = Share(1100, (), (tax("jct", 0, 1000, inclusive=True),))

    one = part(line, together(line, []), 550)

    assert (one.total, one.waived) == (500, 50)


def test_a_credit_is_credited_with_all_signs_turned():
    line = Share(-3000, (Discount("di", -300),), (tax("vat", -513, -2700, inclusive=False),))

    one = part(line, together(line, []), -1000)

    assert one == Share(-1000, (Discount("di", -100),), (tax("vat", -171, -900, inclusive=False),))


@pytest.mark.parametrize("amount", [-1, 701])
def test_more_than_is_left_is_refused(amount):
    line = Share(1000)

    with pytest.raises(ValueError, match="cannot be credited"):
        part(line, Share(300), amount)
