"""`manage.py start` as people run it: one process to start, one to stop, one sentence when not."""

import http.cookiejar
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection

from config import env
from config.database import locks
from config.database.cluster import Cluster
from tests.start import ROOT, Start, free_port, within

pytestmark = pytest.mark.server


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
        port = port or free_port()
        runs.append(Start(data_dir, port=port, arguments=arguments, **environment))
        return runs[-1]

    yield run
    _end(*runs)


def _end(*runs):
    for started in runs:
        if started.process.poll() is None:
            started.end()
        started.process.stdout.close()
        started.process.stderr.close()


@pytest.fixture(scope="session")
def first_run(tmp_path_factory):
    """The first start on a new folder, ended by Ctrl+C: its welcome, its data, how it ended, what it left running."""
    data_dir = tmp_path_factory.mktemp("first") / "data"
    started = Start(data_dir, port=free_port())
    started.wait_for_welcome()
    children = started.descendants()
    ended = started.end(signal.SIGINT)
    started.process.stdout.close()
    return started, data_dir, ended, [len(children), *filter(_lives, children)]


@pytest.fixture
def data_dir(first_run, tmp_path):
    """A copy of a data folder on which Keeptab ran before."""
    copy = tmp_path / "data"
    subprocess.run(["cp", "-a", first_run[1], copy], check=True)
    return copy


@pytest.fixture(scope="module")
def running(first_run, tmp_path_factory):
    """A run for tests that leave it running, and its data folder."""
    data_dir = tmp_path_factory.mktemp("running") / "data"
    subprocess.run(["cp", "-a", first_run[1], data_dir], check=True)
    started = Start(data_dir, port=free_port(), arguments=["--bind", "0.0.0.0"])
    yield started.wait_for_welcome(), data_dir
    _end(started)


def test_the_first_start_says_where_everything_is(first_run):
    started, data_dir, *_ = first_run

    assert f"Keeptab runs at {started.url}\n" in started.welcome
    for row in (
        f"Dashboard       {started.url}/admin/",
        f"Portal          {started.url}/portal/demo?mode=test",
        f"API             {started.url}/v1/",
        f"Documentation   {started.url}/docs",
        f"API reference   {started.url}/docs/api",
        f"Data            {data_dir}",
    ):
        assert f"  {row}\n" in started.welcome
    assert re.search(
        r"Sign in as +\S+@\S+\n +with password +\S+ +\(this run only\)", started.welcome
    )
    assert re.search(r"Secret key +sk_test_\w+\n", started.welcome)


def test_the_addresses_of_the_welcome_answer(running):
    started = running[0]
    addresses = re.findall(rf"  [A-Z][\w ]+ {started.url}(/\S*)", started.welcome)

    answers = {}
    for address in addresses:
        try:
            answers[address] = bool(started.get(address))
        except urllib.error.HTTPError as error:
            answers[address] = error.code

    assert answers == {
        "/admin/": True,
        "/portal/demo?mode=test": True,
        "/v1/": 404,
        "/docs": True,
        "/docs/api": True,
    }  # below /v1/ is where the API begins


def test_the_examples_of_the_welcome_work_when_pasted(running):
    welcome = running[0].welcome
    curl = re.search(r"^curl (?:.|\n)*?(?=\n\n)", welcome, re.MULTILINE)[0]
    library = re.search(r"^import stripe\n(?:.|\n)*?(?=\n\n)", welcome, re.MULTILINE)[0]

    answers = [
        subprocess.run(command, capture_output=True, text=True, check=False).stdout
        for command in (["bash", "-c", curl], [sys.executable, "-c", library])
    ]

    made, paid = _objects(answers[0])
    assert [curl.count("\n"), library.count("\n")] == [4, 4]
    assert (made["email"], paid["status"], paid["amount_received"]) == (
        "ada@example.com",
        "succeeded",
        2000,
    )
    assert answers[1] == "succeeded succeeded\n"


