"""The sender: tells endpoints of events as soon as they are committed, for as long as its worker runs.

One thread has the database: it is woken by the database's notification, claims what is due, and records what was done.
The others send. A worker may be killed at any point: what it had claimed is taken up again when the claim runs out, by
another one or by its successor, so that an endpoint is told at least once, and sometimes twice, of the same event.
"""

import logging
import select
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from time import monotonic, sleep

import psycopg
from django.db import DatabaseError, connection

from customers.events.lanes import Lanes
from customers.events.models import Delivery
from customers.events.services import sending
from customers.events.services.sending import Errand, Tried
from customers.kit import clock, sessions
from customers.kit.safe_http import Answer, Client, Failed
from customers.kit.web_places import Refused

THREADS = 64
"""How many requests are on their way at the same time, at most."""
SWEEP = 5
"""Seconds after which it looks for what is due though nobody said so: retries, what other workers have left, and what
is sent again of events of long ago."""
_HELD = 2 * sending.AT_ONCE
"""How many deliveries are at hand at most: while some are claimed and recorded, the others are sent."""
_TOGETHER = ((64, 0.1), (1, 0.02))
"""While so many are at hand, so many seconds of results are recorded together, and what comes is claimed together."""
_STOPPING = 4  # seconds that requests on their way get when it is to end
_LAST_TRIES = 3  # how often it then tries to put down what it still holds
_CANCELING = 60  # seconds after which it looks for what endpoints that are disabled left behind
_PAUSE = 1  # seconds until the database is tried again
_log = logging.getLogger(__name__)


