"""A server and a fresh site for the examples of a page."""

import os
import secrets

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from customers.kit import clock
from customers.kit.tenancy import every_site
from customers.models import Site
from customers.services import api_keys, sites
from payments import tasks
from tests import background
from tests.docs.answers import RECORD
from tests.wire import node_flows
from tests.wire.conftest import _node_ready, transactional_db  # noqa: F401 -- fixtures

PERMITTED = {"customers": "read", "charges": "write"}
"""What the restricted key of an example may do."""


@pytest.fixture(scope="module")
def server(transactional_db, settings_of_server):  # noqa: F811 -- the fixture
    """The address of a server that serves the test database, and notes what it answers."""
    running = LiveServer("127.0.0.1:0")
    yield running.url
    running.stop()


@pytest.fixture(scope="module")
def settings_of_server():
    noting = ["tests.docs.answers.Recording", *settings.MIDDLEWARE]
    with override_settings(MIDDLEWARE=noting):
        yield


@pytest.fixture(scope="module")
def worker(transactional_db):  # noqa: F811 -- the fixture
    """Does what falls due, as the worker would, while examples run; what it fails at fails a test."""
    with background.repeated(_turn, pause=0.1):
        yield


def _turn():
    now = int(clock.now().timestamp())
    tasks.work_off_notifications(now)
    tasks.run_due_work(now)


@pytest.fixture
def environment(transactional_db, server, worker):  # noqa: F811 -- the fixture
    """What the reader of a page has: an installation, a site that is called Acme, and its keys."""
    RECORD.begin()
    site, keys = sites.create(name="Acme", slug="acme", country="US", at=clock.now())
    _, restricted = api_keys.issue(
        site, livemode=False, kind="restricted", permissions=PERMITTED, at=clock.now()
    )
    yield {
        **{name: value for name, value in os.environ.items() if name not in node_flows.UNWANTED},
        "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
        "SERVED_DATABASE": connection.settings_dict["NAME"],
        "KEEPTAB_URL": server,
        "KEEPTAB_KEY": keys["sk_test"],
        "KEEPTAB_PUBLISHABLE_KEY": keys["pk_test"],
        "KEEPTAB_RESTRICTED_KEY": restricted,
    }
    with every_site():
        Site.objects.filter(pk=site.pk).update(slug=f"acme-{secrets.token_hex(4)}")
