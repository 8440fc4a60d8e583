"""Each invariant finds the one row that was broken by hand, and not the one beside it."""

import pytest

from customers.kit import invariants
from tests import breaches
from tests.breaches import billing, customers, events, payments, portal

BREAKS = {
    **customers.BREAKS, **events.BREAKS, **payments.BREAKS, **billing.BREAKS, **portal.BREAKS,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_a_row_that_was_broken_by_hand_is_found(scope, name):
    broken = BREAKS[name]()

    found = breaches.of(name)

    assert found == [str(broken.pk)]


def test_each_invariant_is_broken_by_hand():
    assert set(BREAKS) == {one.name for one in invariants.every()}
