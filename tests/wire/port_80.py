"""How the official Omise library for Node reaches the server under test: it knows port 80 and no path (fact F1).

Where this process may, the server gets a loopback address of its own. Elsewhere Node runs in a network of its own,
whose port 80 leads to the server through a Unix socket: this module, run as a program, makes that network.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pytest_django.live_server_helper import LiveServer

_PORT = 80
_IN_ITS_OWN_NETWORK = ["unshare", "--map-root-user", "--net"]
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # Linux: SIOCSIFFLAGS, IFF_UP | IFF_RUNNING


@dataclass(frozen=True)
class Way:
    """How a program reaches the server at port 80.

    Args:
        host: what the program has to ask.
        command: what the program has to be run by.
    """

    host: str
    command: Sequence[str | Path] = ()


@contextlib.contextmanager
def address_of_its_own(live: str) -> Iterator[Way]:
    """Serve at port 80 of a loopback address that nobody else uses."""
    host = _free_address()
    server = LiveServer(f"{host}:{_PORT}")
    try:
        yield Way(host)
    finally:
        server.stop()


@contextlib.contextmanager
def network_of_its_own(live: str) -> Iterator[Way]:
    """Let programs run where port 80 leads to the server."""
    address = urlsplit(live)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "server")
        with _serving(_Unix(path, to=(address.hostname, address.port))):
            command = [*_IN_ITS_OWN_NETWORK, sys.executable, Path(__file__), path]
            yield Way("127.0.0.1", command)


def ways():
    """Return the ways there are on this machine, the plainest first."""
    return [way for way, is_there in _WAYS.items() if is_there()]


def _may_bind() -> bool:
    try:
        _free_address()
    except OSError:
        return False
    return True


def _may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*_IN_ITS_OWN_NETWORK, "true"], capture_output=True, check=False)
    return tried.returncode == 0


_WAYS = {address_of_its_own: _may_bind, network_of_its_own: _may_unshare}


def _free_address():
    """Return a loopback address whose port 80 is free; two runs at once hardly ever hit on the same one."""
    with socket.socket() as probe:
        host = f"127.80.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
        probe.bind((host, _PORT))
        return host


class _Passing(socketserver.BaseRequestHandler):
    """Passes on what comes in, both ways, until both sides have ended."""

    def handle(self):
        kind = socket.AF_UNIX if isinstance(self.server.to, str) else socket.AF_INET
        with socket.socket(kind) as far:
            far.connect(self.server.to)
            back = threading.Thread(target=_copy, args=(far, self.request))
            back.start()
            _copy(self.request, far)
            back.join()


def _copy(source, target):
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path, *, to):
        super().__init__(path, _Passing)
        self.to = to


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, address, *, to):
        super().__init__(address, _Passing)
        self.to = to


@contextlib.contextmanager
def _serving(server):
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def _run_inside(path, *command):
    """Run a program in a network that has nothing but a loopback, whose port 80 leads to a Unix socket."""
    with socket.socket() as link:
        fcntl.ioctl(link, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
    with _serving(_Tcp(("127.0.0.1", _PORT), to=path)):
        return subprocess.run(command, env=os.environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(_run_inside(*sys.argv[1:]))
