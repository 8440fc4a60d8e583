"""What is shipped to run Keeptab with: images, services of systemd, and what they call."""

import configparser
import re
import shlex

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from config import variables
from config.env import BASE_DIR

UNITS = sorted((BASE_DIR / "deploy").glob("*.service"))
_KNOWN = {variable.name for variable in variables.VARIABLES}
_OF_POSTGRES = {"db", "pooler", "replica"}
_OF_PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def _accepts(arguments):
    """Have a command of ours read its arguments; it raises SystemExit where it does not know them."""
    name, *rest = arguments
    command = load_command_class(get_commands()[name], name)
    return command.create_parser("manage.py", name).parse_args(rest)


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((BASE_DIR / "compose.yaml").read_text())


def test_every_service_of_compose_runs_a_command_of_ours(compose):
    ours = {name: each for name, each in compose["services"].items() if name not in _OF_POSTGRES}

    assert set(ours) == {"migrate", "web", "worker"}
    for service in ours.values():
        assert _accepts(service["command"])


def test_compose_sets_variables_that_are_read(compose):
    named = {name for each in compose["services"].values() for name in each["environment"]}

    assert {name for name in named if not name.startswith("POSTGRES_")} <= _KNOWN


def test_nothing_serves_before_the_tables_are_there(compose):
    waits = {
        name: each["depends_on"]["migrate"]["condition"]
        for name, each in compose["services"].items()
        if name in {"web", "worker"}
    }

    assert waits == dict.fromkeys(("web", "worker"), "service_completed_successfully")


def test_the_image_copies_what_is_there_and_is_not_root():
    dockerfile = (BASE_DIR / "Dockerfile").read_text()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]

    assert [source for source in copied if not (BASE_DIR / source).exists()] == []
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["keeptab"]
    assert {"config", "customers", "payments", "portal", "static", "templates", "locale"} <= set(
        copied
    )


def test_the_image_starts_a_command_of_ours_with_variables_that_are_read():
    dockerfile = (BASE_DIR / "Dockerfile").read_text()
    (default,) = re.findall(r"^CMD (\[.+\])$", dockerfile, re.MULTILINE)
    named = re.findall(r"(\w+)=", "".join(re.findall(r"^ENV (PATH.+)$", dockerfile, re.MULTILINE)))

    assert _accepts(yaml.safe_load(default))
    assert set(named) - _OF_PYTHON <= _KNOWN


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_every_service_of_systemd_runs_a_command_of_ours(unit):
    (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    _python, script, *arguments = shlex.split(line)

    assert script == "manage.py"
    assert _accepts(arguments)


def test_the_poolers_file_lends_connections_for_a_transaction_to_the_database_that_is_named():
    shipped = configparser.ConfigParser(interpolation=None)
    shipped.read(BASE_DIR / "deploy" / "pgbouncer.ini")
    (database,) = shipped["databases"].items()
    settings = shipped["pgbouncer"]

    assert database == ("keeptab", "host=db.example.com port=5432 dbname=keeptab")
    assert (settings["pool_mode"], settings["auth_type"]) == ("transaction", "scram-sha-256")
    assert int(settings["default_pool_size"]) < int(settings["max_client_conn"])


def test_composes_pooler_and_replica_come_only_when_they_are_asked_for(compose):
    more = {name: each.get("profiles") for name, each in compose["services"].items()}

    assert {name for name, profiles in more.items() if profiles} == {"pooler", "replica"}
    shipped = (BASE_DIR / "deploy" / "pgbouncer.ini").read_text()
    (script,) = [part for part in compose["services"]["pooler"]["command"] if "sed" in part]
    for place in re.findall(r"s\|([^|]+)\|", script):  # what is put elsewhere is there
        assert place in shipped
