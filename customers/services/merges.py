"""Merging customers: one goes into another with all that belongs to it, and comes out again if that was a mistake.

All of it is one transaction. The merged customer stays as a tombstone whose id is another name of the kept one. What
moved is written down row by row, so that an undo within 30 days moves back just that. Ledgers are never rewritten: the
balance goes over by an entry on each side.

What is made for the merged customer at the same moment by somebody who found it before, such as a charge whose gateway
has just answered, is moved by the worker a minute later, and once more an hour later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from customers.events.services import events
from customers.kit import provenance
from customers.kit.constraints import violated
from customers.kit.errors import InvalidRequest, InvalidState, NotFound
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Alias, Customer, Erasure, Merge
from customers.services import (
    aliases,
    balance_transactions,
    cash_balances,
    changes,
    merge_fields,
    merge_parts,
    test_clocks,
)
from customers.services.merge_fields import Difference
from customers.services.merge_parts import Moving

UNDO_FOR = timedelta(days=30)
SWEEPS = (timedelta(minutes=1), timedelta(hours=1))  # after the merge
_ALIASES, _CUSTOMER = "aliases", Customer._meta.label
_NAMES = frozenset({"username", "external_id", "email"})
"""What only one living customer has."""
_BILLED = frozenset({"invoices", "invoice_items", "subscriptions"})
"""Whoever has some is billed in one currency for good."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do.

    Args:
        record: the merge, which is not stored.
        differences: the fields to choose in, and what is taken.
    """

    record: Merge
    differences: list[Difference]


def get(pk: str, *, kept: Customer) -> Merge:
    """Return a merge into a customer.

    Raises:
        NotFound: there is none with this id.
    """
    found = Merge.objects.filter(pk=pk, kept=kept).first()
    if found is None:
        raise NotFound(f"No such merge: '{pk}'", param="id")
    return found


def preview(
    kept: Customer, merged: Customer, *, choices: Mapping[str, str], at: datetime
) -> Preview:
    """Return what a merge would do; nothing is changed.

    Raises:
        InvalidRequest: there is no such choice, or they are one customer.
        InvalidState: these two cannot become one.
    """
    merge_fields.check(choices)
    _check(kept, merged)
    merge_fields.values(kept, merged, choices)
    record = _prepared(kept, merged, choices, at=at)
    record.moved = merge_parts.counts(merged)
    return Preview(record, merge_fields.differences(kept, merged, choices))


def merge(kept: Customer, merged: Customer, *, choices: Mapping[str, str], at: datetime) -> Merge:
    """Let a customer go into another one.

    Args:
        choices: whose value is taken, `kept` or `merged`, by field; left out, the kept customer's if it has one.
        at: the real time, also for customers on a test clock.

    Raises:
        InvalidRequest: there is no such choice, or they are one customer.
        InvalidState: these two cannot become one.
        NotFound: one of them was deleted or merged.
    """
    merge_fields.check(choices)
    with transaction.atomic(savepoint=False):
        kept, merged = _locked(kept, merged)
        _check(kept, merged)
        told_before = events.spell(kept)
        record = _prepared(kept, merged, choices, at=at)
        values = merge_fields.values(kept, merged, choices)
        moving = Moving(kept, merged, record.choices, record.before, at)
        gone = {"default_payment_method_id": None, "deleted_at": at, "merged_into_id": kept.pk}
        moving.change(kept, currency=values.pop("currency", kept.currency))
        _hand_over(record, merged, kept, at=at)
        moving.change(merged, **gone)
        record.rows = merge_parts.move(moving)
        record.moved = _counted(record.rows)
        moving.change(kept, **values)
        record.rows[_ALIASES] = aliases.point(merged.pk, kept.pk)
        aliases.create(kept, merged.pk, reason=Alias.Reason.MERGED, at=at)
        record.save(force_insert=True)
        _tell("customer.merged", record, told_before, at=at)
    return record


def undo(merge: Merge, *, at: datetime) -> Merge:
    """Take a merge back: what moved goes back, but for what is not there any more, which the result names.

    Args:
        at: the real time.

    Raises:
        InvalidState: it was undone before, its 30 days are over, or the kept customer was deleted or merged itself.
    """
    with transaction.atomic(savepoint=False):
        record = Merge.objects.select_for_update().get(pk=merge.pk)
        kept = _undoable(record, at)
        told_before = events.spell(kept)
        merged = Customer.objects.select_for_update().get(pk=record.merged_id)
        rows = dict(record.before)
        of_customers = rows.pop(_CUSTOMER, {})
        _let_go_of_default(kept, record)
        left = merge_parts.move_back(record, at=at)
        left += merge_parts.restore(rows)
        left += _handed_back(record, kept, merged, at=at)
        left += _restored(kept, _possible(kept, of_customers, left))
        left += _revived(merged, _possible(merged, of_customers, left))
        aliases.delete(kept, merged.pk)
        aliases.point(kept.pk, merged.pk, names=record.rows.get(_ALIASES, ()))
        record.undone_at, record.sweep_at, record.not_restored = at, None, left
        record.before, record.rows = {}, {}
        record.save(update_fields=["undone_at", "sweep_at", "not_restored", "before", "rows"])
        _tell("customer.unmerged", record, told_before, at=at)
    return record


def of_customer(customer: Customer) -> QuerySet[Merge]:
    """Return the merges into a customer that are in force, the newest first."""
    rows = Merge.objects.filter(kept=customer, undone_at=None).select_related("merged")
    return rows.order_by("-created_at", "-id")


def can_be_undone(merge: Merge, *, at: datetime) -> bool:
    """Tell whether a merge is within its 30 days."""
    return merge.undone_at is None and at < merge.undo_until and bool(merge.before)


def sweep(*, at: datetime) -> int:
    """Move what was made for merged customers since, as far as that is due; return how much there was."""
    with every_site():
        due = list(Merge.objects.filter(sweep_at__lte=at).select_related("site")[:100])
    return sum(_swept(record, at=at) for record in due)


def end(*, at: datetime) -> int:
    """Forget what was before the merges that can no longer be undone; return how many there were."""
    with every_site():
        rows = Merge.objects.filter(undo_until__lte=at, undone_at=None).exclude(before={})
        return rows.update(before={}, rows={})


def _locked(kept: Customer, merged: Customer) -> tuple[Customer, Customer]:
    """Lock both rows, always in one order, against every reference that is being written to them."""
    pks = [kept.pk, merged.pk]
    rows = Customer.objects.living().filter(pk__in=pks).select_for_update().order_by("pk")
    found = list(rows.values_list("pk", flat=True))
    for pk in pks:
        if pk not in found:
            raise changes.no_such_customer(pk)
    one, other = (Customer.objects.with_defaults().get(pk=pk) for pk in pks)
    test_clocks.check_steady(one)
    return one, other


def _check(kept: Customer, merged: Customer) -> None:
    if kept.pk == merged.pk:
        raise InvalidRequest("A customer cannot go into itself.", param="customer")
    if (kept.site_id, kept.livemode) != (merged.site_id, merged.livemode):
        raise changes.no_such_customer(merged.pk, param="customer")
    if kept.is_deleted or merged.is_deleted:
        raise InvalidState("A customer that was deleted cannot be merged.", code="customer_deleted")
    if Erasure.objects.filter(customer__in=[kept, merged], status__in=Erasure.OPEN).exists():
        raise InvalidState(
            "A customer whose personal data is to be erased cannot be merged.", code="erasure_open"
        )
    if kept.test_clock_id != merged.test_clock_id:
        raise InvalidState(
            "The two customers live by different test clocks.", code="test_clock_differs"
        )
    if kept.currency and merged.currency and kept.currency != merged.currency:
        raise InvalidState(
            f"The two customers are billed in different currencies, '{kept.currency}' and '{merged.currency}'.",
            code="currency_differs",
        )


def _prepared(
    kept: Customer, merged: Customer, choices: Mapping[str, str], *, at: datetime
) -> Merge:
    """Return the unsaved record of a merge, which says what will be taken from whom."""
    found = merge_fields.differences(kept, merged, choices)
    return Merge.belonging_to(
        kept, kept=kept, merged=merged, created_at=at, undo_until=at + UNDO_FOR,
        sweep_at=at + SWEEPS[0], actor=provenance.current().actor,
        choices={difference.name: difference.side for difference in found},
        balance=merged.balance, currency=merged.currency, cash=_cash(merged),
    )  # fmt: skip


def _counted(rows: Mapping[str, list[str]]) -> dict[str, int]:
    return {name: len(pks) for name, pks in sorted(rows.items()) if pks and name != _ALIASES}


def _hand_over(record: Merge, giver: Customer, taker: Customer, *, at: datetime) -> None:
    """Let what the giver owes or has to its credit go over."""
    if giver.balance:
        balance_transactions.hand_over(
            giver, taker, amount=giver.balance, currency=giver.currency, at=at
        )
    for currency, amount in record.cash.items():
        cash_balances.hand_over(giver, taker, amount=amount, currency=currency, at=at)


def _handed_back(record: Merge, giver: Customer, taker: Customer, *, at: datetime) -> list[str]:
    """Let what went over go back; return what there is not enough of any more."""
    left = []
    if record.balance:
        balance_transactions.hand_over(
            giver, taker, amount=record.balance, currency=record.currency, at=at
        )
    available = cash_balances.available(giver)
    for currency, amount in record.cash.items():
        back = min(amount, available.get(currency, 0))
        if back:
            cash_balances.hand_over(giver, taker, amount=back, currency=currency, at=at)
        if back < amount:
            left.append(f"cash_balance[{currency}]")
    return left


def _cash(customer: Customer) -> dict[str, int]:
    return {
        currency: amount for currency, amount in cash_balances.available(customer).items() if amount
    }


def _undoable(record: Merge, at: datetime) -> Customer:
    """Return the kept customer of a locked merge, locked, if it can be undone."""
    if record.undone_at is not None:
        raise InvalidState("This merge was undone before.", code="merge_undone")
    if not can_be_undone(record, at=at):
        raise InvalidState("A merge can be undone for 30 days.", code="merge_too_old")
    rows = Customer.objects.living().filter(pk=record.kept_id)
    if not rows.select_for_update().values_list("pk").first():
        raise InvalidState(
            "The customer that was kept was deleted or merged itself since.",
            code="customer_deleted",
        )
    newer = of_customer(record.kept).filter(created_at__gt=record.created_at)
    if newer.exists():
        raise InvalidState(
            "Another customer was merged into the same one since; undo that first.",
            code="merge_not_last",
        )
    kept = Customer.objects.with_defaults().get(pk=record.kept_id)
    test_clocks.check_steady(kept)
    return kept


def _let_go_of_default(kept: Customer, record: Merge) -> None:
    """Take away the kept customer's default method where it goes back."""
    if kept.default_payment_method_id in record.rows.get("payment_methods", ()):
        Customer.objects.filter(pk=kept.pk).update(default_payment_method_id=None)
        changed = record.before.get(_CUSTOMER, {}).get(kept.pk, {})
        if "default_payment_method_id" in changed:
            changed["default_payment_method_id"][1] = None


