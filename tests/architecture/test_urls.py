"""What holds for every URL: it refuses whoever brings no credentials, but for a short list."""

import re

import pytest
from django.urls import URLResolver, get_resolver

from config.dialects import OMISE_ROOTS, OMISE_URLS

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OPEN = {  # says nothing of any site
    "",
    "healthz",
    "readyz",
    "docs",
    "docs/",
    "docs/<path:path>/",
    "docs/search",
    "docs/<path:path>",
    "docs/api",
    "docs/api/try",
    "v1/openapi.json",
    "portal/<slug:slug>/brand.css",  # a merchant's own customers know it
    "portal/<slug:slug>/logo/<str:name>",
}
PORTAL = {  # a customer's own pages; tests/portal/views/test_doors.py shows whom they let in
    "portal/<slug:slug>",  # where they sign in
    "portal/<slug:slug>/code",  # shows nothing without what a browser asked for
    "portal/<slug:slug>/code/again",
    "portal/<slug:slug>/choose",
    "portal/<slug:slug>/s/<str:secret>",
    "portal/<slug:slug>/enter/<str:secret>",
    "portal/<slug:slug>/language",  # of the pages, in this browser only
    "portal/<slug:slug>/sign-out",
    "portal/<slug:slug>/overview",
    "portal/<slug:slug>/invoices",
    "portal/<slug:slug>/invoices/<slug:pk>",
    "portal/<slug:slug>/invoices/<slug:pk>/paid/<slug:act_key>",
    "portal/<slug:slug>/subscriptions",
    "portal/<slug:slug>/subscriptions/<slug:pk>",
    "portal/<slug:slug>/subscriptions/<slug:pk>/keep",
    "portal/<slug:slug>/subscriptions/<slug:pk>/stay",
    "portal/<slug:slug>/subscriptions/<slug:pk>/plan",
    "portal/<slug:slug>/subscriptions/<slug:pk>/plan/preview",
    "portal/<slug:slug>/subscriptions/<slug:pk>/plan/confirm",
    "portal/<slug:slug>/subscriptions/<slug:pk>/cancel",
    "portal/<slug:slug>/subscriptions/<slug:pk>/offer",
    "portal/<slug:slug>/subscriptions/<slug:pk>/pause",
    "portal/<slug:slug>/subscriptions/<slug:pk>/resume",
    "portal/<slug:slug>/methods",
    "portal/<slug:slug>/methods/add",
    "portal/<slug:slug>/methods/added/<slug:pk>",
    "portal/<slug:slug>/methods/<slug:pk>/default",
    "portal/<slug:slug>/methods/<slug:pk>/edit",
    "portal/<slug:slug>/methods/<slug:pk>/remove",
    "portal/<slug:slug>/details",
    "portal/<slug:slug>/addresses",
    "portal/<slug:slug>/consent",
    "portal/<slug:slug>/devices",
    "portal/<slug:slug>/details/business",
    "portal/<slug:slug>/details/tax-ids",
    "portal/<slug:slug>/details/tax-ids/<str:pk>/remove",
    "portal/<slug:slug>/details/email",
    "portal/<slug:slug>/details/email/code",
    "portal/<slug:slug>/email-undo/<str:token>",  # for whoever has the link
    "portal/<slug:slug>/addresses/add/<slug:kind>",
    "portal/<slug:slug>/addresses/<str:pk>",
    "portal/<slug:slug>/addresses/<str:pk>/use",
    "portal/<slug:slug>/addresses/<str:pk>/remove",
    "portal/<slug:slug>/consent/erasure",
    "portal/<slug:slug>/consent/export",
    "portal/<slug:slug>/verify",
    "portal/<slug:slug>/done",
}
PAYERS = {  # whoever has the link may pay; its own tests show what else they see
    "checkout/link/<str:key>",
    "checkout/<str:secret>",
    "pay/<slug:key>",
    "pay/<slug:key>/<slug:act_key>",
    "invoices/<slug:sealed>",
    "invoices/<slug:sealed>/payments/<slug:act_key>",
    "invoices/<slug:sealed>/pdf",
    "invoices/<slug:sealed>/receipt",
    "credit-notes/<slug:sealed>/pdf",
}
GATEWAYS = {  # known by an id that cannot be guessed, or by a signature; their own tests show how they refuse
    "add-method/<slug:sealed>",  # whoever has the link was sent it
    "returns/<slug:seal>/<path:reference>",
    "sandbox/<slug:visit_id>",
    "webhooks/<slug:gateway>/<slug:site>",
}
SIGN_IN = {"admin/login/", "admin/logout/"}
OPERATORS = {"metrics"}  # whoever has METRICS_TOKEN; tests/config/test_metrics.py shows it
_GAP = re.compile(r"<(?:\w+:)?(\w+)>")


def _paths(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern, path)
        else:
            yield path


PATHS = sorted(set(_paths(get_resolver())))
API = [
    path for path in PATHS if path.startswith(("v1/", "omise/", "revkeen/")) and path not in OPEN
]
DASHBOARD = [path for path in PATHS if path.startswith("admin/") and path not in SIGN_IN]


def _filled(path):
    return "/" + _GAP.sub("cus_0123456789abcdefghijklmn", path)


def test_every_path_is_one_of_these():
    assert (
        set(PATHS)
        - OPEN
        - OPERATORS
        - PORTAL
        - PAYERS
        - GATEWAYS
        - SIGN_IN
        - set(API)
        - set(DASHBOARD)
        == set()
    )
    assert set(PATHS) >= OPEN | PORTAL | PAYERS | GATEWAYS | SIGN_IN
    assert len(API) > 20
    assert len(DASHBOARD) > 20


@pytest.mark.parametrize("path", API)
def test_the_api_wants_a_key(db, client, path):
    answers = {method: client.generic(method, _filled(path)) for method in METHODS}

    refused = {method for method, answer in answers.items() if answer.status_code == 401}
    unknown = {method for method, answer in answers.items() if answer.status_code == 405}
    assert refused | unknown == set(METHODS)
    assert refused != set()
    scheme = "Bearer" if path.startswith("revkeen/") else "Basic"
    asked = {answers[method]["WWW-Authenticate"] for method in refused}
    assert asked == {f'{scheme} realm="Keeptab"'}


def test_the_omise_dialect_takes_the_same_paths_at_the_root():
    at_root = set(_paths(get_resolver(OMISE_URLS)))

    assert {f"omise/{path}" for path in at_root} == {p for p in API if p.startswith("omise/")}
    assert {re.split("[/<]", path)[0] for path in at_root} == OMISE_ROOTS
    assert at_root & {path for path in PATHS if not path.startswith("omise/")} == set()


@pytest.mark.parametrize("path", DASHBOARD)
def test_the_dashboard_wants_a_sign_in(db, client, path):
    answers = {method: client.generic(method, _filled(path)) for method in METHODS}

    assert {method: answer.status_code for method, answer in answers.items()} == dict.fromkeys(
        METHODS, 302
    )
    assert {answer.url.partition("?")[0] for answer in answers.values()} == {"/admin/login/"}


@pytest.mark.parametrize("path", sorted(OPEN))
def test_what_is_open_can_only_be_read(client, path):
    answers = {method: client.generic(method, _filled(path)).status_code for method in METHODS[1:]}

    assert answers == dict.fromkeys(METHODS[1:], 405)
