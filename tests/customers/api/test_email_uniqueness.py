"""Whose an email address is, who is found by it, and by which other names: in every dialect (rules C1, C23 and O34)."""

from dataclasses import dataclass
from typing import Any

import pytest

from customers.kit import clock
from customers.models import Alias, Customer, EmailUniqueness
from customers.services import aliases, sites
from tests.omise_client import OmiseClient
from tests.revkeen_client import RevkeenClient

EMAIL = "jenny@example.com"
OFF, WARN, ENFORCE = EmailUniqueness.OFF, EmailUniqueness.WARN, EmailUniqueness.ENFORCE
DIALECTS = ["stripe", "omise", "revkeen"]


@dataclass
class Shop:
    """A client of a dialect, and what it says of a customer.

    Args:
        change: sends a change of a customer by its path.
        taken: status and code of the refusal of an address that somebody else has.
    """

    client: Any
    change: Any
    taken: tuple[int, str]

    def create(self, **body):
        return self.client.post("customers", body)

    def get(self, pk):
        return self.client.get(f"customers/{pk}")

    @staticmethod
    def shown(answer):
        """Return the customer of an answer."""
        return answer.body.get("data") or answer.body

    @staticmethod
    def refusal(answer):
        """Return the status and the code of an answer that is an error."""
        error = answer.body.get("error") or answer.body
        return answer.status, error["code"]


@pytest.fixture
def shops(api, keys):
    """By name: a client of each dialect at the same site."""
    omise, revkeen = OmiseClient(keys["skey_test"]), RevkeenClient(keys["sk_test"])
    return {
        "stripe": Shop(api, api.post, (400, "resource_already_exists")),
        "omise": Shop(omise, omise.patch, (400, "bad_request")),
        "revkeen": Shop(revkeen, revkeen.patch, (409, "resource_already_exists")),
    }


@pytest.fixture(params=DIALECTS)
def dialect(request):
    return request.param


@pytest.fixture
def shop(shops, dialect):
    return shops[dialect]


@pytest.fixture
def jenny(api):
    """The id of a customer made by Stripe's words."""
    return api.post("customers", email=EMAIL).body["id"]


def key_of(pk):
    """Return the part of an id that is the same in every dialect."""
    return pk.rpartition("_")[2]


@pytest.mark.parametrize(
    ("how", "refused"),
    [(OFF, {"revkeen"}), (WARN, {"revkeen"}), (ENFORCE, {"stripe", "omise", "revkeen"})],
)
def test_an_address_that_somebody_has(site, shop, dialect, jenny, how, refused):
    sites.update(site, details={"email_uniqueness": how})
    lee = key_of(shop.shown(shop.create(email="lee@example.com"))["id"])

    answers = [
        shop.create(email="JENNY@example.com"),
        shop.change(f"customers/cus_{lee}", email=EMAIL),
    ]

    if dialect in refused:
        assert [shop.refusal(answer) for answer in answers] == [shop.taken] * 2
        assert "email" in str(answers[0].body)
    else:
        assert [answer.status for answer in answers] == [200, 200]
        warning = "email_taken" if how == WARN else None
        assert [answer.headers.get("Keeptab-Warning") for answer in answers] == [warning] * 2


@pytest.mark.parametrize("how", [OFF, WARN, ENFORCE])
def test_ones_own_address_and_that_of_a_deleted_customer_are_free(site, shop, api, jenny, how):
    sites.update(site, details={"email_uniqueness": how})

    own = shop.change(f"customers/{jenny}", email="Jenny@example.com")
    api.delete(f"customers/{jenny}")
    again = shop.create(email=EMAIL)

    assert (own.status, again.status // 100) == (200, 2)
    assert own.headers.get("Keeptab-Warning") == again.headers.get("Keeptab-Warning") is None


@pytest.mark.parametrize("how", [OFF, WARN, ENFORCE])
def test_who_matches_is_found_whichever_dialect_made_them(site, shops, dialect, scope, how):
    sites.update(site, details={"email_uniqueness": how})
    match = {"email": EMAIL, "match": {"on": "email"}}

    made = Shop.shown(shops[dialect].create(**match))
    found = [Shop.shown(shop.create(**match)) for shop in shops.values()]

    assert {key_of(customer["id"]) for customer in found} == {key_of(made["id"])}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"email": EMAIL, "match": {"on": "phone"}}, id="on what cannot be"),
        pytest.param({"email": EMAIL, "match": {"on": "metadata[tier]"}}, id="on what is not sent"),
        pytest.param({"email": EMAIL, "match": "email"}, id="no hash"),
        pytest.param({"email": EMAIL, "match": {"on": ""}}, id="on nothing"),
    ],
)
def test_matches_that_cannot_be(shop, body, nothing_written):
    with nothing_written():
        answer = shop.create(**body)

    assert answer.status == 400


def test_omise_does_not_match_and_save_a_card_at_once(shops, nothing_written):
    with nothing_written():
        answer = shops["omise"].create(email=EMAIL, card="tokn_test_1", match={"on": "email"})

    assert (answer.status, "cannot be matched" in answer.body["message"]) == (400, True)


@pytest.mark.parametrize("old", ["cus_Former0000000001", "cust_test_Former0000000001", "crm-1042"])
def test_a_customer_answers_to_other_names(shop, scope, jenny, old):
    kept = old.replace("cust_test_", "cus_")
    aliases.create(
        Customer.objects.get(pk=jenny), kept, reason=Alias.Reason.IMPORTED, at=clock.now()
    )

    found = shop.get(old)
    changed = shop.change(f"customers/{old}", email="new@example.com")

    assert [key_of(shop.shown(answer)["id"]) for answer in (found, changed)] == [key_of(jenny)] * 2
    assert shop.client.delete(f"customers/{old}").status == 200
    assert Customer.objects.living().count() == 0


@pytest.mark.parametrize("old", ["cus_Former0000000001", "cust_test_Former0000000001", "crm-1042"])
def test_other_names_hold_in_parameters_and_filters_of_revkeens(shops, api, scope, jenny, old):
    revkeen = shops["revkeen"].client
    kept = old.replace("cust_test_", "cus_")
    api.post("payment_methods/pm_card_visa/attach", customer=jenny)
    aliases.create(
        Customer.objects.get(pk=jenny), kept, reason=Alias.Reason.EXTERNAL_ID, at=clock.now()
    )

    session = revkeen.post("customer-portal/sessions", customer_id=old)
    methods = revkeen.get(f"customers/{old}/payment-methods")
    events = revkeen.get("events", customer_id=old)

    assert session.body["data"]["customer_id"] == jenny
    assert [method["customer_id"] for method in methods.body["data"]] == [jenny]
    assert "customer.created" in [event["type"] for event in events.body["data"]]
