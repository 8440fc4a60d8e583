"""What a customer pays next: the first renewals ahead, added up where they fall on one day, and with what."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from customers.kit import together
from customers.kit.errors import DomainError
from customers.models import Customer
from payments.billing.models import Subscription, SubscriptionItem
from payments.billing.services import subscription_previews
from payments.billing.services.expected_renewals import Expected
from payments.models import Schedule

Items = Mapping[str, Sequence[SubscriptionItem]]


@dataclass(frozen=True, slots=True)
class NextPayment:
    """The next payment, as far as it is known.

    Args:
        on: the day, where the site is.
        amount: minor units.
        method_id: what is charged; empty where nothing can be.
        is_charged: whether the money is taken; otherwise an invoice comes.
        parts: the subscriptions and schedules that it is for.
    """

    on: date
    amount: int
    currency: str
    method_id: str
    is_charged: bool
    parts: tuple[Subscription | Schedule, ...]


def of(
    customer: Customer,
    subscriptions: Sequence[Subscription],
    items: Items,
    schedules: Sequence[Schedule],
    *,
    at: datetime,
) -> NextPayment | None:
    """Return a customer's next payment; None where nothing is ahead.

    Args:
        subscriptions: of the customer, whose `customer` is this one.
        items: theirs, with prices, by their ids.
        schedules: of the customer, those that run.
    """
    amounts = {
        row.pk: _planned(row) for row in subscriptions if row.schedule_id and _will_bill(row)
    }
    dated: list[tuple[date, Subscription | Schedule]] = [
        (_local(row.period_end, customer), row)
        for row in subscriptions
        if _will_bill(row) and row.period_end > at and amounts.get(row.pk, 0) is not None
    ]
    dated += [(row.next_on, row) for row in schedules if row.next_on]
    if not dated:
        return None
    first = min(day for day, _row in dated)
    ahead = [row for day, row in dated if day == first]
    terms = _terms(ahead[0], customer)
    alike = tuple(row for row in ahead if _terms(row, customer) == terms)
    known = {pk: amount for pk, amount in amounts.items() if amount is not None}
    is_charged, currency, method_id = terms
    total = _after_balance(customer, _total(alike, items, known), currency)
    return NextPayment(first, total, currency, method_id, is_charged, alike)


def _will_bill(subscription: Subscription) -> bool:
    """Tell whether the end of a subscription's period brings an invoice that is collected."""
    ends = subscription.cancel_at
    paused_until = subscription.pause_resumes_at
    return (
        subscription.status in Subscription.BILLED
        and subscription.status != Subscription.Status.UNPAID  # its invoices stay drafts
        and not subscription.cancels_at_period_end
        and (ends is None or ends > subscription.period_end)
        and (
            not subscription.pause_behavior
            or (paused_until is not None and paused_until <= subscription.period_end)
        )
    )


def _terms(row: Subscription | Schedule, customer: Customer) -> tuple[bool, str, str]:
    """Return what payments have in common that are shown as one: how, in which currency, and with what."""
    default = customer.default_payment_method_id or ""
    if isinstance(row, Schedule):
        return True, row.currency, str(row.payment_method_id or default)
    if row.collection_method == Subscription.Collection.SEND:
        return False, row.currency, ""
    return True, row.currency, str(row.default_payment_method_id or default)


def _total(rows: Sequence[Subscription | Schedule], items: Items, known: Mapping[str, int]) -> int:
    """Return what rows come to together.

    Args:
        known: by subscription, amounts that need no reckoning.
    """
    plain = [row for row in rows if isinstance(row, Subscription) and row.pk not in known]
    expected = Expected(plain, items)
    renewals = sum(max(expected.total(row, row.period_end), 0) for row in plain)
    given = sum(row.amount for row in rows if isinstance(row, Schedule))
    return renewals + given + sum(known.get(str(row.pk), 0) for row in rows)


def _planned(subscription: Subscription) -> int | None:
    """Return what a subscription comes to whose schedule may change it: tried, and taken back; None where it ends."""
    amount: int | None = None
    with suppress(DomainError), transaction.atomic(), together.opened():
        amount = subscription_previews.of_renewal(subscription).total
        transaction.set_rollback(True)
    return amount


def _after_balance(customer: Customer, total: int, currency: str) -> int:
    """Return what is left once the customer's credit, or what they owe, has been applied."""
    balance = customer.balance if customer.currency == currency else 0
    return max(total + balance, 0)


def _local(at: datetime, customer: Customer) -> date:
    return at.astimezone(ZoneInfo(customer.site.timezone)).date()
