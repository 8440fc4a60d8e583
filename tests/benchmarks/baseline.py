"""Bare Django views: one SQL statement (two inserts for create), and JsonResponse. No key, no checks, no tenant."""

import json
import os
import secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.baseline_settings")

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import Http404, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from customers.kit import clock

_COLUMNS = """
c.id, c.balance, c.created_at, c.currency, c.is_delinquent, c.description, c.email, c.invoice_prefix,
c.invoice_settings, c.livemode, c.metadata, c.full_name, c.next_invoice_sequence, c.phone, c.preferred_locales,
c.tax_exempt, b.city, b.country, b.line1, b.line2, b.postal_code, b.state, s.city, s.country, s.line1, s.line2,
s.postal_code, s.state, s.name, s.phone, b.id, s.id
"""
_FROM = """
FROM customers_customer c
LEFT JOIN customers_address b ON b.customer_id = c.id AND b.kind = 'billing' AND b.is_default
LEFT JOIN customers_address s ON s.customer_id = c.id AND s.kind = 'shipping' AND s.is_default
"""
_ONE = f"SELECT {_COLUMNS} {_FROM} WHERE c.id = %s"
_LIST = f"""SELECT {_COLUMNS} {_FROM} WHERE c.site_id = %s AND NOT c.livemode AND c.deleted_at IS NULL
ORDER BY c.created_at DESC, c.id DESC LIMIT %s"""
_INSERT = """
INSERT INTO customers_customer (id, site_id, livemode, created_at, email, name, individual_name, first_name, last_name,
display_name, username, external_id, description, phone, phone_e164, preferred_locales, timezone, metadata,
custom_fields, currency, preferred_currency, balance, cash_balance_mode, is_delinquent, tax_exempt, invoice_prefix,
next_invoice_sequence, invoice_settings, organization_name, default_addresses)
VALUES (%s, %s, false, %s, %s, %s, '', '', '', '', '', '', '', '', '', '{}', '', %s, '{}', '', '', 0,
'merchant_default', false, 'none', %s, 1, '{}', '', '{}')
"""
_EVENT = """
INSERT INTO events_event (id, site_id, livemode, created_at, type, object_id, customer_id, snapshot, api_version, door,
actor, request_id, idempotency_key)
VALUES (%s, %s, false, %s, 'customer.created', %s, %s, %s, '2026-10-28.endive', 'api', '', '', '')
"""
_POSTAL = ("city", "country", "line1", "line2", "postal_code", "state")


def _wire(row):
    settings = json.loads(row[8])
    return {
        "id": row[0],
        "object": "customer",
        "address": dict(zip(_POSTAL, row[16:22], strict=True)) if row[30] else None,
        "balance": row[1],
        "created": int(row[2].timestamp()),
        "currency": row[3] or None,
        "default_source": None,
        "delinquent": row[4],
        "description": row[5] or None,
        "discount": None,
        "email": row[6] or None,
        "invoice_prefix": row[7],
        "invoice_settings": {
            "custom_fields": settings.get("custom_fields"),
            "default_payment_method": None,
            "footer": settings.get("footer"),
            "rendering_options": None,
        },
        "livemode": row[9],
        "metadata": json.loads(row[10]),
        "name": row[11] or None,
        "next_invoice_sequence": row[12],
        "phone": row[13] or None,
        "preferred_locales": row[14],
        "shipping": {
            "address": dict(zip(_POSTAL, row[22:28], strict=True)),
            "name": row[28],
            "phone": row[29],
        }
        if row[31]
        else None,
        "tax_exempt": row[15],
        "test_clock": None,
    }


def retrieve(request, pk):
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [pk])
        row = cursor.fetchone()
    if row is None:
        raise Http404
    return JsonResponse(_wire(row))


def listing(request):
    limit = int(request.GET.get("limit", 10))
    with connection.cursor() as cursor:
        cursor.execute(_LIST, [os.environ["BENCH_SITE"], limit + 1])
        found = cursor.fetchall()
    return JsonResponse(
        {
            "object": "list",
            "data": [_wire(row) for row in found[:limit]],
            "has_more": len(found) > limit,
            "url": request.path,
        }
    )


def create(request):
    at, key = clock.now(), secrets.token_hex(12)
    pk, email, name = f"cus_{key}", request.POST.get("email", ""), request.POST.get("name", "")
    metadata, site = (
        {"order_id": request.POST.get("metadata[order_id]", "")},
        os.environ["BENCH_SITE"],
    )
    prefix = secrets.token_hex(6).upper()
    row = [
        pk,
        0,
        at,
        "",
        False,
        "",
        email,
        prefix,
        "{}",
        False,
        json.dumps(metadata),
        name,
        1,
        "",
        [],
        "none",
    ]
    wire = _wire([*row, *[None] * 16])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [pk, site, at, email, name, json.dumps(metadata), prefix])
        cursor.execute(_EVENT, [f"evt_{key}", site, at, pk, pk, json.dumps(wire)])
    return JsonResponse(wire)


@csrf_exempt
def collection(request):
    return create(request) if request.method == "POST" else listing(request)


urlpatterns = [path("customers", collection), path("customers/<str:pk>", retrieve)]
application = get_wsgi_application()
