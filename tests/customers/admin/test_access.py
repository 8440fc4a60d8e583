"""Who reaches what: every address of the dashboard, without a sign-in, without a role, and with another site's ids."""

import pytest
from django.test import Client

from customers.kit.tenancy import scoped_to
from customers.models import Role
from tests.customers.admin.addresses import ADDRESSES, filled, one_of_each
from tests.factories.customers import AddressFactory, CustomerFactory, TaxIdFactory

OF_ROWS = [(name, address) for name, address in ADDRESSES if name and "object_id" in address]


def test_there_are_addresses():
    assert {"index", "customers_customer_page", "customers_customer_adjust_balance"} <= {
        name for name, _address in ADDRESSES
    }


@pytest.mark.parametrize(("name", "address"), ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_sees_anything_without_signing_in(db, name, address, method):
    url = filled(address)

    answer = getattr(Client(), method)(url)

    expected = "/admin/" if name == "logout" else f"/admin/login/?next={url}"
    assert (answer.status_code, answer.url) == (302, expected)


def test_who_is_a_member_nowhere_is_asked_to_sign_in_as_somebody_else(signed_in):
    stranger = signed_in(None)

    away = stranger.get("/admin/customers/customer/")
    asked = stranger.get(away.url)

    assert away.url == "/admin/login/?next=/admin/customers/customer/"
    assert "who is a member of no site" in asked.content.decode()


def test_who_may_not_sign_in_any_more_is_out_at_once(operator_with):
    operator = operator_with(Role.OWNER)
    client = Client()
    client.force_login(operator)
    operator.is_active = False
    operator.save()

    assert client.get("/admin/").url == "/admin/login/?next=/admin/"


@pytest.fixture
def theirs(other):
    """Ids of another site's rows, by the prefix of an address's name."""
    with scoped_to(other[0], livemode=False):
        return one_of_each(other[0])


@pytest.mark.parametrize(("name", "address"), OF_ROWS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_sites_row_is_not_found(owner, theirs, nothing_written, name, address, method):
    kind = next(kind for kind in theirs if name.startswith(kind))
    url = filled(address, object_id=theirs[kind])

    with nothing_written():
        answer = getattr(owner, method)(url)

    assert answer.status_code in {404, 405}
    assert getattr(owner, method)(filled(address)).status_code == answer.status_code


@pytest.mark.parametrize(
    "address", ["addresses/{address}/", "addresses/{address}/delete/", "tax-ids/{tax_id}/delete/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_customers_part_is_not_found(owner, scope, nothing_written, address, method):
    mine, another = CustomerFactory(), CustomerFactory()
    ids = {
        "address": AddressFactory(customer=another).pk,
        "tax_id": TaxIdFactory(customer=another).pk,
    }

    with nothing_written():
        answer = getattr(owner, method)(
            f"/admin/customers/customer/{mine.pk}/{address.format(**ids)}"
        )

    assert answer.status_code == 404
