"""Every kind of process is killed under load, and nothing that was acknowledged is lost or done twice.

KILL_SEED and KILL_ROUNDS make other runs and longer ones; the seed is printed.
"""

import os
import signal
import time
from functools import partial
from random import Random  # seeded, so that a run can be had again

import pytest

from tests import hidden_numbers
from tests.faults import trade as facts
from tests.faults.installation import RECOVERY, Installation
from tests.faults.trade import Trade
from tests.receiver import Receiver
from tests.start import within

pytestmark = pytest.mark.server
SEED = int(os.environ.get("KILL_SEED", str(time.time_ns() % 1_000_000)))
ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))
KINDS = ("web worker", "web", "worker", "backend", "postgres", "keeper", "start")
MONTHS = 2


@pytest.fixture
def installation(tmp_path, copy):
    made = Installation(tmp_path, "--no-demo")
    copy(made.data_dir)
    made.start()
    yield made
    if made.running.process.poll() is None:
        made.stop()


def _victim(installation, kind, chance):
    """Return a process of a kind; None while there is none."""
    running = installation.running
    if kind == "start":
        return running.process.pid
    if kind == "keeper":
        server = running.process_id("postgres")
        return server and _parent(server)
    if kind in {"web worker", "backend"}:
        parent, mark = (
            ("web", "config.web") if kind == "web worker" else ("postgres", "keeptab keeptab")
        )
        children = installation.children(parent)
        return chance.choice([pid for pid, line in children.items() if mark in line] or [None])
    return running.process_id(kind)


def _parent(pid):
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 -- one line, in one call
        parent = int(stat.read().rpartition(") ")[2].split()[1])
    return parent if parent > 1 else None


def _kill_all_kinds(installation, chance):
    """Kill one process after the other, each at a moment when the ones before are up again."""
    killed = []
    for kind in chance.sample(KINDS * ROUNDS, len(KINDS) * ROUNDS):
        time.sleep(chance.uniform(0.3, 1.5))
        victim = within(RECOVERY, partial(_victim, installation, kind, chance))
        if kind == "start":
            installation.kill()
            installation.start()  # what a service manager does
        else:
            os.kill(victim, signal.SIGKILL)
        killed.append(kind)
        assert installation.recovers(), f"after {killed}: {installation.said()[-2000:]}"
    return killed


def test_nothing_acknowledged_is_lost_whatever_is_killed(installation, capsys):
    chance = Random(SEED)
    site = installation.site("Drill")
    began = time.monotonic()

    with Receiver() as receiver:
        trade = Trade(installation.url, site)
        trade.open_for_business(tells=receiver.url)
        with trade:
            killed = _kill_all_kinds(installation, chance)
            trade.follow_a_clock(MONTHS)
        acted = time.monotonic()
        within(RECOVERY, lambda: not facts.unpaid(trade))
        ours, account, book = facts.books(trade)
        told = {
            "otherwise": facts.repeated(trade),
            "lost": facts.lost(trade),
            "doubled": facts.doubled(trade),
            "unpaid": facts.unpaid(trade),
            "untold": facts.untold(trade),
            "undelivered": facts.undelivered(trade, receiver),
        }

    with capsys.disabled():
        print(  # noqa: T201 -- what a drill has shown
            f"\nKILL_SEED={SEED}: {killed}; {len(trade.acts)} acts, {len(trade.of_omise)} at Omise's door, "
            f"asked again {dict(trade.shop.silences)}, {acted - began:.0f} s + {time.monotonic() - acted:.0f} s"
        )
    assert trade.failures == []
    assert told == dict.fromkeys(told, type(told["lost"])()) | {"undelivered": set()}
    assert ours == account == book
    assert [said for said in trade.shop.silences if _is_bare(said)] == []
    assert hidden_numbers.in_files(installation.folder / "errors.log") == []


def _is_bare(said):
    """Tell whether somebody was asked to come again in another way than the documented one."""
    return " 50" in said and not said.endswith(" 503 5")
