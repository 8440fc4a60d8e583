"""Collecting what invoices ask for: by themselves, when people ask for it, and with what customers have sent before.

A try is a confirmation of the invoice's payment intent, which can be under way once at a time, so nothing is charged
twice; what becomes of it reaches the invoice with the charge (`invoice_settling`), now or days later. Nothing here may
run inside a transaction.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef

from customers.kit import together
from customers.kit.errors import (
    CardDeclined,
    InvalidRequest,
    InvalidState,
    NotFound,
)
from customers.models import Customer
from payments.billing.models import Invoice, InvoicePayment, Subscription
from payments.billing.services import (
    finalizing,
    hard_declines,
    invoice_settling,
    invoice_states,
)
from payments.models import Charge, Operation, PaymentIntent, PaymentMethod, Token
from payments.services import (
    charges,
    collecting,
    due_work,
    intent_progress,
    operations,
    payment_intents,
    payment_methods,
    reconciling,
)

Status = Invoice.Status
_REFUSED = (CardDeclined, InvalidRequest, InvalidState, NotFound)
_UNDER_WAY = frozenset({PaymentIntent.Status.PROCESSING, PaymentIntent.Status.SUCCEEDED})
_OVER = frozenset({PaymentIntent.Status.SUCCEEDED, PaymentIntent.Status.CANCELED})


_READ = (
    "site", "livemode", "status", "default_payment_method", "payment_intent", "next_attempt_at", "attempt_count",
    "retries", "lost_tries", "amount_due", "amount_paid", "pre_payment_credit", "customer__site", "customer__livemode",
    "customer__deleted_at", "customer__default_payment_method_id", "customer__test_clock", "customer__email",
    "subscription__default_payment_method",
)  # fmt: skip
"""What an automatic try looks at, of an invoice, its customer and its subscription."""


def collect(invoice: Invoice, *, off_session: bool = True, at: datetime) -> Invoice:
    """Make the automatic try of an open invoice, and return the invoice whatever became of it.

    Whoever comes again after a crash finds the same charge.

    Args:
        off_session: whether the customer is absent, so that nobody can authenticate.

    Raises:
        InvalidState: it is not open.
    """
    invoice = _open(invoice)
    if invoice.status == Status.PAID:
        return invoice
    _try_by_itself(invoice, method_of(invoice), off_session=off_session, at=at)
    return invoice_states.get(invoice.pk)


def collect_due(invoice: Invoice, at: datetime) -> None:
    """Make the automatic try that is due; a method that was declined for good is not charged again."""
    invoice = invoice_states.get(invoice.pk)
    if invoice.status != Status.OPEN or invoice.next_attempt_at is None:
        return
    method = method_of(invoice)
    if method is not None and hard_declines.has_refused(invoice, method):
        _fail_without_charge(invoice, at=at)
    else:
        _try_by_itself(invoice, method, off_session=True, at=at)


def collect_all_due(rows: Sequence[Invoice], at: datetime) -> list[Invoice]:
    """Make the automatic tries of several invoices of a site that are due, and return what is left to `collect_due`.

    That is what is no plain try, and those whose end is not known. Few are begun at once where gateways are far away,
    so that each is asked for right after it was written down.
    """
    started, most = monotonic(), operations.at_once(len(rows))
    done: set[str] = set()
    for first in range(0, len(rows), most):
        if monotonic() - started > due_work.WORKING / 2:
            break
        begun = _Tries([row.pk for row in rows[first : first + most]], at=at).begin()
        settled = charges.carry_out_all(list(begun.values()), at=at)
        known = {charge.pk for charge in settled if not _is_processing(charge)}
        done |= {pk for pk, operation in begun.items() if operation.charge_id in known}
    return [row for row in rows if row.pk not in done]


def pay(
    invoice: Invoice,
    *,
    method: PaymentMethod | None = None,
    off_session: bool = True,
    mandate: str = "",
    return_url: str = "",
    security_code: Token | None = None,
    request_key: str,
    at: datetime,
) -> Invoice:
    """Try to collect an invoice because somebody asks for it; a draft is finalized first.

    Args:
        method: the customer's or nobody's; the one that automatic tries take where absent.
        mandate: the id of the permission to debit a bank account, where the method has several.
        return_url: where a customer who has authenticated goes on.
        security_code: of a saved card, entered again: a token of `tokens.code`.
        request_key: the digest of the request's idempotency key: the same request finds the same charge.

    Raises:
        InvalidState: it is paid or void, or a payment is under way.
        InvalidRequest: there is nothing to pay with, or not with this.
        CardDeclined: the issuer refuses; the invoice stays open.
    """
    invoice = _payable(invoice, at=at)
    if invoice.status == Status.PAID:
        return invoice
    method = method or method_of(invoice)
    if method is None:
        raise InvalidRequest(
            "There is no default_payment_method set on this Customer or Invoice. Please set one, or pay with a "
            "payment method of your choice.",
            code="resource_missing",
        )
    named = {"mandate": mandate, "return_url": return_url, "security_code": security_code}
    confirmation = {
        "off_session": off_session,
        **{name: said for name, said in named.items() if said},
    }
    _try(invoice, method, confirmation, request_key, at=at)
    invoice = invoice_states.get(invoice.pk)
    refused = refusal(invoice)
    if refused is not None:
        raise refused
    return invoice


def refusal(invoice: Invoice) -> CardDeclined | None:
    """Return the error that tells why the last try of an open invoice failed; None where it did not."""
    if invoice.status == Status.PAID or invoice.payment_intent_id is None:
        return None
    return payment_intents.refusal(payment_intents.get(invoice.payment_intent_id))


def pay_out_of_band(invoice: Invoice, *, at: datetime) -> Invoice:
    """Write down that an invoice was paid elsewhere; a draft is finalized first.

    Raises:
        InvalidState: it is paid or void.
    """
    invoice = _payable(invoice, at=at)
    if invoice.status == Status.PAID:
        return invoice
    with invoice_states.tracked(invoice, at=at) as row:
        _check_payable(row)
        row.is_paid_out_of_band = True
        row.amount_paid += invoice_states.remaining(row)
        finalizing.conclude(row, at=at)
    call_off(row, at=at)
    return row


def retry_open(customer: Customer, *, at: datetime) -> list[Invoice]:
    """Try the latest open invoice of each past-due subscription that is charged automatically (rule S11).

    It is no automatic retry, and does not move the next one. What becomes of it is in the invoices.
    """
    latest: dict[str, Invoice] = {}
    rows = Invoice.objects.filter(
        customer=customer,
        status=Status.OPEN,
        collection_method=Subscription.Collection.CHARGE,
        subscription__status=Subscription.Status.PAST_DUE,
        subscription__collection_method=Subscription.Collection.CHARGE,
    )
    for invoice in rows.order_by("created_at", "id"):
        latest[str(invoice.subscription_id)] = invoice
    return [_retry(invoice, at=at) for invoice in latest.values()]


def method_of(invoice: Invoice) -> PaymentMethod | None:
    """Return the method that an invoice is collected with: its own, its subscription's, or its customer's default."""
    own = _method_id(invoice)
    return None if own is None else payment_methods.get(own)


def ask_for_rest(invoice: Invoice, *, at: datetime) -> None:
    """Let what an invoice may be paid by ask for what it asks for now: nothing, less or more.

    Where this fails, or nobody comes to it, too much may be paid: that becomes the customer's credit.
    """
    if invoice.status not in invoice_settling.PAYABLE:
        call_off(invoice, at=at)
    elif invoice.payment_intent_id is not None:
        intent = payment_intents.get(invoice.payment_intent_id)
        amount = invoice_states.remaining(invoice)
        if intent.amount != amount:
            with suppress(InvalidState, InvalidRequest):  # it is under way, or too small
                payment_intents.update(intent, details={"amount": amount}, at=at)


def call_off(invoice: Invoice, *, at: datetime) -> None:
    """Cancel what could still pay an invoice that nothing is left to pay of; who was faster has the money credited."""
    rows = InvoicePayment.objects.filter(invoice=invoice, payment_intent__isnull=False)
    for payment in rows.select_related("payment_intent").order_by("created_at", "id"):
        intent = payment.payment_intent
        if intent is None or intent.status in _OVER:
            continue
        try:
            payment_intents.cancel(intent, reason="void_invoice", at=at)
        except InvalidState:  # it is being collected, or the customer was faster
            continue


# -- below the public ones --------------------------------------------------------------------------------------------


def _method_id(invoice: Invoice) -> str | None:
    own = invoice.default_payment_method_id
    subscription = invoice.subscription
    if own is None and subscription is not None:
        own = subscription.default_payment_method_id
    return own or invoice.customer.default_payment_method_id


class _Tries:
    """Automatic tries that are made together, of invoices that were found due."""

    def __init__(self, pks: Sequence[str], *, at: datetime) -> None:
        self.pks = pks
        self.at = at
        self.begun: dict[str, Operation] = {}

    def begin(self) -> dict[str, Operation]:
        """Confirm the intents of those that are plain tries, in one transaction; return the acts by the invoices."""
        groups = [[pk] for pk in self.pks]
        for pk in together.attempt_all(groups, self._begin, prepare=self._read):
            self.begun.pop(pk, None)
        return self.begun

    def _read(self) -> None:
        asked_for = Invoice.objects.filter(pk__in=self.pks)
        found = intent_progress.lock_many(asked_for.values("payment_intent"))
        self.intents = {intent.pk: intent for intent in found}
        # Behind the locks: whoever pays an invoice in another way calls its intent off.
        rows = asked_for.select_related("customer", "subscription").only(*_READ)
        made = Charge.objects.filter(payment_intent=OuterRef("payment_intent"))
        rows = rows.annotate(made_by=ArraySubquery(made.values("request_key")))
        self.invoices = {row.pk: row for row in rows}
        self.methods = payment_methods.get_all({_method_id(row) or "" for row in rows})

    def _begin(self, pk: str) -> None:
        invoice = self.invoices[pk]
        intent = self.intents.get(invoice.payment_intent_id or "")
        method = self.methods.get(_method_id(invoice) or "")
        key = invoice_settling.automatic_key(invoice)
        is_due = invoice.next_attempt_at is not None and invoice.next_attempt_at <= self.at
        if not (is_due and intent and method and key not in invoice.made_by):
            return
        if _is_plain(invoice, intent, method):
            intent.customer = invoice.customer
            asked = _asked(invoice, method, off_session=True)
            self.begun[pk] = collecting.begin(intent, asked, key, at=self.at)


def _is_processing(charge: Charge) -> bool:
    intent = charge.payment_intent
    return intent is not None and intent.status == PaymentIntent.Status.PROCESSING


def _is_plain(invoice: Invoice, intent: PaymentIntent, method: PaymentMethod) -> bool:
    """Tell whether a try is the first one, and by card, and the intent is free for it."""
    was_tried = invoice.attempt_count or invoice.lost_tries
    is_first = invoice.status == Status.OPEN and not was_tried
    return is_first and collecting.is_open(intent) and method.kind == PaymentMethod.Kind.CARD


def _open(invoice: Invoice) -> Invoice:
    invoice = invoice_states.get(invoice.pk)
    if invoice.status not in {Status.OPEN, Status.PAID}:
        raise InvalidState(
            f"This invoice is {invoice.status}, so it cannot be collected.",
            code="invoice_not_editable",
        )
    return invoice


def _payable(invoice: Invoice, *, at: datetime) -> Invoice:
    """Return an invoice that can be paid, finalized now if it was a draft; one over nothing is paid by that.

    Raises:
        InvalidState: it is paid or void.
    """
    invoice = invoice_states.get(invoice.pk)
    if invoice.status == Status.DRAFT:
        return finalizing.finalize(invoice, at=at)
    _check_payable(invoice)
    return invoice


def _check_payable(invoice: Invoice) -> None:
    if invoice.status == Status.PAID:
        raise InvalidState("Invoice is already paid", code="invoice_already_paid")
    if invoice.status not in invoice_settling.PAYABLE:
        raise InvalidState(
            f"This invoice is {invoice.status}, so it can no longer be paid.",
            code="invoice_not_payable",
        )


def _try_by_itself(
    invoice: Invoice, method: PaymentMethod | None, *, off_session: bool, at: datetime
) -> None:
    """Make the automatic try of an invoice that was open when it was read, just now."""
    if invoice.lost_tries and _has_come(invoice, at=at):
        return
    try:
        if method is None:
            _fail_without_charge(invoice, at=at)
        else:
            key = invoice_settling.automatic_key(invoice)
            _try(invoice, method, {"off_session": off_session}, key, at=at)
    except _REFUSED:
        if _is_under_way(invoice):
            _wait(invoice, at=at)
        else:
            _fail_without_charge(invoice, at=at)


def _has_come(invoice: Invoice, *, at: datetime) -> bool:
    """Ask once more for the tries that were given up as lost, before another is made; tell whether one has paid it.

    Raises:
        GatewayUnavailable: the gateway does not say, so nothing may be charged.
    """
    lost = Charge.objects.filter(
        payment_intent=invoice.payment_intent_id, failure_code=Charge.NEVER_RECEIVED
    )
    for charge in lost:
        for operation in operations.of_charge(charge, Operation.Kind.AUTHORIZE):
            reconciling.check(operation, at=at)
    return invoice_states.get(invoice.pk).status != Status.OPEN


def _try(
    invoice: Invoice,
    method: PaymentMethod,
    confirmation: Mapping[str, Any],
    request_key: str,
    *,
    at: datetime,
) -> None:
    """Confirm the payment intent of an invoice that was read just now, or take what it holds."""
    intent, amount = _intent(invoice, at=at), invoice_states.remaining(invoice)
    if intent.status == PaymentIntent.Status.REQUIRES_CAPTURE:
        payment_intents.capture(intent, amount=amount, request_key=request_key, at=at)
        return
    intent.customer = invoice.customer
    asked = _asked(invoice, method, **confirmation)
    intent = payment_intents.confirm(intent, asked, request_key=request_key, at=at)
    if intent.status == PaymentIntent.Status.PROCESSING:
        _wait(invoice, at=at)


def _asked(invoice: Invoice, method: PaymentMethod, **confirmation: Any) -> dict[str, Any]:
    return {"payment_method": method, "amount": invoice_states.remaining(invoice), **confirmation}


def _retry(invoice: Invoice, *, at: datetime) -> Invoice:
    invoice = invoice_states.get(invoice.pk)
    method = method_of(invoice)
    if method is None:
        return invoice
    key = f"{invoice.pk} asked for {invoice.attempt_count} {invoice.lost_tries}"
    with suppress(*_REFUSED):  # somebody else pays it, or not with this: what is due stays due
        _try(invoice, method, {"off_session": True}, key, at=at)
    return invoice_states.get(invoice.pk)


def _intent(invoice: Invoice, *, at: datetime) -> PaymentIntent:
    """Return the intent that an open invoice is paid by; where it was canceled, a new one.

    The intent's own lock keeps two from paying with it, so the invoice is locked only to give it another one.
    """
    _check_payable(invoice)
    if invoice.payment_intent_id is not None:
        known = payment_intents.get(invoice.payment_intent_id)
        if known.status != PaymentIntent.Status.CANCELED:
            return known
    with transaction.atomic(durable=True):
        row = invoice_states.locked(invoice)
        _check_payable(row)
        pk = row.payment_intent_id
        intent = None if pk is None else payment_intents.get(pk)
        if intent is None or intent.status == PaymentIntent.Status.CANCELED:
            made = InvoicePayment.objects.filter(invoice=row).count()
            intent = finalizing.give_intent(row, f"intent {made}", at=at)
    return intent


def _is_under_way(invoice: Invoice) -> bool:
    if invoice.payment_intent_id is None:
        return False
    return payment_intents.get(invoice.payment_intent_id).status in _UNDER_WAY


def _wait(invoice: Invoice, *, at: datetime) -> None:
    """Make no other try while one is under way."""
    with invoice_states.tracked(invoice, at=at) as row:
        if row.status == Status.OPEN and _is_under_way(row):
            row.next_attempt_at, row.was_attempted = None, True
            row.save(update_fields=["next_attempt_at", "was_attempted"])


def _fail_without_charge(invoice: Invoice, *, at: datetime) -> None:
    """Write down an automatic try for which there was nothing to charge."""
    with invoice_states.tracked(invoice, at=at) as row:
        if row.status == Status.OPEN and _tries(row) == _tries(invoice):
            invoice_settling.count(row, None)
            invoice_settling.fail(row, is_automatic=True, at=at)


def _tries(invoice: Invoice) -> tuple[int, int]:
    return invoice.retries, invoice.lost_tries
