"""The addresses under which customers find an invoice's page and its file without signing in.

An address ends in a key that only we can make out of the invoice's id, so that it is the same each time and cannot be
guessed. Until the pages are there, there are no addresses.
"""

import hmac
from functools import cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from customers.kit import ids

HOSTED, PDF = "hosted_invoice", "invoice_pdf"
"""The names of the routes, whose gaps are `pk` and `key`."""

_PREFIX = "invst"


def hosted(pk: str, number: str) -> str | None:
    """Return the address of an invoice's page; None for a draft, which has no number."""
    return _address(HOSTED, pk) if number else None


def pdf(pk: str, number: str) -> str | None:
    """Return the address of an invoice's file; None for a draft, which has no number."""
    return _address(PDF, pk) if number else None


def key(pk: str) -> str:
    """Return what stands in an invoice's addresses beside its id."""
    return ids.derived(_PREFIX, f"invoice page {pk}").removeprefix(f"{_PREFIX}_")


def is_key(pk: str, said: str) -> bool:
    """Tell whether an address was made by us."""
    return hmac.compare_digest(key(pk).encode(), said.encode())


def _address(route: str, pk: str) -> str | None:
    if not _is_there(route):
        return None
    return f"{settings.PUBLIC_URL}{reverse(route, kwargs={'pk': pk, 'key': key(pk)})}"


@cache
def _is_there(route: str) -> bool:
    try:
        reverse(route, kwargs={"pk": "in_0", "key": "0"})
    except NoReverseMatch:
        return False
    return True
