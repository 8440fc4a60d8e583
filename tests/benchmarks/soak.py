"""Half of what an installation can do, for a long time: memory, connections and queues have to stay as they are.

    python -m tests.benchmarks.soak --minutes 20

Starts an installation in a folder of its own (`--folder`), lets merchants' programs do as much as they can for a few
seconds, and then half as much for the minutes asked for, while webhooks are delivered. What it measures every ten
seconds is compared, the first quarter of the time with the last one; the exit code says whether something has grown.
A million requests leave about 6 GiB of data. Needs Linux, since the processes' memory is read from /proc.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import defaultdict, deque
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import psycopg

from config.database.cluster import Cluster
from tests.at_work import AtWork
from tests.faults.installation import Installation
from tests.receiver import Receiver
from tests.start import within

MIB = 1024 * 1024
_WARMING = 0.1  # of the time; caches fill, and every connection meets every statement
_QUEUES = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
       (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')),
       (SELECT count(*) FROM events_delivery WHERE status = 'pending'),
       (SELECT coalesce(extract(epoch FROM now() - min(next_try_at)), 0)
        FROM events_delivery WHERE status = 'pending' AND next_try_at < now())
"""


# Each of the database's processes keeps what it has learnt of tables, and files of theirs open, up to a point.
_SATURATING = {"MiB postgres": 1.25, "files postgres": 1.5}


def allowed(name, first):
    """Return up to what a figure may have come in the last quarter of the time."""
    kind = name.partition(" ")[0]
    if name in _SATURATING:
        return _SATURATING[name] * first + 20
    return {
        "MiB": 1.1 * first + 5,
        "connections": first + 2,
        "files": first + 5,
        "jobs": 1.5 * first + 20,
        "undelivered": 1.5 * first + 50,
        "lag": first + 5,
    }.get(kind, float("inf"))


class Program:
    """One of the merchant's programs, on a connection that it keeps."""

    def __init__(self, port, key, note):
        self._link = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._note = note

    def story(self, number):
        """A customer comes, leaves a card and pays; the merchant looks at it."""
        who = {"email": f"customer{number}@example.com", "name": f"Customer {number}"}
        customer = self.ask("create", "POST", "customers", who)["id"]
        attached = {"customer": customer}
        method = self.ask("attach", "POST", "payment_methods/pm_card_visa/attach", attached)["id"]
        sale = {"amount": 2000, "currency": "usd", "confirm": "true", "payment_method": method}
        self.ask("pay", "POST", "payment_intents", sale | attached)
        self.ask("retrieve", "GET", f"customers/{customer}")
        self.ask("list", "GET", f"payment_intents?customer={customer}")
        self.ask("page", "GET", "customers?limit=20")

    def ask(self, name, method, path, params=None):
        begun = time.perf_counter()
        body = urllib.parse.urlencode(params) if params else None
        self._link.request(method, f"/v1/{path}", body, self._headers)
        answer = self._link.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:500]}")
        self._note(name, time.perf_counter() - begun)
        return json.loads(said)


class Load(AtWork):
    """Programs side by side.

    Args:
        rate: stories a second, or None for as many as there can be.
    """

    def __init__(self, port, key, programs, rate=None):
        super().__init__()
        self.stories = 0
        self.seconds = defaultdict(list)
        self._lock = threading.Lock()
        self._pause = programs / rate if rate else 0
        self.tasks = [
            partial(self._work, Program(port, key, self._note), number / programs)
            for number in range(programs)
        ]

    def taken(self):
        """Return the seconds of all requests since the last time, by their kind."""
        seconds, self.seconds = self.seconds, defaultdict(list)
        return seconds

    def _note(self, name, seconds):
        self.seconds[name].append(seconds)

    def _work(self, program, shift):
        due = time.monotonic() + self._pause * shift
        while not self.ends.wait(max(0.0, due - time.monotonic())):
            program.story(f"{time.time_ns()}")
            with self._lock:
                self.stories += 1
            due = max(due + self._pause, time.monotonic() - 10 * self._pause)


def capacity(port, key, programs, seconds):
    """Return the stories a second that programs get through which do not wait."""
    with Load(port, key, programs) as load:
        time.sleep(seconds / 3)
        begun, before = time.monotonic(), load.stories
        time.sleep(seconds)
        rate = (load.stories - before) / (time.monotonic() - begun)
    if load.failures:
        raise SystemExit(str(load.failures[0]))
    return rate


