"""One Keeptab whose money goes through another one's account: from its own API to the other's book, and back."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import timedelta

import orjson
import pytest
import requests
from django.test import Client

from customers.kit import clock, ids
from customers.kit.tenancy import scoped_to
from payments.gateways.omise import client as omise_client
from payments.models import Operation
from payments.services import (
    gateway_accounts,
    notifications,
    payment_methods,
    reconciling,
    sandbox,
)
from tests.omise_client import OmiseClient
from tests.v1_client import V1Client
from tests.wire.conftest import made

__all__ = ["made"]
MONEY = {"amount": 100_000, "currency": "thb"}
SHOP = "https://shop.example.com/back?order=7"
SECRET = base64.b64encode(b"whsec").decode()


@pytest.fixture
def chosen(site, credentials, live, settings):
    """The site's account at the other Keeptab, which takes its money from now on."""
    settings.PUBLIC_URL = live
    with scoped_to(site, livemode=False):
        yield gateway_accounts.choose(
            "omise", {**credentials, "webhook_secret": SECRET}, at=clock.now()
        )


@pytest.fixture
def shop(chosen, keys):
    """The merchant's server."""
    return OmiseClient(keys["skey_test"])


@pytest.fixture
def theirs(other):
    """The merchant's account at the other Keeptab."""
    return OmiseClient(other[1]["skey_test"])


@pytest.fixture
def token(other):
    """Make a token, as the customer's browser does, in the other Keeptab's vault."""

    def make(number="4242424242424242"):
        card = {
            "name": "Ada Whitfield", "number": number, "expiration_month": 12, "expiration_year": 2034,
            "security_code": "123",
        }  # fmt: skip
        return OmiseClient(other[1]["pkey_test"]).post("tokens", card=card).body["id"]

    return make


@pytest.fixture
def ada(shop, token):
    """A customer with a card."""
    answer = shop.post("customers", email="ada@example.com", card=token())
    assert answer.status == 200, answer.body
    return answer.body


@pytest.fixture
def lose(monkeypatch):
    """Let the next answer to a POST to a path get lost."""
    real, endings = requests.request, []

    def send(method, url, **options):
        answer = real(method, url, **options)
        if endings and method == "post" and url.endswith(endings[0]):
            endings.pop()
            raise requests.ReadTimeout
        return answer

    monkeypatch.setattr(omise_client.requests, "request", send)
    return endings.append


def of(theirs, charge):
    """Return what the other Keeptab has of a charge of ours."""
    ours = f"ch_{charge['id'].removeprefix('chrg_test_')}"
    (found,) = [
        each for each in theirs.get("charges").body["data"] if each["metadata"] == {"charge_ref": ours}
    ]  # fmt: skip
    return found


def test_a_site_is_set_up_with_a_key(chosen, other):
    assert chosen.name.endswith(f"(account_test_{other[0].pk.removeprefix('acct_')})")


def test_a_saved_card_is_charged_and_given_back(shop, theirs, ada):
    (card,) = ada["cards"]["data"]
    charge = shop.post("charges", MONEY, customer=ada["id"], description="Two tickets").body
    refund = shop.post(f"charges/{charge['id']}/refunds", amount=40_000).body

    there = of(theirs, charge)
    assert (card["last_digits"], card["brand"], card["security_code_check"]) == (
        "4242",
        "Visa",
        True,
    )
    assert (charge["status"], charge["card"]["last_digits"], charge["fee"]) == (
        "successful", "4242", there["fee"],
    )  # fmt: skip
    assert (refund["status"], refund["amount"]) == ("closed", 40_000)
    assert (there["status"], there["amount"], there["refunded_amount"]) == (
        "successful", 100_000, 40_000,
    )  # fmt: skip
    assert (there["description"], there["customer"][:10]) == ("Two tickets", "cust_test_")


