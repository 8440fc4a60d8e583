"""Changing the plan by the customer: what there is to choose, what it costs today and then, and doing exactly that.

What was shown is signed into the page's form: the plan, the instant for which the difference was computed, the sums.
The change is made for that instant, and is taken back where it would come to other sums than those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing

from customers.kit import ids
from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState
from customers.models import Message
from customers.services import powers
from customers.services.letters import Reader
from payments.billing import pricing
from payments.billing.documents.content import Row, Total
from payments.billing.models import (
    Invoice,
    Price,
    PromotionCode,
    Subscription,
    SubscriptionItem,
)
from payments.billing.services import (
    change_previews,
    discounts,
    invoice_documents,
    planned_changes,
    prices,
    subscription_previews,
    subscription_wishes,
    subscriptions,
)
from payments.billing.services import document_parts as parts
from payments.billing.services import subscription_payments as paying
from payments.billing.services.customer_acts import CustomersAct
from payments.billing.services.subscription_wishes import ItemWish
from payments.models import PaymentMethod
from payments.services import payment_methods
from portal.services import subscription_rules as rules
from portal.services.subscription_rules import Features

MOST_QUANTITY = 999_999
ALLOW_INCOMPLETE = "allow_incomplete"
NEEDS_ACTION = "subscription_payment_intent_requires_action"
GOOD_FOR = timedelta(minutes=30)
"""For how long what was shown can be confirmed."""
_SALT = "portal plan change"
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
Feature = Mapping[str, Any]


class Different(InvalidState):
    """What the change would cost is not what was shown, or that is too long ago."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A price that a subscription can have.

    Args:
        least: the smallest and the largest quantity; the same where it cannot be chosen.
    """

    price: Price
    is_current: bool
    least: int
    most: int

    @property
    def is_countable(self) -> bool:
        """Whether a quantity can be chosen."""
        return self.least != self.most


@dataclass(frozen=True, slots=True)
class Change:
    """What a customer wants.

    Args:
        discounts: what comes to those that there are, each with a `coupon` or a `promotion_code`.
    """

    price: Price
    quantity: int
    discounts: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice that a preview shows."""

    at: datetime
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]
    due: int
    due_text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change costs.

    Args:
        begins_at: when it holds from.
        is_later: whether that is the end of the period.
        now: what is billed at once.
        waits: what is put on the next invoice, in minor units; below zero where it is given back.
        next: the invoice after that; None where none comes.
        proof: what the form sends back.
    """

    begins_at: datetime
    is_later: bool
    now: Bill | None
    waits: int
    next: Bill | None
    proof: str


def item_of(row: Subscription) -> SubscriptionItem | None:
    """Return the item that a customer can change; None where there are several."""
    items = list(subscription_wishes.items_of(row)[:2])
    return items[0] if len(items) == 1 else None


def plans(row: Subscription, item: SubscriptionItem, features: Features) -> list[Plan]:
    """Return what a subscription can become, in the configuration's order; what it is comes first."""
    feature = features["subscription_update"]
    found = {item.price_id: _plan(row, item, item.price, feature)}
    for price in _offered(row, feature):
        found.setdefault(price.pk, _plan(row, item, price, feature))
    return list(found.values())


def takes_codes(features: Features) -> bool:
    """Tell whether a promotion code can be given with a change."""
    return "promotion_code" in features["subscription_update"]["default_allowed_updates"]


def has_choice(row: Subscription, features: Features) -> bool:
    """Tell whether there is anything to change."""
    item = item_of(row)
    if item is None or not rules.may_change(row, features):
        return False
    found = plans(row, item, features)
    return len(found) > 1 or found[0].is_countable or takes_codes(features)


