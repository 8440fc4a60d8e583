"""`manage.py start` as people run it: one process to start, one to stop, one sentence when not."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from config.database import locks
from config.database.cluster import Cluster

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.server


class Start:
    """One run of `manage.py start`."""

    def __init__(self, data_dir, *, port, arguments=(), **environment):
        self.url = f"http://127.0.0.1:{port}"
        clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        usual = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(data_dir)}
        command = [sys.executable, "manage.py", "start", "--port", str(port), "--workers", "1"]
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env={**clean, **usual, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.welcome = ""

    def wait_for_welcome(self):
        for line in self.process.stdout:
            self.welcome += line
            if line.startswith("Stop with"):
                return self
        pytest.fail(f"no welcome but: {self.process.stderr.read()}")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def descendants(self):
        found, pids = [], [self.process.pid]
        while pids:
            pid = pids.pop()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            found += children
            pids += children
        return found

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.finish()

    def finish(self):
        """Return exit code and standard error once it has ended."""
        _, errors = self.process.communicate(timeout=90)
        return self.process.returncode, errors


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def _database_is_stopped(data_dir):
    held = locks.take_if_free(data_dir / "postgres" / "server.lock")
    if held is not None:
        os.close(held)
    return held is not None


def _within(seconds, is_so):
    give_up_at = time.monotonic() + seconds
    while not is_so() and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return is_so()


def _in_database(data_dir, *statements):
    """Run statements with the server that is there, or one that stops with us."""
    cluster = Cluster(data_dir / "postgres", {})
    cluster.ensure()
    with psycopg.connect(**cluster.address, dbname="keeptab", autocommit=True) as connection:
        rows = [connection.execute(statement) for statement in statements]
        answer = rows[-1].fetchall() if rows[-1].description else None
    cluster.leave()
    return answer


@pytest.fixture
def start():
    """A function that starts Keeptab; what still runs at the end is stopped."""
    runs = []

    def run(data_dir, *arguments, port=None, **environment):
        port = port or _free_port()
        runs.append(Start(data_dir, port=port, arguments=arguments, **environment))
        return runs[-1]

    yield run
    for started in runs:
        if started.process.poll() is None:
            started.end()
        started.process.stdout.close()
        started.process.stderr.close()


@pytest.fixture(scope="session")
def first_run(tmp_path_factory):
    """The first start on a new folder, ended: its welcome and its data."""
    data_dir = tmp_path_factory.mktemp("first") / "data"
    started = Start(data_dir, port=_free_port())
    started.wait_for_welcome()
    assert started.end() == (0, "")
    started.process.stdout.close()
    return started, data_dir


@pytest.fixture
def data_dir(first_run, tmp_path):
    """A copy of a data folder on which Keeptab ran before."""
    copy = tmp_path / "data"
    subprocess.run(["cp", "-a", first_run[1], copy], check=True)
    return copy


def test_the_welcome_says_where_everything_is(first_run):
    started, data_dir = first_run

    assert f"Keeptab runs at {started.url}\n" in started.welcome
    for row in (
        f"Dashboard       {started.url}/admin/",
        f"Portal          {started.url}/portal/",
        f"API             {started.url}/v1/",
        f"API reference   {started.url}/docs/api",
        f"Data            {data_dir}",
    ):
        assert f"  {row}\n" in started.welcome
    assert re.search(
        r"Sign in as +\S+@\S+\n +with password +\S+ +\(this run only\)", started.welcome
    )
    assert re.search(r"Secret key +sk_test_\w+\n", started.welcome)


def test_the_examples_of_the_welcome_work_when_pasted(start, data_dir):
    started = start(data_dir).wait_for_welcome()
    curl = re.search(r"^curl (?:.|\n)*?(?=\n\n)", started.welcome, re.MULTILINE)[0]
    library = re.search(r"^import stripe\n(?:.|\n)*?(?=\n\n)", started.welcome, re.MULTILINE)[0]

    answers = [
        subprocess.run(command, capture_output=True, text=True, check=False).stdout
        for command in (["bash", "-c", curl], [sys.executable, "-c", library])
    ]

    assert [curl.count("\n"), library.count("\n")] == [2, 2]
    assert ['"id": "cus_' in re.sub(r'":"', '": "', answer) for answer in answers] == [True, True]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything(start, data_dir, number):
    started = start(data_dir).wait_for_welcome()
    children = started.descendants()

    ended = started.end(number)

    assert ended == (0, "")
    assert len(children) >= 3  # the web server, its worker, the background worker
    assert [pid for pid in children if _lives(pid)] == []
    assert _database_is_stopped(data_dir)


def test_the_sign_in_ends_with_the_run(start, data_dir):
    start(data_dir).wait_for_welcome().end()

    assert _in_database(
        data_dir, "SELECT count(*) FROM customers_operator WHERE is_active OR is_superuser"
    ) == [(0,)]


def test_a_second_start_on_the_folder_is_refused(start, data_dir):
    first = start(data_dir).wait_for_welcome()

    second = start(data_dir).finish()

    assert second == (
        1,
        f"Keeptab already runs on this data folder: {first.url} (process {first.process.pid}).\n",
    )
    assert first.get("/healthz")


def test_a_taken_port_is_refused_before_anything_is_made(start, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ended = start(tmp_path / "data", port=port).finish()

    assert ended == (1, f"Port {port} is taken; choose another with --port.\n")
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_folder_that_cannot_be_written_is_refused(start, tmp_path):
    (tmp_path / "file").touch()
    secrets = dict.fromkeys(("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS"), "x" * 43)

    ended = start(tmp_path / "file" / "data", **secrets).finish()

    place = f"{tmp_path}/file/data"
    assert ended == (
        1,
        f"Keeptab cannot write to {place}: not a directory; choose another --data-dir.\n",
    )


def test_a_failed_migration_is_one_sentence(start, data_dir):
    _in_database(data_dir, "DELETE FROM django_migrations WHERE app = 'sessions'")

    ended = start(data_dir).finish()

    log = data_dir / "logs" / "start.log"
    assert ended == (
        1,
        f"The database could not be brought up to date, so nothing was started; see {log}.\n",
    )
    assert "DuplicateTable" in log.read_text()
    assert _database_is_stopped(data_dir)


def test_a_database_that_does_not_start_is_one_sentence(start, data_dir):
    (data_dir / "postgres" / "data" / "PG_VERSION").write_text("17\n")

    code, errors = start(data_dir).finish()

    assert code == 1
    assert errors.startswith(
        f"The database in {data_dir}/postgres was made by PostgreSQL 17, and this installation"
    )
    assert errors.count("\n") == 1


def test_a_data_folder_can_be_named(start, data_dir, tmp_path):
    started = start(tmp_path / "unused", "--data-dir", str(data_dir)).wait_for_welcome()

    assert f"Data            {data_dir}\n" in started.welcome


def test_a_killed_web_server_comes_back(start, data_dir):
    started = start(data_dir).wait_for_welcome()
    web = next(
        pid
        for pid in started.descendants()
        if "config.web" in Path(f"/proc/{pid}/cmdline").read_text()
    )

    os.kill(int(web), signal.SIGKILL)

    assert _within(5, lambda: not _lives(web))
    assert _within(30, lambda: _answers(started))


def _answers(started):
    try:
        return bool(started.get("/healthz"))
    except OSError:
        return False


def test_a_killed_start_leaves_nothing_behind_and_loses_nothing(start, data_dir):
    started = start(data_dir).wait_for_welcome()
    children = started.descendants()
    _in_database(data_dir, "CREATE TABLE kept AS SELECT 42 AS answer")

    started.process.kill()
    started.process.wait()

    assert _within(5, lambda: not any(_lives(pid) for pid in children))
    again = start(data_dir, port=int(started.url.rpartition(":")[2])).wait_for_welcome()
    assert _in_database(data_dir, "SELECT answer FROM kept") == [(42,)]
    again.process.kill()
    again.process.wait()
    assert _within(15, lambda: _database_is_stopped(data_dir))
