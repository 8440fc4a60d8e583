"""A client of the RevKeen dialect over Django's test client: JSON bodies, keys in `x-api-key`, answers as JSON."""

from tests.omise_client import OmiseClient


class RevkeenClient(OmiseClient):
    """Requests as the official library sends them."""

    def __init__(self, key, **headers):
        super().__init__(key, mount="/revkeen/v2")
        self.headers = {"x-api-key": key, **headers}

    def get(self, path, /, **params):
        return self.query(path, **params)

    def delete(self, path):
        return self.send("DELETE", path)
