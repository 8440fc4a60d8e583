"""The dashboard with many rows against the dashboard with few: queries, blocks read, and ratios of server time.

    DATA_DIR=… python -m tests.benchmarks.dashboard [--few 10000 --many 1000000 --repeats 7 --only invoice]

Fills an empty DATA_DIR with the demonstration merchant, whose customers are copied with all that is theirs until there
are FEW; keeps that as a database of its own, and copies on until there are MANY. A copy has its charges twice, so that
a customer has about ten. Events and emails are copied a tenth as often, and for ten thousand customers at most. A
DATA_DIR that it has filled is measured again. A million customers need about 55 GB of disk.

Asks for each list, each option of its filters, searches and customers' pages, in this process, of both databases by
turns. Prints the medians and what is above the goals. Where others use the machine too, the blocks say what the time
cannot: what a page reads must not grow with the tables, but for a step of each index or so.
"""

import argparse
import json
import os
import re
import statistics
from contextlib import contextmanager
from html import unescape
from time import perf_counter
from typing import NamedTuple
from urllib.parse import quote

import django

SEARCHED = ("Ada", "ada.whitfield", "Whitfield", "4242", "+44", "premium")
LISTS = (
    "customers/customer", "payments/charge", "payments/paymentintent", "payments/paymentmethod", "payments/dispute",
    "billing/subscription", "billing/invoice", "billing/creditnote", "events/event",
)  # fmt: skip
TWICE = {"payments_charge": "payment_intent_id"}
"""What is copied twice, and the column that the second copy goes without."""
SELDOM = {"customers_message", "events_event", "events_delivery"}
NEVER = {
    "billing_promotioncode",
    "payments_balancetransaction",
    "payments_operation",
    "payments_spendingchange",
}
"""What no list shows, what a job takes away again, or what a customer may be the only one to use."""
GOALS = {"list": (6, 1.15), "search": (None, 1.5), "customer": (20, 1.5)}
"""Queries at most, and the time with many rows as a multiple of that with few."""
MOST_BLOCKS = 1.6
"""What a page may read with many rows as a multiple of what it reads with few."""
FEW, OWNER = "few", "owner@example.com"
_OPTION = re.compile(r'href="(\?[^"]+)"')
_KEYS = (
    "SELECT conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '') FROM pg_constraint "
    "WHERE contype = 'f' AND conrelid = %s::regclass"
)
_INDEXES = (
    "SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index "
    "WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
)
MOST_SELDOM = 250  # copies of the whole merchant
_SPREAD = (
    "to_timestamp({until} - mod({until} - extract(epoch FROM {name}) + n * 19490307.41, 31536000))"
)
"""The copies of each row lie evenly in the year, else all customers of a day would have the same name."""
_SHORT = 65  # characters that have no room for a mark
_CHUNK = 500  # copies of the whole merchant in one statement
_FEW = []  # the connection to the database with few rows, once there is one


class Asked(NamedTuple):
    """What a page took.

    Args:
        queries: how many.
        seconds: of the server's time, in the median.
        blocks: that its statements read, of 8 KiB, from memory or disk.
    """

    queries: int
    seconds: float
    blocks: int


