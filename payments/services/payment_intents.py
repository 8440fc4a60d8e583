"""Payment intents: one payment, over as many charges as it takes."""

from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from customers.events.services import events
from customers.kit import ids, statements, tenancy
from customers.kit.errors import CardDeclined, InvalidRequest, InvalidState, NotFound
from customers.services import customers
from payments.models import Charge, Operation, PaymentIntent
from payments.money import Money
from payments.services import charges, mandates, method_details, vaulting

Status = PaymentIntent.Status
_OPEN = {Status.REQUIRES_PAYMENT_METHOD, Status.REQUIRES_CONFIRMATION}
_FIXED_LATER = frozenset(
    {"amount", "currency", "customer", "payment_method", "captures_manually", "setup_future_usage"}
)
"""What no longer changes once the payment is under way."""
_PERMISSION = frozenset({"mandate", "acceptance"})
"""What a confirmation has beside columns."""


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
    existing = PaymentIntent.objects.filter(pk=intent.pk).first() if request_key else None
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
    intent = _prepared({**details, **_columns(confirmation)}, request_key, at=at)
    with transaction.atomic(durable=True):
        created = events.prepare("payment_intent.created", intent, at=at)
        charge, operation = _begun(intent, confirmation, request_key, at=at)
        statements.insert(intent, charge, operation, created)
    return _collected(operation, at=at)


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
            `mandates.give` takes it).
        request_key: the digest of the request's idempotency key: the same request finds the same charge.

    Raises:
        InvalidState: it is collected, under way, or canceled.
        InvalidRequest: there is no method, or it cannot be charged.
        GatewayUnavailable: the gateway does not say whether the try that waits for the customer was called off.
    """
    charge = charges.of_request(request_key)
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
    with transaction.atomic(durable=True):
        row = _locked(intent)
        if row.status not in _OPEN:
            raise _unexpected(row, "confirm")
        _changed(row, _columns(confirmation))
        charge, operation = _begun(row, confirmation, request_key, at=at)
        row.save()
        statements.insert(charge, operation)
    return _collected(operation, at=at)


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
        _check(_changed(copy(intent), details))
        _without_waiting(intent, "update", at=at)
    with transaction.atomic(savepoint=False):
        row = _locked(intent)
        if row.status not in _OPEN and _FIXED_LATER & details.keys():
            raise _unexpected(row, "update")
        _check(_changed(row, details))
        _follow_method(row)
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
        raise _unexpected(intent, "capture")
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
        row = _locked(intent)
        if not PaymentIntent.TRANSITIONS.allows(row.status, Status.CANCELED):
            raise _unexpected(row, "cancel")
        row.cancellation_reason = reason
        charge = charge_of(row)
        has_charge = charge is not None and charge.status in Charge.ALIVE
        if not has_charge:
            row.canceled_at = at
            event = _move(row, Status.CANCELED)
        row.save(update_fields=["cancellation_reason", "canceled_at", "status"])
        if not has_charge:
            events.publish(event, row, at=at)
    if charge is None or not has_charge:
        return row
    charges.void(charge, at=at)
    row = get(intent.pk)
    if row.status == Status.SUCCEEDED:
        raise _unexpected(row, "cancel")
    return row


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
    _check(intent)
    _follow_method(intent)
    return intent


def _check(intent: PaymentIntent) -> None:
    charges.check_money(Money(intent.amount, intent.currency))
    types, method = intent.payment_method_types, intent.payment_method
    if types and method is not None and method.kind not in types:
        raise InvalidRequest(
            f"The PaymentMethod provided ({method.kind}) is not allowed for this PaymentIntent. Its types are: "
            f"{', '.join(types)}.",
            param="payment_method",
            code="payment_intent_incompatible_payment_method",
        )


def _follow_method(intent: PaymentIntent) -> None:
    """Let an intent that is not under way need what it needs: a method, or to be confirmed."""
    before = intent.status
    target = (
        Status.REQUIRES_CONFIRMATION if intent.payment_method_id else Status.REQUIRES_PAYMENT_METHOD
    )
    if before in _OPEN and before != target:
        _move(intent, target)


def _changed(intent: PaymentIntent, details: Mapping[str, Any]) -> PaymentIntent:
    """Return the intent with its columns changed."""
    for name, value in details.items():
        merges = name == "metadata"
        setattr(
            intent, name, customers.merged_metadata(intent.metadata, value) if merges else value
        )
    return intent


def _rehearse(intent: PaymentIntent, confirmation: Mapping[str, Any], *, at: datetime) -> None:
    """Refuse what another try would be refused for, before the one that waits for the customer is lost."""
    with transaction.atomic():
        _begun(_changed(copy(intent), _columns(confirmation)), confirmation, None, at=at)
        transaction.set_rollback(True)


def _without_waiting(intent: PaymentIntent, verb: str, *, at: datetime) -> PaymentIntent:
    """Call off what waits for the customer, and return the intent as it is then: free, or as the customer has left it.

    Raises:
        InvalidState: the gateway does not let it be called off.
        GatewayUnavailable: the gateway does not say.
    """
    intent = resume(intent, at=at)
    charge = charge_of(intent)
    if intent.status != Status.REQUIRES_ACTION or charge is None:
        return intent
    with suppress(InvalidState):  # somebody has settled it meanwhile
        charges.supersede(charge, at=at)
    intent = get(intent.pk)
    if intent.status == Status.REQUIRES_ACTION:
        raise _unexpected(intent, verb)
    return intent


def _columns(confirmation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in confirmation.items()
        if value is not None and name not in _PERMISSION
    }


def _begun(
    intent: PaymentIntent,
    confirmation: Mapping[str, Any],
    request_key: str | None,
    *,
    at: datetime,
) -> tuple[Charge, Operation]:
    """Move an intent on to being collected, and return the unsaved rows of the charge for it."""
    method = intent.payment_method
    if method is None:
        raise InvalidRequest(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method.",
            param="payment_method",
            code="payment_intent_unexpected_state",
        )
    _check(intent)
    charge, operation = charges.prepare(
        money=Money(intent.amount, intent.currency), method=method, customer=intent.customer,
        intent=intent, takes_now=not intent.captures_manually, off_session=intent.off_session,
        request_key=request_key, at=at, description=intent.description, metadata=intent.metadata,
        receipt_email=intent.receipt_email, return_url=intent.return_url, shipping=intent.shipping,
        statement_descriptor=intent.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix,
    )  # fmt: skip
    mandate = mandates.permitted(
        method,
        named=confirmation.get("mandate", ""),
        acceptance=confirmation.get("acceptance"),
        at=at,
    )
    intent.mandate_id = mandate
    charge.method_details = method_details.under(charge.method_details, mandate)
    _follow_method(intent)
    _move(intent, Status.PROCESSING)
    intent.latest_charge_id, intent.next_action = charge.pk, None
    return charge, operation


def _collected(operation: Operation, *, at: datetime) -> PaymentIntent:
    settled = charges.carry_out(operation, at=at)
    intent = settled.charge.payment_intent
    assert intent is not None  # noqa: S101 -- the charge was made for one
    return intent


def _carried_on(charge: Charge, *, at: datetime) -> PaymentIntent:
    charges.carry_on(charge, at=at)
    return get(charge.payment_intent_id or "")


def _locked(intent: PaymentIntent) -> PaymentIntent:
    return PaymentIntent.objects.select_for_update(no_key=True).get(pk=intent.pk)


def _move(intent: PaymentIntent, target: Status) -> str:
    """Give an intent its next status and return the event that tells of it, if there is one."""
    event = PaymentIntent.TRANSITIONS.event(intent.status, target, noun="payment intent")
    intent.status = target
    return event


def _is_collected(intent: PaymentIntent) -> bool:
    return intent.status in {Status.SUCCEEDED, Status.REQUIRES_CAPTURE, Status.PROCESSING}


def _unexpected(intent: PaymentIntent, verb: str) -> InvalidState:
    return InvalidState(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent.status}.",
        code="payment_intent_unexpected_state",
        extra={"payment_intent": events.spell(intent)},
    )
