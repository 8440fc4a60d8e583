"""Keys, refusals and repeated requests through the official `stripe` package, in both of its styles."""

import pytest
import stripe

from customers.kit import clock
from customers.restkit import authentication
from customers.services import api_keys
from tests.wire.sdk import plain


def test_the_same_idempotency_key_gets_the_same_answer(sdk):
    options = {"idempotency_key": "order-1"}
    first = sdk("customers.create", options=options, email="jenny@example.com")

    second = sdk("customers.create", options=options, email="jenny@example.com")

    assert plain(second) == plain(first)
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert [customer.id for customer in sdk("customers.list").data] == [first.id]


def test_an_idempotency_key_with_other_parameters_is_refused(sdk):
    options = {"idempotency_key": "order-2"}
    first = sdk("customers.create", options=options, email="jenny@example.com")

    with pytest.raises(stripe.IdempotencyError) as refusal:
        sdk("customers.create", options=options, email="lee@example.com")

    assert refusal.value.http_status == 400
    assert [customer.id for customer in sdk("customers.list").data] == [first.id]


def test_every_answer_has_a_request_id_and_the_version(sdk):
    customer = sdk("customers.create")

    response = customer.last_response
    assert response.request_id.startswith("req_")
    assert response.code == 200
    assert response.headers["stripe-version"] == "2026-10-28.endive"
    assert response.headers["content-type"] == "application/json"


def test_another_version_is_accepted(sdk):
    options = {"stripe_version": "2026-08-26.dahlia"}
    customer = sdk("customers.create", options=options)

    assert customer.last_response.headers["stripe-version"] == "2026-10-28.endive"


def test_an_unknown_key_is_an_authentication_error(style, live):
    sdk = style(live, "sk_test_" + "0" * 38)

    with pytest.raises(stripe.AuthenticationError) as refusal:
        sdk("customers.list")

    assert refusal.value.http_status == 401
    assert "Invalid API Key provided: sk_test_" in str(refusal.value)
    assert refusal.value.request_id.startswith("req_")


def test_a_key_without_the_permission_is_a_permission_error(style, live, site):
    _, text = api_keys.issue(
        site,
        livemode=False,
        kind="restricted",
        permissions={"customers": "read"},
        at=clock.now(),
    )
    sdk = style(live, text)

    assert sdk("customers.list").data == []
    with pytest.raises(stripe.PermissionError) as refusal:
        sdk("customers.create", name="Nobody")
    assert refusal.value.http_status == 403
    assert sdk("customers.list").data == []


@pytest.mark.parametrize(
    ("params", "status", "code", "param"),
    [
        pytest.param({"colour": "red"}, 400, "parameter_unknown", "colour", id="unknown"),
        pytest.param({"address": {"planet": "Mars"}}, 400, "parameter_unknown", "address[planet]", id="nested"),
        pytest.param({"email": "nobody"}, 400, "email_invalid", "email", id="email"),
        pytest.param({"balance": "many"}, 400, "parameter_invalid_integer", "balance", id="integer"),
        pytest.param({"coupon": "welcome"}, 404, "resource_missing", "coupon", id="coupon"),
        pytest.param({"tax_id_data": [{"type": "eu_vat", "value": "x!"}]}, 400, "tax_id_invalid",
                     "tax_id_data[0][value]", id="tax-id"),
        pytest.param({"tax": {"validate_location": "immediately"}}, 400, "customer_tax_location_invalid",
                     "address[country]", id="tax-location"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_an_invalid_request_error(sdk, params, status, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sdk("customers.create", **params)

    error = refusal.value
    assert (error.http_status, error.code, error.param) == (status, code, param)
    assert error.request_id.startswith("req_")
    assert error.error.doc_url.endswith(code.replace("_", "-"))
    assert sdk("customers.list").data == []


def test_an_unknown_customer_is_an_invalid_request_error(sdk):
    with pytest.raises(
        stripe.InvalidRequestError, match="No such customer: 'cus_missing'"
    ) as refusal:
        sdk("customers.retrieve", "cus_missing")

    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    assert refusal.value.param == "id"


def test_too_many_requests_are_a_rate_limit_error(style, live, keys, settings):
    settings.API_RATE_LIMIT = 2
    settings.API_KEY_CACHE_SECONDS = 60
    stripe.max_network_retries = 0
    authentication.forget()
    sdk = style(live, keys["sk_test"])

    def ask_often():
        for _ in range(20):
            sdk("customers.list")

    with pytest.raises(stripe.RateLimitError) as refusal:
        ask_often()

    assert (refusal.value.http_status, refusal.value.error.code) == (429, "rate_limit")
    assert refusal.value.headers["retry-after"] == "1"


def test_live_and_test_customers_are_apart(style, live, keys):
    test_sdk = style(live, keys["sk_test"])
    made = test_sdk("customers.create", email="jenny@example.com")
    live_sdk = style(live, keys["sk_live"])

    assert live_sdk("customers.list").data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        live_sdk("customers.retrieve", made.id)
    real = live_sdk("customers.create", email="jenny@example.com")
    assert (real.livemode, made.livemode) == (True, False)


def test_another_sites_customer_is_not_there(style, live, keys, other):
    made = style(live, keys["sk_test"])("customers.create")
    sdk = style(live, other[1]["sk_test"])

    for operation in ("customers.retrieve", "customers.update", "customers.delete"):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refusal:
            sdk(operation, made.id)
        assert refusal.value.http_status == 404


def test_the_own_account_may_be_named(sdk, site, other):
    mine = {"stripe_account": site.pk}
    theirs = {"stripe_account": other[0].pk}

    assert sdk("customers.list", options=mine).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such account"):
        sdk("customers.list", options=theirs)
