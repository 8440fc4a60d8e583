"""Erasing customers: what it would do, who asked for it, how the worker does it, and what it says afterwards.

A customer's wish, or a merchant's decision, is a row. The worker begins when nothing of the customer's is open any
more: it deletes the customer, and then goes through every kind of row (`services.erasing`), some hundred at a time,
each time in one transaction with the place it has come to. Killed anywhere, it goes on there. At the end it looks
through all that is left for what it has erased, says so, and forgets what it was.

What brings customers in from elsewhere asks `tombstones.was_erased` first.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from customers.events.services import events
from customers.kit import erasing as permission
from customers.kit import jobs, provenance, sealing
from customers.kit.errors import InvalidState, NotFound
from customers.kit.provenance import Provenance, acting
from customers.kit.registry import Hook
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer, Erasure
from customers.services import (
    cash_balances,
    customers,
    erasing,
    erasing_rows,
    powers,
    retention_laws,
    subjects,
    test_clocks,
    tombstones,
)
from customers.services.erasing import Act, OpenItem, Subject, Treatment
from customers.services.powers import Power
from customers.services.retention_laws import Law

__all__ = [
    "ANSWERED_WITHIN", "Plan", "PlanLine", "approve", "begin_due", "cancel", "create", "get", "latest", "plan",
    "request", "run",
]  # fmt: skip

AT_ONCE = 500  # rows of one transaction
ANSWERED_WITHIN = timedelta(days=30)
"""How long a merchant may take to answer a customer's wish: a month, by article 12(3) GDPR; never longer than that."""
_WORKER = Provenance(door="worker")
Status = Erasure.Status


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What becomes of the rows of one kind, and how many there are now."""

    treatment: Treatment
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do.

    Args:
        lines: of the kinds of which there is something.
        ends: what it would end.
        waits_for: what it would wait for.
        law: for how long documents are kept, and why.
        kept_until: the last day of the newest document; None where there is none.
    """

    lines: tuple[PlanLine, ...]
    ends: tuple[OpenItem, ...]
    waits_for: tuple[OpenItem, ...]
    law: Law
    kept_until: date | None


newest_documents: Hook[Any] = Hook("customers.erasures.newest_documents")
"""Each returns the day of the last document of a customer, or None."""


def get(pk: str) -> Erasure:
    """Return an erasure of the chosen site and mode.

    Raises:
        NotFound: there is none.
    """
    found = Erasure.objects.select_related("customer", "site").filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such erasure: '{pk}'", param="id")
    return found


def latest(customer: Customer) -> Erasure | None:
    """Return the newest erasure of a customer; None where there never was one."""
    rows = Erasure.objects.select_related("customer").filter(customer=customer)
    return rows.order_by("-created_at", "-id").first()


def plan(customer: Customer) -> Plan:
    """Return what an erasure of a customer would do now."""
    subject = subjects.of(customer, all_treatments())
    counted = [
        PlanLine(treatment, treatment.rows(subject).order_by().count())
        for treatment in all_treatments()
    ]
    items = [item for item in _open_items(customer) if item.count]
    law = retention_laws.of(customer.site)
    return Plan(
        lines=tuple(line for line in counted if line.count),
        ends=tuple(item for item in items if item.ends),
        waits_for=tuple(item for item in items if not item.ends),
        law=law,
        kept_until=_kept_until(customer),
    )


def request(customer: Customer, *, at: datetime) -> Erasure:
    """Write down that a customer wants to be erased; the merchant is to carry it out within a month.

    Args:
        at: real time.

    Raises:
        InvalidState: it was asked for before.
    """
    if latest_open(customer) is not None:
        raise InvalidState("The erasure of this customer was asked for before.")
    due = at + ANSWERED_WITHIN
    return _made(customer, Status.REQUESTED, due_at=due, at=at)


def create(customer: Customer, *, at: datetime) -> Erasure:
    """Have a customer erased, as soon as nothing of the customer's is open; a customer's wish for it is granted.

    Asked for again, it changes nothing.

    Args:
        at: real time.

    Raises:
        NotPermitted: who acts has no power to erase.
    """
    powers.require(Power.DELETE)
    known = latest(customer)
    if known is not None and known.status == Status.REQUESTED:
        return approve(known, at=at)
    if known is not None and known.status != Status.CANCELED:
        return known
    origin = provenance.current()
    return _made(customer, Status.WAITING, door=origin.door, actor=origin.actor, at=at)


