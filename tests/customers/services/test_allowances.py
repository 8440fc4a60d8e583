"""Allowances: counted in the database, for all processes together."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.errors import RateLimited
from customers.models import AllowanceCount
from customers.services import allowances
from customers.services.allowances import Allowance
from tests.payments.services.books import crowd

TWICE = Allowance("things of a test", 2, 600)


@pytest.fixture
def at():
    return clock.now()


def spend(at, whose="somebody"):
    allowances.spend(TWICE, whose, at=at)


def test_what_is_left_is_told_and_how_long_to_wait(db, at):
    spend(at)
    spend(at + timedelta(seconds=100))

    with pytest.raises(RateLimited) as refused:
        spend(at + timedelta(seconds=200))

    assert refused.value.retry_after == 401


def test_it_is_whole_again_after_its_time(db, at):
    for _ in range(2):
        spend(at)

    assert not allowances.take(TWICE, "somebody", at=at + timedelta(seconds=599))
    assert allowances.take(TWICE, "somebody", at=at + timedelta(seconds=600))
    assert AllowanceCount.objects.get().count == 1


def test_each_has_a_count_of_their_own_and_each_allowance(db, at):
    other = Allowance("other things of a test", 1, 600)
    for _ in range(2):
        spend(at)

    taken = [
        allowances.take(TWICE, "somebody else", at=at),
        allowances.take(other, "somebody", at=at),
        allowances.take(TWICE, "somebody", at=at),
    ]

    assert taken == [True, True, False]


def test_nobody_is_named_where_it_is_counted(db, at):
    spend(at, "203.0.113.0/24")

    key = bytes(AllowanceCount.objects.get().key)
    assert (len(key), b"203.0.113" in key) == (32, False)


def test_what_is_old_is_forgotten(db, at):
    spend(at)
    spend(at + timedelta(minutes=1), "somebody else")

    assert allowances.forget(at=at + timedelta(hours=1)) == 1
    assert AllowanceCount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_those_who_come_together_are_counted_together(scope, at):
    allowance = Allowance("what a crowd does", 5, 600)

    got = crowd(scope, 8, lambda _number: allowances.take(allowance, "a network", at=at))

    assert (got.count(True), got.count(False)) == (5, 3)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_network_is_what_an_office_has(ip, network):
    assert allowances.network_of(ip) == network