def wanted(
    row: Subscription, *, price: str, quantity: int | None, code: str, features: Features
) -> Change:
    """Return what a customer asks for, having made sure that it is offered.

    Args:
        price: the id of one of the plans.
        quantity: None where it is not chosen.
        code: a promotion code as customers type it, or empty.

    Raises:
        NotOffered: the plan or the quantity is not offered.
        InvalidRequest: there is no such code (`param` is `code`), or nothing would change.
    """
    item = item_of(row)
    found = plans(row, item, features) if item is not None else []
    plan = next((each for each in found if ids.shown(each.price.pk) == price), None)
    if item is None or plan is None:
        raise rules.NotOffered("This plan is not offered.")
    count = quantity if quantity is not None and plan.is_countable else _kept_count(plan, item)
    if not plan.least <= count <= plan.most:
        raise InvalidRequest("This quantity is not offered.", param="quantity")
    given = ({"promotion_code": _code(code)},) if code and takes_codes(features) else ()
    if not given and (plan.price.pk, count) == (item.price_id, item.quantity):
        raise InvalidRequest("This is the plan as it is.", param="price")
    return Change(plan.price, count, given)


def of_flow(row: Subscription, flow: Mapping[str, Any]) -> Change:
    """Return the change that a customer was sent here to confirm: the merchant has chosen it.

    Raises:
        NotOffered: the flow is about another subscription, or its item is gone.
        NotFound: its price is gone.
    """
    asked = flow["subscription_update_confirm"]
    item = item_of(row)
    if item is None or asked["subscription"] != row.pk:
        raise rules.NotOffered("This change cannot be made.")
    said = asked["items"][0]
    price = prices.get(said["price"]) if said.get("price") else item.price
    quantity = said.get("quantity")
    given = [
        {name: each[name] for name in ("coupon", "promotion_code") if each.get(name)}
        for each in asked.get("discounts") or ()
    ]
    return Change(price, item.quantity if quantity is None else quantity, tuple(given))


def preview(
    row: Subscription, change: Change, *, features: Features, to: Reader, at: datetime
) -> Preview:
    """Return what a change costs today and then; called with the reader's language active.

    Raises:
        NotOffered: it cannot be made now.
        DomainError: billing refuses it.
    """
    rules.require(rules.may_change, features)(row)
    if _is_later(row, change, features):
        return _preview_later(row, change, features=features, to=to, at=at)
    date = at.replace(microsecond=0)
    wishes, details = _asked(row, change, features, date)
    before = sum(each.amount for each in change_previews.waiting(row))
    with powers.rehearsing():
        planned_changes.give_up(row, at=at)
        found = change_previews.of_change(
            row, wishes=wishes, details=details, read=lambda draft: bill(draft, to), at=at
        )
    waits = sum(each.amount for each in found.pending) - before
    due = found.now.due if found.now else 0
    proof = _proof(row, change, date, due, waits)
    return Preview(
        begins_at=date, is_later=False, now=found.now, waits=waits, next=found.next, proof=proof
    )


def make(
    row: Subscription, change: Change, proof: str, *, features: Features, at: datetime
) -> Subscription:
    """Change a subscription exactly as it was shown. No transaction may be open.

    Raises:
        Different: it would cost something else by now.
        NotOffered: it cannot be made now, or was made before.
        CardDeclined: what is due today could not be paid; nothing was changed.
        DomainError: billing refuses it.
    """
    date, due, waits = _shown(row, change, proof, at=at)
    if _is_later(row, change, features):
        _plan_later(row, change, features=features, at=at)
        return row
    wishes, details = _asked(row, change, features, date)
    before = 0

    def check(locked: Subscription) -> None:
        nonlocal before
        rules.require(rules.may_change, features)(locked)
        _check_is_new(locked, change)
        planned_changes.give_up(locked, at=at)
        before = sum(each.amount for each in change_previews.waiting(locked))

    def accept(changed: Subscription, draft: Invoice | None) -> None:
        left = sum(each.amount for each in change_previews.waiting(changed)) - before
        if ((draft.amount_due if draft else 0), left) != (due, waits):
            raise Different("The amounts have changed.")

    act = CustomersAct(Message.Kind.PLAN_CHANGED, check, accept)
    return _paid_or_refused(row, wishes, details, act, at=at)


def stay(row: Subscription, *, features: Features, at: datetime) -> None:
    """Let what the customer planned for the period's end not come.

    Raises:
        NotOffered: nothing is planned, or the merchant did.
    """
    rules.require(rules.may_stay, features)(row)
    planned_changes.give_up(row, at=at)


