"""Changes of a subscription: of its terms, and of its items, its trial and its anchor, with what that costs.

What costs something else from now on is given back for the rest of the period, and asked for at its new price. Where
the calendar begins anew, all that is unused is given back, and a whole period is billed at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.kit.errors import InvalidRequest
from customers.services import customers, test_clocks
from payments.billing.models import Invoice, Subscription, SubscriptionItem
from payments.billing.services import discounts, invoice_states, invoices, tax_rates
from payments.billing.services import subscription_calendar as calendar
from payments.billing.services import subscription_holds as holds
from payments.billing.services import subscription_invoices as billing
from payments.billing.services import subscription_lines as lines_of
from payments.billing.services import subscription_payments as paying
from payments.billing.services import subscription_states as states
from payments.billing.services import subscription_terms as terms
from payments.billing.services import subscription_wishes as wishes_of
from payments.billing.services.customer_acts import CustomersAct
from payments.billing.services.invoice_lines import NewLine
from payments.billing.services.subscription_wishes import Fitting, ItemWish
from payments.models import PaymentIntent

NO_PRORATION, ALWAYS_INVOICE = "none", "always_invoice"
Status = Subscription.Status
COLUMNS = (
    "collection_method", "days_until_due", "default_payment_method", "description", "off_session",
    "trial_end_behavior", "cancellation_comment", "cancellation_feedback",
)  # fmt: skip
_MERGED = frozenset({"payment_settings", "invoice_settings"})
_AFTER_END = frozenset({"metadata", "cancellation_comment", "cancellation_feedback"})
_BEFORE_PAYMENT = _AFTER_END | {
    "default_payment_method", "description", "payment_settings", "off_session", "payment_behavior",
    "cancels_at_period_end", "cancel_at", "proration_behavior",
}  # fmt: skip


def update(
    subscription: Subscription,
    *,
    wishes: Sequence[ItemWish] = (),
    details: Mapping[str, Any],
    by_customer: CustomersAct | None = None,
    at: datetime,
) -> Subscription:
    """Change a subscription, bill what that costs, and try to collect what is billed at once.

    No transaction may be open, since the try calls a gateway.

    Args:
        wishes: what is to become of its items; those that are not named stay.
        details: columns by name, `metadata`, `payment_settings` and `invoice_settings` (these are merged), and
            `tax_rates`, `discounts`, `extras`, `cancel_at`,
            `cancels_at_period_end`, `trial_end` (an instant or `now`), `anchor` (`now` or `unchanged`), `pause` (a
            hash of `behavior` and `resumes_at`, or None), `proration_behavior`, `proration_date`, `payment_behavior`.
        by_customer: what makes this an act of the customer's own.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: it has ended, is not paid yet, or the terms do not fit together.
        InvalidState: its customer's test clock is being advanced.
        CardDeclined: it could not be paid, and was to be refused then.
    """
    at = test_clocks.now_for(subscription, at)
    behavior = details.get("payment_behavior", "")

    def make(held: PaymentIntent | None) -> holds.Made:
        if by_customer is not None:
            by_customer.begin(subscription)
        row, invoice = changed(subscription, wishes=wishes, details=details, at=at)
        if by_customer is not None:
            by_customer.finish(row, invoice, at=at)
        if invoice is not None and row.collection_method == Subscription.Collection.CHARGE:
            is_confirmed = behavior == paying.DEFAULT_INCOMPLETE
            auto_advance = False if is_confirmed else None
            invoice = invoices.finalize(invoice, auto_advance=auto_advance, held=held, at=at)
        return row, invoice

    if behavior == paying.ERROR_IF_INCOMPLETE:
        row, invoice = holds.done(make, at=at)
    else:
        with transaction.atomic(durable=True):
            row, invoice = make(None)
    return paying.later(row, invoice, behavior=behavior, at=at)


def changed(
    subscription: Subscription,
    *,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    at: datetime,
) -> tuple[Subscription, Invoice | None]:
    """Write a change in the caller's transaction; return the subscription and the draft of what is billed at once.

    Raises:
        NotFound: something that is named is not there.
        InvalidRequest: it has ended, is not paid yet, or the terms do not fit together.
        InvalidState: its customer's test clock is being advanced.
    """
    customer = invoice_states.lock_customer(subscription.customer_id)
    test_clocks.check_steady(customer)
    with states.tracked(subscription, at=at) as row:
        row.customer = customer
        _check(row, wishes, details)
        _set_terms(row, details, at=at)
        invoice = _set_items(row, wishes, details, at=at)
    return row, invoice


def _check(
    subscription: Subscription, wishes: Sequence[ItemWish], details: Mapping[str, Any]
) -> None:
    asked = details.keys() | ({"items"} if wishes else set())
    if subscription.status in Subscription.ENDED and asked - _AFTER_END:
        raise InvalidRequest(
            "A canceled subscription can only update its cancellation_details and metadata.",
            param=min(asked - _AFTER_END),
        )
    if subscription.status == Status.INCOMPLETE and asked - _BEFORE_PAYMENT:
        raise InvalidRequest(
            "This subscription cannot be updated because its first invoice is not paid yet: only a few parameters, "
            "such as metadata and default_payment_method, can be updated until then.",
            param=min(asked - _BEFORE_PAYMENT),
        )


def _set_terms(subscription: Subscription, details: Mapping[str, Any], *, at: datetime) -> None:
    for name in COLUMNS:
        if name in details:
            setattr(subscription, name, details[name])
    _check_collection(subscription, details)
    if "metadata" in details:
        subscription.metadata = customers.merged_metadata(
            subscription.metadata, details["metadata"]
        )
    for name in _MERGED & details.keys():
        setattr(subscription, name, {**getattr(subscription, name), **details[name]})
    if "tax_rates" in details:
        subscription.tax_rate_ids = tax_rates.resolve(
            details["tax_rates"], param="default_tax_rates"
        )
    if "discounts" in details:
        wanted = discounts.read(
            details["discounts"], param="discounts", customer=subscription.customer, at=at
        )
        discounts.replace(wanted, customer=subscription.customer, subscription=subscription, at=at)
    if "pause" in details:
        _set_pause(subscription, details["pause"], at=at)


def _check_collection(subscription: Subscription, details: Mapping[str, Any]) -> None:
    by_charge = subscription.collection_method == Subscription.Collection.CHARGE
    if by_charge and details.get("days_until_due") is None:
        subscription.days_until_due = None
    elif by_charge:
        raise InvalidRequest(
            "You can only specify days_until_due if collection_method is send_invoice.",
            param="days_until_due",
        )
    elif subscription.days_until_due is None:
        raise InvalidRequest(
            "If you choose to bill via invoice, you must also specify days_until_due.",
            param="days_until_due",
            code="parameter_missing",
        )


def _set_pause(
    subscription: Subscription, pause: Mapping[str, Any] | None, *, at: datetime
) -> None:
    subscription.pause_behavior, subscription.pause_resumes_at = "", None
    if pause is None:
        return
    resumes_at = pause.get("resumes_at")
    if resumes_at is not None and resumes_at <= at:
        raise InvalidRequest(
            "`resumes_at` must be in the future.", param="pause_collection[resumes_at]"
        )
    subscription.pause_behavior, subscription.pause_resumes_at = pause["behavior"], resumes_at


def _set_items(
    subscription: Subscription,
    wishes: Sequence[ItemWish],
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> Invoice | None:
    """Write what becomes of the items and the calendar; return the draft of what is billed at once."""
    if subscription.status in Subscription.ENDED or subscription.status == Status.INCOMPLETE:
        _set_cancellation(subscription, details, at=at)
        return None
    moment = _moment(subscription, details, at=at)
    current = list(wishes_of.items_of(subscription))
    before = {item.pk for item in current}
    fitting = wishes_of.fitted(subscription, current, wishes, at=at)
    prorates = details.get("proration_behavior") != NO_PRORATION
    restarts = _restarts(subscription, fitting, details, at=at)
    credited = before if restarts else {item.pk for item in fitting.credited}
    owed: list[NewLine] = []
    if prorates and credited:
        billed = lines_of.billed_for(subscription, credited, at=moment)
        owed = lines_of.credits_of(subscription, billed, at=moment)
    wishes_of.write(fitting, subscription, at=at)
    _add_extras(subscription, details, at=at)
    if restarts:
        return _restarted(subscription, fitting.items, details, owed, at=at)
    if prorates and fitting.debited and subscription.status != Status.TRIALING:
        owed += lines_of.debits_of(
            subscription, fitting.debited, fitting.items, moment, subscription.period_end, at=at
        )
    owed += _stretched(subscription, fitting.items, details, prorates=prorates, at=at)
    billing.pend(subscription, owed, at=at)
    if details.get("proration_behavior") == ALWAYS_INVOICE and billing.has_pending(subscription):
        return _draft_now(subscription, [], details, at=at)
    return None


def _moment(subscription: Subscription, details: Mapping[str, Any], *, at: datetime) -> datetime:
    """Return the instant for which prorations are computed."""
    moment: datetime | None = details.get("proration_date")
    if moment is None:
        return terms.whole(at)
    if not subscription.period_start <= moment < subscription.period_end:
        raise InvalidRequest(
            "Cannot specify `proration_date` outside of the current period.", param="proration_date"
        )
    return moment


def _restarts(
    subscription: Subscription, fitting: Fitting, details: Mapping[str, Any], *, at: datetime
) -> bool:
    """Tell whether the calendar begins anew."""
    price = fitting.items[0].price
    is_trial = subscription.status == Status.TRIALING
    trial_end = details.get("trial_end")
    if trial_end not in (None, terms.NOW):
        return True
    changes_rhythm = (price.interval, price.interval_count) != (
        subscription.interval, subscription.interval_count,
    )  # fmt: skip
    if changes_rhythm:
        subscription.interval = price.interval
        subscription.interval_count = price.interval_count
    return (
        details.get("anchor") == terms.NOW
        or (trial_end == terms.NOW and is_trial)
        or (changes_rhythm and not is_trial)
    )


def _restarted(
    subscription: Subscription,
    items: Sequence[SubscriptionItem],
    details: Mapping[str, Any],
    owed: list[NewLine],
    *,
    at: datetime,
) -> Invoice | None:
    """Begin the calendar anew with a trial or a whole period, and bill that at once."""
    start = terms.whole(at)
    billing.pend(subscription, owed, at=at)
    trial_end = terms.trial_of(items, {"trial_end": details.get("trial_end")}, at=start)
    if trial_end is not None:
        _try_out(subscription, start, trial_end)
        _set_cancellation(subscription, details, at=at)
        if details.get("proration_behavior") == ALWAYS_INVOICE:
            lines = lines_of.of_period(subscription, items, start, trial_end, is_free=True, at=at)
            return _draft_now(subscription, lines, details, at=at)
        return None
    if subscription.status == Status.TRIALING:
        states.move(subscription, Status.ACTIVE)
        subscription.trial_end_at = start
    subscription.anchor_at, subscription.anchor_config = start, None
    subscription.period_start = start
    _keep_cancellation_behind(subscription, start)
    subscription.period_end = calendar.end_of_period(subscription, start)
    _set_cancellation(subscription, details, at=at)
    if subscription.cancels_at_period_end:
        subscription.cancel_at = subscription.period_end
    lines = lines_of.of_period(subscription, items, start, subscription.period_end, at=at)
    return _draft_now(subscription, lines, details, at=at)


def _keep_cancellation_behind(subscription: Subscription, start: datetime) -> None:
    """Let what ends with its period not end with the one that was."""
    if subscription.cancels_at_period_end or (
        subscription.cancel_at is not None and subscription.cancel_at <= start
    ):
        subscription.cancel_at = None


def _try_out(subscription: Subscription, start: datetime, end: datetime) -> None:
    """Begin a trial, or let the one under way end at another time."""
    if subscription.status != Status.TRIALING:
        states.move(subscription, Status.TRIALING)
        subscription.trial_start_at = subscription.period_start = start
    subscription.trial_end_at = subscription.anchor_at = subscription.period_end = end
    subscription.anchor_config = None
    if end - calendar.TRIAL_NOTICE > start:
        subscription.trial_end_told_at = None
    if subscription.cancels_at_period_end:
        subscription.cancel_at = end


def _draft_now(
    subscription: Subscription,
    lines: Sequence[NewLine],
    details: Mapping[str, Any],
    *,
    at: datetime,
) -> Invoice:
    invoice = billing.draft(
        subscription, lines, reason=Invoice.Reason.SUBSCRIPTION_UPDATE,
        start=terms.whole(at), end=terms.whole(at), at=at,
    )  # fmt: skip
    by_charge = subscription.collection_method == Subscription.Collection.CHARGE
    if by_charge and invoice.amount_due > 0:
        paying.check_method(subscription, details.get("payment_behavior", ""))
    return invoice


def _add_extras(subscription: Subscription, details: Mapping[str, Any], *, at: datetime) -> None:
    for position, extra in enumerate(details.get("extras") or ()):
        billing.add_extra(subscription, extra, param=f"add_invoice_items[{position}]", at=at)


def _set_cancellation(
    subscription: Subscription, details: Mapping[str, Any], *, at: datetime
) -> None:
    """Set when it ends by itself, and remember since when that is known."""
    before = subscription.cancel_at
    terms.set_cancellation(subscription, details, at=terms.whole(at))
    if subscription.cancel_at == before or subscription.status in Subscription.ENDED:
        return
    subscription.canceled_at = at if subscription.cancel_at else None
    subscription.cancellation_reason = "cancellation_requested" if subscription.cancel_at else ""


def _stretched(
    subscription: Subscription,
    items: Sequence[SubscriptionItem],
    details: Mapping[str, Any],
    *,
    prorates: bool,
    at: datetime,
) -> list[NewLine]:
    """Let the period end with the subscription, or go on to its boundary again, and return what that costs."""
    _set_cancellation(subscription, details, at=at)
    is_asked = "cancel_at" in details or "cancels_at_period_end" in details
    if subscription.status == Status.TRIALING or not is_asked:
        return []
    before = subscription.period_end
    after = calendar.end_of_period(subscription, subscription.period_start)
    subscription.period_end = after
    if subscription.cancels_at_period_end:
        subscription.cancel_at = after
    if not prorates or after == before:
        return []
    if after > before:
        return lines_of.debits_of(subscription, items, items, before, after, at=at)
    billed = lines_of.billed_for(subscription, [item.pk for item in items], at=after)
    return lines_of.credits_of(subscription, billed, at=after)
