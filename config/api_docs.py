"""The API's documentation: the OpenAPI document, the reference made from it, and a page to try requests on."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import etag, require_safe

from customers.restkit import schema_document, schema_reading

_ASK_AGAIN = "public, no-cache"  # keep it, and ask each time whether it has changed


def _openapi_tag(request: HttpRequest) -> str:
    return schema_document.fingerprint(schema_document.as_json())


def _reference_tag(request: HttpRequest) -> str:
    return schema_document.fingerprint(_page(get_language() or "en"))


@require_safe
@etag(_openapi_tag)
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    headers = {"Cache-Control": _ASK_AGAIN}
    return HttpResponse(schema_document.as_json(), "application/json", headers=headers)


@require_safe
@etag(_reference_tag)
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation with its parameters, code that calls it, and what it answers."""
    return HttpResponse(_page(get_language() or "en"), headers={"Cache-Control": _ASK_AGAIN})


@require_safe
def try_out(request: HttpRequest) -> HttpResponse:
    """Show a page on which requests can be made."""
    return render(request, "docs/try.html")


@cache
def _page(language: str) -> bytes:
    """Return the reference; it differs by language alone."""
    document = schema_document.document()
    context = {
        "version": document["info"]["version"],
        "server": document["servers"][0]["url"],
        "introduction": schema_reading.paragraphs(document["info"]["description"]),
        "resources": schema_reading.resources(document),
        "languages": ["curl", "Python", "JavaScript"],
    }
    return render_to_string("docs/reference.html", context).encode()
