"""When an invoice that could not be collected is tried again, and when that ends."""

from datetime import datetime, timedelta

from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_states
from payments.services import drills

_AFTER_LOSS = (60, 300, 1800, 7200, 21_600, 86_400)
"""Seconds until a try that never reached the gateway is made again; the last one counts for all further ones."""


def advances(invoice: Invoice) -> bool:
    """Tell whether an open invoice is collected by itself.

    The first one of a subscription that still waits for its first payment is not: its customer is there to pay it.
    """
    subscription = invoice.subscription
    is_first = subscription is not None and subscription.status == Subscription.Status.INCOMPLETE
    is_charged = invoice.collection_method == Subscription.Collection.CHARGE
    return invoice.auto_advance and is_charged and not is_first


def has_given_up(invoice: Invoice) -> bool:
    """Tell whether all automatic tries were made."""
    return invoice.retries > len(invoice.site.retry_days)


def after_failure(invoice: Invoice, *, is_automatic: bool, at: datetime) -> bool:
    """Say on a locked invoice when it is tried next, and tell whether the tries have just ended.

    A try that people ask for does not move the next one (rule S11); where none is in the calendar, since the one that
    was waited for was theirs, the calendar goes on.
    """
    days = invoice.site.retry_days
    place = invoice.retries
    if is_automatic:
        invoice.retries += 1
    if not advances(invoice):
        invoice.next_attempt_at = None
        return False
    if is_automatic or (invoice.next_attempt_at is None and place < len(days)):
        goes_on = place < len(days)
        invoice.next_attempt_at = at + timedelta(days=days[place]) if goes_on else None
        return not goes_on
    return False


def after_loss(invoice: Invoice, *, is_automatic: bool, at: datetime) -> None:
    """Say on a locked invoice when a try that never reached the gateway is made again: soon, and it was none.

    Where somebody asked for it, they hear of it; then the calendar goes on only if it waited for them.
    """
    wait = _AFTER_LOSS[min(invoice.lost_tries, len(_AFTER_LOSS) - 1)]
    invoice.lost_tries += 1
    was_waited_for = invoice.next_attempt_at is None and not has_given_up(invoice)
    if advances(invoice) and (is_automatic or was_waited_for):
        invoice.next_attempt_at = at + drills.scaled(wait, livemode=invoice.livemode)


def told_of(invoice: Invoice, *, has_ended: bool, at: datetime) -> None:
    """Let others join in after a failed try of a locked invoice."""
    invoice_states.call(invoice_states.when_failed, invoice, at=at)
    if has_ended:
        invoice_states.call(invoice_states.when_given_up, invoice, at=at)
