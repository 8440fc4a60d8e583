"""The command looks at everything, says what contradicts itself, and keeps nothing."""

import pytest
from django.core.management import CommandError, call_command

from customers.models import Finding, InvariantCheck
from customers.services.invariants import FROM_A_COPY
from tests.factories.customers import CustomerFactory


def run(capsys, *options):
    """Return the lines that the command writes, and what it ends with."""
    try:
        call_command("invariants", *options)
    except SystemExit as end:
        return capsys.readouterr().out.splitlines(), end.code
    return capsys.readouterr().out.splitlines(), 0


def test_where_all_is_well_it_says_what_it_saw(scope, capsys):
    lines, code = run(capsys, "--only", "customers.balance")

    assert lines == ["invariant          rows  findings", "customers.balance  0     0"]
    assert code == 0


def test_what_is_found_is_said_with_how_to_mend_it(scope, capsys):
    customer = CustomerFactory(balance=100, currency="usd")

    lines, code = run(capsys, "--only", "customers.balance")

    assert lines == [
        "invariant          rows  findings",
        "customers.balance  1     1",
        "",
        "customers.balance: A customer's balance is the sum of its balance transactions.",
        f"  To mend it: {FROM_A_COPY}",
        f"  {customer.pk} ({scope.site_id}): balance 100, transactions 0",
    ]
    assert code == 1
    assert (Finding.objects.count(), InvariantCheck.objects.count()) == (0, 0)


def test_many_are_counted_and_some_are_shown(scope, capsys):
    for _ in range(23):
        CustomerFactory(balance=100, currency="usd")

    lines, _code = run(capsys, "--only", "customers.balance")

    assert lines[1] == "customers.balance  23    23"
    assert (len(lines), lines[-1]) == (26, "  and 3 more")


def test_one_site_alone_can_be_looked_at(scope, other, capsys):
    CustomerFactory(balance=100, currency="usd")

    lines, code = run(capsys, "--only", "customers.balance", "--site", "other")

    assert (lines[1], code) == ("customers.balance  0     0", 0)


def test_a_package_stands_for_all_of_its_invariants(scope, capsys):
    lines, _code = run(capsys, "--only", "events")

    assert [line.split()[0] for line in lines] == [
        "invariant", "events.deliveries", "events.late_deliveries",
    ]  # fmt: skip


def test_what_is_looked_for_can_be_listed(scope, capsys):
    lines, code = run(capsys, "--only", "customers.balance", "--list")

    assert lines == [
        "customers.balance  error  A customer's balance is the sum of its balance transactions."
    ]
    assert code == 0


def test_a_name_that_is_none_is_refused(db):
    with pytest.raises(CommandError, match="no such invariant"):
        call_command("invariants", "--only", "nothing")
