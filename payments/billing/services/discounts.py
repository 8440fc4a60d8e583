"""Discounts: coupons given to customers, subscriptions and invoices, for as long as they hold.

Who gives one redeems its coupon, and its promotion code, under the database's lock: of any number of callers at once
no more come through than `max_redemptions` lets. Coupons are taken in the order of their keys, and codes after them,
so that no two callers wait for each other.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from customers.events.services import events
from customers.kit import ids, statements
from customers.kit.errors import InvalidRequest, NotFound, TryAgain
from customers.models import Customer, TenantModel
from customers.services import changes, discounting, test_clocks
from payments.billing import periods
from payments.billing.models import (
    Coupon,
    Discount,
    Invoice,
    InvoiceItem,
    PromotionCode,
    Subscription,
    SubscriptionItem,
)
from payments.billing.services import coupons, discount_owners, promotion_codes
from payments.billing.totals import Cut

MOST = 20  # of one object
KINDS = ("coupon", "promotion_code", "discount")
OWNERS = ("subscription", "subscription_item", "invoice", "invoice_item")
_OF_CUSTOMER = Q(**dict.fromkeys(OWNERS))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A discount that is asked for, and can be had.

    Args:
        param: the parameter that asks for it.
        discount: the one that is there already, where that is to be kept.
    """

    coupon: Coupon
    param: str
    promotion_code: PromotionCode | None = None
    discount: Discount | None = None


# -- what is asked for -------------------------------------------------------------------------------------------------


def read(
    wanted: Sequence[Mapping[str, str]] | None,
    *,
    param: str,
    customer: Customer | None,
    at: datetime,
) -> list[Wanted]:
    """Return what a list of discounts asks for, having made sure that the customer can have it.

    Args:
        wanted: each with one of `coupon`, `promotion_code` and `discount`, the ids; None or nothing asks for none.
        customer: None for one who is not there yet.

    Raises:
        NotFound: there is no such coupon, promotion code or discount of the customer's.
        InvalidRequest: it cannot be had any more, or not by this customer.
    """
    found = [
        _read_one(each, param=f"{param}[{position}]", customer=customer, at=at)
        for position, each in enumerate(wanted or ())
    ]
    seen: set[str] = set()
    for each in found:
        if each.coupon.pk in seen:
            shown = ids.shown(each.coupon.pk)
            raise InvalidRequest(
                f"The coupon '{shown}' is asked for more than once.", param=each.param
            )
        seen.add(each.coupon.pk)
    return found


def read_coupon(pk: str, *, param: str, at: datetime) -> Wanted:
    """Return what a coupon's id asks for.

    Raises:
        NotFound: there is no such coupon.
        InvalidRequest: it cannot be had any more.
    """
    coupon = coupons.get(pk, param=param)
    refused = coupons.refusal(coupon, param=param, at=at)
    if refused is not None:
        raise refused
    return Wanted(coupon, param)


def read_promotion_code(pk: str, *, param: str, customer: Customer | None, at: datetime) -> Wanted:
    """Return what a promotion code's id asks for.

    Raises:
        NotFound: there is no such promotion code.
        InvalidRequest: it cannot be used any more, or not by this customer.
    """
    code = promotion_codes.get(pk, param=param)
    refused = promotion_codes.refusal(code, customer, param=param, at=at)
    if refused is not None:
        raise refused
    return Wanted(code.coupon, param, promotion_code=code)


def check_minimum(wanted: Iterable[Wanted], *, amount: int, currency: str) -> None:
    """Make sure that an amount is large enough for the promotion codes that are asked for.

    Args:
        amount: what is asked for before discounts, in minor units of `currency`.

    Raises:
        InvalidRequest: it is not.
    """
    for each in wanted:
        if each.promotion_code is not None and each.discount is None:
            promotion_codes.check_minimum(
                each.promotion_code, amount=amount, currency=currency, param=each.param
            )


