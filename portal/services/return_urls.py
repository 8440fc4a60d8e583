"""Where customers may be led back to: the merchant's own pages, so that no address of ours leads to anybody else's."""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from customers.kit import tenancy
from customers.kit.errors import InvalidRequest

_HERE = {"localhost", "127.0.0.1", "::1"}
LONGEST = 2048


def check(url: str, *, param: str) -> str:
    """Return an address to which customers of the chosen site may be led.

    These are addresses at the origins that the site names, at its website's and at this installation's own. In test
    mode it may also be this machine; and where the site names no origin, any.

    Raises:
        InvalidRequest: it is no web address, or another origin's.
    """
    parts = _parsed(url, param)
    scope = tenancy.current()
    site = scope.site
    named = {*site.return_origins, origin_of(site.website), origin_of(settings.PUBLIC_URL)}
    if origin_of(url) in named:
        return url
    if not scope.livemode and (parts.hostname in _HERE or not site.return_origins):
        return url
    raise InvalidRequest(
        f"Invalid {param}: {origin_of(url)} is not among the origins to which customers may return. "
        "Name it in the dashboard, under Settings and Portal.",
        param=param,
        code="url_invalid",
    )


def origin_of(url: str) -> str:
    """Return the origin of a web address, such as `https://example.com`; empty where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, usual} else "")


def _parsed(url: str, param: str) -> SplitResult:
    is_plain = url.isprintable() and " " not in url and "\\" not in url and len(url) <= LONGEST
    if not is_plain or not origin_of(url) or "@" in urlsplit(url).netloc:
        raise InvalidRequest(f"Invalid URL: '{url[:60]}'", param=param, code="url_invalid")
    return urlsplit(url)
