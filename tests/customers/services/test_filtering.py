"""That a free text is looked for where indexes are."""

import pytest
from django.db import connection

from customers.events.models import Event
from customers.kit.integrity import has_trigrams
from customers.kit.tenancy import every_site
from customers.models import Customer
from customers.services import filtering
from payments.models import BalanceTransaction, Charge, Dispute, Link, Refund, Schedule
from payments.services import filtering as of_payments

SEARCHED = [
    (Customer, filtering.CUSTOMERS),
    (Event, filtering.EVENTS),
    (BalanceTransaction, of_payments.TRANSACTIONS),
    (Charge, of_payments.CHARGES),
    (Dispute, of_payments.DISPUTES),
    (Link, of_payments.LINKS),
    (Refund, of_payments.REFUNDS),
    (Schedule, of_payments.SCHEDULES),
]


@pytest.mark.parametrize(
    ("model", "criteria"), SEARCHED, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_free_text_is_found_by_indexes_alone(db, model, criteria):
    with connection.cursor() as cursor:
        are_texts_indexed = has_trigrams(cursor)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")

    with every_site():
        plan = model.objects.filter(criteria.of_query("books", ["books"])).explain()

    if criteria.texts and not are_texts_indexed:
        assert "Seq Scan" in plan  # as the README says of a server without pg_trgm
        return
    assert "Seq Scan" not in plan
    parts = plan.count("Bitmap Heap Scan")  # of a table in months, one for each
    assert plan.count("Bitmap Index Scan") == parts * (len(criteria.ids) + len(criteria.texts))
    assert plan.count("_trigrams") == len(criteria.texts)
