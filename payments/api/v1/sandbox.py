"""`/v1/sandbox/ledger`: the sandbox acquirer's own book, for audits of what was really taken in test mode."""

from collections.abc import Iterator
from itertools import chain, islice

import orjson
from django.http import HttpRequest, StreamingHttpResponse

from customers.kit import tenancy
from customers.kit.errors import Forbidden
from customers.restkit.objects import Plain, WireObject
from customers.restkit.v1 import V1ViewSet
from customers.restkit.views import JSON
from payments.services import sandbox

_LINES = "application/x-ndjson"
_AT_ONCE = 500  # lines in a chunk of the body


class LedgerLine(WireObject):
    """One line of the sandbox's book; amounts are minor units."""

    amount = Plain()
    charge = Plain()
    created = Plain()
    currency = Plain()
    customer = Plain()
    fee = Plain()
    gateway_reference = Plain()
    kind = Plain()
    reference = Plain()
    status = Plain()


class SandboxViewSet(V1ViewSet):
    resource = "sandbox"
    output = LedgerLine
    is_described = False  # for drills; what it answers is no object of the API

    def ledger(self, request: HttpRequest) -> StreamingHttpResponse:
        """Answer with the whole book: a JSON object on each line, or a list for those who accept JSON only."""
        self.refuse_params()
        if tenancy.current().livemode:
            raise Forbidden(
                "The sandbox has no live mode: use a test key.", code="livemode_mismatch"
            )
        lines = map(orjson.dumps, sandbox.ledger())
        wants_list = request.headers.get("Accept", "").startswith("application/json")
        parts = _as_list(lines, request.path) if wants_list else (line + b"\n" for line in lines)
        chunks = _chunks(parts)
        first = next(
            chunks, b""
        )  # what the database refuses is answered, and not in the middle of a body
        return StreamingHttpResponse(
            chain([first], chunks), content_type=JSON if wants_list else _LINES
        )


def _as_list(lines: Iterator[bytes], url: str) -> Iterator[bytes]:
    """Return the parts of a list's wire form: what is around its elements, and they."""
    empty = orjson.dumps({"object": "list", "data": [], "has_more": False, "url": url})
    head, tail = empty.split(b"[]", 1)
    yield head + b"["
    for number, line in enumerate(lines):
        yield b"," + line if number else line
    yield b"]" + tail


def _chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Join parts, so that not each of them is a write to the network."""
    while chunk := b"".join(islice(parts, _AT_ONCE)):
        yield chunk
