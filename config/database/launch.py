"""Making a cluster and starting its server; the caller holds the locks."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.database import binaries
from config.database.account import Account, leave_to_owner, people, server_account
from config.database.errors import ClusterError
from config.database.order import Order

ROLE = "keeptab"  # what the application connects as: no superuser, but the owner of its databases
PORT = 5432  # a part of the socket's name only; said aloud so that PGPORT cannot change it

_HERE = "/proc/self/cwd"  # a name for the working directory that passes no closed folder
_CLEAN = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # no PG* variable of the caller

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "jit": "off",
    # The log: a file for each day of the week. Errors of clients stay out of it (they reach the
    # client anyway), and so does every statement: both may hold what a customer typed.
    "logging_collector": "on",
    "log_destination": "stderr",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_file_mode": "0600",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

_ROLES = f"""\
CREATE ROLE {ROLE} LOGIN NOSUPERUSER CREATEDB;

ALTER ROLE {ROLE} SET lock_timeout = '5s';

ALTER ROLE {ROLE} SET idle_in_transaction_session_timeout = '30s';

CREATE DATABASE {ROLE} OWNER {ROLE};

"""


@dataclass(frozen=True)
class Launch:
    """One attempt to start the server.

    Args:
        settings: what differs from our own settings of the server.
        server_lock: a descriptor of the lock that the server is to inherit.
    """

    folder: Path
    sockets: Path
    settings: Mapping[str, str]
    server_lock: int
    account: Account
    programs: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self) -> None:
        """Make the cluster if there is none, and have a keeper start the server."""
        if not self.data.exists():
            self._make()
        self._check_version()
        _write(self.data / "pg_hba.conf", f"local all postgres,{ROLE} peer map=keeptab\n")
        _write(self.data / "pg_ident.conf", _map(people(self.folder)))
        self._clear_remains()
        self._start_keeper()

    def _make(self) -> None:
        """Make the cluster beside its place and move it there when it is complete."""
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.account.own(draft)
        # `C` is known to every machine; order and case come from the builtin C.UTF-8 alone
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        kept = ["--data-checksums", "--encoding=UTF8", "--auth=peer", "--username=postgres"]
        self._tool(draft, ["initdb", "-D", self._where(draft), "--no-sync", *locale, *kept])
        alone = ["postgres", "--single", "-j", "-D", self._where(draft), "-c", "exit_on_error=true"]
        self._tool(draft, [*alone, "-c", "fsync=off", "postgres"], typed=_ROLES)
        if self.settings.get("fsync") != "off":
            self._tool(draft, ["initdb", "-D", self._where(draft), "--sync-only"])
        draft.rename(self.data)

    def _tool(self, draft: Path, command: list[str], typed: str = "") -> None:
        try:
            done = subprocess.run(  # noqa: S603 -- programs of ours, arguments of ours
                [self.programs / command[0], *command[1:]],
                cwd=draft,
                env=_CLEAN,
                input=typed,
                capture_output=True,
                text=True,
                pass_fds=[self.server_lock],  # held on should this process be killed meanwhile
                check=False,
                **self.account.switch,
            )
        except OSError as error:
            message = (
                f"PostgreSQL cannot run as user {self.account.name} ({error.strerror}); "
                "run Keeptab as a normal user, or set DATABASE_URL."
            )
            raise ClusterError(message) from error
        if done.returncode:
            message = f"The database cannot be made in {self.folder}: {reason(done.stderr)}."
            raise ClusterError(message)

    def _where(self, data: Path) -> str:
        """Return the name by which the server knows its data, being in that folder."""
        return _HERE if self.account.switch and Path(_HERE).exists() else str(data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        brought = binaries.version(self.programs).split(".")[0]
        if made_by != brought:
            message = (
                f"The database in {self.folder} was made by PostgreSQL {made_by}, and this "
                f"installation brings PostgreSQL {brought}; load a dump made with the old version "
                "into a new folder (DATA_DIR), or set DATABASE_URL."
            )
            raise ClusterError(message)

    def _clear_remains(self) -> None:
        """Remove what a killed server left: it trusts process ids, which others get in time.

        We hold the lock that every process of a living server holds, so there is none.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _start_keeper(self) -> None:
        sockets = "." if self.sockets == self.data else str(self.sockets)
        settings = {"unix_socket_directories": sockets, **_SETTINGS, **self.settings}
        chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        order: Order = {
            "argv": [str(self.programs / "postgres"), "-D", self._where(self.data), *chosen],
            "env": _CLEAN,
            "folder": str(self.folder),
            "data": str(self.data),
            "user": self.account.switch.get("user"),
            "group": self.account.switch.get("group"),
            "server_lock": self.server_lock,
        }
        # The folder is there for whoever reads a list of processes; the order comes by the input.
        keeper = [sys.executable, "-S", "-E", "-m", "config.database.keeper", str(self.folder)]
        with startup_log(self.folder).open("wb") as log:
            leave_to_owner(startup_log(self.folder))
            subprocess.run(  # noqa: S603 -- ourselves
                keeper,
                cwd=Path(__file__).parents[2],
                pass_fds=[self.server_lock],
                input=json.dumps(order).encode(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=False,
            )


def prepare(
    folder: Path, sockets: Path, settings: Mapping[str, str], *, server_lock: int
) -> Launch:
    """Return a launch of the server by the user and with the programs that this machine has."""
    account = server_account(folder)
    programs = binaries.within_reach(binaries.installed(), account)
    return Launch(folder, sockets, settings, server_lock, account, programs)


def startup_log(folder: Path) -> Path:
    """Return the file with what the keeper and the server said before the server had a log."""
    return folder / "startup.log"


def reason(said: str) -> str:
    """Return the part of PostgreSQL's output that says why it gave up."""
    # a client that came too early or too late is not the reason
    said = "".join(
        line for line in said.splitlines(keepends=True) if "database system is" not in line
    )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if any(f"{word}:" in line for word in ("FATAL", "PANIC"))]
    errors = [line for line in lines if "error:" in line.lower()]
    chosen = (fatal or errors or lines[-1:] or ["it ended without a word"])[0]
    return chosen.split(":  ", 1)[-1].removeprefix("initdb: error: ").rstrip(".")


def _map(names: list[str]) -> str:
    """Return who may connect as what, for pg_ident.conf."""
    return "".join(f'keeptab "{name}" {role}\n' for name in names for role in (ROLE, "postgres"))


def _write(path: Path, text: str) -> None:
    """Write a file in the server's folder without following a link that somebody put there.

    What is there already is left alone: on a full disk nothing else could be put in its place.
    """
    if not path.is_symlink() and path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.unlink(missing_ok=True)
    held = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    os.fchmod(held, 0o644)  # whatever the umask: root writes it, the server's user reads it
    with open(held, "w", encoding="utf-8") as file:  # noqa: PTH123 -- a descriptor, not a path
        file.write(text)
