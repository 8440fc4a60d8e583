"""Which addresses requests may go to."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.kit import public_addresses

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255",
]  # fmt: skip
EMBEDDING = {
    "mapped": lambda number: 0xFFFF << 32 | number,
    "compatible": lambda number: number,
    "6to4": lambda number: 0x2002 << 112 | number << 80 | 1,
    "nat64": lambda number: 0x64FF9B << 96 | number,
    "nat64_local": lambda number: 0x64FF9B0001 << 80 | number,
    "teredo": lambda number: 0x20010000 << 96 | number ^ 0xFFFFFFFF,
    "isatap": lambda number: 0xFE80 << 112 | 0x5EFE << 32 | number,
}


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ipv4_is_not_public(address):
    assert public_addresses.is_public(address) is False


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("form", EMBEDDING)
def test_private_ipv4_inside_ipv6_is_not_public(address, form):
    dressed = str(IPv6Address(EMBEDDING[form](int(IPv4Address(address)))))

    assert public_addresses.is_public(dressed) is False


@pytest.mark.parametrize(
    "address",
    [
        "::", "::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:808:808::1",
        "3fff::1", "3fff:fff::1", "5f00::1", "64:ff9b::808:808", "64:ff9b:1::1", "fc00::1", "fd00:ec2::254",
        "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "4000::1",
    ],
)  # fmt: skip
def test_special_ipv6_is_not_public(address):
    assert public_addresses.is_public(address) is False


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.167.1.1", "223.255.255.255",
     "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"],
)  # fmt: skip
def test_what_was_given_out_is_public(address):
    assert public_addresses.is_public(address) is True


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_is_public_that_python_calls_private(address):
    plain = getattr(address, "ipv4_mapped", None) or address

    assert public_addresses.is_public(str(address)) <= (plain.is_global and not plain.is_multicast)


@given(st.ip_addresses(v=4), st.sampled_from([form for form in EMBEDDING if form != "mapped"]))
def test_no_address_inside_another_is_public(address, form):
    dressed = IPv6Address(EMBEDDING[form](int(address)))

    assert public_addresses.is_public(str(dressed)) is False


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_recognized(address):
    assert public_addresses.is_this_machine(address) is True


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "169.254.169.254", "8.8.8.8"])
def test_others_are_not_this_machine(address):
    assert public_addresses.is_this_machine(address) is ip_address(address).is_loopback is False
