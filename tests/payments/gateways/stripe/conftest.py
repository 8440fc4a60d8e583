"""What speaks Stripe's language here: localstripe, started for the module, and a second Keeptab."""

import socket
import subprocess
import sys
import time

import pytest
import requests

from payments.gateways.base import Access
from payments.gateways.stripe import StripeGateway
from tests.wire.conftest import live, other, transactional_db  # noqa: F401 -- fixtures

KEY = "sk_test_localstripe"


@pytest.fixture(scope="module")
def localstripe():
    """The address of a fresh localstripe."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def reaching(settings):
    """Make a gateway that reaches an address with a key."""

    def reach(url, key=KEY, **credentials):
        settings.OUTBOUND_ALLOW = [url.removeprefix("http://")]
        given = {"secret_key": key, "api_base": url, **credentials}
        return StripeGateway(Access("gwa_1", "acct_1", livemode=False, credentials=given))

    return reach


def card(url, number, key=KEY):
    """Make a payment method there, as the customer's browser would."""
    answer = requests.post(
        f"{url}/v1/payment_methods",
        auth=(key, ""),
        data={
            "type": "card",
            "card[number]": number,
            "card[exp_month]": "12",
            "card[exp_year]": "2034",
            "card[cvc]": "123",
        },
        timeout=10,
    )
    return answer.json()["id"]


def empty(url):
    """Let localstripe forget all that it has."""
    requests.delete(f"{url}/_config/data", timeout=10)


def _wait_for(url, server):
    for _ in range(200):
        if server.poll() is not None:
            message = "localstripe ended at its start."
            raise RuntimeError(message)
        try:
            requests.get(f"{url}/v1/balance", auth=(KEY, ""), timeout=1)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    message = "localstripe did not start."
    raise RuntimeError(message)
