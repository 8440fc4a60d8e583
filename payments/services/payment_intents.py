"""Payment intents: one payment, over as many charges as it takes."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from copy import copy
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from customers.events.services import events
from customers.kit import ids, statements, tenancy, together
from customers.kit.errors import CardDeclined, DomainError, InvalidRequest, InvalidState, NotFound
from payments.models import Charge, Operation, PaymentIntent
from payments.services import (
    charges,
    collecting,
    intent_progress,
    microdeposits,
    payment_methods,
    vaulting,
    verifying,
)

Status = PaymentIntent.Status
_FIXED_LATER = frozenset(
    {"amount", "currency", "customer", "payment_method", "captures_manually", "setup_future_usage"}
)
"""What no longer changes once the payment is under way."""


def get(pk: str, *, param: str = "intent") -> PaymentIntent:
    """Return a payment intent.

    Raises:
        NotFound: the site has none with this id.
    """
    found = PaymentIntent.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such payment_intent: '{pk}'", param=param)
    return found


def charge_of(intent: PaymentIntent) -> Charge | None:
    """Return the charge of an intent that is alive, even if it waits for the customer, or else the latest one."""
    rows = Charge.objects.filter(payment_intent=intent).select_related("gateway_account")
    alive_first = rows.annotate(is_alive=Q(status__in=Charge.ALIVE)).order_by(
        "-is_alive", "-created_at", "-id"
    )
    return alive_first.first()


def create(
    details: Mapping[str, Any], *, request_key: str | None = None, at: datetime
) -> PaymentIntent:
    """Make a payment intent, to be confirmed later.

    Args:
        details: columns by name; `amount` and `currency` at least.
        request_key: the digest of the request's idempotency key: the same request finds the same intent.

    Raises:
        InvalidRequest: the amount cannot be charged, or not with this method.
    """
    intent = _prepared(details, request_key, at=at)
    existing = _made_before(intent) if request_key else None
    if existing is not None:
        return existing
    with transaction.atomic(savepoint=False):
        told = events.prepare("payment_intent.created", intent, at=at)
        statements.insert_last(intent, told, refusals={})
    return intent


def create_and_confirm(
    details: Mapping[str, Any],
    confirmation: Mapping[str, Any],
    *,
    request_key: str | None = None,
    at: datetime,
) -> PaymentIntent:
    """Make a payment intent and try to collect it, as one act: the same request finds the same intent.

    Args:
        details: as for `create`; `payment_method` too.
        confirmation: as for `confirm`.

    Raises:
        InvalidRequest: the amount, or the method for it, cannot be charged.
    """
    charge = charges.of_request(request_key)
    if charge is not None:
        return _carried_on(charge, at=at)
    wanted = {**details, **collecting.columns(confirmation)}
    if microdeposits.are_needed(wanted.get("payment_method")):
        intent = create(wanted, request_key=request_key, at=at)
        if not collecting.is_open(intent):
            return intent  # the same request came before
        return verifying.confirm_unverified(intent, confirmation, request_key=request_key, at=at)
    intent = _prepared(wanted, request_key, at=at)

    def begin() -> Operation:
        with transaction.atomic(durable=True):
            created = events.prepare("payment_intent.created", intent, at=at)
            charge, operation = collecting.begun(intent, confirmation, request_key, at=at)
            statements.insert(intent, charge, operation, created)
        return operation

    return _collected(begin, request_key, at=at)


def confirm(
    intent: PaymentIntent,
    confirmation: Mapping[str, Any],
    *,
    request_key: str | None = None,
    at: datetime,
) -> PaymentIntent:
    """Try to collect a payment, and return the intent whatever became of it.

    What still waits for the customer is called off first, so that one of the two tries can succeed at most.

    Args:
        confirmation: columns by name: `payment_method`, `off_session`, `return_url`, `setup_future_usage`,
            `receipt_email`, `shipping`, `captures_manually`; for a debit, `mandate` (an id) or `acceptance` (as
            `mandates.give` takes it); for a saved card, `security_code` (as `tokens.code` returns it).
        request_key: the digest of the request's idempotency key: the same request finds the same charge.

    Raises:
        InvalidState: it is collected, under way, or canceled.
        InvalidRequest: there is no method, or it cannot be charged.
        GatewayUnavailable: the gateway does not say whether the try that waits for the customer was called off.
    """
    needs_deposits = microdeposits.are_needed(
        confirmation.get("payment_method") or intent.payment_method
    )
    if intent.status == Status.REQUIRES_ACTION or needs_deposits:
        charge = charges.of_request(
            request_key
        )  # otherwise it is found when the same one cannot be made again
        if charge is not None:
            return _carried_on(charge, at=at)
    if intent.status == Status.REQUIRES_ACTION:
        _rehearse(intent, confirmation, at=at)
        intent = _without_waiting(intent, "confirm", at=at)
        is_done = intent.status != Status.REQUIRES_CONFIRMATION
        if is_done and not confirmation.get("payment_method"):
            return intent  # the customer was faster
    if intent.confirms_manually and intent.latest_charge_id and _is_collected(intent):
        return intent  # the customer's return has collected it: there is nothing left to confirm
    if needs_deposits:
        return verifying.confirm_unverified(intent, confirmation, request_key=request_key, at=at)

    def begin() -> Operation:
        with transaction.atomic(durable=True), together.opened():
            return collecting.begin(intent, confirmation, request_key, at=at)

    return _collected(begin, request_key, at=at)


def update(intent: PaymentIntent, *, details: Mapping[str, Any], at: datetime) -> PaymentIntent:
    """Change a payment intent.

    Another method calls off what waits for the customer; no transaction may be open then.

    Args:
        details: columns by name; `metadata` is merged, an empty value takes a key away.

    Raises:
        InvalidState: the payment is under way, and what is to be changed no longer changes.
        InvalidRequest: the amount cannot be charged.
        GatewayUnavailable: the gateway does not say whether the try that waits for the customer was called off.
    """
    if intent.status == Status.REQUIRES_ACTION and "payment_method" in details:
        collecting.check(collecting.changed(copy(intent), details))
        _without_waiting(intent, "update", at=at)
    with transaction.atomic(savepoint=False):
        row = collecting.locked(intent)
        if not collecting.is_open(row) and _FIXED_LATER & details.keys():
            raise collecting.unexpected(row, "update")
        collecting.check(collecting.changed(row, details))
        collecting.follow_method(row)
        row.save()
    return row


def capture(
    intent: PaymentIntent,
    *,
    amount: int | None = None,
    request_key: str | None = None,
    at: datetime,
) -> PaymentIntent:
    """Take the money that an intent's charge holds.

    Args:
        amount: how much to take, in minor units; all of it when absent. The rest is released.
        request_key: the digest of the request's idempotency key: the same request finds its capture.

    Raises:
        InvalidState: it holds no money, or its gateway refuses.
        InvalidRequest: it holds less.
        Conflict: another capture or a release is under way.
    """
    charge = charge_of(intent)
    captures_again = intent.status == Status.SUCCEEDED and bool(request_key)
    if charge is None or not (intent.status == Status.REQUIRES_CAPTURE or captures_again):
        raise collecting.unexpected(intent, "capture")
    charges.capture(charge, amount=amount, request_key=request_key, at=at)
    return get(intent.pk)


def cancel(intent: PaymentIntent, *, reason: str = "", at: datetime) -> PaymentIntent:
    """Cancel a payment; what its charge holds is released.

    Args:
        reason: `duplicate`, `fraudulent`, `requested_by_customer`, `abandoned` or nothing.

    Raises:
        InvalidState: it is collected, under way, or canceled before.
        Conflict: a capture is under way.
    """
    with transaction.atomic(durable=True):
        row = collecting.locked(intent)
        if not PaymentIntent.TRANSITIONS.allows(row.status, Status.CANCELED):
            raise collecting.unexpected(row, "cancel")
        before, row.cancellation_reason = row.status, reason
        charge = charge_of(row)
        has_charge = charge is not None and charge.status in Charge.ALIVE
        if not has_charge:
            row.canceled_at, row.next_action = at, None
            event = collecting.move(row, Status.CANCELED)
        row.save(update_fields=["cancellation_reason", "canceled_at", "next_action", "status"])
        if not has_charge:
            events.publish(event, row, at=at)
            intent_progress.moved(row, before, None, at=at)
    if charge is None or not has_charge:
        return row
    charges.void(charge, at=at)
    row = get(intent.pk)
    if row.status == Status.SUCCEEDED:
        raise collecting.unexpected(row, "cancel")
    return row


def verify_microdeposits(
    intent: PaymentIntent,
    *,
    amounts: list[int],
    descriptor_code: str = "",
    request_key: str | None = None,
    at: datetime,
) -> PaymentIntent:
    """Verify a payment's bank account by what the customer saw on their statement, and debit it.

    Args:
        request_key: the digest of the request's idempotency key: the same request finds the same charge.

    Raises:
        InvalidState: it does not wait for that.
        InvalidRequest: the amounts or the code are wrong; after too many tries another method is needed.
        GatewayUnavailable: the gateway does not answer.
    """
    charge = charges.of_request(request_key)
    if charge is not None:
        return _carried_on(charge, at=at)
    method = intent.payment_method
    if method is None or not microdeposits.are_awaited(intent):
        raise collecting.unexpected(intent, "verify")
    if microdeposits.are_needed(method):  # it may have been verified, and the process have died
        try:
            method = payment_methods.verify_microdeposits(
                method, amounts=amounts, descriptor_code=descriptor_code, at=at
            )
        except InvalidRequest as error:
            verifying.give_up(intent, error, at=at)
            raise
    return verifying.debit_verified(intent, method, request_key, at=at)


def resume(intent: PaymentIntent, *, at: datetime) -> PaymentIntent:
    """Find out what became of a payment whose customer came back from authenticating."""
    charge = charge_of(intent)
    if charge is not None and charge.status == Charge.Status.PENDING:
        charges.resume(charge, at=at)
    return get(intent.pk)


def refusal(intent: PaymentIntent) -> CardDeclined | None:
    """Return the error that tells why the last try to collect a payment failed; None where it did not."""
    if intent.status != Status.REQUIRES_PAYMENT_METHOD or not intent.last_error:
        return None
    said = intent.last_error
    extra = {
        name: said[name] for name in ("charge", "decline_code", "payment_method") if name in said
    }
    return CardDeclined(
        said["message"], code=said["code"], extra={**extra, "payment_intent": events.spell(intent)}
    )


def remember_unmade(request_keys: Iterable[str]) -> None:
    """Remember, for a batch, that requests have not made their intents: where one has, the batch cannot be written."""
    for key in request_keys:
        together.remember(("is unmade", vaulting.new_id(PaymentIntent.PREFIX, key)), value=True)


def _made_before(intent: PaymentIntent) -> PaymentIntent | None:
    if together.recalled(("is unmade", intent.pk)):
        return None
    return PaymentIntent.objects.filter(pk=intent.pk).first()


def _prepared(
    details: Mapping[str, Any], request_key: str | None, *, at: datetime
) -> PaymentIntent:
    scope = tenancy.current()
    pk = vaulting.new_id(PaymentIntent.PREFIX, request_key or None)
    intent = PaymentIntent(
        id=pk, site=scope.site, livemode=scope.livemode, created_at=at,
        client_secret=f"{pk}_secret_{ids.random_key()}", status=Status.REQUIRES_PAYMENT_METHOD,
        **details,
    )  # fmt: skip
    collecting.check(intent)
    collecting.follow_method(intent)
    return intent


def _rehearse(intent: PaymentIntent, confirmation: Mapping[str, Any], *, at: datetime) -> None:
    """Refuse what another try would be refused for, before the one that waits for the customer is lost."""
    with transaction.atomic():
        collecting.begun(
            collecting.changed(copy(intent), collecting.columns(confirmation)),
            confirmation,
            None,
            at=at,
        )
        transaction.set_rollback(True)


def _without_waiting(intent: PaymentIntent, verb: str, *, at: datetime) -> PaymentIntent:
    """Call off what waits for the customer, and return the intent as it is then: free, or as the customer has left it.

    Raises:
        InvalidState: the gateway does not let it be called off.
        GatewayUnavailable: the gateway does not say.
    """
    if microdeposits.are_awaited(intent):
        return verifying.without_deposits(intent)
    intent = resume(intent, at=at)
    charge = charge_of(intent)
    if intent.status != Status.REQUIRES_ACTION or charge is None:
        return intent
    with suppress(InvalidState):  # somebody has settled it meanwhile
        charges.supersede(charge, at=at)
    intent = get(intent.pk)
    if intent.status == Status.REQUIRES_ACTION:
        raise collecting.unexpected(intent, verb)
    return intent


def _collected(
    begin: Callable[[], Operation], request_key: str | None, *, at: datetime
) -> PaymentIntent:
    """Begin to collect and go on; where the same request began it just now, in a process that died, go on with that."""
    try:
        operation = begin()
    except (IntegrityError, DomainError):
        charge = charges.of_request(request_key)
        if charge is None:
            raise
        return _carried_on(charge, at=at)
    return collecting.collected(operation, at=at)


def _carried_on(charge: Charge, *, at: datetime) -> PaymentIntent:
    charges.carry_on(charge, at=at)
    return get(charge.payment_intent_id or "")


def _is_collected(intent: PaymentIntent) -> bool:
    return intent.status in {Status.SUCCEEDED, Status.REQUIRES_CAPTURE, Status.PROCESSING}
