import pytest
from django.apps import apps
from django.db import transaction

from customers.kit import clock
from customers.kit.provenance import NotPermitted, Provenance, acting
from customers.models import Customer, Role
from customers.services import customers, powers
from customers.services.powers import Power
from tests.factories.customers import AddressFactory, CustomerFactory

OUR_APPS = {"customers", "payments", "portal"}
TABLES = {
    model._meta.db_table
    for model in apps.get_models()
    if model.__module__.partition(".")[0] in OUR_APPS
}


def test_every_role_has_powers_and_is_explained():
    assert set(powers.ROLES) == set(powers.EXPLAINED) == set(Role.values)


def test_every_table_says_who_writes_it():
    assert TABLES - powers.tables() == set()


@pytest.mark.parametrize("livemode", [True, False])
def test_who_only_reads_can_change_nothing(livemode):
    assert powers.of(Role.READ_ONLY, livemode=livemode) & powers.WRITING == set()


def test_developers_move_money_in_test_mode_only():
    modes = [Power.MOVE_MONEY in powers.of(Role.DEVELOPER, livemode=mode) for mode in (True, False)]

    assert modes == [False, True]


def test_no_role_is_no_power():
    assert powers.of("", livemode=False) == set()


def test_what_needs_a_power_asks_for_it():
    with acting(Provenance(door="dashboard", powers=frozenset({Power.REFUND}))):
        powers.require(Power.MOVE_MONEY, Power.REFUND)
        with pytest.raises(NotPermitted):
            powers.require(Power.MOVE_MONEY)


def test_doors_with_other_rights_are_not_asked():
    powers.require(Power.MOVE_MONEY)
    powers.check_write("nowhere")


def test_nothing_is_written_without_a_power_that_was_asked_for(scope, nothing_written):
    with nothing_written(), powers.guarding(), pytest.raises(NotPermitted), transaction.atomic():
        customers.create(details={"name": "Somchai"}, at=clock.now())


def test_a_power_for_something_else_does_not_help(scope):
    customer = CustomerFactory()

    with powers.guarding():
        powers.grant(Power.MANAGE_SETTINGS)
        with pytest.raises(NotPermitted):
            AddressFactory(customer=customer)


def test_what_was_asked_for_is_written(scope):
    with powers.guarding():
        powers.grant(Power.EDIT_CUSTOMERS)
        made = customers.create(details={"name": "Somchai"}, at=clock.now())

    assert Customer.objects.get() == made


def test_a_table_without_an_entry_is_written_by_nobody():
    with powers.guarding():
        for power in Power:
            powers.grant(power)
        with pytest.raises(NotPermitted):
            powers.check_write("django_admin_log")


def test_a_rehearsal_needs_no_power_and_leaves_nothing(scope, nothing_written):
    with nothing_written(), powers.guarding(), powers.rehearsing():
        CustomerFactory()
        assert Customer.objects.count() == 1
