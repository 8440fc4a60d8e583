"""The curl samples of Omise's documentation, as they stand there, but for the address, the keys and the ids."""

import json
import shutil
import subprocess

import omise
import pytest

from tests.wire.omise_cards import MASTERCARD, token

pytestmark = [
    pytest.mark.usefixtures("omise_sdk"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


@pytest.fixture
def curl(live, keys, mount):
    """Run a sample and return what it prints."""

    def run(path, *options):
        done = subprocess.run(
            ["curl", "--silent", f"{live}/{mount}{path}", "-u", f"{keys['skey_test']}:", *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout)

    return run


def test_a_customer_is_created(curl):
    said = curl(
        "customers", "-d", "email=john@example.com", "-d", "description=John Doe - Premium Member"
    )

    made = omise.Customer.retrieve(said["id"])
    assert (made.email, made.description) == ("john@example.com", "John Doe - Premium Member")


def test_a_customer_is_deleted(curl):
    customer = omise.Customer.create(email="john@example.com")

    said = curl(f"customers/{customer.id}", "-X", "DELETE")

    assert said == {"object": "customer", "id": customer.id, "livemode": False, "deleted": True}
    with pytest.raises(omise.errors.NotFoundError):
        customer.reload()


def test_a_card_is_removed(curl):
    customer = omise.Customer.create(card=token())
    customer.update(card=token(MASTERCARD))
    first, second = customer.default_card, customer.cards[0].id

    said = curl(f"customers/{customer.id}/cards/{second}", "-X", "DELETE")

    customer.reload()
    assert said == {"object": "card", "id": second, "livemode": False, "deleted": True}
    assert (customer.cards.total, customer.default_card) == (1, first)


def test_what_the_libraries_for_php_and_ruby_send(curl):
    """They send brackets, as their samples of metadata become."""
    said = curl(
        "customers",
        "-d", "email=john@example.com",
        "-d", "metadata[user_id]=12345",
        "-d", "metadata[plan]=premium",
    )  # fmt: skip

    assert said["metadata"] == {"user_id": "12345", "plan": "premium"}
    changed = curl(f"customers/{said['id']}", "-X", "PATCH", "-d", "metadata[plan]=enterprise")
    assert changed["metadata"] == {"plan": "enterprise"}
