from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.kit.currencies import digits
from payments.billing.totals import (
    REASONS,
    Cut,
    Discount,
    Line,
    LineTotals,
    Rate,
    Tax,
    Totals,
    totals,
)

ANY_PACE = settings(deadline=None)  # machines can be busy
PRODUCTS = ["prod_a", "prod_b", ""]
CURRENCIES = st.sampled_from(["jpy", "usd", "kwd"])  # of no, two and three digits
PERCENTS = st.integers(1, 1_000_000).map(lambda millionths: Fraction(millionths, 10_000))
RATES = [
    Rate(key, Fraction(percent), inclusive=inclusive)
    for key, percent, inclusive in [
        ("vat", "19", False), ("gst", "5", False), ("qst", "9.975", False), ("none", "0", False),
        ("jct", "10", True), ("levy", "0.0001", True), ("double", "200", True),
    ]
]  # fmt: skip
TAXES = st.lists(st.sampled_from(RATES), max_size=4, unique=True).map(tuple)
EXEMPTIONS = st.sampled_from(list(REASONS))


@st.composite
def amounts(draw, lowest=-10_000):
    return draw(st.integers(lowest, 10_000)) * 10 ** digits(draw(CURRENCIES)) + draw(
        st.integers(0, 9)
    )


@st.composite
def cuts(draw, letter):
    products = draw(st.none() | st.sets(st.sampled_from(PRODUCTS)).map(frozenset))
    key = f"di_{letter}{draw(st.integers(1, 3))}"
    if draw(st.booleans()):
        return Cut(key, percent=draw(PERCENTS), products=products)
    return Cut(key, amount_off=draw(amounts(lowest=0)), products=products)


def own(letter):
    return st.lists(cuts(letter), max_size=3, unique_by=lambda cut: cut.key)


