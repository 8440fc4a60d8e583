"""The dashboard with many rows against the dashboard with few: queries, and ratios of server time.

    DATA_DIR=… python -m tests.benchmarks.dashboard [--few 10000 --many 1000000 --repeats 7]

Needs an empty DATA_DIR, which it fills: with the demonstration merchant, whose customers are copied with all that is
theirs until there are FEW, and after a first measurement until there are MANY. A copy has its charges twice, so that a
customer has about ten. Events and emails are copied until there are FEW customers only. Asks for each list, each option
of its filters, searches and customers' pages, in this process; prints what is above the goals, and the medians.
"""

import argparse
import os
import re
import statistics
from contextlib import contextmanager
from html import unescape
from time import perf_counter
from typing import NamedTuple

import django

SEARCHED = ("Ada", "ada.whitfield", "Whitfield", "4242", "+44", "premium")
LISTS = (
    "customers/customer", "payments/charge", "payments/paymentintent", "payments/paymentmethod", "payments/dispute",
    "billing/subscription", "billing/invoice", "billing/creditnote", "events/event",
)  # fmt: skip
TWICE = {"payments_charge", "payments_paymentintent"}
SELDOM = {"customers_message", "events_event", "events_delivery"}
NEVER = {"billing_promotioncode", "payments_operation", "payments_balancetransaction"}
"""What a page of the dashboard does not list, or what a customer may be the only one to use."""
GOALS = {"list": (6, 1.15), "search": (None, 1.5), "customer": (20, 1.5)}
"""Queries at most, and the time with many rows as a multiple of that with few."""
_OPTION = re.compile(r'href="(\?[^"]+)"')
_KEYS = (
    "SELECT conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '') FROM pg_constraint "
    "WHERE contype = 'f' AND conrelid = %s::regclass"
)
_INDEXES = (
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
    "WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
)
_SHORT = 65  # characters that have no room for a mark
_CHUNK = 500  # copies of the whole merchant in one statement


class Asked(NamedTuple):
    """What a page took.

    Args:
        queries: how many.
        seconds: of the server's time, in the median.
    """

    queries: int
    seconds: float


class Copies:
    """The rows of the demonstration's customers, to be copied with new ids."""

    def __init__(self):
        self.made = 0
        self._tables = _tables_of_customers()
        self._foreign = {table: _foreign_keys(table) for table in self._tables}
        self._fresh = {
            table: _fresh(table, {name for name, target in keys.items() if target in self._tables})
            for table, keys in self._foreign.items()
        }
        for table in self._tables:
            _run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        ((self.people,),) = _read("SELECT count(*) FROM kept_customers_customer")

    def grow(self, customers, *, few):
        """Copy until there are so many customers; what is copied seldom, until there are few."""
        wanted = customers // self.people
        with _lighter(self._tables):
            for table in self._tables:
                last = min(wanted, few // self.people) if table in SELDOM else wanted
                for mark in ("k", "m") if table in TWICE else ("k",):
                    for first in range(self.made + 1, last + 1, _CHUNK):
                        _run(self._copying(table, mark), [first, min(first + _CHUNK - 1, last)])
        self.made = wanted
        for table in self._tables:
            _run(f"VACUUM ANALYZE {table}")

    def _copying(self, table, mark):
        names = _columns(table)
        short = self._fresh[table]
        values = []
        for name in names:
            target = self._foreign[table].get(name)
            its = mark if target is None or target in TWICE else "k"
            if short.get(name):
                values.append(f"upper(left(md5({name} || '{its}' || n), {short[name]}))")
            elif name in short or target in self._tables:
                own = f"'{its}' || lpad(n::text, 6, '0')"
                values.append(f"\"{name}\" || CASE WHEN \"{name}\" <> '' THEN {own} ELSE '' END")
            elif name == "email":
                values.append(f"replace(email, '@', '{mark}' || n || '@')")
            elif name == "created_at":
                values.append("created_at - n * interval '11 minutes'")
            else:
                values.append(f'"{name}"')
        columns = ", ".join(f'"{name}"' for name in names)
        return (
            f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} "
            f"FROM kept_{table}, generate_series(%s::int, %s::int) AS n"
        )


