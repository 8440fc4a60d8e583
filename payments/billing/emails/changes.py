"""Letters that confirm what customers did with a subscription themselves: changed, paused, resumed, canceled, kept."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import pgettext

from customers.models import Message
from customers.services import letters
from customers.services.letters import Letter, Reader
from customers.services.wordings import Texts
from payments.billing.emails import bills, subscriptions
from payments.billing.emails.bills import Bill
from payments.billing.models import Subscription
from payments.billing.services import planned_changes
from payments.emails import shown

Kind = Message.Kind
Status = Subscription.Status
PLACEHOLDERS = ("site", "name", "product")
DATED = (*PLACEHOLDERS, "date")
Fact = tuple[str, str]


def changed_texts() -> Texts:
    """Return what the letter about a changed plan says."""
    return Texts(
        subject=pgettext("email", "Your subscription to %(product)s has changed"),
        heading=pgettext("email", "Your subscription has changed"),
        sentence=pgettext("email", "You changed your subscription with %(site)s."),
        request=_not_you(),
        button=_look(),
    )


def paused_texts() -> Texts:
    """Return what the letter about a pause says."""
    return Texts(
        subject=pgettext("email", "Your subscription to %(product)s is paused"),
        heading=pgettext("email", "Your subscription is paused"),
        sentence=pgettext(
            "email", "You paused your subscription to %(product)s. Nothing is charged meanwhile."
        ),
        request=pgettext("email", "You can resume it earlier whenever you like."),
        button=_look(),
    )


def resumed_texts() -> Texts:
    """Return what the letter about the end of a pause says."""
    return Texts(
        subject=pgettext("email", "Your subscription to %(product)s goes on"),
        heading=pgettext("email", "Your subscription goes on"),
        sentence=pgettext("email", "You resumed your subscription to %(product)s."),
        request=_not_you(),
        button=_look(),
    )


def planned_texts() -> Texts:
    """Return what the letter about a cancellation at a later day says."""
    return Texts(
        subject=pgettext("email", "Your subscription to %(product)s ends on %(date)s"),
        heading=pgettext("email", "Your subscription is canceled"),
        sentence=pgettext(
            "email",
            "You canceled your subscription to %(product)s. You can use it until %(date)s, and nothing is charged "
            "after that.",
        ),
        request=pgettext("email", "If you change your mind, you can keep it until then."),
        button=pgettext("email", "Keep the subscription"),
    )


def canceled_texts() -> Texts:
    """Return what the letter about a cancellation at once says."""
    return Texts(
        subject=pgettext("email", "Your subscription to %(product)s is canceled"),
        heading=pgettext("email", "Your subscription is canceled"),
        sentence=pgettext(
            "email",
            "You canceled your subscription to %(product)s. It has ended, and nothing more is charged for it.",
        ),
        request=_not_you(),
        button=_look(),
    )


def undone_texts() -> Texts:
    """Return what the letter about a cancellation that was taken back says."""
    return Texts(
        subject=pgettext("email", "Your subscription to %(product)s goes on"),
        heading=pgettext("email", "Your subscription goes on"),
        sentence=pgettext(
            "email",
            "You took back the cancellation of your subscription to %(product)s. It is renewed as before.",
        ),
        request=_not_you(),
        button=_look(),
    )


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One of these letters.

    Args:
        holds: tells whether what it says is still so.
        facts: returns what stands below it.
    """

    texts: Callable[[], Texts]
    placeholders: tuple[str, ...]
    holds: Callable[[Subscription], bool]
    facts: Callable[[Subscription, Reader], list[Fact]]


def compose(message: Message) -> Letter:
    """Return the letter.

    Raises:
        NotNeeded: what it tells of has been overtaken.
    """
    found = KINDS[Kind(message.kind)]
    row = subscriptions.found(message)
    bills.require(found.holds(row), message, "Something else was done with it since.")
    to = letters.reader(row.customer, row.site, livemode=row.livemode)
    with letters.in_language_of(to):
        words = {
            "site": row.site.name,
            "product": subscriptions.product(row) or row.site.name,
            "date": shown.day(row.cancel_at, to) if row.cancel_at is not None else "",
        }
        plan = (pgettext("email", "Subscription"), subscriptions.plan(row))
        facts = [plan, *found.facts(row, to)]
        bill = Bill(found.texts(), words, button_url=_page(row), facts=facts)
        return bills.write(message, bill, row.customer, to)


# -- below the public ones --------------------------------------------------------------------------------------------


def _not_you() -> str:
    return pgettext("email", "If this was not you, please write to us at once.")


def _look() -> str:
    return pgettext("email", "View the subscription")


def _page(subscription: Subscription) -> str:
    path = reverse("portal:subscriptions-one", args=[subscription.site.slug, subscription.pk])
    return f"{settings.PUBLIC_URL}{path}"


def _is_living(subscription: Subscription) -> bool:
    return subscription.status not in Subscription.ENDED


def _is_paused(subscription: Subscription) -> bool:
    return _is_living(subscription) and subscription.pause_behavior != ""


def _goes_on(subscription: Subscription) -> bool:
    is_paused = _is_paused(subscription) or subscription.status == Status.PAUSED
    return _is_living(subscription) and not is_paused


def _ends_later(subscription: Subscription) -> bool:
    return _is_living(subscription) and subscription.cancel_at is not None


def _is_kept(subscription: Subscription) -> bool:
    return _is_living(subscription) and subscription.cancel_at is None


def _renewal(subscription: Subscription, to: Reader) -> list[Fact]:
    return [(pgettext("email", "Renewed on"), shown.day(subscription.period_end, to))]


def _change(subscription: Subscription, to: Reader) -> list[Fact]:
    planned = planned_changes.coming(subscription)
    if planned is None or not planned.items:
        return _renewal(subscription, to)
    label = pgettext("email", "From %(date)s on") % {"date": shown.day(planned.begins_at, to)}
    return [(label, subscriptions.plan_of(planned.items, subscription))]


def _pause(subscription: Subscription, to: Reader) -> list[Fact]:
    resumes = subscription.pause_resumes_at
    return [(pgettext("email", "Paused until"), shown.day(resumes, to))] if resumes else []


def _end(subscription: Subscription, to: Reader) -> list[Fact]:
    ends = subscription.cancel_at
    return [(pgettext("email", "Ends on"), shown.day(ends, to))] if ends is not None else []


def _ended(subscription: Subscription, to: Reader) -> list[Fact]:
    ended = subscription.ended_at
    return [(pgettext("email", "Ended on"), shown.day(ended, to))] if ended is not None else []


KINDS = {
    Kind.PLAN_CHANGED: Confirmation(changed_texts, PLACEHOLDERS, _is_living, _change),
    Kind.PAUSED: Confirmation(paused_texts, PLACEHOLDERS, _is_paused, _pause),
    Kind.RESUMED: Confirmation(resumed_texts, PLACEHOLDERS, _goes_on, _renewal),
    Kind.CANCEL_PLANNED: Confirmation(planned_texts, DATED, _ends_later, _end),
    Kind.CANCELED: Confirmation(canceled_texts, PLACEHOLDERS, lambda _row: True, _ended),
    Kind.CANCEL_UNDONE: Confirmation(undone_texts, PLACEHOLDERS, _is_kept, _renewal),
}
"""By kind of message."""
