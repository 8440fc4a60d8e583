"""What every test can ask for: a site, its keys, its scope, and a client that speaks `/v1/`."""

import logging
import os
import shutil
import signal
from contextlib import contextmanager

import psycopg
import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone, translation

from config.supervisor import STOP_SIGNALS
from customers.events.models import Delivery, Event, WebhookEndpoint
from customers.kit import clock, sealing
from customers.kit.scrubbing import ScrubbedFormatter
from customers.kit.tenancy import scoped_to
from customers.models import (
    Address,
    Alias,
    BulkJob,
    CashTransaction,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    DuplicatePair,
    DuplicateSearch,
    Erasure,
    Finding,
    IdempotencyRecord,
    Merge,
    Message,
    Organization,
    SavedView,
    Site,
    TaxId,
    TestClock,
    Tombstone,
)
from customers.restkit import authentication
from customers.services import sites, test_clocks
from payments.billing import models as billing
from payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    DueClaim,
    Link,
    Mandate,
    Occurrence,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
    Token,
)
from portal.models import (
    CheckoutItem,
    CheckoutSession,
    EmailChange,
    PaymentLink,
    PortalConfiguration,
    PortalSession,
    SignIn,
    TrustedDevice,
)
from tests import hidden_numbers
from tests.emptying import empty_sandbox
from tests.v1_client import V1Client

KEPT = (
    Address,
    Alias,
    DuplicatePair,
    DuplicateSearch,
    Merge,
    BulkJob,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    CustomField,
    Delivery,
    Erasure,
    Event,
    Finding,
    Message,
    Organization,
    SavedView,
    TaxId,
    CashTransaction,
    TestClock,
    Tombstone,
    WebhookEndpoint,
    *(getattr(billing, name) for name in billing.__all__),
    BalanceTransaction,
    Charge,
    Dispute,
    DueClaim,
    Link,
    Mandate,
    Occurrence,
    Operation,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Schedule,
    SetupIntent,
    Token,
    EmailChange,
    PortalConfiguration,
    PortalSession,
    SignIn,
    TrustedDevice,
    CheckoutItem,
    CheckoutSession,
    PaymentLink,
)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database; when all tests are through, no card number and no security code is in it."""
    with django_db_blocker.unblock():
        if Site.objects.exists():  # tests that were interrupted have left something
            call_command("flush", interactive=False, verbosity=0)
        empty_sandbox()
        connection.close()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        found = hidden_numbers.in_database(cursor)
        found += hidden_numbers.in_pages(_files_of_database(cursor)) if _is_ours() else []
    connection.close()
    assert found == []


@pytest.fixture(autouse=True)
def _sandbox_is_left_empty(request, django_db_blocker):
    """What Django empties after a test that commits are its own tables; the acquirer's are in a schema of their own."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        with django_db_blocker.unblock():
            empty_sandbox()
            connection.close()


def _is_ours():
    return connection.settings_dict["ENGINE"] == "config.database"


def _files_of_database(cursor):
    """Return the folder with the database's files, up to date: what was rolled back is in them, too."""
    cluster = connection.cluster
    with psycopg.connect(
        **{**cluster.address, "user": "postgres"}, dbname="postgres", autocommit=True
    ) as link:
        link.execute("CHECKPOINT")
    cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
    return cluster.data / "base" / str(cursor.fetchone()[0])


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard():
    """Whoever starts the tests may ignore signals (nohup, a job in the background), and children inherit that.

    Session-wide, since the fixtures that start programs for several tests come before those of a single test.
    """
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class _Listener(logging.Handler):
    """Hears what every test makes the program say, as it would say it."""

    def __init__(self):
        super().__init__()
        self.setFormatter(ScrubbedFormatter())
        self.found = []

    def emit(self, record):
        self.found += hidden_numbers.in_text(self.format(record))


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_logged():
    listener = _Listener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    assert listener.found == []


@pytest.fixture(autouse=True)
def _nothing_is_mailed():
    yield
    sent = [message.message().as_string() for message in getattr(mail, "outbox", [])]
    assert [what for text in sent for what in hidden_numbers.in_text(text)] == []


@pytest.fixture(autouse=True)
def _forget_keys():
    """Keys are remembered for the life of a process, and tests roll theirs back; some have secrets of their own."""
    _forget()
    yield
    _forget()


def _forget():
    authentication.forget()
    sealing._ring.cache_clear()
    sealing._hashing_key.cache_clear()


@pytest.fixture(autouse=True)
def _language_and_time_zone_of_the_settings():
    """A page leaves its reader's language behind in the thread, until the next request."""
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _no_clock_was_read():
    """A request and a job begin without having read a test clock; all tests of a process share one context."""
    with test_clocks.unread():
        yield


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
    """Return the rows of every table in `KEPT`, as texts: one statement, since some tests look hundreds of times."""
    tables = [(model.__name__, model._meta.db_table, model._meta.pk.column) for model in KEPT]
    rows = " UNION ALL ".join(
        f"SELECT '{name}', array_agg(kept::text ORDER BY kept.{pk}) FROM {table} kept"
        for name, table, pk in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(rows)
        return dict(cursor.fetchall())


@pytest.fixture(scope="session")
def chromium():
    """A real Chromium; without one these tests are skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed")
    # The browser's own loop runs in this thread, which makes Django suspect that we are asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
