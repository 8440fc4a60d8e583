"""A little of Omise, over real HTTP: what the gateway asks for, answered as docs.omise.co describes it."""

import json
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from customers.kit import clock

KEY = "skey_test_double"
DECLINED = {"tokn_test_broke": "insufficient_fund", "tokn_test_stolen": "stolen_or_lost_card"}


class Omise(ThreadingHTTPServer):
    """The server, and what it knows; `delay` and `breaks` make it misbehave."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.things = {}
        self.owners = {}  # of cards: the tokens they were made of
        self.asked = []
        self.breaks = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, prefix, **members):
        made = {
            "id": f"{prefix}_test_{secrets.token_hex(8)}",
            "created_at": clock.now().isoformat(timespec="seconds"),
            **members,
        }
        self.things[made["id"]] = made
        return made

    def listed(self, kind):
        found = [thing for thing in self.things.values() if thing["object"] == kind]
        return {"object": "list", "data": found[::-1]}

    def answer(self, method, path, said):  # noqa: C901, PLR0911 -- one line for each route
        match [method, *path]:
            case ["GET", "account"]:
                return {"object": "account", "id": "account_test_1", "email": "shop@example.com"}
            case ["POST", "customers"]:
                return self._customer(said)
            case ["GET", "customers", owner, "cards"]:
                return self.things[owner]["cards"]
            case ["GET", "customers", _, "cards", card]:
                return self.things[card]
            case ["DELETE", "customers", _, "cards", card]:
                return self.things.pop(card)
            case ["POST", "charges"]:
                return self._charge(said)
            case ["GET", "charges" | "refunds" as kind]:
                return self.listed(kind.removesuffix("s"))
            case ["GET", _, pk]:
                return self.things[pk]
            case ["POST", "charges", pk, "refunds"]:
                charge = self.things[pk]
                return self.add("rfnd", **_refund(charge, said))
            case ["POST", "charges", pk, verb]:
                self.things[pk].update(_VERBS[verb](said))
                return self.things[pk]
        raise KeyError(path)

    def _customer(self, said):
        card = self.add(
            "card", object="card", brand="Visa", last_digits="4242", expiration_month=12,
            expiration_year=2034, financing="credit", country="th", fingerprint="abc=",
            security_code_check=True,
        )  # fmt: skip
        self.owners[card["id"]] = said["card"]
        return self.add("cust", object="customer", cards={"data": [card]})

    def _charge(self, said):
        failure = DECLINED.get(self.owners.get(said["card"], said["card"]))
        waits = said["amount"] == 777
        paid = said["capture"] and not failure and not waits
        status = "failed" if failure else "successful" if paid else "pending"
        return self.add(
            "chrg", object="charge", status=status, amount=said["amount"], currency=said["currency"].upper(),
            authorized=not failure and not waits, failure_code=failure, fee=73, fee_vat=5,
            authorize_uri="https://bank.example.com/1" if waits else None, metadata=said["metadata"],
        )  # fmt: skip


def _refund(charge, said):
    return {
        "object": "refund", "amount": said["amount"], "currency": charge["currency"], "status": "closed",
        "metadata": said["metadata"],
    }  # fmt: skip


_VERBS = {
    "capture": lambda said: {"status": "successful"},
    "reverse": lambda said: {"status": "reversed"},
    "expire": lambda said: {"status": "expired"},
}


class _Handler(BaseHTTPRequestHandler):
    def _serve(self):
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(
            (
                self.command,
                parts.path,
                parse_qs(parts.query),
                self.headers.get("Idempotency-Key", ""),
            )
        )
        try:
            answer = self.server.answer(
                self.command, parts.path.strip("/").split("/"), json.loads(raw or b"{}")
            )
            status = 200
        except KeyError:
            answer = {"object": "error", "code": "not_found", "message": "not there"}
            status = 404
        body = json.dumps(answer).encode()
        if self.server.breaks:
            status, body = self.server.breaks
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 -- names of the standard library

    def log_message(self, *args):
        """Say nothing."""
