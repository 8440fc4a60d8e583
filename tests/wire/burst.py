"""Many requests at the same moment, each over a connection of its own."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlsplit

from tests.v1_client import FORM, Answer, form


class Burst:
    """A client with one key of one server.

    Args:
        mount: of a dialect.
    """

    def __init__(self, url, key, *, mount="/v1"):
        self.address = urlsplit(url).netloc
        self.key, self.mount = key, mount

    def post(self, path, *, headers=None, gate=None, **params):
        """Send one request and return its answer.

        Args:
            gate: waited at once connected, so that all go through together.
        """
        return self._send("POST", path, form(params), headers or {}, gate)

    def delete(self, path, *, gate=None):
        return self._send("DELETE", path, None, {}, gate)

    def get(self, path):
        return self._send("GET", path, None, {}, None)

    def together(self, *calls):
        """Make all calls, given as functions that take a gate, at once; return the answers in the calls' order."""
        gate = Barrier(len(calls))
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(lambda call: call(gate), calls))

    def _send(self, method, path, body, headers, gate):
        link = HTTPConnection(self.address, timeout=60)
        link.connect()
        try:
            if gate is not None:
                gate.wait(30)
            standing = {"Authorization": f"Bearer {self.key}", "Content-Type": FORM}
            link.request(method, f"{self.mount}/{path}", body, {**standing, **headers})
            response = link.getresponse()
            return Answer(response.status, json.loads(response.read()), response.headers)
        finally:
            link.close()
