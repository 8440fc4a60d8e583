"""Work that goes on beside a test, as the worker's does."""

from contextlib import contextmanager
from threading import Event, Thread

from django.db import connection


@contextmanager
def repeated(work, *, pause):
    """Do something again and again while a test runs; what it fails at fails the test, and is told with it.

    Args:
        pause: seconds between two turns.
    """
    ends, failures = Event(), []

    def turns():
        while not ends.wait(pause):
            try:
                work()
            except Exception as error:  # noqa: BLE001 -- whatever it is, the test tells of it
                failures.append(error)
        connection.close()

    thread = Thread(target=turns)
    thread.start()
    yield
    ends.set()
    thread.join()
    assert failures == []
