"""Promotion codes: made, changed, and found out whether a customer can use one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from customers.events.services import events
from customers.kit import statements, tenancy
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, NotFound, TryAgain
from customers.models import Customer
from customers.services import customers
from payments.billing.models import Coupon, Invoice, PromotionCode
from payments.billing.services import coupons
from payments.models import Charge


def get(pk: str, *, param: str = "id") -> PromotionCode:
    """Return a promotion code with its coupon.

    Raises:
        NotFound: the site has none with this id.
    """
    found = PromotionCode.objects.select_related("coupon").filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such promotion code: '{pk}'", param=param)
    return found


def redeemable(at: datetime) -> Q:
    """Return the condition for codes that can be used, as far as they themselves know."""
    return Q(is_active=True) & coupons.in_time("expires_at", at) & coupons.LEFT


def is_active(code: PromotionCode, *, at: datetime) -> bool:
    """Tell whether a code can be used, by those whom it is for; its coupon must be loaded."""
    return _is_alive(code, at=at) and coupons.refusal(code.coupon, param="", at=at) is None


def active(at: Any) -> Q:
    """Return the condition for codes that can be used, their coupons' conditions included.

    Args:
        at: an instant, or an expression for one.
    """
    of_coupon = (
        Q(coupon__deleted_at=None)
        & coupons.in_time("coupon__redeem_by", at)
        & (
            Q(coupon__max_redemptions=None)
            | Q(coupon__times_redeemed__lt=F("coupon__max_redemptions"))
        )
    )
    return redeemable(at) & of_coupon


def refusal(
    code: PromotionCode, customer: Customer | None, *, param: str, at: datetime
) -> DomainError | None:
    """Return why a customer cannot use a code; None where they can. The code's coupon must be loaded.

    Args:
        customer: None for one who is not there yet.
    """
    if not _is_alive(code, at=at):
        return _refused("This promotion code is not active any more.", param, "expired")
    of_coupon = coupons.refusal(code.coupon, param=param, at=at)
    if of_coupon is not None:
        return of_coupon
    if code.customer_id and (customer is None or code.customer_id != customer.pk):
        return _refused("This promotion code is for another customer.", param, "customer_mismatch")
    if code.is_first_time_only and customer is not None and has_paid(customer):
        return _refused(
            "This promotion code is for the first payment of a customer, and this customer has paid before.",
            param,
            "customer_not_first_time",
        )
    return None


def has_paid(customer: Customer) -> bool:
    """Tell whether a customer ever paid: a charge, or an invoice in another way."""
    if customer._state.adding:
        return False
    charges = Charge.objects.filter(customer=customer, status=Charge.Status.SUCCEEDED)
    paid = Invoice.objects.filter(
        customer=customer, status=Invoice.Status.PAID, amount_paid__gt=0
    )  # fmt: skip
    return charges.exists() or paid.exists()


def check_minimum(code: PromotionCode, *, amount: int, currency: str, param: str) -> None:
    """Make sure that an amount is large enough for a code.

    Args:
        amount: what is asked for before discounts, in minor units of `currency`.

    Raises:
        InvalidRequest: it is too small, or in a currency for which the code has no least amount.
    """
    least = minimum_of(code, currency)
    if least is None and code.minimum_amount is None:
        return
    if least is None or amount < least:
        raise _refused(
            "This promotion code is for larger amounts.", param, "minimum_amount_not_met"
        )


def minimum_of(code: PromotionCode, currency: str) -> int | None:
    """Return the least amount in a currency for which a code can be used, in minor units; None without one."""
    if currency == code.minimum_amount_currency:
        return code.minimum_amount
    option = code.currency_options.get(currency)
    return None if option is None else int(option["minimum_amount"])


def create(
    *, coupon: Coupon, terms: Mapping[str, Any], param: str = "promotion[coupon]", at: datetime
) -> PromotionCode:
    """Make a promotion code for a coupon.

    Args:
        param: what names the coupon.
        terms: columns by name; `code` is drawn where it is left out. Amounts are minor units.

    Raises:
        InvalidRequest: the coupon cannot be had, the terms go beyond the coupon's, or the code is taken.
    """
    refused = coupons.refusal(coupon, param=param, at=at)
    if refused is not None:
        raise refused
    _check(terms, coupon, at=at)
    scope = tenancy.current()
    columns = {
        **terms,
        "code": terms.get("code") or coupons.drawn(),
        "metadata": customers.merged_metadata({}, terms.get("metadata")),
    }
    code = PromotionCode(
        id=PromotionCode.new_id(), site_id=scope.site_id, livemode=scope.livemode, created_at=at,
        coupon=coupon, **columns,
    )  # fmt: skip
    refusals = {"promotion_code_once": lambda: _taken(code.code, is_drawn="code" not in terms)}
    with transaction.atomic(savepoint=False), translated(refusals):
        if code.is_active:
            _retire_dead(code.code, at=at)
        statements.insert(code)
        events.publish("promotion_code.created", code, at=at)
    return code


def update(code: PromotionCode, *, details: Mapping[str, Any], at: datetime) -> PromotionCode:
    """Change a code: `is_active`, `metadata` (merged), `currency_options` (merged).

    Raises:
        InvalidRequest: it is to be active again and cannot be used any more, or another active one has its code.
    """
    refusals = {"promotion_code_once": lambda: _taken(code.code, is_drawn=False)}
    with transaction.atomic(savepoint=False), translated(refusals):
        row = _locked(code)
        before = events.spell(row)
        if "is_active" in details:
            _switch(row, is_active=details["is_active"], at=at)
        if "metadata" in details:
            row.metadata = customers.merged_metadata(row.metadata, details["metadata"])
        if "currency_options" in details:
            options = {**row.currency_options, **details["currency_options"]}
            _check_minimum(row.minimum_amount, row.minimum_amount_currency, options)
            row.currency_options = options
        row.save(update_fields=["is_active", "metadata", "currency_options"])
        previous = events.difference(before, events.spell(row))
        if previous:
            events.publish("promotion_code.updated", row, previous=previous, at=at)
    return row


def _locked(code: PromotionCode) -> PromotionCode:
    row = PromotionCode.objects.filter(pk=code.pk).select_for_update(no_key=True).get()
    row.coupon = code.coupon
    return row


def _switch(row: PromotionCode, *, is_active: bool, at: datetime) -> None:
    if is_active and not row.is_active:
        row.is_active = True
        refused = refusal(row, row.customer, param="active", at=at)
        if refused is not None:
            raise InvalidRequest(
                "A promotion code can be made active again only while it and its coupon can be used.",
                param="active",
            )
        _retire_dead(row.code, at=at)
    row.is_active = is_active


def _retire_dead(text: str, *, at: datetime) -> None:
    """Make room for a code where the active one of this spelling can be used no more."""
    holders = PromotionCode.objects.select_related("coupon").filter(
        code__iexact=text, is_active=True
    )
    holder = holders.select_for_update(of=("self",), no_key=True).first()
    if holder is None or is_active(holder, at=at):
        return
    holder.is_active = False
    holder.save(update_fields=["is_active"])


def _is_alive(code: PromotionCode, *, at: datetime) -> bool:
    return code.is_active and coupons.holds(
        None, code.expires_at, code.max_redemptions, code.times_redeemed, at=at
    )


def _check(terms: Mapping[str, Any], coupon: Coupon, *, at: datetime) -> None:
    expires_at, most = terms.get("expires_at"), terms.get("max_redemptions")
    if expires_at is not None and expires_at <= at:
        raise InvalidRequest("Invalid expires_at: it must be in the future.", param="expires_at")
    if expires_at is not None and coupon.redeem_by is not None and expires_at > coupon.redeem_by:
        raise InvalidRequest(
            "A promotion code cannot expire after its coupon's redeem_by.", param="expires_at"
        )
    if most is not None and coupon.max_redemptions is not None and most > coupon.max_redemptions:
        raise InvalidRequest(
            "A promotion code cannot be redeemed more often than its coupon.",
            param="max_redemptions",
        )
    _check_minimum(
        terms.get("minimum_amount"),
        terms.get("minimum_amount_currency", ""),
        terms.get("currency_options") or {},
    )


def _check_minimum(amount: int | None, currency: str, options: Mapping[str, Any]) -> None:
    if (amount is None) != (not currency):
        missing = "minimum_amount" if amount is None else "minimum_amount_currency"
        raise InvalidRequest(
            f"Missing required param: restrictions[{missing}].",
            param=f"restrictions[{missing}]",
            code="parameter_missing",
        )
    if options and amount is None:
        raise InvalidRequest(
            "Least amounts in other currencies need one in the first: give minimum_amount.",
            param="restrictions[currency_options]",
        )
    if currency in options:
        raise InvalidRequest(
            f"{currency} is the currency of minimum_amount.",
            param=f"restrictions[currency_options][{currency}]",
        )


def _refused(message: str, param: str, why: str) -> InvalidRequest:
    return InvalidRequest(message, param=param, code=f"promotion_code_{why}")


def _taken(text: str, *, is_drawn: bool) -> Exception:
    # A code that we drew ourselves is not the caller's fault: drawing again will find a free one.
    if is_drawn:
        return TryAgain()
    return InvalidRequest(
        f"An active promotion code with `code: {text}` already exists.",
        param="code",
        code="resource_already_exists",
    )
