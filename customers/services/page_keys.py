"""Keys of pages: with one, the page of ours in which it stands may make tokens, for a quarter of an hour.

Publishable keys are kept as digests, as all keys are, so that none can be written into a page; and one that could would
be good for ever and everywhere. A page's key is made when the page is: it is sealed, holds the site, the mode, the page
and its end, and is kept nowhere. Only what makes tokens takes it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from customers.kit import ids, sealing
from customers.kit.errors import Unauthenticated
from customers.kit.tenancy import every_site
from customers.models import ApiKey, Site

LIVES = timedelta(minutes=15)
_PREFIX = "pgk_"
_SHOWN = 8  # characters


@dataclass(frozen=True, slots=True)
class PageKey:
    """What a page's key says.

    Args:
        key: what a publishable key would be, for the door; it is no row.
        page: which page it was made for, such as `invoice in_…`.
    """

    key: ApiKey
    page: str


def is_one(text: str) -> bool:
    """Tell whether a credential looks like a page's key."""
    return text.startswith(_PREFIX)


def issue(site: Site, *, livemode: bool, page: str, at: datetime) -> str:
    """Return a key for one showing of a page.

    Args:
        page: which one, such as `invoice in_…`: what is made with its keys is counted together.
    """
    said = [site.pk, livemode, page, int((at + LIVES).timestamp()), ids.random_key()]
    return _PREFIX + urlsafe_b64encode(sealing.seal(orjson.dumps(said))).decode().rstrip("=")


def recognise(text: str, *, at: datetime) -> PageKey:
    """Return what a page's key says.

    Raises:
        Unauthenticated: it is none of ours, or its time is over.
    """
    sealed = text.removeprefix(_PREFIX)
    try:
        opened = sealing.unseal(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
        site_id, livemode, page, until, _ = orjson.loads(opened)
    except (sealing.CannotUnseal, ValueError) as error:
        raise Unauthenticated("Invalid API Key provided.") from error
    if at.timestamp() >= until:
        raise Unauthenticated("Expired API Key provided.", code="api_key_expired")
    with every_site():
        site = Site.objects.filter(pk=site_id).first()
    if site is None:
        raise Unauthenticated("Invalid API Key provided.")
    key = ApiKey(
        site=site,
        livemode=livemode,
        kind=ApiKey.Kind.PUBLISHABLE,
        visible_prefix=text[:_SHOWN],
        last4=text[-4:],
    )
    return PageKey(key, page)
