"""What endpoints are sent passes the official libraries' own checks, and nothing else does."""

import base64
import hashlib
import hmac
import json
from threading import Thread

import pytest
import standardwebhooks
import stripe
from django.db import connection

from customers.events.sender import Sender
from customers.events.services import webhook_endpoints
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from tests.receiver import Receiver
from tests.v1_client import V1Client
from tests.wire import node_flows


@pytest.fixture
def sent(made):
    """Sends an event to a receiver, and returns its request and the secrets that sign: before and after a rotation."""
    site, keys = made
    sender = Sender()

    def work():
        try:
            sender.run()
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()

    def send(spelling):
        with Receiver() as there:
            with scoped_to(site, livemode=False):
                endpoint, old = webhook_endpoints.create(
                    url=there.url, enabled_events=["*"], spelling=spelling, at=clock.now()
                )
                _, new = webhook_endpoints.rotate_secret(endpoint, at=clock.now())
            V1Client(keys["sk_test"]).post("customers", name="Jenny Rosen ✓")
            (request,) = there.wait_for(1)
        return request, [old, new]

    yield send
    sender.stop()
    thread.join()


def test_stripe_in_python(sent):
    request, secrets = sent("stripe")
    signature = request.headers["stripe-signature"]

    for secret in secrets:
        event = stripe.Webhook.construct_event(request.body, signature, secret)
        assert (event.type, event.data.object.name) == ("customer.created", "Jenny Rosen ✓")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(request.body + b" ", signature, secrets[0])
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(request.body, signature, "whsec_other")


@pytest.mark.parametrize("spelling", ["stripe", "omise"])
def test_standard_webhooks(sent, spelling):
    request, secrets = sent(spelling)

    for secret in secrets:
        verifier = standardwebhooks.Webhook(secret)
        assert verifier.verify(request.body, request.headers) == json.loads(request.body)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verifier.verify(request.body + b" ", request.headers)


def test_omise(sent):
    request, secrets = sent("omise")

    signed = request.headers["omise-signature-timestamp"].encode() + b"." + request.body
    keys = [base64.b64decode(secret, validate=True) for secret in reversed(secrets)]
    assert request.headers["omise-signature"].split(",") == [
        hmac.new(key, signed, hashlib.sha256).hexdigest() for key in keys
    ]
    assert json.loads(request.body)["key"] == "customer.create"


@pytest.mark.node
@pytest.mark.usefixtures("_node_ready")
@pytest.mark.parametrize(
    ("spelling", "error"),
    [("stripe", "StripeSignatureVerificationError"), ("revkeen", "WebhookSignatureVerificationError")],
)  # fmt: skip
def test_in_node(sent, spelling, error):
    request, secrets = sent(spelling)
    known = {
        "BODY": request.body.decode(),
        "HEADERS": json.dumps(request.headers),
        "SPELLING": spelling,
    }

    for secret in secrets:
        said = node_flows.run("signatures", SECRET=secret, **known)
        assert said == {"whole": "customer.created", "altered": error}


def test_revkeens_headers(sent, made):
    request, _secrets = sent("revkeen")
    event = json.loads(request.body)

    headers = request.headers
    assert (headers["x-revkeen-event-id"], headers["x-revkeen-version"]) == (
        event["id"],
        event["api_version"],
    )
    assert (headers["x-revkeen-account"], headers["x-rk-signature"]) == (
        made[0].pk,
        headers["x-revkeen-signature"],
    )
