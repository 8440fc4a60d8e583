"""The client for requests to addresses that others chose: it cannot be led to where only we may go.

A name is resolved once, each of its addresses is looked at, and what is connected to is one of these addresses, never
the name again. Redirects are not followed, no proxy, cookie or credential of the environment is used, and the whole
request, from the name to the last byte of the answer, has one deadline.

The standard library's sockets and parser of answers, in threads, are the fastest client that was measured.
"""

import http.client
import io
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

from customers.kit.web_places import Place, check_addresses, place_of

DEADLINE = 10  # seconds for a request, whatever happens in it
MOST_READ = 65_536  # bytes of an answer, head and body
MOST_KEPT = 2_048  # bytes of an answer's body
_KEPT_IDLE = 5  # seconds for which a connection waits for its next request
_KEPT_AT_MOST = 30  # seconds after which a name is resolved again
_MOST_IDLE = 128  # connections
_MOST_LOOKUPS = 32  # names that are resolved at the same time


class Failed(Exception):
    """A request without a whole answer; the sentence says why. The receiver may have got it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Args:
        retry_after: the header of that name; empty where there is none.
        text: the beginning of the body, without NUL.
    """

    status: int
    retry_after: str
    text: str


class Client:
    """Sends requests, from any number of threads, and keeps connections for a few seconds."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str, int, bool], list[_Line]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, livemode: bool) -> Answer:
        """Send a body, and return the answer whatever its status.

        Args:
            headers: names and values of ASCII without line breaks.

        Raises:
            Refused: we do not connect to this address.
            Failed: no whole answer came within the deadline.
        """
        until = monotonic() + DEADLINE
        place = place_of(url, livemode=livemode)
        request = _request(place, body, headers)
        try:
            line = self._kept(place)
            if line is not None:
                try:
                    return self._exchange(place, line, request, until)
                except (ConnectionError, ssl.SSLError):
                    pass  # it was closed while it waited: what any server may do at any time
            return self._exchange(place, _connect(place, until), request, until)
        except (OSError, http.client.HTTPException) as error:
            raise Failed(_why(error)) from error

    def close_old(self) -> None:
        """Close the connections that nothing was sent through lately."""
        self._close(lambda line: not line.is_fresh)

    def close(self) -> None:
        """Close all connections through which nothing is being sent."""
        self._close(lambda _line: True)

    def _close(self, is_chosen: Callable[["_Line"], bool]) -> None:
        with self._lock:
            lines = [(key, line) for key, waiting in self._idle.items() for line in waiting]
            self._idle, self._count = {}, 0
            for key, line in lines:
                if is_chosen(line):
                    line.close()
                else:
                    self._idle.setdefault(key, []).append(line)
                    self._count += 1

    def _exchange(self, place: Place, line: "_Line", request: bytes, until: float) -> Answer:
        is_kept = False
        try:
            line.begin(until)
            line.send(request)
            response = http.client.HTTPResponse(line, method="POST")  # type: ignore[arg-type]  # all it asks of a socket
            response.begin()
            if not line.has_room:
                raise http.client.HTTPException
            text = _read(response).decode("utf-8", "replace").replace("\0", "")
            is_whole = response.isclosed() and not response.length and line.has_room
            is_kept = is_whole and not response.will_close
            retry_after = response.getheader("Retry-After", "")
            return Answer(response.status, retry_after, text)
        finally:
            self._put_back(place, line, is_kept=is_kept)

    def _kept(self, place: Place) -> "_Line | None":
        while True:
            with self._lock:
                lines = self._idle.get(place.line)
                if not lines:
                    return None
                line = lines.pop()
                self._count -= 1
            if line.is_fresh and not line.was_closed:
                return line
            line.close()

    def _put_back(self, place: Place, line: "_Line", *, is_kept: bool) -> None:
        if is_kept:
            line.rest()
            with self._lock:
                is_kept = self._count < _MOST_IDLE
                if is_kept:
                    self._idle.setdefault(place.line, []).append(line)
                    self._count += 1
        if not is_kept:
            line.close()


class _Line:
    """A connection, of which every step ends at the deadline of its request."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._opened_at = self._rests_since = monotonic()
        self._until = 0.0
        self._left = 0

    def begin(self, until: float) -> None:
        self._until, self._left = until, MOST_READ

    def rest(self) -> None:
        self._rests_since = monotonic()

    def send(self, request: bytes) -> None:
        left = memoryview(request)
        while left:
            self._link.settimeout(_seconds_to(self._until))
            left = left[self._link.send(left) :]

    def read_into(self, buffer: memoryview) -> int:
        self._link.settimeout(_seconds_to(self._until))
        count = self._link.recv_into(buffer[: self._left])
        self._left -= count
        return count

    @property
    def has_room(self) -> bool:
        return self._left > 0

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return what the parser of answers reads from."""
        return io.BufferedReader(_Reader(self))

    @property
    def is_fresh(self) -> bool:
        now = monotonic()
        return now - self._rests_since < _KEPT_IDLE and now - self._opened_at < _KEPT_AT_MOST

    @property
    def was_closed(self) -> bool:
        """Tell whether the other side has closed it, or sent what nobody asked for."""
        return bool(select.select([self._link], [], [], 0)[0])

    def close(self) -> None:
        self._link.close()


class _Reader(io.RawIOBase):
    """An answer's bytes; there are none beyond the limit."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.read_into(buffer) if self._line.has_room else 0


