"""A receiver of webhooks on a port of its own, which answers as it is told, well or badly."""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Received:
    """A request as it came in; names of headers in lowercase."""

    path: str
    headers: dict
    body: bytes
    at: float = field(default_factory=time.time)
    connection: int = 0


def answer(status=200, body=b"", **headers):
    """Return what sends a whole answer, and lets the connection live."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = [f"HTTP/1.1 {status} Said", *lines, f"Content-Length: {len(body)}"]
    said = "\r\n".join([*head, "", ""]).encode() + body

    def act(link, request):
        link.sendall(said)
        return True

    return act


def raw(said):
    """Return what sends bytes as they are, and closes the connection."""

    def act(link, request):
        link.sendall(said)

    return act


def reset(link, request):
    """Break the connection off without an answer."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(link, request):
    """Take the request and say nothing until the other side gives up."""
    with suppress(OSError):
        link.recv(1)


def drip(link, request):
    """Answer byte by byte, and never get to the end."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"." * 1_000_000:
            link.sendall(bytes([byte]))
            time.sleep(0.01)


class Receiver:
    """Listens from the beginning to the end of its block, on a thread for each connection.

    Args:
        act: gets the socket and the request; what it returns says whether the connection lives on.
        tls: the context of a server that speaks TLS.
    """

    def __init__(self, act=None, *, tls=None, port=0):
        self.act = act or answer()
        self.requests = []
        self._tls = tls
        self._links = set()
        self._lock = threading.Condition()
        self._server = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self._server.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            links = list(self._links)
        for link in links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def wait_for(self, count, seconds=30):
        """Return the requests once there are so many."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.requests) >= count, seconds), self.requests
            return list(self.requests)

    def _listen(self):
        number = 0
        with suppress(OSError):
            while True:
                link, _ = self._server.accept()
                number += 1
                threading.Thread(target=self._serve, args=(link, number), daemon=True).start()

    def _serve(self, link, number):
        with suppress(OSError, ValueError), link:
            if self._tls:
                link = self._tls.wrap_socket(link, server_side=True)
            with self._lock:
                self._links.add(link)
            with link, link.makefile("rb") as lines:
                while request := _read(lines, number):
                    with self._lock:
                        self.requests.append(request)
                        self._lock.notify_all()
                    if not self.act(link, request):
                        break
        with self._lock:
            self._links.discard(link)


def _read(lines, number):
    first = lines.readline()
    if not first:
        return None
    headers = {}
    while (line := lines.readline().strip()) != b"":
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = lines.read(int(headers.get("content-length", 0)))
    return Received(first.split()[1].decode(), headers, body, connection=number)
