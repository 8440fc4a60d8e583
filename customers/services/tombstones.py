"""Tombstones: telling whether somebody was erased, without having kept who it was."""

import unicodedata
from collections.abc import Iterable

from customers.kit import sealing, tenancy
from customers.models import Customer, Erasure, Tombstone

Kind = Tombstone.Kind


def put_up(erasure: Erasure, customer: Customer, emails: Iterable[str]) -> None:
    """Write down, as keyed digests, what an erased customer was known by."""
    known = [(Kind.ID, customer.pk), (Kind.EXTERNAL_ID, customer.external_id)]
    known += [(Kind.EMAIL, email) for email in emails]
    rows = {
        (kind, digest(kind, value)): Tombstone.belonging_to(
            erasure,
            erasure=erasure,
            kind=kind,
            digest=digest(kind, value),
            created_at=erasure.created_at,
        )
        for kind, value in known
        if value
    }
    Tombstone.objects.bulk_create(rows.values(), ignore_conflicts=True)


def was_erased(*, email: str = "", external_id: str = "", pk: str = "") -> bool:
    """Tell whether a customer of the chosen site and mode who was known by any of these was erased.

    Whoever brings customers in from elsewhere, from a file, another system or a backup, asks this first: what it says
    yes to must not come back by itself. Somebody who comes back on their own is a new customer.
    """
    known = ((Kind.EMAIL, email), (Kind.EXTERNAL_ID, external_id), (Kind.ID, pk))
    wanted = [digest(kind, value) for kind, value in known if value]
    return bool(wanted) and Tombstone.objects.filter(digest__in=wanted).exists()


def erased_among(kind: Tombstone.Kind, values: Iterable[str]) -> set[str]:
    """Return those of many values by which an erased customer was known, in one query."""
    by_digest = {digest(kind, value): value for value in values if value}
    found = Tombstone.objects.filter(digest__in=list(by_digest)).values_list("digest", flat=True)
    return {by_digest[bytes(each)] for each in found}


def is_anybody_erased() -> bool:
    """Tell whether there is anybody of the chosen site and mode to ask for."""
    return Tombstone.objects.exists()


def digest(kind: Tombstone.Kind, value: str) -> bytes:
    """Return what a value is known by in the chosen site and mode, however it is spelled."""
    scope = tenancy.current()
    spelled = unicodedata.normalize("NFC", value).strip()
    if kind == Kind.EMAIL:
        spelled = spelled.casefold()
    return sealing.digest(f"tombstone {kind.value}", f"{scope.site_id} {scope.livemode} {spelled}")
