"""The customer's page: what stands out, how it is put together, and what it costs."""

from datetime import timedelta

import pytest

from customers.events.models import Delivery
from customers.kit import clock
from customers.models import Customer, CustomField, Note, Role
from customers.services import customers, notes
from payments.services import attachments
from tests.customers.admin import page
from tests.factories.billing import (
    InvoiceFactory,
    InvoiceItemFactory,
    PriceFactory,
    SubscriptionFactory,
    SubscriptionItemFactory,
)
from tests.factories.coupons import CouponFactory
from tests.factories.customers import (
    AddressFactory,
    ConsentFactory,
    CustomerBalanceTransactionFactory,
    CustomerFactory,
    CustomFieldFactory,
    EventFactory,
    MessageFactory,
    NoteFactory,
    OrganizationFactory,
    TaxIdFactory,
)
from tests.factories.payments import ChargeFactory, DisputeFactory, PaymentMethodFactory
from tests.factories.webhooks import WebhookEndpointFactory

LIST = "/admin/customers/customer/"


def here(customer, part=""):
    return f"{LIST}{customer.pk}/{part}"


def notices(client, customer):
    return [
        (notice.text, notice.style, notice.url)
        for notice in client.get(here(customer)).context["notices"]
    ]


# -- What needs attention ----------------------------------------------------------------------------------------------


def test_nothing_needs_attention_where_all_is_well(owner, scope):
    customer = CustomerFactory()
    ChargeFactory(customer=customer)
    MessageFactory(customer=customer)

    assert notices(owner, customer) == []


def test_the_last_payment_that_failed_is_told_with_its_reason(owner, scope):
    customer = CustomerFactory()
    failed = ChargeFactory(
        customer=customer, status="failed", amount_captured=0, failure_code="card_declined",
        failure_message="Your card has insufficient funds.",
    )  # fmt: skip

    assert notices(owner, customer) == [
        (
            "The last payment, of $20.00, failed: Your card has insufficient funds.",
            "bad",
            f"/admin/payments/charge/{failed.pk}/",
        )
    ]

    ChargeFactory(customer=customer, created_at=clock.now() + timedelta(seconds=1))
    assert notices(owner, customer) == []


def test_a_dispute_is_told_until_it_was_answered(owner, scope):
    charge = ChargeFactory(customer=CustomerFactory())
    dispute = DisputeFactory(charge=charge, amount=2000, currency="usd", status="needs_response")

    assert notices(owner, charge.customer) == [
        (
            "A payment of $20.00 is disputed, and needs an answer.",
            "bad",
            f"/admin/payments/dispute/{dispute.pk}/",
        )
    ]

    dispute.status = "under_review"
    dispute.save()
    assert notices(owner, charge.customer) == []


def test_the_card_that_is_charged_is_told_before_it_expires(owner, scope):
    customer, today = CustomerFactory(), clock.now()
    expired = {"exp_year": today.year - 1, "exp_month": 3}
    cards = [
        PaymentMethodFactory(customer=customer, attached_at=customer.created_at, **expired)
        for _number in range(2)
    ]
    attachments.set_default(customer, cards[0], at=today)

    assert notices(owner, customer) == [
        (
            f"Visa •••• 4242: Expired 03/{(today.year - 1) % 100:02}",
            "bad",
            "#payment-methods",
        )
    ]


def test_an_email_that_bounced_is_told_while_it_is_the_last(owner, scope):
    customer, at = CustomerFactory(), clock.now()
    message = MessageFactory(
        customer=customer,
        to="ada@example.com",
        status="failed",
        next_attempt_at=None,
        created_at=at,
    )

    assert notices(owner, customer) == [
        (
            "The last email to ada@example.com did not arrive.",
            "bad",
            here(customer, f"messages/{message.pk}/"),
        )
    ]

    MessageFactory(customer=customer, sent=True, created_at=at + timedelta(seconds=1))
    assert notices(owner, customer) == []