def test_a_token_is_charged_once(shop, theirs, token):
    pk = token()
    charge = shop.post("charges", MONEY, card=pk).body
    again = shop.post("charges", MONEY, card=pk)

    assert (charge["status"], charge["card"]["last_digits"]) == ("successful", "4242")
    assert of(theirs, charge)["customer"] is None
    assert (again.status, again.body["code"]) == (400, "used_token")
    assert theirs.get("charges").body["total"] == 1


def test_v1_takes_the_vaults_tokens_too(keys, chosen, theirs, token):
    api = V1Client(keys["sk_test"])

    charge = api.post("charges", **MONEY, source=token()).body

    assert (charge["status"], charge["paid"]) == ("succeeded", True)
    assert theirs.get("charges").body["total"] == 1


def test_a_card_of_the_other_account_is_one_method(chosen, theirs, token):
    card = theirs.post("customers", card=token()).body["default_card"]

    first, again = (payment_methods.resolve(card, at=clock.now()) for _ in range(2))

    assert (again.pk, again.gateway_reference) == (first.pk, card)


def test_a_decline_says_why(shop, theirs, token):
    customer = shop.post("customers", card=token("4111111111130012")).body["id"]

    charge = shop.post("charges", MONEY, customer=customer).body

    there = of(theirs, charge)
    assert charge["failure_code"] == there["failure_code"] == "stolen_or_lost_card"


def test_a_hold_is_captured_in_part(shop, theirs, ada):
    held = shop.post("charges", MONEY, customer=ada["id"], capture=False).body
    taken = shop.post(f"charges/{held['id']}/capture", capture_amount=60_000).body

    there = of(theirs, held)
    assert (held["status"], held["capturable"]) == ("pending", True)
    assert (taken["status"], taken["captured_amount"], taken["fee"]) == (
        "successful", 60_000, there["fee"],
    )  # fmt: skip
    assert (there["status"], there["captured_amount"]) == ("successful", 60_000)


def test_a_hold_is_reversed(shop, theirs, ada):
    held = shop.post("charges", MONEY, customer=ada["id"], capture=False).body

    released = shop.post(f"charges/{held['id']}/reverse").body

    assert released["status"] == of(theirs, held)["status"] == "reversed"


@pytest.mark.parametrize(
    ("choice", "status"), [("complete", "successful"), ("fail", "failed")]
)  # fmt: skip
def test_the_customer_goes_to_their_bank_and_comes_back(shop, theirs, token, live, choice, status):
    waiting = shop.post("charges", MONEY, card=token("4000000000003220"), return_uri=SHOP).body

    came_back_to = _visit(live, waiting["authorize_uri"], choice)

    charge = shop.get(f"charges/{waiting['id']}").body
    assert (waiting["status"], came_back_to) == ("pending", SHOP)
    assert charge["status"] == of(theirs, waiting)["status"] == status


def test_a_waiting_charge_is_called_off(shop, theirs, token):
    waiting = shop.post("charges", MONEY, card=token("4000000000003220"), return_uri=SHOP).body

    over = shop.post(f"charges/{waiting['id']}/expire").body

    assert over["status"] == of(theirs, waiting)["status"] == "expired"


def test_a_charge_whose_answer_was_lost_is_found_out(shop, theirs, ada, site, lose):
    lose("/charges")

    charge = shop.post("charges", MONEY, customer=ada["id"]).body
    _reconcile(site)

    assert charge["status"] == "pending"
    assert shop.get(f"charges/{charge['id']}").body["status"] == "successful"
    assert theirs.get("charges").body["total"] == 1


@pytest.mark.parametrize(("verb", "status"), [("capture", "successful"), ("reverse", "reversed")])
def test_an_act_whose_answer_was_lost_is_found_out(shop, ada, site, lose, verb, status):
    held = shop.post("charges", MONEY, customer=ada["id"], capture=False).body
    lose(f"/{verb}")

    unknown = shop.post(f"charges/{held['id']}/{verb}").body
    _reconcile(site)

    assert (unknown["status"], unknown["capturable"]) == ("pending", True)
    assert shop.get(f"charges/{held['id']}").body["status"] == status


