"""What the roles of a site may do: one table of powers, asked by the pages and enforced below them.

A page declares the power that it needs (`TenantAdmin.to_view`, `to_change`, …, or `allows(request, Power.REFUND)`) and
names no role. What it offers and what it refuses follow from that.

A page that forgot to ask is still refused. The dashboard's door runs every request inside `guarding()`, under which
`customers.kit.write_guard` looks at every statement that writes: each table has an entry that names the powers with
which its rows are written (`written_with`), and a statement is refused before it runs unless the page has asked for one
of them and was granted it. So a page that asks for nothing writes nothing, whoever opens it; a table without an entry
is written by nobody. The guard knows tables and not purposes: what differs only in purpose asks by itself where it
begins, `require(Power.REFUND)`, as acts at gateways do before the gateway hears of them. Doors that limit nobody, such
as the API, whose keys have rights of their own, leave `Provenance.powers` None, and nothing is asked.

`NotPermitted` is Django's PermissionDenied: no form shows it as a refusal, the transaction is rolled back, and the page
says 403.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from django.db import transaction

from customers.kit import provenance, write_guard
from customers.kit.provenance import NotPermitted, Provenance, acting
from customers.models import Role


class Power(StrEnum):
    """Something that a role may do."""

    VIEW_CUSTOMERS = "view customers"
    """And what happened to anything: the events."""
    VIEW_PAYMENTS = "view payments"
    VIEW_BILLING = "view billing"
    """Subscriptions, invoices, products."""
    VIEW_DEVELOPERS = "view developer pages"
    VIEW_SETTINGS = "view settings"
    VIEW_AUDIT_LOG = "view the audit log"
    EDIT_CUSTOMERS = "edit customers"
    """Also what belongs to them, and letters to them."""
    REFUND = "refund"
    """Give money back, let go of what is held, answer a dispute."""
    MOVE_MONEY = "move money"
    """Take it: charge, capture, try again; and hand a credit out."""
    MANAGE_BILLING = "manage billing"
    """Subscriptions, invoices, credit notes, discounts, and the catalogue."""
    ADJUST_BALANCES = "adjust balances"
    MANAGE_DEVELOPERS = "manage developer pages"
    """API keys, webhook endpoints, test clocks, events sent again."""
    MANAGE_SETTINGS = "manage settings"
    MANAGE_MEMBERS = "manage members"
    MANAGE_SECURITY = "manage security"
    """What the site asks of those who sign in."""
    DELETE = "delete"
    """For good: customers, and what the law wants erased."""
    MERGE = "merge customers"
    """Let one go into another, and take it back."""
    EXPORT = "export"
    """Take many rows away at once."""
    IMPORT = "import"
    """Bring many customers at once."""


_SEES = frozenset({Power.VIEW_CUSTOMERS, Power.VIEW_PAYMENTS, Power.VIEW_BILLING})
_SEES_ALL = _SEES | {Power.VIEW_DEVELOPERS, Power.VIEW_SETTINGS}
_RUNS_MONEY = frozenset({
    Power.EDIT_CUSTOMERS, Power.REFUND, Power.MOVE_MONEY, Power.MANAGE_BILLING, Power.ADJUST_BALANCES, Power.MERGE,
    Power.EXPORT, Power.IMPORT,
})  # fmt: skip

ROLES: dict[str, frozenset[Power]] = {
    Role.OWNER: frozenset(Power),
    Role.ADMIN: frozenset(Power) - {Power.MANAGE_SECURITY},
    Role.BILLING: _SEES | _RUNS_MONEY,
    Role.SUPPORT: _SEES | {Power.EDIT_CUSTOMERS, Power.REFUND},
    Role.DEVELOPER: _SEES_ALL | {Power.MANAGE_DEVELOPERS},
    Role.READ_ONLY: _SEES_ALL,
}
"""Who may do what."""

IN_TEST_MODE: dict[str, frozenset[Power]] = {Role.DEVELOPER: _RUNS_MONEY | {Power.DELETE}}
"""What a role may do in test mode besides."""

EXPLAINED: dict[str, str] = {
    Role.OWNER: "Everything, with what the site asks of those who sign in.",
    Role.ADMIN: "Everything an owner may, but for making owners and for how people sign in.",
    Role.BILLING: "Payments, subscriptions, invoices, products and balances; no developer pages, no settings.",
    Role.SUPPORT: "Sees customers and payments, edits customers, refunds; no settings, no keys.",
    Role.DEVELOPER: "API keys and webhooks; sees the rest in live mode, and works with it in test mode.",
    Role.READ_ONLY: "Sees, and changes nothing.",
}
"""What the roles are, for those who give them."""


def of(role: str, *, livemode: bool) -> frozenset[Power]:
    """Return what a role may do; nothing where it is none."""
    powers = ROLES.get(role, frozenset())
    return powers if livemode else powers | IN_TEST_MODE.get(role, frozenset())


def require(*any_of: Power) -> None:
    """Go on only if who acts has one of these powers, or is limited by other rights.

    Raises:
        NotPermitted: none of them.
    """
    limits = provenance.current().powers
    if limits is not None and limits.isdisjoint(any_of):
        raise NotPermitted(", ".join(any_of))


# -- What the write guard asks -----------------------------------------------------------------------------------------

_asked: ContextVar[set[Power] | None] = ContextVar("asked_powers", default=None)
_writers: dict[str, frozenset[Power]] = {}
_open: set[str] = set()
WRITING = frozenset(power for power in Power if not power.startswith("view "))
"""With one of these something can be changed at all."""


@contextmanager
def guarding() -> Iterator[None]:
    """Let nothing be written inside but what a power allows that was asked for inside, and granted."""
    token = _asked.set(set())
    try:
        with write_guard.guarding(check_write):
            yield
    finally:
        _asked.reset(token)


@contextmanager
def rehearsing() -> Iterator[None]:
    """Take back what is done inside, at its end: that needs no power, and is nobody's act."""
    token = _asked.set(None)
    try:
        with transaction.atomic(), acting(Provenance(door="rehearsal")):
            yield
            transaction.set_rollback(True)
    finally:
        _asked.reset(token)


