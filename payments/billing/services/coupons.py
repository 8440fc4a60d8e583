"""Coupons: made, renamed, deleted; and whether one can still be had."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import choice
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from customers.events.services import events
from customers.kit import ids, statements, tenancy
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, NotFound, TryAgain
from customers.services import customers
from payments.billing.models import Coupon, Product
from payments.billing.services import chosen_ids

LATEST = timedelta(days=5 * 366)
"""How far ahead the last day of a coupon can be."""
_DRAWN = 8  # characters, as Stripe draws them
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
_UPDATABLE = ("name", "metadata", "currency_options")


def drawn() -> str:
    """Return a word of eight letters and digits, none of which is taken for another."""
    return "".join(choice(_LETTERS) for _letter in range(_DRAWN))


def get(pk: str, *, param: str = "id") -> Coupon:
    """Return a coupon that was not deleted, by its id or its row's key.

    Raises:
        NotFound: the site has none with this id.
    """
    found = Coupon.objects.filter(pk__in=chosen_ids.keys(pk), deleted_at=None).first()
    if found is None:
        raise _missing(pk, param)
    return found


def redeemable(at: datetime) -> Q:
    """Return the condition for coupons that can be had."""
    return Q(deleted_at=None) & in_time("redeem_by", at) & LEFT


def in_time(column: str, at: datetime) -> Q:
    """Return the condition for rows whose last instant is none, or still to come."""
    return Q(**{column: None}) | Q(**{f"{column}__gt": at})


LEFT = Q(max_redemptions=None) | Q(times_redeemed__lt=F("max_redemptions"))
"""The condition for rows that were not redeemed as often as they can be."""


def holds(
    deleted_at: datetime | None,
    last: datetime | None,
    most: int | None,
    redeemed: int,
    *,
    at: datetime,
) -> bool:
    """Tell from a coupon's columns, or a promotion code's, whether it can be had."""
    return deleted_at is None and (last is None or last > at) and (most is None or redeemed < most)


def refusal(coupon: Coupon, *, param: str, at: datetime) -> DomainError | None:
    """Return why a coupon cannot be had any more; None where it can."""
    shown = ids.shown(coupon.pk)
    if coupon.deleted_at is not None:
        return _missing(shown, param)
    if coupon.redeem_by is not None and coupon.redeem_by <= at:
        return InvalidRequest(f"Coupon expired: {shown}", param=param, code="coupon_expired")
    if coupon.max_redemptions is not None and coupon.times_redeemed >= coupon.max_redemptions:
        return InvalidRequest(
            f"Coupon {shown} is used up and cannot be applied.", param=param, code="coupon_expired"
        )
    return None


def create(*, terms: Mapping[str, Any], pk: str = "", at: datetime) -> Coupon:
    """Make a coupon.

    Args:
        terms: columns by name, and `products`, the ids of what alone it is for. Amounts are minor units.
        pk: the id that the merchant chose; one is drawn where there is none.

    Raises:
        InvalidRequest: the terms do not fit each other, or the id is taken.
        NotFound: there is no such product.
    """
    columns = {name: value for name, value in terms.items() if name != "products"}
    _check(columns, at=at)
    scope = tenancy.current()
    coupon = Coupon(
        id=chosen_ids.key(Coupon, pk or drawn()), site_id=scope.site_id, livemode=scope.livemode,
        created_at=at, product_ids=_product_keys(terms.get("products") or []),
        **{**columns, "metadata": customers.merged_metadata({}, columns.get("metadata"))},
    )  # fmt: skip
    refusals = {"billing_coupon_pkey": lambda: chosen_ids.taken(Coupon) if pk else TryAgain()}
    with transaction.atomic(savepoint=False), translated(refusals):
        statements.insert(coupon)
        events.publish("coupon.created", coupon, at=at)
    return coupon


def update(coupon: Coupon, *, details: Mapping[str, Any], at: datetime) -> Coupon:
    """Change a coupon's `name`, `metadata` or `currency_options`: the rest of it is a promise, and stays.

    Args:
        details: by column; metadata is merged, and so are the amounts off in other currencies.

    Raises:
        NotFound: it was deleted meanwhile.
        InvalidRequest: the coupon takes no amount off, or there would be too much metadata.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(coupon)
        before = events.spell(row)
        row.name = details.get("name", row.name)
        if "metadata" in details:
            row.metadata = customers.merged_metadata(row.metadata, details["metadata"])
        if "currency_options" in details:
            options = {**row.currency_options, **details["currency_options"]}
            _check_options(row.amount_off, row.currency, options)
            row.currency_options = options
        row.save(update_fields=_UPDATABLE)
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish("coupon.updated", row, previous=previous, at=at)
    return row


