"""What a gateway's answer makes of a charge: one function for each act, and whoever comes second changes nothing.

Rows are locked in the order customer, payment intent, charge, refund, operation.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction

from customers.events.services import events
from customers.kit import together
from customers.kit.statements import NewRow
from customers.models import Customer, Message, TenantModel
from customers.services import test_clocks
from payments.gateways.base import Outcome, Result
from payments.models import Charge, Operation, PaymentIntent, Refund
from payments.money import Money
from payments.services import (
    crediting,
    intent_progress,
    ledger,
    method_details,
    operations,
    spending,
    telling,
)
from payments.services.operations import Kind, State

Status = Charge.Status
_METHOD = Charge._meta.get_field("payment_method")
HELD_DAYS = 7  # for which card networks hold an authorization


@dataclass(slots=True)
class Settling:
    """An act whose answer is being written down, with the rows that it changes, locked."""

    operation: Operation
    charge: Charge
    intent: PaymentIntent | None
    customer: Customer | None
    outcome: Outcome
    at: datetime
    owner: Customer | None
    """The charge's customer, not locked; `customer` is the one whom it credits."""

    def conclude(
        self,
        *,
        event: str = "",
        entries: Sequence[TenantModel | NewRow] = (),
        letters: Sequence[Message] = (),
    ) -> None:
        """Save the charge, close the act, let the intent follow, and tell of it.

        Args:
            event: of the charge.
            entries: of the ledger, and of what follows from it.
            letters: to the customer.
        """
        together.save(self.charge, *_SETTLED)
        operations.close(self.operation, self.outcome, at=self.at)
        rows: list[TenantModel | NewRow] = [*entries, *letters]
        if event:
            rows.append(events.prepare(event, self.charge, at=self.at))
        before = ""
        if self.intent is not None:
            before = self.intent.status
            rows += intent_progress.charge_changed(self.intent, self.charge, at=self.at)
        if rows:
            together.insert(*rows)
        if self.intent is not None:
            intent_progress.moved(self.intent, before, self.charge, at=self.at)

    def move(self, target: Status) -> str:
        """Give the charge its next status and return the event that tells of it."""
        event = Charge.TRANSITIONS.event(self.charge.status, target, noun="charge")
        self.charge.status = target
        return event


def settle(operation: Operation, outcome: Outcome, *, at: datetime) -> Operation:
    """Write down what became of charging, capturing or releasing, and return the act with its charge as it is."""
    with transaction.atomic(durable=True), together.opened(), ExitStack() as held:
        customer = crediting.locked_owner(held, operation.charge, at=at)
        _lock_all([operation])
        return _settled(operation, outcome, customer, at=at)


def settle_all(answers: Sequence[tuple[Operation, Outcome]], *, at: datetime) -> list[Operation]:
    """Write down what became of charges of intents in one transaction, and return the acts for which it was done.

    Those of which something could not be written down are left to be settled alone.
    """
    settled: dict[str, Operation] = {}

    def settle_one(answer: tuple[Operation, Outcome]) -> None:
        operation, outcome = answer
        settled[operation.pk] = _settled(operation, outcome, None, at=at)

    groups = defaultdict(list)
    for answer in answers:
        groups[answer[0].charge.customer_id].append(answer)
    acts = [operation for operation, _outcome in answers]
    left = together.attempt_all(groups.values(), settle_one, prepare=lambda: _lock_all(acts))
    for operation, _outcome in left:
        settled.pop(operation.pk, None)
    return list(settled.values())


def _lock_all(acts: Sequence[Operation]) -> None:
    """Lock and read what settling acts needs, each table's rows at once and in the order of their ids."""
    pks = {pk for act in acts if (pk := act.charge.payment_intent_id)}
    intents = intent_progress.lock_many(pks) if pks else []
    rows = Operation.objects.filter(pk__in=[act.pk for act in acts]).select_related("charge")
    locking = rows.select_for_update(no_key=True, of=("charge", "self"))  # in this order
    for row in locking.order_by("charge_id", "pk"):
        if together.recalled((Charge, row.charge_id)) is None:
            together.remember((Charge, row.charge_id), row.charge)
        together.remember((Operation, row.pk), row)
    intent_progress.foresee(intents)


def _settled(
    operation: Operation, outcome: Outcome, customer: Customer | None, *, at: datetime
) -> Operation:
    """Write down in the open block what became of an act that is locked, and return it with its charge as it is."""
    asked = operation.charge
    charge = cast("Charge", together.recalled((Charge, asked.pk)))
    row = cast("Operation", together.recalled((Operation, operation.pk)))
    intent = charge.payment_intent = intent_progress.locked(asked)
    if _METHOD.is_cached(asked) and charge.payment_method_id == asked.payment_method_id:
        charge.payment_method = asked.payment_method
    row.charge = charge
    owner = asked.customer if charge.customer_id else None
    _SETTLE[Kind(row.kind)](Settling(row, charge, intent, customer, outcome, at, owner))
    return row


