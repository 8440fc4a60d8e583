"""Every operation on customers through the official `stripe` package, unmodified, in both of its styles."""

import time
from datetime import timedelta

import pytest
import stripe

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import customers
from tests.v1_client import NEW_CUSTOMER
from tests.wire.sdk import ADDRESS, EVERYTHING, plain

EXPANDED = ["tax", "tax_ids", "cash_balance", "invoice_credit_balance", "sources", "subscriptions"]


def test_create_with_every_parameter(sdk):
    customer = sdk("customers.create", **EVERYTHING, expand=EXPANDED)

    assert isinstance(customer, stripe.Customer)
    wire = plain(customer)
    tax_ids = wire.pop("tax_ids")
    assert abs(wire.pop("created") - time.time()) < 60
    assert wire == made_with_everything(customer)
    assert [(tax_id["type"], tax_id["value"]) for tax_id in tax_ids["data"]] == [
        ("eu_vat", "DE136695976")
    ]


def made_with_everything(customer):
    """Return what is known beforehand of a customer that was made with EVERYTHING."""
    return {
        "id": customer.id,
        "object": "customer",
        "address": ADDRESS,
        "balance": -250,
        "business_name": "Rosen Trading",
        "cash_balance": {
            "object": "cash_balance",
            "available": None,
            "customer": customer.id,
            "customer_account": None,
            "livemode": False,
            "settings": {"reconciliation_mode": "manual", "using_merchant_default": False},
        },
        "currency": "usd",
        "default_source": None,
        "delinquent": False,
        "description": "A customer with everything",
        "discount": None,
        "email": "jenny.rosen@example.com",
        "individual_name": "Jenny Rosen",
        "invoice_credit_balance": {"usd": -250},
        "invoice_prefix": "ROSEN1",
        "invoice_settings": {
            "custom_fields": [{"name": "PO", "value": "4711"}],
            "default_payment_method": None,
            "footer": "Thank you",
            "rendering_options": {"amount_tax_display": "exclude_tax", "template": None},
        },
        "language": "th",
        "livemode": False,
        "metadata": {"order_id": "6735", "tier": "gold"},
        "name": "Jenny Rosen",
        "next_invoice_sequence": 7,
        "organization": customer.organization,
        "phone": "+1-555-123-4567",
        "preferred_locales": ["th", "en-GB"],
        "shipping": {"address": ADDRESS, "name": "Jenny R.", "phone": "+66 2 000 0000"},
        "sources": nothing(f"/v1/customers/{customer.id}/sources"),
        "subscriptions": nothing(f"/v1/customers/{customer.id}/subscriptions"),
        "tax": {
            "automatic_tax": "not_collecting",
            "ip_address": "203.0.113.7",
            "location": {"country": "TH", "source": "shipping_destination", "state": "Bangkok"},
            "provider": "stripe",
        },
        "tax_exempt": "reverse",
        "test_clock": None,
    }


def nothing(url):
    return {"object": "list", "data": [], "has_more": False, "url": url}


def test_create_with_nothing(sdk):
    wire = plain(sdk("customers.create"))

    assert len(wire.pop("invoice_prefix")) == 8
    assert wire.pop("created") > 0
    assert wire.pop("id").startswith("cus_")
    assert wire == NEW_CUSTOMER


def test_retrieve(sdk):
    made = sdk("customers.create", **EVERYTHING)

    found = sdk("customers.retrieve", made.id)

    assert plain(found) == plain(made)


def test_update_changes_what_is_sent_and_nothing_else(sdk):
    made = sdk("customers.create", **EVERYTHING)

    changed = sdk(
        "customers.update", made.id, name="Jenny Lee", metadata={"tier": "", "since": "2026"}
    )

    expected = plain(made) | {
        "name": "Jenny Lee",
        "metadata": {"order_id": "6735", "since": "2026"},
    }
    assert plain(changed) == expected
    assert plain(sdk("customers.retrieve", made.id)) == expected


def test_update_unsets_by_empty_values(sdk):
    made = sdk("customers.create", **EVERYTHING)
    emptied = ("address", "business_name", "description", "email", "individual_name", "metadata")
    more = ("name", "phone", "preferred_locales", "shipping", "tax_exempt")

    changed = sdk(
        "customers.update",
        made.id,
        **dict.fromkeys((*emptied, *more), ""),
        invoice_settings={"custom_fields": "", "footer": "", "rendering_options": ""},
        tax={"ip_address": ""},
        expand=["tax"],
    )

    wire = plain(changed)
    assert {name: wire.get(name) for name in (*emptied, *more)} == {
        **dict.fromkeys((*emptied, *more)),
        "metadata": {},
        "preferred_locales": [],
        "tax_exempt": "none",
    }
    assert wire["invoice_settings"] == {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    }
    assert wire["tax"]["ip_address"] is None
    assert "organization" not in wire


