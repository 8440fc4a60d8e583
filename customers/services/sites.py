"""Sites: made with their first keys, found by their short names, and their policies changed."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Lower
from django.utils.text import slugify

from customers.kit.errors import InvalidRequest
from customers.kit.tenancy import every_site
from customers.models import ApiKey, Customer, EmailUniqueness, Site
from customers.services import api_keys

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
    if Site.objects.filter(slug=slug).exists():
        raise InvalidRequest(f"There is a site with the short name '{slug}' already.", param="slug")
    site = Site(id=Site.new_id(), name=name, slug=slug, created_at=at, **details)
    try:
        site.full_clean(exclude=["id"])
    except ValidationError as error:
        param, messages = next(iter(error.message_dict.items()))
        raise InvalidRequest(f"Invalid {param}: {' '.join(messages)}", param=param) from error
    site.save(force_insert=True)
    return site


def set_email_uniqueness(site: Site, policy: str) -> Site:
    """Change what happens when an email address comes twice.

    Raises:
        InvalidRequest: the policy is to enforce it, and addresses are shared already.
    """
    with transaction.atomic(), every_site():
        customers = Customer.objects.select_for_update().filter(site=site, deleted_at=None)
        customers.exclude(unique_email=None).update(unique_email=None)
        if policy == EmailUniqueness.ENFORCE:
            _enforce_unique_emails(site)
        site.email_uniqueness = policy
        site.save(update_fields=["email_uniqueness"])
    return site


def _enforce_unique_emails(site: Site) -> None:
    living = Customer.objects.filter(site=site, deleted_at=None).exclude(email="")
    shared = (
        living.values("livemode", address=Lower("email")).annotate(n=Count("id")).filter(n__gt=1)
    )
    examples = [row["address"] for row in shared[:3]]
    if examples:
        raise InvalidRequest(
            f"Several customers share an email address, for example {', '.join(examples)}: merge them first.",
            param="email_uniqueness",
        )
    living.update(unique_email=Lower("email"))
