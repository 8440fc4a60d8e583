"""Email addresses: their form, whether their domain can receive mail, and who else has them."""

import logging
from functools import cache

import dns.resolver
from django.db.models import QuerySet
from email_validator import (
    EmailNotValidError,
    EmailUndeliverableError,
    caching_resolver,
    validate_email,
)

from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.models import Customer, EmailUniqueness, Site

MAX_LENGTH = 512  # Stripe's; the mail system itself allows 254
_log = logging.getLogger(__name__)


def check_deliverable(site: Site, email: str, *, skip: bool = False) -> None:
    """Ask the domain name system whether an address can receive mail, where the site wants that (rules P6, C26).

    A resolver that does not answer is a warning in the log, never a refusal.

    Args:
        skip: the request's `skip_email_dns_validations`.

    Raises:
        InvalidRequest: the domain does not exist or takes no mail.
    """
    if skip or not email or not site.checks_email_dns:
        return
    try:
        validate_email(email, check_deliverability=True, dns_resolver=_resolver())
    except EmailUndeliverableError as error:
        if not isinstance(error.__cause__, _ANSWERS | None):
            _warn(error.__cause__)
            return
        raise InvalidRequest(
            f"Invalid email address: {email}. {error}", param="email", code="email_invalid"
        ) from error
    except (EmailNotValidError, dns.resolver.NoResolverConfiguration, OSError) as error:
        _warn(error)


# What resolvers say of domains without mail; the library calls any other trouble of theirs "undeliverable" as well.
_ANSWERS = dns.resolver.NXDOMAIN | dns.resolver.NoAnswer


def _warn(trouble: BaseException) -> None:
    _log.warning("The domain of an email address could not be checked: %s", type(trouble).__name__)


@cache
def _resolver() -> dns.resolver.Resolver:
    return caching_resolver(timeout=3)


def sharing(email: str, *, but: Customer | None = None) -> QuerySet[Customer]:
    """Return the living customers with an email address, in any letter case.

    Args:
        but: one who is left out.
    """
    rows = Customer.objects.living().filter(email__iexact=email).exclude(email="")
    return rows if but is None else rows.exclude(pk=but.pk)


def warnings_of(customer: Customer) -> list[str]:
    """Return what a site wants to be warned of: `email_taken` where another customer has the same address (rule C1)."""
    if tenancy.current().site.email_uniqueness != EmailUniqueness.WARN:
        return []
    return ["email_taken"] if sharing(customer.email, but=customer).exists() else []
