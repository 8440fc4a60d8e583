"""A cluster: one folder with PostgreSQL's data, and the server that runs on it while it is used."""

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from psycopg import conninfo, pq

from config.database import launch, locks
from config.database.account import leave_to_owner, server_account
from config.database.errors import ClusterError, unwritable
from config.database.order import LEAVING, USERS_LOCK

PATIENCE = 600  # seconds; a server that recovers from a crash may take minutes
_SHORTEST_REST, _LONGEST_REST = 0.5, 8  # seconds before a server that did not start is tried again
_LONGEST_SOCKET = 100  # bytes; the kernels allow 103 at least
_SHARED_TEMP = Path("/tmp")  # noqa: S108 -- not TMPDIR: every process has to find the same folder
_PAUSE = 0.01  # seconds between two looks at a server that starts


class Cluster:
    """The server of one folder, as seen by this process.

    Args:
        settings: settings of PostgreSQL that differ from ours; they count when the server starts.
    """

    patience: ClassVar[float] = PATIENCE
    """Seconds that this process waits for a server to start; whoever answers requests waits for less."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder.expanduser().absolute()
        self._settings = settings
        self._guard = threading.Lock()
        self._membership: int | None = None  # our share in users.lock; forks inherit it
        self._seen_running = False
        self._rest = 0.0  # seconds after the last failed start
        self._rests_until = 0.0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket: the data, unless their path is too long for one."""
        if len(os.fsencode(self.data / f".s.PGSQL.{launch.PORT}")) <= _LONGEST_SOCKET:
            return self.data
        name = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]
        return _SHARED_TEMP / f"keeptab-{name}"

    @property
    def address(self) -> dict[str, Any]:
        """Where the server listens and as whom the application connects, as libpq spells it."""
        return {"host": str(self.sockets), "port": launch.PORT, "user": launch.ROLE}

    def ensure(self) -> None:
        """Have a running server; asks only once in the life of a process, for asking costs.

        Raises:
            ClusterError: there is none and none can be started.
        """
        if not self._seen_running:
            self.heal()

    def heal(self) -> None:
        """Have a running server after all: look, and start one if there is none.

        Raises:
            ClusterError: there is none and none can be started.
        """
        with self._guard:
            try:
                self._join()
                if not self.is_ready():
                    self._start_unless_it_rests()
            except OSError as error:
                raise unwritable(error) from error
            self._seen_running = True

    def is_ready(self) -> bool:
        """Tell whether the server takes connections, by trying one."""
        target = conninfo.make_conninfo(**self.address, dbname="postgres", connect_timeout=5)
        return pq.Ping(pq.PGconn.ping(target.encode())) is pq.Ping.OK

    def leave(self) -> None:
        """Stop using the server and, if nobody else does, return when it has stopped."""
        with self._guard:
            if self._membership is None:
                return
            leaving = self.folder / LEAVING
            leaving.touch()
            os.close(self._membership)
            self._membership = None
            self._seen_running = False
            if _within(1.0, lambda: not leaving.exists()):
                _within(PATIENCE, self._is_stopped)
            leaving.unlink(missing_ok=True)

    def _join(self) -> None:
        if self._membership is None:
            if not self.folder.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                leave_to_owner(self.folder)
            self._membership = locks.share(self.folder / USERS_LOCK)

    def _start_unless_it_rests(self) -> None:
        """Start the server; where it keeps failing, as on a full disk, try less and less often."""
        if time.monotonic() < self._rests_until:
            raise ClusterError(self._silence())
        try:
            self._start()
        except (ClusterError, OSError):
            self._rest = min(_LONGEST_REST, max(_SHORTEST_REST, 2 * self._rest))
            self._rests_until = time.monotonic() + self._rest
            raise
        self._rest = 0.0

    def _start(self) -> None:
        give_up_at = time.monotonic() + self.patience
        with locks.alone_within(self.folder / "start.lock", self.patience) as is_ours:
            launched = False
            while not self.is_ready():
                held = locks.take_if_free(self.folder / "server.lock") if is_ours else None
                if held is not None:  # no process of a server is left
                    try:
                        self._launch(held, again=launched)
                    finally:
                        os.close(held)
                    launched = True
                elif time.monotonic() > give_up_at:
                    raise ClusterError(self._silence())
                time.sleep(_PAUSE)

    def _silence(self) -> str:
        return f"The database in {self.folder} does not answer; see {self._log()}."

    def _launch(self, server_lock: int, *, again: bool) -> None:
        if again:
            said = self._log().read_text(errors="replace")
            why = launch.reason(said.rpartition("starting PostgreSQL")[2])
            message = f"The database in {self.folder} does not start: {why}. See {self._log()}."
            raise ClusterError(message)
        self._make_socket_folder()
        launch.prepare(self.folder, self.sockets, self._settings, server_lock=server_lock).run()

    def _make_socket_folder(self) -> None:
        """Make the folder for the socket where the data's path is too long; refuse one not ours."""
        folder = self.sockets
        if folder == self.data:
            return
        account = server_account(self.folder)
        if not os.path.lexists(folder):
            folder.mkdir(mode=0o700)
            account.own(folder)
        status = folder.lstat()
        private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
        if not private or status.st_uid != account.uid:
            message = (
                f"The path of {self.folder} is too long for a socket, and {folder} is not ours "
                "alone; choose a shorter folder with DATA_DIR."
            )
            raise ClusterError(message)

    def _log(self) -> Path:
        """Return the newest of the server's logs that says anything about its end."""
        first = launch.startup_log(self.folder)
        logs = [log for log in (first, *(self.data / "log").glob("*.log")) if log.exists()]
        return max(logs, key=lambda log: log.stat().st_mtime, default=first)

    def _is_stopped(self) -> bool:
        held = locks.take_if_free(self.folder / "server.lock")
        if held is None:
            return False
        os.close(held)
        return True


def cluster_of(options: Mapping[str, Any]) -> Cluster:
    """Return the cluster that the OPTIONS of a database name."""
    return _cluster(Path(options["cluster"]), tuple(options.get("server_settings", {}).items()))


@cache
def _cluster(folder: Path, settings: tuple[tuple[str, str], ...]) -> Cluster:
    return Cluster(folder, dict(settings))


def _within(seconds: float, is_true: Callable[[], bool]) -> bool:
    """Wait until it is true, but no longer than this; return whether it is."""
    give_up_at = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(_PAUSE)
    return True
