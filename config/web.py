"""The web server as a process: `python -m config.web <address> <port> <workers>`.

Granian's own command line could do the same, but for one thing: its workers would go on serving
after their parent was killed. Here each of them is tied to it.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from config import lifeline, server_options
from config.database.cluster import Cluster

_COUNTERS = "PROMETHEUS_MULTIPROC_DIR"  # the library reads it when it is first imported: what all workers count into
_DRAIN = 10  # seconds a worker gets to finish what it is answering
_PATIENCE = 5  # seconds a request waits for a database that starts; "try again" is a better answer than none
_MEMORY = Path("/dev/shm")  # noqa: S108 -- the kernel's own; the folder made in it is ours alone


def main(address: str, port: int, workers: int) -> None:
    """Serve until told to stop."""
    Cluster.patience = _PATIENCE
    # Counters are files that are mapped into memory: on a full disk, counting would end the process.
    counters = tempfile.mkdtemp(prefix="keeptab-metrics-", dir=_MEMORY if _in_memory() else None)
    os.environ[_COUNTERS] = counters
    try:
        _serve(address, port, workers)
    finally:
        shutil.rmtree(counters, ignore_errors=True)


def _serve(address: str, port: int, workers: int) -> None:
    if multiprocessing.get_start_method() == "fork":
        _application()  # loaded once: the workers are copies, and share the memory
    server = Server(
        "config.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1 + server_options.DOWNLOADS_AT_ONCE,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_DRAIN,
    )
    loader = partial(_load, lifeline.tied(signal.SIGKILL))
    server.serve(target_loader=loader, wrap_loader=False)


def _in_memory() -> bool:
    return _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK | os.X_OK)


def _load(tie: Callable[[], None]) -> Any:
    """Return the application, in a worker that is to end with its parent."""
    tie()
    from config.downloads import OneAtATime  # noqa: PLC0415 -- Django, which only workers need

    return OneAtATime(_application())


def _application() -> Any:
    return import_module("config.wsgi").application


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
