"""How many statements a year of one subscription takes on a test clock."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.billing.models import Invoice
from tests.payments.billing.subscribing import shop

__all__ = ["shop"]

MOST = 38
"""Statements a period, with those of the sandbox and of the letter; each period is drafted, finalized and collected."""
TELLING = 2
"""Statements a period for telling of its invoice before, where the site wants that."""

_OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE SAVEPOINT")


@pytest.mark.parametrize(("days", "most"), [(0, MOST), (7, MOST + TELLING)])
def test_a_year_on_a_clock_takes_a_bounded_number_of_statements(shop, site, days, most):
    site.upcoming_days = days
    site.save()
    subscription = shop.subscribe(shop.customer(), shop.price())
    shop.clock  # noqa: B018 -- made before the count begins

    with CaptureQueriesContext(connection) as found:
        for month in (3, 5, 7, 9, 11):
            shop.advance(2030, month, 30, 14)
        for day in (30, 31):
            shop.advance(2031, 1, day, 14)

    counted = [each for each in found if not each["sql"].startswith(_OF_TRANSACTIONS)]
    paid = Invoice.objects.filter(subscription=subscription["id"], status="paid").count()
    assert paid == 1 + 12
    assert len(counted) / 12 < most, len(counted) / 12
