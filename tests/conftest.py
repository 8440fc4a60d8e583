"""What every test can ask for: a site, its keys, its scope, and a client that speaks `/v1/`."""

from contextlib import contextmanager

import pytest

from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import every_site, scoped_to
from customers.models import (
    Address,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    IdempotencyRecord,
    Message,
    Organization,
    TaxId,
)
from customers.restkit import authentication
from customers.services import sites
from payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    Mandate,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
    SetupIntent,
    Token,
)
from tests.v1_client import V1Client

KEPT = (
    Address,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    Event,
    Message,
    Organization,
    TaxId,
    BalanceTransaction,
    Charge,
    Dispute,
    Mandate,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
    SetupIntent,
    Token,
)


@pytest.fixture(autouse=True)
def _forget_keys():
    """Keys are remembered for the life of a process, and tests roll theirs back."""
    authentication.forget()
    yield
    authentication.forget()


@pytest.fixture
def made(db):
    return sites.create(name="Acme", slug="acme", country="US", at=clock.now())


@pytest.fixture
def site(made):
    return made[0]


@pytest.fixture
def keys(made):
    """The texts of the site's first keys, by the names of `sites.KEY_NAMES`."""
    return made[1]


@pytest.fixture
def other(db):
    """Another merchant, and its keys."""
    return sites.create(name="Other", slug="other", at=clock.now())


@pytest.fixture
def api(keys):
    """A client with the site's secret test key."""
    return V1Client(keys["sk_test"])


@pytest.fixture
def other_api(other):
    return V1Client(other[1]["sk_test"])


@pytest.fixture
def scope(site):
    """The site's test mode, chosen for the whole test."""
    with scoped_to(site, livemode=False) as chosen:
        yield chosen


@pytest.fixture
def nothing_written(db):
    """A context that checks that what runs inside leaves every table as it was."""

    @contextmanager
    def check(*, answers_kept=0):
        before = _pictures()
        kept = IdempotencyRecord.objects.count()
        yield
        assert _pictures() == before
        assert IdempotencyRecord.objects.count() - kept == answers_kept

    return check


def _pictures():
    with every_site():
        return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in KEPT}
