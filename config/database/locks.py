"""Locks on files. The kernel drops them however their holder ends, so none of them can go stale."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.database.account import leave_to_owner

try:
    import fcntl
except ImportError as missing:
    message = "Keeptab needs Linux or macOS; on Windows, run it in WSL or in a container."
    raise ImportError(message) from missing

_PAUSE = 0.01  # seconds between two looks at a file that somebody else holds


def share(path: Path) -> int:
    """Wait until nobody holds the file alone; hold it with others until the descriptor closes."""
    return _locked(path, fcntl.LOCK_SH)


def take(path: Path) -> int:
    """Wait until nobody holds the file; hold it alone until every copy of the descriptor closes."""
    return _locked(path, fcntl.LOCK_EX)


def take_if_free(path: Path) -> int | None:
    """Hold the file alone, as `take` does, or return None because somebody else holds it."""
    try:
        return _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the file alone for the length of a block."""
    held = take(path)
    try:
        yield
    finally:
        os.close(held)


@contextmanager
def alone_within(path: Path, seconds: float) -> Iterator[bool]:
    """Hold the file alone for the length of a block; yield whether that could be had in so many seconds."""
    give_up_at = time.monotonic() + seconds
    while (held := take_if_free(path)) is None and time.monotonic() < give_up_at:
        time.sleep(_PAUSE)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _locked(path: Path, kind: int) -> int:
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        leave_to_owner(path)
        fcntl.flock(held, kind)
    except BaseException:
        os.close(held)
        raise
    return held