def test_a_refund_whose_answer_was_lost_is_found_out(shop, theirs, ada, site, lose):
    charge = shop.post("charges", MONEY, customer=ada["id"]).body
    lose("/refunds")

    refund = shop.post(f"charges/{charge['id']}/refunds", amount=40_000).body
    _reconcile(site)

    path = f"charges/{charge['id']}/refunds/{refund['id']}"
    assert (refund["status"], shop.get(path).body["status"]) == ("pending", "closed")
    assert of(theirs, charge)["refunded_amount"] == 40_000


def test_what_the_other_is_slow_to_know_is_known_in_the_end(shop, theirs, ada, site, other):
    with (
        scoped_to(other[0], livemode=False),
        sandbox.faults("timeout_after", act="authorize", times=1),
    ):
        charge = shop.post("charges", MONEY, customer=ada["id"]).body
    there = of(theirs, charge)

    _reconcile(other[0])
    _reconcile(site)

    assert (charge["status"], there["status"], there["authorize_uri"]) == (
        "pending",
        "pending",
        None,
    )
    assert shop.get(f"charges/{charge['id']}").body["status"] == "successful"


def test_a_signed_notification_settles_a_charge(shop, theirs, token, live, site):
    waiting = shop.post("charges", MONEY, card=token("4000000000003220"), return_uri=SHOP).body
    sandbox.complete(waiting["authorize_uri"].rpartition("/")[2])
    _deliver()

    answer = _notify(site, of(theirs, waiting))
    notifications.work_off_due(at=clock.now())

    assert answer.status_code == 200
    assert shop.get(f"charges/{waiting['id']}").body["status"] == "successful"


def test_the_books_agree(shop, ada, chosen):
    shop.post("charges", MONEY, customer=ada["id"])

    assert reconciling.compare(chosen, since=clock.now() - timedelta(hours=1), at=clock.now()) == 0


def test_what_only_the_other_knows_is_found_in_its_books(shop, theirs, token, chosen):
    pk = ids.new("ch")
    theirs.post("charges", MONEY, card=token(), metadata={"charge_ref": pk})

    found = reconciling.compare(chosen, since=clock.now() - timedelta(hours=1), at=clock.now())

    assert (found, shop.get(f"charges/{pk}").body["status"]) == (1, "successful")
    assert Operation.objects.get(charge=pk).state == Operation.State.FLAGGED


def _visit(live, page, choice):
    """Do at the bank what the customer chooses, follow every door, and return where they are in the end."""
    browser = Client()
    over = browser.post(page.removeprefix(live), {"choice": choice}, follow=True).content.decode()
    url = re.search(r'content="0; url=([^"]*)"', over)[1].replace("&amp;", "&")
    while url.startswith(live):
        url = browser.get(url.removeprefix(live))["Location"]
    return url


def _reconcile(site):
    """Let the reconciler ask, until nothing is open."""
    with scoped_to(site, livemode=False):
        moment = clock.now()
        for _ in range(5):
            moment += timedelta(minutes=10)
            reconciling.run(at=moment)


def _deliver():
    notifications.deliver_from_sandbox(at=clock.now())
    notifications.work_off_due(at=clock.now())


def _notify(site, charge):
    """Send the webhook that Omise would send of a charge."""
    event = {
        "object": "event",
        "id": f"evnt_test_{secrets.token_hex(8)}",
        "key": "charge.complete",
        "data": charge,
    }
    body, stamp = orjson.dumps(event), str(int(clock.now().timestamp()))
    signature = hmac.new(b"whsec", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return Client().post(
        f"/webhooks/omise/{site.pk}", body, content_type="application/json",
        headers={"Omise-Signature": signature, "Omise-Signature-Timestamp": stamp},
    )  # fmt: skip
