"""Bringing over what an account at Stripe or Omise holds: looked at first, then written, object by object.

Nothing is charged, billed or told to customers by it: subscriptions, invoices and charges become records of what their
own system has done and still does.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from customers.kit import sessions, tenancy
from customers.kit.errors import Conflict, InvalidRequest
from customers.models import Customer
from payments.billing.services import account_catalog, account_invoices, account_subscriptions
from payments.models import AccountImport, GatewayAccount
from payments.services import (
    account_charges,
    account_customers,
    account_methods,
    account_sources,
    gateway_accounts,
)
from payments.services.account_ledger import Kind, Ledger, Refusal, Result, Write, Written, needed
from payments.services.account_methods import HeldMethod
from payments.services.account_sources import Account, Unreadable

_LOCK = 1_835_099_499  # the first of the two numbers that name our advisory locks
_DONE = "done"


@dataclass(slots=True)
class Run:
    """One reading of an account, and what becomes of what it reads.

    Args:
        now: tells the time.
        seen: called with each kind of object as a page of it is through.
        own: the site's gateway account, where payment methods are brought over.
        unreadable: why a kind of object could not be read, where that was so.
    """

    account: Account
    ledger: Ledger
    now: Callable[[], datetime]
    seen: Callable[[Kind], object]
    own: GatewayAccount | None = None
    history: GatewayAccount | None = None
    unreadable: dict[Kind, str] = field(default_factory=dict)


def begun(
    account: Account,
    *,
    with_methods: bool,
    is_rehearsal: bool,
    tell: Callable[[Refusal], object],
    seen: Callable[[Kind], object],
    now: Callable[[], datetime],
) -> Run:
    """Return a reading of an account that can be carried out.

    Args:
        tell: called with each object that is not brought over, or not whole.

    Raises:
        InvalidRequest: payment methods are wanted, and the site's gateway is not this account (rule P8).
    """
    own = account_sources.charging(account) if with_methods else None
    ledger = Ledger(account.source, tell, is_rehearsal=is_rehearsal)
    return Run(account, ledger, now, seen, own)


def carry_out(run: Run) -> Run:
    """Bring over what is not here yet, and what has changed; go on where an earlier import was cut off.

    No transaction may be open.

    Raises:
        Conflict: the same account is being imported at this moment.
        GatewayUnavailable: there is no answer any more.
    """
    with _alone(run.account):
        at = run.now()
        run.history = gateway_accounts.remembered(run.account.source, run.account.name, at=at)
        progress = _unfinished(run) or _new(run, at=at)
        for kind in run.account.holdings.kinds:
            position = progress.positions.get(kind, "")
            if position != _DONE:
                _bring_all(run, progress, kind, position)
        progress.finished_at = run.now()
        progress.save(update_fields=["finished_at"])
    return run


def rehearse(run: Run) -> Run:
    """Look at everything that would be brought over, and write nothing down.

    Customers and products are written and taken back, one by one, so that all that keeps them out is found. Of the
    rest, which needs those, is said what can be said without them.

    Raises:
        GatewayUnavailable: there is no answer any more.
    """
    accepted: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for kind in run.account.holdings.kinds:
        with _readable(run, kind):
            for page in account_sources.pages(run.account, kind, after=""):
                for said in page.objects:
                    _rehearse_one(run, kind, said, accepted)
                run.seen(kind)
    return run


@contextmanager
def _alone(account: Account) -> Iterator[None]:
    """Let one import of a site at a time go on; the lock ends with the process, however that ends."""
    scope = tenancy.current()
    name = f"{scope.site_id} {scope.livemode} {account.source}"
    with sessions.locked(_LOCK, name) as is_ours:
        if not is_ours:
            raise Conflict("Another import into this site is going on. Wait until it is through.")
        yield


def _unfinished(run: Run) -> AccountImport | None:
    rows = AccountImport.objects.filter(
        source=run.account.source, account_name=run.account.name, with_methods=run.own is not None
    )
    latest = rows.order_by("-created_at", "-id").first()
    return latest if latest is not None and latest.finished_at is None else None


def _new(run: Run, *, at: datetime) -> AccountImport:
    scope = tenancy.current()
    progress = AccountImport(
        id=AccountImport.new_id(), site=scope.site, livemode=scope.livemode, created_at=at,
        source=run.account.source, account_name=run.account.name, with_methods=run.own is not None,
    )  # fmt: skip
    progress.save(force_insert=True)
    return progress


def _bring_all(run: Run, progress: AccountImport, kind: Kind, position: str) -> None:
    with _readable(run, kind):
        for page in account_sources.pages(run.account, kind, after=position):
            for said in page.objects:
                _bring(run, kind, said)
            _keep(progress, kind, page.position)
            run.seen(kind)
    _keep(progress, kind, _DONE)


@contextmanager
def _readable(run: Run, kind: Kind) -> Iterator[None]:
    """Go on with the next kind where the key may not read one."""
    try:
        yield
    except Unreadable as refusal:
        run.unreadable[kind] = str(refusal)


def _keep(progress: AccountImport, kind: Kind, position: str) -> None:
    progress.positions[kind] = position
    progress.save(update_fields=["positions"])


def _bring(run: Run, kind: Kind, said: Mapping[str, Any]) -> None:
    at = run.now()
    run.ledger.bring(kind, said, _write_of(run, kind, at=at), at=at)
    if kind == Kind.CUSTOMER and run.own is not None:
        _bring_methods(run, run.own, said["id"])


def _write_of(run: Run, kind: Kind, *, at: datetime) -> Write:
    source, ledger = run.account.source, run.ledger
    charges = partial(account_charges.write, ledger, run.history) if run.history else None
    writes: dict[Kind, Callable[..., Written] | None] = {
        Kind.CUSTOMER: partial(account_customers.write, source),
        Kind.PRODUCT: account_catalog.write_product,
        Kind.PRICE: partial(account_catalog.write_price, ledger),
        Kind.SUBSCRIPTION: partial(account_subscriptions.write, ledger),
        Kind.INVOICE: partial(account_invoices.write, ledger),
        Kind.CHARGE: charges,
    }
    write = writes[kind]
    assert write is not None  # noqa: S101 -- a rehearsal writes no charges
    return partial(write, at=at)


def _bring_methods(run: Run, own: GatewayAccount, source_id: str) -> None:
    ours = run.ledger.ours(Kind.CUSTOMER, source_id)
    if not ours:
        return
    for held in _methods_of(run, own, source_id):
        at = run.now()
        write = partial(_write_method, own, ours, held, at=at)
        run.ledger.bring(Kind.PAYMENT_METHOD, _said(held), write, at=at)
    run.seen(Kind.PAYMENT_METHOD)


def _methods_of(run: Run, own: GatewayAccount, source_id: str) -> list[HeldMethod]:
    """Return what the gateway has saved for a customer; asking for it is done before anything is written."""
    try:
        return account_sources.methods_of(own, source_id)
    except InvalidRequest as refusal:
        run.ledger.tell(Refusal(Kind.PAYMENT_METHOD, source_id, refusal.message))
        run.ledger.counts[Kind.PAYMENT_METHOD, Result.REFUSED] += 1
        return []


def _write_method(
    own: GatewayAccount,
    ours: str,
    held: HeldMethod,
    said: Mapping[str, Any],
    object_id: str,
    *,
    at: datetime,
) -> Written:
    customer = Customer.objects.with_defaults().get(pk=ours)
    pk = object_id or account_methods.new_id(own.kind, held.reference)
    return Written(account_methods.write(customer, own, held, pk, at=at))


def _said(held: HeldMethod) -> dict[str, Any]:
    return {"id": held.reference, **asdict(held)}


def _rehearse_one(
    run: Run, kind: Kind, said: Mapping[str, Any], accepted: dict[Kind, set[str]]
) -> None:
    at = run.now()
    write = (
        _write_of(run, kind, at=at) if kind in _ALONE else partial(_look_at, run, kind, accepted)
    )
    result = run.ledger.bring(kind, said, write, at=at)
    if result == Result.REFUSED:
        return
    accepted[kind].add(said["id"])
    if kind == Kind.CUSTOMER:
        _tell_of_email(run, said)
        if run.own is not None:
            _look_at_methods(run, run.own, said["id"])


_ALONE = {Kind.CUSTOMER, Kind.PRODUCT}
"""What needs nothing else to be there."""


def _look_at(
    run: Run, kind: Kind, accepted: dict[Kind, set[str]], said: Mapping[str, Any], object_id: str
) -> Written:
    """Refuse what cannot be brought over, as far as that can be seen without what it needs.

    Raises:
        InvalidState: that is so.
    """
    if kind == Kind.PRICE:
        account_catalog.check_price(said)
    elif kind == Kind.SUBSCRIPTION:
        account_subscriptions.check(said)
    elif kind == Kind.INVOICE:
        account_invoices.check(said)
    else:
        account_charges.check(run.account.source, said)
    parent = Kind.PRODUCT if kind == Kind.PRICE else Kind.CUSTOMER
    source_id = said.get(parent.value)
    if source_id and source_id not in accepted[parent]:
        needed(run.ledger.ours(parent, source_id), parent.value, source_id)
    return Written(None)


def _look_at_methods(run: Run, own: GatewayAccount, source_id: str) -> None:
    for held in _methods_of(run, own, source_id):
        known = run.ledger.ours(Kind.PAYMENT_METHOD, held.reference)
        result = Result.SAME if known else Result.CREATED
        run.ledger.counts[Kind.PAYMENT_METHOD, result] += 1


def _tell_of_email(run: Run, said: Mapping[str, Any]) -> None:
    """Say that another customer has the email, which is no hindrance where the site allows it."""
    if not said.get("email"):
        return
    others = Customer.objects.living().filter(email__iexact=said["email"])
    ours = run.ledger.ours(Kind.CUSTOMER, said["id"])
    if others.exclude(pk__in=[ours, said["id"]]).exists():
        reason = f"Another customer here has the email {said['email']}."
        run.ledger.tell(Refusal(Kind.CUSTOMER, said["id"], reason))
