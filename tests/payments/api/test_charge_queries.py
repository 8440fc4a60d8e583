"""What a charge costs in SQL from its request to its answer, beside what the gateway asks for itself."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.gateways.sandbox.gateway import Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 12
FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def gateways(monkeypatch):
    """The statements of the sandbox itself, which are not ours to count."""
    theirs = []
    authorize = Sandbox.authorize

    def listened_to(self, request):
        with CaptureQueriesContext(connection) as heard:
            outcome = authorize(self, request)
        theirs.extend(heard)
        return outcome

    monkeypatch.setattr(Sandbox, "authorize", listened_to)
    return theirs


def statements(queries):
    return [query["sql"] for query in queries if not query["sql"].startswith(FRAMES)]


@pytest.mark.parametrize(
    "key", [{}, {"Idempotency-Key": "order-2"}], ids=["without key", "with key"]
)
def test_a_charge_costs_twelve_statements_at_most(api, gateways, key):
    customer = api.post("customers", source="tok_visa").body["id"]
    wanted = {"amount": 2000, "currency": "usd", "customer": customer}
    api.post(
        "charges", headers={"Idempotency-Key": "order-1"}, **wanted
    )  # what is compiled once is compiled
    gateways.clear()

    with CaptureQueriesContext(connection) as heard:
        answer = api.post("charges", headers=key, **wanted)

    ours = len(statements(heard)) - len(statements(gateways))
    assert (answer.status, answer.body["status"]) == (200, "succeeded")
    assert 0 < ours <= MOST, "\n".join(statements(heard))