def processes(installation):
    """Return the ids of all processes by what they do."""
    running = installation.running
    found = {"start": [running.process.pid], "worker": [running.process_id("worker")]}
    found["web"] = [running.process_id("web"), *installation.children("web")]
    servers = installation.children("postgres").items()
    lasting = [pid for pid, line in servers if "autovacuum worker" not in line]
    found["postgres"] = [running.process_id("postgres"), *lasting]
    return found


def memory(pid):
    """Return the bytes that are a process's own; what it shares counts in parts, and PostgreSQL's buffers do not."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("Pss_Anon:")[2].split()[0]) * 1024


def sample(installation, link, load):
    """Return all figures of the moment by name."""
    found = {}
    for name, pids in processes(installation).items():
        sizes, files = [], 0
        for pid in pids:
            try:
                sizes.append(memory(pid))
                files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
            except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                continue
        found[f"MiB {name}"] = sum(sizes) / MIB
        found[f"files {name}"] = files
    names = ("connections", "jobs", "undelivered", "lag s")
    found |= dict(zip(names, map(float, link.execute(_QUEUES).fetchone()), strict=True))
    for name, seconds in load.taken().items():
        ordered = sorted(seconds)
        found[f"p50 ms {name}"] = ordered[len(ordered) // 2] * 1000
        found[f"p99 ms {name}"] = ordered[len(ordered) * 99 // 100] * 1000
    return found


def verdict(samples, seconds):
    """Print how each figure has developed; return the names of those that have grown.

    Args:
        samples: figures by name, one after the other, without those of the warming up.
        seconds: between two of them.
    """
    quarter, grown = max(1, len(samples) // 4), []
    print(f"\n{'':22}{'first':>10}{'last':>10}{'an hour':>10}{'allowed':>10}")
    for name in sorted(samples[0]):
        values = [one[name] for one in samples if name in one]
        first, last = (statistics.median(part) for part in (values[:quarter], values[-quarter:]))
        times = [number * seconds for number in range(len(values))]
        slope = statistics.linear_regression(times, values).slope * 3600
        most = allowed(name, first)
        grown += [name] if last > most else []
        mark = "  GROWN" if last > most else ""
        print(f"{name:22}{first:10.1f}{last:10.1f}{slope:+10.1f}{most:10.1f}{mark}")
    return grown


def soak(installation, options):
    """Measure what it can do, do half of it for a while, and return what has grown."""
    keys = installation.site("Soak")
    port, key = installation.port, keys["sk_test"]
    address = Cluster(installation.data_dir / "postgres", {}).address
    with (
        Receiver() as receiver,
        psycopg.connect(**address, dbname="keeptab", autocommit=True) as link,
    ):
        receiver.requests = deque(maxlen=100)
        hook = {"url": receiver.url, "enabled_events[]": "*"}
        Program(port, key, lambda *_: None).ask("hook", "POST", "webhook_endpoints", hook)
        full = capacity(port, key, options.programs, options.calibration)
        print(f"capacity: {full:.1f} stories a second, {6 * full:.0f} requests", flush=True)
        within(300, lambda: link.execute(_QUEUES).fetchone()[2] == 0)
        samples = []
        with Load(port, key, options.programs, rate=full / 2) as load:
            ends_at = time.monotonic() + options.minutes * 60
            while time.monotonic() < ends_at and not load.failures:
                time.sleep(options.every)
                samples.append(sample(installation, link, load))
                _tell(samples[-1])
        if load.failures:
            raise SystemExit(f"A request failed: {load.failures[0]}")
        print(f"{load.stories} stories at half of that")
    return verdict(samples[int(len(samples) * _WARMING) + 1 :], options.every)


def _tell(figures):
    kinds = ("MiB", "connections", "jobs", "undelivered", "lag", "p99 ms pay")
    shown = {name: value for name, value in figures.items() if name.startswith(kinds)}
    print(", ".join(f"{name} {value:.1f}" for name, value in shown.items()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--calibration", type=float, default=20, help="seconds for the capacity")
    parser.add_argument("--every", type=float, default=10, help="seconds between two samples")
    parser.add_argument("--programs", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="where the installation is made and left")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="keeptab-soak-"))
    print(f"in {folder}", flush=True)
    installation = Installation(folder, "--no-demo", DRILL_TIME_FACTOR="1")
    installation.start()
    try:
        if not installation.recovers():
            raise SystemExit("It did not get ready.")
        grown = soak(installation, options)
    finally:
        installation.stop()
    print("grown: " + (", ".join(grown) or "nothing"))
    sys.exit(bool(grown))


if __name__ == "__main__":
    main()
