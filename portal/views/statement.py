"""How the portal puts what its pages show: payment methods, invoices and credit notes, subscriptions, amounts, days.

Everything here is called with the reader's language active.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import pgettext

from customers.kit import dates
from customers.kit.errors import InvalidRequest
from customers.services.letters import Reader
from payments.billing import pricing
from payments.billing.models import (
    CreditNote,
    Invoice,
    InvoiceLine,
    Price,
    Subscription,
    SubscriptionItem,
)
from payments.billing.services import invoice_documents, invoice_links, invoice_settling, prices
from payments.emails import shown
from payments.models import Charge, PaymentIntent, PaymentMethod, Schedule
from payments.money import Money
from payments.services import expiring_cards
from portal.services import own_methods
from portal.services.histories import History, Paper

SOON = timedelta(days=60)
"""How long before its date a card is worth a word."""
_NAMED = 2  # lines of an invoice that stand for it
_PICTURES = frozenset(
    {"amex", "diners", "discover", "jcb", "mastercard", "unionpay", "visa"}
)  # of brands, in `static/img/cards`
Badge = tuple[str, str]
"""A word and its tone: `ok`, `warn`, `bad`, or empty."""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A payment method in a list.

    Args:
        picture: of its brand, a static file.
        more: until when it is good, or what it waits for.
        tone: of `more`.
    """

    pk: str
    name: str
    picture: str
    more: str
    tone: str
    is_default: bool
    is_card: bool
    can_be_charged: bool
    pays_for: str = ""


@dataclass(frozen=True, slots=True)
class PaperRow:
    """An entry of the history.

    Args:
        files: name, number and address of each.
        url: of its own page, where it has one.
        is_payable: whether the customer can pay it now.
    """

    pk: str
    day: str
    about: str
    badge: Badge
    amount: str
    files: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""
    is_payable: bool = False


# -- Amounts and days --------------------------------------------------------------------------------------------------


def money(amount: int, currency: str, to: Reader) -> str:
    """Return an amount of minor units with its currency."""
    return shown.money(Money(amount, currency), to)


def day(at: datetime, to: Reader) -> str:
    """Return the day of an instant where the site is."""
    return shown.day(at, to)


def short_day(at: datetime, to: Reader) -> str:
    """Return the day of an instant where the site is, for tables."""
    return dates.day(at.astimezone(ZoneInfo(to.site.timezone)), to.locale, width="medium")


def moment(at: datetime, to: Reader) -> str:
    """Return the day and the time of an instant where the site is."""
    return dates.moment(at.astimezone(ZoneInfo(to.site.timezone)), to.locale)


def date_of(on: date, to: Reader) -> str:
    """Return a calendar date."""
    return dates.day(on, to.locale)


def per_period(amount: str, interval: str, count: int) -> str:
    """Return what is paid again and again, such as `$5.00 per month`."""
    words = {"amount": amount, "count": count}
    if count == 1:
        return _EVERY_ONE[Price.Unit(interval)]() % words
    return _EVERY_FEW[Price.Unit(interval)]() % words


_EVERY_ONE = {
    Price.Unit.DAY: lambda: pgettext("page", "%(amount)s per day"),
    Price.Unit.WEEK: lambda: pgettext("page", "%(amount)s per week"),
    Price.Unit.MONTH: lambda: pgettext("page", "%(amount)s per month"),
    Price.Unit.YEAR: lambda: pgettext("page", "%(amount)s per year"),
}
_EVERY_FEW = {
    Price.Unit.DAY: lambda: pgettext("page", "%(amount)s every %(count)s days"),
    Price.Unit.WEEK: lambda: pgettext("page", "%(amount)s every %(count)s weeks"),
    Price.Unit.MONTH: lambda: pgettext("page", "%(amount)s every %(count)s months"),
    Price.Unit.YEAR: lambda: pgettext("page", "%(amount)s every %(count)s years"),
}


