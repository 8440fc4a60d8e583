"""Webhooks under fire: receivers behave badly, workers are killed at random, and in the end every event has arrived.

WEBHOOK_FAULT_EVENTS (120) and WEBHOOK_FAULT_SEED make longer runs and other ones.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from random import Random  # noqa: TID251 -- seeded, so that a run can be had again

import pytest
import stripe
from django.db import connection

from customers.events.models import Delivery, Event
from customers.events.services import webhook_endpoints
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from tests import receiver
from tests.receiver import Receiver
from tests.start import ROOT, free_port
from tests.v1_client import V1Client

pytestmark = pytest.mark.server
EVENTS = int(os.environ.get("WEBHOOK_FAULT_EVENTS", "120"))
SEED = int(os.environ.get("WEBHOOK_FAULT_SEED", "7"))
PATIENCE = 150  # seconds
KILLS = 4
HANGS = 3  # each takes ten seconds


class Moody:
    """Behaves badly the first time that it is told of an event, each time in another way, and well from then on."""

    def __init__(self, *ways):
        self._ways = ways
        self._seen = set()
        self._lock = threading.Lock()

    def __call__(self, link, request):
        pk = json.loads(request.body)["id"]
        with self._lock:
            is_first = pk not in self._seen
            self._seen.add(pk)
            way = self._ways[len(self._seen) % len(self._ways)]
        return (way if is_first else receiver.answer())(link, request)


class Hanging(Moody):
    """Says nothing to the first few requests."""

    def __init__(self):
        super().__init__(receiver.answer())
        self._left = HANGS

    def __call__(self, link, request):
        with self._lock:
            self._left -= 1
            hangs = self._left >= 0
        return receiver.hang(link, request) if hangs else receiver.answer()(link, request)


class Workers:
    """Two workers, which are killed and started again."""

    def __init__(self, log):
        self._log = log
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
            "SERVED_DATABASE": connection.settings_dict["NAME"],
            "DRILL_TIME_FACTOR": "0.05",
        }
        self._running = [self._start() for _ in range(2)]

    def kill_one(self, chance):
        place = chance.randrange(2)
        self._running[place].send_signal(signal.SIGKILL)
        self._running[place].wait()
        self._running[place] = self._start()

    def stop(self):
        for worker in self._running:
            worker.terminate()
        return [worker.wait(30) for worker in self._running]

    def _start(self):
        command = [sys.executable, "manage.py", "worker"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log
        )


def test_every_event_arrives_at_least_once_whatever_happens(made, tmp_path):
    site, keys = made
    chance, api, down = Random(SEED), V1Client(keys["sk_test"]), free_port()
    moody = Moody(
        receiver.answer(500), receiver.reset, receiver.answer(302, Location="http://127.0.0.1:9/")
    )
    with ExitStack() as stack, (tmp_path / "workers.log").open("wb") as log:
        good, bad, slow, picky = (
            stack.enter_context(Receiver(act)) for act in (None, moody, Hanging(), None)
        )
        later = Receiver(
            port=down
        )  # takes connections, and nobody serves them before its block begins
        secrets = {}
        with scoped_to(site, livemode=False):
            for name, there, types in (
                ("good", good, ["*"]), ("bad", bad, ["*"]), ("slow", slow, ["customer.created"]),
                ("picky", picky, ["customer.deleted"]), ("later", later, ["*"]),
            ):  # fmt: skip
                _, secrets[name] = webhook_endpoints.create(
                    url=there.url, enabled_events=types, at=clock.now()
                )
        workers = Workers(log)
        stack.callback(workers.stop)
        for number in range(EVENTS):
            customer = api.post("customers", name=f"Number {number}").body["id"]
            if number % 10 == 0:
                api.delete(f"customers/{customer}")
            if number == EVENTS // 4:
                stack.enter_context(later)
            if number % (EVENTS // KILLS) == EVENTS // KILLS - 1:
                workers.kill_one(chance)
        left = _left_after_patience(site)
        ends = workers.stop()
        told = {"good": good, "bad": bad, "slow": slow, "picky": picky, "later": later}
        heard = {name: _heard(there, secrets[name]) for name, there in told.items()}
        wanted = _wanted(site)

    assert left == []
    assert ends == [0, 0]
    assert {name: set(pks) for name, pks in heard.items()} == {
        "good": wanted["*"], "bad": wanted["*"], "later": wanted["*"],
        "slow": wanted["customer.created"], "picky": wanted["customer.deleted"],
    }  # fmt: skip


def _left_after_patience(site):
    """Return the deliveries that did not arrive in time."""
    give_up_at = time.monotonic() + PATIENCE
    with scoped_to(site, livemode=False):
        rows = Delivery.objects.exclude(status=Delivery.Status.SUCCEEDED)
        while rows.exists() and time.monotonic() < give_up_at:
            time.sleep(0.2)
        return list(rows.values("endpoint__url", "status", "tries", "last_error"))


def _heard(there, secret):
    """Return how often an endpoint was told of which event, having checked each signature."""
    return Counter(
        stripe.Webhook.construct_event(
            request.body, request.headers["stripe-signature"], secret, tolerance=PATIENCE * 4
        ).id
        for request in there.requests
    )


def _wanted(site):
    with scoped_to(site, livemode=False):
        pairs = list(Event.objects.values_list("type", "pk"))
    types = {type_ for type_, _ in pairs}
    return {"*": {pk for _, pk in pairs}} | {
        type_: {pk for found, pk in pairs if found == type_} for type_ in types
    }
