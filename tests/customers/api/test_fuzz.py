"""Requests made up by schemathesis from the OpenAPI document: no 5xx, and every answer is as the document says."""

from itertools import groupby

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.seeded import ids, made, seeded
from tests.v1_client import FORM
from tests.v1_routes import ROUTES, WORD

__all__ = ["ids", "made", "seeded"]
RESOURCES = {
    name: list(routes)
    for name, routes in groupby(
        (route for route in ROUTES if route.view.is_described),
        lambda route: "/".join(route.template.split("/")[::2]),
    )
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=4,  # many more are made up by tests/fuzz
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def application(seeded):  # made before, since the test client connects these signals again
    """The application as a server calls it, but for the test's transaction, which outlives each request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def document(application, django_db_blocker):
    with django_db_blocker.unblock():
        return schemathesis.openapi.from_wsgi("/v1/openapi.json", application)


@pytest.mark.parametrize("resource", RESOURCES)
def test_requests_that_fit_are_answered_as_documented(document, api, ids, resource):
    run(RESOURCES[resource], GenerationMode.POSITIVE, document, api, ids)


@pytest.mark.parametrize(
    "resource", [name for name in RESOURCES if name not in {"account", "customers/metadata"}]
)
def test_requests_that_break_the_document_are_refused(document, api, ids, resource):
    routes = [
        route
        for route in RESOURCES[resource]
        if route.action in {"list", "search"} or route.method in {"POST", "PUT", "PATCH"}
    ]

    run(routes, GenerationMode.NEGATIVE, document, api, ids)


def run(routes, mode, document, api, ids):
    for route in routes:
        operation = document[documented(route)][route.method]
        cases = operation.as_strategy(
            generation_mode=mode,
            path_parameters=real_ids(route, ids),
            headers={"Authorization": f"Bearer {api.key}"},
        )
        before = (
            transaction.savepoint()
        )  # no atomic block: acts that call gateways refuse to run inside one
        try:
            BOUNDED(given(cases)(ask))()
        finally:
            transaction.savepoint_rollback(before)  # the next route finds everything as it was


def ask(case):
    answer = case.call()
    # A form cannot spell every mistake: an empty hash in one is no parameter at all. What is too large is never read.
    is_refusal_known = case.media_type == FORM or answer.status_code == 413
    checks = CHECKS if is_refusal_known else [*CHECKS, negative_data_rejection]
    case.validate_response(answer, checks=checks)


def documented(route):
    """Return a route's path as the document spells it."""
    path = f"/v1/{route.template}".replace("<id:customer>", "{customer}")
    path = path.replace("<id:charge>", "{charge}").replace("<metadata_key:key>", "{key}")
    path = path.replace("<id:invoice>", "{invoice}").replace("<id:credit_note>", "{credit_note}")
    path = path.replace("<id:session>", "{session}").replace("<id:payment_link>", "{payment_link}")
    return path.replace("<id:pk>", f"{{{own_id(route)}}}")


OWN = {
    "customers/<id:pk>": "customer",
    "invoices/<id:pk>": "invoice",
    "credit_notes/<id:pk>": "credit_note",
    "checkout/sessions/<id:pk>": "session",
    "payment_links/<id:pk>": "payment_link",
    "charges/<id:pk>": "charge",
}
"""How the document calls the id in paths that begin in these ways; elsewhere it is `id`."""


def own_id(route):
    return next((name for start, name in OWN.items() if route.template.startswith(start)), "id")


def real_ids(route, ids):
    owners = ("customer", "charge", "credit_note", "invoice", "payment_link")
    found = {name: ids[name] for name in owners} | {
        "key": WORD,
        "session": ids["checkout.session"],
    }
    if "<id:pk>" in route.template:
        found[own_id(route)] = ids[route.needed]
    return {name: found[name] for name in found if f"{{{name}}}" in documented(route)}