def _read_one(
    wanted: Mapping[str, str], *, param: str, customer: Customer | None, at: datetime
) -> Wanted:
    named = [kind for kind in KINDS if wanted.get(kind)]
    if len(named) != 1:
        raise InvalidRequest(
            "Each discount needs one of these parameters: coupon, promotion_code, discount.",
            param=param,
        )
    (kind,) = named
    where = f"{param}[{kind}]"
    if kind == "coupon":
        return read_coupon(wanted[kind], param=where, at=at)
    if kind == "promotion_code":
        return read_promotion_code(wanted[kind], param=where, customer=customer, at=at)
    kept = None if customer is None else _living(customer=customer).filter(pk=wanted[kind]).first()
    if kept is None:
        raise NotFound(f"No such discount: '{wanted[kind]}'", param=where)
    return Wanted(kept.coupon, where, kept.promotion_code, kept)


# -- giving and taking away --------------------------------------------------------------------------------------------


def give(
    wanted: Sequence[Wanted],
    *,
    customer: Customer,
    subscription: Subscription | None = None,
    subscription_item: SubscriptionItem | None = None,
    invoice: Invoice | None = None,
    invoice_item: InvoiceItem | None = None,
    at: datetime,
) -> list[Discount]:
    """Give discounts in the caller's transaction to what is named beside the customer, and return them in order.

    What `wanted` keeps is returned as it is. A customer's own discount goes through `customers.update`, since there
    is only one and it is shown with the customer.

    Raises:
        InvalidRequest: somebody else redeemed the last one meanwhile.
    """
    owner = {
        "subscription": subscription, "subscription_item": subscription_item, "invoice": invoice,
        "invoice_item": invoice_item,
    }  # fmt: skip
    redeem([each for each in wanted if each.discount is None], at=at)
    given = []
    for position, each in enumerate(wanted):
        made = each.discount or _new(each, customer, owner, position=position, at=at)
        if each.discount is None:
            statements.insert(made)
            _tell("created", made, at=at)
        given.append(made)
    return given


def replace(
    wanted: Sequence[Wanted],
    *,
    customer: Customer,
    subscription: Subscription | None = None,
    subscription_item: SubscriptionItem | None = None,
    invoice: Invoice | None = None,
    invoice_item: InvoiceItem | None = None,
    at: datetime,
) -> list[Discount]:
    """Let what is named have these discounts and no others, in the caller's transaction, and return them in order.

    Raises:
        InvalidRequest: somebody else redeemed the last one meanwhile.
    """
    owner = {
        "subscription": subscription, "subscription_item": subscription_item, "invoice": invoice,
        "invoice_item": invoice_item,
    }  # fmt: skip
    kept = {each.discount.pk for each in wanted if each.discount is not None}
    for old in of_owner(**owner):
        if old.pk not in kept:
            remove(old, at=at)
    given = give(wanted, customer=customer, **owner, at=at)  # type: ignore[arg-type]  # by the names above
    for position, discount in enumerate(given):
        if discount.position != position:
            discount.position = position
            discount.save(update_fields=["position"])
    return given


def remove(discount: Discount, *, at: datetime) -> Discount:
    """Take a discount away.

    Raises:
        NotFound: it was taken away before.
    """
    with transaction.atomic(savepoint=False):
        if _is_customers(discount):
            with changes.tracked(discount.customer, at=at) as customer:
                row = _taken_away(discount, at=at)
                customer.discount_shown = None
                customer.save(update_fields=["discount_shown"])
        else:
            row = _taken_away(discount, at=at)
        _tell("deleted", row, at=at)
    return row


def remove_all(subscription: Subscription, *, at: datetime) -> Discount:
    """Take a subscription's own discounts away, and return the first of them.

    Raises:
        NotFound: it has none.
        InvalidState: its customer's clock is being advanced.
    """
    with transaction.atomic(savepoint=False):
        test_clocks.check_steady(subscription)
        found = of_owner(subscription=subscription)
        if not found:
            raise NotFound(
                f"No active discount for subscription: {subscription.pk}", param="subscription"
            )
        removed = [remove(discount, at=at) for discount in found]
    return removed[0]


def finish(discount: Discount, *, at: datetime) -> None:
    """Take a discount away whose time is over; one that was taken away meanwhile stays as it is."""
    if _living(pk=discount.pk).exists():
        with contextlib.suppress(NotFound):  # somebody may be faster still
            remove(discount, at=at)


