"""An account elsewhere, and the command that brings it over."""

from io import StringIO

import pytest
import stripe
from django.core.management import call_command

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from payments.services import gateway_accounts
from tests.payments.gateways.stripe.conftest import KEY, empty, localstripe  # noqa: F401 -- a fixture
from tests.wire.conftest import live, made, other, transactional_db  # noqa: F401 -- fixtures


@pytest.fixture
def away(localstripe, settings, monkeypatch):  # noqa: F811 -- a fixture
    """A client of the account elsewhere, which holds nothing yet."""
    settings.OUTBOUND_ALLOW = [localstripe.removeprefix("http://")]
    monkeypatch.setenv("IMPORT_KEY", KEY)
    empty(localstripe)
    return stripe.StripeClient(KEY, base_addresses={"api": localstripe}).v1


@pytest.fixture
def site(made):  # noqa: F811 -- a fixture
    return made[0]


@pytest.fixture
def bring(site):
    """Run the command, and return what it says."""

    def call(address, *options, source="stripe", mode="test"):
        out = StringIO()
        where = (f"--site={site.slug}", f"--mode={mode}", f"--api-base={address}")
        call_command("import_account", source, *where, *options, stdout=out)
        return out.getvalue()

    return call


@pytest.fixture
def run(bring, away, localstripe):  # noqa: F811 -- a fixture
    """Bring over the account at localstripe."""

    def call(*options):
        return bring(localstripe, *options)

    return call


@pytest.fixture
def here(site):
    """The site's test mode, chosen for the whole test."""
    with scoped_to(site, livemode=False):
        yield site


@pytest.fixture
def gateway(here, localstripe, away):  # noqa: F811 -- a fixture
    """The account elsewhere as the site's own gateway."""
    credentials = {"secret_key": KEY, "api_base": localstripe}
    return gateway_accounts.choose("stripe", credentials, at=clock.now())