def _objects(text):
    """Return what is written one after the other in a text of JSON."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def test_the_sign_in_of_the_welcome_opens_the_dashboard(running):
    started = running[0]
    found = re.search(r"Sign in as +(\S+)\n +with password +(\S+)", started.welcome)
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = browser.open(f"{started.url}/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    entered = {"csrfmiddlewaretoken": token, "username": found[1], "password": found[2]}

    page = browser.open(f"{started.url}/admin/login/?next=/admin/", urlencode(entered).encode())

    assert (page.status, page.url) == (200, f"{started.url}/admin/")


def test_bound_to_every_address_it_answers_by_the_name_of_the_machine(running):
    started = running[0]
    request = urllib.request.Request(f"{started.url}/admin/login/")
    request.add_header("Host", socket.gethostname().lower())

    with urllib.request.urlopen(request, timeout=10) as answer:
        status = answer.status

    assert status == 200


def test_a_second_start_on_the_folder_is_refused(start, running):
    first, data_dir = running

    second = start(data_dir).finish()

    assert second == (
        1,
        f"Keeptab already runs on this data folder: {first.url} (process {first.process.pid}).\n",
    )
    assert first.get("/healthz")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("web", "config.web", id="web server"),
        pytest.param("worker", "django worker", id="worker"),
        pytest.param("postgres", "postgres -D", id="database"),
    ],
)
def test_a_killed_program_comes_back(running, name, words):
    started = running[0]
    killed = started.process_id(name)
    was_named = words in _command_line(killed)

    os.kill(killed, signal.SIGKILL)

    assert was_named
    assert within(5, lambda: not _lives(killed))
    assert within(40, lambda: started.process_id(name) not in {None, killed} and started.is_ready())
    assert words in _command_line(started.process_id(name))


def test_another_worker_leaves_the_process_ids_as_they_are(running):
    started, data_dir = running
    before = sorted((file.name, file.read_text()) for file in (data_dir / "run").iterdir())
    at_work = _workers(data_dir)

    with _worker(data_dir) as more:
        # A new worker may be the one that a test before killed, so this one has to be ready as well.
        assert within(60, lambda: _catches_sigterm(more.pid) and _workers(data_dir) - at_work)
        more.terminate()

    assert [name for name, _ in before] == ["postgres.pid", "web.pid", "worker.pid"]
    assert (more.returncode, started.is_ready()) == (0, True)
    assert sorted((f.name, f.read_text()) for f in (data_dir / "run").iterdir()) == before


def test_a_worker_that_is_stopped_as_soon_as_it_begins_ends_in_order(running):
    with _worker(running[1]) as worker:
        while worker.poll() is None and not _catches_sigterm(worker.pid):
            pass
        worker.terminate()

    assert worker.returncode == 0


def _worker(data_dir):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": data_dir}
    return subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)


def _workers(data_dir):
    return set(_in_database(data_dir, "SELECT id FROM procrastinate_workers"))


def _catches_sigterm(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(re.search(r"SigCgt:\s+(\w+)", status)[1], 16) >> (signal.SIGTERM - 1) & 1)


def _command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def test_ctrl_c_stops_everything(first_run):
    _, data_dir, ended, (children, *left) = first_run

    assert ended == (0, "")
    assert children >= 3  # the web server, its worker, the background worker
    assert left == []
    assert list((data_dir / "run").iterdir()) == []
    assert _database_is_stopped(data_dir)


def test_ctrl_c_while_it_loads_ends_it_without_a_word(start, tmp_path):
    started = start(tmp_path / "data")
    time.sleep(0.5)

    code, errors = started.end(signal.SIGINT)

    assert (code, errors) == (130, "")


def test_the_sign_in_ends_with_the_run(first_run, data_dir):
    found = _in_database(
        data_dir, "SELECT count(*) FROM customers_operator WHERE is_active OR is_superuser"
    )

    assert "Sign in as" in first_run[0].welcome
    assert found == [(0,)]


def test_a_taken_port_is_refused_before_anything_is_made(start, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ended = start(tmp_path / "data", port=port).finish()

    assert ended == (1, f"Port {port} is taken; choose another with --port.\n")
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("is_named", [False, True], ids=["DATA_DIR", "--data-dir"])
def test_a_folder_that_cannot_be_written_is_refused(start, tmp_path, is_named):
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "data"
    arguments = ["--data-dir", str(place)] if is_named else []

    ended = start(tmp_path / "unused" if is_named else place, *arguments).finish()

    sentence = (
        f"Keeptab cannot keep its secrets in {place}/secrets: not a directory; "
        "choose another folder with DATA_DIR (or start --data-dir).\n"
    )
    assert ended == (1, sentence)
    assert not (tmp_path / "unused").exists()


def test_a_folder_without_our_secrets_that_cannot_be_written_is_refused(start, tmp_path):
    (tmp_path / "file").touch()
    given = dict.fromkeys(("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS"), "x" * 43)

    ended = start(tmp_path / "file" / "data", **given).finish()

    place = f"{tmp_path}/file/data"
    assert ended == (
        1,
        f"Keeptab cannot write to {place}: not a directory; choose another --data-dir.\n",
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        pytest.param(
            "API_RATE_LIMIT",
            "many",
            "API_RATE_LIMIT has to be a whole number, and is 'many'.",
            id="setting",
        ),
        pytest.param(
            "DATABASE_URL",
            "postgres://keeptab@127.0.0.1:1/keeptab",
            "Set SECRET_KEY, or SECRET_KEY_FILE to a file that holds it (at least 32 random bytes, as text).",
            id="no secret",
        ),
    ],
)
def test_an_environment_that_is_no_good_is_one_sentence(start, tmp_path, name, value, sentence):
    ended = start(tmp_path / "data", **{name: value}).finish()

    assert ended == (1, f"{sentence}\n")


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


def test_a_database_of_ones_own_that_does_not_answer_is_one_sentence(start, tmp_path):
    given = dict.fromkeys(("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS"), "x" * 43)
    url = f"postgres://keeptab@127.0.0.1:{free_port()}/keeptab"

    code, errors = start(tmp_path / "data", DATABASE_URL=url, **given).finish()

    assert code == 1
    assert errors.startswith("The database does not answer: ")
    assert errors.count("\n") == 1


def test_a_killed_start_leaves_nothing_behind_and_loses_nothing(start, data_dir, tmp_path):
    started = start(tmp_path / "unused", "--data-dir", str(data_dir)).wait_for_welcome()
    children = started.descendants()
    _in_database(data_dir, "CREATE TABLE kept AS SELECT 42 AS answer")

    started.process.kill()
    started.process.wait()

    assert within(5, lambda: not any(_lives(pid) for pid in children))
    again = start(data_dir, port=int(started.url.rpartition(":")[2])).wait_for_welcome()
    assert _in_database(data_dir, "SELECT answer FROM kept") == [(42,)]
    assert again.end(signal.SIGTERM) == (0, "")
    assert _database_is_stopped(data_dir)


@pytest.fixture
def empty_database(django_db_blocker):
    """The URL of a new database on the server of the tests."""
    name = f"keeptab_start_{secrets.token_hex(4)}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    yield _url(name)
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(name):
    given = env.text("TEST_DATABASE_URL", "")
    if given:
        return f"{given.rpartition('/')[0]}/{name}"
    address = connection.cluster.address
    return (
        f"postgres://{address['user']}@{quote(address['host'], safe='')}:{address['port']}/{name}"
    )


def test_a_database_of_ones_own_serves_as_well(start, tmp_path, empty_database):
    given = {
        name: secrets.token_urlsafe(32) for name in ("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS")
    }

    started = start(
        tmp_path / "data",
        "--no-demo",
        DATABASE_URL=empty_database,
        **given,
    ).wait_for_welcome()

    assert "Sign in as" not in started.welcome
    assert "sk_test_" not in started.welcome
    assert not (tmp_path / "data" / "postgres").exists()
    assert within(30, started.is_ready)
    assert started.end() == (0, "")