def delete(coupon: Coupon, *, at: datetime) -> Coupon:
    """Let nobody have a coupon any more; the discounts that came of it stay, and its id stays taken.

    Raises:
        NotFound: it was deleted before.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(coupon)
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])
        events.publish("coupon.deleted", row, at=at)
    return row


def _locked(coupon: Coupon) -> Coupon:
    living = Coupon.objects.filter(pk=coupon.pk, deleted_at=None)
    row = living.select_for_update(no_key=True).first()
    if row is None:
        raise _missing(ids.shown(coupon.pk), "id")
    return row


def _check(terms: Mapping[str, Any], *, at: datetime) -> None:
    percent, amount = terms.get("percent_off"), terms.get("amount_off")
    if (percent is None) == (amount is None):
        raise InvalidRequest(
            "Give either percent_off or amount_off: a coupon takes off one of them.",
            param="percent_off" if percent is None else "amount_off",
            code="parameter_missing" if percent is None else "",
        )
    if percent is not None:
        _check_percent(percent)
    _check_currency(terms, amount)
    _check_options(amount, terms.get("currency", ""), terms.get("currency_options") or {})
    _check_duration(terms)
    last = terms.get("redeem_by")
    if last is not None and not at < last <= at + LATEST:
        raise InvalidRequest(
            "Invalid redeem_by: it must be in the future, and at most five years ahead.",
            param="redeem_by",
        )


def _check_percent(percent: Decimal) -> None:
    if not 0 < percent <= 100 or percent != round(percent, 2):  # noqa: PLR2004 -- a whole
        raise InvalidRequest(
            "Invalid percent_off: it must be more than 0 and at most 100, with at most two digits after the point.",
            param="percent_off",
        )


def _check_currency(terms: Mapping[str, Any], amount: int | None) -> None:
    if amount is not None and not terms.get("currency"):
        raise InvalidRequest(
            "Missing required param: currency.", param="currency", code="parameter_missing"
        )
    if amount is None and terms.get("currency"):
        raise InvalidRequest("A percentage has no currency.", param="currency")


def _check_options(amount: int | None, currency: str, options: Mapping[str, Any]) -> None:
    if options and amount is None:
        raise InvalidRequest(
            "currency_options are for coupons that take an amount off.", param="currency_options"
        )
    if currency in options:
        raise InvalidRequest(
            f"{currency} is the coupon's own currency: its amount is amount_off.",
            param=f"currency_options[{currency}]",
        )


def _check_duration(terms: Mapping[str, Any]) -> None:
    is_repeating = terms.get("duration") == Coupon.Duration.REPEATING
    months = terms.get("duration_months")
    if is_repeating and months is None:
        raise InvalidRequest(
            "Missing required param: duration_in_months.",
            param="duration_in_months",
            code="parameter_missing",
        )
    if not is_repeating and months is not None:
        raise InvalidRequest(
            "duration_in_months is for coupons whose duration is repeating.",
            param="duration_in_months",
        )


def _product_keys(wanted: Sequence[str]) -> list[str]:
    """Return the keys of products, which must be there."""
    if not wanted:
        return []
    keys = [key for pk in wanted for key in chosen_ids.keys(pk)]
    found = Product.objects.filter(pk__in=keys).values_list("pk", flat=True)
    by_id = {ids.shown(pk): pk for pk in found}
    for position, pk in enumerate(wanted):
        if ids.shown(pk) not in by_id:
            where = f"applies_to[products][{position}]"
            raise NotFound(f"No such product: '{pk}'", param=where)
    return list(dict.fromkeys(by_id[ids.shown(pk)] for pk in wanted))


def _missing(pk: str, param: str) -> NotFound:
    return NotFound(f"No such coupon: '{ids.shown(pk)}'", param=param)
