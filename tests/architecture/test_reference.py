"""The pages of `docs/api/`: every operation and every resource is on one of them."""

import re
from collections import Counter

import pytest

from config.documentation import contents, reference
from customers.restkit import schema_document
from customers.services.api_keys import RESOURCES
from tests import omise_routes, revkeen_routes

PAGES = [page for path, page in contents.pages().items() if path.startswith("api/")]
LINES = [
    (page.path, token.info, token.content)
    for page in PAGES
    for token in page.tokens
    if token.type == reference.TYPE
]
UNDESCRIBED = {"sandbox"}  # what tests ask the acquirer of test mode; no program needs it
_ROW = re.compile(r"^\| `([A-Z ]+)` \| `/(?:omise|revkeen/v2)/([^`]+)` \|", re.MULTILINE)
_GAP = re.compile(r"<\w+:(\w+)>")


def test_every_operation_is_on_one_page():
    shown = Counter(
        operation.anchor
        for _, kind, names in LINES
        if kind == "endpoints"
        for operation in reference.operations(names)
    )
    operations = [
        operation["operationId"]
        for methods in schema_document.document()["paths"].values()
        for operation in methods.values()
        if "x-alias-of" not in operation
    ]

    assert shown == Counter(operations)


def test_every_resource_of_a_key_has_a_page():
    told = {name for page in PAGES for name in page.resource.split()}

    assert told == set(RESOURCES) - UNDESCRIBED


@pytest.mark.parametrize(("path", "kind", "names"), LINES, ids=lambda value: str(value)[:60])
def test_every_line_stands_for_something(path, kind, names):
    shown = reference.html(kind, names)

    assert "<code" in shown


@pytest.mark.parametrize(
    ("name", "routes"), [("omise", omise_routes.ROUTES), ("revkeen", revkeen_routes.ROUTES)]
)
def test_the_tables_of_other_dialects_have_every_route(name, routes):
    text = (contents.FOLDER / "api" / f"{name}.md").read_text(encoding="utf-8")
    told = {(verb, path) for verbs, path in _ROW.findall(text) for verb in verbs.split()}
    there = {(route.method, _path(route.template)) for route in routes}

    assert told == there


def _path(template):
    """Spell a route as the tables do; what ends with a slash is the same without it."""
    return _GAP.sub(r"{\1}", template.rstrip("/")).replace("{pk}", "{id}")