def test_list_is_newest_first_and_ends(sdk):
    ids = [sdk("customers.create", email=f"c{n}@example.com").id for n in range(3)]

    page = sdk("customers.list", limit=2)

    assert [customer.id for customer in page.data] == [ids[2], ids[1]]
    assert (page.object, page.url, page.has_more) == ("list", "/v1/customers", True)
    rest = sdk("customers.list", limit=2, starting_after=ids[1])
    assert ([customer.id for customer in rest.data], rest.has_more) == ([ids[0]], False)
    before = sdk("customers.list", limit=1, ending_before=ids[0])
    assert ([customer.id for customer in before.data], before.has_more) == ([ids[1]], True)


def test_list_of_nobody(sdk):
    page = sdk("customers.list")

    assert plain(page) == {"object": "list", "data": [], "has_more": False, "url": "/v1/customers"}


def test_list_filters_by_email_to_the_letter(sdk):
    wanted = sdk("customers.create", email="Jenny@example.com")
    sdk("customers.create", email="jenny@example.com")

    page = sdk("customers.list", email="Jenny@example.com")

    assert [customer.id for customer in page.data] == [wanted.id]


def test_list_filters_by_created(sdk):
    customer = sdk("customers.create")

    def found(**created):
        return [thing.id for thing in sdk("customers.list", created=created).data]

    assert found(gte=customer.created) == [customer.id]
    assert found(gt=customer.created + 1) == []
    assert found(lte=customer.created + 1) == [customer.id]
    assert found(lt=customer.created) == []
    assert found(gt=customer.created - 1, lt=customer.created + 1) == [customer.id]
    exact = sdk("customers.list", created=customer.created)
    assert [thing.id for thing in exact.data] == [customer.id]


