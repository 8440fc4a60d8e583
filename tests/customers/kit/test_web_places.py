"""Where requests may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.kit import web_places
from customers.kit.web_places import Place, Refused, check_addresses, place_of

NUMBERS = [
    "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0", "0x", "0x0",
    "127.0.0.01", "127.0.0.0x1", "1.2.3.4.5", "256.1.1.1", "08.8.8.8", "134744072", "0x08080808",
]  # fmt: skip


def test_a_name_in_live_mode():
    place = place_of("https://Hooks.Example.com/a%20ö?x=ü", livemode=True)

    assert place == Place(
        "https", "hooks.example.com", 443, "/a%20%C3%B6?x=%C3%BC", livemode=True, is_excepted=False
    )


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://example.com", "example.com"),
        ("https://example.com./x#part", "example.com"),
        ("https://example.com:8443", "example.com:8443"),
        ("http://bücher.example", "xn--bcher-kva.example"),
        ("http://\uff45xample.com", "example.com"),
        ("http://a_b.example.com", "a_b.example.com"),
        ("http://[2606:4700:0::1111]:8080", "[2606:4700::1111]:8080"),
        ("http://127.0.0.1:3000", "127.0.0.1:3000"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("http://\uff11\uff12\uff17.\uff10.\uff10.\uff11", "127.0.0.1"),
    ],
)
def test_a_place_in_test_mode(url, authority):
    assert place_of(url, livemode=False).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "gopher://example.com",
        "javascript:alert(1)", "https://", "https:///path", "https://exa mple.com", "https://example.com\\@evil.example",
        "https://example.com/\r\nHost: evil", "https://example.com/\x00", "https://[::1", "https://[::1]x",
        "https://[fe80::1%25eth0]", "https://[1.2.3.4]", "https://example.com:99999", "https://example.com:1e3",
        "https://-a.example.com", "https://a..example.com", "https://.example.com", "https://ex*mple.com",
        "https://" + "a" * 64 + ".com", "https://" + "a." * 127 + "com", "https://example.com/" + "a" * 2048,
    ],
)  # fmt: skip
@pytest.mark.parametrize("livemode", [True, False])
def test_what_is_no_web_address_is_refused(url, livemode):

    with pytest.raises(Refused, match="no web address"):
        place_of(url, livemode=livemode)


@pytest.mark.parametrize("userinfo", ["user", "user:pw", ""])
def test_credentials_are_refused(userinfo):
    with pytest.raises(Refused, match="user name"):
        place_of(f"https://{userinfo}@example.com", livemode=False)


@pytest.mark.parametrize("host", NUMBERS)
@pytest.mark.parametrize("livemode", [True, False])
def test_numbers_are_addresses_in_their_usual_spelling_only(host, livemode):
    with pytest.raises(Refused, match="no web address"):
        place_of(f"https://{host}/", livemode=livemode)


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "https://example.com:8443", "http://example.com:443", "https://example.com:80",
     "http://127.0.0.1:3000"],
)  # fmt: skip
def test_live_mode_takes_https_at_its_own_port_only(url):
    with pytest.raises(Refused, match="https://"):
        place_of(url, livemode=True)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 110, 443 - 1, 1023])
def test_ports_of_other_services_are_refused(port):
    with pytest.raises(Refused, match=f"Port {port} "):
        place_of(f"http://example.com:{port}", livemode=False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fd00:ec2::254]", "[::]", "0.0.0.0",
     "100.64.0.1", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "[2001:0:7f00:1::]"],
)  # fmt: skip
def test_live_mode_takes_public_addresses_only(host):
    with pytest.raises(Refused, match="not a public address"):
        place_of(f"https://{host}", livemode=True)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00:ec2::254]", "0.0.0.0", "[::]"]
)
def test_test_mode_takes_this_machine_but_no_network_around_it(host):
    with pytest.raises(Refused, match="not a public address"):
        place_of(f"http://{host}:3000", livemode=False)


@pytest.mark.parametrize("livemode", [True, False])
def test_an_exception_is_of_one_host_and_port(settings, livemode):
    settings.OUTBOUND_ALLOW = ["10.0.0.1:25"]

    allowed = place_of("http://10.0.0.1:25/x", livemode=livemode)

    assert allowed == Place("http", "10.0.0.1", 25, "/x", livemode, is_excepted=True)
    with pytest.raises(Refused):
        place_of("http://10.0.0.1:26/x", livemode=livemode)
    with pytest.raises(Refused):
        place_of("http://10.0.0.2:25/x", livemode=livemode)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "::1"], ["fe80::1"], ["::ffff:10.0.0.1"]],
)  # fmt: skip
def test_one_private_address_of_a_name_is_enough_to_refuse_it(addresses):
    place = place_of("https://example.com", livemode=True)

    with pytest.raises(Refused, match=r"^example\.com is not a public address"):
        check_addresses(place, addresses)


def test_addresses_of_an_exception_may_be_any(settings):
    settings.OUTBOUND_ALLOW = ["hooks.internal:8080"]

    place = place_of("http://hooks.internal:8080", livemode=True)

    assert check_addresses(place, ["10.0.0.1"]) is None


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_place_or_refused(text, livemode):
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        try:
            place = place_of(url, livemode=livemode)
        except Refused:
            continue
        assert f"{place.target} {place.authority}".isascii()
        assert not web_places._UNFIT.search(place.target + place.authority)