def _connect(place: Place, until: float) -> _Line:
    """Open a connection to one of the addresses that were checked."""
    addresses = [place.host] if place.is_address else _resolved(place.host, until)
    check_addresses(place, addresses)
    link = _first_that_answers(addresses, place.port, until)
    try:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if place.scheme == "https":
            link.settimeout(_seconds_to(until))
            link = _tls().wrap_socket(link, server_hostname=place.host)
    except BaseException:
        link.close()
        raise
    return _Line(link)


def _first_that_answers(addresses: list[str], port: int, until: float) -> socket.socket:
    """Return a connection to the first address that takes one; each gets its share of the time that is left."""
    error: OSError | None = None
    for number, address in enumerate(addresses):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        link = socket.socket(family, socket.SOCK_STREAM)
        try:
            link.settimeout(_seconds_to(until) / (len(addresses) - number))
            link.connect((address, port))
        except OSError as refusal:
            link.close()
            error = refusal
        else:
            return link
    raise error or OSError("the name has no address")


def _read(response: http.client.HTTPResponse) -> bytes:
    """Return the beginning of an answer's body, read as far as it came; its status says whether it was taken."""
    kept = piece = _piece(response)
    while piece:
        piece = _piece(response)
        kept += piece[: MOST_KEPT - len(kept)]
    return kept


def _piece(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(MOST_KEPT)
    except http.client.IncompleteRead:
        return b""


_lookups = threading.BoundedSemaphore(_MOST_LOOKUPS)


def _resolved(host: str, until: float) -> list[str]:
    """Return a name's addresses; a resolver that hangs is left to itself at the deadline.

    Raises:
        OSError: the name has none, or none was told in time.
    """
    found: list[Any] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except OSError as error:
            found.append(error)
        finally:
            _lookups.release()

    if not _lookups.acquire(timeout=_seconds_to(until)):
        raise TimeoutError
    thread = threading.Thread(target=look_up, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(_seconds_to(until))
    if not found:
        raise TimeoutError
    (answer,) = found
    if isinstance(answer, OSError):
        raise answer
    return list(dict.fromkeys(str(place[4][0]).partition("%")[0] for place in answer))


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _seconds_to(until: float) -> float:
    """Return the time that is left.

    Raises:
        TimeoutError: none is.
    """
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _request(place: Place, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a request's bytes.

    Raises:
        ValueError: a header holds what would end it: a bug of the caller's.
    """
    lines = [f"{name}: {value}" for name, value in headers.items()]
    together = "".join(lines)
    if not (together.isascii() and together.isprintable()):
        raise ValueError("A header holds what no header can.")
    head = [f"POST {place.target} HTTP/1.1", f"Host: {place.authority}", *lines]
    head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("ascii") + body


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, f"There was no answer within {DEADLINE} seconds."),
    (ssl.SSLError, "No secure connection came about."),
    (socket.gaierror, "The host name could not be found."),
    (ConnectionRefusedError, "The connection was refused."),
    (ConnectionError, "The connection was closed before the answer came."),
    (http.client.HTTPException, "The answer was no HTTP."),
)


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate is not valid: {error.verify_message}."
    for kind, sentence in _REASONS:
        if isinstance(error, kind):
            return sentence
    return f"The connection failed: {getattr(error, 'strerror', None) or error}."
