"""Pages of the dashboard by other names of what they show."""

import pytest

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Alias
from customers.services import aliases
from tests.factories.customers import CustomerFactory

LIST = "/admin/customers/customer/"
OLD = "cus_Former0000000001"


@pytest.fixture
def customer(scope):
    customer = CustomerFactory(name="Ada Whitfield", email="ada@example.com")
    aliases.create(customer, OLD, reason=Alias.Reason.MERGED, at=clock.now())
    return customer


@pytest.mark.parametrize("page", ["", "change/", "delete/", "timeline/"])
def test_a_page_by_another_name_leads_to_the_page_itself(owner, customer, page):
    answer = owner.get(f"{LIST}{OLD}/{page}")

    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{customer.pk}/{page}")


def test_the_list_s_box_takes_another_name(owner, customer):
    answer = owner.get(LIST, {"q": OLD})

    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{customer.pk}/")


@pytest.mark.parametrize("text", [OLD, "cust_test_Former0000000001"])
def test_the_search_takes_another_name(owner, customer, text):
    answer = owner.get("/admin/search/", {"q": text})

    assert [line.url for line in answer.context["lines"]] == [f"{LIST}{customer.pk}/"]


def test_a_name_at_another_site_leads_nowhere(owner, other):
    with scoped_to(other[0], livemode=False):
        aliases.create(CustomerFactory(), OLD, reason=Alias.Reason.MERGED, at=clock.now())

    assert owner.get(f"{LIST}{OLD}/").status_code == 404
