"""Webhooks: from commit to first byte, and delivered, signed and recorded as a ratio to posting the same bodies alone.

    DATA_DIR=… python -m tests.benchmarks.webhooks [--count N --rounds R --commits C --senders S --profile]

Needs an empty DATA_DIR, which it fills. Each round has N events: the client alone posts their bodies to three
receivers, with as many threads as a sender gives three endpoints, without a database; then S senders, each of a process
of its own as with several workers, do their work with N fresh events; then once more with two endpoints, and with a
third one that is dead beside them. Prints the median of the rounds' ratios and their range, and a sender's memory.
Before that, C events are committed one by one while a whole worker idles, and their way to the receiver's first byte is
timed.
"""

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import resource
import secrets
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

import django

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_ENDPOINTS = 3


class _Listener(asyncio.Protocol):
    """Answers each request at once; tells when the first byte of one came where it is asked to."""

    def __init__(self, *, tells):
        self.tells, self.left, self.begun = tells, b"", 0.0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.begun = self.begun or time.time()
        self.left += data
        while (end := self.left.find(b"\r\n\r\n")) >= 0:
            head = self.left[:end].lower()
            length = int(head[head.index(b"content-length:") + 15 :].split(b"\r\n", 1)[0])
            if len(self.left) < end + 4 + length:
                return
            if self.tells:
                body = json.loads(self.left[end + 4 : end + 4 + length])
                print(json.dumps([body["id"], self.begun]), flush=True)
            self.left, self.begun = self.left[end + 4 + length :], 0.0
            self.transport.write(_ANSWER)


class _Deaf(asyncio.Protocol):
    """Takes requests and never answers."""


def _be_receiver():
    """Listen at three ports for speed, at one that tells times, and at one that is dead; say which they are."""

    async def serve():
        loop = asyncio.get_running_loop()
        kinds = [lambda: _Listener(tells=False)] * _ENDPOINTS + [
            lambda: _Listener(tells=True),
            _Deaf,
        ]
        servers = [await loop.create_server(kind, "127.0.0.1", 0) for kind in kinds]
        print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


def _be_client():
    """Post bodies from a file without a database, and say how long that took."""
    from customers.kit.safe_http import Client

    asked = json.loads(sys.stdin.readline())
    with Path(asked["bodies"]).open() as file:
        bodies = [line.rstrip("\n").encode() for line in file]
    client, headers = Client(), {"Content-Type": "application/json; charset=utf-8"}

    def post(url, waiting):
        try:
            while True:
                client.post(url, waiting.get_nowait(), headers, livemode=False)
        except Empty:
            return

    threads = []
    for url in asked["urls"]:
        waiting = SimpleQueue()
        for body in bodies:
            waiting.put(body)
        threads += [threading.Thread(target=post, args=(url, waiting)) for _ in range(4)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.perf_counter() - started, flush=True)


def _be_sender(*, profiled):
    """Send from one line to the next; say how much is recorded as made, and at the end how much memory that took."""
    from customers.events import sender as module
    from customers.events.services import sending

    sender, record = module.Sender(), sending.record

    def counted(tried):
        wait = record(tried)
        print(sum(one.is_success for one in tried), flush=True)
        return wait

    def wait_for_end():
        sys.stdin.readline()
        sender.stop()

    sending.record = counted
    before, profile = _peak(), cProfile.Profile()
    print("ready", flush=True)
    sys.stdin.readline()
    threading.Thread(target=wait_for_end).start()
    if profiled:
        profile.enable()
    sender.run()
    if profiled:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    print(json.dumps({"before": before, "peak": _peak()}), flush=True)


