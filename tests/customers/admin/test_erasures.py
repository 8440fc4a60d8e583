"""Erasing customers in the dashboard: the plan, the word that confirms, the wishes of customers, and the reports."""

from datetime import timedelta

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.models import Customer, Erasure, Role
from customers.services import customers, erasures
from tests.customers.admin import page
from tests.factories.billing import InvoiceFactory, SubscriptionFactory, SubscriptionItemFactory
from tests.factories.customers import CustomerFactory, NoteFactory

LIST = "/admin/customers/erasure/"


def here(customer):
    return f"/admin/customers/customer/{customer.pk}/erase/"


def sent(client, customer, typed):
    return client.post(here(customer), {**page.fields(client.get(here(customer))), "typed": typed})


def test_the_plan_says_what_goes_and_what_stays(owner, scope):
    customer = CustomerFactory()
    NoteFactory(customer=customer)
    SubscriptionItemFactory(subscription=SubscriptionFactory(customer=customer))
    InvoiceFactory(customer=customer, status="open", finalized_at=clock.now())

    context = owner.get(here(customer)).context

    fates = {
        str(fate["title"]): {str(line["title"]): line["count"] for line in fate["lines"]}
        for fate in context["fates"]
    }
    assert fates["Removed"] == {"Notes": 1}
    assert fates["Redacted"]["Customer"] == 1
    assert fates["Kept"]["Invoices"] == 1
    assert (context["ends"], context["waits_for"]) == ("subscriptions (1)", "unpaid invoices (1)")
    assert context["law"]["years"] == 7


def test_a_word_is_typed_to_confirm(owner, scope):
    customer = CustomerFactory()

    refused = sent(owner, customer, "yes")
    answer = sent(owner, customer, " Erase ")

    erasure = Erasure.objects.get()
    assert "Type the word “erase”." in refused.content.decode()
    assert answer["Location"] == f"{LIST}{erasure.pk}/"
    assert (erasure.status, erasure.actor, erasure.door) == (
        "waiting", "owner@example.com", "dashboard",
    )  # fmt: skip
    assert Event.objects.filter(type="customer.erasure.created").count() == 1


@pytest.mark.parametrize("role", [Role.BILLING, Role.SUPPORT, Role.READ_ONLY])
def test_who_may_not_delete_does_not_erase(signed_in, scope, role):
    customer = CustomerFactory()

    answer = signed_in(role).post(here(customer), {"typed": "erase"})

    assert answer.status_code == 403
    assert not Erasure.objects.exists()


def test_the_report_says_what_became_of_it(owner, scope):
    customer = customers.create(
        details={"name": "Ada Lovelace", "address": {"line1": "1 Main Street"}}, at=clock.now()
    )
    erasure = erasures.create(customer, at=clock.now())
    erasures.run(erasure.pk, until=clock.now() + timedelta(minutes=5), now=clock.now)

    answer = owner.get(f"{LIST}{erasure.pk}/")

    rows = {
        str(row["title"]): [count for _label, count in row["counts"]]
        for row in answer.context["rows"]
    }
    assert (rows["Addresses"], rows["Customer"]) == ([1, 0, 0], [0, 1, 0])
    assert "Nothing found" in answer.content.decode()
    assert "Ada Lovelace" not in answer.content.decode()


def test_a_wish_is_told_where_staff_look(owner, scope):
    customer = CustomerFactory(name="Ada Lovelace")
    wish = erasures.request(customer, at=clock.now())

    home = owner.get("/admin/").content.decode()
    notices = owner.get(f"/admin/customers/customer/{customer.pk}/").context["notices"]

    assert "Asks for the erasure of their data" in home
    assert [notice.url for notice in notices] == [here(customer)]
    assert owner.get(LIST).status_code == owner.get(f"{LIST}{wish.pk}/").status_code == 200


def test_a_wish_is_granted_by_the_same_page(owner, scope):
    wish = erasures.request(customer := CustomerFactory(), at=clock.now())

    sent(owner, customer, "erase")

    assert Erasure.objects.get().pk == wish.pk
    assert Erasure.objects.get().status == "waiting"


def test_a_wish_is_declined(owner, scope):
    wish = erasures.request(CustomerFactory(), at=clock.now())
    address = f"{LIST}{wish.pk}/cancel/"

    owner.post(address, page.fields(owner.get(address)))

    assert Erasure.objects.get().status == "canceled"


def test_what_is_done_is_not_called_off(owner, scope):
    done = erasures.create(customer := CustomerFactory(), at=clock.now())
    erasures.run(done.pk, until=clock.now() + timedelta(minutes=5), now=clock.now)

    answer = owner.post(f"{LIST}{done.pk}/cancel/")

    assert "so it cannot become canceled" in answer.content.decode()
    assert Customer.objects.get(pk=customer.pk).is_deleted


def test_periods_are_shown_and_changed(owner, scope, site):
    address = f"/admin/customers/site/{site.pk}/privacy/"
    shown = owner.get(address)

    answer = owner.post(address, {**page.fields(shown), "deliveries": "30", "documents": "9"})

    site.refresh_from_db()
    assert {str(kind["title"]): kind["period"] for kind in shown.context["kinds"]}[
        "What webhook endpoints answered"
    ] == "90 days"
    assert answer.status_code == 302
    assert site.retention == {"deliveries": 30, "documents": 9}


def test_who_may_not_change_periods_sees_them(reader, scope, site):
    address = f"/admin/customers/site/{site.pk}/privacy/"

    assert reader.get(address).status_code == 200
    assert reader.post(address, {"deliveries": "30"}).status_code == 403
