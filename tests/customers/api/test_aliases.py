"""Objects by their other names, in both dialects: in paths, parameters, filters, searches and cursors."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Alias, Customer
from customers.services import aliases, changes
from payments.models import PaymentMethod
from tests.factories.customers import CustomerFactory
from tests.omise_client import OmiseClient
from tests.v1_client import V1Client

OLD, OLD_OMISE = "cus_Former0000000001", "cust_test_Former0000000001"


@pytest.fixture
def customer(api):
    return api.post("customers", name="Ada Whitfield", email="ada@example.com").body


@pytest.fixture
def named(scope, customer):
    """The customer's id; the customer has another name, too."""
    name(customer["id"], OLD)
    return customer["id"]


@pytest.fixture
def omise(keys):
    return OmiseClient(keys["skey_test"])


def name(pk, old, model=Customer):
    reason = Alias.Reason.IMPORTED
    aliases.create(model.objects.get(pk=pk), old, reason=reason, at=clock.now())


@pytest.mark.parametrize("old", [OLD, OLD_OMISE])
def test_a_customer_is_retrieved_by_another_name_and_tells_its_own(api, named, old):
    answer = api.get(f"customers/{old}")

    assert (answer.status, answer.body["id"]) == (200, named)


@pytest.mark.parametrize("old", [OLD, OLD_OMISE])
def test_omise_retrieves_by_another_name(omise, named, old):
    answer = omise.get(f"customers/{old}")

    assert answer.body["id"] == f"cust_test_{named.removeprefix('cus_')}"


@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_what_vanishes_while_it_is_changed_is_not_found(api, customer, monkeypatch, method):
    def vanished(pk):
        raise changes.no_such_customer(pk)

    monkeypatch.setattr(changes, "locked", vanished)

    assert api.send(method, f"customers/{customer['id']}").status == 404


def test_a_name_of_any_form_is_followed(api, scope, customer):
    name(customer["id"], "42")

    assert api.get("customers/42").body["id"] == customer["id"]


def test_a_customer_is_changed_and_deleted_by_another_name(api, named):
    changed = api.post(f"customers/{OLD}", name="Ada Lovell").body
    gone = api.delete(f"customers/{OLD}").body

    assert (changed["id"], changed["name"]) == (named, "Ada Lovell")
    assert gone == {"id": named, "object": "customer", "deleted": True}


def test_omise_changes_by_another_name(omise, api, named):
    omise.patch(f"customers/{OLD_OMISE}", description="Buys books")

    assert api.get(f"customers/{named}").body["description"] == "Buys books"


def test_what_belongs_to_a_customer_is_made_and_listed_by_another_name(api, named):
    made = api.post(f"customers/{OLD}/tax_ids", type="us_ein", value="91-1234567").body

    assert made["customer"] == named
    assert api.get(f"customers/{OLD}/tax_ids").ids == [made["id"]]
    assert api.get(f"customers/{OLD}/tax_ids/{made['id']}").body["id"] == made["id"]


def test_a_parameter_takes_another_name_and_texts_stay_as_they_are(api, named):
    answer = api.post(
        "payment_intents",
        {"metadata": {"was": OLD}},
        amount=2000,
        currency="usd",
        customer=OLD,
        description=OLD,
    ).body

    assert (answer["customer"], answer["description"], answer["metadata"]) == (
        named,
        OLD,
        {"was": OLD},
    )


def test_an_action_that_calls_a_gateway_takes_other_names(api, named):
    api.post(f"customers/{named}", source="tok_visa")

    charge = api.post("charges", amount=2000, currency="usd", customer=OLD).body
    again = api.post(
        "charges",
        amount=2000,
        currency="usd",
        customer=OLD,
        headers={"Idempotency-Key": "once"},
    )
    replayed = api.post(
        "charges",
        amount=2000,
        currency="usd",
        customer=OLD,
        headers={"Idempotency-Key": "once"},
    )

    assert (charge["customer"], charge["status"]) == (named, "succeeded")
    assert again.body == replayed.body
    assert len(api.get("charges", customer=OLD).ids) == 2


def test_omise_charges_by_another_name(omise, api, named):
    api.post(f"customers/{named}", source="tok_visa")

    charge = omise.post("charges", amount=100000, currency="thb", customer=OLD_OMISE).body

    assert charge["customer"] == f"cust_test_{named.removeprefix('cus_')}"


def test_another_kind_of_object_has_other_names_too(api, named):
    method = api.post("payment_methods", type="card", card={"token": "tok_visa"}).body["id"]
    api.post(f"payment_methods/{method}/attach", customer=named)
    name(method, "pm_Former000001", PaymentMethod)

    assert api.get("payment_methods/pm_Former000001").body["id"] == method
    intent = api.post(
        "payment_intents",
        amount=2000,
        currency="usd",
        customer=OLD,
        payment_method="pm_Former000001",
        confirm=True,
        return_url="https://example.com",
    ).body
    assert (intent["payment_method"], intent["status"]) == (method, "succeeded")


def test_filters_and_searches_take_other_names(api, omise, named):
    intent = api.post("payment_intents", amount=2000, currency="usd", customer=named).body["id"]
    api.post(f"customers/{named}", source="tok_visa")
    charge = api.post("charges", amount=2000, currency="usd", customer=named).body["id"]

    assert api.get("payment_intents", customer=OLD).ids == [intent]
    assert api.get("charges/search", query=f"customer:'{OLD}'").ids == [charge]
    found = omise.get("search", scope="charge", filters={"customer_id": OLD_OMISE})
    assert [row["id"] for row in found.body["data"]] == [f"chrg_test_{charge.removeprefix('ch_')}"]


def test_a_cursor_takes_another_name(api, named):
    newer = api.post("customers").body["id"]

    assert api.get("customers", ending_before=OLD).ids == [newer]


def test_an_unknown_name_is_told_as_it_was_asked_for(api, named):
    answer = api.get("customers/cus_Unknown")
    mixed = api.post("payment_intents", amount=1, currency="usd", customer=OLD, mandate="mandate_x")

    assert (answer.status, answer.error["message"]) == (404, "No such customer: 'cus_Unknown'")
    assert mixed.status == 400


def test_a_name_of_another_kind_leads_nowhere(api, named):
    assert api.get(f"charges/{OLD}").status == 404


def test_strangers_do_not_find_the_name(named, other, keys):
    strangers = [V1Client(other[1]["sk_test"]), V1Client(keys["sk_live"])]

    assert [stranger.get(f"customers/{OLD}").status for stranger in strangers] == [404, 404]


def test_an_id_that_is_known_is_asked_for_as_before(api, site, named):
    with scoped_to(site, livemode=False):
        known = CustomerFactory().pk
    api.get(f"customers/{known}")  # what is compiled once is compiled

    with CaptureQueriesContext(connection) as queries:
        api.get(f"customers/{known}")

    assert not [query for query in queries if "customers_alias" in query["sql"]]
