"""Shipping rates: made, changed in everything but what they cost, and chosen for invoices."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit import statements, tenancy
from customers.kit.errors import InvalidRequest, NotFound
from customers.services import customers
from payments.billing.models import ShippingRate

Behavior = ShippingRate.TaxBehavior


def get(pk: str, *, param: str = "id") -> ShippingRate:
    """Return a shipping rate of the chosen site.

    Raises:
        NotFound: there is none.
    """
    found = ShippingRate.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such shipping rate: '{pk}'", param=param)
    return found


def by_id(pks: Iterable[str]) -> dict[str, ShippingRate]:
    """Return the chosen site's shipping rates with these ids, archived ones too."""
    return ShippingRate.objects.in_bulk(set(pks))


def usable(pk: str, *, currency: str, param: str) -> ShippingRate:
    """Return a shipping rate for something new in a currency.

    Raises:
        NotFound: there is none.
        InvalidRequest: it was archived, or has no amount in the currency.
    """
    rate = get(pk, param=param)
    if not rate.is_active:
        raise InvalidRequest(
            f"The shipping rate {pk} is inactive and cannot be used for anything new.", param=param
        )
    check_currency(rate, currency, param=param)
    return rate


def check_currency(rate: ShippingRate, currency: str, *, param: str) -> None:
    """Refuse a rate that has no amount in a currency.

    Raises:
        InvalidRequest: it has none.
    """
    if currency not in {rate.currency, *rate.currency_options}:
        raise InvalidRequest(
            f"The shipping rate has no amount in {currency}; it is in "
            f"{', '.join([rate.currency, *sorted(rate.currency_options)])}.",
            param=param,
        )


def cost(rate: ShippingRate, currency: str) -> tuple[int, str]:
    """Return what a rate comes to in one of its currencies, and whether tax is in that (a `TaxBehavior`)."""
    if currency == rate.currency:
        return rate.amount, rate.tax_behavior
    option = rate.currency_options[currency]
    return option["amount"], option["tax_behavior"]


def create(*, details: Mapping[str, Any], at: datetime) -> ShippingRate:
    """Make a shipping rate.

    Args:
        details: columns by name; `display_name`, `amount` and `currency` at least.

    Raises:
        InvalidRequest: its own currency is among the other ones.
    """
    scope = tenancy.current()
    columns = {
        **details,
        "metadata": customers.merged_metadata({}, details.get("metadata")),
        "currency_options": {
            currency: {"tax_behavior": Behavior.UNSPECIFIED.value, **option}
            for currency, option in details.get("currency_options", {}).items()
        },
    }
    rate = ShippingRate(
        id=ShippingRate.new_id(), site=scope.site, livemode=scope.livemode, created_at=at, **columns
    )  # fmt: skip
    _check_options(rate)
    with transaction.atomic(savepoint=False):
        statements.insert(rate)
    return rate


def update(rate: ShippingRate, *, details: Mapping[str, Any]) -> ShippingRate:
    """Change a shipping rate; what the details leave out stays as it is.

    Args:
        details: columns by name; `metadata` and `currency_options` are merged. A currency's amount stays, and so does
            a tax behaviour that was said.

    Raises:
        InvalidRequest: what stays is to be changed.
    """
    with transaction.atomic(savepoint=False):
        row = ShippingRate.objects.select_for_update(no_key=True).get(pk=rate.pk)
        for name, value in details.items():
            _MERGES.get(name, setattr)(row, name, value)
        _check_options(row)
        row.save(update_fields=list(details))
    return row


# -- below the public ones --------------------------------------------------------------------------------------------


def _check_options(rate: ShippingRate) -> None:
    if rate.currency in rate.currency_options:
        raise InvalidRequest(
            f"{rate.currency} is the rate's own currency, so it is none of its `currency_options`.",
            param=f"fixed_amount[currency_options][{rate.currency}]",
        )


def _merge_metadata(rate: ShippingRate, name: str, said: Any) -> None:
    rate.metadata = customers.merged_metadata(rate.metadata, said)


def _merge_options(rate: ShippingRate, name: str, said: Mapping[str, Mapping[str, Any]]) -> None:
    options = dict(rate.currency_options)
    for currency, option in said.items():
        param = f"fixed_amount[currency_options][{currency}]"
        known = options.get(currency)
        if known is None:
            if "amount" not in option:
                raise InvalidRequest(
                    f"Missing required param: {param}[amount].",
                    param=f"{param}[amount]",
                    code="parameter_missing",
                )
            options[currency] = {"tax_behavior": Behavior.UNSPECIFIED.value, **option}
            continue
        if option.get("amount", known["amount"]) != known["amount"]:
            raise InvalidRequest(
                "What a rate costs never changes: make another rate, and archive this one.",
                param=f"{param}[amount]",
            )
        wanted = option.get("tax_behavior", known["tax_behavior"])
        _check_behavior(known["tax_behavior"], wanted, param=f"{param}[tax_behavior]")
        options[currency] = {**known, "tax_behavior": wanted}
    rate.currency_options = options


def _set_behavior(rate: ShippingRate, name: str, wanted: str) -> None:
    _check_behavior(rate.tax_behavior, wanted, param=name)
    rate.tax_behavior = wanted


def _check_behavior(known: str, wanted: str, *, param: str) -> None:
    if known not in {Behavior.UNSPECIFIED, wanted}:
        raise InvalidRequest(
            f"The tax behavior is {known} already; once it was said, it stays.", param=param
        )


_MERGES: dict[str, Callable[[ShippingRate, str, Any], None]] = {
    "metadata": _merge_metadata,
    "currency_options": _merge_options,
    "tax_behavior": _set_behavior,
}