class Copies:
    """The rows of the demonstration's customers, to be copied with new ids."""

    def __init__(self):
        self._tables = _tables_of_customers()
        self._made = dict.fromkeys(self._tables, 0)
        ((self._until,),) = _read("SELECT extract(epoch FROM now())")
        self._foreign = {table: _foreign_keys(table) for table in self._tables}
        self._fresh = {
            table: _fresh(table, {name for name, target in keys.items() if target in self._tables})
            for table, keys in self._foreign.items()
        }
        for table in self._tables:
            _run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        ((self.people,),) = _read("SELECT count(*) FROM kept_customers_customer")

    def grow(self, customers):
        """Copy until there are so many customers."""
        with _lighter(self._tables):
            for table in self._tables:
                wanted = customers // self.people
                last = min(wanted // 10, MOST_SELDOM) if table in SELDOM else wanted
                for mark in ("k", "m") if table in TWICE else ("k",):
                    for first in range(self._made[table] + 1, last + 1, _CHUNK):
                        _run(self._copying(table, mark), [first, min(first + _CHUNK - 1, last)])
                self._made[table] = last
        for table in self._tables:
            _run(f"VACUUM ANALYZE {table}")

    def _copying(self, table, mark):
        names = _columns(table)
        short = self._fresh[table]
        values = []
        for name in names:
            target = self._foreign[table].get(name)
            its = mark if target is None or target in TWICE else "k"
            if mark == "m" and name == TWICE[table]:
                values.append("NULL")
            elif short.get(name):
                values.append(f"upper(left(md5({name} || '{its}' || n), {short[name]}))")
            elif name in short or target in self._tables:
                own = f"'{its}' || lpad(n::text, 6, '0')"
                values.append(f"\"{name}\" || CASE WHEN \"{name}\" <> '' THEN {own} ELSE '' END")
            elif name == "email":
                values.append(f"replace(email, '@', '{mark}' || n || '@')")
            elif name in {"created_at", "subscribed_at"}:
                values.append(_SPREAD.format(name=name, until=self._until))
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
    """An owner who looks at pages of both databases by turns and takes the time."""

    def __init__(self, *, repeats, only):
        self._repeats, self._only = repeats, only
        self._clients = {}
        for few in (True, False):
            with _database(few=few):
                self._clients[few] = _signed_in()

    def look(self):
        """Visit all; return what each page took with few and with many rows, by its kind and address."""
        return {
            (kind, address): self._visit(address)
            for kind, address in self._addresses()
            if self._only in address
        }

    def _addresses(self):
        for name in LISTS:
            url = f"/admin/{name}/"
            yield "list", url
            yield from (("list", url + option) for option in self._options(url))
        for words in SEARCHED:
            for url in ("/admin/customers/customer/", "/admin/payments/charge/", "/admin/search/"):
                yield "search", f"{url}?q={quote(words)}"
        for (pk,) in _read("SELECT id FROM kept_customers_customer ORDER BY id LIMIT 9"):
            yield "customer", f"/admin/customers/customer/{pk}/"

    def _options(self, url):
        found = set()
        for few in (True, False):  # a later page begins where the first one ends, in each of them
            with _database(few=few):
                text = self._clients[few].get(url).content.decode()
            found |= {unescape(option) for option in _OPTION.findall(text)}
        return sorted(option for option in found if "before=" not in option)

    def _visit(self, address):
        statements, seconds = {True: [], False: []}, {True: [], False: []}
        for _ in range(self._repeats + 1):
            for few in (True, False):
                with _database(few=few):
                    statements[few], took = self._ask(few, address)
                seconds[few].append(took)
        asked = []
        for few in (True, False):
            with _database(few=few):
                blocks = sum(_blocks(*statement) for statement in statements[few])
            asked.append(Asked(len(statements[few]), statistics.median(seconds[few][1:]), blocks))
        return tuple(asked)

    def _ask(self, few, address):
        """Return the statements of a request, and its seconds."""
        from django.db import connection

        statements = []

        def kept(execute, sql, params, *args):
            statements.append((sql, params))
            return execute(sql, params, *args)

        started = perf_counter()
        with connection.execute_wrapper(kept):
            answer = self._clients[few].get(address)
        took = perf_counter() - started
        if answer.status_code not in {200, 302}:
            raise SystemExit(f"{address} answered {answer.status_code}.")
        return statements, took


def _signed_in():
    from django.test import Client

    from customers.kit import clock
    from customers.models import Operator, Role
    from customers.services import demo, operators

    operator = Operator.objects.filter(email=OWNER).first()
    if operator is None:
        operator, _password = operators.invite(
            email=OWNER, site=demo.site(), role=Role.OWNER, at=clock.now()
        )
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(operator)
    return client


@contextmanager
def _database(*, few):
    """Ask the database with few rows, or that with many."""
    from django.db import connections

    if few:
        many = connections["default"]
        if not _FEW:
            _FEW.append(type(many)({**many.settings_dict, "NAME": FEW}, alias="default"))
        connections["default"] = _FEW[0]
    try:
        yield
    finally:
        if few:
            connections["default"] = many


def _blocks(sql, params):
    """Return how many blocks a statement reads; none where it is none that only reads."""
    if not sql.lstrip(" (").upper().startswith(("SELECT", "WITH")) or "FOR UPDATE" in sql:
        return 0
    ((plan,),) = _read(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", params)
    (whole,) = json.loads(plan) if isinstance(plan, str) else plan
    return whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"]


def _print(seen):
    for kind, (most, goal) in GOALS.items():
        pages = {address: asked for (which, address), asked in seen.items() if which == kind}
        if not pages:
            continue
        ratios = {address: many.seconds / few.seconds for address, (few, many) in pages.items()}
        queries = max(many.queries for _few, many in pages.values())
        growth = max(many.blocks / max(few.blocks, 1) for few, many in pages.values())
        print(
            f"{kind}: {len(pages)} pages, ratio {statistics.median(ratios.values()):.2f} in the median, "
            f"{max(ratios.values()):.2f} at most (goal {goal}); {queries} queries at most (goal {most}); "
            f"{growth:.2f} times the blocks at most"
        )
        for address, ratio in sorted(ratios.items(), key=lambda item: -item[1]):
            few, many = pages[address]
            grows = many.blocks > MOST_BLOCKS * few.blocks
            if ratio > goal or grows or (most and many.queries > most):
                print(
                    f"  {ratio:5.2f}  {few.seconds * 1000:6.0f} to {many.seconds * 1000:6.0f} ms  "
                    f"{few.blocks:7d} to {many.blocks:7d} blocks  {many.queries:2d} queries  {address}"
                )


def _fill(few, many):
    """Load the demonstration and copy it; keep the database that has few rows beside the one that has many."""
    from django.core.management import call_command
    from django.db import connection

    from customers.kit import clock
    from customers.services import demo
    from payments.services import demo as payments_demo

    call_command("collectstatic", interactive=False, verbosity=0)
    demo.fill(at=clock.now())
    payments_demo.fill(at=clock.now())
    copies = Copies()
    for customers in (few, many):
        started = perf_counter()
        copies.grow(customers)
        sizes = {
            table: _read(f"SELECT reltuples::bigint FROM pg_class WHERE relname = '{table}'")[0][0]
            for table in ("customers_customer", "payments_charge", "billing_invoice")
        }
        print(f"{sizes}, after {perf_counter() - started:.0f} s", flush=True)
        if customers == few:
            name = connection.settings_dict["NAME"]
            connection.close()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {FEW} TEMPLATE {name}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--only", default="", help="ask only for addresses with this in them")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if not _read("SELECT FROM pg_database WHERE datname = %s", [FEW]):
        _fill(options.few, options.many)
    with _database(few=True):
        call_command("migrate", verbosity=0)
    _print(Visitor(repeats=options.repeats, only=options.only).look())


if __name__ == "__main__":
    main()