def _tables_of_customers():
    """Return the tables whose rows are a customer's, by their foreign keys, and events beside them."""
    found = {"customers_customer"}
    links = _read(
        "SELECT DISTINCT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    )
    while more := {table for table, target in links if target in found} - found:
        found |= more
    return sorted((found | SELDOM) - NEVER)


def _foreign_keys(table):
    """Return the table that each column refers to, but for sites."""
    rows = _read(
        "SELECT attname, confrelid::regclass::text FROM pg_constraint, "
        "unnest(conkey) AS key JOIN pg_attribute ON attnum = key "
        "WHERE contype = 'f' AND conrelid = %s::regclass AND attrelid = conrelid "
        "AND confrelid <> 'customers_site'::regclass AND attname NOT IN ('site_id', 'livemode')",
        [table],
    )
    return dict(rows)


def _columns(table):
    """Return the columns that have to be given."""
    rows = _read(
        "SELECT attname FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' AND attidentity = '' "
        "AND NOT attisdropped AND coalesce(pg_get_expr(adbin, adrelid), '') NOT LIKE 'nextval%%'",
        [table],
    )
    return [name for (name,) in rows]


def _fresh(table, copied):
    """Return the columns of text by which a row differs from all others, each with its length where that is short."""
    rows = _read(
        "SELECT indexrelid::int, attname, atttypid IN ('text'::regtype, 'varchar'::regtype), atttypmod - 4 "
        "FROM pg_index, unnest(indkey) AS key JOIN pg_attribute ON attnum = key "
        "WHERE indisunique AND indrelid = %s::regclass AND attrelid = indrelid",
        [table],
    )
    unique = {}
    for index, name, is_text, length in rows:
        unique.setdefault(index, {})[name] = (is_text, length)
    own = {
        name: length if 0 < length < _SHORT and name != "id" else 0
        for columns in unique.values()
        if not columns.keys() & copied
        for name, (is_text, length) in columns.items()
        if is_text and name != "site_id"
    }
    loose = {"object_id", "customer_id"} & set(_columns(table)) - copied
    return own | dict.fromkeys(loose, 0)


@contextmanager
def _lighter(tables):
    """Do without triggers, foreign keys, and indexes but those of constraints; have them again in the end."""
    again = []
    for table in tables:
        for name, text in _read(_KEYS, [table]):
            _run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {text} NOT VALID')
        for name, text in _read(_INDEXES, [table]):
            _run(f"DROP INDEX {name}")
            again.append(text)
        _run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        again.append(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    yield
    _run("SET maintenance_work_mem = '1GB'")
    for text in again:
        _run(text)


def _read(text, params=None):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()


def _run(text, params=None):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, params)


class Visitor:
    """An owner who looks at pages and takes the time."""

    def __init__(self, site, *, repeats):
        from django.test import Client

        from customers.kit import clock
        from customers.models import Role
        from customers.services import operators

        operator, _password = operators.invite(
            email="owner@example.com", site=site, role=Role.OWNER, at=clock.now()
        )
        self._client, self._repeats = Client(headers={"host": "127.0.0.1"}), repeats
        self._client.force_login(operator)

    def look(self):
        """Visit all; return what each page took, by its kind and address."""
        pages = {}
        for name in LISTS:
            url = f"/admin/{name}/"
            for address in [url, *(url + option for option in self._options(url))]:
                pages["list", address] = self._visit(address)
        for words in SEARCHED:
            for url in ("/admin/customers/customer/", "/admin/search/"):
                address = f"{url}?q={words}"
                pages["search", address] = self._visit(address)
        for (pk,) in _read("SELECT id FROM kept_customers_customer ORDER BY id LIMIT 9"):
            address = f"/admin/customers/customer/{pk}/"
            pages["customer", address] = self._visit(address)
        return pages

    def _options(self, url):
        text = self._client.get(url).content.decode()
        found = {unescape(option) for option in _OPTION.findall(text)}
        return sorted(option for option in found if "before=" not in option)

    def _visit(self, address):
        from django.db import connection

        counts, seconds = [], []
        for _ in range(self._repeats + 1):
            counts.append(0)

            def counted(execute, *args):
                counts[-1] += 1
                return execute(*args)

            started = perf_counter()
            with connection.execute_wrapper(counted):
                answer = self._client.get(address)
            seconds.append(perf_counter() - started)
            if answer.status_code not in {200, 302}:
                raise SystemExit(f"{address} answered {answer.status_code}.")
        return Asked(max(counts[1:]), statistics.median(seconds[1:]))


def _print(few, many):
    for kind, (most, goal) in GOALS.items():
        ratios = {}
        for key in few.keys() & many.keys():
            if key[0] == kind:
                ratios[key[1]] = many[key].seconds / few[key].seconds
        queries = max(many[kind, address].queries for address in ratios)
        print(
            f"{kind}: {len(ratios)} pages, ratio {statistics.median(ratios.values()):.2f} in the median, "
            f"{max(ratios.values()):.2f} at most (goal {goal}); {queries} queries at most (goal {most})"
        )
        for address, ratio in sorted(ratios.items(), key=lambda item: -item[1]):
            took = many[kind, address]
            if ratio > goal or (most and took.queries > most):
                before = few[kind, address].seconds * 1000
                print(
                    f"  {ratio:5.2f}  {before:6.0f} to {took.seconds * 1000:6.0f} ms  "
                    f"{took.queries:2d} queries  {address}"
                )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    from customers.kit import clock
    from customers.services import demo
    from payments.services import demo as payments_demo

    setup_test_environment()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    demo.fill(at=clock.now())
    payments_demo.fill(at=clock.now())
    copies, visitor = Copies(), Visitor(demo.site(), repeats=options.repeats)
    seen = []
    for customers in (options.few, options.many):
        started = perf_counter()
        copies.grow(customers, few=options.few)
        sizes = {
            table: _read(f"SELECT reltuples::bigint FROM pg_class WHERE relname = '{table}'")[0][0]
            for table in ("customers_customer", "payments_charge", "billing_invoice")
        }
        print(f"{sizes}, after {perf_counter() - started:.0f} s", flush=True)
        seen.append(visitor.look())
    _print(*seen)


if __name__ == "__main__":
    main()
