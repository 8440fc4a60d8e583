"""Servers for tests of many processes: a migrated primary with a site, its standby, and a pooler."""

import json
import subprocess
import sys

import pytest

from tests import servers
from tests.start import ROOT

_PREPARE = """
import django, json; django.setup()
from django.core.management import call_command
from customers.kit import clock
from customers.services import sites
call_command("migrate", verbosity=0)
site, keys = sites.create(name="Acme", slug="acme", country="US", at=clock.now())
print(json.dumps(keys))
"""


@pytest.fixture(scope="session")
def _folder():
    with servers.folder() as path:
        yield path


@pytest.fixture(scope="session")
def primary(_folder):
    """A PostgreSQL of these tests' own, with all tables."""
    server = servers.Postgres.primary(_folder)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def acme(primary, tmp_path_factory):
    """The keys of a site in it."""
    environment = servers.environment(tmp_path_factory.mktemp("prepare"), DATABASE_URL=primary.url)
    done = subprocess.run(
        [sys.executable, "-c", _PREPARE], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def standby(primary, acme):
    """A server that follows the primary."""
    server = primary.standby()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def pooled(primary):
    """The way to the primary through PgBouncer."""
    if servers.pgbouncer() is None:
        pytest.skip("PgBouncer is not installed")
    with servers.pooler(primary) as front:
        yield front
