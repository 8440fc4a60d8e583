"""What must hold of sites and customers.

The database itself refuses these, so that nobody looks for them:

- a reference across sites or modes: `same_tenant`, for every foreign key between rows of sites (`kit.integrity`);
- a balance or cash transaction that is changed or deleted, two of one number, a first one that does not begin at zero,
  a cash balance below zero: `append_only`, `customer_balance_sequence_once`, `cash_balance_is_no_debt`, and the like;
- two default addresses of a kind, a stale copy of an address or of an organization's name on its customer: unique
  indexes and triggers;
- an alias of two objects, a customer merged twice or into itself, a merged one that is not deleted: `alias_name_once`,
  `merge_in_force_once`, `merge_of_two`, `customer_merged_is_deleted`;
- two answers for one idempotency key; a message that waits and is never due.

What has no site is told by `/metrics` and `manage.py doctor` instead: jobs of the queue that were given up.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.events.services.invariants import told
from customers.kit import invariants
from customers.kit.invariants import Invariant, Severity, exists_in
from customers.models import (
    Alias,
    BulkJob,
    CashTransaction,
    Customer,
    CustomerBalanceTransaction,
    Erasure,
    IdempotencyRecord,
    Import,
    Merge,
    Message,
)
from customers.services import erasing_rows, merge_parts

FROM_A_COPY = _(
    "Somebody has changed the database past Keeptab, or Keeptab is wrong. Compare with a backup, and report it."
)
"""What to do about what no service can have done."""
WORKER = _("See that a worker runs (manage.py doctor), and what its log says.")


def register() -> None:
    """Enter ours."""
    invariants.joined.register(ours)


def ours() -> tuple[Invariant, ...]:
    """Return what must hold of the ground floor's rows."""
    return (*_LEDGERS, names_resolve("customers", [Customer]), *_merged(), _erased(), _TOLD, *_WORK)


def names_resolve(package: str, targets: Iterable[type[models.Model]]) -> Invariant:
    """Return that other names of a package's objects lead to such objects.

    Args:
        targets: the package's models that may have other names.
    """
    tables = {model._meta.model_name: model._meta.db_table for model in targets}
    cases = " ".join(
        f"WHEN '{kind}' THEN NOT {exists_in(table, 'target_id')}" for kind, table in tables.items()
    )
    kinds = ", ".join(f"'{kind}'" for kind in tables)
    return Invariant(
        f"{package}.other_names",
        _("An object's other name leads to an object."),
        _("Delete the name, or let it lead to the object that it stands for."),
        Alias,
        broken=f"CASE it.kind {cases} END",
        detail="concat(it.kind, ' ', it.target_id, ' is not there')",
        about=f"it.kind IN ({kinds})",
    )


_LEDGERS = (
    Invariant(
        "customers.balance",
        _("A customer's balance is the sum of its balance transactions."),
        FROM_A_COPY,
        Customer,
        joins="""LEFT JOIN LATERAL (
            SELECT sum(entry.amount) AS total FROM customers_customerbalancetransaction AS entry
            WHERE entry.customer_id = it.id
        ) AS ledger ON true""",
        broken="it.balance <> coalesce(ledger.total, 0)",
        detail="concat('balance ', it.balance, ', transactions ', coalesce(ledger.total, 0))",
    ),
    Invariant(
        "customers.balance_steps",
        _("Each balance transaction goes on from the balance that the one before it left."),
        FROM_A_COPY,
        CustomerBalanceTransaction,
        joins="""LEFT JOIN customers_customerbalancetransaction AS before
            ON before.customer_id = it.customer_id AND before.sequence = it.sequence - 1""",
        broken="it.ending_balance IS DISTINCT FROM before.ending_balance + it.amount",
        detail="""concat('number ', it.sequence, ': ', coalesce(before.ending_balance::text, 'nothing'), ' + ',
            it.amount, ' is not ', it.ending_balance)""",
        about="it.sequence <> 1",
    ),
    Invariant(
        "customers.cash_steps",
        _("Each cash transaction goes on from the cash balance that the one before it left."),
        FROM_A_COPY,
        CashTransaction,
        joins="""LEFT JOIN customers_cashtransaction AS before ON before.customer_id = it.customer_id
            AND before.currency = it.currency AND before.sequence = it.sequence - 1""",
        broken="it.ending_balance IS DISTINCT FROM before.ending_balance + it.net_amount",
        detail="""concat('number ', it.sequence, ': ', coalesce(before.ending_balance::text, 'nothing'), ' + ',
            it.net_amount, ' is not ', it.ending_balance)""",
        about="it.sequence <> 1",
    ),
)
_TOLD = told(
    "customers.told",
    Customer,
    _("A customer's creation has its event."),
    begins=("customer.created",),
)


