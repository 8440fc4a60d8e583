"""`/v1/customers/{customer}/state`: what the objects' own resources show, in a fixed number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit import clock
from customers.models import ApiKey, Customer
from customers.services import api_keys
from tests.factories.billing import InvoiceFactory, SubscriptionFactory, SubscriptionItemFactory
from tests.v1_client import V1Client


@pytest.fixture
def jenny(api):
    return api.post("customers", email="jenny@example.com", payment_method="pm_card_visa").body[
        "id"
    ]


@pytest.fixture
def busy(api, jenny, scope):
    """A customer with a subscription that runs, one that has ended, two open invoices and a draft."""
    owner = Customer.objects.get(pk=jenny)
    running = SubscriptionFactory(customer=owner)
    SubscriptionItemFactory(subscription=running)
    SubscriptionFactory(customer=owner, status="canceled", ended_at=clock.now())
    for amount in (1000, 2500):
        InvoiceFactory(customer=owner, total=amount)
    InvoiceFactory(customer=owner, status="draft")
    return jenny


def test_what_there_is(api, busy):
    answer = api.get(f"customers/{busy}/state")

    customer = api.get(f"customers/{busy}").body
    default = customer["invoice_settings"]["default_payment_method"]
    assert answer.status == 200
    assert answer.body == {
        "object": "customer_state",
        "amount_due": {"usd": 3500},
        "balance": 0,
        "currency": customer["currency"],
        "customer": customer,
        "default_payment_method": api.get(f"payment_methods/{default}").body,
        "livemode": False,
        "open_invoices": api.get("invoices", customer=busy, status="open").body,
        "subscriptions": api.get("subscriptions", customer=busy).body,
    }
    assert len(answer.body["open_invoices"]["data"]) == 2
    assert len(answer.body["subscriptions"]["data"]) == 1


def test_who_has_nothing(api):
    customer = api.post("customers").body

    assert api.get(f"customers/{customer['id']}/state").body == {
        "object": "customer_state",
        "amount_due": {},
        "balance": 0,
        "currency": None,
        "customer": customer,
        "default_payment_method": None,
        "livemode": False,
        "open_invoices": {"object": "list", "data": [], "has_more": False, "url": "/v1/invoices"},
        "subscriptions": {
            "object": "list", "data": [], "has_more": False, "url": "/v1/subscriptions",
        },
    }  # fmt: skip


def test_lists_have_an_end(api, jenny, scope):
    owner = Customer.objects.get(pk=jenny)
    for _ in range(11):
        SubscriptionFactory(customer=owner)
        InvoiceFactory(customer=owner, total=100)

    state = api.get(f"customers/{jenny}/state").body

    shown = [state["open_invoices"], state["subscriptions"]]
    assert [(len(found["data"]), found["has_more"]) for found in shown] == [(10, True)] * 2
    assert state["amount_due"] == {"usd": 1100}


def test_more_of_everything_costs_no_more_statements(api, busy, scope):
    owner, costs = Customer.objects.get(pk=busy), []
    for number in (3, 6):
        for _ in range(number):
            SubscriptionItemFactory(subscription=SubscriptionFactory(customer=owner))
            InvoiceFactory(customer=owner)
        api.get(f"customers/{busy}/state")  # what is compiled once is compiled
        with CaptureQueriesContext(connection) as heard:
            assert api.get(f"customers/{busy}/state").status == 200
        costs.append(len(heard))

    assert costs[0] == costs[1] <= 16


@pytest.mark.parametrize("lacking", ["customers", "invoices", "payment_methods", "subscriptions"])
def test_a_restricted_key_has_to_read_all_of_it(api, site, jenny, lacking):
    permissions = dict.fromkeys(
        ["customers", "invoices", "payment_methods", "subscriptions"], "read"
    )
    kind, at = ApiKey.Kind.RESTRICTED, clock.now()
    full = api_keys.issue(site, livemode=False, kind=kind, permissions=permissions, at=at)[1]
    permissions[lacking] = "none"
    lame = api_keys.issue(site, livemode=False, kind=kind, permissions=permissions, at=at)[1]

    assert V1Client(full).get(f"customers/{jenny}/state").status == 200
    refused = V1Client(lame).get(f"customers/{jenny}/state")
    assert (refused.status, lacking in refused.error["message"]) == (403, True)


def test_who_was_deleted_has_no_state(api, jenny):
    api.delete(f"customers/{jenny}")

    refused = api.get(f"customers/{jenny}/state")

    assert (refused.status, refused.error["message"]) == (404, f"No such customer: '{jenny}'")
