"""Servers that the official SDKs talk to, over real sockets.

Both serve the test database with what tests commit. Each test has a site of its own, so that tests do not see each
other; when a module is through, the sites are removed with everything that belongs to them.
"""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import omise
import pytest
import stripe
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from customers.kit import clock
from customers.services import sites
from payments.services import clock_advances
from tests import background, hidden_numbers
from tests.emptying import empty_sandbox
from tests.start import answers
from tests.wire import calls, node_flows, port_80
from tests.wire.sdk import STYLES

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let the test that looks at what all the others called come last."""
    last = "test_every_method_that_is_offered_is_called_by_a_test"
    items.sort(key=lambda item: getattr(item, "originalname", "") == last)


@pytest.fixture(autouse=True)
def _calls_are_seen():
    with calls.observed():
        yield


@pytest.fixture(scope="module")
def transactional_db(django_db_setup, django_db_blocker):
    """The test database without a transaction around each test, emptied once per module instead of once per test."""
    with django_db_blocker.unblock():
        yield
        with connection.cursor() as cursor:
            found = hidden_numbers.in_database(cursor)
            cursor.execute("TRUNCATE customers_site, customers_idempotencyrecord CASCADE")
        empty_sandbox()
        connection.close()
        assert found == []  # whatever these tests sent: it was not kept


@pytest.fixture(scope="module")
def live(transactional_db):
    """The address of Django's threaded server, which runs in this process."""
    server = LiveServer("127.0.0.1:0")
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def server_log(tmp_path_factory):
    """The file with what the server of `production` says."""
    return tmp_path_factory.mktemp("production") / "server.log"


@pytest.fixture(scope="module")
def production(transactional_db, server_log):
    """The address of the web server as `manage.py start` runs it, in processes of its own."""
    port = _free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
        "SERVED_DATABASE": connection.settings_dict["NAME"],
        "PGOPTIONS": "-c lock_timeout=1500ms",  # as in production, but nobody waits 5 seconds here
    }
    command = [sys.executable, "-m", "config.web", "127.0.0.1", str(port), str(WORKERS)]
    with server_log.open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    with server, _stopping(server):
        _wait_for(server, port, server_log)
        yield f"http://127.0.0.1:{port}"
    assert hidden_numbers.in_files(server_log.parent) == []


@pytest.fixture
def made(transactional_db):
    """A site of this test's alone, and its keys."""
    name = f"Wire {secrets.token_hex(4)}"
    return sites.create(name=name, at=clock.now())


@pytest.fixture
def other(transactional_db):
    name = f"Other {secrets.token_hex(4)}"
    return sites.create(name=name, at=clock.now())


@pytest.fixture(params=STYLES)
def style(request, _stripe_as_it_was):
    """One of the two styles of the Python SDK."""
    return STYLES[request.param]


@pytest.fixture
def _stripe_as_it_was():
    before = stripe.api_base, stripe.api_key, stripe.max_network_retries
    yield
    stripe.api_base, stripe.api_key, stripe.max_network_retries = before


@pytest.fixture
def sdk(style, live, keys):
    return style(live, keys["sk_test"])


@pytest.fixture
def stripe_v1(live, keys):
    """The official Python library for Stripe at the same site, in its newer style."""
    return stripe.StripeClient(keys["sk_test"], base_addresses={"api": live}).v1


MOUNTS = [pytest.param("omise/", id="below_omise"), pytest.param("", id="at_the_root")]


@pytest.fixture(params=MOUNTS)
def mount(request):
    """Where the Omise dialect is: below `/omise/` and at the root."""
    return request.param


@pytest.fixture
def omise_sdk(live, keys, mount):
    """The official Python library for Omise, pointed at the live server."""
    with _omise_leads_to(f"{live}/{mount}", keys):
        yield omise


@pytest.fixture
def omise_below(live, keys):
    """The same, below `/omise/` alone."""
    with _omise_leads_to(f"{live}/omise/", keys):
        yield omise


@contextlib.contextmanager
def _omise_leads_to(address, keys):
    """Set the library up; it keeps its settings in the module, and loses a prefix that has no slash behind it (F2)."""
    before = omise.api_main, omise.api_vault, omise.api_secret, omise.api_public
    omise.api_main = omise.api_vault = address
    omise.api_secret, omise.api_public = keys["skey_test"], keys["pkey_test"]
    yield
    omise.api_main, omise.api_vault, omise.api_secret, omise.api_public = before


@pytest.fixture(scope="session")
def _node_ready():
    node_flows.make_ready()


@pytest.fixture
def flow(_node_ready, live, keys):
    """Runs a flow of the official library for Stripe in Node and returns what it reports."""
    address = urlsplit(live)
    where = {"KEEPTAB_HOST": address.hostname, "KEEPTAB_PORT": str(address.port)}

    def run(name, **variables):
        return node_flows.run(name, **{**where, "KEEPTAB_KEY": keys["sk_test"], **variables})

    return run


@pytest.fixture
def worker(transactional_db):
    """Does what is due while a flow runs; what it fails at fails the test, and is told with it."""
    with background.repeated(lambda: clock_advances.carry_on_all(at=clock.now()), pause=0.02):
        yield


@pytest.fixture(scope="module")
def at_port_80(live):
    """How a program reaches the server at port 80, the only one that the Omise library for Node knows."""
    ways = port_80.ways()
    if not ways:
        pytest.skip("neither port 80 nor a network of its own can be had here")
    with ways[0](live) as way:
        yield way


@pytest.fixture
def omise_flow(_node_ready, at_port_80, keys):
    """Runs a flow of the official library for Omise in Node and returns what it reports."""
    return partial(run_omise_flow, at_port_80, keys)


def run_omise_flow(way, keys, name, **variables):
    """Run a flow of the official library for Omise in Node, by a way to port 80."""
    given = {
        "KEEPTAB_HOST": way.host,
        "KEEPTAB_KEY": keys["skey_test"],
        "KEEPTAB_PUBLIC_KEY": keys["pkey_test"],
    }
    return node_flows.run(f"omise/{name}", command=way.command, **{**given, **variables})


@pytest.fixture
def free_port():
    """A port at which nobody listens."""
    return _free_port()


@contextlib.contextmanager
def _stopping(server):
    try:
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(server, port, log):
    give_up_at = time.monotonic() + 60
    while not answers(port):
        if server.poll() is not None or time.monotonic() > give_up_at:
            server.kill()
            pytest.fail(f"The server did not start: {log.read_text()}")
        time.sleep(0.05)
