import pytest

from customers.kit.errors import InvalidState
from customers.kit.tenancy import scoped_to
from customers.models import Message
from payments.services import card_requests
from tests.factories.customers import CustomerFactory


def test_a_customer_is_asked_once_for_each_request(customer, at):
    first = card_requests.ask(customer, request_key="one", at=at)

    again = card_requests.ask(customer, request_key="one", at=at)
    another = card_requests.ask(customer, request_key="two", at=at)

    assert (again.pk == first.pk, another.pk == first.pk) == (True, False)
    assert Message.objects.filter(customer=customer, kind="card_update").count() == 2


@pytest.mark.parametrize(
    "columns", [{"email": ""}, {"deleted_at": "now"}], ids=["no address", "deleted"]
)
def test_who_cannot_be_written_to_is_not_asked(scope, refused, columns, at):
    customer = CustomerFactory(
        **{name: at if value == "now" else value for name, value in columns.items()}
    )

    with refused(InvalidState, code="customer_without_email"):
        card_requests.ask(customer, request_key="one", at=at)

    assert Message.objects.count() == 0


def test_nobody_is_asked_where_there_is_no_page_for_cards(site, refused, at):
    with scoped_to(site, livemode=True):
        customer = CustomerFactory()

        with refused(InvalidState, code="hosted_page_missing"):
            card_requests.ask(customer, request_key="one", at=at)
