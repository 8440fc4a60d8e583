"""A client of `/v1/` over Django's test client: bodies in brackets, Bearer keys, answers as JSON."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

FORM = "application/x-www-form-urlencoded"
NEW_CUSTOMER = {
    "object": "customer",
    "address": None,
    "balance": 0,
    "currency": None,
    "default_source": None,
    "delinquent": False,
    "description": None,
    "discount": None,
    "email": None,
    "invoice_settings": {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    },
    "livemode": False,
    "metadata": {},
    "name": None,
    "next_invoice_sequence": 1,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
    "test_clock": None,
}
"""A customer of whom nothing is known, but for its `id`, `created` and `invoice_prefix`."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any

    @property
    def error(self):
        """The error, without the link to its documentation."""
        return {key: value for key, value in self.body["error"].items() if key != "doc_url"}

    @property
    def ids(self):
        return [thing["id"] for thing in self.body["data"]]


class V1Client:
    def __init__(self, key, **headers):
        self.key = key
        self.headers = headers
        self.client = Client()

    def get(self, path, query=None, /, **params):
        return self._with_query("GET", path, query, params)

    def delete(self, path, query=None, /, **params):
        return self._with_query("DELETE", path, query, params)

    def post(self, path, body=None, /, *, headers=None, **params):
        return self._with_body("POST", path, body, params, headers)

    def put(self, path, body=None, /, *, headers=None, **params):
        return self._with_body("PUT", path, body, params, headers)

    def patch(self, path, body=None, /, *, headers=None, **params):
        return self._with_body("PATCH", path, body, params, headers)

    def json(self, path, body, /, *, method="POST", headers=None):
        """Send a body as JSON."""
        return self.send(method, path, json.dumps(body), "application/json", headers=headers)

    def send(self, method, path, body=b"", content_type=FORM, *, query="", headers=None):
        """Send exactly this."""
        response = self.client.generic(
            method,
            f"/v1/{path}",
            body,
            content_type=content_type,
            QUERY_STRING=query,
            headers={"Authorization": f"Bearer {self.key}", **self.headers, **(headers or {})},
        )
        return answer_of(response)

    def _with_query(self, method, path, query, params):
        text = query if isinstance(query, str) else form({**(query or {}), **params})
        return self.send(method, path, query=text)

    def _with_body(self, method, path, body, params, headers):
        text = body if isinstance(body, str | bytes) else form({**(body or {}), **params})
        return self.send(method, path, text, headers=headers)


def answer_of(response: HttpResponse) -> Answer:
    """Return a response's status, JSON and headers."""
    body = response.getvalue()
    is_json = response.headers.get("Content-Type", "").startswith("application/json")
    return Answer(
        response.status_code, json.loads(body) if is_json and body else body, response.headers
    )


def form(params):
    """Spell nested parameters in brackets, as Stripe's SDKs do."""
    return urlencode([pair for name, value in params.items() for pair in _pairs(name, value)])


def as_json(**members):
    """Spell parameters as the body of a JSON request."""
    return json.dumps(members).encode()


def _pairs(name, value):
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _pairs(f"{name}[{key}]", inner)]
    if isinstance(value, list | tuple):
        return [pair for n, inner in enumerate(value) for pair in _pairs(f"{name}[{n}]", inner)]
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    return [(name, "" if value is None else value)]
