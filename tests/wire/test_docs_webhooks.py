"""The documentation's functions that check signatures: they take what is really sent, and nothing else."""

import json
import os
import subprocess

import pytest
import standardwebhooks
import stripe
from django.utils.datastructures import CaseInsensitiveMapping

from config.documentation import contents, fences
from tests.wire import node_flows
from tests.wire.test_webhook_signatures import sent

__all__ = ["sent"]
EXAMPLES = list(fences.of(contents.pages()["webhooks"]))


def function(language, *words):
    """Return the example that defines a function, by words of it."""
    (text,) = (
        fence.text
        for fence in EXAMPLES
        if fence.language == language and all(word in fence.text for word in words)
    )
    return text


def defined(text, name, **known):
    """Run an example, and return the function that it defines."""
    namespace = {"stripe": stripe, **known}
    exec(text, namespace)
    return namespace[name]


def headers_of(request):
    return CaseInsensitiveMapping(request.headers)  # as every framework has them


def test_stripes_spelling_in_python(sent):
    request, secrets = sent("stripe")

    for secret in secrets:
        event_of = defined(function("python", "Stripe-Signature"), "event_of", SECRET=secret)
        assert event_of(request.body, headers_of(request)).type == "customer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        event_of(request.body + b" ", headers_of(request))


@pytest.mark.parametrize(
    ("spelling", "header", "time"),
    [
        ("omise", "Omise-Signature", "Omise-Signature-Timestamp"),
        ("revkeen", "X-Revkeen-Signature", "X-Revkeen-Timestamp"),
    ],
)
def test_other_spellings_in_python(sent, monkeypatch, spelling, header, time):
    request, secrets = sent(spelling)
    headers = headers_of(request)
    is_ours = defined(function("python", f'headers["{header}"]'), "is_ours")

    assert [is_ours(request.body, headers, secret) for secret in secrets] == [True, True]
    assert is_ours(request.body + b" ", headers, secrets[0]) is False
    assert is_ours(request.body, headers, secrets[0][::-1]) is False
    monkeypatch.setattr("time.time", lambda: int(headers[time]) + 301)
    assert is_ours(request.body, headers, secrets[0]) is False


@pytest.mark.parametrize("spelling", ["stripe", "omise"])
def test_standard_webhooks(sent, spelling):
    request, secrets = sent(spelling)
    event_of = defined(function("python", "standardwebhooks"), "event_of")

    for secret in secrets:
        event = event_of(request.body, headers_of(request), secret)
        assert event == json.loads(request.body)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        event_of(request.body + b" ", headers_of(request), secrets[0])


_NODE = """
import Stripe from "stripe";
const stripe = new Stripe("sk_test_none");
const { BODY, HEADERS, SECRET } = process.env;
const headers = JSON.parse(HEADERS);
"""
_CALL = """
const said = (body) => { try { return eventOf(body, headers, SECRET).type; } catch { return "refused"; } };
console.log(JSON.stringify([said(BODY), said(BODY + " ")]));
"""


@pytest.mark.node
@pytest.mark.usefixtures("_node_ready")
@pytest.mark.parametrize(("spelling", "word"), [("stripe", "stripe-signature"), ("revkeen", "sdk")])
def test_in_node(sent, spelling, word, tmp_path):
    request, secrets = sent(spelling)
    module = node_flows.FLOWS / f"{tmp_path.name}.mjs"
    module.write_text(_NODE + function("javascript", "eventOf", word) + _CALL)
    told = {"BODY": request.body.decode(), "HEADERS": json.dumps(dict(request.headers))}

    try:
        said = [
            subprocess.run(
                ["node", module],
                env={**told, "SECRET": secret, "PATH": os.environ["PATH"]},
                capture_output=True, text=True, timeout=60, check=True,
            ).stdout
            for secret in secrets
        ]  # fmt: skip
    finally:
        module.unlink()

    assert [json.loads(one) for one in said] == [["customer.created", "refused"]] * 2
