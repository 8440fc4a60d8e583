"""Payment links in the dashboard: made, listed, read, switched off and on."""

import pytest

from portal.models import CheckoutItem, PaymentLink
from tests.customers.admin.page import confirmed, fields, rows
from tests.factories.catalog import PriceFactory
from tests.factories.portal import CheckoutItemFactory, CheckoutSessionFactory

LIST = "/admin/portal/paymentlink/"


@pytest.fixture
def link(scope):
    return CheckoutItemFactory(linked=True).payment_link


def change(link, **columns):
    PaymentLink.objects.filter(pk=link.pk).update(**columns)


def test_list_says_what_each_offers_and_how_often_it_was_taken(owner, link):
    change(link, completed_limit=3, completed_count=3)
    CheckoutItemFactory(linked=True, description="Club", quantity=1)
    off = CheckoutItemFactory(linked=True, description="Old").payment_link
    change(off, is_active=False)

    assert sorted(cells[:3] for cells in rows(owner.get(LIST))) == [
        ["2 × Lamp", "Full", "3 of 3"],
        ["2 × Old", "Switched off", "0"],
        ["Club", "Active", "0"],
    ]
    assert [cells[0] for cells in rows(owner.get(LIST, {"status": "inactive"}))] == ["2 × Old"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number(owner, scope, count, django_assert_num_queries):
    CheckoutItemFactory.create_batch(count, linked=True)

    with django_assert_num_queries(5):  # session, operator, sites, links, items
        assert owner.get(LIST).status_code == 200


def test_page_shows_the_address_and_who_came(owner, link, settings):
    session = CheckoutSessionFactory(payment_link=link, email="jenny@example.com")

    page = owner.get(f"{LIST}{link.pk}/")

    assert page.context["address"] == f"{settings.PUBLIC_URL}/checkout/link/{link.key}"
    assert page.context["badge"] == ("Active", "ok")
    assert [(one["url"], one["who"], one["amount"]) for one in page.context["sessions"]] == [
        (f"/admin/portal/checkoutsession/{session.pk}/", "jenny@example.com", "$30.00")
    ]


@pytest.mark.parametrize(
    ("recurring", "mode"),
    [({}, "payment"), ({"kind": "recurring", "interval": "month"}, "subscription")],
)
def test_a_link_is_made(owner, scope, told, recurring, mode):
    price = PriceFactory(**recurring)
    sent = fields(owner.get(f"{LIST}add/")) | {
        "price": price.pk, "quantity": "2", "is_adjustable": "on", "takes_codes": "on",
        "completed_limit": "5",
    }  # fmt: skip

    owner.post(f"{LIST}add/", sent)

    made, item = PaymentLink.objects.get(), CheckoutItem.objects.get()
    assert (made.mode, made.completed_limit, made.payment_method_types, made.collects) == (
        mode, 5, ["card"],
        {"allow_promotion_codes": True, "phone_number_collection": {"enabled": False}},
    )  # fmt: skip
    assert (item.price, item.quantity, item.least_quantity, item.most_quantity) == (price, 2, 1, 99)
    assert told() == ["payment_link.created"]


@pytest.mark.parametrize("is_active", [True, False])
def test_a_link_is_switched_off_and_on(owner, link, told, is_active):
    change(link, is_active=is_active)

    confirmed(owner, f"{LIST}{link.pk}/switch/")

    assert PaymentLink.objects.get().is_active is not is_active
    assert told() == ["payment_link.updated"]


def test_readers_change_nothing(reader, link):
    assert reader.get(f"{LIST}{link.pk}/").context["links"] == []
    assert reader.get(f"{LIST}{link.pk}/switch/").status_code == 403
    assert reader.get(f"{LIST}add/").status_code == 403
