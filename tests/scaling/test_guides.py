"""What the guide for scaling has operators type, on servers as it has them; but for addresses, to the letter."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers
from tests.docs import examples, readme
from tests.start import ROOT, answers, free_port, within

BY = "tests/scaling/test_guides.py"
PAGE = "scaling"


@pytest.fixture
def started(primary, acme, tmp_path):
    """A function that begins an example in a shell, beside a database."""
    running = []

    def begin(text, **urls):
        told = {"DATABASE_URL": primary.url, "PUBLIC_URL": "http://127.0.0.1:8000", **urls}
        environment = servers.environment(tmp_path, **told)
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        running.append(
            subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
        )  # fmt: skip
        return running[-1]

    yield begin
    servers.end(*running)
    for process in running:
        process.stdout.close()


def _doctor(started, text):
    process = started(f"{text}\npython manage.py doctor || true")
    said, _ = process.communicate(timeout=120)
    return said


def test_a_web_server_and_a_worker_serve_together(started, tmp_path):
    port = free_port()
    text = examples.left_to(PAGE, BY, "manage.py web", {"8000": port, "0.0.0.0": "127.0.0.1"})
    web, worker = text.splitlines()

    for program in (web, worker):
        started(f"exec {program} >{tmp_path}/log 2>&1")

    assert within(120, lambda: answers(port))
    assert within(60, lambda: _is_ready(started, port))


def _is_ready(started, port):
    said, _ = started(f"curl -sS http://127.0.0.1:{port}/readyz").communicate(timeout=30)
    return '"status": "ok"' in said


def test_programs_go_through_the_pooler_and_past_it(started, primary, pooled):
    direct = "postgres://keeptab:password@db.example.com:5432/keeptab"
    lent = "postgres://keeptab:password@pooler.example.com:6432/keeptab"
    text = examples.left_to(
        PAGE, BY, "DATABASE_DIRECT_URL", {direct: primary.url, lent: pooled.url}
    )

    said = _doctor(started, text)

    assert "ok    direct" in said


def test_programs_read_from_the_standby(started, standby):
    first, second = (
        f"postgres://keeptab:password@standby{number}.example.com/keeptab" for number in (1, 2)
    )
    text = examples.left_to(
        PAGE, BY, "DATABASE_REPLICA_URL", {first: standby.url, second: standby.url}
    )

    said = _doctor(started, text)

    assert "ok    replica1" in said
    assert "ok    replica2" in said


@pytest.fixture
def readers(primary):
    """An empty database of who reads the guide."""
    with primary.database("readers") as url:
        yield url


def test_an_installation_has_a_postgresql_of_its_readers(readers, started):
    port = free_port()
    shown = examples.adapted(
        readme.example("With your own PostgreSQL"),
        {
            "postgres://keeptab:password@db.example.com/keeptab": readers,
            "SECRET_KEY=… HASHING_KEY=… SEALING_KEYS=…": " ".join(
                f"{name}={servers.SECRETS[name]}"
                for name in ("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS")
            ),
            "--no-demo": f"--no-demo --port {port}",
            ".venv/bin/python": "python",
        },
    )
    before, start, after = shown.partition("python manage.py start")
    options, _, after = after.partition("\n")

    started(f"{before}exec {start}{options} >/dev/null 2>&1")
    assert within(120, lambda: answers(port))
    said, _ = started(f"{before}{after}").communicate(timeout=120)

    assert "sk_live_" in said
    assert "ada@example.com" in said