class Sender:
    """Sends from `run` until `stop`, which any thread may call."""

    def __init__(self) -> None:
        self._bell, self._rope = socket.socketpair()
        for end in (self._bell, self._rope):
            end.settimeout(0)
        self._client = Client()
        self._lanes: Lanes[Errand, Tried] = Lanes(most=_HELD, threads=THREADS, ring=self._ring)
        self._threads: list[threading.Thread] = []
        self._unrecorded: list[Tried] = []
        self._ungiven: list[Errand] = []
        self._has_news = False
        self._due_at = self._cancels_at = self._turned_at = self._widens_at = 0.0
        self._is_stopping = threading.Event()

    def run(self) -> None:
        """Send until it is to stop; what is on its way then gets a few seconds."""
        with sessions.own():  # it listens
            self._run()

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._listen()
                while not self._is_stopping.is_set():
                    self._turn()
            except (DatabaseError, psycopg.Error):
                _log.warning("The sender lost the database, and tries again", exc_info=True)
            except Exception:  # noqa: BLE001 -- a bug of ours must not keep events from going out for good
                _log.exception("The sender failed, and goes on")
            if not self._is_stopping.is_set():
                self._hang_up()
                self._is_stopping.wait(_PAUSE)
        self._end()

    def stop(self) -> None:
        """Have `run` return soon."""
        self._is_stopping.set()
        self._ring()

    def _listen(self) -> None:
        """Have the database tell what becomes due; what was due before is claimed in the first turn."""
        with connection.cursor() as cursor:
            # What a crash of the database may take away of claims and records is sent once more.
            cursor.execute(f"SET synchronous_commit = off; LISTEN {Delivery.CHANNEL}")
        connection.connection.add_notify_handler(self._hear)

    def _hear(self, _notification: object) -> None:
        self._has_news = True

    def _turn(self) -> None:
        self._has_news = False
        self._record()
        if not self._is_stopping.is_set():
            self._claim()
            self._wait()

    def _record(self) -> None:
        done, unbegun = self._lanes.collect()
        self._unrecorded += done
        self._ungiven += unbegun
        wait = sending.record(self._unrecorded)
        self._due_at = min(self._due_at, monotonic() + wait + 0.01)  # not a moment too early
        for one in self._unrecorded:
            if one.is_final:
                self._lanes.empty(one.errand.lane)
        self._unrecorded = []
        sending.give_back(self._ungiven)
        if self._ungiven:  # maybe since its endpoint was disabled
            self._cancels_at = 0.0
        self._ungiven = []

    def _claim(self) -> None:
        now = monotonic()
        if now > self._cancels_at:
            sending.cancel_late()
            self._cancels_at = now + _CANCELING
        if now > self._due_at:
            self._due_at = float("inf")
        most, rooms = self._lanes.rooms()
        if most <= 0:
            return
        errands = self._claimed(most, rooms, at=clock.now())
        failing = {errand.lane for errand in errands if errand.endpoint.failing_since is not None}
        wanted = self._lanes.add(errands, doubtful=failing)
        for _ in range(min(wanted, THREADS - len(self._threads))):
            thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _claimed(self, most: int, rooms: Mapping[str, int], *, at: datetime) -> list[Errand]:
        """Claim what is due of late events; now and then of all, and as long as old ones are sent again."""
        recent, now = sending.recent(at=at), monotonic()
        if now <= self._widens_at:
            return sending.claim(most=most, rooms=rooms, since=recent, at=at)
        errands = sending.claim(most=most, rooms=rooms, at=at)
        if all(errand.event.pk >= recent for errand in errands):
            self._widens_at = now + SWEEP
        return errands

    def _wait(self) -> None:
        """Wait until there is something to do; while requests are on their way, a little longer, for company."""
        if not self._has_news:
            ends = self._lanes.seconds_to_next_pause_end()
            seconds = max(0.0, min(SWEEP, ends, self._due_at - monotonic()))
            line = connection.connection.pgconn
            heard, _, _ = select.select([self._bell, line.socket], [], [], seconds)
            if line.socket in heard:
                line.consume_input()
                while line.notifies() is not None:
                    self._has_news = True
            if not heard:
                self._client.close_old()
        self._hush()
        held = self._lanes.held
        until = self._turned_at + next((time for count, time in _TOGETHER if held >= count), 0)
        while not self._lanes.is_time_to_collect and (left := until - monotonic()) > 0:
            select.select([self._bell], [], [], left)
            self._hush()
        self._turned_at = monotonic()

    def _hush(self) -> None:
        with suppress(BlockingIOError):
            self._bell.recv(4096)

    def _ring(self) -> None:
        with suppress(OSError):  # it rings already, or nobody listens any more
            self._rope.send(b"!")

    def _work(self) -> None:
        while (errand := self._lanes.take()) is not None:
            tried = self._try(errand)
            seconds = tried.duration_ms / 1000
            self._lanes.finish(errand, tried, is_success=tried.is_success, seconds=seconds)

    def _try(self, errand: Errand) -> Tried:
        at, started = clock.now(), monotonic()
        answer, error = None, ""
        try:
            answer = self._post(errand, at=at)
        except (Refused, Failed) as failure:
            error = str(failure)[:500]
        except Exception:  # noqa: BLE001 -- a thread that ends would leave its errand on its way for ever
            _log.exception("A try of %s failed", errand.id)
            error = "Something went wrong on our side."
        return Tried(errand, at, round((monotonic() - started) * 1000), answer, error)

    def _post(self, errand: Errand, *, at: datetime) -> Answer:
        endpoint, body = errand.endpoint, errand.body
        if body is None:
            raise Failed("The event could not be written.")
        if errand.signer is None:
            raise Failed("The event could not be signed.")
        headers = errand.signer.headers(errand.event, body, at=at)
        return self._client.post(endpoint.url, body, headers, livemode=endpoint.livemode)

    def _hang_up(self) -> None:
        with suppress(DatabaseError, psycopg.Error):
            connection.close()

    def _end(self) -> None:
        self._lanes.close()
        self._lanes.wait_until_idle(_STOPPING)
        self._put_down()
        self._hang_up()
        self._client.close()
        self._bell.close()
        self._rope.close()

    def _put_down(self) -> None:
        """Record what was done and give back what was not begun, or else that happens when the claims run out."""
        for _ in range(_LAST_TRIES):
            try:
                self._record()
            except Exception:  # noqa: BLE001 -- whatever it is, a new connection may do better
                _log.warning("The sender could not record what it did last", exc_info=True)
                self._hang_up()
                sleep(_PAUSE)
            else:
                return
