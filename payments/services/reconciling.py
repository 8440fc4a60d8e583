"""Asking gateways what became of what they were asked for, until it is known; and what they know that we do not."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from customers.events.services import events
from customers.kit import statements
from customers.kit.errors import GatewayUnavailable
from customers.kit.tenancy import every_site, scoped_to
from customers.services import test_clocks
from payments.gateways.base import Entry, NotSent, Outcome, Refused, Result, Unknown
from payments.models import Charge, GatewayAccount, Operation
from payments.services import (
    charge_settling,
    gateway_accounts,
    intent_progress,
    ledger,
    operations,
    refund_settling,
)
from payments.services.operations import Kind, State

LOOKED_BACK = timedelta(hours=48)
_AT_ONCE = 1000  # references in one query
_GIVEN_UP = Outcome(
    Result.DECLINED,
    code=Charge.NEVER_RECEIVED,
    message="The payment gateway never received this request. Nothing was charged; it can be tried again.",
)


def settle(operation: Operation, outcome: Outcome, *, at: datetime) -> Operation:
    """Write down what became of an act of any kind; the second one to tell changes nothing."""
    return _SETTLE[Kind(operation.kind)](operation, outcome, at=at)


def check(operation: Operation, *, at: datetime) -> Operation:
    """Ask the gateway about one act, settle it, and return it as it is then.

    Raises:
        GatewayUnavailable: the gateway does not say.
    """
    at = test_clocks.now_for_id(operation.charge.customer_id, at)
    outcome = operations.look_up(operation)
    if outcome is None:
        return _missed(operation, at=at)
    settled = settle(operation, outcome, at=at)
    if settled.kind == Kind.AUTHORIZE:
        intent_progress.keep_method(settled.charge, at=at)
    return settled


def run(*, at: datetime, limit: int = 500) -> int:
    """Ask about every act whose time has come, and return how many there were.

    A gateway that does not answer is left alone until the next run, so that it does not hold up the others.
    """
    silent: set[str] = set()
    for count in range(limit):
        operation = _claimed(silent, at=at)
        if operation is None:
            return count
        with scoped_to(operation.site, livemode=operation.livemode):
            if not _work_off(operation, at=at):
                silent.add(operation.gateway_account_id)
    return limit


def compare(account: GatewayAccount, *, since: datetime, at: datetime) -> int:
    """Go through a gateway's books for what was done there and is not known here, and return how much was found.

    What is found is recorded and flagged for a person, and never refunded by itself.

    Raises:
        GatewayUnavailable: the gateway does not answer.
    """
    gateway = gateway_accounts.gateway_of(account)
    try:
        entries = [entry for entry in gateway.entries(since) if entry.status == "succeeded"]
    except (NotSent, Unknown, Refused) as silence:
        raise GatewayUnavailable("The payment gateway does not show its books.") from silence
    known = _states(account, [entry.reference for entry in entries])
    found = 0
    for entry in entries:
        state = known.get(entry.reference)
        if state is None:
            found += _recorded(account, entry, at=at)
        elif state not in {State.DONE, State.FLAGGED}:
            found += _settled(account, entry, at=at)
    return found


def compare_all(*, at: datetime) -> int:
    """Go through the books of every account in use, and return how much was found."""
    with every_site():
        accounts = list(
            GatewayAccount.objects.filter(is_active=True).select_related("site").order_by("id")
        )
    found = 0
    for account in accounts:
        with scoped_to(account.site, livemode=account.livemode):
            try:
                found += compare(account, since=at - LOOKED_BACK, at=at)
            except GatewayUnavailable:
                continue
    return found


def _claimed(silent: set[str], *, at: datetime) -> Operation | None:
    """Take the act that has been due the longest; its next check is the lease, so that a crash only delays it."""
    with every_site(), transaction.atomic():
        rows = Operation.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        due = rows.select_related("site", "gateway_account", "charge", "refund").filter(
            next_check_at__lte=at
        )
        operation = due.exclude(gateway_account__in=silent).order_by("next_check_at", "id").first()
        if operation is not None:
            operation.checks += 1
            operation.next_check_at = operations.next_check(operation, at=at)
            operation.save(update_fields=["checks", "next_check_at"])
    return operation


def _work_off(operation: Operation, *, at: datetime) -> bool:
    """Settle a claimed act, or give it to a person at the end of the schedule; tell whether the gateway answered."""
    answers = True
    try:
        operation = check(operation, at=at)
    except GatewayUnavailable:
        answers = False
    if operations.is_overdue(operation, at=at):
        _end(operation, at=at)
    return answers


def _end(operation: Operation, *, at: datetime) -> None:
    """Stop asking by the schedule: somebody has to look, or the customer never came back."""
    with transaction.atomic():
        row = Operation.objects.select_for_update(no_key=True).get(pk=operation.pk)
        if row.state == State.OPEN:
            operations.flag(row, "The gateway has not said for days what became of this.", at=at)
        elif row.state == State.WAITING and operation.charge.action_url:
            row.next_check_at = None
            row.save(update_fields=["next_check_at"])


def _missed(operation: Operation, *, at: datetime) -> Operation:
    """Note that the gateway's books show no trace; the second time, past the time in which it could come, give up."""
    with transaction.atomic():
        row = Operation.objects.select_for_update(no_key=True).get(pk=operation.pk)
        if row.state != State.OPEN:
            return operation
        if row.missed_at is None or not operations.is_forgotten(operation, at=at):
            row.missed_at = row.missed_at or test_clocks.real(at)
            row.next_check_at = operations.check_after_miss(row, at=at)
            row.save(update_fields=["missed_at", "next_check_at"])
            return operation
    return settle(operation, _GIVEN_UP, at=at)