# -- Payment methods ---------------------------------------------------------------------------------------------------


def method_name(method: PaymentMethod) -> str:
    """Return what a method is called, such as `Visa •••• 4242`."""
    inner = {"brand": method.brand, "last4": method.last4, "bank_name": method.bank_name}
    return shown.method({"type": method.kind, method.kind: inner})


def picture(method: PaymentMethod) -> str:
    """Return the static file that shows a method's brand."""
    if method.kind != PaymentMethod.Kind.CARD:
        return "img/cards/bank.svg"
    return f"img/cards/{method.brand if method.brand in _PICTURES else 'card'}.svg"


def expiry(method: PaymentMethod) -> str:
    """Return until when a card is good, as it stands on the card."""
    return f"{method.exp_month:02}/{(method.exp_year or 0) % 100:02}" if method.exp_month else ""


def method_row(
    method: PaymentMethod,
    *,
    default: str | None,
    pays_for: Iterable[str] = (),
    at: datetime,
) -> MethodRow:
    """Return a method as lists show it.

    Args:
        default: the id of the customer's default method.
        pays_for: what is charged to it.
    """
    more, tone = _more(method, at)
    return MethodRow(
        pk=str(method.pk),
        name=method_name(method),
        picture=picture(method),
        more=more,
        tone=tone,
        is_default=method.pk == default,
        is_card=method.kind == PaymentMethod.Kind.CARD,
        can_be_charged=own_methods.can_be_charged(method, at=at),
        pays_for=", ".join(pays_for),
    )


def is_expired(method: PaymentMethod, *, at: datetime) -> bool:
    """Tell whether a card's date is over."""
    return bool(method.exp_year) and at.date() >= expiring_cards.expires_on(method)


def expires_soon(method: PaymentMethod, *, at: datetime) -> bool:
    """Tell whether a card's date is close or over."""
    return bool(method.exp_year) and (at + SOON).date() >= expiring_cards.expires_on(method)


def _more(method: PaymentMethod, at: datetime) -> tuple[str, str]:
    until = {"date": expiry(method)}
    if is_expired(method, at=at):
        return pgettext("page", "Expired %(date)s") % until, "bad"
    if method.exp_year:
        tone = "warn" if expires_soon(method, at=at) else ""
        return pgettext("page", "Expires %(date)s") % until, tone
    states = PaymentMethod.Verification
    if method.verification == states.FAILED:
        return pgettext("page", "Could not be verified"), "bad"
    if method.verification in {states.NEW, states.PENDING}:
        return pgettext("page", "Not verified yet"), "warn"
    return pgettext("page", "Bank account"), ""


# -- The history -------------------------------------------------------------------------------------------------------


def paper_rows(
    history: History, to: Reader, *, page_of: Callable[[str], str], at: datetime
) -> list[PaperRow]:
    """Return the entries of a history as lists show them.

    Args:
        page_of: returns the address of an invoice's page.
    """
    rows = [_row(paper, history, to, at) for paper in history.papers]
    return [
        replace(row, url=page_of(row.pk)) if isinstance(paper, Invoice) else row
        for row, paper in zip(rows, history.papers, strict=True)
    ]


def is_payable(invoice: Invoice, intent: PaymentIntent | None) -> bool:
    """Tell whether a customer can pay an invoice at this moment."""
    is_asked = invoice.status in invoice_settling.PAYABLE and invoice.amount_remaining > 0
    return is_asked and (intent is None or intent.status != PaymentIntent.Status.PROCESSING)


