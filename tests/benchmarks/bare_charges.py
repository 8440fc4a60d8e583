"""A bare view that inserts the rows which a charge leaves behind, and does nothing else."""

import os
import secrets
from functools import cache

from django.db import connection, transaction
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt

# The tables, and which of their rows belong to the charge that is copied.
_TABLES = {
    "payments_charge": "id = %(id)s",
    "payments_operation": "charge_id = %(id)s",
    "payments_balancetransaction": "source_id = %(id)s",
    "events_event": "object_id = %(id)s",
    "customers_idempotencyrecord": "key = 'template'",
    "sandbox.entries": "reference = %(id)s",
}
_NAMES = {
    "id",
    "request_key",
    "gateway_reference",
    "key",
    "reference",
    "source_id",
    "charge_id",
    "object_id",
}
"""Columns that tell one charge from another; what they hold is made anew for each copy."""


@cache
def _rows():
    """Return the statement and the values of each row of the charge that is copied."""
    found = []
    with connection.cursor() as cursor:
        for table, mine in _TABLES.items():
            cursor.execute(
                f"SELECT * FROM {table} WHERE {mine}", {"id": os.environ["BENCH_CHARGE"]}
            )
            columns = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                values = dict(zip(columns, row, strict=True))
                if table == "customers_idempotencyrecord":
                    del values["id"]  # the database numbers them
                names = ", ".join(f'"{name}"' for name in values)
                places = ", ".join(["%s"] * len(values))
                found.append((f"INSERT INTO {table} ({names}) VALUES ({places})", values))
    return found


@csrf_exempt
def create(request):
    fresh = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, values in _rows():
            cursor.execute(statement, [_of(name, value, fresh) for name, value in values.items()])
    return JsonResponse({"object": "charge", "id": fresh[os.environ["BENCH_CHARGE"]]})


def _of(name, value, fresh):
    if name not in _NAMES or not value:
        return value
    return fresh.setdefault(value, f"{value[:4]}{secrets.token_hex(12)}")