@pytest.fixture
def crowd(site):
    """250 customers, the newest first; every second of them was made in the same instant as another."""
    start = clock.now() - timedelta(hours=1)
    with scoped_to(site, livemode=False):
        made = [
            customers.create(details={}, at=start + timedelta(seconds=n // 2)) for n in range(250)
        ]
    newest_first = sorted(made, key=lambda customer: (customer.created_at, customer.pk))[::-1]
    return [customer.pk for customer in newest_first]


def test_auto_pagination_over_250_customers(sdk, crowd):
    forwards = sdk("customers.list", limit=100).auto_paging_iter()
    backwards = sdk("customers.list", limit=100, ending_before=crowd[-1]).auto_paging_iter()
    searched = sdk("customers.search", query="created>0", limit=100).auto_paging_iter()

    assert [customer.id for customer in forwards] == crowd
    assert [customer.id for customer in backwards] == crowd[:-1][::-1]
    assert [customer.id for customer in searched] == crowd


def test_search(sdk):
    wanted = sdk("customers.create", **EVERYTHING)
    sdk("customers.create", email="somebody@example.com", name="Somebody Else")

    def found(query):
        return [customer.id for customer in sdk("customers.search", query=query).data]

    assert found('email:"jenny.rosen@example.com"') == [wanted.id]
    assert found('email~"rosen"') == [wanted.id]
    assert found('name:"rosen"') == [wanted.id]
    assert found('phone:"+15551234567"') == [wanted.id]
    assert found('metadata["order_id"]:"6735"') == [wanted.id]
    assert found('metadata["order_id"]:"6735" AND -name:"rosen"') == []
    assert found(f'created>={wanted.created} AND metadata["tier"]:"gold"') == [wanted.id]


def test_search_result_counts_when_asked(sdk):
    customer = sdk("customers.create", email="jenny@example.com")

    result = sdk("customers.search", query='email:"jenny@example.com"', expand=["total_count"])

    assert plain(result) == {
        "object": "search_result",
        "data": [plain(customer)],
        "has_more": False,
        "next_page": None,
        "total_count": 1,
        "url": "/v1/customers/search",
    }


def test_a_deleted_customer_leaves_a_stub(sdk):
    made = sdk("customers.create", email="jenny@example.com")

    deleted = sdk("customers.delete", made.id)

    stub = {"id": made.id, "object": "customer", "deleted": True}
    assert plain(deleted) == stub
    found = sdk("customers.retrieve", made.id)
    assert (plain(found), found.deleted) == (stub, True)
    assert sdk("customers.list").data == []
    assert sdk("customers.search", query="created>0").data == []
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("customers.update", made.id, name="Back again")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_tax_ids(sdk):
    customer = sdk("customers.create")

    tax_id = sdk("tax_ids.create", customer.id, type="eu_vat", value="DE136695976")

    assert isinstance(tax_id, stripe.TaxId)
    assert plain(tax_id) == {
        "id": tax_id.id,
        "object": "tax_id",
        "country": "DE",
        "created": tax_id.created,
        "customer": customer.id,
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": customer.id, "customer_account": None, "type": "customer"},
        "type": "eu_vat",
        "value": "DE136695976",
        "verification": {
            "status": "unavailable",
            "verified_address": None,
            "verified_name": None,
        },
    }
    assert plain(sdk("tax_ids.retrieve", customer.id, tax_id.id)) == plain(tax_id)
    assert [thing.id for thing in sdk("tax_ids.list", customer.id).data] == [tax_id.id]
    deleted = sdk("tax_ids.delete", customer.id, tax_id.id)
    assert plain(deleted) == {"id": tax_id.id, "object": "tax_id", "deleted": True}
    assert sdk("tax_ids.list", customer.id).data == []


def test_balance_transactions(sdk):
    customer = sdk("customers.create")

    first = sdk(
        "balance_transactions.create",
        customer.id,
        amount=-500,
        currency="usd",
        description="Goodwill",
        metadata={"ticket": "42"},
    )

    assert isinstance(first, stripe.CustomerBalanceTransaction)
    assert plain(first) == {
        "id": first.id,
        "object": "customer_balance_transaction",
        "amount": -500,
        "checkout_session": None,
        "created": first.created,
        "credit_note": None,
        "currency": "usd",
        "customer": customer.id,
        "customer_account": None,
        "description": "Goodwill",
        "ending_balance": -500,
        "invoice": None,
        "livemode": False,
        "metadata": {"ticket": "42"},
        "type": "adjustment",
    }
    second = sdk("balance_transactions.create", customer.id, amount=200, currency="usd")
    assert second.ending_balance == -300
    assert sdk("customers.retrieve", customer.id).balance == -300
    listed = sdk("balance_transactions.list", customer.id)
    assert [thing.id for thing in listed.data] == [second.id, first.id]
    changed = sdk(
        "balance_transactions.update", customer.id, first.id, description="Sorry", metadata=""
    )
    assert plain(changed) == plain(first) | {"description": "Sorry", "metadata": {}}
    found = sdk("balance_transactions.retrieve", customer.id, first.id, expand=["customer"])
    assert (found.description, found.customer.id) == ("Sorry", customer.id)


def test_cash_balance(sdk):
    customer = sdk("customers.create")

    before = sdk("cash_balance.retrieve", customer.id)

    assert isinstance(before, stripe.CashBalance)
    assert plain(before) == {
        "object": "cash_balance",
        "available": None,
        "customer": customer.id,
        "customer_account": None,
        "livemode": False,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": True},
    }
    changed = sdk("cash_balance.update", customer.id, settings={"reconciliation_mode": "manual"})
    assert plain(changed.settings) == {
        "reconciliation_mode": "manual",
        "using_merchant_default": False,
    }
    assert plain(sdk("cash_balance.retrieve", customer.id)) == plain(changed)


def test_events(sdk):
    customer = sdk("customers.create", email="jenny@example.com")
    changed = sdk("customers.update", customer.id, email="lee@example.com", metadata={"a": "1"})
    sdk("customers.delete", customer.id)

    events = sdk("events.list").data

    assert [event.type for event in events] == [
        "customer.deleted",
        "customer.updated",
        "customer.created",
    ]
    deleted, updated, created = events
    assert isinstance(created, stripe.Event)
    assert plain(created.data.object) == plain(customer)
    assert plain(updated.data.object) == plain(changed)
    assert plain(deleted.data.object) == plain(changed)
    assert plain(updated.data.previous_attributes) == {
        "email": "jenny@example.com",
        "metadata": {"a": None},
    }
    assert plain(sdk("events.retrieve", updated.id)) == plain(updated)
    of_type = sdk("events.list", type="customer.updated")
    assert [event.id for event in of_type.data] == [updated.id]
    several = sdk("events.list", types=["customer.created", "customer.deleted"])
    assert [event.id for event in several.data] == [deleted.id, created.id]


def test_account(sdk, site):
    account = sdk("account")

    assert isinstance(account, stripe.Account)
    assert (account.id, account.object, account.country) == (site.pk, "account", "US")
    assert account.business_profile.name == site.name
    assert plain(sdk("accounts.retrieve", site.pk)) == plain(account)
    assert [thing.id for thing in sdk("accounts.list").data] == [site.pk]


def test_expand_in_a_list(sdk):
    customer = sdk("customers.create", tax_id_data=[{"type": "us_ein", "value": "12-3456789"}])

    page = sdk("customers.list", expand=["data.tax_ids", "data.tax_ids.data.customer"])

    (tax_id,) = page.data[0].tax_ids.data
    assert (tax_id.value, tax_id.customer.id) == ("12-3456789", customer.id)
