"""Rows as COPY reads them: what is read back is what was given."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from customers.kit import copying, statements
from customers.models import Customer

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
TEXTS = [
    pytest.param("Ada Lovelace", id="plain"),
    pytest.param("", id="empty"),
    pytest.param("a\tb", id="tab"),
    pytest.param("a\nb\r\nc", id="lines"),
    pytest.param("C:\\new\\t", id="backslashes"),
    pytest.param("\\N", id="what COPY calls null"),
    pytest.param("\\.", id="what COPY calls the end"),
    pytest.param('{"a", b}', id="an array's marks"),
    pytest.param("สมชาย 김민준 🙂", id="other scripts"),
    pytest.param("a\N{ZERO WIDTH SPACE}b\N{NO-BREAK SPACE}c", id="nothing to be seen"),
]


def drawn_up(scope, **values):
    return statements.new_instance(
        Customer, id=Customer.new_id(), site=scope.site, livemode=False, created_at=AT, **values
    )


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_read_back_as_they_were(scope, text):
    given = {
        "description": text,
        "metadata": {"said": text},
        "preferred_locales": [text, "en"],
        "default_payment_method_id": None,
        "mail_marketing": True,
        "tele_marketing": None,
        "is_delinquent": False,
        "next_invoice_sequence": 10**12,
        "tax_exempt": Customer.TaxExempt.REVERSE,
        "tax_ip_address": "2001:db8::1",
    }
    row = drawn_up(scope, invoice_prefix="ONE", **given)

    copying.copy([copying.spelled(row)])

    found = Customer.objects.get(pk=row.pk)
    assert {name: getattr(found, name) for name in given} == given
    assert (found.created_at, found.invoice_prefix) == (AT, "ONE")


def test_more_rows_than_are_sent_at_once_all_come(scope):
    rows = [drawn_up(scope, invoice_prefix=f"P{number}") for number in range(250)]

    copying.copy_rows(Customer, rows)

    with connection.cursor() as cursor:
        cursor.execute("SELECT invoice_prefix FROM customers_customer")
        found = {prefix for (prefix,) in cursor.fetchall()}
    assert found == {f"P{number}" for number in range(250)}