def _states(account: GatewayAccount, references: list[str]) -> dict[str, str]:
    """Return the states of the acts that are known here, by reference."""
    rows = Operation.objects.filter(gateway_account=account)
    return {
        reference: state
        for first in range(0, len(references), _AT_ONCE)
        for reference, state in rows.filter(
            reference__in=references[first : first + _AT_ONCE]
        ).values_list("reference", "state")
    }


def _settled(account: GatewayAccount, entry: Entry, *, at: datetime) -> bool:
    rows = Operation.objects.select_related("gateway_account", "charge", "refund")
    operation = rows.get(gateway_account=account, reference=entry.reference)
    return check(operation, at=at).state != operation.state


def _recorded(account: GatewayAccount, entry: Entry, *, at: datetime) -> bool:
    """Write down a charge that only the gateway knows of; it has our name, so it was ours before something was lost."""
    if entry.kind != "charge" or not entry.reference.startswith(f"{Charge.PREFIX}_"):
        return False
    money = entry.money
    charge = Charge.belonging_to(
        account, gateway_account=account, gateway_reference=entry.gateway_reference,
        status=Charge.Status.SUCCEEDED, amount=money.amount, currency=money.currency,
        amount_captured=money.amount, description="Found in the gateway's books",
        settled_at=at, created_at=entry.at,
    )  # fmt: skip
    charge.pk = entry.reference
    operation = operations.prepare(
        charge, Kind.AUTHORIZE, reference=entry.reference, amount=money.amount, at=at
    )
    operation.gateway_reference = entry.gateway_reference
    operation.state, operation.next_check_at, operation.settled_at = State.FLAGGED, None, at
    operation.said = "The gateway took this money, and nothing was known of it here."
    movement = ledger.prepare(
        charge, ledger.charge_kind(charge), money, description=charge.description, at=at
    )
    charge.balance_transaction_id = movement.pk
    with transaction.atomic():
        statements.insert(charge, operation, movement)
        events.publish("charge.succeeded", charge, at=at)
    return True


_SETTLE: dict[Kind, Callable[..., Operation]] = {
    Kind.AUTHORIZE: charge_settling.settle,
    Kind.CAPTURE: charge_settling.settle,
    Kind.VOID: charge_settling.settle,
    Kind.REFUND: refund_settling.settle,
}
