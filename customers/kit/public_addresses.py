"""Which network addresses are public: those that nobody but their owner's machines answers at, seen from anywhere.

Python's own judgement (`is_global`) changed between its versions and calls ways into private networks global, such as
6to4 and NAT64, whose addresses hold another one. So the list is ours: IPv6 is refused unless it is unicast that was
given out, IPv4 unless it stands in no list of special purposes.

Source: https://www.iana.org/assignments/iana-ipv4-special-registry/,
https://www.iana.org/assignments/iana-ipv6-special-registry/
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_IPV4_REFUSED = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; Linux takes it for the machine itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind carriers' translators
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; clouds tell machines their secrets there
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays into 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_IPV6_GIVEN_OUT = IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # of protocols: Teredo, ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4: holds an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


def is_public(text: str) -> bool:
    """Tell whether an address, as numbers, is a public one; an IPv4 address in IPv6's clothes is judged as what it is.

    Raises:
        ValueError: it is no address.
    """
    address = _unwrapped(text)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4_REFUSED)
    return address in _IPV6_GIVEN_OUT and not any(address in network for network in _IPV6_REFUSED)


def is_this_machine(text: str) -> bool:
    """Tell whether an address, as numbers, is the machine's own loopback.

    Raises:
        ValueError: it is no address.
    """
    return _unwrapped(text).is_loopback


def _unwrapped(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