def _possible(
    customer: Customer, of_customers: Mapping[str, Any], left: list[str]
) -> dict[str, list[Any]]:
    """Return which columns can have their values back: not a default method that the customer has lost since."""
    columns = dict(of_customers.get(customer.pk, {}))
    method = columns.get("default_payment_method_id", [None])[0]
    methods: Any = customer.payment_methods  # of a higher app's model
    if method and not methods.filter(pk=method).exists():
        del columns["default_payment_method_id"]
        left.append("default_payment_method_id")
    return columns


def _restored(kept: Customer, columns: Mapping[str, list[object]]) -> list[str]:
    """Give the kept customer's columns their values back; return those that were changed since."""
    row = Customer.objects.get(pk=kept.pk)
    left = [name for name, (_old, new) in columns.items() if getattr(row, name) != new]
    values = {name: old for name, (old, _new) in columns.items() if name not in left}
    if "currency" in values and (row.balance or not _BILLED.isdisjoint(merge_parts.counts(row))):
        del values["currency"]
    if values:
        Customer.objects.filter(pk=kept.pk).update(**values)
    return left


def _revived(merged: Customer, columns: Mapping[str, list[object]]) -> list[str]:
    """Let the merged customer live again as it was; return which of its names others have taken since."""
    values = {name: old for name, (old, _new) in columns.items()}
    taken: list[str] = []
    while True:
        try:
            with transaction.atomic():
                alive = {**values, "deleted_at": None, **dict.fromkeys(taken, "")}
                Customer.objects.filter(pk=merged.pk).update(**alive)
        except IntegrityError as error:
            name = violated(error).removeprefix("customer_").removesuffix("_once")
            if name not in _NAMES or name in taken:
                raise
            taken.append(name)
        else:
            return taken


def _tell(type_: str, record: Merge, told_before: Mapping[str, object], *, at: datetime) -> None:
    """Publish what happened, and how the kept customer differs from before."""
    kept = Customer.objects.with_defaults().get(pk=record.kept_id)
    previous = events.difference(told_before, events.spell(kept))
    if previous:
        events.publish("customer.updated", kept, previous=previous, at=at)
    events.publish(type_, record, at=at)


def _swept(record: Merge, *, at: datetime) -> int:
    with scoped_to(record.site, livemode=record.livemode), transaction.atomic():
        row = Merge.objects.select_for_update().select_related("kept", "merged").get(pk=record.pk)
        if row.sweep_at is None:
            return 0
        moved = merge_parts.move(Moving(row.kept, row.merged, row.choices, row.before, at))
        for name, pks in moved.items():
            row.rows[name] = [*row.rows.get(name, []), *pks]
        row.moved = _counted(row.rows)
        later = [row.created_at + after for after in SWEEPS if row.created_at + after > at]
        row.sweep_at = later[0] if later else None
        row.save(update_fields=["moved", "rows", "before", "sweep_at"])
    return sum(map(len, moved.values()))
