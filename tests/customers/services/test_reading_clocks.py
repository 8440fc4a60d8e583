from datetime import UTC, datetime, timedelta

import pytest

from customers.kit.tenancy import scoped_to
from customers.services import test_clocks

NOW = datetime(2026, 9, 1, tzinfo=UTC)
SHOWN = NOW + timedelta(days=40)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(site):
    with scoped_to(site, livemode=False):
        yield test_clocks.create(frozen_at=SHOWN, at=NOW)


def test_what_a_clock_showed_leads_back_to_the_real_time(clock):
    test_clocks.read(clock, NOW)

    assert [test_clocks.real(at) for at in (SHOWN, SHOWN + timedelta(seconds=1))] == [
        NOW,
        SHOWN + timedelta(seconds=1),
    ]


def test_what_was_read_elsewhere_is_forgotten(clock):
    with test_clocks.unread():
        test_clocks.read(clock, NOW)

    assert test_clocks.real(SHOWN) == SHOWN
