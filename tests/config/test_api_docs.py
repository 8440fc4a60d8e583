"""The OpenAPI document and the pages made from it."""

import re

import pytest

from customers.restkit import schema_document
from tests.v1_routes import ROUTES


@pytest.fixture(params=["/v1/openapi.json", "/docs/api", "/docs/api/try"])
def path(request):
    return request.param


def test_everybody_may_read(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert response.content


def test_the_document_is_json(client):
    response = client.get("/v1/openapi.json")

    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == schema_document.document()


@pytest.mark.parametrize("where", ["/v1/openapi.json", "/docs/api"])
def test_what_has_not_changed_is_not_sent_again(client, where):
    tag = client.get(where).headers["ETag"]

    again = client.get(where, headers={"If-None-Match": tag})
    other = client.get(where, headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_the_reference_shows_every_operation(client):
    page = client.get("/docs/api").content.decode()

    originals = {
        operation["operationId"]
        for methods in schema_document.document()["paths"].values()
        for operation in methods.values()
        if "x-alias-of" not in operation
    }
    assert {name for name in originals if f'id="{name}"' not in page} == set()
    assert len(originals) == len(
        [
            route
            for route in ROUTES
            if route.method not in {"PUT", "PATCH"} and route.view.is_described
        ]
    )


def test_requests_can_be_tried_out(client):
    page = client.get("/docs/api/try").content.decode()

    assert "docs/try" in page
    assert "swagger" in page.lower()


@pytest.mark.parametrize("where", ["/docs/api", "/docs/api/try"])
def test_pages_bring_their_own_and_nothing_inline(client, where):
    response = client.get(where)
    page = response.content.decode()

    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag] == []
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_they_are_only_read(client, path, method):
    assert getattr(client, method)(path).status_code == 405
