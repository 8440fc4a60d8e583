"""What callers of every kind are told while the database is away."""

import json
import re

OUT_OF_ORDER = {
    "v1": (503, "5", "api_error"),
    "omise": (503, "5", "service_unavailable"),
    "revkeen": (503, "5", "unavailable"),
    "page": (503, "5", "This is out of order for a moment. Try again shortly."),
}


def asked(installation, keys, slug):
    """Return how the doors answer requests that need the database: status, `Retry-After`, and what they say."""
    v1, omise = keys["sk_test"], keys["skey_test"]
    requests = {
        "v1": ("/v1/customers", v1, b"name=Ada"),
        "omise": ("/omise/customers", omise, b'{"email": "ada@example.com"}'),
        "revkeen": ("/revkeen/v2/customers", v1, b'{"email": "noah@example.org"}'),
        "page": (f"/portal/{slug}?mode=test", "", None),
    }
    return {
        door: _told(installation.ask(path, key=key, data=data, dialect=door))
        for door, (path, key, data) in requests.items()
    }


def _told(answer):
    status, headers, body = answer
    if headers["Content-Type"] == "application/json":
        said = json.loads(body)
        error = said.get("error", said)
        return status, headers["Retry-After"], error.get("type", error.get("code"))
    heading = re.search("<h1[^>]*>(.*?)</h1>", body, re.DOTALL)
    return status, headers["Retry-After"], heading[1].strip()
