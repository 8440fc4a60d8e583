"""What people type as the number of their card or account reaches the vault, and after that it is nowhere."""

import json
from functools import partial
from http.client import HTTPConnection

import pytest
import stripe
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.kit.tenancy import scoped_to
from customers.models import IdempotencyRecord
from tests import hidden_numbers

pytestmark = pytest.mark.server
CODE, OTHER_CODE = hidden_numbers.SECURITY_CODES
AMEX = {"number": "378282246310005", "exp_month": 8, "exp_year": 2031, "cvc": CODE}
VISA = "4242 4242 4242 4242"
IBAN = "DE89 3704 0044 0532 0130 00"
ACH = {"type": "us_bank_account", "billing_details": {"name": "Jenny Rosen"}}
ACCOUNT = {
    "account_number": "000123456789",
    "routing_number": "110000000",
    "account_holder_type": "individual",
}


@pytest.fixture
def v1(production, keys):
    client = stripe.StripeClient(
        keys["sk_test"], base_addresses={"api": production}, max_network_retries=0
    )
    return client.v1


@pytest.fixture
def send(production, keys):
    """A function that posts a body as it is, and returns the status."""

    def post(path, body, *, kind="application/json", **headers):
        link = HTTPConnection(production.removeprefix("http://"), timeout=30)
        standing = {"Authorization": f"Bearer {keys['sk_test']}", "Content-Type": kind}
        link.request("POST", path, body, {**standing, **headers})
        status = link.getresponse().status
        link.close()
        return status

    return post


def refused(call, *args, **options):
    with pytest.raises(stripe.StripeError) as error:
        call(*args, **options)
    return error.value.http_status


@pytest.fixture
def typed(v1, send, site):
    """Every way in which numbers come to us: taken, declined, refused, misplaced, broken; returns the statuses."""
    key = {"Idempotency-Key": "typed-1"}
    customer = v1.customers.create({"name": "Jenny Rosen"})
    token = v1.tokens.create({"card": AMEX}, {"idempotency_key": "token-1"})
    method = {"type": "card", "card": {**AMEX, "number": "4000 0000 0000 0341", "cvc": "826"}}
    declining = v1.payment_methods.create(method, {"idempotency_key": "method-1"})
    v1.charges.create({"amount": 500, "currency": "usd", "source": token.id})
    v1.payment_methods.attach(declining.id, {"customer": customer.id})
    v1.payment_methods.create({**ACH, "us_bank_account": ACCOUNT}, {"idempotency_key": "ach-1"})
    v1.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": IBAN}})
    pays = {"amount": 500, "currency": "usd", "customer": customer.id, "confirm": True}
    card = partial(dict, AMEX)
    tokens, charges = v1.tokens.create, v1.charges.create
    return [
        refused(charges, {"amount": 500, "currency": "usd", "customer": customer.id, "source": declining.id}),
        refused(v1.payment_intents.create, {**pays, "payment_method": declining.id}),
        refused(tokens, {"card": card(number="4242424242424241")}),
        refused(tokens, {"card": card(exp_month=13)}, {"idempotency_key": "token-2"}),
        refused(tokens, {"card": card(cvc=f"{OTHER_CODE}1")}),
        refused(tokens, {"card": card(number="4000-0000-0000-0127", unknown="1")}),
        refused(charges, {"amount": 500, "currency": "usd", "source": VISA}),
        refused(charges, {"amount": 500, "currency": "usd", "source": "tok_visa", "description": VISA}),
        refused(charges, {"amount": 500, "currency": "usd", "source": "tok_chargeDeclined"}),
        refused(v1.customers.create, {"name": VISA}, {"idempotency_key": "4242424242424242"}),
        refused(v1.customers.create, {"metadata": {"4000056655665556": CODE}}),
        send("/v1/tokens", json.dumps({"card": {**AMEX, "name": "\ud800"}}), **key),
        send("/v1/tokens", json.dumps({"card": AMEX})[:-4]),
        send("/v1/tokens", f"card[number]={VISA}&card[cvc]={CODE}", kind="text/plain"),
        send("/v1/tokens?card[number]=4242424242424242", json.dumps({"card": AMEX})),
        send("/v1/customers/4242424242424242", "{}"),
        send("/v1/4242424242424242", "{}"),
        refused(v1.payment_methods.create, {**ACH, "us_bank_account": {**ACCOUNT, "routing_number": "110000001"}}),
        refused(v1.payment_methods.create, {"type": "sepa_debit", "sepa_debit": {"iban": IBAN[:-1]}}),
        refused(v1.customers.create, {"email": IBAN}),
        send(f"/webhooks/sandbox/{site.pk}", json.dumps(AMEX)),
        send("/sandbox/visit_4242424242424242", f"number={VISA}&cvc={CODE}"),
    ]  # fmt: skip


def test_a_number_is_nowhere_once_it_was_typed(typed, site, server_log):
    with connection.cursor() as cursor:
        kept = hidden_numbers.in_database(cursor)

    answered = {400, 402, 403, 404}
    assert [(number, said) for number, said in enumerate(typed) if said not in answered] == []
    assert kept == []
    assert hidden_numbers.in_files(server_log) == []
    assert ProcrastinateJob.objects.filter(args__contains={"number": AMEX["number"]}).count() == 0
    with scoped_to(site, livemode=False):
        records = IdempotencyRecord.objects.filter(site=site).values_list("key", flat=True)
        assert {"token-1", "method-1"} <= set(records)
