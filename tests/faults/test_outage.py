"""A database of the operator's own goes away under load and comes back: 503 meanwhile, and then nobody has to help."""

import os
import secrets
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import psycopg
import pytest

from config.database import locks
from config.database.cluster import Cluster
from tests.faults import trade as facts
from tests.faults.doors import OUT_OF_ORDER, asked
from tests.faults.installation import RECOVERY, Installation
from tests.faults.trade import Trade
from tests.receiver import Receiver
from tests.shop import Shop
from tests.start import within

pytestmark = pytest.mark.server
ABSENCE = 4  # seconds
_SLOW_ACQUIRER = """
INSERT INTO sandbox.faults (account, fault, act, settings)
SELECT id, 'latency', 'money', '{"seconds": 2}' FROM payments_gatewayaccount
"""
_PENDING = "SELECT 1 FROM payments_charge WHERE status = 'pending'"


@pytest.fixture
def cluster(tmp_path, copy):
    """A PostgreSQL that Keeptab is only told the address of."""
    copy(tmp_path / "theirs", "postgres")
    made = Cluster(tmp_path / "theirs", {})
    made.ensure()
    yield made
    made.leave()


@pytest.fixture
def installation(cluster, tmp_path):
    address = cluster.address
    host = quote(address["host"], safe="")
    url = f"postgres://{address['user']}@{host}:{address['port']}/keeptab"
    names = ("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS")
    given = {name: secrets.token_urlsafe(32) for name in names}
    made = Installation(tmp_path, "--no-demo", DATABASE_URL=url, **given)
    made.start()
    yield made
    made.stop()


def _stop(cluster):
    """Stop the server as its operator does; clients are thrown out."""
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)
    held = locks.take(cluster.folder / "server.lock")  # it is gone when nobody holds this
    os.close(held)


def test_a_database_that_comes_back_is_used_again(cluster, installation, capsys):
    keys = installation.site("Outage")
    children = [installation.running.process_id(name) for name in ("web", "worker")]

    with Receiver() as receiver:
        trade = Trade(installation.url, keys)
        trade.open_for_business(tells=receiver.url)
        with trade:
            assert within(RECOVERY, lambda: len(trade.acts) > 20)
            _stop(cluster)
            gone = time.monotonic()
            out_of_order = asked(installation, keys, keys["slug"])
            health = [installation.ask(path)[0] for path in ("/healthz", "/readyz", "/metrics")]
            within(ABSENCE, lambda: False)
            cluster.heal()
            came = time.monotonic()
            is_back = installation.recovers()
            back = time.monotonic()
            acts = len(trade.acts)
            assert within(RECOVERY, lambda: len(trade.acts) > acts + 20)
        undelivered = facts.undelivered(trade, receiver)
        within(RECOVERY, lambda: not facts.unpaid(trade))
        ours, account, book = facts.books(trade)

    with capsys.disabled():
        print(  # noqa: T201 -- what a drill has shown
            f"\n{len(trade.acts)} acts, asked again {dict(trade.shop.silences)}; "
            f"away for {came - gone:.1f} s, back after {back - came:.1f} s"
        )
    assert is_back, installation.said()[-3000:]
    assert out_of_order == OUT_OF_ORDER
    assert health == [200, 503, 404]
    assert installation.running.process_id("web") == children[0]
    assert trade.failures == []
    assert undelivered == set()
    assert {said.partition(" ")[2] for said in trade.shop.silences if "APIError" in said} == {
        "503 5"
    }
    assert (facts.lost(trade), facts.doubled(trade), facts.repeated(trade)) == ([], [], [])
    assert (facts.untold(trade), facts.unpaid(trade)) == ([], [])
    assert ours == account == book


def test_requests_on_their_way_are_answered_before_it_ends(cluster, installation):
    keys = installation.site("Draining")
    shop = Shop(installation.url, keys["sk_test"], retries=0)
    sale = {"amount": 2000, "currency": "usd", "source": "tok_visa"}
    shop.v1.charges.create(sale)

    with psycopg.connect(**cluster.address, dbname="keeptab", autocommit=True) as link:
        link.execute(_SLOW_ACQUIRER)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(shop.v1.charges.create, sale)
            is_under_way = within(RECOVERY, lambda: link.execute(_PENDING).fetchone())
            code = installation.stop()
    installation.start()

    assert (is_under_way, code) == ((1,), 0)
    assert answer.result().status == "succeeded"
    assert shop.v1.charges.retrieve(answer.result().id).status == "succeeded"
