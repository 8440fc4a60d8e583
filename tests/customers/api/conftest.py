"""What tests of the API can ask for beside what every test can."""

import pytest

from tests.v1_client import FORM
from tests.v1_routes import seed


@pytest.fixture
def ids(api):
    """The ids of one object of each kind, by the names of their schemas."""
    return seed(api)


@pytest.fixture
def refused(api, nothing_written):
    """Sends one request, checks that it was refused and wrote nothing, and returns (status, code, param)."""

    def send(method="POST", path="customers", body=b"", content_type=FORM, *, kept=0, **options):
        with nothing_written(answers_kept=kept):
            return _refusal(api, method, path, body, content_type, **options)

    return send


@pytest.fixture
def each_refused(api, nothing_written):
    """Sends a request for each name, as `refused` does; but what is stored is compared once, behind the last."""

    def send(requests):
        with nothing_written():
            return {name: _refusal(api, **options) for name, options in requests.items()}

    return send


def _refusal(api, method, path, body=b"", content_type=FORM, **options):
    api.client.raise_request_exception = False  # answer as a server does where a view raises
    answer = api.send(method, path, body, content_type, **options)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Request-Id"].startswith("req_")
    error = answer.error
    assert error.pop("message")
    assert error.pop("type") == "invalid_request_error"
    return answer.status, error.pop("code", None), error.pop("param", None)
