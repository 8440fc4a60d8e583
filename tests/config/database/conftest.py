"""Clusters of their own for these tests, and processes that use them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.database import locks
from config.database.cluster import Cluster

FAST = {"fsync": "off", "shared_buffers": "16MB"}

# Connects, shows what one statement returns, and stays until its input ends.
VISIT = f"""
import sys
from pathlib import Path
import psycopg
from config.database.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]), {FAST})
cluster.ensure()
with psycopg.connect(**cluster.address, dbname="keeptab", autocommit=True) as connection:
    print(connection.execute(sys.argv[2]).fetchone()[0], flush=True)
    sys.stdin.read()
"""


def _is_served(folder):
    if not folder.is_dir():
        return False
    held = locks.take_if_free(folder / "server.lock")
    if held is not None:
        os.close(held)
    return held is None


@pytest.fixture
def stops():
    """A function that tells whether the server of a folder stops within ten seconds."""

    def stops_in_time(folder):
        give_up_at = time.monotonic() + 10
        while _is_served(folder) and time.monotonic() < give_up_at:
            time.sleep(0.02)
        return not _is_served(folder)

    return stops_in_time


@pytest.fixture
def crash():
    """A function that kills the server of a folder as a crash would."""

    def crash_server(folder):
        pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    return crash_server


@pytest.fixture
def make_cluster(tmp_path, stops):
    """A function that makes clusters; their servers stop with the test."""
    made = []

    def make(folder=tmp_path / "cluster", **settings):
        made.append(Cluster(folder, {**FAST, **settings}))
        return made[-1]

    yield make
    for cluster in made:
        cluster.leave()
        assert stops(cluster.folder)


@pytest.fixture(scope="session")
def finished_folder(tmp_path_factory):
    """A cluster that was made, used and left; the tests work on copies of it."""
    cluster = Cluster(tmp_path_factory.mktemp("finished") / "cluster", FAST)
    cluster.ensure()
    cluster.leave()
    return cluster.folder


@pytest.fixture
def cluster(make_cluster, finished_folder):
    """A cluster with a running server, which the test uses."""
    cluster = make_cluster()
    subprocess.run(["cp", "-a", finished_folder, cluster.folder], check=True)
    cluster.ensure()
    return cluster


@pytest.fixture
def visit(tmp_path, stops):
    """A function that starts a process which connects, and returns it with what it was told."""
    visitors = []

    def start(statement, folder=tmp_path / "cluster"):
        visitors.append(
            subprocess.Popen(
                [sys.executable, "-c", VISIT, str(folder), statement],
                cwd=Path(__file__).parents[3],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return visitors[-1]

    yield start
    for visitor in visitors:
        visitor.kill()
        visitor.communicate()
    if visitors:
        assert stops(tmp_path / "cluster")