def test_what_an_endpoint_did_not_take_is_told(owner, scope):
    WebhookEndpointFactory()
    ada, bo = (customers.create(details={"name": name}, at=clock.now()) for name in ("Ada", "Bo"))
    ours = Delivery.objects.filter(event__customer_id=ada.pk)
    assert notices(owner, ada) == []

    ours.update(status="failed", next_try_at=None, claimed_until=None, tries=8)

    assert [text for text, _style, _url in notices(owner, ada)] == [
        "A webhook endpoint did not take what happened here."
    ]
    assert notices(owner, bo) == []


def test_what_is_not_paid_is_told(owner, scope):
    customer, at = CustomerFactory(), clock.now()
    late = SubscriptionFactory(customer=customer, status="past_due")
    oldest = InvoiceFactory(customer=customer, due_at=at - timedelta(days=9))
    InvoiceFactory(customer=customer, due_at=at - timedelta(days=2))
    InvoiceFactory(customer=customer, due_at=at + timedelta(days=2))

    found = notices(owner, customer)

    assert found[0] == (
        "A subscription is not paid: Past due.", "bad", f"/admin/billing/subscription/{late.pk}/",
    )  # fmt: skip
    assert found[1][0].startswith("2 invoices are overdue, the oldest since ")
    assert found[1][2] == f"/admin/billing/invoice/{oldest.pk}/"


# -- Who it is ---------------------------------------------------------------------------------------------------------


def test_the_heading_says_who_it_is(owner, scope):
    customer = CustomerFactory(
        name="Ada", email="ada@example.com", external_id="user_7", preferred_locales=["fr"]
    )
    AddressFactory(customer=customer, country="TH", is_default=True)

    context = owner.get(here(customer)).context

    assert context["badges"] == [("Active", "ok")]
    assert (context["contact"], context["known"]) == (
        ["ada@example.com"], ["user_7", "French", "Thailand"],
    )  # fmt: skip


@pytest.mark.parametrize("role", Role.values)
def test_what_can_be_done_follows_the_role(signed_in, scope, role):
    customer = CustomerFactory()
    PaymentMethodFactory(customer=customer, attached_at=customer.created_at)

    context = signed_in(role).get(here(customer)).context

    labels = [link.label for link in context["links"] + context["more_links"]]
    bills = ["New subscription", "New invoice"]
    portal = ["Send portal link", "View the portal"]
    everything = [
        "Charge", "Ask for another card", "Add credit from a card", *bills, *portal, "Edit",
        "Adjust balance", "Merge", "Export data",
    ]  # fmt: skip
    assert (
        labels
        == {
            Role.OWNER: [*everything, "Delete", "Erase personal data"],
            Role.ADMIN: [*everything, "Delete", "Erase personal data"],
            Role.BILLING: everything,
            Role.SUPPORT: ["Ask for another card", *portal, "Edit", "Export data"],
            Role.DEVELOPER: [*everything, "Delete", "Erase personal data"],  # in test mode
            Role.READ_ONLY: [],
        }[Role(role)]
    )


# -- What it costs -----------------------------------------------------------------------------------------------------


def crowded(count):
    """A customer with so many of everything."""
    CustomFieldFactory(key="seats", kind=CustomField.Kind.NUMBER)
    customer = CustomerFactory(
        custom_fields={"seats": 7}, organization=OrganizationFactory(), currency="usd"
    )
    price = PriceFactory()
    for number in range(count):
        AddressFactory(customer=customer, is_default=number == 0)
        TaxIdFactory(customer=customer)
        ConsentFactory(customer=customer)
        MessageFactory(customer=customer)
        NoteFactory(customer=customer, is_pinned=number % 2 == 0)
        CustomerBalanceTransactionFactory(customer=customer, sequence=number + 1)
        EventFactory(customer_id=customer.pk)
        method = PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
        charge = ChargeFactory(customer=customer, payment_method=method)
        DisputeFactory(charge=charge, amount=100, currency="usd")
        subscription = SubscriptionFactory(customer=customer)
        SubscriptionItemFactory(subscription=subscription, price=price)
        InvoiceFactory(customer=customer)
        InvoiceItemFactory(customer=customer)
    return customer


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_costs_the_same_for_any_number_of_anything(
    owner, scope, count, django_assert_num_queries
):
    customer = crowded(count)
    customers.update(customer, details={"coupon": CouponFactory()}, at=clock.now())
    owner.get(here(customer))

    with django_assert_num_queries(14):  # 20 is what the page may cost
        assert owner.get(here(customer)).status_code == 200


