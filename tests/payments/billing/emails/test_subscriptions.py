"""Letters about subscriptions, along a test clock, and about credit notes."""

import re

from django.core import mail

from customers.kit import clock
from customers.models import Message, Site
from customers.services import messages
from payments.billing.models import Subscription, SubscriptionItem
from payments.billing.services import telling
from tests.card_entry import token_of
from tests.payments.billing.subscribing import START, at_of


def letters_of(kind):
    """Send what waits, and return the letters of a kind."""
    rows = Message.objects.filter(kind=kind).order_by("created_at", "id")
    ids = [messages.send(row, at=max(clock.now(), row.next_attempt_at)).pk for row in rows]
    by_id = {letter.extra_headers["Message-ID"]: letter for letter in mail.outbox}
    return [by_id[f"<{pk}@example.com>"] for pk in ids]


def kinds():
    return list(Message.objects.order_by("created_at", "id").values_list("kind", flat=True))


def test_trial_that_ends_soon_is_told_at_the_clocks_time(shop):
    customer = shop.customer()
    shop.subscribe(customer, shop.price(1000), trial_end=at_of(2030, 2, 28))
    shop.advance(2030, 2, 26)

    (letter,) = letters_of("trial_ends")

    assert letter.subject == "[Test] Your trial of Gold ends on February 28, 2030"
    assert "Your free trial of Gold from Acme ends on February 28, 2030." in letter.body
    assert "From then on Visa •••• 4242 is charged." in letter.body
    assert "1 × Gold (at $10.00 / month)" in letter.body
    created = Message.objects.get(kind="trial_ends").created_at
    assert (created.year, created.month, created.day) == (2030, 2, 25)


def test_trial_without_a_card_asks_for_one(shop):
    customer = shop.customer(card="")
    shop.subscribe(customer, shop.price(1000), trial_end=at_of(2030, 2, 28))
    shop.advance(2030, 2, 26)

    (letter,) = letters_of("trial_ends")

    assert "To keep it, please save a card before." in letter.body
    assert re.search(r"Update your card:\nhttps?://\S+/add-method/\S+", letter.body)


def test_trial_ends_are_not_told_where_the_site_does_without(shop, site):
    Site.objects.filter(pk=site.pk).update(emails_trial_ends=False)
    site.refresh_from_db()
    shop.subscribe(shop.customer(), shop.price(1000), trial_end=at_of(2030, 2, 28))

    shop.advance(2030, 2, 26)

    assert "trial_ends" not in kinds()


def test_payments_that_fail_until_the_end_are_told_as_they_were(shop):
    customer = shop.customer()
    shop.subscribe(customer, shop.price(1000))
    shop.give_card(customer, "pm_card_chargeCustomerFail")
    shop.advance(2030, 3, 31)

    failed = letters_of("payment_failed")
    (ended,) = letters_of("ended")

    assert len(failed) == 5
    assert "We will try again on March 1, 2030." in failed[0].body
    assert "Please pay the invoice yourself." in failed[-1].body
    assert ended.subject == "[Test] Your subscription to Gold has ended"
    assert (
        "Acme could not collect the payment for Gold, so the subscription has ended." in ended.body
    )
    # The last two were written at the same instant.
    assert sorted(kinds()) == ["ended", "invoice_paid", *["payment_failed"] * 5]


def test_end_is_not_told_where_the_site_does_without(shop, site):
    Site.objects.filter(pk=site.pk).update(
        emails_ended_subscriptions=False, emails_failed_payments=False
    )
    site.refresh_from_db()
    customer = shop.customer()
    shop.subscribe(customer, shop.price(1000))
    shop.give_card(customer, "pm_card_chargeCustomerFail")

    shop.advance(2030, 3, 31)

    assert kinds() == ["invoice_paid"]


def test_card_that_is_saved_by_the_letters_link_pays_what_is_due(shop, client):
    customer = shop.customer()
    subscription = shop.subscribe(customer, shop.price(1000))
    shop.give_card(customer, "pm_card_chargeCustomerFail")
    shop.advance(2030, 3, 1)
    (letter,) = letters_of("payment_failed")
    path = re.search(r"Update your card:\nhttps?://[^/]+(\S+)", letter.body)[1]

    client.post(path, {"token": token_of(client, client.get(path))})

    assert [invoice["status"] for invoice in shop.invoices(subscription)] == ["paid", "paid"]
    assert shop.again(subscription)["status"] == "active"


def test_credit_note_is_sent_with_its_file(shop, client):
    customer = shop.customer()
    invoice = shop.invoices(shop.subscribe(customer, shop.price(1000)))[0]
    note = shop.post("credit_notes", invoice=invoice["id"], amount=400, credit_amount=400)

    (letter,) = letters_of("credit_note")

    assert letter.subject == f"[Test] Credit note {note['number']} from Acme: $4.00"
    assert "Credited to your balance: $4.00" in letter.body
    assert note["pdf"] in letter.body
    answer = client.get("/" + note["pdf"].split("/", 3)[3])
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")


def test_credit_note_is_not_sent_where_the_site_does_without(shop, site):
    Site.objects.filter(pk=site.pk).update(emails_credit_notes=False)
    site.refresh_from_db()
    invoice = shop.invoices(shop.subscribe(shop.customer(), shop.price(1000)))[0]

    shop.post("credit_notes", invoice=invoice["id"], amount=400, credit_amount=400)

    assert "credit_note" not in kinds()


def test_trial_of_nothing_that_has_a_name_is_the_customers(shop):
    shop.subscribe(shop.customer(), shop.price(1000), trial_end=at_of(2030, 2, 28))
    SubscriptionItem.objects.update(deleted_at=clock.now())
    shop.advance(2030, 2, 26)

    (letter,) = letters_of("trial_ends")

    assert letter.subject == "[Test] Your trial ends on February 28, 2030"
    assert "Your free trial from Acme ends on February 28, 2030." in letter.body


def test_end_of_nothing_that_has_a_name_is_the_customers_subscriptions(shop):
    subscription = shop.subscribe(shop.customer(), shop.price(1000))
    SubscriptionItem.objects.update(deleted_at=clock.now())
    telling.of_end(Subscription.objects.get(pk=subscription["id"]), at=START)

    (letter,) = letters_of("ended")

    assert letter.subject == "[Test] Your subscription has ended"
    assert (
        "Acme could not collect the payment for your subscription, so it has ended." in letter.body
    )
    assert "Subscription:" not in letter.body
