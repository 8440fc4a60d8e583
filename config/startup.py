"""The steps before Keeptab serves: each does its part quickly, or refuses with one sentence."""

import errno
import hashlib
import http.client
import os
import socket
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from config.database import locks
from config.database.errors import ClusterError
from config.supervisor import Refused
from customers.events.services import partitions
from customers.kit import clock

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- compared with, not bound to
_NOT_MIGRATED = "The database could not be brought up to date"

_TAKEN = "Port {port} is taken; choose another with --port."


def url_of(address: str, port: int) -> str:
    """Return where a browser on this machine finds a server that listens there."""
    host = _EVERYWHERE.get(address, address)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def hosts(address: str) -> list[str]:
    """Return the names by which browsers may ask for a server that listens there."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if address in _EVERYWHERE:
        names += [socket.gethostname().lower(), _address_in_the_network()]
    else:
        names.append(f"[{address}]" if ":" in address else address.lower())
    return list(dict.fromkeys(names))


@contextmanager
def sole_use_of(folder: Path, url: str) -> Iterator[None]:
    """Keep others from starting on the same data folder, for the length of a block.

    Raises:
        Refused: another start holds the folder, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / "start.lock"
        held = locks.take_if_free(note)
        if held is None:
            raise Refused(_taken(note.read_text(encoding="utf-8")))
        os.truncate(held, 0)
        os.write(held, f"{os.getpid()} {url}\n".encode())
    except OSError as error:
        message = f"Keeptab cannot write to {folder}: {_reason(error)}; choose another --data-dir."
        raise Refused(message) from error
    try:
        yield
    finally:
        os.close(held)


def check_port(address: str, port: int) -> None:
    """Make sure that a server can listen there.

    The web server shares its port among its workers (SO_REUSEPORT). Tried without that option, a
    port is taken for a minute by connections that are over; with it, not even by a running server.

    Raises:
        Refused: it cannot.
    """
    if _somebody_listens(address, port):
        raise Refused(_TAKEN.format(port=port))
    try:
        family, _, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = _TAKEN.format(port=port)
        elif error.errno == errno.EACCES:
            message = f"Port {port} is not for normal users; choose another with --port."
        else:
            message = f"Keeptab cannot listen on {address}: {_reason(error)}."
        raise Refused(message) from error


def prepare() -> None:
    """Bring the database and the static files up to date, side by side.

    Raises:
        Refused: one of them cannot be had.
    """
    with ThreadPoolExecutor(1) as pool:
        static = pool.submit(prepare_static)
        _migrate()
        static.result()


def prepare_static() -> None:
    """Bring the static files up to date.

    Raises:
        Refused: they cannot be had.
    """
    try:
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        _collect_static()
    except Exception as error:
        raise Refused(kept("The static files could not be collected")) from error


def kept(message: str) -> str:
    """Write the exception at hand to the log; return the sentence that tells where it is."""
    with _log().open("a", encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return f"{message}, so nothing was started; see {_log()}."


def answers(url: str) -> bool:
    """Tell whether the web server is there and well."""
    client = http.client.HTTPConnection(url.removeprefix("http://"), timeout=2)
    try:
        client.request("GET", "/healthz")
        return client.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def _address_in_the_network() -> str:
    """Return the address from which this machine would speak to others; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:  # it is in no network
            return "127.0.0.1"
        name: str = probe.getsockname()[0]
        return name


def _taken(note: str) -> str:
    pid, _, url = note.strip().partition(" ")
    if not url:
        return "Keeptab is being started on this data folder already."
    return f"Keeptab already runs on this data folder: {url} (process {pid})."


def _somebody_listens(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


def _migrate() -> None:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            with _log().open("w", encoding="utf-8") as file:
                call_command("migrate", interactive=False, no_color=True, stdout=file, stderr=file)
        partitions.make(at=clock.now())
    except ClusterError as error:
        raise Refused(str(error)) from error
    except OperationalError as error:
        if connection.connection is None:
            raise Refused(f"The database does not answer: {_first_line(error)}.") from error
        raise Refused(kept(_NOT_MIGRATED)) from error
    except Exception as error:
        raise Refused(kept(_NOT_MIGRATED)) from error


def _log() -> Path:
    log: Path = settings.DATA_DIR / "logs" / "start.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return log


def _collect_static() -> None:
    """Copy and compress the static files, unless that was done for just these files."""
    stamp = settings.DATA_DIR / "static.stamp"
    wanted = _fingerprint_of_static()
    if stamp.exists() and stamp.read_text() == wanted and Path(settings.STATIC_ROOT).exists():
        return
    unused = list(getattr(staticfiles_storage, "unused", ()))
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=unused)
    stamp.write_text(wanted)


def _fingerprint_of_static() -> str:
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
