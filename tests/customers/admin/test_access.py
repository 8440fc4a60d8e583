"""Who reaches what: every address of the dashboard, without a sign-in, without a role, and with another site's ids."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern

from customers.kit.tenancy import scoped_to
from customers.models import Role
from tests.factories.billing import CreditNoteFactory, InvoiceFactory, SubscriptionFactory
from tests.factories.catalog import (
    PriceFactory,
    ProductFactory,
    ShippingRateFactory,
    TaxRateFactory,
)
from tests.factories.coupons import CouponFactory, DiscountFactory, PromotionCodeFactory
from tests.factories.customers import (
    AddressFactory,
    ApiKeyFactory,
    ClockFactory,
    CustomerFactory,
    CustomFieldFactory,
    EventFactory,
    OrganizationFactory,
    TaxIdFactory,
)
from tests.factories.payments import (
    ChargeFactory,
    DisputeFactory,
    GatewayAccountFactory,
    LinkFactory,
    PaymentIntentFactory,
    PaymentMethodFactory,
    ScheduleFactory,
)
from tests.factories.webhooks import WebhookEndpointFactory

OPEN = {"login"}
GAP = re.compile(r"<str:(\w+)>")


def _addresses():
    """Return every address of the dashboard as (name, pattern, whether it names a row)."""
    found = []
    for entry in admin.site.get_urls():
        if isinstance(entry, URLPattern):
            found.append((entry.name, str(entry.pattern)))
        else:
            found += [
                (inner.name, f"{entry.pattern}{inner.pattern}") for inner in entry.url_patterns
            ]
    return found


ADDRESSES = [(name, address) for name, address in _addresses() if name not in OPEN]
OF_ROWS = [(name, address) for name, address in ADDRESSES if name and "object_id" in address]


def _filled(address, **ids):
    address = GAP.sub(lambda gap: ids.get(gap[1], "x_1"), address)
    return "/admin/" + address.replace("<path:url>", "nowhere")


def test_there_are_addresses():
    assert {"index", "customers_customer_page", "customers_customer_adjust_balance"} <= {
        name for name, _address in ADDRESSES
    }


@pytest.mark.parametrize(("name", "address"), ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_sees_anything_without_signing_in(db, name, address, method):
    url = _filled(address)

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
        customer = CustomerFactory()
        return {
            "billing_creditnote": CreditNoteFactory().pk,
            "billing_invoice": InvoiceFactory().pk,
            "billing_subscription": SubscriptionFactory().pk,
            "billing_coupon": CouponFactory().pk,
            "billing_discount": DiscountFactory().pk,
            "billing_price": PriceFactory().pk,
            "billing_product": ProductFactory().pk,
            "billing_promotioncode": PromotionCodeFactory().pk,
            "billing_shippingrate": ShippingRateFactory().pk,
            "billing_taxrate": TaxRateFactory().pk,
            "customers_customer": customer.pk,
            "customers_organization": OrganizationFactory().pk,
            "customers_apikey": ApiKeyFactory().pk,
            "customers_customfield": CustomFieldFactory().pk,
            "events_event": EventFactory().pk,
            "events_webhookendpoint": WebhookEndpointFactory().pk,
            "customers_site": other[0].pk,
            "customers_membership": "1",
            "customers_testclock": ClockFactory().pk,
            "payments_charge": ChargeFactory().pk,
            "payments_dispute": DisputeFactory().pk,
            "payments_gatewayaccount": GatewayAccountFactory().pk,
            "payments_link": LinkFactory().pk,
            "payments_paymentintent": PaymentIntentFactory().pk,
            "payments_paymentmethod": PaymentMethodFactory(attached=True).pk,
            "payments_schedule": ScheduleFactory().pk,
        }


@pytest.mark.parametrize(("name", "address"), OF_ROWS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_sites_row_is_not_found(owner, theirs, nothing_written, name, address, method):
    kind = next(kind for kind in theirs if name.startswith(kind))
    url = _filled(address, object_id=theirs[kind])

    with nothing_written():
        answer = getattr(owner, method)(url)

    assert answer.status_code in {404, 405}
    assert getattr(owner, method)(_filled(address)).status_code == answer.status_code


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


# What each role may do with a customer: read, make and change, delete.
MAY = {
    Role.OWNER: (True, True, True),
    Role.ADMIN: (True, True, True),
    Role.SUPPORT: (True, True, False),
    Role.READ_ONLY: (True, False, False),
}


def test_every_role_is_judged():
    assert set(MAY) == set(Role.values)


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_what_the_table_says_and_no_more(signed_in, scope, nothing_written, role):
    customer = CustomerFactory()
    client, here = signed_in(role), f"/admin/customers/customer/{customer.pk}/"
    reads = [here, "/admin/customers/customer/", "/admin/"]
    changes = [
        "/admin/customers/customer/add/",
        *(
            here + part
            for part in ("change/", "addresses/add/", "tax-ids/add/", "consents/add/", "balance/")
        ),
    ]
    deletes = [here + "delete/"]

    allowed = [{client.get(url).status_code for url in urls} for urls in (reads, changes, deletes)]

    assert allowed == [{200} if may else {403} for may in MAY[role]]
    if not MAY[role][1]:
        with nothing_written():
            assert {client.post(url).status_code for url in changes + deletes} == {403}


@pytest.mark.parametrize("role", MAY)
def test_pages_offer_only_what_the_role_may_do(signed_in, scope, role):
    customer = CustomerFactory()

    answer = signed_in(role).get(f"/admin/customers/customer/{customer.pk}/")

    _reads, changes, deletes = MAY[role]
    labels = ["Edit", "Adjust balance"] * changes + ["Delete"] * deletes
    assert [link.label for link in answer.context["links"]] == labels
    assert bool(answer.context["parts"]) is changes
