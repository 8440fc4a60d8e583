"""Where a request may go: web addresses that others chose, looked at before anything is connected to.

In live mode an address has to be `https` at port 443 and public. In test mode it may be `http`, at another port, and
at this machine itself, where receivers are developed. OUTBOUND_ALLOW names exceptions, in either mode.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

import idna
from django.conf import settings

from customers.kit import public_addresses

_LONGEST_URL = 2_048
_PORTS = {"http": 80, "https": 443}
_FIRST_FREE_PORT = 1_024  # below it stand a machine's own services, such as mail
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_AUTHORITY = re.compile(r"(?:[^\[\]:]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")


class Refused(Exception):
    """A request that is not made; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes.

    Args:
        host: in lowercase ASCII; an IPv6 address without brackets.
        target: path and query.
        is_excepted: whether OUTBOUND_ALLOW names it, so that its addresses may be any.
    """

    scheme: str
    host: str
    port: int
    target: str
    livemode: bool
    is_excepted: bool

    @property
    def authority(self) -> str:
        """Return host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_address(self) -> bool:
        """Tell whether the host is no name."""
        return ":" in self.host or _NUMBER.fullmatch(self.host.rpartition(".")[2]) is not None

    @property
    def line(self) -> tuple[str, str, int, bool]:
        """Return what requests have to share to go through the same connection."""
        return self.scheme, self.host, self.port, self.livemode


def place_of(url: str, *, livemode: bool) -> Place:
    """Return where a URL leads, as far as can be told without resolving its name.

    Raises:
        Refused: it is no web address, or one that we do not connect to.
    """
    try:
        parts = urlsplit(url)
        port = _PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        host = _host(parts.hostname or "")
    except ValueError:
        raise _no_address() from None
    if len(url) > _LONGEST_URL or _UNFIT.search(url) or parts.scheme not in _PORTS:
        raise _no_address()
    if "@" in parts.netloc:
        raise Refused("A web address must not hold a user name or a password.")
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise _no_address()
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    is_excepted = f"{host}:{port}" in settings.OUTBOUND_ALLOW
    place = Place(parts.scheme, host, port, path + query, livemode, is_excepted)
    if not is_excepted:
        _check_port(place)
        if place.is_address:
            check_addresses(place, [host])
    return place


def check_addresses(place: Place, addresses: Iterable[str]) -> None:
    """Make sure that every address of a name is one that we connect to.

    Raises:
        Refused: one is not. The sentence does not tell it, since names of our own network are not for everybody.
    """
    if place.is_excepted:
        return
    for address in addresses:
        is_near = not place.livemode and public_addresses.is_this_machine(address)
        if not (is_near or public_addresses.is_public(address)):
            raise Refused(f"{place.host} is not a public address; OUTBOUND_ALLOW can name it.")


def _no_address() -> Refused:
    return Refused("This is no web address.")


def _host(text: str) -> str:
    """Return a host as it is asked for: a name in ASCII, or an address.

    Raises:
        ValueError: it is neither.
    """
    if ":" in text:
        if "%" in text:
            raise ValueError
        return ip_address(text).compressed
    host = text.removesuffix(".").lower()
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode()
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):  # noqa: PLR2004 -- what DNS has
        raise ValueError
    # What ends in a number is an address, and only its usual spelling: resolvers take `0x7f.1` and 2130706433, too.
    return ip_address(host).compressed if _NUMBER.fullmatch(labels[-1]) else host


def _check_port(place: Place) -> None:
    if place.livemode and (place.scheme, place.port) != ("https", 443):
        raise Refused("In live mode a web address has to begin with https:// and use port 443.")
    if place.port not in _PORTS.values() and place.port < _FIRST_FREE_PORT:
        raise Refused(f"Port {place.port} is not one that web servers use.")
