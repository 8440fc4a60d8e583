"""Charges: money taken or held, captured, released.

Each act is written down and committed, asked of the gateway under our own reference, and settled in a second
transaction. Who asks may die at any point: the same request finds its charge again, and the reconciler finds what
nobody comes back for.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from customers.events.services import events
from customers.kit import statements, tenancy, together
from customers.kit.constraints import violated
from customers.kit.errors import (
    CardDeclined,
    Conflict,
    GatewayUnavailable,
    InvalidRequest,
    InvalidState,
    NotFound,
)
from customers.kit.tenancy import every_site, scoped_to
from customers.models import Customer
from customers.services import customers, test_clocks
from payments.models import Charge, Link, Operation, PaymentIntent, PaymentMethod, Schedule
from payments.money import MOST, Money
from payments.services import (
    charge_settling,
    holds,
    intent_progress,
    method_details,
    operations,
    reconciling,
    spending,
)
from payments.services.operations import Kind, State

ONLY_IN: dict[str, str] = {
    PaymentMethod.Kind.US_BANK_ACCOUNT: "usd",
    PaymentMethod.Kind.SEPA_DEBIT: "eur",
}
"""The currency in which alone some kinds of payment methods can be charged."""

Status = Charge.Status


class Details(TypedDict, total=False):
    """What else a charge is made with."""

    client_ip: str | None
    description: str
    expires_at: datetime | None
    metadata: Mapping[str, Any]
    must_capture_all: bool
    receipt_email: str
    return_url: str
    shipping: Mapping[str, Any] | None
    statement_descriptor: str
    statement_descriptor_suffix: str
    credits_customer: bool
    schedule: Schedule
    link: Link
    is_only_of_link: bool


def get(pk: str, *, param: str = "id") -> Charge:
    """Return a charge.

    Raises:
        NotFound: the site has none with this id.
    """
    found = together.recalled((Charge, pk)) or Charge.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"No such charge: '{pk}'", param=param)
    return found


def get_all(pks: AbstractSet[str]) -> dict[str, Charge]:
    """Return charges by their ids; without those that the site has not."""
    known = {pk: row for pk in pks if (row := together.recalled((Charge, pk))) is not None}
    return known | Charge.objects.in_bulk(pks - known.keys())


def create(
    *,
    money: Money,
    method: PaymentMethod,
    customer: Customer | None = None,
    takes_now: bool = True,
    off_session: bool = False,
    request_key: str | None = None,
    at: datetime,
    **details: Unpack[Details],
) -> Charge:
    """Take money, or hold it for a capture, and return the charge whatever became of it.

    Args:
        takes_now: whether the money is taken at once; else it is held.
        off_session: whether the customer is absent, so that nobody can authenticate.
        request_key: the digest of the request's idempotency key: the same request finds the same charge.

    Raises:
        InvalidRequest: the amount, or the method for it, cannot be charged.
    """
    charge, operation = prepare(
        money=money, method=method, customer=customer, takes_now=takes_now, off_session=off_session,
        request_key=request_key, at=at, **details,
    )  # fmt: skip
    try:
        with transaction.atomic(durable=True):
            statements.insert(charge, operation)
    except IntegrityError as error:
        if violated(error) != "charge_request_once":
            raise
        return _repeated(request_key, at=at)
    return carry_out(operation, at=at).charge


def prepare(
    *,
    money: Money,
    method: PaymentMethod,
    customer: Customer | None = None,
    intent: PaymentIntent | None = None,
    takes_now: bool = True,
    off_session: bool = False,
    request_key: str | None = None,
    at: datetime,
    **details: Unpack[Details],
) -> tuple[Charge, Operation]:
    """Return the unsaved rows of a charge and of asking for it; `carry_out` asks once they are committed.

    Raises:
        InvalidRequest: the amount, or the method for it, cannot be charged.
        Conflict: the customer's test clock is being advanced.
    """
    check_money(money)
    check_method(method, customer, money)
    test_clocks.check_steady(customer)
    charge = Charge.belonging_to(
        method,
        customer=customer,
        payment_intent=intent,
        payment_method=method,
        gateway_account_id=method.gateway_account_id,
        request_key=request_key or None,
        status=Status.PENDING,
        amount=money.amount,
        currency=money.currency,
        captures_later=not takes_now,
        off_session=off_session,
        billing_details=method.billing_details,
        method_details=method_details.of(method),
        created_at=at,
        **details,
    )
    charge.gateway_account = method.gateway_account
    operation = operations.prepare(
        charge, Kind.AUTHORIZE, reference=charge.pk, amount=money.amount, at=at
    )
    operation.gateway_account = method.gateway_account
    return charge, operation


def carry_out(operation: Operation, *, at: datetime) -> Operation:
    """Ask the gateway for a committed act and settle it; where nobody knows what became of it, it stays open."""
    outcome = operations.ask(operation)
    if outcome is None:
        return operation
    settled = charge_settling.settle(operation, outcome, at=at)
    intent_progress.keep_method(settled.charge, at=at)
    return settled


def carry_out_all(committed: Sequence[Operation], *, at: datetime) -> list[Charge]:
    """Ask for committed charges of intents and settle them together; return those for which that was done.

    The others are as after a crash: whoever made them finds them again and carries on.
    """
    answers = operations.ask_all(committed)
    settled = charge_settling.settle_all(answers, at=at) if answers else []
    for operation in settled:
        intent_progress.keep_method(operation.charge, at=at)
    return [operation.charge for operation in settled]


def carry_on(charge: Charge, *, at: datetime) -> Charge:
    """Ask again for a charge that the gateway may or may not have been asked for, and return what became of it."""
    (operation,) = operations.of_charge(charge, Kind.AUTHORIZE)
    if operation.state != State.OPEN:
        if charge.status == Status.PENDING:
            charge = get(charge.pk)  # it was settled since it was read
        intent_progress.keep_method(charge, at=at)  # who settled it may have died before that
        return charge
    if operations.is_forgotten(operation, at=at):
        return _checked(operation, at=at)
    return carry_out(operation, at=at).charge


def of_request(request_key: str | None) -> Charge | None:
    """Return the charge that the same request made before, if it did."""
    if not request_key:
        return None
    return Charge.objects.filter(request_key=request_key).first()


def capture(
    charge: Charge, *, amount: int | None = None, request_key: str | None = None, at: datetime
) -> Charge:
    """Take the money that an authorized charge holds.

    Args:
        amount: how much to take, in minor units; all of it when absent. The rest is released.
        request_key: the digest of the request's idempotency key: the same request finds its capture.

    Raises:
        InvalidState: the charge holds no money, or its gateway refuses.
        InvalidRequest: it holds less.
        Conflict: another capture or a release is under way.
    """
    operation = holds.begin(charge, Kind.CAPTURE, amount=amount, request_key=request_key, at=at)
    if operation.state not in operations.UNSETTLED:
        return operation.charge
    operation = carry_out(operation, at=at)
    if operation.state == State.REFUSED:
        raise InvalidState(
            operation.said or "The gateway refuses to capture this charge.",
            code="charge_expired_for_capture"
            if operation.charge.status == Status.EXPIRED
            else "processing_error",
        )
    return operation.charge


def void(charge: Charge, *, at: datetime) -> Charge:
    """Release the money that a charge holds, or call off one that waits for its customer.

    Raises:
        InvalidState: there is nothing to release.
        Conflict: a capture is under way.
    """
    return _after_release(_release(charge, at=at), at=at)


def supersede(charge: Charge, *, at: datetime) -> Charge:
    """Let a charge that waits for its customer make room for another try, and return it as it is then.

    Where the customer was faster, it may be paid.

    Raises:
        InvalidState: it does not wait any more.
        GatewayUnavailable: the gateway does not say whether it may still be carried out.
    """
    operation = carry_out(holds.begin(charge, Kind.VOID, makes_room=True, at=at), at=at)
    if operation.state == State.OPEN:
        raise GatewayUnavailable(
            "The payment gateway does not say whether the earlier attempt was called off. Try again in a moment."
        )
    return _after_release(operation, at=at)


def reverse(charge: Charge, *, at: datetime) -> Charge:
    """Release the money that a charge holds.

    Raises:
        InvalidState: it holds none, or its gateway refuses.
        Conflict: a capture is under way.
    """
    operation = _release(charge, standing=Status.AUTHORIZED, at=at)
    if operation.state == State.REFUSED and operation.charge.status == Status.AUTHORIZED:
        raise InvalidState(operation.said or "The gateway refuses to release this charge.")
    return operation.charge


def call_off(charge: Charge, *, at: datetime) -> Charge:
    """Call off a charge that waits for its customer.

    Raises:
        InvalidState: it waits for nobody, or the customer was faster.
    """
    operation = _release(charge, standing=Status.PENDING, at=at)
    if operation.state != State.REFUSED or operation.charge.status != Status.PENDING:
        return operation.charge
    (asked,) = operations.of_charge(operation.charge, Kind.AUTHORIZE)
    if _checked(asked, at=at).status == Status.FAILED:
        return get(charge.pk)
    raise InvalidState(operation.said or "The gateway refuses to call off this charge.")


def expire_due(*, at: datetime, limit: int = 100) -> int:
    """Release what was held, or waited for its customer, past its time; return how many charges were looked at.

    Those of customers on test clocks are left to their clocks.
    """
    with every_site():
        real = Charge.objects.filter(customer__test_clock__isnull=True)
        held = real.filter(status=Status.AUTHORIZED, capture_before__lte=at)
        rows = list(held.select_related("site").order_by("capture_before")[:limit])
        tried = Operation.objects.filter(
            charge=OuterRef("pk"), kind=Kind.VOID, created_at__gt=at - timedelta(days=1)
        )
        waiting = real.filter(status=Status.PENDING, expires_at__lte=at)
        due = waiting.exclude(action_url="").exclude(
            Exists(tried)
        )  # a gateway may refuse: not every minute
        rows += due.select_related("site").order_by("expires_at")[:limit]
    for charge in rows:
        with scoped_to(charge.site, livemode=charge.livemode):
            try:
                void(charge, at=at)
            except (Conflict, InvalidState):  # it is being captured, or somebody else released it
                continue
    return len(rows)


def resume(charge: Charge, *, at: datetime) -> Charge:
    """Find out what became of a charge whose customer came back from authenticating, and settle it."""
    (operation,) = operations.of_charge(charge, Kind.AUTHORIZE)
    return _checked(operation, at=at)


def update(charge: Charge, *, details: Mapping[str, Any], at: datetime) -> Charge:
    """Change what is said of a charge.

    Args:
        details: columns by name; `metadata` is merged, an empty value takes a key away.

    Raises:
        InvalidRequest: it is another customer's.
    """
    with transaction.atomic(savepoint=False):
        row = holds.locked(charge.pk)
        before = events.spell(row)
        if row.customer_id is not None and details.get("customer", row.customer) != row.customer:
            raise InvalidRequest(
                "You cannot change the customer of a charge that has one.", param="customer"
            )
        was_nobodys = row.customer_id is None
        for name, value in details.items():
            merges = name == "metadata"
            setattr(row, name, customers.merged_metadata(row.metadata, value) if merges else value)
        if was_nobodys:
            spending.belongs_now(row, at=at)
        previous = events.difference(before, events.spell(row))
        row.save(update_fields=list(details))
        if previous:
            events.publish("charge.updated", row, previous=previous, at=at)
    return row


def refusal(charge: Charge) -> CardDeclined | None:
    """Return the error that tells why a charge failed; None where it did not."""
    if charge.status != Status.FAILED:
        return None
    extra = {"charge": charge.pk}
    if charge.decline_code:
        extra["decline_code"] = charge.decline_code
    return CardDeclined(
        charge.failure_message,
        code=charge.failure_code,
        param=_PARAMS.get(charge.failure_code, ""),
        extra=extra,
    )


def check_money(money: Money) -> None:
    """Refuse an amount that cannot be charged.

    Raises:
        InvalidRequest: it is not positive, or has more than eight digits.
    """
    if money.amount < 1:
        raise InvalidRequest(
            "The amount must be greater than zero.",
            param="amount",
            code="parameter_invalid_integer",
        )
    if money.amount > MOST:
        raise InvalidRequest(
            f"Amount must be no more than {MOST} in the currency's smallest unit.",
            param="amount",
            code="amount_too_large",
        )


def check_method(method: PaymentMethod, customer: Customer | None, money: Money) -> None:
    """Refuse a method that cannot be charged with this.

    Raises:
        InvalidRequest: it is not the customer's, or of another currency.
    """
    if customer is not None and customer.is_deleted:
        raise InvalidRequest(f"No such customer: '{customer.pk}'", param="customer")
    whose = None if customer is None else customer.pk
    if method.detached_at is not None or method.customer_id not in {None, whose}:
        raise InvalidRequest(
            f"The payment method {method.pk} is not one that this customer can be charged with.",
            param="payment_method",
        )
    currency = ONLY_IN.get(method.kind, money.currency)
    if currency != money.currency:
        raise InvalidRequest(
            f"A payment method of type '{method.kind}' can only be charged in '{currency}'.",
            param="currency",
        )


def _release(charge: Charge, *, standing: Status | None = None, at: datetime) -> Operation:
    """Ask for the release of what a charge holds, and return the act as it is then.

    Args:
        standing: the status that the charge has to have; any that can be released when absent.
    """
    return carry_out(holds.begin(charge, Kind.VOID, standing=standing, at=at), at=at)


def _after_release(operation: Operation, *, at: datetime) -> Charge:
    """Return a charge as it is after its release; what waited for a customer who was faster may be paid."""
    if operation.state == State.REFUSED and operation.charge.status == Status.PENDING:
        (asked,) = operations.of_charge(operation.charge, Kind.AUTHORIZE)
        return _checked(asked, at=at)
    return operation.charge


def _checked(operation: Operation, *, at: datetime) -> Charge:
    """Return a charge as its gateway has it; as it was, where that does not say: the reconciler will ask again."""
    try:
        return reconciling.check(operation, at=at).charge
    except GatewayUnavailable:
        return operation.charge


def _repeated(request_key: str | None, *, at: datetime) -> Charge:
    existing = of_request(request_key)
    if (
        existing is None
    ):  # it is there, or the insert would have succeeded: only another scope hides it
        raise NotFound(f"No charge of this request in {tenancy.current().site_id}.")
    return carry_on(existing, at=at)


_PARAMS = {
    "incorrect_cvc": "cvc", "invalid_cvc": "cvc", "expired_card": "exp_month", "incorrect_number": "number",
    "invalid_expiry_month": "exp_month", "invalid_expiry_year": "exp_year", "incorrect_zip": "address_zip",
}  # fmt: skip
