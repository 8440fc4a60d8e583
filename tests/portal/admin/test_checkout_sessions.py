"""Checkout sessions in the dashboard: listed, found, read, expired."""

import pytest

from customers.kit import clock
from portal.models import CheckoutSession
from tests.customers.admin.page import confirmed, facts, rows
from tests.factories.customers import CustomerFactory
from tests.factories.portal import CheckoutItemFactory, CheckoutSessionFactory, PaymentLinkFactory

LIST = "/admin/portal/checkoutsession/"


def completed(**columns):
    return CheckoutSessionFactory(
        status="complete", payment_status="paid", completed_at=clock.now(), **columns
    )


@pytest.fixture
def session(scope):
    session = CheckoutSessionFactory(email="jenny@example.com", client_reference_id="cart 7")
    CheckoutItemFactory(session=session)
    return session


def test_list_says_who_buys_what_and_how_far_they_came(owner, session):
    paid = completed(customer=CustomerFactory(name="Jenny Rosen"))
    CheckoutItemFactory(session=paid, quantity=1)
    owed = CheckoutSessionFactory(
        status="complete", payment_status="unpaid", completed_at=clock.now(), mode="setup"
    )

    assert sorted(cells[:4] for cells in rows(owner.get(LIST))) == [
        ["$30.00 USD", "Complete", "Jenny Rosen", "Lamp"],
        ["$30.00 USD", "Open", "jenny@example.com", "2 × Lamp"],
        ["Saves a method", "Complete Not paid yet", "", ""],
    ]
    assert owed.pk


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    CheckoutItemFactory.create_batch(count)

    with django_assert_num_queries(5):  # session, operator, sites, checkouts, items
        assert owner.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("status", "found"), [("open", 1), ("complete", 1), ("expired", 0), ("", 2)]
)
def test_list_is_narrowed(owner, session, status, found):
    completed()

    assert len(rows(owner.get(LIST, {"status": status} if status else {}))) == found


def test_a_session_is_found_by_what_belongs_to_it(owner, session):
    link = PaymentLinkFactory()
    other = completed(payment_link=link, customer=CustomerFactory(name="Ada Whitfield"))

    def found(text):
        return [cells[2] for cells in rows(owner.get(LIST, {"q": text}))]

    assert [found(text) for text in (session.pk, " jenny@example.com ", "nobody@example.com")] == [
        ["jenny@example.com"], ["jenny@example.com"], [],
    ]  # fmt: skip
    assert [found(text) for text in (link.pk, other.customer_id)] == [["Ada Whitfield"]] * 2


def test_page_shows_the_items_and_the_address(owner, session, settings):
    page = owner.get(f"{LIST}{session.pk}/")

    said = facts(page)
    assert page.context["address"] == f"{settings.PUBLIC_URL}/checkout/{session.secret}"
    assert page.context["badges"] == [("Open", "warn")]
    assert (said["Email address"], said["Reference"]) == ("jenny@example.com", "cart 7")
    assert [
        (line["text"], line["quantity"], line["unit"], line["amount"])
        for line in page.context["lines"]
    ] == [("Lamp", 2, "$10.00", "$30.00")]
    assert page.context["sums"] == [{"label": "Total", "amount": "$30.00", "is_strong": True}]


def test_what_is_complete_has_no_address_and_no_acts(owner, scope):
    session = completed(amount_discount=500, amount_total=2500)

    page = owner.get(f"{LIST}{session.pk}/")

    assert (page.context["address"], page.context["links"]) == ("", [])
    assert [(each["label"], each["amount"]) for each in page.context["sums"]] == [
        ("Subtotal", "$30.00"), ("Discount", "-$5.00"), ("Total", "$25.00"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_open_session_is_expired(owner, session, told):
    confirmed(owner, f"{LIST}{session.pk}/expire/")

    assert CheckoutSession.objects.get().status == "expired"
    assert told() == ["checkout.session.expired"]


def test_readers_see_and_do_nothing(reader, session):
    page = reader.get(f"{LIST}{session.pk}/")

    assert (page.status_code, page.context["links"]) == (200, [])
    assert reader.get(f"{LIST}{session.pk}/expire/").status_code == 403
