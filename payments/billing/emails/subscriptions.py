"""Letters about subscriptions: a trial is about to end; one ended since it was not paid."""

from collections.abc import Sequence

from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.billing.emails import bills
from payments.billing.emails.bills import Bill
from payments.billing.models import Invoice, Price, Subscription
from payments.billing.services import document_parts as parts
from payments.billing.services import (
    invoice_states,
    subscription_texts,
    subscription_wishes,
    telling,
)
from payments.emails import shown

_MOST_ITEMS = 20
_LONGEST_NAME = 120
TRIAL_PLACEHOLDERS = ("site", "name", "product", "date", "afterwards")
END_PLACEHOLDERS = ("site", "name", "product")


def trial_texts() -> Texts:
    """Return what the reminder of a trial's end says."""
    return _trial_texts(
        pgettext("email", "Your trial of %(product)s ends on %(date)s"),
        pgettext("email", "Your free trial of %(product)s from %(site)s ends on %(date)s."),
    )


def end_texts() -> Texts:
    """Return what the letter about a subscription that was not paid says."""
    return _end_texts(
        pgettext("email", "Your subscription to %(product)s has ended"),
        pgettext(
            "email",
            "%(site)s could not collect the payment for %(product)s, so the subscription has ended.",
        ),
    )


def compose_trial_ends(message: Message) -> Letter:
    """Return the reminder that a trial is about to end.

    Raises:
        NotNeeded: it has ended, or will end at another time.
    """
    subscription = found(message)
    ends_at = subscription.trial_end_at
    is_running = subscription.status == Subscription.Status.TRIALING
    bills.require(
        is_running and telling.trial_occasion(subscription) == message.occasion,
        message,
        "The trial has ended, or ends at another time.",
    )
    to = _reader(subscription)
    with letters.in_language_of(to):
        day = shown.day(ends_at, to) if ends_at is not None else ""
        words = {
            "site": subscription.site.name, "product": product(subscription), "date": day
        }  # fmt: skip
        pk = (
            subscription.default_payment_method_id
            or subscription.customer.default_payment_method_id
        )
        method = bills.method_name(pk)
        words["afterwards"] = _afterwards(subscription, method)
        links = bills.card_links(subscription.customer, message)
        return bills.write(
            message,
            Bill(
                trial_texts() if words["product"] else _nameless_trial_texts(),
                words,
                button_url=links[0][1] if links else "",
                facts=[
                    (pgettext("email", "Trial ends"), day),
                    (pgettext("email", "Afterwards"), plan(subscription)),
                    (pgettext("email", "Payment method"), method),
                ],
            ),
            subscription.customer,
            to,
        )


def compose_ended(message: Message) -> Letter:
    """Return the letter that a subscription ended since it was not paid."""
    subscription = found(message)
    to = _reader(subscription)
    with letters.in_language_of(to):
        words = {"site": subscription.site.name, "product": product(subscription)}
        ended = shown.day(subscription.ended_at, to) if subscription.ended_at is not None else ""
        invoice = Invoice.objects.filter(pk=subscription.latest_invoice_id).first()
        owed = invoice if invoice is not None and invoice.status == Invoice.Status.OPEN else None
        return bills.write(
            message,
            Bill(
                end_texts() if words["product"] else _nameless_end_texts(),
                words,
                button_url=bills.page_of(owed) if owed else "",
                facts=[
                    (pgettext("email", "Subscription"), words["product"]),
                    (pgettext("email", "Ended on"), ended),
                    (pgettext("email", "Amount due"), _owed(owed, to)),
                ],
            ),
            subscription.customer,
            to,
        )


def found(message: Message) -> Subscription:
    """Return the subscription that a message is about."""
    rows = Subscription.objects.select_related("site", "customer")
    return rows.get(pk=message.about)


def product(subscription: Subscription) -> str:
    """Return what a subscription is to, as its items' products are called; empty where they have no name."""
    items = subscription_wishes.items_of(subscription)[:_MOST_ITEMS]
    names = ", ".join(dict.fromkeys(item.price.product.name for item in items))
    return parts.cut(names, _LONGEST_NAME)


def plan(subscription: Subscription) -> str:
    """Return what a subscription is for and costs, a line for each item."""
    items = subscription_wishes.items_of(subscription)[:_MOST_ITEMS]
    return plan_of([(item.price, item.quantity) for item in items], subscription)


def plan_of(items: Sequence[tuple[Price, int]], subscription: Subscription) -> str:
    """Return what a subscription with other items is for and costs.

    Args:
        items: a price and its quantity each.
    """
    with subscription_texts.voice_for(subscription.customer) as voice:
        lines = [
            voice.period(price, quantity or 1, subscription.currency) for price, quantity in items
        ]
    return "\n".join(lines)


# -- below the public ones --------------------------------------------------------------------------------------------


def _reader(subscription: Subscription) -> Reader:
    return letters.reader(subscription.customer, subscription.site, livemode=subscription.livemode)


def _trial_texts(subject: str, sentence: str) -> Texts:
    return Texts(
        subject=subject,
        heading=pgettext("email", "Your trial ends soon"),
        sentence=sentence,
        request="%(afterwards)s",
        button=pgettext("email", "Update your card"),
    )


def _nameless_trial_texts() -> Texts:
    return _trial_texts(
        pgettext("email", "Your trial ends on %(date)s"),
        pgettext("email", "Your free trial from %(site)s ends on %(date)s."),
    )


def _end_texts(subject: str, sentence: str) -> Texts:
    return Texts(
        subject=subject,
        heading=pgettext("email", "Your subscription has ended"),
        sentence=sentence,
        request=pgettext("email", "If you want to keep it, please subscribe again."),
        button=pgettext("email", "View and pay the invoice"),
    )


def _nameless_end_texts() -> Texts:
    return _end_texts(
        pgettext("email", "Your subscription has ended"),
        pgettext(
            "email",
            "%(site)s could not collect the payment for your subscription, so it has ended.",
        ),
    )


def _afterwards(subscription: Subscription, method: str) -> str:
    if subscription.cancels_at_period_end or subscription.cancel_at is not None:
        return pgettext("email", "The subscription ends then; you need not do anything.")
    if subscription.collection_method == Subscription.Collection.SEND:
        return pgettext("email", "From then on you get an invoice for each period.")
    if method:
        words = {"method": method}
        return (
            pgettext(
                "email",
                "From then on %(method)s is charged. If you do not want that, cancel before.",
            )
            % words
        )
    return pgettext("email", "To keep it, please save a card before.")


def _owed(invoice: Invoice | None, to: Reader) -> str:
    if invoice is None:
        return ""
    return parts.money(invoice_states.remaining(invoice), invoice, to)
