"""Letters that confirm what customers did with a subscription."""

import pytest
from django.conf import settings
from django.core import mail

from customers.kit import clock
from customers.models import Message, Site
from customers.services import messages
from payments.billing.emails import changes
from payments.billing.models import Subscription
from payments.billing.services import subscriptions
from payments.billing.services.customer_acts import CustomersAct
from tests.payments.billing.subscribing import START

Kind = Message.Kind


@pytest.fixture
def subscribed(shop):
    """Jenny's subscription to Gold, in real time."""
    made = shop.subscribe(shop.customer(), shop.price(1000))
    return Subscription.objects.get(pk=made["id"])


def told(subscription, kind, **details):
    """Let the customer change a subscription, and return the letter, if one goes out."""
    act = CustomersAct(kind, lambda _row: None)
    subscriptions.update(subscription, details=details, by_customer=act, at=START)
    row = Message.objects.filter(kind=kind).first()
    if row is None:
        return None
    messages.send(row, at=max(clock.now(), row.next_attempt_at))
    return mail.outbox[-1]


def test_cancellation_says_when_it_ends_and_leads_back(subscribed):
    letter = told(subscribed, Kind.CANCEL_PLANNED, cancels_at_period_end=True)

    assert letter.subject == "[Test] Your subscription to Gold ends on February 28, 2030"
    assert (
        "You can use it until February 28, 2030, and nothing is charged after that." in letter.body
    )
    page = f"/portal/acme/subscriptions/{subscribed.pk}"
    assert f"Keep the subscription:\n{settings.PUBLIC_URL}{page}" in letter.body


def test_change_says_what_is_paid_now(subscribed):
    letter = told(subscribed, Kind.PLAN_CHANGED)

    assert letter.subject == "[Test] Your subscription to Gold has changed"
    assert "1 × Gold (at $10.00 / month)" in letter.body
    assert "Renewed on: February 28, 2030" in letter.body


def test_pause_says_until_when(subscribed):
    pause = {"behavior": "void", "resumes_at": subscribed.period_end}

    letter = told(subscribed, Kind.PAUSED, pause=pause)

    assert "Paused until: February 28, 2030" in letter.body


def test_letters_are_in_the_customers_language(subscribed):
    subscribed.customer.preferred_locales = ["th"]
    subscribed.customer.save()

    letter = told(subscribed, Kind.PLAN_CHANGED)

    assert letter.subject == "[Test] การสมัครสมาชิก Gold เปลี่ยนแล้ว"


def test_sites_can_do_without(subscribed, site):
    Site.objects.filter(pk=site.pk).update(emails_subscription_changes=False)
    site.refresh_from_db()

    assert told(subscribed, Kind.PLAN_CHANGED) is None


@pytest.mark.parametrize(
    ("kind", "columns", "holds"),
    [
        (Kind.CANCEL_PLANNED, {}, False),
        (Kind.CANCEL_PLANNED, {"cancel_at": START}, True),
        (Kind.CANCEL_UNDONE, {"cancel_at": START}, False),
        (Kind.CANCEL_UNDONE, {}, True),
        (Kind.PAUSED, {}, False),
        (Kind.PAUSED, {"pause_behavior": "void"}, True),
        (Kind.RESUMED, {"pause_behavior": "void"}, False),
        (Kind.RESUMED, {"status": "paused"}, False),
        (Kind.RESUMED, {}, True),
        (Kind.PLAN_CHANGED, {"status": "canceled"}, False),
        (Kind.CANCELED, {"status": "canceled"}, True),
    ],
)
def test_letter_is_written_only_while_it_is_true(kind, columns, holds):
    row = Subscription(**{"status": "active", **columns})

    assert changes.KINDS[kind].holds(row) is holds
