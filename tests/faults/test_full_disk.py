"""The disk is full, for rows and then for the write-ahead log: nothing is lost, and nobody has to help."""

import subprocess
import sys
import time

import pytest

from config.database.cluster import Cluster
from tests.faults import trade as facts
from tests.faults.doors import OUT_OF_ORDER, asked
from tests.faults.installation import Installation
from tests.faults.small_disk import fill, seen_by, small_disk
from tests.faults.trade import Trade
from tests.start import within

pytestmark = pytest.mark.server
PATIENCE = 60  # seconds
# As PostgreSQL's own superuser: goes on to the next file of the log until there is no room for one. Its working folder
# is that of the socket, whose path may be too long otherwise.
_USE_UP_LOG = """
import psycopg
with psycopg.connect(host="/proc/self/cwd", user="postgres", dbname="keeptab", autocommit=True) as link:
    for _ in range(100):
        link.execute("SELECT pg_logical_emit_message(true, 'ballast', 'x'), pg_switch_wal()")
"""


@pytest.fixture
def stocked(tmp_path, copy):
    """Data with a site, and the site's keys."""
    made = Installation(tmp_path / "stocked")
    copy(made.data_dir)
    keys = made.site("Small")
    cluster = Cluster(made.data_dir / "postgres", {})
    cluster.ensure()
    cluster.leave()  # which comes back when the server has stopped
    return made.data_dir, keys


@pytest.fixture
def installation(tmp_path, stocked):
    """An installation whose data are on a small disk."""
    place = tmp_path / "disk"
    with small_disk(place, holding=stocked[0]) as before:
        made = Installation(tmp_path, "--no-demo", before=before)
        made.data_dir = place / "data"
        made.start()
        made.running.data_dir = seen_by(made.running.process.pid, place) / "data"
        try:
            yield made
        finally:
            made.stop()


def _use_up_log(installation):
    """Fill the last file of the write-ahead log; the next to commit something brings the server down."""
    sockets = Cluster(installation.data_dir / "postgres", {}).sockets
    where = seen_by(installation.running.process.pid, sockets)
    command = [sys.executable, "-c", _USE_UP_LOG]
    subprocess.run(command, cwd=where, capture_output=True, check=False)


def _crashes(installation):
    """Return how often the database found at its start that it had not ended in good order."""
    logs = (installation.running.data_dir / "postgres" / "data" / "log").glob("*.log")
    return sum(log.read_text().count("not properly shut down") for log in logs)


def test_a_full_disk_stops_everything_for_a_while_and_loses_nothing(installation, stocked, capsys):
    keys = stocked[1]
    trade = Trade(installation.url, keys)
    trade.open_for_business()
    for _ in range(5):
        trade.story()
    top = installation.running.process.pid
    began = time.monotonic()

    with trade:
        ballast = fill(installation.running.data_dir)
        within(PATIENCE, lambda: trade.shop.silences)
        reads = installation.ask("/v1/customers", key=keys["sk_test"])[0]
        _use_up_log(installation)
        is_down = within(PATIENCE, lambda: installation.ask("/readyz")[0] == 503)
        out_of_order = asked(installation, keys, keys["slug"])
        alive = installation.ask("/healthz")[0]
        full = time.monotonic()
        ballast.unlink()
        is_back = installation.recovers()
        back = time.monotonic()
        trade.story()
    again = {door: status for door, (status, *_) in asked(installation, keys, keys["slug"]).items()}
    ours, account, book = facts.books(trade)

    with capsys.disabled():
        print(  # noqa: T201 -- what a drill has shown
            f"\n{len(trade.acts)} acts, asked again {dict(trade.shop.silences)}; "
            f"{full - began:.0f} s full, back after {back - full:.1f} s"
        )
    assert _crashes(installation) >= 1
    assert (reads, is_down, alive, is_back) == (200, True, 200, True), installation.said()[-3000:]
    assert out_of_order == OUT_OF_ORDER
    assert again == {"v1": 200, "omise": 200, "revkeen": 201, "page": 200}
    assert installation.running.process.pid == top
    assert trade.failures == []
    assert {each.partition(" ")[2] for each in trade.shop.silences if "APIError" in each} == {
        "503 5"
    }
    assert (facts.lost(trade), facts.doubled(trade), facts.repeated(trade)) == ([], [], [])
    assert ours == account == book