# -- Notes -------------------------------------------------------------------------------------------------------------


def test_a_note_is_written_and_stands_on_the_page(owner, scope):
    customer = CustomerFactory()
    address = here(customer, "notes/add/")

    answer = owner.post(
        address, page.fields(owner.get(address), text="Called\ntwice", is_pinned="on")
    )

    (shown,) = owner.get(here(customer)).context["notes"]
    assert answer.url == here(customer) + "#notes"
    assert (shown["text"], shown["author"], shown["is_pinned"], shown["is_mine"]) == (
        "Called\ntwice", "Robin Ashdown", True, True,
    )  # fmt: skip


def test_pinned_notes_stay_on_top_however_old(owner, scope):
    customer, at = CustomerFactory(), clock.now()
    pinned = NoteFactory(customer=customer, is_pinned=True, created_at=at - timedelta(days=900))
    for _number in range(12):
        NoteFactory(customer=customer, created_at=at)

    shown = owner.get(here(customer)).context["notes"]

    assert (len(shown), shown[0]["pk"]) == (11, pinned.pk)


def test_who_wrote_a_note_changes_and_deletes_it(owner, scope):
    customer = CustomerFactory()
    owner.post(here(customer, "notes/add/"), {"text": "Called"})
    note = Note.objects.get()
    address = here(customer, f"notes/{note.pk}/")

    owner.post(address, page.fields(owner.get(address), text="Called twice"))
    assert Note.objects.get().text == "Called twice"
    owner.post(f"{address}delete/", {})

    assert Note.objects.count() == 0


def test_others_can_only_pin_a_note(owner, scope, operator_with):
    note = notes.create(
        CustomerFactory(), author=operator_with(), text="Called", is_pinned=False, at=clock.now()
    )
    address = here(note.customer, f"notes/{note.pk}/")

    owner.post(address, {"text": "Never called", "is_pinned": "on"})
    refused = owner.post(f"{address}delete/", {})

    note.refresh_from_db()
    assert (note.text, note.is_pinned) == ("Called", True)
    assert page.errors(refused) == {"": ["Only who wrote a note can change or delete it."]}


def test_a_card_number_is_no_note(owner, site, scope, nothing_written):
    customer = CustomerFactory()

    with nothing_written():
        answer = owner.post(here(customer, "notes/add/"), {"text": "Card 4242 4242 4242 4242"})

    assert list(page.errors(answer)) == ["text"]


def test_nobody_without_the_role_notes(reader, scope, nothing_written):
    note = NoteFactory()
    parts = ("notes/add/", f"notes/{note.pk}/", f"notes/{note.pk}/delete/")

    with nothing_written():
        codes = [
            reader.post(here(note.customer, part), {"text": "x"}).status_code for part in parts
        ]

    assert codes == [403, 403, 403]


def test_a_note_of_somebody_else_is_not_found(owner, scope):
    note = NoteFactory()

    assert owner.get(here(CustomerFactory(), f"notes/{note.pk}/")).status_code == 404


# -- Metadata ----------------------------------------------------------------------------------------------------------


def test_metadata_is_changed_row_by_row(owner, scope):
    customer = CustomerFactory(metadata={"plan": "gold", "seats": "3"})
    address = here(customer, "metadata/")
    sent = page.fields(
        owner.get(address),
        **{"metadata-name": ["plan", "source"], "metadata-value": ["silver", "fair"]},
    )

    owner.post(address, sent)

    assert Customer.objects.get(pk=customer.pk).metadata == {"plan": "silver", "source": "fair"}


# -- Deleting ----------------------------------------------------------------------------------------------------------


def test_what_a_deletion_ends_is_said_before(owner, scope):
    customer = CustomerFactory()
    PaymentMethodFactory(customer=customer, attached_at=customer.created_at)
    SubscriptionFactory(customer=customer)
    SubscriptionFactory(customer=customer)
    InvoiceFactory(customer=customer)

    text = owner.get(here(customer, "delete/")).context["act"].text

    assert text.startswith(
        "1 payment method is removed, and cannot be put back. 2 subscriptions end at once. "
        "1 open invoice is no longer collected. The customer can no longer be billed"
    )
