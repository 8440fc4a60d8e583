"""What customers have spent, right to the minor unit at every moment, however many payments they made.

Each settled payment and refund of ours leaves a row (what was imported as history does not); the worker adds these up
every minute. What a customer has spent is what was added up, and the few rows since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from customers.kit import ids, statements
from customers.kit.statements import NewRow
from customers.models import Customer, TenantModel
from payments.models import Charge, Refund, Spending, SpendingChange

AT_ONCE = 5000  # changes that one statement adds up


@dataclass(frozen=True, slots=True)
class Spent:
    """What a customer has spent in one currency, in minor units.

    Args:
        payments: how many of the customer's charges succeeded.
        last_amount: of the newest of them, which was made at `last_at`.
    """

    currency: str
    taken: int
    refunded: int
    payments: int
    last_amount: int
    last_at: datetime | None

    @property
    def net(self) -> int:
        """What was taken, less what went back."""
        return self.taken - self.refunded


def of_customer(customer: Customer) -> list[Spent]:
    """Return what a customer has spent in each currency, that of most payments first, as of now."""
    mine, names = Q(customer=customer), ("currency", *_COLUMNS)
    summed = Spending.objects.filter(mine).order_by().values_list(*names)
    since = SpendingChange.objects.filter(mine).order_by().values_list(*names)
    found: dict[str, Spent] = {}
    for row in summed.union(since, all=True):
        spent = Spent(*row)
        before = found.get(spent.currency)
        found[spent.currency] = spent if before is None else _both(before, spent)
    return sorted(found.values(), key=lambda spent: (-spent.payments, spent.currency))


def of_payment(charge: Charge, *, at: datetime) -> Iterator[NewRow]:
    """Yield the row that tells of a charge which has taken money; nothing where it has no customer."""
    if charge.customer_id is not None:
        yield _change(
            charge, charge, taken=charge.amount_captured, payments=1,
            last_amount=charge.amount_captured, last_at=charge.created_at, at=at,
        )  # fmt: skip


def of_refund(refund: Refund, amount: int, *, at: datetime) -> Iterator[NewRow]:
    """Yield the row that tells of a refund, whose charge is loaded.

    Args:
        amount: minor units; negative where the bank sent back what had been given.
    """
    if refund.charge.customer_id is not None:
        yield _change(refund, refund.charge, refunded=amount, at=at)


def belongs_now(charge: Charge, *, at: datetime) -> None:
    """Write down that a charge without a customer has got one, in the caller's transaction."""
    if charge.status == Charge.Status.SUCCEEDED:
        for row in of_payment(charge, at=at):
            row.values["refunded"] = charge.amount_refunded
            statements.insert(row)


def add_up() -> int:
    """Add what has changed to what customers have spent, and return how many changes there were.

    One statement does it, so that every reader sees a change in one of the two tables. Those of somebody who does the
    same are left to them.
    """
    added = 0
    while count := statements.execute(_ADD_UP, [AT_ONCE]):
        added += count
    return added


def recount(old: str, new: str, at: datetime) -> None:
    """Count again what two customers have spent, in the transaction in which charges went from one to the other."""
    pks = [old, new]
    # First what a worker may be adding up: once that is over, the second statement sees all of it.
    statements.execute("DELETE FROM payments_spendingchange WHERE customer_id = ANY(%s)", [pks])
    statements.execute(_RECOUNT, [pks, pks, at, pks])


def _change(about: TenantModel, charge: Charge, *, at: datetime, **amounts: object) -> NewRow:
    values = {**_NOTHING, **amounts}
    return NewRow(
        SpendingChange,
        id=ids.new(SpendingChange.PREFIX),
        site_id=about.site_id,
        livemode=about.livemode,
        created_at=at,
        customer_id=charge.customer_id,
        currency=charge.currency,
        **values,
    )


def _both(one: Spent, other: Spent) -> Spent:
    newest = max(one, other, key=lambda spent: spent.last_at.timestamp() if spent.last_at else 0)
    return Spent(
        currency=one.currency,
        taken=one.taken + other.taken,
        refunded=one.refunded + other.refunded,
        payments=one.payments + other.payments,
        last_amount=newest.last_amount,
        last_at=newest.last_at,
    )


_COLUMNS = ("taken", "refunded", "payments", "last_amount", "last_at")
_NOTHING = {"taken": 0, "refunded": 0, "payments": 0, "last_amount": 0, "last_at": None}

# Rows of sums are locked in one order, so that two workers cannot wait for each other.
_ADD_UP = """
WITH changes AS (
    DELETE FROM payments_spendingchange WHERE id IN (
        SELECT id FROM payments_spendingchange ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING *
), sums AS (
    SELECT customer_id, currency, site_id, livemode, min(created_at) AS created_at, sum(taken) AS taken,
        sum(refunded) AS refunded, sum(payments) AS payments, max(last_at) AS last_at,
        coalesce((array_agg(last_amount ORDER BY last_at DESC NULLS LAST))[1], 0) AS last_amount
    FROM changes GROUP BY customer_id, currency, site_id, livemode ORDER BY customer_id, currency
), added AS (
    INSERT INTO payments_spending AS known (id, site_id, livemode, created_at, customer_id, currency, taken, refunded,
        payments, last_at, last_amount)
    SELECT 'spending_' || md5(customer_id || ' ' || currency), site_id, livemode, created_at, customer_id, currency,
        taken, refunded, payments, last_at, last_amount FROM sums
    ON CONFLICT (customer_id, currency) DO UPDATE SET taken = known.taken + excluded.taken,
        refunded = known.refunded + excluded.refunded, payments = known.payments + excluded.payments,
        last_at = greatest(known.last_at, excluded.last_at),
        last_amount = CASE WHEN known.last_at IS NULL OR excluded.last_at >= known.last_at THEN excluded.last_amount
            ELSE known.last_amount END
)
SELECT 1 FROM changes
"""

_RECOUNT = """
WITH changes AS (DELETE FROM payments_spendingchange WHERE customer_id = ANY(%s)),
    sums AS (DELETE FROM payments_spending WHERE customer_id = ANY(%s))
INSERT INTO payments_spendingchange (id, site_id, livemode, created_at, customer_id, currency, taken, refunded,
    payments, last_at, last_amount)
SELECT 'spending_' || md5(customer_id || ' ' || currency || clock_timestamp()), site_id, livemode, %s,
    customer_id, currency, sum(amount_captured), sum(amount_refunded), count(*), max(created_at),
    (array_agg(amount_captured ORDER BY created_at DESC))[1]
FROM payments_charge WHERE status = 'succeeded' AND imported_from = '' AND customer_id = ANY(%s)
GROUP BY site_id, livemode, customer_id, currency
"""