def invoice_badge(invoice: Invoice, intent: PaymentIntent | None, *, at: datetime) -> Badge:
    """Return a word for what is to be done about an invoice."""
    status = Invoice.Status(invoice.status)
    if status == Invoice.Status.OPEN and intent is not None:
        if intent.status == PaymentIntent.Status.PROCESSING:
            return pgettext("page", "On its way"), ""
        if intent.status == PaymentIntent.Status.REQUIRES_ACTION:
            return pgettext("page", "Waiting for you"), "warn"
    if status == Invoice.Status.UNCOLLECTIBLE:
        return pgettext("page", "Not paid"), "bad"
    if invoice_documents.is_overdue(invoice, at=at):
        return invoice_documents.state_of(invoice, at=at), "bad"
    if status == Invoice.Status.OPEN and invoice.attempt_count:
        return pgettext("page", "Payment failed"), "bad"
    tones = {Invoice.Status.PAID: "ok", Invoice.Status.OPEN: "warn"}
    return invoice_documents.state_of(invoice, at=at), tones.get(status, "")


def about_invoice(invoice: Invoice, lines: Iterable[InvoiceLine]) -> str:
    """Return what an invoice is for: its first lines."""
    names = list(dict.fromkeys(filter(None, map(_line, lines))))
    if not names:
        return pgettext("page", "Invoice %(number)s") % {"number": invoice.number}
    said = ", ".join(names[:_NAMED])
    return pgettext("page", "%(names)s and more") % {"names": said} if names[_NAMED:] else said


def _line(line: InvoiceLine) -> str:
    """Return a line's product, with its number; what is no whole period has words of its own."""
    if line.price is None or line.is_proration:
        return line.description
    name = line.price.product.name
    return f"{line.quantity} × {name}" if (line.quantity or 1) != 1 else name


def _row(paper: Paper, history: History, to: Reader, at: datetime) -> PaperRow:
    if isinstance(paper, Invoice):
        return _invoice_row(paper, history, to, at)
    if isinstance(paper, CreditNote):
        return _credit_row(paper, history.numbers, to)
    return _charge_row(paper, to)


def _invoice_row(invoice: Invoice, history: History, to: Reader, at: datetime) -> PaperRow:
    issued = invoice.effective_at or invoice.finalized_at or invoice.created_at
    intent = history.intents.get(invoice.payment_intent_id or "")
    pdf = invoice_links.pdf(str(invoice.pk), invoice.finalized_at) or ""
    files = [(pgettext("page", "Invoice"), invoice.number, pdf)]
    if invoice.status == Invoice.Status.PAID:
        receipt = invoice_links.receipt(str(invoice.pk))
        files.append((pgettext("page", "Receipt"), invoice.number, receipt))
    return PaperRow(
        pk=str(invoice.pk),
        day=short_day(issued, to),
        about=about_invoice(invoice, history.lines.get(str(invoice.pk), ())),
        badge=invoice_badge(invoice, intent, at=at),
        amount=money(invoice.total, invoice.currency, to),
        files=files,
        is_payable=is_payable(invoice, intent),
    )


def _credit_row(note: CreditNote, numbers: Mapping[str, str], to: Reader) -> PaperRow:
    is_void = note.status == CreditNote.Status.VOID
    word = pgettext("page", "Void") if is_void else pgettext("page", "Credited")
    number = numbers.get(note.invoice_id, "")
    url = invoice_links.credit_note_pdf(str(note.pk))
    return PaperRow(
        pk=str(note.pk),
        day=short_day(note.effective_at or note.created_at, to),
        about=pgettext("page", "Credit for invoice %(number)s") % {"number": number},
        badge=(word, ""),
        amount=money(-note.total, note.currency, to),
        files=[(pgettext("page", "Credit note"), note.number, url)],
    )


def _charge_row(charge: Charge, to: Reader) -> PaperRow:
    kept = charge.amount_captured - charge.amount_refunded
    if not charge.amount_refunded:
        badge = (pgettext("page", "Paid"), "ok")
    elif kept:
        badge = (pgettext("page", "Partly refunded"), "")
    else:
        badge = (pgettext("page", "Refunded"), "")
    return PaperRow(
        pk=str(charge.pk),
        day=short_day(charge.created_at, to),
        about=charge.description or pgettext("page", "Payment"),
        badge=badge,
        amount=money(charge.amount_captured, charge.currency, to),
    )


