"""Our objects beside recorded official ones: the same members, of the same types.

`examples/customer_of_documentation.json` is the sample of Stripe's documentation, the others are Stripe's fixtures.
"""

import json
from pathlib import Path

import pytest
import stripe

from customers.api.v1.balance_transactions import BalanceTransactionCreate, BalanceTransactionUpdate
from customers.api.v1.customers import CashBalanceHash, CustomerCreate, CustomerUpdate
from customers.api.v1.tax_ids import TaxIdCreate
from tests.v1_routes import seed

EXAMPLES = Path(__file__).parent / "examples"
POSTAL = {"city": "Bangkok", "line1": "1 Sukhumvit Road", "country": "TH"}
FREE = {"available", "data.object", "discount", "metadata", "shipping"}  # differ by nature
ONLY_IN_THEIRS = {  # of an account: what belongs to acquiring and to connected accounts
    "business_profile.annual_revenue",
    "business_profile.estimated_worker_count",
    "business_profile.minority_owned_business_designation",
    "capabilities",
    "controller",
    "external_accounts",
    "future_requirements",
    "requirements",
    "settings.bacs_debit_payments",
    "settings.card_issuing",
    "settings.card_payments",
    "settings.invoices",
    "settings.payments.statement_descriptor_kana",
    "settings.payments.statement_descriptor_kanji",
    "settings.payments.statement_descriptor_prefix_kana",
    "settings.payments.statement_descriptor_prefix_kanji",
    "settings.payouts",
    "settings.sepa_debit_payments",
    "tos_acceptance",
}


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def shape(value, path=""):
    """Spell an object's members and their types; a null has any type, and hashes of free content none."""
    if path in FREE:
        return "free"
    if isinstance(value, dict):
        return {
            name: shape(inner, f"{path}.{name}" if path else name) for name, inner in value.items()
        }
    return type(value).__name__


def differences(ours, theirs, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = {
            f"{path}{name}": "only in ours" if name in ours else "only in theirs"
            for name in ours.keys() ^ theirs.keys()
        }
        for name in ours.keys() & theirs.keys():
            found |= differences(ours[name], theirs[name], f"{path}{name}.")
        return found
    if ours == theirs or "NoneType" in (ours, theirs):
        return {}
    return {path.rstrip("."): f"{ours} is not {theirs}"}


@pytest.fixture
def customer(api):
    return api.post("customers", address=POSTAL, invoice_settings={"footer": "Thanks"}).body


def test_a_customer_has_the_documented_sample_s_22_members(api):
    body = api.post("customers", email="jennyrosen@example.com", name="Jenny Rosen").body
    sample = example("customer_of_documentation")

    volatile = ("id", "created", "invoice_prefix")
    assert len(sample) == 22
    assert {**body, **dict.fromkeys(volatile)} == {
        **sample,
        **dict.fromkeys(volatile),
    }
    assert [type(body[name]) for name in volatile] == [type(sample[name]) for name in volatile]


def test_a_customer(customer):
    assert differences(shape(customer), shape(example("customer"))) == {}


def test_a_tax_id(api, customer):
    path = f"customers/{customer['id']}/tax_ids"
    body = api.post(path, type="eu_vat", value="DE123456788").body

    assert differences(shape(body), shape(example("tax_id"))) == {}


def test_a_balance_transaction(api, customer):
    path = f"customers/{customer['id']}/balance_transactions"
    body = api.post(path, amount=-500, currency="usd").body

    theirs = example("customer_balance_transaction")
    assert differences(shape(body), shape(theirs)) == {}


def test_a_cash_balance(api, customer):
    body = api.get(f"customers/{customer['id']}/cash_balance").body

    assert differences(shape(body), shape(example("cash_balance"))) == {}


def test_an_event(api, customer):
    (event,) = api.get("events", type="customer.created").body["data"]

    # Stripe says in no member in which order events happened.
    assert differences(shape(event), shape(example("event"))) == {"sequence": "only in ours"}


@pytest.mark.parametrize("kind", ["customer", "tax_id"])
def test_a_deleted_object(api, customer, kind):
    path = f"customers/{customer['id']}"
    tax_id = api.post(f"{path}/tax_ids", type="eu_vat", value="DE136695976").body
    paths = {"customer": path, "tax_id": f"{path}/tax_ids/{tax_id['id']}"}

    body = api.delete(paths[kind]).body

    theirs = example(f"deleted_{kind}")
    assert {**body, "id": None} == {**theirs, "id": None}


def test_an_account_says_nothing_that_stripes_does_not(api):
    body = api.get("account").body

    found = differences(shape(body), shape(example("account")))
    assert found == dict.fromkeys(ONLY_IN_THEIRS, "only in theirs")


# -- beside the types of the official package --------------------------------------------------------------------------

OPTIONAL = {
    "OBJECT_NAME",
    "account",
    "context",
    "customer_account",
    "deleted",
}  # of Connect, of other states, of Python
OPTIONS = {
    "api_key", "content_type", "headers", "idempotency_key", "max_network_retries", "stripe_account", "stripe_context",
    "stripe_version",
}  # fmt: skip
LATER = {"validate"}
INCLUDED = ["cash_balance", "invoice_credit_balance", "sources", "subscriptions", "tax", "tax_ids"]


def members(typed):
    return {name for name in typed.__annotations__ if not name.startswith("_")} - OPTIONAL


@pytest.fixture
def things(api):
    """One object of each type, by the type's name, with everything that it can show."""
    ids = seed(api)
    path = f"customers/{ids['customer']}"
    return {
        "CashBalance": api.get(f"{path}/cash_balance"),
        "Customer": api.get(path, expand=INCLUDED),
        "CustomerBalanceTransaction": api.get(
            f"{path}/balance_transactions/{ids['customer_balance_transaction']}"
        ),
        "Event": api.get(f"events/{ids['event']}"),
        "TaxId": api.get(f"{path}/tax_ids/{ids['tax_id']}"),
    }


def test_objects_have_every_member_of_the_package_s_types(things):
    missing = {
        name: members(getattr(stripe, name)) - set(thing.body) for name, thing in things.items()
    }

    assert missing == {name: set() for name in things}


@pytest.mark.parametrize(
    ("typed", "ours"),
    [
        (stripe.params.CustomerCreateParams, CustomerCreate),
        (stripe.params.CustomerModifyParams, CustomerUpdate),
        (stripe.params.CustomerCreateTaxIdParams, TaxIdCreate),
        (stripe.params.CustomerCreateBalanceTransactionParams, BalanceTransactionCreate),
        (stripe.params.CustomerModifyBalanceTransactionParams, BalanceTransactionUpdate),
        (stripe.params.CustomerModifyCashBalanceParams, CashBalanceHash),
    ],
    ids=lambda each: each.__name__,
)
def test_every_parameter_of_the_package_s_types_is_read(typed, ours):
    theirs = set(typed.__annotations__) - OPTIONS - {"expand"}

    assert theirs - set(ours._declared_fields) <= LATER
    assert (set(ours._declared_fields) & LATER) == set()
