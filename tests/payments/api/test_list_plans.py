"""That a customer's newest are found where an index keeps them, however the rows are spread."""

import re

import pytest
from django.db import connection

from customers.api.v1.events import EventFilter
from customers.events.models import Event
from payments.api.v1.charges import ChargeFilter
from payments.api.v1.payment_intents import PaymentIntentFilter
from payments.models import Charge, PaymentIntent


@pytest.mark.parametrize(
    ("model", "filters", "index"),
    [
        (Charge, ChargeFilter, "charge_of_customer"),
        (Event, EventFilter, r"events_event_\w+_customer_id\w*"),  # of each month
        (PaymentIntent, PaymentIntentFilter, "payment_intent_of_customer"),
    ],
    ids=["charges", "events", "payment intents"],
)
def test_a_customers_newest_come_from_their_own_index(scope, model, filters, index):
    with connection.cursor() as cursor:  # the table is empty, and not worth an index
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )

    rows = filters.base_filters["customer"].newest(model.objects.all(), "cus_0")
    plan = rows[:11].explain()

    assert re.search(f"using {index} on", plan)
    assert "->  Sort " not in plan


def test_a_customers_list_is_its_own_and_in_order(api):
    customers = [api.post("customers", source="tok_visa").body["id"] for _ in range(2)]
    made = [
        api.post("charges", amount=100 + n, currency="usd", customer=customers[n % 2]).body["id"]
        for n in range(6)
    ]
    first, second = (api.get("charges", customer=each, limit=2).body for each in customers)

    assert [charge["id"] for charge in first["data"]] == [made[4], made[2]]
    assert [charge["id"] for charge in second["data"]] == [made[5], made[3]]
    assert (first["has_more"], second["has_more"]) == (True, True)
    rest = api.get("charges", customer=customers[0], limit=2, page=2).body
    assert [charge["id"] for charge in rest["data"]] == [made[0]]
    after = api.get("charges", customer=customers[0], starting_after=made[4]).body["data"]
    assert [charge["id"] for charge in after] == [made[2], made[0]]