def bill(invoice: Invoice, to: Reader) -> Bill:
    """Return what a preview shows of a draft; called with the reader's language active."""
    sums = invoice_documents.totals_of(invoice, to)
    is_plain = len({each.value for each in sums}) == 1
    return Bill(
        invoice.created_at,
        invoice_documents.rows_of(invoice, to),
        sums[-1:] if is_plain else sums,
        invoice.amount_due,
        parts.money(invoice.amount_due, invoice, to),
    )


# -- What is offered ---------------------------------------------------------------------------------------------------


def _offered(row: Subscription, feature: Feature) -> list[Price]:
    if "price" not in feature["default_allowed_updates"]:
        return []
    named = [pk for product in feature["products"] or () for pk in product["prices"]]
    by_id = {
        ids.shown(price.pk): price
        for price in Price.objects.select_related("product").filter(
            is_active=True, kind=Price.Kind.RECURRING, product__is_active=True
        )
        if ids.shown(price.pk) in named
    }
    known = [by_id[pk] for pk in named if pk in by_id]
    return [price for price in known if row.currency in prices.currencies(price)]


def _plan(row: Subscription, item: SubscriptionItem, price: Price, feature: Feature) -> Plan:
    is_current = price.pk == item.price_id
    product = ids.shown(price.product_id)
    said = next((each for each in feature["products"] or () if each["product"] == product), None)
    adjusting = (said or {}).get("adjustable_quantity") or {}
    if "quantity" not in feature["default_allowed_updates"] or not adjusting.get("enabled"):
        count = item.quantity
        return Plan(price, is_current, count, count)
    least = 1 if adjusting.get("minimum") is None else adjusting["minimum"]
    most = MOST_QUANTITY if adjusting.get("maximum") is None else adjusting["maximum"]
    return Plan(price, is_current, least, most)


def _kept_count(plan: Plan, item: SubscriptionItem) -> int:
    return min(max(item.quantity, plan.least), plan.most)


def _code(typed: str) -> str:
    found = PromotionCode.objects.filter(code__iexact=typed.strip(), is_active=True).first()
    if found is None:
        raise InvalidRequest("There is no such code.", param="code")
    return str(found.pk)


# -- What it comes to --------------------------------------------------------------------------------------------------


def _is_later(row: Subscription, change: Change, features: Features) -> bool:
    """Tell whether a change is to wait for the end of the period, as the configuration says of such changes."""
    item = item_of(row)
    if item is None or row.status != Subscription.Status.ACTIVE:
        return False
    schedule = features["subscription_update"]["schedule_at_period_end"]
    kinds = {each["type"] for each in schedule["conditions"] or ()}
    old, new = item.price, change.price
    is_less = _cost(new, change.quantity, row) < _cost(old, item.quantity, row)
    is_shorter = _length(new) < _length(old)
    return ("decreasing_item_amount" in kinds and is_less) or (
        "shortening_interval" in kinds and is_shorter
    )


def _cost(price: Price, quantity: int, row: Subscription) -> int:
    return pricing.amount(prices.pricing(price, row.currency), quantity)


def _length(price: Price) -> int:
    return _DAYS[price.interval] * price.interval_count


def _asked(
    row: Subscription, change: Change, features: Features, date: datetime
) -> tuple[list[ItemWish], dict[str, Any]]:
    feature = features["subscription_update"]
    item = item_of(row)
    assert item is not None  # noqa: S101 -- who offers a change has looked
    details: dict[str, Any] = {
        "proration_behavior": feature["proration_behavior"],
        "proration_date": date,
    }
    if row.status == Subscription.Status.TRIALING:
        del details["proration_date"]
        if feature["trial_update_behavior"] == "end_trial":
            details["trial_end"] = "now"
    elif feature["billing_cycle_anchor"] == "now":
        details["anchor"] = "now"
    if change.discounts:
        details["discounts"] = _all_discounts(row, change)
    return [ItemWish(pk=item.pk, price=change.price.pk, quantity=change.quantity)], details


