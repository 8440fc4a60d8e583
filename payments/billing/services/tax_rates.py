"""Tax rates: made, changed in everything but what they take, and found for what is taxed by them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import statements, tenancy, together
from customers.kit.errors import InvalidRequest, NotFound
from customers.services import customers
from payments.billing.models import TaxRate


def get(pk: str, *, param: str = "id") -> TaxRate:
    """Return a tax rate of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = TaxRate.objects.filter(pk=pk).first()
    if found is None:
        raise _missing(pk, param=param)
    return found


def resolve(ids: Sequence[str], *, param: str) -> list[str]:
    """Return the ids of tax rates for something new to be taxed by, each once.

    Args:
        param: where in the request they stand.

    Raises:
        NotFound: the chosen site has none with one of these ids.
        InvalidRequest: one was archived.
    """
    found = by_id(ids)
    for place, pk in enumerate(ids):
        where = f"{param}[{place}]"
        if pk not in found:
            raise _missing(pk, param=where)
        if not found[pk].is_active:
            raise InvalidRequest(
                f"The tax rate {pk} is inactive and cannot be used for anything new.", param=where
            )
    return list(dict.fromkeys(ids))


def by_id(ids: Iterable[str]) -> dict[str, TaxRate]:
    """Return the chosen site's tax rates with these ids, archived ones too."""
    found: dict[str, TaxRate] = {}
    unknown = set()
    for pk in ids:
        known = together.recalled((TaxRate, pk))
        if known is None:
            unknown.add(pk)
        else:
            found[pk] = known
    if unknown:
        found |= {rate.pk: rate for rate in TaxRate.objects.filter(pk__in=unknown)}
    return found


def create(*, details: Mapping[str, Any], at: datetime) -> TaxRate:
    """Make a tax rate.

    Args:
        details: columns by name; `display_name`, `percentage` and `is_inclusive` at least.
    """
    scope = tenancy.current()
    rate = TaxRate(
        id=TaxRate.new_id(), site=scope.site, livemode=scope.livemode,
        **{**details, "metadata": customers.merged_metadata({}, details.get("metadata"))},
        created_at=at,
    )  # fmt: skip
    with transaction.atomic(savepoint=False):
        statements.insert(rate)
        events.publish("tax_rate.created", rate, at=at)
    return rate


def update(rate: TaxRate, *, details: Mapping[str, Any], at: datetime) -> TaxRate:
    """Change a tax rate; what the details leave out stays as it is.

    Args:
        details: columns by name, of which `percentage` and `is_inclusive` are none; `metadata` is merged.
    """
    with transaction.atomic(savepoint=False):
        row = TaxRate.objects.select_for_update(no_key=True).get(pk=rate.pk)
        before = events.spell(row)
        for name, value in details.items():
            is_merged = name == "metadata"
            setattr(
                row, name, customers.merged_metadata(row.metadata, value) if is_merged else value
            )
        previous = events.difference(before, events.spell(row))
        if previous:
            row.save(update_fields=list(details))
            events.publish("tax_rate.updated", row, previous=previous, at=at)
    return row


def _missing(pk: str, *, param: str) -> NotFound:
    return NotFound(f"No such tax rate: '{pk}'", param=param)