def _merged() -> Sequence[Invariant]:
    """Return that nothing is left with a customer that went into another one."""
    staying = {"tax_ids", "discounts"}  # what the kept customer has as well
    parts = [part for part in merge_parts.every_part() if part.name not in staying]
    left = {
        part.name: f"EXISTS (SELECT FROM {part.model._meta.db_table} AS part "
        f"WHERE part.{part.column} = it.merged_id)"
        for part in parts
    }
    named = ", ".join(f"CASE WHEN {there} THEN '{name}' END" for name, there in left.items())
    return (
        Invariant(
            "customers.merged_balance",
            _("A customer that went into another one has no balance and no default method."),
            FROM_A_COPY,
            Customer,
            broken="it.balance <> 0 OR it.default_payment_method_id IS NOT NULL",
            detail="concat('balance ', it.balance)",
            about="it.merged_into_id IS NOT NULL",
        ),
        Invariant(
            "customers.merged_parts",
            _("Nothing stays with a customer that went into another one."),
            _("Undo the merge, and merge again."),
            Merge,
            broken=" OR ".join(left.values()),
            detail=f"concat('customer ', it.merged_id, ' has ', concat_ws(', ', {named}))",
            about="it.undone_at IS NULL AND it.sweep_at IS NULL",
        ),
    )


def _erased() -> Invariant:
    """Return that the row of an erased customer says nothing personal."""
    whole: Any = next(one for one in erasing_rows.treatments() if one.model is Customer)
    full = " OR ".join(
        f"customer.{Customer._meta.get_field(name).column} {_FULL[type(value)]}"  # type: ignore[union-attr]  # a column
        for name, value in whole.emptied.items()
    )
    return Invariant(
        "customers.erased",
        _("Nothing personal is left of a customer that was erased."),
        _("Erase the customer once more; a backup that was restored may have brought it back."),
        Erasure,
        joins="JOIN customers_customer AS customer ON customer.id = it.customer_id",
        broken=f"customer.deleted_at IS NULL OR {full}",
        detail="concat('customer ', it.customer_id)",
        about="it.status = 'done'",
    )


_FULL = {str: "<> ''", list: "<> '{}'", dict: "<> '{}'", type(None): "IS NOT NULL"}

_WORK = (
    Invariant(
        "customers.requests",
        _("A request with an idempotency key is answered within the hour."),
        _(
            "The client may repeat it: it goes on where it was broken off. It is forgotten after a day."
        ),
        IdempotencyRecord,
        broken="it.status = 0",
        detail="concat('request ', it.request_id)",
        about="it.created_at < %(at)s - interval '1 hour'",
        severity=Severity.WARNING,
    ),
    Invariant(
        "customers.kept_answers",
        _("The answer to a request is forgotten after a day."),
        WORKER,
        IdempotencyRecord,
        broken="it.created_at < %(at)s - interval '2 days'",
        detail="concat('request ', it.request_id)",
        severity=Severity.WARNING,
    ),
    Invariant(
        "customers.messages",
        _("An email is sent, or tried, within the hour in which it is due."),
        WORKER,
        Message,
        broken="it.next_attempt_at < %(at)s - interval '1 hour'",
        detail="concat(it.kind, ', attempts ', it.attempts)",
        about="it.status = 'queued'",
        severity=Severity.WARNING,
    ),
    Invariant(
        "customers.bulk_jobs",
        _("Work on many rows is done within a day."),
        WORKER,
        BulkJob,
        broken="it.created_at < %(at)s - interval '1 day'",
        detail="concat(it.act, ', ', it.status)",
        about="it.status IN ('queued', 'running')",
        severity=Severity.WARNING,
    ),
    Invariant(
        "customers.imports",
        _("An import is through within a week."),
        WORKER,
        Import,
        broken="it.created_at < %(at)s - interval '7 days'",
        detail="it.status",
        about="it.status IN ('checking', 'running')",
        severity=Severity.WARNING,
    ),
    Invariant(
        "customers.erasures",
        _("An erasure that runs is through within a day."),
        WORKER,
        Erasure,
        broken="it.started_at < %(at)s - interval '1 day'",
        detail="concat('at step ', it.step)",
        about="it.status = 'running'",
        severity=Severity.WARNING,
    ),
)
