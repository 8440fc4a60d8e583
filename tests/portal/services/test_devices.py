"""Trusted devices: whose they are, how their secret changes, and what ends the trust."""

from datetime import timedelta

import pytest

from customers.kit import clock
from customers.kit.errors import NotFound
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from portal.services import devices
from tests.factories.customers import CustomerFactory


@pytest.fixture
def at():
    return clock.now()


def test_a_device_is_trusted_and_gets_another_secret_at_each_use(customer, at):
    first = devices.trust(customer, agent="Firefox, Windows", at=at)

    found, second = devices.trusted(first, at=at)
    _found, third = devices.trusted(second, at=at + timedelta(days=1))

    assert found == customer
    assert len({first, second, third}) == 3
    assert [device.agent for device in devices.of_customer(customer, at=at)] == ["Firefox, Windows"]


def test_the_secret_before_is_good_for_a_minute_and_then_ends_the_trust(customer, at):
    first = devices.trust(customer, at=at)
    _found, second = devices.trusted(first, at=at)

    assert devices.trusted(first, at=at + timedelta(seconds=59)) == (customer, first)
    assert devices.trusted(first, at=at + timedelta(seconds=60)) is None
    assert devices.trusted(second, at=at + timedelta(seconds=60)) is None
    assert devices.of_customer(customer, at=at) == []


def test_the_trust_ends_after_thirty_days(customer, at):
    cookie = devices.trust(customer, at=at)

    assert devices.trusted(cookie, at=at + timedelta(days=30)) is None


def test_the_trust_ends_with_the_address(customer, at):
    cookie = devices.trust(customer, at=at)
    Customer.objects.filter(pk=customer.pk).update(email="new@example.com")

    assert devices.trusted(cookie, at=at) is None
    assert devices.of_customer(customer, at=at) == []


def test_the_trust_ends_with_the_customer(customer, at):
    cookie = devices.trust(customer, at=at)
    Customer.objects.filter(pk=customer.pk).update(deleted_at=at)

    assert devices.trusted(cookie, at=at) is None


def test_another_site_and_the_other_mode_trust_nobody(site, other, customer, at):
    cookie = devices.trust(customer, at=at)

    for tenant, livemode in ((other[0], False), (site, True)):
        with scoped_to(tenant, livemode=livemode):
            assert devices.trusted(cookie, at=at) is None
    assert devices.trusted(cookie, at=at) is not None


@pytest.mark.parametrize("cookie", ["", ".", "tdv_x.y", "no dot"])
def test_nonsense_is_no_device(scope, at, cookie):
    assert devices.trusted(cookie, at=at) is None


def test_a_customer_takes_the_trust_back(customer, at):
    cookies = [devices.trust(customer, at=at) for _ in range(3)]
    newest = devices.of_customer(customer, at=at)[0]

    devices.revoke(customer, newest.pk, at=at)
    assert len(devices.of_customer(customer, at=at)) == 2
    devices.revoke_all(customer, at=at)

    assert [devices.trusted(cookie, at=at) for cookie in cookies] == [None] * 3


def test_nobody_takes_back_somebody_else_s(customer, at):
    devices.trust(customer, at=at)
    (device,) = devices.of_customer(customer, at=at)

    with pytest.raises(NotFound):
        devices.revoke(CustomerFactory(), device.pk, at=at)

    assert devices.of_customer(customer, at=at) == [device]


def test_looking_whether_a_device_is_trusted_changes_nothing(customer, at):
    cookie = devices.trust(customer, at=at)

    assert devices.is_trusted(cookie, customer, at=at)
    assert not devices.is_trusted(cookie, CustomerFactory(), at=at)
    assert not devices.is_trusted(cookie[:-1] + "!", customer, at=at)
    assert not devices.is_trusted(cookie, customer, at=at + timedelta(days=30))
    assert devices.trusted(cookie, at=at)[1] != cookie


def test_the_secret_before_is_known_for_a_minute_only(customer, at):
    first = devices.trust(customer, at=at)
    devices.trusted(first, at=at)

    assert devices.is_trusted(first, customer, at=at + timedelta(seconds=59))
    assert not devices.is_trusted(first, customer, at=at + timedelta(seconds=60))
