"""`manage.py export`: files of a site's data."""

import csv
import json
import stat

import pytest
from django.core.management import CommandError, call_command

from customers.admin import takeout
from customers.restkit import takeouts
from tests.factories.customers import CustomerFactory
from tests.factories.payments import ChargeFactory

pytestmark = pytest.mark.django_db(transaction=True)  # the command wants a transaction of its own


@pytest.fixture
def customer(scope):
    return CustomerFactory(name="=Ada", email="ada@example.com")


def test_all_is_written_into_a_folder(run, customer, tmp_path):
    charge = ChargeFactory(customer=customer)

    run("export", "--mode", "test", "--out", str(tmp_path / "new"))

    names = {f"{name}.ndjson" for name in takeouts.names(takeouts.STRIPE)}
    found = {path.name: path for path in (tmp_path / "new").iterdir()}
    assert found.keys() == names
    assert json.loads(found["customers.ndjson"].read_bytes())["id"] == customer.pk
    assert json.loads(found["charges.ndjson"].read_bytes())["id"] == charge.pk
    assert {stat.S_IMODE(path.stat().st_mode) for path in found.values()} == {0o600}


def test_lists_are_written_as_csv(run, customer, tmp_path):
    run("export", "--mode", "test", "--shape", "csv", "--out", str(tmp_path))

    names = {path.stem for path in tmp_path.iterdir()}
    lines = (tmp_path / "customers.csv").read_text("utf-8-sig").splitlines()
    assert names == set(takeout.names(takeout.CSV))
    assert [row[2] for row in csv.reader(lines)] == ["name", "'=Ada"]


@pytest.mark.parametrize("shape", ["stripe", "omise", "csv"])
def test_one_list_is_written_to_a_file(run, customer, tmp_path, shape):
    path = tmp_path / "people.txt"

    _out, said = run(
        "export", "--mode", "test", "--shape", shape, "--list", "customers", "--out", str(path)
    )

    assert [each.name for each in tmp_path.iterdir()] == ["people.txt"]
    assert said == f"{path}: {path.stat().st_size} bytes\n"


def test_one_list_is_written_to_standard_output(customer, capfdbinary):
    call_command("export", "--mode", "test", "--list", "customers", "--out", "-")

    assert json.loads(capfdbinary.readouterr().out)["id"] == customer.pk


def test_test_mode_is_meant_where_none_is_named(run, customer, tmp_path):
    run("export", "--list", "customers", "--out", str(tmp_path / "test"))
    run("export", "--list", "customers", "--mode", "live", "--out", str(tmp_path / "live"))

    kept = {mode: (tmp_path / mode).read_bytes() for mode in ("test", "live")}
    assert (json.loads(kept["test"])["id"], kept["live"]) == (customer.pk, b"")


def test_a_list_that_there_is_not_is_refused(run, customer, tmp_path):
    with pytest.raises(CommandError, match="no list 'people'"):
        run("export", "--list", "people", "--out", str(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(run, customer, tmp_path):
    path = tmp_path / "no" / "such" / "folder" / "file"

    with pytest.raises(CommandError, match="cannot be written: No such file"):
        run("export", "--mode", "test", "--list", "customers", "--out", str(path))
