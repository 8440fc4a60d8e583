"""Sites: made with their first keys, and their settings changed."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Min
from django.db.models.functions import Upper
from django.utils.text import slugify

from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest
from customers.kit.tenancy import every_site
from customers.models import ApiKey, Customer, EmailUniqueness, Site
from customers.models.sites import ADDRESS
from customers.services import api_keys, powers, tax_locations
from customers.services.powers import Power

KEY_NAMES = {
    "sk_test": (ApiKey.Kind.SECRET, ApiKey.Spelling.STRIPE, False),
    "pk_test": (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.STRIPE, False),
    "sk_live": (ApiKey.Kind.SECRET, ApiKey.Spelling.STRIPE, True),
    "pk_live": (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.STRIPE, True),
    "skey_test": (ApiKey.Kind.SECRET, ApiKey.Spelling.OMISE, False),
    "pkey_test": (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.OMISE, False),
    "skey_live": (ApiKey.Kind.SECRET, ApiKey.Spelling.OMISE, True),
    "pkey_live": (ApiKey.Kind.PUBLISHABLE, ApiKey.Spelling.OMISE, True),
}
CURRENCIES = tuple(sorted(code.lower() for code in get_global("all_currencies")))
_ADDRESS_LENGTH = 200
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
MOST_RETRIES, MOST_RETRY_DAYS = 10, 60
MOST_UPCOMING_DAYS = 60
_EMAIL_LOCK = 1_835_099_492  # the first of the two numbers that name our advisory locks
_SLUG_ONCE = "customers_site_slug_key"  # as PostgreSQL names it


def create(
    *, name: str, slug: str = "", at: datetime, **details: Any
) -> tuple[Site, dict[str, str]]:
    """Make a site with one key of each kind, and return both; the keys are shown this once.

    Args:
        slug: its name in addresses; made from the name when absent.
        details: other columns, such as `country` or `default_currency`.

    Raises:
        InvalidRequest: the short name is taken, or a value is none that a site can have.
    """
    with transaction.atomic():
        site = create_bare(name=name, slug=slug, at=at, **details)
        keys = {
            spelled: api_keys.issue(
                site, livemode=livemode, kind=kind, spelling=spelling, name="First key", at=at
            )[1]
            for spelled, (kind, spelling, livemode) in KEY_NAMES.items()
        }
    return site, keys


def create_bare(*, name: str, slug: str = "", at: datetime, **details: Any) -> Site:
    """Make a site without keys; see `create`.

    Raises:
        InvalidRequest: the short name is taken, or a value is none that a site can have.
    """
    slug = slug or slugify(name)[:63].strip("-")
    site = Site(id=Site.new_id(), name=name, slug=slug, created_at=at, **details)
    _check(site)
    with transaction.atomic(), translated({_SLUG_ONCE: lambda: _slug_taken(slug)}):
        site.save(force_insert=True)
    return site


def update(site: Site, *, details: Mapping[str, Any]) -> Site:
    """Change a site's settings, all or none of them.

    Args:
        details: columns by name; those left out stay as they are.

    Raises:
        InvalidRequest: a value is none that a site can have, the short name is taken, or addresses are to be unique
            that are shared already.
    """
    with transaction.atomic():
        if details.get("email_uniqueness") == EmailUniqueness.ENFORCE:
            _stop_writing_emails(site)  # before any row is locked, since this one waits for others
        row = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
        changed = [name for name, value in details.items() if getattr(row, name) != value]
        if "requires_second_factor" in changed:
            powers.require(Power.MANAGE_SECURITY)
        for name in changed:
            setattr(row, name, details[name])
        _check(row)
        if "email_uniqueness" in changed and row.email_uniqueness == EmailUniqueness.ENFORCE:
            _refuse_shared_emails(row)
        with translated({_SLUG_ONCE: lambda: _slug_taken(row.slug)}):
            row.save(update_fields=changed)
    return row


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of the time zones that there are."""
    return tuple(sorted(available_timezones()))


def _check(site: Site) -> None:
    """Make sure that each column holds what a site can have.

    Raises:
        InvalidRequest: one does not.
    """
    try:
        site.clean_fields(exclude=["id"])
    except ValidationError as error:
        param, messages = next(iter(error.message_dict.items()))
        raise InvalidRequest(f"Invalid {param}: {' '.join(messages)}", param=param) from error
    _check_address(site.address)
    for param, values, known in (
        ("country", [site.country], tax_locations.COUNTRIES),
        ("default_currency", [site.default_currency], CURRENCIES),
        ("timezone", [site.timezone], time_zones()),
        ("languages", site.languages, dict(settings.LANGUAGES)),
    ):
        unknown = [value for value in values if value not in known]
        if unknown:
            raise InvalidRequest(f"Invalid {param}: '{unknown[0]}' is not known.", param=param)
    _check_origins(site.return_origins)
    _check_retries(site.retry_days)
    if site.upcoming_days > MOST_UPCOMING_DAYS:
        raise InvalidRequest(
            f"Invalid upcoming_days: give a number of days from 0 to {MOST_UPCOMING_DAYS}.",
            param="upcoming_days",
        )


def _check_origins(origins: list[str]) -> None:
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise InvalidRequest(
                f"Invalid return_origins: '{origin}' is no origin such as https://example.com.",
                param="return_origins",
            )


def _check_retries(days: list[int]) -> None:
    if len(days) > MOST_RETRIES or not all(1 <= count <= MOST_RETRY_DAYS for count in days):
        raise InvalidRequest(
            f"Invalid retry_days: give up to {MOST_RETRIES} numbers of days, each from 1 to {MOST_RETRY_DAYS}.",
            param="retry_days",
        )


def _check_address(address: object) -> None:
    """Make sure that an address can stand on an invoice.

    Raises:
        InvalidRequest: it cannot.
    """
    parts = address.items() if isinstance(address, dict) else [("", None)]
    if not all(
        name in ADDRESS and isinstance(text, str) and len(text) <= _ADDRESS_LENGTH
        for name, text in parts
    ):
        raise InvalidRequest(
            f"Invalid address: its parts are {', '.join(ADDRESS)}, each a text of up to {_ADDRESS_LENGTH} characters.",
            param="address",
        )
    country = address.get("country", "") if isinstance(address, dict) else ""
    if country and country not in tax_locations.COUNTRIES:
        raise InvalidRequest(f"Invalid address: '{country}' is no country.", param="address")


def _stop_writing_emails(site: Site) -> None:
    """Let no customer of the site get an email address until the open transaction has ended.

    Waits for the transactions in which some just did. The migration `0003_claimed_emails` has the other side: each of
    them reads the policy under this lock, so that the duplicates counted here are all there are, and all there will be.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_EMAIL_LOCK, site.pk])


def _refuse_shared_emails(site: Site) -> None:
    with every_site():
        living = Customer.objects.filter(site=site, deleted_at=None).exclude(email="")
        shared = (
            living.values("livemode", address=Upper("email"))
            .annotate(example=Min("email"), n=Count("id"))
            .filter(n__gt=1)
        )
        examples = [row["example"] for row in shared[:3]]
    if examples:
        raise InvalidRequest(
            f"Several customers share an email address, for example {', '.join(examples)}: merge them first.",
            param="email_uniqueness",
        )


def _slug_taken(slug: str) -> DomainError:
    return InvalidRequest(f"There is a site with the short name '{slug}' already.", param="slug")