def _peak():
    """Return the most memory that this process had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _told(processes, line):
    for process in processes:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def _hear(process, said):
    """Pass on what a process says, until it has ended."""
    for line in process.stdout:
        said.put(json.loads(line))
    said.put(None)


def _started(*arguments):
    command = [sys.executable, "-m", "tests.benchmarks.webhooks", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _asked(process, question):
    """Send a process a line and return what it answers."""
    _told([process], question)
    answer = json.loads(process.stdout.readline())
    process.wait()
    return answer


class Bench:
    """A merchant whose events are copies of one real event."""

    def __init__(self, ports):
        from customers.events.models import Event
        from customers.kit import clock
        from customers.services import sites
        from tests.v1_client import V1Client

        self.urls = [f"http://127.0.0.1:{port}/hook" for port in ports]
        self.site, keys = sites.create(name=f"Bench {secrets.token_hex(4)}", at=clock.now())
        self.api = V1Client(keys["sk_test"])
        customer = self.api.post("customers", name="Jenny Rosen", email="jenny@example.com").body
        self.api.post(f"customers/{customer['id']}", description="A customer of ours")
        self.customer = customer["id"]
        self.event = Event._base_manager.get(site=self.site, type="customer.updated")
        self.mark = ""

    def point(self, *urls):
        """Have endpoints lead there, and nowhere else."""
        from customers.events.services import webhook_endpoints
        from customers.kit import clock
        from customers.kit.tenancy import scoped_to

        with scoped_to(self.site, livemode=False):
            for endpoint in webhook_endpoints.rows():
                webhook_endpoints.delete(endpoint, at=clock.now())
            for url in urls:
                webhook_endpoints.create(url=url, enabled_events=["*"], at=clock.now())

    def publish(self, count):
        """Copy the event, which has the database write the deliveries."""
        from django.db import connection

        from customers.events.models import Event
        from customers.kit import clock, ids

        names = [
            field.column
            for field in Event._meta.concrete_fields
            if field.column not in {"id", "sequence"}
        ]
        columns, self.mark = ", ".join(names), ids.new_in_order("evt", at=clock.now())[4:16]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO events_event (id, {columns}) SELECT %s || lpad(n::text, 12, '0'), {columns} "
                f" FROM events_event, generate_series(1, %s) AS n WHERE id = %s",
                [f"evt_{self.mark}", count, self.event.pk],
            )
            cursor.execute("ANALYZE events_event, events_delivery")

    def bodies(self, path, count):
        """Write what is sent of the event to a file, so many times."""
        from customers.events.models import WebhookEndpoint
        from customers.events.services import bodies, sending

        endpoint = WebhookEndpoint(spelling=WebhookEndpoint.Spelling.STRIPE)
        event, _pending = sending._events([self.event.pk])[self.event.pk]
        body = bodies.body(event, endpoint, pending=_ENDPOINTS).decode()
        with path.open("w") as file:
            file.writelines(f"{body}\n" for _ in range(count))
        return len(body)

    def alone(self, path):
        return _asked(
            _started("--client"), json.dumps({"bodies": str(path), "urls": self.urls[:_ENDPOINTS]})
        )

    def sent(self, urls, count, good, *, senders=1, profiled=False):
        """Return what senders say of telling endpoints of so many events, of which some are good."""
        self.point(*urls)
        self.publish(count)
        more = ["--profile"] if profiled else []
        processes = [_started("--sender", *more) for _ in range(senders)]
        for process in processes:
            process.stdout.readline()
        said, left = SimpleQueue(), count * good
        for process in processes:
            threading.Thread(target=_hear, args=(process, said)).start()
        started = time.perf_counter()
        _told(processes, "begin")
        while left > 0:
            left -= said.get()
        seconds = time.perf_counter() - started
        _told(processes, "end")
        for process in processes:
            process.wait()
        memory = [one for _ in processes for one in iter(said.get, None) if isinstance(one, dict)]
        return {"seconds": seconds, **max(memory, key=lambda one: one["peak"])}

    def latencies(self, receiver, commits):
        """Return the seconds from commits to the first bytes of their requests, with a whole worker at work."""
        from customers.events.models import Event

        self.point(self.urls[_ENDPOINTS])
        worker = subprocess.Popen([sys.executable, "manage.py", "worker"])
        time.sleep(8)  # until it idles
        found = []
        for number in range(commits):
            self.api.post(f"customers/{self.customer}", description=f"Number {number}")
            committed = time.time()
            pk, begun = json.loads(receiver.stdout.readline())
            if Event._base_manager.latest("sequence").pk != pk:
                raise SystemExit("Something else was sent.")
            found.append(begun - committed)
            time.sleep(0.05)
        worker.terminate()
        worker.wait()
        return found


def _check(bench, count):
    """Have it fail loudly where something was not delivered."""
    from customers.events.models import Delivery

    done = Delivery._base_manager.filter(
        status="succeeded", event__id__startswith=f"evt_{bench.mark}"
    ).count()
    if done != count:
        raise SystemExit(f"{done} of {count} deliveries were made.")


def _print(name, ratios):
    low, high = min(ratios), max(ratios)
    print(f"{name}: {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--commits", type=int, default=50)
    parser.add_argument("--senders", type=int, default=1)
    parser.add_argument("--profile", action="store_true")
    for part in ("--receiver", "--client", "--sender"):
        parser.add_argument(part, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.receiver:
        _be_receiver()
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["API_RATE_LIMIT"] = "0"
    django.setup()
    if options.client:
        _be_client()
    elif options.sender:
        _be_sender(profiled=options.profile)
    else:
        _measure(options)


def _measure(options):
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    receiver = _started("--receiver")
    bench = Bench(json.loads(receiver.stdout.readline()))
    three, dead = bench.urls[:_ENDPOINTS], bench.urls[-1]
    count, path = options.count, Path(settings.DATA_DIR) / "bodies"
    try:
        if options.commits:
            found = sorted(bench.latencies(receiver, options.commits))
            print(
                f"commit to first byte: median {statistics.median(found) * 1000:.1f} ms, "
                f"90 % within {found[len(found) * 9 // 10] * 1000:.1f} ms"
            )
        print(f"a body: {bench.bodies(path, count)} bytes")
        to_alone, to_healthy = [], []
        for number in range(options.rounds):
            alone = bench.alone(path)
            ours = bench.sent(
                three, count, _ENDPOINTS, senders=options.senders, profiled=options.profile
            )
            _check(bench, count * _ENDPOINTS)
            said = {}
            for others in (
                ((), (dead,)) if number % 2 else ((dead,), ())
            ):  # who comes later finds fuller tables
                urls = [*three[:2], *others]
                said[others] = bench.sent(urls, count, 2, senders=options.senders)
                _check(bench, count * 2)
            healthy, beside = said[()], said[(dead,)]
            to_alone.append(alone / ours["seconds"])
            to_healthy.append(healthy["seconds"] / beside["seconds"])
            rate = count * _ENDPOINTS / ours["seconds"]
            print(
                f"round {number + 1}: {rate:.0f} a second, alone {count * _ENDPOINTS / alone:.0f}; "
                f"beside a dead one {count * 2 / beside['seconds']:.0f}, without {count * 2 / healthy['seconds']:.0f}; "
                f"memory {ours['before']} to {ours['peak']} MiB"
            )
        _print("delivered, signed and recorded, of posting alone", to_alone)
        _print("beside a dead endpoint, of without it", to_healthy)
    finally:
        receiver.terminate()
        receiver.wait()


if __name__ == "__main__":
    main()
