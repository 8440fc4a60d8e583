"""That what a list is narrowed to comes from an index in the list's order, however few of the rows it is."""

import pytest
from django.db import connection

from customers.admin import bulk_worker, choices
from customers.models import Role


@pytest.mark.parametrize(
    ("table", "asked", "index"),
    [
        ("customers.customer", {"consent": "yes"}, "customer_mail_marketing"),
        ("customers.customer", {"consent": "no"}, "customer_mail_marketing"),
        ("customers.customer", {"consent": "unknown"}, "customer_never_asked"),
        ("customers.customer", {"balance": "credit"}, "customer_with_credit"),
        ("customers.customer", {"balance": "owed"}, "customer_owing"),
        ("payments.charge", {"status": "pending"}, "charge_of_status"),
        ("payments.charge", {"status": "authorized"}, "charge_of_status"),
        ("payments.charge", {"status": "failed"}, "charge_of_status"),
        ("payments.charge", {"status": "canceled"}, "charge_called_off"),
        ("payments.charge", {"back": "refunded"}, "charge_refunded"),
        ("payments.charge", {"back": "partly"}, "charge_partly_refunded"),
        ("payments.charge", {"back": "disputed"}, "charge_disputed"),
        ("payments.charge", {"method": "sepa_debit"}, "charge_of_kind"),
        ("payments.charge", {"amount": "10"}, "charge_of_range"),
        ("payments.charge", {"amount": "more"}, "charge_of_range"),
        ("payments.paymentintent", {}, "payment_intent_unpaid"),
        ("payments.paymentintent", {"status": "canceled"}, "payment_intent_of_status"),
        ("billing.invoice", {"collection": "automatic"}, "invoice_of_collection"),
        ("billing.invoice", {"status": "overdue"}, "invoice_with_due_day"),
        ("billing.invoice", {"status": "failed"}, "invoice_tried"),
        ("billing.subscription", {"collection": "invoice"}, "subscription_of_collection"),
        ("billing.subscription", {"status": "paused"}, "subscription_paused"),
        ("billing.subscription", {"status": "ending"}, "subscription_ending"),
        ("billing.subscription", {"status": "canceled"}, "subscription_ended"),
    ],
)
def test_what_a_filter_keeps_comes_from_an_index_in_order(
    operator_with, site, scope, table, asked, index
):
    operator = operator_with(Role.OWNER, email="o@example.com")
    choice = choices.at(operator, site, livemode=False)
    model = table.partition(".")[2].replace("paymentintent", "payment_intent")
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
        cursor.execute(f"DROP INDEX {model}_newest")  # which would do for a table without rows

    rows = bulk_worker._table(table).rows(choice, asked)[1].select_related(None)
    plan = rows[:26].explain()

    assert f"using {index} on" in plan
    assert "Sort" not in plan
