"""Where customers may be led back to: the merchant's own origins, whatever an address looks like."""

import pytest

from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import scoped_to
from portal.services import return_urls

SHOP = "https://shop.example.com"


@pytest.fixture
def live(site):
    """The site's live mode, in which customers return to its shop."""
    site.return_origins, site.website = [SHOP], "https://www.example.com/about"
    site.save()
    with scoped_to(site, livemode=True):
        yield site


def check(url):
    return return_urls.check(url, param="return_url")


@pytest.mark.parametrize(
    "url",
    [
        SHOP,
        f"{SHOP}/account?tab=bills#last",
        f"{SHOP}:443/",
        "HTTPS://Shop.Example.com/",
        "https://www.example.com/other",
    ],
)
def test_the_merchant_s_own_pages_are_taken(live, url):
    assert check(url) == url


def test_our_own_pages_are_taken(live, settings):
    settings.PUBLIC_URL = "https://billing.example.net"

    assert check("https://billing.example.net/portal/acme")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://evil.example.org/", id="another host"),
        pytest.param("http://shop.example.com/", id="without TLS"),
        pytest.param("https://shop.example.com:8443/", id="another port"),
        pytest.param("https://shop.example.com.evil.example.org/", id="ends otherwise"),
        pytest.param("https://evil-shop.example.com/", id="begins otherwise"),
        pytest.param("https://shop.example.com@evil.example.org/", id="user"),
        pytest.param("https://evil.example.org@shop.example.com/", id="user of ours"),
        pytest.param("https://shop.example.com\\@evil.example.org/", id="backslash"),
        pytest.param("//shop.example.com/", id="no scheme"),
        pytest.param("/account", id="no host"),
        pytest.param("javascript:alert(1)", id="script"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("https://shop.example.com/ a", id="space"),
        pytest.param("https://shop.example.com/\n", id="line"),
        pytest.param("https://shop.example.com:port/", id="no port"),
        pytest.param("https://[::1/", id="bracket"),
        pytest.param("https://", id="empty"),
        pytest.param(f"{SHOP}/{'a' * 2048}", id="long"),
        pytest.param("http://localhost:3000/", id="this machine"),
    ],
)
def test_nothing_else_is(live, url):
    with pytest.raises(InvalidRequest) as refused:
        check(url)

    assert (refused.value.param, refused.value.code) == ("return_url", "url_invalid")


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/", "http://127.0.0.1:8000/a", "http://[::1]/"]
)
def test_tests_may_return_to_this_machine(live, url):
    with scoped_to(live, livemode=False):
        assert check(url) == url


def test_tests_return_anywhere_until_origins_are_named(site, scope):
    before = check("https://anywhere.example.org/")
    site.return_origins = [SHOP]
    site.save()

    assert before == "https://anywhere.example.org/"
    with scoped_to(site, livemode=False), pytest.raises(InvalidRequest):
        check("https://anywhere.example.org/")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.com/a", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("https://example.com:80", "https://example.com:80"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("ftp://example.com", ""),
        ("", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, origin):
    assert return_urls.origin_of(url) == origin