def _authorized(act: Settling) -> None:
    if not _is_expected(act):
        return
    charge, outcome = act.charge, act.outcome
    if outcome.result == Result.DONE:
        _taken(act)
    elif (release := _release_behind(act)) is not None:
        _called_off(act, release)
    elif outcome.result == Result.DECLINED:
        event = act.move(Status.FAILED)
        _explain(charge, outcome)
        charge.action_url, charge.settled_at = "", act.at
        act.conclude(event=event)
    else:
        is_news = act.operation.state == State.OPEN or charge.action_url != outcome.action_url
        charge.gateway_reference = outcome.reference or charge.gateway_reference
        charge.action_url = outcome.action_url
        if is_news:
            act.conclude(event="" if outcome.action_url else "charge.pending")


def _is_expected(act: Settling) -> bool:
    """Tell whether the answer to a charge is still to be written down; flag one that contradicts what was written."""
    operation, charge, outcome = act.operation, act.charge, act.outcome
    if charge.status == Status.PENDING:
        return True
    if charge.status != Status.FAILED or outcome.result != Result.DONE:
        return False
    given_up = charge.failure_code == Charge.NEVER_RECEIVED
    if given_up and _takes_back(act):
        return True
    if charge.captures_later and charge.failure_code in _CALLED_OFF:
        return False  # it was held before it was called off, and that has released it
    if operation.state != State.FLAGGED:
        operation.gateway_reference = outcome.reference or operation.gateway_reference
        said = "The gateway took this money although the charge had failed here."
        operations.flag(operation, said, at=act.at)
    return False


def _takes_back(act: Settling) -> bool:
    """Tell whether what was given up may still be paid: nobody has begun to pay the same thing again."""
    charge = act.charge
    if act.intent is not None:
        return intent_progress.takes_back(act.intent)
    if not charge.is_only_of_link:
        return True
    return not Charge.objects.filter(
        link_id=charge.link_id, is_only_of_link=True, status__in=Charge.ALIVE
    ).exists()


def _taken(act: Settling) -> None:
    """Write down that the money is taken, or held."""
    charge, outcome = act.charge, act.outcome
    event = act.move(Status.AUTHORIZED if charge.captures_later else Status.SUCCEEDED)
    charge.gateway_reference = outcome.reference or charge.gateway_reference
    charge.failure_code = charge.decline_code = charge.failure_message = charge.action_url = ""
    charge.method_details = method_details.after(charge.method_details, outcome.details)
    charge.outcome = _approval(outcome)
    if charge.captures_later:
        latest = act.at + timedelta(days=HELD_DAYS)
        charge.capture_before = min(latest, charge.expires_at or latest)
        act.conclude(event=event)
    else:
        _paid(act, event, charge.amount)


def _paid(act: Settling, event: str, amount: int) -> None:
    charge = act.charge
    charge.amount_captured, charge.settled_at = amount, act.at
    entry = ledger.prepare(
        charge,
        ledger.charge_kind(charge),
        Money(amount, charge.currency),
        fee=act.outcome.fee,
        description=charge.description,
        at=act.at,
    )
    charge.balance_transaction_id = entry.pk
    letters = telling.of_payment(charge, act.owner, at=act.at)
    entries: list[TenantModel | NewRow] = [entry, *spending.of_payment(charge, at=act.at)]
    act.conclude(event=event, entries=entries, letters=letters)
    if act.customer is not None:
        crediting.give(act.customer, charge, at=act.at)
    elif charge.credits_customer:
        said = "The customer was deleted before the payment could be put to their credit."
        operations.flag(act.operation, said, at=act.at)


def _captured(act: Settling) -> None:
    operation, charge, outcome = act.operation, act.charge, act.outcome
    if not _is_to_be_settled(act):
        return
    if outcome.result == Result.DONE:
        _paid(act, act.move(Status.SUCCEEDED), operation.amount)
    elif outcome.result == Result.DECLINED and outcome.code == "charge_expired_for_capture":
        charge.settled_at = act.at
        act.conclude(event=act.move(Status.EXPIRED))
    else:
        operations.close(operation, outcome, at=act.at)


def _released(act: Settling) -> None:
    operation, charge, outcome = act.operation, act.charge, act.outcome
    if not _is_to_be_settled(act):
        return
    # Operations have real time; where the customer lives by a test clock, it did not move since.
    asked_at = operation.created_at if test_clocks.real(act.at) == act.at else act.at
    is_late = charge.capture_before is not None and asked_at >= charge.capture_before
    is_done = outcome.result == Result.DONE
    if outcome.result not in {Result.DONE, Result.DECLINED}:
        operations.close(operation, outcome, at=act.at)
        return
    _follow_refund(act)
    if charge.status == Status.AUTHORIZED and (is_done or is_late):
        # What is past its time is released by the issuer, whether or not the gateway finds anything left to release.
        charge.settled_at = act.at
        charge.failure_code = Charge.SUPERSEDED if operation.makes_room else ""
        act.conclude(event=act.move(Status.EXPIRED if is_late else Status.VOIDED))
    elif charge.status == Status.PENDING and is_done:
        asked = Operation.objects.get(charge=charge, kind=Kind.AUTHORIZE)
        operations.close(asked, Outcome(Result.DECLINED), at=act.at)
        _called_off(act, operation)
    else:
        operations.close(operation, outcome, at=act.at)


