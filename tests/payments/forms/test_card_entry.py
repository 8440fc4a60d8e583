"""What a page is given to take a card, by the gateway that the site chose; and what only that page may load."""

import orjson
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from customers.kit import clock, sealing
from customers.kit.tenancy import scoped_to
from customers.services import page_keys
from payments.forms import card_entry
from payments.forms.card_entry import POLICIES
from payments.services.card_pages import Adapter
from tests.factories.payments import GatewayAccountFactory


@pytest.fixture
def use():
    """Let a gateway with these credentials take the site's money."""

    def used(kind, **credentials):
        sealed = sealing.seal(orjson.dumps({"secret_key": "sk", **credentials}))
        return GatewayAccountFactory(kind=kind, is_active=True, credentials=sealed)

    return used


def opened(site):
    request = RequestFactory().get("/")
    return card_entry.opened(request, site, page="invoice in_1", at=clock.now()), request


def names(entry):
    return [url.rpartition("/")[2].partition(".")[0] for url in entry.scripts]


def test_sandbox_gets_a_key_for_this_page_alone(scope, site):
    entry, _request = opened(site)

    known = page_keys.recognise(entry.key, at=clock.now())
    assert (entry.adapter, entry.gateway_script, entry.is_framed) == ("builtin", "", False)
    assert names(entry) == ["numbers", "fields", "builtin", "entry"]
    assert (known.page, known.key.site, known.key.livemode, known.key.kind) == (
        "invoice in_1", site, False, "publishable",
    )  # fmt: skip


@pytest.mark.parametrize("livemode", [False, True])
def test_omise_gets_its_own_key_and_script(site, use, livemode):
    with scoped_to(site, livemode=livemode):
        use("omise", public_key="pkey_1")

        entry, _request = opened(site)

    assert (entry.adapter, entry.key, entry.is_framed) == ("omise", "pkey_1", False)
    assert entry.gateway_script == "https://cdn.omise.co/omise.js"
    assert names(entry) == ["numbers", "fields", "omise", "entry"]
    assert not entry.takes_codes


def test_stripe_gets_a_frame_and_no_fields_of_ours(scope, site, use):
    use("stripe", publishable_key="pk_1")

    entry, _request = opened(site)

    assert (entry.adapter, entry.key, entry.is_framed) == ("stripe", "pk_1", True)
    assert entry.gateway_script == "https://js.stripe.com/v3/"
    assert names(entry) == ["numbers", "stripe", "entry"]


@pytest.mark.parametrize("kind", ["stripe", "omise"])
def test_gateway_without_a_publishable_key_takes_no_cards_on_pages(scope, site, use, kind):
    use(kind)

    assert opened(site)[0] is None


def test_nothing_takes_live_cards_without_a_gateway(site):
    with scoped_to(site, livemode=True):
        assert opened(site)[0] is None


def test_drill_takes_no_live_cards(site, use, settings):
    settings.DRILL_TIME_FACTOR = 0.1
    with scoped_to(site, livemode=True):
        use("stripe", publishable_key="pk_1")

        assert opened(site)[0] is None


def policy_of(site, *, opens):
    request = RequestFactory().get("/")

    @card_entry.on_page
    def view(request):
        if opens:
            card_entry.opened(request, site, page="x", at=clock.now())
        return HttpResponse()

    return getattr(view(request), "_csp_update", None)


def test_policy_is_widened_for_the_sites_gateway_on_this_page_only(scope, site, use):
    before = policy_of(site, opens=True)
    use("omise", public_key="pkey_1")

    after = policy_of(site, opens=True), policy_of(site, opens=False)

    assert before is None
    assert after == (POLICIES[Adapter.OMISE], None)
