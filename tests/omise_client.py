"""A client of the Omise dialect over Django's test client: JSON bodies on every method, Basic keys, answers as JSON."""

import base64
import json

from django.test import Client

from tests.v1_client import FORM, answer_of, form

CARD = {
    "name": "Somchai Prasert",
    "number": "4242424242424242",
    "expiration_month": 10,
    "expiration_year": 2034,
    "security_code": "123",
}
"""What a token is made from."""


class OmiseClient:
    """Requests as the official clients send them.

    Args:
        mount: the prefix of the paths, `/omise` or empty.
    """

    def __init__(self, key, *, mount="/omise", **headers):
        self.mount = mount
        self.headers = {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"}
        self.headers |= headers
        self.client = Client()

    def get(self, path, body=None, /, **params):
        """Ask as the Python client does, with the parameters in a JSON body (fact F3)."""
        return self.send("GET", path, {**(body or {}), **params})

    def query(self, path, /, **params):
        """Ask as the Node client does, with the parameters in the query string (fact F3)."""
        return self.send("GET", path, query=form(params))

    def post(self, path, body=None, /, **params):
        return self.send("POST", path, {**(body or {}), **params})

    def patch(self, path, body=None, /, **params):
        return self.send("PATCH", path, {**(body or {}), **params})

    def delete(self, path):
        return self.send("DELETE", path, {})

    def form(self, path, /, *, method="POST", **params):
        """Send a body in brackets, as curl does."""
        return self.send(method, path, form(params).encode(), FORM)

    def send(
        self, method, path, body=None, content_type="application/json", *, query="", headers=None
    ):
        """Send exactly this."""
        text = json.dumps(body) if isinstance(body, dict) else body or b""
        response = self.client.generic(
            method,
            f"{self.mount}/{path}",
            text,
            content_type=content_type,
            QUERY_STRING=query,
            headers={**self.headers, **(headers or {})},
        )
        return answer_of(response)