def grant(power: Power) -> None:
    """Remember that a power was asked for and is there."""
    asked = _asked.get()
    if asked is not None:
        asked.add(power)


def written_with(any_of: Iterable[Power], *tables: str) -> None:
    """Let the rows of tables be written with one of these powers, be it as a part of something else."""
    for table in tables:
        _writers[table] = _writers.get(table, frozenset()) | frozenset(any_of)


def written_by_all(*tables: str) -> None:
    """Let the rows of tables be written by whoever is signed in."""
    _open.update(tables)


def check_write(table: str) -> None:
    """Go on only if a power was asked for with which a table's rows may be written.

    Raises:
        NotPermitted: none was, or the table has no entry.
    """
    asked = _asked.get()
    if asked is None or table in _open:
        return
    if asked.isdisjoint(_writers.get(table, frozenset())):
        raise NotPermitted(f"to write {table}")


def tables() -> frozenset[str]:
    """Return the tables that have an entry."""
    return frozenset(_writers) | _open


def register() -> None:
    """Enter the tables of the ground floor; higher apps enter theirs."""
    edits, bills, develops = Power.EDIT_CUSTOMERS, Power.MANAGE_BILLING, Power.MANAGE_DEVELOPERS
    moves, refunds, deletes = Power.MOVE_MONEY, Power.REFUND, Power.DELETE
    adjusts = Power.ADJUST_BALANCES
    # A test clock is deleted with its customers.
    written_with({edits, bills, moves, refunds, adjusts, deletes, develops}, "customers_customer")
    written_with(
        {Power.MERGE},
        "customers_alias",
        "customers_cashtransaction",
        "customers_customer",
        "customers_customerbalancetransaction",
        "customers_duplicatepair",
        "customers_duplicatesearch",
        "customers_merge",
    )
    written_with(
        {edits, deletes, develops, Power.MERGE},
        "customers_address",
        "customers_taxid",
        "customers_consent",
        "customers_note",
        "customers_organization",
    )
    written_with(
        {bills, moves, refunds, adjusts, deletes, develops},
        "customers_customerbalancetransaction",
        "customers_cashtransaction",
    )
    written_with({deletes}, "customers_erasure")
    written_with((), "customers_tombstone", "customers_retentionrun")  # the worker erases
    written_with({edits, deletes, Power.EXPORT}, "customers_bulkjob", "customers_bulkjobpart")
    written_with(
        {Power.IMPORT}, "customers_import", "customers_importchunk", "customers_importfault"
    )
    written_with(
        {Power.MANAGE_SETTINGS}, "customers_customfield", "customers_logo", "customers_wording"
    )
    written_with({Power.MANAGE_SETTINGS, Power.MANAGE_SECURITY}, "customers_site")
    written_with({Power.MANAGE_MEMBERS}, "customers_membership")
    written_with(
        {develops},
        "customers_apikey",
        "customers_testclock",
        "events_webhookendpoint",
        "events_delivery",
    )
    written_with(WRITING, "customers_message", "events_event", "customers_idempotencyrecord")
    written_with(WRITING, "procrastinate_jobs")
    written_with({develops}, "customers_invariantcheck")
    written_with((), "customers_finding")  # the worker looks
    # What is everybody's own: the account, and the record of what was done with it.
    written_by_all("customers_operator", "customers_auditentry", "django_session")
    written_by_all("customers_savedview")
    written_with((), "customers_allowancecount")  # browsers are counted, not members
    written_by_all("otp_totp_totpdevice", "otp_static_staticdevice", "otp_static_statictoken")
