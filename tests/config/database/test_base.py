"""The backend as Django and Procrastinate use it."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.base.base import NO_DB_ALIAS

from config.database.base import DatabaseWrapper
from config.database.cluster import cluster_of


@pytest.fixture
def make_wrapper(cluster, monkeypatch, django_db_blocker):
    """A function that makes connections to a cluster of this test; they close with it."""
    made = []
    monkeypatch.setattr("config.database.base.cluster_of", lambda options: cluster)
    monkeypatch.setattr("config.database.client.cluster_of", lambda options: cluster)

    def make(name="keeptab", alias="default", **options):
        ours = {"cluster": cluster.folder, "server_settings": {"fsync": "off"}}
        wanted = {"NAME": name, "OPTIONS": {**ours, **options}, "TIME_ZONE": None}
        given = dict.fromkeys(("USER", "PASSWORD", "HOST", "PORT"), "")
        usual = {"AUTOCOMMIT": True, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
        made.append(DatabaseWrapper({**given, **usual, **wanted}, alias=alias))
        return made[-1]

    with django_db_blocker.unblock():
        yield make
        for wrapper in made:
            wrapper.close()


def _value(wrapper, statement):
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_connection_params_name_the_socket_and_not_our_options(make_wrapper, cluster):
    params = make_wrapper(application_name="a test").get_connection_params()

    del params["context"], params["cursor_factory"]
    assert params == {
        "dbname": "keeptab",
        "host": str(cluster.data),
        "port": 5432,
        "user": "keeptab",
        "application_name": "a test",
        "client_encoding": "UTF8",
        "prepare_threshold": None,
    }


def test_the_application_is_no_superuser(make_wrapper):
    wrapper = make_wrapper()

    assert _value(wrapper, "SELECT current_user::text") == "keeptab"
    assert _value(wrapper, "SHOW is_superuser") == "off"


def test_a_test_database_can_be_made_and_dropped(make_wrapper):
    nameless = make_wrapper(name=None, alias=NO_DB_ALIAS)

    with nameless.cursor() as cursor:
        cursor.execute("CREATE DATABASE test_keeptab")
    other = make_wrapper(name="test_keeptab")
    reached = _value(other, "SELECT current_database()::text")
    other.close()
    with nameless.cursor() as cursor:
        cursor.execute("DROP DATABASE test_keeptab")

    assert reached == "test_keeptab"


def test_a_new_connection_heals_a_killed_server(make_wrapper, cluster, crash):
    wrapper = make_wrapper()
    started_at = _value(wrapper, "SELECT pg_postmaster_start_time()::text")

    crash(cluster.folder)
    wrapper.close()

    assert _value(wrapper, "SELECT pg_postmaster_start_time()::text") != started_at


def test_a_refusal_by_a_living_server_is_passed_on(make_wrapper):
    wrapper = make_wrapper(name="no_such_database")

    with pytest.raises(OperationalError, match='database "no_such_database" does not exist'):
        wrapper.ensure_connection()


def test_dbshell_uses_the_psql_that_came_along(make_wrapper, cluster):
    wrapper = make_wrapper()

    command, env = wrapper.client.settings_to_cmd_args_env(wrapper.settings_dict, ["-c", "\\dt"])

    assert command[0].endswith("/bin/psql")
    assert command[1:] == [
        *("-U", "keeptab", "-h", str(cluster.data), "-p", "5432"),
        *("-c", "\\dt", "keeptab"),
    ]
    assert env is None


def test_one_cluster_object_serves_all_connections_of_a_process(tmp_path):
    options = {"cluster": tmp_path, "server_settings": {"fsync": "off"}}

    assert cluster_of(options) is cluster_of({**options, "pool": True})


def test_a_server_without_its_keeper_shuts_down_in_good_order(cluster, stops):
    server = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    keeper = int(re.findall(r"PPid:\s*(\d+)", Path(f"/proc/{server}/status").read_text())[0])

    os.kill(keeper, signal.SIGKILL)

    assert stops(cluster.folder)
    cluster.heal()
    assert cluster.is_ready()


def test_a_server_that_was_paused_goes_on(cluster):
    server = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    keeper = re.findall(r"PPid:\s*(\d+)", Path(f"/proc/{server}/status").read_text())[0]

    os.kill(server, signal.SIGSTOP)
    time.sleep(0.2)
    os.kill(server, signal.SIGCONT)

    time.sleep(0.2)
    assert f"PPid:\t{keeper}\n" in Path(f"/proc/{server}/status").read_text()
    assert cluster.is_ready()