def _paid_or_refused(
    row: Subscription, wishes: list[ItemWish], details: dict[str, Any], act: CustomersAct, *, at: datetime
) -> Subscription:  # fmt: skip
    """Make a change only if what it bills is paid; what the bank wants to be confirmed is confirmed afterwards."""

    def update(behavior: str) -> Subscription:
        asked = {**details, "payment_behavior": behavior}
        return subscriptions.update(row, wishes=wishes, details=asked, by_customer=act, at=at)

    if not _pays_by_card(row):
        return update(ALLOW_INCOMPLETE)
    try:
        return update(paying.ERROR_IF_INCOMPLETE)
    except CardDeclined as refusal:
        if refusal.code != NEEDS_ACTION:
            raise
        return update(ALLOW_INCOMPLETE)


def _pays_by_card(row: Subscription) -> bool:
    """Tell whether money can be held before the change is made."""
    pk = row.default_payment_method_id or row.customer.default_payment_method_id
    return pk is not None and payment_methods.get(pk).kind == PaymentMethod.Kind.CARD


def _all_discounts(row: Subscription, change: Change) -> list[Mapping[str, str]]:
    return [
        *({"discount": each.pk} for each in discounts.of_owner(subscription=row)),
        *change.discounts,
    ]


def _preview_later(
    row: Subscription, change: Change, *, features: Features, to: Reader, at: datetime
) -> Preview:
    with powers.rehearsing():
        _plan_later(row, change, features=features, at=at)
        renewed = subscriptions.get(row.pk)
        draft = subscription_previews.of_renewal(renewed)
        following = bill(draft, to)
    proof = _proof(row, change, row.period_end, 0, 0)
    return Preview(
        begins_at=row.period_end, is_later=True, now=None, waits=0, next=following, proof=proof
    )


def _plan_later(row: Subscription, change: Change, *, features: Features, at: datetime) -> None:
    item = item_of(row)
    assert item is not None  # noqa: S101 -- who offers a change has looked

    def check(locked: Subscription) -> None:
        rules.require(rules.may_change, features)(locked)
        _check_is_new(locked, change)

    act = CustomersAct(Message.Kind.PLAN_CHANGED, check)
    wish = ItemWish(
        price=change.price.pk,
        quantity=change.quantity,
        metadata=item.metadata,
        tax_rates=item.tax_rate_ids,
    )
    planned_changes.plan(row, [wish], discounts=_all_discounts(row, change), by_customer=act, at=at)


def _check_is_new(row: Subscription, change: Change) -> None:
    """Refuse what was done meanwhile, such as by the same button."""
    planned = planned_changes.coming(row)
    item = item_of(row)
    asked = (change.price.pk, change.quantity)
    is_planned = planned is not None and [(p.pk, n) for p, n in planned.items] == [asked]
    is_so = item is not None and (item.price_id, item.quantity) == asked and planned is None
    if (is_planned or is_so) and not change.discounts:
        raise rules.NotOffered("This was done before.")


# -- What was shown ----------------------------------------------------------------------------------------------------


def _proof(row: Subscription, change: Change, date: datetime, due: int, waits: int) -> str:
    said = [*_named(row, change), int(date.timestamp()), due, waits]
    return signing.dumps(said, salt=_SALT)


def _shown(
    row: Subscription, change: Change, proof: str, *, at: datetime
) -> tuple[datetime, int, int]:
    try:
        *named, seconds, due, waits = signing.loads(proof, salt=_SALT)
    except (signing.BadSignature, ValueError) as error:
        raise Different("What was shown is not known.") from error
    date = datetime.fromtimestamp(seconds, UTC)
    if named != _named(row, change) or date + GOOD_FOR < at:
        raise Different("It was shown too long ago.")
    return date, due, waits


def _named(row: Subscription, change: Change) -> list[Any]:
    given: Sequence[Mapping[str, str]] = change.discounts
    codes = [[name, pk] for each in given for name, pk in sorted(each.items())]
    return [row.pk, change.price.pk, change.quantity, codes]