@st.composite
def line_lists(draw, lowest=-10_000):
    return [
        Line(
            draw(amounts(lowest)),
            is_discountable=draw(st.booleans()),
            discounts=tuple(draw(own(f"line{number}_"))),
            taxes=draw(TAXES),
            product=draw(st.sampled_from(PRODUCTS)),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


def percent(key, text, **only):
    return Cut(key, percent=Fraction(text), **only)


def taxed(key, text):
    return Rate(key, Fraction(text), inclusive=False)


def including(key, text):
    return Rate(key, Fraction(text), inclusive=True)


def taken(invoice):
    return [[tuple(discount) for discount in line.discounts] for line in invoice.lines]


def due(invoice):
    return {key: (tax.amount, tax.taxable) for key, tax in invoice.taxes.items()}


def test_an_invoice_says_everything():
    lines = [
        Line(1000, discounts=(percent("di_seat", "10"),), taxes=(taxed("vat", "20"),), product="prod_a"),
        Line(500, taxes=(including("jct", "10"),)),
        Line(-200, is_discountable=False),
    ]  # fmt: skip

    invoice = totals(lines, [Cut("di_off", amount_off=140)])

    assert invoice == Totals(
        subtotal=1200,
        subtotal_excluding_tax=1155,
        total=1222,
        total_excluding_tax=1019,
        discounts={"di_seat": 100, "di_off": 140},
        taxes={
            "vat": Tax("vat", 162, 810, inclusive=False, reason="not_available"),
            "jct": Tax("jct", 41, 409, inclusive=True, reason="not_available"),
        },
        lines=(
            LineTotals(
                discounts=(Discount("di_seat", 100), Discount("di_off", 90)),
                taxes=(Tax("vat", 162, 810, inclusive=False, reason="not_available"),),
                total=972,
                total_excluding_tax=810,
            ),
            LineTotals(
                discounts=(Discount("di_off", 50),),
                taxes=(Tax("jct", 41, 409, inclusive=True, reason="not_available"),),
                total=450,
                total_excluding_tax=409,
            ),
            LineTotals(discounts=(), taxes=(), total=-200, total_excluding_tax=-200),
        ),
    )


def test_an_invoice_without_lines_is_nothing():
    assert totals([], [percent("di_off", "10")]) == Totals(0, 0, 0, 0, {}, {}, ())


# The tables of Stripe's page on tax rates.
@pytest.mark.parametrize(
    ("lines", "discounts", "taxes", "total", "total_excluding_tax"),
    [
        pytest.param([(500, [taxed("a", "25")])], [], {"a": (125, 500)}, 625, 500, id="exclusive"),
        pytest.param([(500, [including("a", "25")])], [], {"a": (100, 400)}, 500, 400, id="inclusive"),
        pytest.param(
            [(500, [taxed("a", "5")]), (1000, [taxed("b", "10")])], [],
            {"a": (25, 500), "b": (100, 1000)}, 1625, 1500, id="a rate for each line",
        ),
        pytest.param(
            [(100_000, [including("a", "10")]), (5000, [including("a", "10")])], [],
            {"a": (9546, 95_454)}, 105_000, 95_454, id="rounded for each line",
        ),
        pytest.param(
            [(500, [taxed("a", "5")]), (1000, [taxed("a", "5")])], [percent("d", "10")],
            {"a": (68, 1350)}, 1418, 1350, id="a discount before an exclusive tax",
        ),
        pytest.param(
            [(500, [including("a", "5")]), (1000, [including("a", "5")])], [percent("d", "10")],
            {"a": (64, 1286)}, 1350, 1286, id="a discount before an inclusive tax",
        ),
        pytest.param(
            [(500, [including("a", "5"), taxed("b", "7")]), (1000, [including("a", "5"), taxed("b", "7")])],
            [percent("d", "10")],
            {"a": (64, 1286), "b": (90, 1286)}, 1440, 1286, id="an exclusive tax on top of what has none",
        ),
    ],
)  # fmt: skip
def test_taxes(lines, discounts, taxes, total, total_excluding_tax):
    invoice = totals([Line(amount, taxes=tuple(rates)) for amount, rates in lines], discounts)

    assert (due(invoice), invoice.total, invoice.total_excluding_tax) == (
        taxes, total, total_excluding_tax,
    )  # fmt: skip


def test_taxes_of_one_line_are_each_rounded_and_do_not_compound():
    invoice = totals([Line(1010, taxes=(taxed("gst", "5"), taxed("qst", "9.975")))])

    assert due(invoice) == {"gst": (51, 1010), "qst": (101, 1010)}
    assert invoice.total == 1162


def test_several_included_taxes_are_parts_of_the_amount():
    invoice = totals([Line(11_500, taxes=(including("gst", "5"), including("pst", "10")))])

    assert due(invoice) == {"gst": (500, 10_000), "pst": (1000, 10_000)}
    assert (invoice.subtotal, invoice.subtotal_excluding_tax) == (11_500, 10_000)


def test_the_tax_of_a_credit_is_given_back():
    invoice = totals(
        [Line(-1000, taxes=(taxed("vat", "19"),)), Line(-1190, taxes=(including("jct", "19"),))]
    )

    assert due(invoice) == {"vat": (-190, -1000), "jct": (-190, -1000)}
    assert invoice.total == -2380


@pytest.mark.parametrize(
    ("exemption", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")]
)
def test_who_is_exempt_pays_no_tax_not_even_what_the_amount_includes(exemption, reason):
    lines = [
        Line(10_000, taxes=(including("jct", "10"),)),
        Line(10_000, taxes=(taxed("vat", "10"),)),
    ]

    invoice = totals(lines, exemption=exemption)

    assert (invoice.subtotal, invoice.total, invoice.total_excluding_tax) == (
        20_000,
        19_091,
        19_091,
    )
    assert invoice.taxes == {
        "jct": Tax("jct", 0, 9091, inclusive=True, reason=reason),
        "vat": Tax("vat", 0, 10_000, inclusive=False, reason=reason),
    }


@pytest.mark.parametrize(
    ("discounts", "left"),
    [
        pytest.param([percent("a", "50"), Cut("b", amount_off=100)], 400, id="half, then one off"),
        pytest.param([Cut("b", amount_off=100), percent("a", "50")], 450, id="one off, then half"),
        pytest.param([percent("a", "25"), percent("b", "10")], 675, id="percentages multiply"),
        pytest.param(
            [Cut("a", amount_off=900), Cut("b", amount_off=900)], 0, id="never below zero"
        ),
        pytest.param([percent("a", "33.33")], 667, id="two digits"),
    ],
)
def test_discounts_apply_in_order(discounts, left):
    on_the_invoice = totals([Line(1000)], discounts)
    on_the_line = totals([Line(1000, discounts=tuple(discounts))])

    assert (on_the_invoice.subtotal, on_the_invoice.total) == (1000, left)
    assert (on_the_line.subtotal, on_the_line.total) == (left, left)
    assert on_the_invoice.discounts == on_the_line.discounts


def test_a_lines_own_discounts_come_before_the_invoices():
    lines = [Line(1000, discounts=(percent("di_line", "50"),)), Line(500)]

    invoice = totals(lines, [Cut("di_all", amount_off=300)])

    assert taken(invoice) == [[("di_line", 500), ("di_all", 150)], [("di_all", 150)]]


def test_an_amount_is_spread_by_what_the_lines_cost():
    invoice = totals([Line(1000), Line(2000)], [Cut("di_five", amount_off=500)])

    assert taken(invoice) == [[("di_five", 167)], [("di_five", 333)]]


def test_a_percentage_is_rounded_once_for_the_invoice():
    invoice = totals([Line(333), Line(333), Line(333)], [percent("di_ten", "10")])

    assert (invoice.discounts, invoice.total) == ({"di_ten": 100}, 899)
    assert taken(invoice) == [[("di_ten", 34)], [("di_ten", 33)], [("di_ten", 33)]]


def test_a_discount_keeps_to_its_products():
    lines = [Line(1000, product="prod_a"), Line(1000, product="prod_b"), Line(1000)]

    invoice = totals(lines, [percent("di_a", "10", products=frozenset({"prod_a"}))])

    assert taken(invoice) == [[("di_a", 100)], [], []]


def test_a_percentage_reduces_credits_and_an_amount_only_charges():
    lines = [Line(1000), Line(-400)]

    half = totals(lines, [percent("di_half", "50")])
    much = totals(lines, [Cut("di_much", amount_off=5000)])

    assert taken(half) == [[("di_half", 500)], [("di_half", -200)]]
    assert taken(much) == [[("di_much", 600)], [("di_much", 0)]]
    assert (half.total, much.total) == (300, 0)


def test_a_proration_stays_whole():
    invoice = totals([Line(1000), Line(-400, is_discountable=False)], [percent("di_all", "100")])

    assert taken(invoice) == [[("di_all", 1000)], []]
    assert invoice.total == -400


def test_nothing_is_taken_off_what_is_owed_to_the_customer():
    invoice = totals([Line(100), Line(-400)], [Cut("di_off", amount_off=50)])

    assert (invoice.discounts, invoice.total) == ({"di_off": 0}, -300)


@ANY_PACE
@given(line_lists(), own("all"), EXEMPTIONS)
def test_parts_add_up_to_the_whole(lines, all_cuts, exemption):
    invoice = totals(lines, all_cuts, exemption)

    discounts, taxes, taxables = Counter(), Counter(), Counter()
    for line, parts in zip(lines, invoice.lines, strict=True):
        left = line.amount - sum(amount for _, amount in parts.discounts)
        inside = sum(tax.amount for tax in parts.taxes if tax.inclusive)
        on_top = sum(tax.amount for tax in parts.taxes if not tax.inclusive)
        assert parts.total == parts.total_excluding_tax + inside + on_top
        if exemption == "none":
            assert left == parts.total_excluding_tax + inside
        assert {tax.taxable for tax in parts.taxes} <= {parts.total_excluding_tax}
        for key, amount in parts.discounts:
            discounts[key] += amount
        for tax in parts.taxes:
            taxes[tax.key] += tax.amount
            taxables[tax.key] += tax.taxable
    assert invoice.discounts == discounts
    assert due(invoice) == {key: (taxes[key], taxables[key]) for key in taxes}
    assert invoice.total == sum(parts.total for parts in invoice.lines)
    assert invoice.total_excluding_tax == invoice.total - sum(taxes.values())


@ANY_PACE
@given(line_lists(), own("all"))
def test_a_total_is_the_subtotal_less_its_discounts_and_with_the_taxes_on_top(lines, all_cuts):
    invoice = totals(lines, all_cuts)

    of_lines = {cut.key for line in lines for cut in line.discounts}
    off = sum(amount for key, amount in invoice.discounts.items() if key not in of_lines)
    on_top = sum(tax.amount for tax in invoice.taxes.values() if not tax.inclusive)
    assert invoice.total == invoice.subtotal - off + on_top


@ANY_PACE
@given(line_lists(lowest=0), own("all"), EXEMPTIONS)
def test_charges_never_become_credits(lines, all_cuts, exemption):
    invoice = totals(lines, all_cuts, exemption)

    for line, parts in zip(lines, invoice.lines, strict=True):
        off = [amount for _, amount in parts.discounts]
        assert all(amount >= 0 for amount in off)
        assert sum(off) <= line.amount
        assert 0 <= parts.total_excluding_tax <= parts.total
    assert 0 <= invoice.total_excluding_tax <= invoice.total
    assert invoice.subtotal_excluding_tax <= invoice.subtotal


@ANY_PACE
@given(st.lists(amounts(), max_size=6), own("all"))
def test_a_discount_makes_no_invoice_negative_and_none_dearer(charges, all_cuts):
    everywhere = [Cut(cut.key, cut.percent, cut.amount_off) for cut in all_cuts]

    invoice = totals([Line(amount) for amount in charges], everywhere)

    low, high = sorted([0, sum(charges)])
    assert low <= invoice.total <= high


@ANY_PACE
@given(st.lists(amounts(), max_size=6), PERCENTS)
def test_a_percentage_is_within_a_unit_of_the_exact_one(charges, share):
    invoice = totals([Line(amount) for amount in charges], [Cut("di_off", percent=share)])

    assert abs(sum(invoice.discounts.values()) - sum(charges) * share / 100) <= 1


@ANY_PACE
@given(line_lists(lowest=0), EXEMPTIONS)
def test_a_credit_mirrors_the_charge(lines, exemption):
    percents = [
        Line(line.amount, line.is_discountable, tuple(cut for cut in line.discounts if cut.percent), line.taxes)
        for line in lines
    ]  # fmt: skip
    back = [
        Line(-line.amount, line.is_discountable, line.discounts, line.taxes) for line in percents
    ]

    charge, credit = totals(percents, exemption=exemption), totals(back, exemption=exemption)

    assert credit.total == -charge.total
    assert credit.discounts == {key: -amount for key, amount in charge.discounts.items()}
    assert due(credit) == {key: (-tax, -taxable) for key, (tax, taxable) in due(charge).items()}
