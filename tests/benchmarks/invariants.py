"""A night's round through all invariants: its rows a second and its memory, beside counting the same tables.

    DATA_DIR=… python -m tests.benchmarks.invariants [--customers 100000]

Fills an empty DATA_DIR with customers, each with a balance transaction, a charge, its movement in the ledger and the
events of both. Then walks every invariant's table as the worker does, and prints what each took. The baseline counts,
for each invariant, the rows of its table, page after page by one process: it reads the same rows, and compares nothing.
"""

import argparse
import json
import os
import resource
from time import perf_counter

import django


def main():
    """Fill, walk, and print figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    many = parser.parse_args().customers
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(many)
    print(json.dumps({"customers": many, **_measured()}, indent=2))


def _measured():
    from customers.kit import clock, invariants
    from customers.services import invariant_walks

    for one in invariants.every():  # so that both read from memory
        _count(one.table)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    each, rows, looking, counting, broken = {}, 0, 0.0, 0.0, 0
    for one in invariants.every():
        started = perf_counter()
        seen = list(invariant_walks.whole(one, now=clock.now))
        taken = perf_counter() - started
        bare, there = _timed(one.table)
        if there < 1000:
            continue
        rows, looking, counting = rows + there, looking + taken, counting + bare
        broken += sum(len(part.broken) for part in seen)
        each[one.name] = {
            "rows": there, "seconds": round(taken, 2), "count_seconds": round(bare, 2),
            "rows_a_second": round(there / taken), "of_counting": round(bare / taken, 3),
        }  # fmt: skip
    return {
        "each": each, "rows": rows, "broken": broken, "seconds": round(looking, 1),
        "rows_a_second": round(rows / looking), "count_rows_a_second": round(rows / counting),
        "of_counting": round(counting / looking, 3),
        "grown_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
    }  # fmt: skip


def _timed(table):
    started = perf_counter()
    there = _count(table)
    return perf_counter() - started, there


def _count(table):
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def _fill(many):
    from customers.kit import clock
    from customers.kit.tenancy import scoped_to
    from customers.services import balance_transactions, customers, sites
    from tests.factories.customers import EventFactory
    from tests.factories.payments import BalanceTransactionFactory, ChargeFactory

    site, _keys = sites.create(name="Acme", slug="acme", at=clock.now())
    with scoped_to(site, livemode=False):
        customer = customers.create(details={"name": "Ada Whitfield"}, at=clock.now())
        customer.refresh_from_db()
        balance_transactions.create(customer, amount=-500, currency="usd", at=clock.now())
        charge = ChargeFactory(customer=customer)
        BalanceTransactionFactory(source_id=charge.pk)
        EventFactory(type="charge.succeeded", object_id=charge.pk, customer_id=customer.pk)
    named = {"customer_id": "cus"}
    _multiply("customers_customer", "cus", many, prefix="upper(lpad(to_hex(n), 8, '0'))")
    _multiply("customers_customerbalancetransaction", "cbtxn", many, **named)
    _multiply("payments_charge", "ch", many, **named)
    _multiply("payments_balancetransaction", "txn", many, source_id="ch")
    created, paid = "it.type = 'customer.created'", "it.type = 'charge.succeeded'"
    _multiply("events_event", "evt", many, where=created, object_id="cus", **named)
    _multiply("events_event", "evt2", many, where=paid, object_id="ch", **named)
    _run("VACUUM ANALYZE")


def _multiply(table, id_prefix, many, *, where="true", prefix="", **named):
    """Insert a row so many times, with other ids, and with references to rows of the same number."""
    columns = [name for (name,) in _run(_COLUMNS, [table])]
    changed = {"id": id_prefix, **named}
    pairs = [f"'{name}', '{key}_' || md5(n::text)" for name, key in changed.items()]
    if prefix:
        pairs.append(f"'invoice_prefix', {prefix}")
    if table == "events_event":
        pairs.append("'sequence', nextval('events_event_sequence')")
    listed = ", ".join(f'"{name}"' for name in columns)
    made = ", ".join(f'(made.it)."{name}"' for name in columns)
    _run(
        f"""
        INSERT INTO {table} ({listed}) SELECT {made} FROM (
            SELECT jsonb_populate_record(NULL::{table}, to_jsonb(it) || jsonb_build_object({", ".join(pairs)})) AS it
            FROM (SELECT * FROM {table} AS it WHERE {where} ORDER BY created_at DESC LIMIT 1) AS it,
                generate_series(1, {int(many)}) AS n
        ) AS made
        """
    )


def _run(text, params=None):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall() if cursor.description else []


_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""

if __name__ == "__main__":
    main()
