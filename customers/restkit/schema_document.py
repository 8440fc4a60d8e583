"""The OpenAPI document: built once in each process, since it changes with the code alone."""

import hashlib
from functools import cache
from typing import Any

import orjson
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator


@cache
def document() -> dict[str, Any]:
    """Return the document of `/v1/`."""
    with translation.override("en"):  # models' names are translated; the document has one language
        built: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return built


@cache
def as_json() -> bytes:
    """Return the document as it is served."""
    return orjson.dumps(document())


@cache
def fingerprint(content: bytes) -> str:
    """Return the entity tag of some content."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