def prepare_for_customer(
    customer: Customer, param: str, pk: str, *, at: datetime
) -> discounting.Change:
    """Put a discount on an unsaved or locked customer, whom the caller saves; an empty id takes the discount away.

    Args:
        param: `coupon` or `promotion_code`, of which `pk` is one.

    Raises:
        NotFound: there is no such coupon or promotion code.
        InvalidRequest: it cannot be had any more, or not by this customer.
    """
    old = None if customer._state.adding else of_customer(customer)
    if not pk:
        return _without(customer, old, at=at)
    if param == "coupon":
        wanted = read_coupon(pk, param=param, at=at)
    else:
        wanted = read_promotion_code(pk, param=param, customer=customer, at=at)
    redeem([wanted], at=at)
    made = _new(wanted, customer, {}, position=0, at=at)
    customer.discount_shown = events.spell(made)
    if old is None:
        return discounting.Change([made], [("customer.discount.created", made, None)])
    _taken_away(old, at=at)
    previous = events.difference(events.spell(old), customer.discount_shown)
    return discounting.Change([made], [("customer.discount.updated", made, previous)])


def _without(customer: Customer, old: Discount | None, *, at: datetime) -> discounting.Change:
    customer.discount_shown = None
    if old is None:
        return discounting.Change()
    return discounting.Change(told=[("customer.discount.deleted", _taken_away(old, at=at), None)])


def end_all(customer: Customer, *, at: datetime) -> None:
    """Let a customer who is being deleted have no discount any more."""
    for discount in _living(customer=customer).filter(invoice=None, invoice_item=None):
        _tell("deleted", _taken_away(discount, at=at), at=at)
    if customer.discount_shown is not None:
        customer.discount_shown = None
        customer.save(update_fields=["discount_shown"])


def use(discounts: Iterable[Discount], *, at: datetime) -> list[Discount]:
    """Use discounts up that hold once, in the transaction that finalizes the first invoice with them.

    Args:
        discounts: those of the invoice that took something off.

    Returns:
        Those that still held: who finalizes another invoice at the same time may have been first.
    """
    held = []
    for discount in sorted(discounts, key=lambda each: each.pk):
        if discount.coupon.duration != Coupon.Duration.ONCE:
            held.append(discount)
        elif Discount.objects.filter(pk=discount.pk, used_at=None).update(used_at=at):
            discount.used_at = at
            held.append(discount)
            if discount.invoice_id is None and discount.invoice_item_id is None:
                remove(discount, at=at)
    return held


# -- what there is -----------------------------------------------------------------------------------------------------


def of_customer(customer: Customer) -> Discount | None:
    """Return a customer's own discount, with its coupon and promotion code; None where there is none."""
    return _living(customer=customer).filter(_OF_CUSTOMER).first()


def of_owner(**owner: TenantModel | None) -> list[Discount]:
    """Return the discounts of one object in order, each with its coupon and promotion code.

    Args:
        owner: the object, by one of the names in `OWNERS`.
    """
    named = {name: thing for name, thing in owner.items() if thing is not None}
    return list(_living(**named).order_by("position", "created_at", "id"))


def of_items(items: Iterable[SubscriptionItem], *, at: datetime) -> dict[str, list[Discount]]:
    """Return the discounts that hold for subscription items, by the items' ids."""
    found: dict[str, list[Discount]] = defaultdict(list)
    if discount_owners.have_none():
        return found
    rows = _living(subscription_item__in=list(items)).filter(coupons.in_time("end_at", at))
    for discount in rows.order_by("position", "created_at", "id"):
        found[str(discount.subscription_item_id)].append(discount)
    return found


