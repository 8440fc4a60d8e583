"""The keeper: starts the server as its child and stops it when nobody uses it any more.

Run as `python -m config.database.keeper <folder>`, its order on standard input, by the first
process that wants the database; it detaches itself, needs nothing but the standard library, and
sleeps in the kernel. Should the keeper be killed, the server shuts down in good order, and the
next connection starts both anew.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from config import lifeline, pid_files
from config.database.order import LEAVING, PID_FILE, USERS_LOCK, Order

_LINGER = 3  # seconds without users before the server stops: long enough for the next command


def main(order: Order) -> None:
    """Keep the server until its last user has gone."""
    if os.fork():
        os._exit(0)  # whoever ordered waits for this process only; its child belongs to nobody
    os.chdir("/")
    server = _start(order)
    pid_file = Path(order["folder"]) / PID_FILE
    with suppress(OSError):  # a service to people; the server does not depend on it
        pid_files.write(pid_file, server.pid)
    try:
        _keep(server, order)
    finally:
        pid_files.remove(pid_file, server.pid)


def _keep(server: "subprocess.Popen[bytes]", order: Order) -> None:
    os.close(order["server_lock"])  # the server's own copy lives as long as the server does
    signal.signal(signal.SIGCHLD, partial(_tell_of_end, server))
    users = os.open(Path(order["folder"]) / USERS_LOCK, os.O_RDWR | os.O_CLOEXEC)
    try:
        if server.poll() is None:
            _wait_until_unused(users, Path(order["folder"]) / LEAVING)
    except _ServerEnded:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server.send_signal(signal.SIGINT)  # "fast": open transactions are rolled back
    server.wait()  # and only now may new users come in: the lock ends with this process


class _ServerEnded(Exception):
    pass


def _tell_of_end(server: "subprocess.Popen[bytes]", _signal: int, _frame: FrameType | None) -> None:
    """Raise where the server has ended; the signal also comes when it was merely stopped or goes on."""
    if server.poll() is not None:
        raise _ServerEnded


def _start(order: Order) -> "subprocess.Popen[bytes]":
    who: dict[str, Any] = {}
    if order["user"] is not None:
        who = {"user": order["user"], "group": order["group"], "extra_groups": []}
    return subprocess.Popen(  # noqa: S603 -- ordered by our own launcher
        order["argv"],
        cwd=order["data"],
        stdin=subprocess.DEVNULL,
        env=order["env"],
        pass_fds=[order["server_lock"]],
        preexec_fn=lifeline.tied(signal.SIGINT),  # noqa: PLW1509 -- this process has no threads
        **who,
    )


def _wait_until_unused(users: int, leaving: Path) -> None:
    """Return holding the lock of the users alone, after a while without any."""
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        if leaving.exists():  # the last user asked not to linger
            leaving.unlink()
            return
        fcntl.flock(users, fcntl.LOCK_UN)
        time.sleep(_LINGER)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return


if __name__ == "__main__":
    main(json.load(sys.stdin))
