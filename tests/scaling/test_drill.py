"""The drill of the guide on operations, for a PostgreSQL of one's own: a dump is served from another database."""

import os
import signal
import subprocess
import sys

import pytest
import stripe

from tests import servers
from tests.docs import examples
from tests.start import ROOT, answers, free_port, within

BY = "tests/scaling/test_drill.py"


@pytest.fixture
def surroundings(primary, tmp_path):
    """What an operator's shell has: the programs of PostgreSQL, and where ours is."""
    there = {
        "PATH": f"{servers.programs()}:{os.environ['PATH']}",
        "PGHOST": str(primary.path),
        "PGPORT": str(primary.port),
        "PGUSER": servers.ROLE,
    }
    return servers.environment(tmp_path / "data", DATABASE_URL=primary.url, **there)


def test_a_dump_is_served_from_another_database(primary, acme, surroundings, tmp_path):
    dump = examples.left_to("operations", BY, "pg_dump")
    drill = examples.left_to("operations", BY, "pg_restore")
    port, other = free_port(), primary.url.removesuffix(servers.NAME) + "drill"
    for shown, meant in {
        "postgres://keeptab@localhost/drill": other,
        "python manage.py": f"exec {sys.executable} {ROOT}/manage.py",
        "--port 8001": f"--port {port}",
        "127.0.0.1:8001": f"127.0.0.1:{port}",
    }.items():
        assert shown in drill
        drill = drill.replace(shown, meant)
    shell = ["bash", "-euo", "pipefail", "-c"]

    subprocess.run([*shell, dump], cwd=tmp_path, env=surroundings, check=True)
    process = subprocess.Popen([*shell, drill], cwd=tmp_path, env=surroundings)

    try:
        assert within(300, lambda: answers(port))
        address = {"api": f"http://127.0.0.1:{port}"}
        client = stripe.StripeClient(acme["sk_test"], base_addresses=address)
        assert client.v1.accounts.retrieve_current().settings.dashboard.display_name == "Acme"
        assert answers(
            port, "/admin/login/"
        )  # which, unlike the API, asks by which name it was called
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
