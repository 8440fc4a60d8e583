"""A merchant's programs that keep asking, for tests in which everything falls down around them."""

import json
import time
import urllib.request
from collections import Counter

import pytest
import stripe

PATIENCE = 120  # seconds for one act to be answered, whatever is killed meanwhile


class Shop:
    """A merchant's programs: they ask, and ask again under the same key until they have an answer.

    Args:
        retries: how often the library asks again by itself, which nobody sees.
    """

    def __init__(self, url, key, *, retries=1):
        self.url, self.key = url, key
        addresses = {"api": url}
        self.v1 = stripe.StripeClient(key, base_addresses=addresses, max_network_retries=retries).v1
        self.silences = Counter()

    def act(self, call, *ids, key, **params):
        """Return the answer to an act: an object, or the error that refuses it."""
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                return call(*ids, params=params, options={"idempotency_key": key})
            except (stripe.CardError, stripe.InvalidRequestError) as refusal:
                return refusal
            except stripe.StripeError as silence:
                self.silences[_told_by(silence)] += 1
                if time.monotonic() > give_up_at:
                    pytest.fail(f"{key} was not answered: {silence!r}")
                time.sleep(0.1)

    def read(self, call, *ids, **params):
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                return call(*ids, params=params)
            except (stripe.APIConnectionError, stripe.APIError):
                assert time.monotonic() < give_up_at
                time.sleep(0.1)

    def every(self, service, **params):
        """Return all objects of a list, the oldest first."""
        page = self.read(service.list, limit=100, **params)
        found = list(page.data)
        while page.has_more:
            page = self.read(service.list, limit=100, starting_after=found[-1].id, **params)
            found += page.data
        return found[::-1]

    def ledger(self):
        """Return the lines of the acquirer's own book."""
        request = urllib.request.Request(f"{self.url}/v1/sandbox/ledger")
        request.add_header("Authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def settled(self, thing, service):
        """Return an object once it is known what became of it."""
        give_up_at = time.monotonic() + PATIENCE
        while thing.status in {"pending", "processing"}:
            assert time.monotonic() < give_up_at, f"nobody knows what became of {thing.id}"
            time.sleep(0.3)
            thing = self.read(service.retrieve, thing.id)
        return thing


def _told_by(silence):
    """Return what an error says of when to ask again: its kind, its status, `Retry-After`."""
    pause = (silence.headers or {}).get("Retry-After", "-")
    return f"{type(silence).__name__} {silence.http_status} {pause}"
