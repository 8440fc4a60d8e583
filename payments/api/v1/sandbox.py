"""`/v1/sandbox/ledger`: the sandbox acquirer's own book, for audits of what was really taken in test mode."""

import orjson
from django.http import HttpRequest, HttpResponse

from customers.kit import tenancy
from customers.kit.errors import Forbidden
from customers.restkit.objects import Plain, WireObject
from customers.restkit.v1 import V1ViewSet, json_response
from payments.services import sandbox

_LINES = "application/x-ndjson"


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

    def ledger(self, request: HttpRequest) -> HttpResponse:
        """Answer with the whole book: a JSON object on each line, or a list for those who accept JSON only."""
        self.refuse_params()
        if tenancy.current().livemode:
            raise Forbidden(
                "The sandbox has no live mode: use a test key.", code="livemode_mismatch"
            )
        lines = list(sandbox.ledger())
        if request.headers.get("Accept", "").startswith("application/json"):
            return json_response(
                {"object": "list", "data": lines, "has_more": False, "url": request.path}
            )
        body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        return HttpResponse(body, content_type=_LINES)
