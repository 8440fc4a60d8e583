"""A new subscription: its row, its items, its first invoice, and the try to collect that."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.events.services import events
from customers.kit import tenancy
from customers.kit.errors import InvalidRequest
from customers.models import Customer
from customers.services import changes, customers, test_clocks
from payments.billing.models import Invoice, Price, Subscription, SubscriptionItem
from payments.billing.services import discounts, invoices, prices, subscription_setup, tax_rates
from payments.billing.services import subscription_calendar as calendar
from payments.billing.services import subscription_holds as holds
from payments.billing.services import subscription_invoices as billing
from payments.billing.services import subscription_lines as lines_of
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_terms as terms
from payments.billing.services import subscription_wishes as wishes_of
from payments.billing.services.invoice_lines import NewLine
from payments.billing.services.subscription_wishes import Fitting, ItemWish
from payments.models import PaymentIntent
from payments.services import vaulting

Status = Subscription.Status
_CHARGE = Subscription.Collection.CHARGE
COLUMNS = (
    "collection_method", "days_until_due", "default_payment_method", "description", "payment_settings",
    "invoice_settings", "off_session", "trial_end_behavior", "schedule_id",
)  # fmt: skip
"""What a request sets as it is."""


def create(
    customer: Customer,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    request_key: str = "",
    at: datetime,
) -> Subscription:
    """Let a customer subscribe, bill the first period and, unless told otherwise, try to collect it.

    No transaction may be open, since the try calls a gateway.

    Args:
        wishes: the items.
        details: columns by name, what `subscription_terms.begin` takes, and `currency`, `metadata`, `tax_rates`
            (ids), `discounts` (hashes), `extras` (what is billed once with the first period, as
            `subscription_invoices.add_extra` takes it), `proration_behavior`, `payment_behavior`.
        request_key: the digest of the request's idempotency key: the same request finds the same subscription.

    Raises:
        NotFound: the customer was deleted, or something that is named is not there.
        InvalidRequest: the terms do not fit together, or there is no method to collect with.
        CardDeclined: it could not be paid, and was to be refused then.
    """
    pk = vaulting.new_id(Subscription.PREFIX, request_key or None)
    existing = Subscription.objects.filter(pk=pk).first() if request_key else None
    behavior = details.get("payment_behavior", "")

    def begin(held: PaymentIntent | None) -> holds.Made:
        row = changes.locked(customer.pk)
        now = test_clocks.now_for(row, at)
        test_clocks.check_steady(row)
        made, invoice = begun(row, wishes=wishes, details=details, pk=pk, at=now)
        if invoice is not None and invoice.collection_method == _CHARGE:
            invoices.finalize(invoice, held=held, at=now)
        return made, invoice

    if existing is None and behavior == paying.ERROR_IF_INCOMPLETE:
        now = test_clocks.now_for(customer, at)
        existing, _invoice = holds.done(begin, request_key=request_key, at=now)
    elif existing is None:
        with transaction.atomic(durable=True):
            existing, _invoice = begin(None)
    return paying.first(existing, behavior=behavior, at=test_clocks.now_for(existing, at))


def begun(
    customer: Customer,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    pk: str = "",
    at: datetime,
) -> tuple[Subscription, Invoice | None]:
    """Write a new subscription of a locked customer and the draft of its first invoice, in the caller's transaction.

    Args:
        details: as for `create`; one that `is_scheduled` (`schedule_id`) is active before it is paid.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: the terms do not fit together, or there is no method to collect with.
    """
    subscription = _prepared(customer, wishes, details, pk, at=at)
    fitting = wishes_of.fitted(subscription, [], wishes, at=at)
    terms.begin(subscription, fitting.items, details, at=at)
    wanted = discounts.read(details.get("discounts"), param="discounts", customer=customer, at=at)
    subscription.status = Status.TRIALING if subscription.trial_end_at else Status.INCOMPLETE
    subscription.save(force_insert=True)
    wishes_of.write(fitting, subscription, at=at)
    discounts.give(wanted, customer=customer, subscription=subscription, at=at)
    _add_extras(subscription, details, at=at)
    invoice = _first_invoice(subscription, fitting, details, at=at)
    subscription.status = _first_status(subscription, invoice, details)
    behavior = details.get("payment_behavior", "")
    if subscription.status == Status.INCOMPLETE:
        paying.check_method(subscription, behavior)
    is_free = invoice is None or invoice.amount_due == 0
    if is_free and behavior == paying.DEFAULT_INCOMPLETE and not details.get("is_scheduled"):
        subscription_setup.begin(subscription, at=at)
    subscription.next_step_at = calendar.next_step(subscription)
    subscription.upcoming_at = calendar.upcoming(subscription)
    subscription.save()
    events.publish("customer.subscription.created", subscription, at=at)
    return subscription, invoice


def _prepared(
    customer: Customer,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    pk: str,
    *,
    at: datetime,
) -> Subscription:
    _check_collection(details)
    columns = {name: details[name] for name in COLUMNS if name in details}
    subscription = Subscription.belonging_to(
        customer, customer=customer, test_clock_id=customer.test_clock_id or "",
        currency=_currency(wishes, details), created_at=at,
        metadata=customers.merged_metadata({}, details.get("metadata") or {}),
        tax_rate_ids=tax_rates.resolve(details.get("tax_rates") or [], param="default_tax_rates"),
        **columns,
    )  # fmt: skip
    subscription.site = tenancy.current().site
    subscription.pk = pk or subscription.pk
    return subscription


def _currency(wishes: Sequence[ItemWish], details: Mapping[str, Any]) -> str:
    """Return the currency that a request names, or else that of its first price."""
    if details.get("currency"):
        return str(details["currency"])
    for wish in wishes:
        if wish.price_data is not None:
            return str(wish.price_data["currency"])
        if wish.price:
            price: Price = prices.get(wish.price, param=wish.at("price"))
            return price.currency
    raise InvalidRequest("Missing required param: items.", param="items", code="parameter_missing")


def _check_collection(details: Mapping[str, Any]) -> None:
    by_invoice = details.get("collection_method") == Subscription.Collection.SEND
    if by_invoice and details.get("days_until_due") is None:
        raise InvalidRequest(
            "If you choose to bill via invoice, you must also specify days_until_due.",
            param="days_until_due",
            code="parameter_missing",
        )
    if not by_invoice and details.get("days_until_due") is not None:
        raise InvalidRequest(
            "You can only specify days_until_due if collection_method is send_invoice.",
            param="days_until_due",
        )


def _add_extras(subscription: Subscription, details: Mapping[str, Any], *, at: datetime) -> None:
    """Put what is billed once beside the first period."""
    for position, extra in enumerate(details.get("extras") or ()):
        billing.add_extra(subscription, extra, param=f"add_invoice_items[{position}]", at=at)


def _first_invoice(
    subscription: Subscription, fitting: Fitting, details: Mapping[str, Any], *, at: datetime
) -> Invoice | None:
    """Return the draft of the first period; None where there is nothing in it."""
    lines = first_lines(subscription, fitting.items, details, at=at)
    if not lines and not billing.has_pending(subscription):
        return None
    return billing.draft(
        subscription, lines, reason=Invoice.Reason.SUBSCRIPTION_CREATE,
        start=subscription.period_start, end=subscription.period_start, at=at,
    )  # fmt: skip


def first_lines(
    subscription: Subscription,
    items: Sequence[SubscriptionItem],
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> list[NewLine]:
    """Return what the first invoice bills: the time before now, and what the anchor leaves of the first period."""
    start, end = subscription.period_start, subscription.period_end
    prorates = details.get("proration_behavior") != "none"
    lines: list[NewLine] = []
    if subscription.start_at < start and prorates:
        lines += lines_of.of_past(subscription, items, subscription.start_at, start)
    if subscription.trial_end_at:
        return lines + lines_of.of_period(subscription, items, start, end, is_free=True, at=at)
    if prorates or calendar.share(subscription, start, end) == 1:
        lines += lines_of.of_period(subscription, items, start, end, at=at)
    return lines


def _first_status(
    subscription: Subscription, invoice: Invoice | None, details: Mapping[str, Any]
) -> str:
    by_charge = subscription.collection_method == _CHARGE
    is_owed = invoice is not None and invoice.total > 0
    if by_charge and is_owed and not details.get("is_scheduled"):
        return Status.INCOMPLETE
    return Status.TRIALING if subscription.trial_end_at else Status.ACTIVE