def _is_to_be_settled(act: Settling) -> bool:
    """Tell whether the answer to a capture or release is still to be written down, or corrects what was given up."""
    operation = act.operation
    if operation.state in operations.UNSETTLED:
        return True
    if operation.state != State.REFUSED or act.outcome.result != Result.DONE:
        return False
    if act.charge.status in {Status.AUTHORIZED, Status.PENDING}:
        return True
    if act.charge.failure_code in _CALLED_OFF:
        return True  # the charge's own look-up has told it first
    said = f"The gateway did this although it had failed here, and the charge is {act.charge.status} now."
    operations.flag(operation, said, at=act.at)
    return False


def _release_behind(act: Settling) -> Operation | None:
    """Return the release for which a charge that waited for its customer will not be carried out any more.

    One that was given up as never received has come through all the same, where the gateway says that it was canceled.
    """
    if act.outcome.result != Result.DECLINED or not act.charge.action_url:
        return None
    rows = Operation.objects.filter(charge=act.charge, kind=Kind.VOID).order_by("-created_at")
    if act.outcome.code != Charge.CANCELED:
        rows = rows.filter(state__in=operations.UNSETTLED)
    return rows.first()


def _called_off(act: Settling, release: Operation) -> None:
    """End a charge that waited for its customer: the gateway will not carry it out any more."""
    code = Charge.SUPERSEDED if release.makes_room else Charge.CANCELED
    event = act.move(Status.FAILED)
    _explain(act.charge, Outcome(Result.DECLINED, code=code, message=_CALLED_OFF[code]))
    act.charge.action_url, act.charge.settled_at = "", act.at
    act.conclude(event=event)


def _follow_refund(act: Settling) -> None:
    """Let the refund of money that was only held end as its release does."""
    if act.operation.refund_id is None:
        return
    refund = Refund.objects.select_for_update(no_key=True).get(pk=act.operation.refund_id)
    before = events.spell(refund)
    is_done = act.outcome.result == Result.DONE
    target = Refund.Status.SUCCEEDED if is_done else Refund.Status.FAILED
    event = Refund.TRANSITIONS.event(refund.status, target, noun="refund")
    refund.status, refund.settled_at = target, act.at
    refund.failure_reason = "" if is_done else "unknown"
    refund.save(update_fields=["status", "settled_at", "failure_reason"])
    previous = events.difference(before, events.spell(refund))
    events.publish(event, refund, previous=previous, at=act.at)


def _explain(charge: Charge, outcome: Outcome) -> None:
    """Write on a charge why it failed, in words that people can act on."""
    charge.gateway_reference = outcome.reference or charge.gateway_reference
    charge.failure_code = outcome.code or "card_declined"
    charge.decline_code = outcome.decline_code
    charge.failure_message = (outcome.message or "Your card was declined.")[:500]
    charge.method_details = method_details.after(charge.method_details, outcome.details)
    was_sent = outcome.code not in {Charge.NEVER_RECEIVED, "processing_error", *_CALLED_OFF}
    reason = outcome.decline_code or outcome.code or "generic_decline"
    charge.outcome = {
        "network_status": "declined_by_network" if was_sent else "not_sent_to_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline."
        if reason == "generic_decline"
        else f"The payment was declined with the reason '{reason}'.",
        "type": "issuer_declined" if was_sent else "invalid",
        **_network(outcome),
    }


def _approval(outcome: Outcome) -> dict[str, Any]:
    return {
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "seller_message": "Payment complete.",
        "type": "authorized",
        **_network(outcome),
    }


def _network(outcome: Outcome) -> dict[str, Any]:
    return {name: outcome.details[name] for name in _OUTCOME if name in outcome.details}


_CALLED_OFF = {
    Charge.CANCELED: "The payment was canceled.",
    Charge.SUPERSEDED: "Another attempt was made before the customer authenticated this one.",
}
_OUTCOME = (
    "network_status", "reason", "type", "risk_level", "risk_score", "seller_message", "network_advice_code",
    "network_decline_code", "advice_code",
)  # fmt: skip
_SETTLED = [
    "status", "gateway_reference", "amount_captured", "capture_before", "failure_code", "decline_code",
    "failure_message", "outcome", "action_url", "settled_at", "method_details", "balance_transaction_id",
]  # fmt: skip
_SETTLE: dict[Kind, Callable[[Settling], None]] = {
    Kind.AUTHORIZE: _authorized,
    Kind.CAPTURE: _captured,
    Kind.VOID: _released,
}
