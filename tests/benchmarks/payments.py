"""Charges on the sandbox, as ratios to a bare view that inserts the same rows; and the list of a customer's charges.

    DATA_DIR=… python -m tests.benchmarks.payments

Needs wrk (Debian: wrk), and an empty DATA_DIR, which it fills. Prints the median of the rounds' ratios and their range.
"""

import argparse
import json
import os
import urllib.parse
import urllib.request

import django

from tests.benchmarks.api import BASELINE, OURS, compare, server

_MANY, _FEW = 10_000, 10
_POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
local n, seed = 0, "%%s"
request = function()
  n = n + 1
  wrk.headers["Idempotency-Key"] = seed .. "-" .. n
  return wrk.format(nil, nil, nil, "amount=2000&currency=usd&customer=%s")
end
"""
_COPY = """
INSERT INTO payments_charge SELECT (jsonb_populate_record(one, jsonb_build_object(
    'id', 'ch_' || %(mark)s || lpad(n::text, 20, '0'), 'created_at', one.created_at - n * interval '1 minute',
    'customer_id', %(customer)s::text, 'request_key', NULL, 'gateway_reference', %(mark)s || n))).*
FROM payments_charge AS one, generate_series(1, %(count)s) AS n WHERE one.id = %(charge)s
"""


def _post(url: str, key: str, path: str, *, idempotency_key: str = "", **params: object) -> dict:
    request = urllib.request.Request(f"{url}/v1/{path}", urllib.parse.urlencode(params).encode())
    request.add_header("Authorization", f"Bearer {key}")
    if idempotency_key:
        request.add_header("Idempotency-Key", idempotency_key)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _site() -> str:
    """Make the database and a site, and return its secret test key."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    from customers.kit import clock
    from customers.services import sites

    call_command("migrate", verbosity=0)
    return sites.create(name="Bench", at=clock.now())[1]["sk_test"]


def _fill(charge: str, few: str, many: str) -> None:
    """Give one customer few charges and another many."""
    from django.db import connection

    with connection.cursor() as cursor:
        for mark, customer, count in (("few", few, _FEW), ("man", many, _MANY)):
            values = {"mark": mark, "customer": customer, "count": count, "charge": charge}
            cursor.execute(_COPY, values)
        cursor.execute("VACUUM ANALYZE payments_charge")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    how = (options.rounds, options.seconds, options.connections)
    key = _site()
    env = {"API_RATE_LIMIT": "0", "DJANGO_SETTINGS_MODULE": "config.settings"}
    with server(OURS, 8973, env) as ours:
        payer, few, many = (
            _post(ours, key, "customers", source="tok_visa")["id"] for _ in range(3)
        )
        money = {"amount": 2000, "currency": "usd", "customer": payer}
        charge = _post(ours, key, "charges", idempotency_key="template", **money)["id"]
        _fill(charge, few, many)
        bare_env = {**env, "BENCH_CHARGE": charge, "BENCH_SITE": ""}
        bare_env["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.baseline_settings"
        with server(BASELINE, 8974, bare_env) as bare:
            script = _POST % payer
            charges = f"{ours}/v1/charges"
            targets = [("bare view", {"url": f"{bare}/charges", "script": script})]
            targets += [("Keeptab", {"url": charges, "key": key, "script": script})]
            compare("charge", targets, *how)
        lists = [
            (f"{count:,} charges", {"url": f"{charges}?customer={customer}&limit=10", "key": key})
            for customer, count in ((few, _FEW), (many, _MANY))
        ]
        compare("list", lists, *how)


if __name__ == "__main__":
    main()
