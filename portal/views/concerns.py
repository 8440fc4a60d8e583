"""What needs a customer, the most pressing first: payments that failed, bills, cards, subscriptions that stop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import pgettext

from payments.billing.models import Invoice, Subscription
from payments.billing.services import invoice_documents
from payments.models import PaymentIntent, PaymentMethod
from portal.services import own_methods
from portal.services.overviews import Overview
from portal.views import statement
from portal.views.doors import Visit

_MOST = 6
_TONES = ("bad", "warn", "")


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that a customer should know or do.

    Args:
        tone: `bad` where something has failed, `warn` where it may, empty where all is as it should be.
        url: where it is done, behind `label`.
    """

    tone: str
    title: str
    text: str
    url: str
    label: str


def of(visit: Visit, overview: Overview) -> list[Concern]:
    """Return what needs a customer."""
    found = [
        *_unpaid(visit, overview),
        *_missing_method(visit, overview),
        *_cards(visit, overview),
        *_waiting(visit, overview),
        *_subscriptions(visit, overview),
    ]
    return sorted(found, key=lambda concern: _TONES.index(concern.tone))[:_MOST]


def _unpaid(visit: Visit, overview: Overview) -> Iterator[Concern]:
    for invoice in overview.unpaid:
        intent = overview.history.intents.get(invoice.payment_intent_id or "")
        is_first_try_ahead = not invoice.attempt_count and (
            invoice.next_attempt_at is not None and invoice.next_attempt_at > visit.at
        )
        if statement.is_payable(invoice, intent) and not is_first_try_ahead:
            yield _bill(visit, invoice, intent)


def _bill(visit: Visit, invoice: Invoice, intent: PaymentIntent | None) -> Concern:
    """Return what is to be done about an invoice that can be paid."""
    to = visit.reader
    words = {
        "amount": statement.money(invoice.amount_remaining, invoice.currency, to),
        "number": invoice.number,
        "date": statement.day(invoice.due_at, to) if invoice.due_at else "",
        "again": statement.day(invoice.next_attempt_at, to) if invoice.next_attempt_at else "",
    }
    url, label = visit.address("invoices-one", str(invoice.pk)), pgettext("page", "Pay now")
    text = pgettext("page", "Invoice %(number)s") % words
    by_charge = invoice.collection_method == Subscription.Collection.CHARGE
    if intent is not None and intent.status == PaymentIntent.Status.REQUIRES_ACTION:
        tone, title = (
            "bad",
            pgettext("page", "Your bank asks you to confirm a payment of %(amount)s"),
        )
        label = pgettext("page", "Confirm the payment")
    elif invoice.attempt_count and by_charge:
        tone, title = "bad", pgettext("page", "Your payment of %(amount)s did not go through")
        text = _what_now(words)
    elif invoice_documents.is_overdue(invoice, at=visit.at):
        tone, title = "bad", pgettext("page", "%(amount)s was due on %(date)s")
    elif invoice.due_at is not None:
        tone, title = "", pgettext("page", "%(amount)s is due on %(date)s")
    else:
        tone, title = "warn", pgettext("page", "%(amount)s is to be paid")
    return Concern(tone, title % words, text, url, label)


def _what_now(words: Mapping[str, str]) -> str:
    """Return what a customer can do whose payment has failed."""
    if words["again"]:
        return pgettext("page", "We try again on %(again)s, or you pay it now.") % words
    return pgettext("page", "Pay it now, with this or another payment method.")


def _missing_method(visit: Visit, overview: Overview) -> Iterator[Concern]:
    upcoming = overview.upcoming
    if upcoming is None or not upcoming.is_charged or upcoming.method_id:
        return
    words = {"date": statement.date_of(upcoming.on, visit.reader)}
    yield Concern(
        "bad",
        pgettext("page", "There is nothing to pay your next bill with"),
        pgettext("page", "Add a payment method before %(date)s.") % words,
        visit.address("methods-add"),
        pgettext("page", "Add a payment method"),
    )


def _cards(visit: Visit, overview: Overview) -> Iterator[Concern]:
    """Yield the cards whose date is close or over, of those that something is paid with."""
    paying = own_methods.paid_with(visit.customer, overview.subscriptions)
    needed = {*paying, visit.customer.default_payment_method_id}
    for method in overview.methods:
        if method.pk in needed and statement.expires_soon(method, at=visit.at):
            yield _card(visit, method)


def _card(visit: Visit, method: PaymentMethod) -> Concern:
    words = {"card": statement.method_name(method), "date": statement.expiry(method)}
    url = visit.address("methods-edit", str(method.pk))
    label = pgettext("page", "Update card")
    if statement.is_expired(method, at=visit.at):
        title = pgettext("page", "%(card)s has expired") % words
        return Concern("bad", title, pgettext("page", "Update it, or add another one."), url, label)
    title = pgettext("page", "%(card)s expires %(date)s") % words
    text = pgettext("page", "Update it now, so that no payment fails.")
    return Concern("warn", title, text, url, label)


def _waiting(visit: Visit, overview: Overview) -> Iterator[Concern]:
    for intent in overview.waiting:
        yield Concern(
            "warn",
            pgettext("page", "Your bank account is not verified yet"),
            pgettext("page", "Two small amounts are on their way to it. Say which they were."),
            visit.address("methods-added", str(intent.pk)),
            pgettext("page", "Verify"),
        )


def _subscriptions(visit: Visit, overview: Overview) -> Iterator[Concern]:
    """Yield the subscriptions that are paused, or about to end."""
    states = Subscription.Status
    for row in overview.subscriptions:
        name = statement.subscription_name(row, overview.items.get(str(row.pk), []))
        words = {"name": name}
        is_paused = row.status == states.PAUSED or (
            row.pause_behavior and row.status in Subscription.BILLED
        )
        ends = row.cancels_at_period_end or row.cancel_at
        if is_paused:
            title = pgettext("page", "%(name)s is paused") % words
        elif ends and row.status in Subscription.BILLED:
            title = pgettext("page", "%(name)s ends soon") % words
        else:
            continue
        text = statement.next_of(row, visit.reader)
        yield Concern(
            "", title, text, visit.address("subscriptions"), pgettext("page", "Look at it")
        )