def approve(erasure: Erasure, *, at: datetime) -> Erasure:
    """Carry out what a customer has asked for.

    Raises:
        InvalidState: it is not waiting for that.
        NotPermitted: who acts has no power to erase.
    """
    powers.require(Power.DELETE)
    origin = provenance.current()
    with transaction.atomic():
        row = _locked(erasure)
        _move(row, Status.WAITING, at=at)
        row.door, row.actor = origin.door, origin.actor
        row.save(update_fields=["status", "door", "actor"])
        jobs.defer("customers.erase", erasure_id=str(row.pk))
    return row


def cancel(erasure: Erasure, *, at: datetime) -> Erasure:
    """Take an erasure back that has not begun.

    Raises:
        InvalidState: it has.
    """
    with transaction.atomic():
        row = _locked(erasure)
        row.finished_at = at
        _move(row, Status.CANCELED, at=at)
        row.save(update_fields=["status", "finished_at"])
    return row


def latest_open(customer: Customer) -> Erasure | None:
    """Return the erasure of a customer that has not ended."""
    return Erasure.objects.filter(customer=customer, status__in=Erasure.OPEN).first()


def all_treatments() -> list[Treatment]:
    """Return what becomes of every kind of row, in the order in which they are treated."""
    higher = reversed([list(joined()) for joined in erasing.treatments])
    return [*chain.from_iterable(higher), *erasing_rows.treatments()]


# -- Carrying out ------------------------------------------------------------------------------------------------------


def begin_due() -> int:
    """Have the worker go on with what waits or was interrupted, at every site; return how much that is."""
    with every_site():
        rows = Erasure.objects.filter(status__in=[Status.WAITING, Status.RUNNING])
        pks = list(rows.order_by("created_at").values_list("pk", flat=True)[:_AT_ONCE_DUE])
    for pk in pks:
        jobs.defer("customers.erase", erasure_id=pk)
    return len(pks)


def run(pk: str, *, until: datetime, now: Any) -> Erasure | None:
    """Carry out an erasure, or go on with it; what is left at `until` is for the next job.

    Args:
        now: the clock.
    """
    with every_site():
        row = Erasure.objects.select_related("site", "customer__site").filter(pk=pk).first()
    if row is None:
        return None
    with scoped_to(row.site, livemode=row.livemode), acting(_WORKER):
        row = _begun(row, at=now())
        while row.status == Status.RUNNING:
            row = _stepped(row, at=now())
            if row.status == Status.RUNNING and now() >= until:
                jobs.defer("customers.erase", erasure_id=pk)
                break
    return row


_AT_ONCE_DUE = 100


def _begun(erasure: Erasure, *, at: datetime) -> Erasure:
    """Delete the customer and begin, unless something is still open."""
    with transaction.atomic():
        row = _locked(erasure)
        customer = customers.get(row.customer_id)
        if row.status != Status.WAITING or _waits(customer):
            return row
        subject = subjects.of(customer, all_treatments())
        before = _removable(subject)
        if not customer.is_deleted:
            customers.delete(customer, at=test_clocks.now_for(customer, at))
        for name, left in _removable(subject).items():
            _count(row, name, Act.REMOVED, before[name] - left)
        _follow(row, at=at)
        tombstones.put_up(row, customer, subject.emails)
        _move(row, Status.RUNNING, at=at)
        row.started_at = at
        row.sealed_values = _sealed(subject)
        row.step, row.cursor = all_treatments()[0].name, ""
        row.save(
            update_fields=["status", "started_at", "sealed_values", "step", "cursor", "counts"]
        )
    return row


def _follow(erasure: Erasure, *, at: datetime) -> None:
    """Have those erased as well who went into the customer: their ledgers and columns stayed where they were."""
    for other in Customer.objects.filter(merged_into=erasure.customer_id):
        if latest(other) is None:
            _made(other, Status.WAITING, door=erasure.door, actor=erasure.actor, at=at)


def _removable(subject: Subject) -> dict[str, int]:
    """Return how many rows there are of each kind that is removed."""
    kinds = [treatment for treatment in all_treatments() if treatment.is_removed]
    return {kind.name: kind.rows(subject).order_by().count() for kind in kinds}


