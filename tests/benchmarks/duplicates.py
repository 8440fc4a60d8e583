"""The search for duplicates among many customers: its time and memory, beside a plain GROUP BY of the addresses.

    DATA_DIR=… python -m tests.benchmarks.duplicates [--customers 1000000]

Fills an empty DATA_DIR with customers, of whom one in fifty shares something with another one: the address in another
letter case, a mailbox with other dots, the phone number, or a name that is spelled a little differently at the same
place. Then searches, step by step, and prints what each step took, how many pairs there are, and how much memory this
process needed on top. The baseline asks for the addresses that occur twice, and does nothing with them.
"""

import argparse
import json
import os
import resource
from time import perf_counter

import django

_FILL = """
INSERT INTO customers_customer (id, site_id, livemode, created_at, email, name, individual_name, first_name, last_name,
    display_name, username, external_id, description, phone, phone_e164, organization_name, preferred_locales, timezone,
    metadata, custom_fields, currency, preferred_currency, balance, cash_balance_mode, is_delinquent, tax_exempt,
    invoice_prefix, next_invoice_sequence, invoice_settings, default_addresses)
SELECT 'cus_' || lpad(n::text, 24, '0'), %(site)s, true, now() - n * interval '1 second',
    CASE WHEN n %% 50 = 0 THEN 'PERSON' || n - 1 || '@example.com'
        WHEN n %% 50 = 1 THEN 'some.one' || n || '@gmail.com' WHEN n %% 50 = 2 THEN 'someone' || n - 1 || '@gmail.com'
        ELSE 'person' || n || '@example.com' END,
    md5((n / 2)::text) || ' ' || CASE WHEN n %% 50 = 11 THEN 'Whitfield' ELSE 'Whitfeild' END, '', '', '', '', '', '',
    '', '', CASE WHEN n %% 50 = 3 THEN '+66' || n + 1 WHEN n %% 3 = 0 THEN '' ELSE '+66' || n END, '', '{}', '', '{}',
    '{}', '', '', 0, 'merchant_default', false, 'none', upper(lpad(to_hex(n), 8, '0')), 1, '{}', '{}'
FROM generate_series(1, %(many)s) AS n
"""
_ADDRESSES = """
INSERT INTO customers_address (id, site_id, livemode, created_at, customer_id, kind, is_default, name, company, phone,
    line1, line2, city, state, postal_code, country, metadata)
SELECT 'addr_' || lpad(n::text, 24, '0'), %(site)s, true, now(), 'cus_' || lpad(n::text, 24, '0'), 'billing', true, '',
    '', '', n / 2 || ' Harbour Street', '', 'Springfield', '', (n / 20)::text, 'US', '{}'
FROM generate_series(1, %(many)s) AS n WHERE n %% 2 = 0 OR n %% 50 = 11
"""
_PLAIN = """
SELECT count(*) FROM (SELECT UPPER(email) FROM customers_customer WHERE site_id = %(site)s AND livemode
    AND deleted_at IS NULL AND email <> '' GROUP BY 1 HAVING count(*) > 1) AS found
"""


def main():
    """Fill, search, and print figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    many = parser.parse_args().customers
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(_measured(many), indent=2))


def _measured(many):
    from customers.kit import clock
    from customers.kit.tenancy import scoped_to
    from customers.models import DuplicatePair
    from customers.services import duplicates

    site = _filled(many)
    figures = {"customers": many, "plain_seconds": _timed(lambda: _run(_PLAIN, site=site.pk))}
    with scoped_to(site, livemode=True):
        search = duplicates.start(at=clock.now())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        steps = {}
        made = duplicates._steps()
        for number, step in enumerate(made):
            duplicates._steps = lambda number=number: made[: number + 1]
            taken = _timed(lambda: duplicates.run(search.pk, at=clock.now()))
            steps[f"{number} {getattr(step, '__name__', '')}"] = taken
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        figures |= {"steps": steps, "seconds": round(sum(steps.values()), 1)}
        figures |= {"pairs": DuplicatePair.objects.count(), "grown_kib": grown}
        figures["again_seconds"] = _timed(lambda: _again(duplicates, made, clock.now()))
    return figures


def _again(duplicates, made, at):
    duplicates._steps = lambda: made
    duplicates.run(duplicates.start(at=at).pk, at=at)


def _filled(many):
    from customers.kit import clock
    from customers.models import Site

    site = Site.objects.create(
        id=Site.new_id(), name="Many", slug="many", created_at=clock.now(), default_currency="usd"
    )
    for table in ("customers_customer", "customers_address"):
        _run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    _run(_FILL, site=site.pk, many=many)
    _run(_ADDRESSES, site=site.pk, many=many)
    for table in ("customers_customer", "customers_address"):
        _run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        _run(f"ANALYZE {table}")
    return site


def _run(text, **values):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, values or None)


def _timed(act):
    started = perf_counter()
    act()
    return round(perf_counter() - started, 2)


if __name__ == "__main__":
    main()
