"""What endpoints are sent of an event: what its list shows, in each spelling."""

import copy
import json

import pytest

from customers.events.models import Event
from customers.events.services import bodies
from customers.kit.tenancy import scoped_to
from tests.factories.webhooks import WebhookEndpointFactory
from tests.omise_client import OmiseClient


@pytest.fixture
def happened(api, site):
    """The events of a customer with a card, who pays and leaves, in their order."""
    customer = api.post("customers", name="Jenny Rosen", metadata={"tier": "gold"}).body["id"]
    api.post(f"customers/{customer}", name="Jenny Lee", headers={"Idempotency-Key": "name-1"})
    method = api.post("payment_methods/pm_card_visa/attach", customer=customer).body["id"]
    charge = api.post("charges", amount=2000, currency="usd", customer=customer).body["id"]
    api.post("refunds", charge=charge, amount=500)
    api.post(f"payment_methods/{method}/detach")
    api.delete(f"customers/{customer}")
    with scoped_to(site, livemode=False):
        return list(Event.objects.order_by("sequence"))


@pytest.fixture
def sent(scope, happened):
    """Returns what an endpoint of a spelling is sent of each event that it can be told of."""

    def bodies_of(spelling, events):
        endpoint = WebhookEndpointFactory(spelling=spelling)
        before = copy.deepcopy([event.snapshot for event in events])
        found = [json.loads(bodies.body(event, endpoint, pending=3)) for event in events]
        assert [event.snapshot for event in events] == before
        return found

    return bodies_of


def test_stripe_s_spelling_is_what_the_list_shows(api, happened, sent):
    bodies_ = sent("stripe", happened)

    shown = [api.get(f"events/{event.pk}").body for event in happened]
    assert len(bodies_) >= 10
    assert bodies_ == [{**one, "pending_webhooks": 3} for one in shown]
    assert [one["sequence"] for one in bodies_] == sorted(one["sequence"] for one in bodies_)


def test_omise_s_spelling_is_what_its_list_shows(keys, happened, sent):
    named = [event for event in happened if event.omise_key]

    bodies_ = sent("omise", named)

    omise = OmiseClient(keys["skey_test"])
    shown = [omise.get(f"events/{event.pk}").body for event in named]
    assert {one["key"] for one in bodies_} >= {
        "card.destroy", "charge.complete", "customer.create", "customer.destroy",
        "customer.update", "customer.update.card", "refund.create",
    }  # fmt: skip
    # Locations are those of the root: which mount an endpoint's owner asks, nobody knows.
    assert bodies_ == json.loads(json.dumps(shown).replace('"/omise/', '"/'))


def test_revkeen_s_spelling_is_stripe_s_in_its_names(happened, sent):
    names = {
        "customer.created": "customer.created",
        "customer.deleted": "customer.deleted",
        "customer.updated": "customer.updated",
        "payment_method.attached": "customer.payment_method.attached",
        "payment_method.detached": "customer.payment_method.detached",
    }
    named = [event for event in happened if event.type in names]

    bodies_ = sent("revkeen", named)

    assert {one["type"] for one in bodies_} == set(names.values())
    assert bodies_ == [{**one, "type": names[one["type"]]} for one in sent("stripe", named)]