def _stepped(erasure: Erasure, *, at: datetime) -> Erasure:
    """Treat some rows more, and write down how far it has come, in one transaction."""
    with permission.permitted():
        row = _locked(erasure)
        if row.status != Status.RUNNING:
            return row
        order = all_treatments()
        names = [treatment.name for treatment in order]
        subject = _subject(row)
        if not row.step:
            return _finished(row, subject, at=at)
        if row.step not in names:  # of another release
            row.step, row.cursor = names[0], ""
        treatment = order[names.index(row.step)]
        pks = _next(treatment, subject, row.cursor)
        erasing.empty(treatment, pks, subject)
        _count(row, treatment.name, treatment.act, len(pks))
        if len(pks) == AT_ONCE:
            row.cursor = str(pks[-1])
        else:
            following = names.index(row.step) + 1
            row.step, row.cursor = (names[following] if following < len(names) else ""), ""
        row.save(update_fields=["counts", "step", "cursor"])
    return row


def _next(treatment: Treatment, subject: Subject, cursor: str) -> list[Any]:
    rows = treatment.rows(subject)
    if cursor:
        rows = rows.filter(pk__gt=cursor)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _count(row: Erasure, name: str, act: Act, number: int) -> None:
    if number > 0:
        counts = Counter(row.counts.get(name, {}))
        counts[act.value] += number
        row.counts = {**row.counts, name: dict(counts)}


def _finished(row: Erasure, subject: Subject, *, at: datetime) -> Erasure:
    """Look through what is left, and end."""
    row.findings = list(_found(subject))
    row.verified_at = row.finished_at = at
    row.kept_until = _kept_until(subject.customer)
    row.sealed_values = b""
    _move(row, Status.DONE, at=at)
    row.save(
        update_fields=[
            "status", "findings", "verified_at", "finished_at", "kept_until", "sealed_values",
        ]
    )  # fmt: skip
    return row


def _found(subject: Subject) -> Iterator[dict[str, str]]:
    """Yield where something of what was erased is still to be found, but for what the law wants kept."""
    for treatment in all_treatments():
        rows = treatment.rows(subject)
        for column in erasing.searched(treatment.model, treatment.by_law):
            others = [name for name in erasing.searched(treatment.model) if name != column]
            if erasing.quoting(treatment.model, rows, subject.values, others).exists():
                yield {"rows": treatment.name, "column": column}


def _made(customer: Customer, status: Erasure.Status, *, at: datetime, **more: Any) -> Erasure:
    row = Erasure.belonging_to(customer, customer=customer, status=status, created_at=at, **more)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            events.publish("customer.erasure.created", row, at=at)
            if status == Status.WAITING:
                jobs.defer("customers.erase", erasure_id=str(row.pk))
    except IntegrityError as error:
        raise InvalidState("The erasure of this customer was asked for before.") from error
    return row


def _locked(erasure: Erasure) -> Erasure:
    rows = Erasure.objects.select_for_update(no_key=True).filter(pk=erasure.pk)
    row = rows.first()
    if row is None:
        raise NotFound(f"No such erasure: '{erasure.pk}'", param="id")
    return row


def _move(row: Erasure, target: Erasure.Status, *, at: datetime) -> None:
    """Move a locked row, which the caller saves."""
    told = Erasure.TRANSITIONS.event(row.status, target, noun="erasure")
    row.status = target
    if told:
        events.publish(told, row, at=at)


def _waits(customer: Customer) -> bool:
    return any(item.count and not item.ends for item in _open_items(customer))


def _open_items(customer: Customer) -> Iterator[OpenItem]:
    for joined in erasing.open_items:
        yield from joined(customer)
    if customer.test_clock_id is None and not customer.is_deleted:
        unused = sum(1 for amount in cash_balances.available(customer).values() if amount)
        yield OpenItem("cash_balances", _("money that came in and was not used"), unused)


def _kept_until(customer: Customer) -> date | None:
    law = retention_laws.of(customer.site)
    days = [day for newest in newest_documents if (day := newest(customer)) is not None]
    return retention_laws.end(max(days), law) if days else None


def _sealed(subject: Subject) -> bytes:
    return sealing.seal(orjson.dumps({"emails": subject.emails, "values": subject.values}))


def _subject(row: Erasure) -> Subject:
    told = orjson.loads(sealing.unseal(bytes(row.sealed_values)))
    customer = customers.get(row.customer_id)
    return Subject(customer, tuple(told["emails"]), tuple(told["values"]))
