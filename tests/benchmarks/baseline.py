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
from tests.benchmarks import bare_charges

_SELECT = """
SELECT id, balance, created_at, currency, is_delinquent, description, email, invoice_prefix, invoice_settings, livemode,
metadata, full_name, next_invoice_sequence, phone, preferred_locales, tax_exempt, default_addresses
FROM customers_customer
"""
_ONE = f"{_SELECT} WHERE id = %s"
_LIST = f"""{_SELECT} WHERE site_id = %s AND NOT livemode AND deleted_at IS NULL
ORDER BY created_at DESC, id DESC LIMIT %s"""
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


def _postal(address):
    return {name: address[name] or None for name in _POSTAL}


def _wire(row):
    settings, addresses = json.loads(row[8]), json.loads(row[16])
    shipping = addresses.get("shipping")
    return {
        "id": row[0],
        "object": "customer",
        "address": _postal(addresses["billing"]) if "billing" in addresses else None,
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
        "shipping": shipping
        and {
            "address": _postal(shipping),
            "name": shipping["name"] or None,
            "phone": shipping["phone"] or None,
        },
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
        "{}",
    ]
    wire = _wire(row)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [pk, site, at, email, name, json.dumps(metadata), prefix])
        cursor.execute(_EVENT, [f"evt_{key}", site, at, pk, pk, json.dumps(wire)])
    return JsonResponse(wire)


@csrf_exempt
def collection(request):
    return create(request) if request.method == "POST" else listing(request)


urlpatterns = [
    path("customers", collection),
    path("customers/<str:pk>", retrieve),
    path("charges", bare_charges.create),
]
application = get_wsgi_application()
