"""What charges cost in SQL in the Omise dialect: no more than in `/v1/`, and lists the same for any length."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.payments.api.test_charge_queries import MOST, gateways, statements

__all__ = ["gateways"]
pytestmark = pytest.mark.django_db(transaction=True)
MONEY = {"amount": 2000, "currency": "thb"}


@pytest.mark.parametrize(
    "key", [{}, {"Idempotency-Key": "order-2"}], ids=["without key", "with key"]
)
def test_a_charge_costs_no_more_than_in_v1(omise, gateways, key):
    customer = omise.post("customers", card="tok_visa").body["id"]
    sent = {**MONEY, "customer": customer}
    omise.send("POST", "charges", sent, headers={"Idempotency-Key": "order-1"})
    gateways.clear()

    with CaptureQueriesContext(connection) as heard:
        answer = omise.send("POST", "charges", sent, headers=key)

    ours = len(statements(heard)) - len(statements(gateways))
    assert (answer.status, answer.body["status"]) == (200, "successful")
    assert 0 < ours <= MOST, "\n".join(statements(heard))


@pytest.mark.parametrize("path", ["charges", "refunds", "charges/{}/refunds"])
def test_a_list_costs_the_same_for_any_length(omise, path):
    costs = []
    for count in (1, 3):
        for _ in range(count):
            charge = omise.post("charges", MONEY, card="tok_visa").body["id"]
            omise.post(f"charges/{charge}/refunds", amount=500)
        where = path.format(charge)
        omise.get(where)  # what is compiled once is compiled
        with CaptureQueriesContext(connection) as heard:
            assert omise.get(where).status == 200
        costs.append(len(statements(heard)))

    assert costs[0] == costs[1] > 0