# -- Subscriptions -----------------------------------------------------------------------------------------------------


def subscription_name(subscription: Subscription, items: Iterable[SubscriptionItem]) -> str:
    """Return what a subscription is for."""
    names = [
        f"{item.quantity} × {item.price.product.name}"
        if item.quantity != 1
        else item.price.product.name
        for item in items
    ]
    return subscription.description or ", ".join(names) or pgettext("page", "Subscription")


def subscription_cost(
    subscription: Subscription, items: Iterable[SubscriptionItem], to: Reader
) -> str:
    """Return what a subscription costs again and again, before discounts and taxes."""
    amount = sum(_cost(item, subscription.currency) for item in items)
    said = money(amount, subscription.currency, to)
    return per_period(said, subscription.interval, subscription.interval_count)


def subscription_badge(subscription: Subscription) -> Badge:
    """Return a word for how a subscription is."""
    states = Subscription.Status
    ends = subscription.cancels_at_period_end or subscription.cancel_at
    if subscription.status in {states.ACTIVE, states.TRIALING}:
        if ends:
            return pgettext("page", "Ends soon"), "warn"
        if subscription.pause_behavior:
            return pgettext("page", "Paused"), "warn"
    return _STATES[states(subscription.status)]()


_STATES: dict[Subscription.Status, Callable[[], Badge]] = {
    Subscription.Status.INCOMPLETE: lambda: (pgettext("page", "Waiting for payment"), "warn"),
    Subscription.Status.INCOMPLETE_EXPIRED: lambda: (pgettext("page", "Ended"), ""),
    Subscription.Status.TRIALING: lambda: (pgettext("page", "Free trial"), "ok"),
    Subscription.Status.ACTIVE: lambda: (pgettext("page", "Active"), "ok"),
    Subscription.Status.PAST_DUE: lambda: (pgettext("page", "Payment failed"), "bad"),
    Subscription.Status.UNPAID: lambda: (pgettext("page", "Not paid"), "bad"),
    Subscription.Status.PAUSED: lambda: (pgettext("page", "Paused"), "warn"),
    Subscription.Status.CANCELED: lambda: (pgettext("page", "Ended"), ""),
}


def next_of(subscription: Subscription, to: Reader) -> str:
    """Return what happens next to a subscription, and when; empty where nothing does by itself."""
    states = Subscription.Status
    if subscription.status in {states.INCOMPLETE, states.PAUSED, *Subscription.ENDED}:
        return ""
    ends = subscription.cancel_at or (
        subscription.period_end if subscription.cancels_at_period_end else None
    )
    if ends is not None:
        return pgettext("page", "Ends on %(date)s") % {"date": day(ends, to)}
    if subscription.pause_behavior and subscription.pause_resumes_at:
        date_ = day(subscription.pause_resumes_at, to)
        return pgettext("page", "Paused until %(date)s") % {"date": date_}
    if subscription.pause_behavior:
        return ""
    words = {"date": day(subscription.period_end, to)}
    if subscription.status == states.TRIALING:
        return pgettext("page", "Free until %(date)s") % words
    return pgettext("page", "Renews on %(date)s") % words


def schedule_name(schedule: Schedule) -> str:
    """Return what a schedule's payments are for."""
    return schedule.description or pgettext("page", "Regular payment")


def schedule_cost(schedule: Schedule, to: Reader) -> str:
    """Return what a schedule takes again and again."""
    return per_period(
        money(schedule.amount, schedule.currency, to), schedule.period, schedule.every
    )


def _cost(item: SubscriptionItem, currency: str) -> int:
    """Return what an item costs; nothing where its price has lost the currency, so that pages open all the same."""
    try:
        return pricing.amount(prices.pricing(item.price, currency), item.quantity)
    except InvalidRequest:
        return 0
