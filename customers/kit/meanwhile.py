"""Work that is done while the database is at another's: in the same thread, a little of it at a time.

A thread would compete for the interpreter with the one that talks to the database. That one needs it several times for
each statement, and gets it late each time, while the database has nothing to do; measured, it waited as long as it
worked.
"""

import select
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.waiting import Wait

_EVENTS = {
    Wait.R: select.POLLIN,
    Wait.W: select.POLLOUT,
    Wait.RW: select.POLLIN | select.POLLOUT,
}


@contextmanager
def doing(work: Callable[[], bool]) -> Iterator[None]:
    """Do some work whenever the database keeps the block waiting.

    Args:
        work: does a little, half a millisecond's worth, without the database, and tells whether there is more.
    """
    wrapper = connections[DEFAULT_DB_ALIAS]
    wrapper.ensure_connection()
    raw = wrapper.connection
    wait = raw.wait

    def wait_at_work(answer: Generator[Any, Any, Any], **options: Any) -> Any:
        return wait(_interleaved(answer, raw.pgconn.socket, work), **options)

    raw.wait = wait_at_work  # of this connection alone
    try:
        yield
    finally:
        del raw.wait


def _interleaved(
    answer: Generator[Any, Any, Any], socket: int, work: Callable[[], bool]
) -> Generator[Any, Any, Any]:
    """Go through what psycopg does for an answer, and work before each wait for as long as it would be one."""
    try:
        wanted = next(answer)
        while True:
            poll = select.poll()
            poll.register(socket, _EVENTS[wanted])
            while not poll.poll(0) and work():
                pass
            wanted = answer.send((yield wanted))
    except StopIteration as end:
        return end.value
