"""The embedded server: started by whoever comes first, healed after crashes, stopped after use."""

import os
import stat

import psycopg
import pytest

from config.database import cluster as clusters
from config.database import launch, locks
from config.database.cluster import Cluster
from config.database.errors import ClusterError


def _connect(cluster, role="keeptab"):
    return psycopg.connect(**{**cluster.address, "user": role}, dbname="keeptab", autocommit=True)


def test_a_new_cluster_is_made_and_served(make_cluster):
    cluster = make_cluster()

    cluster.ensure()

    with _connect(cluster) as connection:
        server = connection.execute("""
            SELECT current_user::text, rolsuper, rolcreatedb, current_setting('lock_timeout'),
                   current_setting('idle_in_transaction_session_timeout'),
                   current_setting('listen_addresses'), current_setting('data_checksums'),
                   current_setting('fsync'), datlocprovider, datlocale, pg_get_userbyid(datdba)::text
            FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
        """).fetchone()
    assert server == (
        *("keeptab", False, True, "5s", "30s"),
        *("", "on", "off", "b", "C.UTF-8", "keeptab"),
    )


def test_rows_are_there_after_a_stop(cluster, stops):
    with _connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.leave()
    stopped = stops(cluster.folder)

    cluster.ensure()

    with _connect(cluster) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert stopped


def test_a_running_server_is_looked_for_once_in_a_process(cluster, monkeypatch):
    looks = []
    monkeypatch.setattr(cluster, "is_ready", lambda: looks.append("look") or True)

    cluster.ensure()
    cluster.ensure()

    assert looks == []


def test_six_processes_that_come_first_share_one_server(visit):
    visitors = [visit("SELECT pg_postmaster_start_time()::text") for _ in range(6)]

    started_at = [visitor.stdout.readline() for visitor in visitors]

    assert len(set(started_at)) == 1
    assert started_at[0].startswith("20")


def test_the_server_stops_after_a_killed_user_and_keeps_the_rows(visit, stops, tmp_path):
    visitor = visit("CREATE TABLE kept (answer int); INSERT INTO kept VALUES (42) RETURNING answer")
    visitor.stdout.readline()
    visitor.kill()
    visitor.wait()

    stopped = stops(tmp_path / "cluster")

    assert stopped
    assert visit("SELECT answer FROM kept").stdout.readline() == "42\n"


def test_the_server_stays_while_another_process_uses_it(cluster, visit):
    visitor = visit("SELECT 1")
    visitor.stdout.readline()

    cluster.leave()

    assert cluster.is_ready()


def test_a_killed_server_is_replaced(cluster, crash):
    with _connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    crash(cluster.folder)

    cluster.heal()

    with _connect(cluster) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.fixture
def unstartable(cluster, stops):
    """A stopped cluster that does not start, and a function that mends it."""
    cluster.leave()
    assert stops(cluster.folder)
    version = cluster.data / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("9\n")
    return cluster, lambda: version.write_text(made_by)


def test_a_server_that_does_not_start_is_left_alone_for_a_while(unstartable, monkeypatch):
    cluster, mend = unstartable
    monkeypatch.setattr(clusters, "_LONGEST_REST", 1000)
    monkeypatch.setattr(clusters, "_SHORTEST_REST", 1000)

    with pytest.raises(ClusterError, match="was made by PostgreSQL 9"):
        cluster.heal()
    mend()
    with pytest.raises(ClusterError, match="does not answer"):
        cluster.heal()

    assert not cluster.is_ready()


def test_a_server_that_has_rested_is_tried_again(unstartable, monkeypatch):
    cluster, mend = unstartable
    monkeypatch.setattr(clusters, "_LONGEST_REST", 0)

    with pytest.raises(ClusterError, match="was made by PostgreSQL 9"):
        cluster.heal()
    mend()
    cluster.heal()

    assert cluster.is_ready()


