"""Following a test site's events as they happen, for a developer's terminal: none is missed, and none is asked for.

The database tells of each event as it is committed (LISTEN, NOTIFY). Where the connection is lost, what was committed
meanwhile is found by the numbers of the transactions that wrote it, which no clock and no order of ids could tell.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import Any

import psycopg
from django.db import DatabaseError, OperationalError, connection

from customers.events.models import Event
from customers.kit import statements, tenancy
from customers.kit.errors import Conflict, InvalidRequest

PLACES = 4
"""How many can listen at the same time, at all sites together; the trigger knows the number, too."""

_CHANNEL = "keeptab_events"
# First numbers of our advisory locks: of who is told (the trigger asks for these), of the places, of sites.
_HEARING, _SEATED, _AT_SITE = range(1_818_850_420, 1_818_850_423)
_MARK, _AGAIN = "mark", "again"
_REMEMBERED = 10_000  # ids: events that were told of are known again, should the connection be lost
_PULSE = 60  # seconds of silence after which the connection is tried
_PAUSES = (
    0.2,
    0.5,
    1,
    2,
)  # seconds before another try to connect; the last one for all further ones

# Transactions are numbered in 32 bits that begin anew; what is less than half of them ahead came later.
_SINCE = """
SELECT id FROM events_event, LATERAL (
    SELECT (xmin::text::bigint - pg_snapshot_xmin(%s::pg_snapshot)::text::bigint) & 4294967295 AS ahead
) written
WHERE site_id = %s AND NOT livemode AND ahead < 2147483648 ORDER BY sequence
"""
# Where a transaction of long ago has not ended, others that began behind it have: their events are no news.
_BEGIN = f"SELECT pg_current_snapshot()::text, ARRAY({_SINCE % ('pg_current_snapshot()', '%s')})"


_IS_HEARD = """
SELECT EXISTS (
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database() AND classid = %s
    AND objid = (hashtext(%s)::bigint & 4294967295)::oid AND granted
)
"""


class TooManyListeners(Conflict):
    """All places are taken."""


def tell_again(event: Event) -> None:
    """Tell who listens at the chosen site of an event once more, when the caller's transaction is committed.

    Raises:
        InvalidRequest: nobody listens, or only to the events of test mode.
    """
    if event.livemode or not _is_heard(event.site_id):
        raise InvalidRequest(
            "Nobody listens to these events. Start `manage.py listen` and retry the request, or name a webhook "
            "endpoint. Only events of test mode are listened to.",
            param="for_stripecli",
        )
    statements.execute(
        "SELECT pg_notify(%s, %s)", [_CHANNEL, f"{_AGAIN} {event.site_id} {event.pk}"]
    )


def _is_heard(site_id: str) -> bool:
    ((is_heard,),) = statements.fetch(_IS_HEARD, [_AT_SITE, site_id])
    return bool(is_heard)


class Follower:
    """The events of the chosen site, from the moment of its making on, in the order in which they are committed.

    Iterating never ends by itself. The connection to the database is the thread's own, and is closed with the iterator.

    Args:
        tell: gets a sentence when the database goes away, and when it is back.
    """

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._site = tenancy.current().site_id
        self._tell = tell
        self._told: deque[str] = deque(maxlen=_REMEMBERED)
        self._frontier = self._marked = ""
        self._is_ready = False

    def begin(self) -> None:
        """Connect and listen; what is committed after this is yielded.

        Raises:
            TooManyListeners: there is no place.
        """
        with connection.cursor() as cursor:
            if not self._frontier:
                cursor.execute(_BEGIN, [self._site])
                self._frontier, before = cursor.fetchone()
                self._told.extend(before)
            cursor.execute(f"LISTEN {_CHANNEL}")
            _take_place(cursor, self._site)
        missed = self._missed()
        self._mark()
        self._waiting = deque(missed)
        self._is_ready = True

    def __iter__(self) -> Iterator[Event]:
        try:
            while True:
                try:
                    if not self._is_ready:
                        self._return()
                    yield from self._stretch()
                except (OperationalError, psycopg.OperationalError):
                    self._is_ready = False
                    connection.close()
                    self._tell("The database went away. Waiting for it to come back.")
        finally:
            connection.close()  # and with it the place

    def _return(self) -> None:
        """Connect again, however long that takes."""
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            with suppress(DatabaseError, psycopg.Error, TooManyListeners):
                self.begin()
                self._tell("The database is back.")
                return
            connection.close()
            time.sleep(pause)

    def _stretch(self) -> Iterator[Event]:
        """Yield the events of one connection."""
        while True:
            yield from self._load(self._waiting)
            self._waiting.clear()
            notes = list(_link().notifies(timeout=_PULSE, stop_after=1))
            told = [note.payload.partition(" ") for note in notes]
            for kind, _, rest in told:
                if kind == _MARK and rest == self._marked:
                    self._frontier = rest
                elif kind == self._site:
                    self._waiting.append(rest)
                elif kind == _AGAIN:
                    self._hear_again(*rest.split(" "))
            if self._waiting or not notes:
                self._mark()

    def _hear_again(self, site_id: str, pk: str) -> None:
        if site_id == self._site:
            with suppress(ValueError):
                self._told.remove(pk)
            self._waiting.append(pk)

    def _load(self, ids: deque[str]) -> Iterator[Event]:
        fresh = [pk for pk in ids if pk not in self._told]
        found = Event.objects.in_bulk(fresh)
        for pk in fresh:
            self._told.append(pk)
            if pk in found:
                yield found[pk]

    def _mark(self) -> None:
        """Note where we are; it holds once our own note comes back, since all that was seen here came before it."""
        with connection.cursor() as cursor:
            self._marked = _snapshot(cursor)
            cursor.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, f"{_MARK} {self._marked}"])

    def _missed(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(_SINCE, [self._frontier, self._site])
            return [pk for (pk,) in cursor.fetchall()]


def _take_place(cursor: Any, site_id: str) -> None:
    """Take a place for as long as the connection lives; who published before and knew of nobody is waited for."""
    cursor.execute("SET lock_timeout = 0")  # however long that takes
    for place in range(PLACES):
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SEATED, place])
        if cursor.fetchone()[0]:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_HEARING, place])
            cursor.execute("SELECT pg_advisory_lock_shared(%s, hashtext(%s))", [_AT_SITE, site_id])
            return
    raise TooManyListeners(f"{PLACES} are listening already: end one of them first.")


def _snapshot(cursor: Any) -> str:
    """Return which transactions have ended, as PostgreSQL writes it down."""
    cursor.execute("SELECT pg_current_snapshot()::text")
    return str(cursor.fetchone()[0])


def _link() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    return connection.connection  # type: ignore[no-any-return]  # psycopg's own, below Django's