def ids_of(owner: str, pks: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the discounts of many objects, by the objects' ids.

    Args:
        owner: what they are: one of the names in `OWNERS`.
    """
    found: dict[str, list[str]] = defaultdict(list)
    if discount_owners.have_none():
        return found
    rows = Discount.objects.filter(**{f"{owner}__in": pks}, removed_at=None)
    ordered = rows.order_by("position", "created_at", "id").values_list(f"{owner}_id", "pk")
    for owner_pk, pk in ordered:
        found[owner_pk].append(pk)
    return found


def holding(
    *, customer: Customer, subscription: Subscription | None, at: datetime
) -> list[Discount]:
    """Return the discounts that an invoice gets which is made at this instant: the subscription's, or the customer's.

    Args:
        subscription: the one that it is for; None where it is for none.
    """
    if discount_owners.have_none():
        return []
    own = [] if subscription is None else of_owner(subscription=subscription)
    found = [each for each in own if holds(each, at=at)]
    if found:
        return found
    of_all = of_customer(customer)
    return [of_all] if of_all is not None and holds(of_all, at=at) else []


def holds(discount: Discount, *, at: datetime) -> bool:
    """Tell whether a discount counts for an invoice that is made at this instant."""
    return (
        discount.removed_at is None
        and discount.used_at is None
        and (discount.end_at is None or discount.end_at > at)
    )


def cut(discount: Discount, currency: str) -> Cut | None:
    """Return what a discount takes off in a currency; None where its amount is in others alone."""
    coupon = discount.coupon
    products = frozenset(coupon.product_ids) or None
    if coupon.percent_off is not None:
        return Cut(discount.pk, percent=Fraction(coupon.percent_off), products=products)
    amount = amount_off(coupon, currency)
    return None if amount is None else Cut(discount.pk, amount_off=amount, products=products)


def amount_off(coupon: Coupon, currency: str) -> int | None:
    """Return the amount that a coupon takes off in a currency, in minor units; None where it takes none."""
    if coupon.amount_off is None or currency == coupon.currency:
        return coupon.amount_off
    option = coupon.currency_options.get(currency)
    return None if option is None else int(option["amount_off"])


def applies_to(discount: Discount, product_id: str) -> bool:
    """Tell whether a discount is for a product, which is named by its row's key."""
    return not discount.coupon.product_ids or product_id in discount.coupon.product_ids


# -- inside ------------------------------------------------------------------------------------------------------------


def _living(**narrowed: Any) -> QuerySet[Discount]:
    rows = Discount.objects.select_related("coupon", "promotion_code", "customer")
    return rows.filter(removed_at=None, **narrowed)


def _is_customers(discount: Discount) -> bool:
    return all(getattr(discount, f"{name}_id") is None for name in OWNERS)


def _taken_away(discount: Discount, *, at: datetime) -> Discount:
    """Write down that a discount is taken away; of two who do it at once, one does."""
    if not Discount.objects.filter(pk=discount.pk, removed_at=None).update(removed_at=at):
        raise NotFound(f"No such discount: '{discount.pk}'", param="id")
    discount.removed_at = at
    return discount


def _new(
    wanted: Wanted,
    customer: Customer,
    owner: Mapping[str, TenantModel | None],
    *,
    position: int,
    at: datetime,
) -> Discount:
    months = wanted.coupon.duration_months
    discount_owners.forget()
    return Discount.belonging_to(
        customer,
        created_at=at,
        coupon=wanted.coupon,
        promotion_code=wanted.promotion_code,
        customer=customer,
        **{name: thing for name, thing in owner.items() if thing is not None},
        position=position,
        start_at=at,
        end_at=None if months is None else periods.months_later(at, months),
    )


def redeem(wanted: Sequence[Wanted], *, at: datetime) -> None:
    """Count redemptions; the rows stay locked until the caller's transaction ends.

    Raises:
        InvalidRequest: somebody else redeemed the last one meanwhile.
    """
    for each in sorted(wanted, key=lambda one: one.coupon.pk):
        rows = Coupon.objects.filter(coupons.redeemable(at), pk=each.coupon.pk)
        if not rows.update(times_redeemed=F("times_redeemed") + 1):
            read_coupon(each.coupon.pk, param=each.param, at=at)
            raise TryAgain  # what was in the way has gone again
    codes = [(each.promotion_code.pk, each.param) for each in wanted if each.promotion_code]
    for pk, param in sorted(codes):
        usable = PromotionCode.objects.filter(promotion_codes.redeemable(at), pk=pk)
        if not usable.update(times_redeemed=F("times_redeemed") + 1, is_active=_IS_STILL_ACTIVE):
            code = promotion_codes.get(pk, param=param)
            raise promotion_codes.refusal(code, code.customer, param=param, at=at) or TryAgain()


_IS_STILL_ACTIVE = Case(
    When(max_redemptions=F("times_redeemed") + 1, then=Value(value=False)), default=F("is_active")
)
"""Whether a code can be used once more after this time."""


def _tell(what: str, discount: Discount, *, at: datetime) -> None:
    """Publish an event, of a discount that holds for more than one invoice."""
    if discount.invoice_id is None and discount.invoice_item_id is None:
        events.publish(f"customer.discount.{what}", discount, at=at)
