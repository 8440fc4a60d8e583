"""Canceling by the customer: at the period's end or at once, with a reason; what is offered instead; taking it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.kit.errors import DomainError
from customers.models import Message
from payments.billing.models import Coupon, Subscription
from payments.billing.services import discounts, planned_changes, subscriptions
from payments.billing.services.customer_acts import CustomersAct
from portal.services import subscription_rules as rules
from portal.services.subscription_rules import Features

Kind = Message.Kind
LONGEST_COMMENT = 500


def reasons(features: Features) -> Sequence[str]:
    """Return the reasons that customers can choose from, by Stripe's words; none where nobody asks them."""
    asked = features["subscription_cancel"]["cancellation_reason"]
    options: Sequence[str] = asked["options"] if asked["enabled"] else ()
    return options


def cancel(
    row: Subscription, *, features: Features, reason: str, comment: str, at: datetime
) -> Subscription:
    """Cancel a subscription as the configuration says. No transaction may be open.

    Args:
        reason: one of Stripe's words, or empty.

    Raises:
        NotOffered: it is not offered, or was done before.
        DomainError: billing refuses it.
    """
    said = {"cancellation_feedback": reason, "cancellation_comment": comment[:LONGEST_COMMENT]}
    check = rules.require(rules.may_cancel, features)
    if rules.ends_at_period_end(row, features):

        def check_and_drop(locked: Subscription) -> None:
            check(locked)
            _drop_plan(locked, at=at)

        act = CustomersAct(Kind.CANCEL_PLANNED, check_and_drop)
        details = {**said, "cancels_at_period_end": True}
        return subscriptions.update(row, details=details, by_customer=act, at=at)
    proration = features["subscription_cancel"]["proration_behavior"]
    return subscriptions.cancel(
        row,
        details=said,
        invoice_now=proration == "always_invoice",
        prorate=proration != "none",
        by_customer=CustomersAct(Kind.CANCELED, check),
        at=at,
    )


def keep(row: Subscription, *, features: Features, at: datetime) -> Subscription:
    """Take a cancellation back. No transaction may be open.

    Raises:
        NotOffered: there is none, or it is not the customer's to take back.
        DomainError: billing refuses it.
    """
    details = {
        "cancels_at_period_end": False,
        "cancellation_feedback": "",
        "cancellation_comment": "",
    }
    act = CustomersAct(Kind.CANCEL_UNDONE, rules.require(rules.may_keep, features))
    return subscriptions.update(row, details=details, by_customer=act, at=at)


def offered_coupon(row: Subscription, flow: Mapping[str, Any], *, at: datetime) -> Coupon | None:
    """Return the coupon that this customer is offered for staying; None where there is none to be had.

    Args:
        flow: what the customer was sent here for.
    """
    asked = flow.get("subscription_cancel") or {}
    offer = ((asked.get("retention") or {}).get("coupon_offer") or {}).get("coupon")
    if not offer or asked.get("subscription") != row.pk:
        return None
    try:
        coupon = discounts.read_coupon(offer, param="coupon", at=at).coupon
    except DomainError:
        return None
    held = {each.coupon_id for each in discounts.of_owner(subscription=row)}
    return None if coupon.pk in held else coupon


def accept(
    row: Subscription, flow: Mapping[str, Any], *, features: Features, at: datetime
) -> Subscription:
    """Give a subscription the coupon that is offered for staying. No transaction may be open.

    Raises:
        NotOffered: there is none, or it was accepted before.
        DomainError: billing refuses it.
    """

    def check(locked: Subscription) -> None:
        rules.require(rules.may_cancel, features)(locked)
        if offered_coupon(locked, flow, at=at) is None:
            raise rules.NotOffered("This offer is over.")

    check(row)
    offer = flow["subscription_cancel"]["retention"]["coupon_offer"]["coupon"]
    kept = [{"discount": each.pk} for each in discounts.of_owner(subscription=row)]
    details = {"discounts": [*kept, {"coupon": offer}]}
    act = CustomersAct(Kind.PLAN_CHANGED, check)
    return subscriptions.update(row, details=details, by_customer=act, at=at)


def _drop_plan(row: Subscription, *, at: datetime) -> None:
    """Let what the customer planned for the period's end not come, since nothing comes behind it."""
    if rules.may_stay(row, {}):
        planned_changes.give_up(row, at=at)
