"""A database that cannot do its part: who asks is told when to come again, in every dialect and wherever it fails."""

import json

import psycopg
import pytest
from django.db import InterfaceError, InternalError, OperationalError
from django.test import Client

from config import dialects
from customers.restkit import views
from tests.omise_client import OmiseClient
from tests.revkeen_client import RevkeenClient
from tests.v1_client import V1Client


def _error(kind, cause):
    """Return an error as Django raises it: with psycopg's as its cause."""
    error = kind("something of ours")
    error.__cause__ = cause
    return error


OUTAGES = [
    pytest.param(_error(OperationalError, psycopg.errors.DiskFull()), id="disk full"),
    pytest.param(_error(OperationalError, psycopg.errors.CannotConnectNow()), id="starting"),
    pytest.param(_error(InterfaceError, psycopg.InterfaceError()), id="closed"),
    pytest.param(_error(InternalError, psycopg.errors.ReadOnlySqlTransaction()), id="a follower"),
]


@pytest.fixture(params=["v1", "omise", "revkeen"])
def create(request, keys):
    """A function that asks a dialect for a new customer, and returns what an error says."""
    clients = {
        "v1": V1Client(keys["sk_test"]),
        "omise": OmiseClient(keys["skey_test"]),
        "revkeen": RevkeenClient(keys["sk_test"]),
    }
    client = clients[request.param]
    client.client.raise_request_exception = False

    def asked():
        answer = client.post("customers", email="ada@example.com")
        said = answer.body.get("error", answer.body)
        return answer.status, answer.headers.get("Retry-After"), said["message"]

    return asked


@pytest.mark.parametrize("error", OUTAGES)
def test_who_asks_is_told_when_to_come_again(create, monkeypatch, error):
    def fails(*_args, **_options):
        raise error

    monkeypatch.setattr(views.DialectViewSet, "_authenticated", fails)

    status, pause, said = create()

    assert (status, pause) == (503, "5")
    assert said.startswith("The database cannot be used right now.")
    assert "something of ours" not in said


def test_an_error_of_the_database_that_is_a_bug_of_ours_is_one(create, monkeypatch):
    def fails(*_args, **_options):
        raise _error(InternalError, psycopg.errors.InvalidCursorState())

    monkeypatch.setattr(views.DialectViewSet, "_authenticated", fails)

    assert create()[:2] == (500, None)


def test_a_lock_that_is_not_had_is_no_outage(create, monkeypatch):
    def fails(*_args, **_options):
        raise _error(OperationalError, psycopg.errors.LockNotAvailable())

    monkeypatch.setattr(views.DialectViewSet, "_authenticated", fails)

    assert create()[:2] == (429, "1")


@pytest.mark.parametrize(
    "path", ["/v1/sandbox/ledger", "/omise/customers", "/revkeen/v2/customers"]
)
def test_what_fails_outside_a_view_is_told_in_the_dialect_as_well(monkeypatch, path):
    def fails(*_args):
        raise _error(OperationalError, psycopg.errors.AdminShutdown())

    monkeypatch.setattr(dialects, "is_omise_at_root", fails)
    client = Client(raise_request_exception=False)

    answer = client.get(path)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database cannot be used right now." in json.dumps(answer.json())
