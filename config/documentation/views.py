"""The documentation's pages, for everybody."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.views.decorators.http import etag, require_safe

from config.documentation import contents, rendering, search
from customers.restkit import schema_document

_ASK_AGAIN = "public, no-cache"  # keep it, and ask each time whether it has changed
_ENGLISH = {"Cache-Control": _ASK_AGAIN, "Content-Language": "en"}


def _tag(request: HttpRequest, path: str = "") -> str | None:
    is_there = not path or path in contents.pages()
    return schema_document.fingerprint(_page(path)) if is_there else None


@require_safe
@etag(_tag)
def index(request: HttpRequest) -> HttpResponse:
    """Show which pages there are."""
    return HttpResponse(_page(""), headers=_ENGLISH)


@require_safe
@etag(_tag)
def page(request: HttpRequest, path: str) -> HttpResponse:
    """Show a page, or what there is instead."""
    if path not in contents.pages():
        return _missing(path)
    return HttpResponse(_page(path), headers=_ENGLISH)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Show where the documentation speaks of something."""
    question = " ".join(request.GET.get("q", "")[: search.LONGEST].split())
    answer = search.find(question)
    context = {
        "title": f"Search: {question}" if question else "Search",
        "question": question,
        "answer": answer,
        "is_mended": answer.words != question.lower().split(),
    }
    return HttpResponse(_rendered("search", context), headers={"Content-Language": "en"})


@require_safe
def without_slash(request: HttpRequest, path: str = "") -> HttpResponse:
    """Lead to the page that was meant."""
    return HttpResponsePermanentRedirect(f"/docs/{path}".rstrip("/"))


@cache
def _page(path: str) -> bytes:
    """Return a page; all readers get the same."""
    if not path:
        return _rendered("index", {"title": "Documentation"})
    shown = contents.pages()[path]
    before, after = contents.neighbours(shown)
    context = {
        "title": shown.title,
        "page": shown,
        "html": rendering.html(shown),
        "headings": rendering.headings(shown),
        "before": before,
        "after": after,
    }
    return _rendered("page", context)


def _missing(path: str) -> HttpResponse:
    words = path.rpartition("/")[2].replace("-", " ").replace("_", " ")
    context = {
        "title": "There is no such page",
        "question": words,
        "answer": search.find(words),
    }
    return HttpResponse(
        _rendered("missing", context), status=404, headers={"Content-Language": "en"}
    )


def _rendered(name: str, context: dict[str, Any]) -> bytes:
    shared = {"groups": contents.groups()}
    return render_to_string(f"docs/{name}.html", {**shared, **context}).encode()
