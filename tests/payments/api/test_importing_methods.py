"""`import_payment_methods` on a new customer (rule P8), against localstripe, over real HTTP."""

import pytest
import stripe

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Customer
from payments.models import PaymentMethod
from payments.services import gateway_accounts
from tests.payments.gateways.stripe.conftest import KEY, card, empty, localstripe  # noqa: F401 -- a fixture
from tests.wire.conftest import live, made, transactional_db  # noqa: F401 -- fixtures


@pytest.fixture
def away(localstripe, settings):  # noqa: F811 -- a fixture
    settings.OUTBOUND_ALLOW = [localstripe.removeprefix("http://")]
    empty(localstripe)
    return stripe.StripeClient(KEY, base_addresses={"api": localstripe}).v1


@pytest.fixture
def sdk(live, made):  # noqa: F811 -- fixtures
    return stripe.StripeClient(made[1]["sk_test"], base_addresses={"api": live}).v1


@pytest.fixture
def here(made):  # noqa: F811 -- a fixture
    with scoped_to(made[0], livemode=False):
        yield made[0]


@pytest.fixture
def gateway(here, away, localstripe):  # noqa: F811 -- a fixture
    """The account at localstripe as the site's gateway."""
    credentials = {"secret_key": KEY, "api_base": localstripe}
    return gateway_accounts.choose("stripe", credentials, at=clock.now())


@pytest.fixture
def payer(away, localstripe):  # noqa: F811 -- a fixture
    """A customer at localstripe with two cards, the second one being the default: all their ids."""
    customer = away.customers.create({"email": "ada@example.com"})
    cards = [card(localstripe, number) for number in ("4242424242424242", "5555555555554444")]
    for method in cards:
        away.payment_methods.attach(method, {"customer": customer.id})
    chosen = {"invoice_settings": {"default_payment_method": cards[1]}}
    away.customers.update(customer.id, chosen)
    return customer.id, cards


def importing(whose, **more):
    return {"import_payment_methods": True, "payment_gateway_id": whose, **more}


def test_new_customer_brings_methods_from_stripe(sdk, gateway, payer):
    whose, cards = payer

    customer = sdk.customers.create(importing(whose, email="ada@example.com"))

    listed = sdk.customers.payment_methods.list(customer.id).data
    assert customer.invoice_settings.default_payment_method == cards[1]
    assert sorted(method.id for method in listed) == sorted(cards)
    kept = PaymentMethod.objects.filter(customer_id=customer.id)
    assert set(kept.values_list("gateway_customer_reference", flat=True)) == {whose}


def test_imported_method_is_charged_at_the_gateway(sdk, gateway, payer, away):
    whose, cards = payer
    customer = sdk.customers.create(importing(whose))

    paid = sdk.payment_intents.create(
        {
            "amount": 700, "currency": "eur", "customer": customer.id, "payment_method": cards[0],
            "confirm": True, "off_session": True,
        }
    )  # fmt: skip

    there = away.payment_intents.list({}).data
    assert paid.status == "succeeded"
    assert [(intent.amount, intent.status) for intent in there] == [(700, "succeeded")]


def test_same_request_again_finds_the_same_customer(sdk, gateway, payer):
    whose, _cards = payer
    options = {"idempotency_key": "import-ada"}

    first = sdk.customers.create(importing(whose), options)
    second = sdk.customers.create(importing(whose), options)

    assert first.id == second.id
    assert Customer.objects.count() == 1


def test_customer_without_methods_comes_without(sdk, gateway, away):
    there = away.customers.create({"email": "ada@example.com"})

    customer = sdk.customers.create(importing(there.id))

    assert customer.invoice_settings.default_payment_method is None
    assert not PaymentMethod.objects.exists()


def test_methods_of_another_customer_are_refused(sdk, gateway, payer):
    whose, _cards = payer
    sdk.customers.create(importing(whose))

    with pytest.raises(stripe.InvalidRequestError, match="another customer's here"):
        sdk.customers.create(importing(whose))

    assert Customer.objects.count() == 1


def test_another_gateway_is_refused(sdk, here):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.customers.create(importing("cus_somebody"))

    assert (refusal.value.param, refusal.value.code) == (
        "import_payment_methods", "gateway_missing",
    )  # fmt: skip
    assert not Customer.objects.exists()


def test_unknown_customer_is_refused(sdk, gateway):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.customers.create(importing("cus_nobody"))

    assert (refusal.value.param, refusal.value.code) == ("payment_gateway_id", "resource_missing")
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("params", "missing"),
    [
        pytest.param({"import_payment_methods": True}, "payment_gateway_id", id="whose"),
        pytest.param({"payment_gateway_id": "cus_a"}, "import_payment_methods", id="that"),
        pytest.param(
            {"payment_gateway_id": "cus_a", "import_payment_methods": False},
            "import_payment_methods",
            id="not_that",
        ),
    ],
)
def test_one_without_the_other_is_refused(sdk, here, params, missing):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk.customers.create(params)

    assert (refusal.value.param, refusal.value.code) == (missing, "parameter_missing")
    assert not Customer.objects.exists()


def test_token_beside_it_is_refused(sdk, gateway, payer):
    whose, _cards = payer

    with pytest.raises(stripe.InvalidRequestError, match="source, payment_gateway_id"):
        sdk.customers.create(importing(whose, source="tok_visa"))

    assert not Customer.objects.exists()