def test_who_answers_requests_does_not_wait_long_for_a_start(make_cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(Cluster, "patience", 0.05)
    folder = tmp_path / "cluster"
    folder.mkdir()
    starting = locks.take(folder / "start.lock")

    with pytest.raises(ClusterError, match="does not answer"):
        make_cluster().ensure()

    os.close(starting)


def test_a_start_leaves_files_alone_that_say_what_they_should(cluster, stops):
    files = [cluster.data / name for name in ("pg_hba.conf", "pg_ident.conf")]
    before = [file.stat().st_ino for file in files]
    cluster.leave()
    stopped = stops(cluster.folder)

    cluster.ensure()

    assert stopped
    assert [file.stat().st_ino for file in files] == before


def test_remains_that_name_a_living_process_do_not_stop_a_start(cluster, stops):
    cluster.leave()
    stopped = stops(cluster.folder)
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (cluster.data / name).write_text(f"{os.getpid()}\n{cluster.data}\n1700000000\n5432\n.\n\n")

    cluster.ensure()

    assert stopped
    assert cluster.is_ready()


def test_a_remainder_of_an_interrupted_beginning_is_replaced(make_cluster):
    cluster = make_cluster()
    (cluster.folder / "data.new" / "base").mkdir(parents=True)

    cluster.ensure()

    assert cluster.is_ready()
    assert not (cluster.folder / "data.new").exists()


def test_nothing_a_customer_typed_reaches_the_log(cluster):
    with _connect(cluster) as connection:
        connection.execute("CREATE TABLE people (email text UNIQUE)")
        connection.execute("INSERT INTO people VALUES ('victim@example.com')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('victim@example.com')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'victim@example.com'::int")

    logs = [log.read_text() for log in (cluster.data / "log").iterdir()]

    assert len(logs) == 1
    assert "ready to accept connections" in logs[0]
    assert "victim" not in logs[0]
    assert "people" not in logs[0]


def test_a_path_too_long_for_a_socket_gets_a_private_folder(make_cluster, tmp_path):
    cluster = make_cluster(tmp_path / ("long" * 25))

    cluster.ensure()

    assert cluster.is_ready()
    assert cluster.sockets != cluster.data
    assert stat.S_IMODE(cluster.sockets.stat().st_mode) == 0o700
    cluster.leave()
    cluster.sockets.rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(make_cluster, tmp_path):
    cluster = make_cluster(tmp_path / ("wide" * 25))
    cluster.sockets.mkdir()
    cluster.sockets.chmod(0o777)

    with pytest.raises(ClusterError) as refusal:
        cluster.ensure()

    cluster.sockets.rmdir()
    assert str(refusal.value) == (
        f"The path of {cluster.folder} is too long for a socket, and {cluster.sockets} is not ours "
        "alone; choose a shorter folder with DATA_DIR."
    )


def test_data_of_another_version_are_refused(cluster, stops):
    cluster.leave()
    stopped = stops(cluster.folder)
    (cluster.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(ClusterError) as refusal:
        cluster.ensure()

    assert stopped
    assert str(refusal.value) == (
        f"The database in {cluster.folder} was made by PostgreSQL 17, and this installation "
        "brings PostgreSQL 18; load a dump made with the old version into a new folder "
        "(DATA_DIR), or set DATABASE_URL."
    )


def test_a_folder_that_cannot_be_made_is_named(make_cluster, tmp_path):
    (tmp_path / "file").touch()
    cluster = make_cluster(tmp_path / "file" / "cluster")

    with pytest.raises(ClusterError) as refusal:
        cluster.ensure()

    assert str(refusal.value) == (
        f"The database cannot use {cluster.folder}: not a directory. Make room or give access, "
        "choose another folder with DATA_DIR, or set DATABASE_URL."
    )


def test_a_server_that_does_not_start_says_why(make_cluster):
    cluster = make_cluster(shared_preload_libraries="no_such_library")

    with pytest.raises(ClusterError) as refusal:
        cluster.ensure()

    assert str(refusal.value).startswith(
        f'The database in {cluster.folder} does not start: could not access file "no_such_library"'
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param("initdb: error: no room\ninitdb: hint: buy\n", "no room", id="a tool"),
        pytest.param(
            "2026 [1] FATAL:  no room\n2026 [2] FATAL:  the database system is starting up\n",
            "no room",
            id="a server with an early client",
        ),
        pytest.param("", "it ended without a word", id="silence"),
    ],
)
def test_reason_is_the_line_that_explains(said, why):
    assert launch.reason(said) == why
