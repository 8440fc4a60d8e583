"""Renewals through the engine of due work, as ratios to one SQL statement that inserts the same rows.

    DATA_DIR=… python -m tests.benchmarks.renewals [--count N --rounds R --workers W --profile]

Needs an empty DATA_DIR, which it fills. Each round renews N subscriptions with one worker, N with W of them, and has
the database insert what N renewals leave behind. What the sandbox did is no work of ours: it is measured apart and
taken off. Prints the median of the rounds' ratios and their range, and what a worker's memory grew to.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from time import perf_counter

import django

DUE = datetime(2026, 3, 2, 12, tzinfo=UTC)
_MOMENTS = (DUE, DUE + timedelta(hours=1))  # drafted, then finalized and collected
_OURS = {
    "customers_customer": "id = %(customer)s",
    "payments_paymentmethod": "customer_id = %(customer)s",
    "sandbox.instruments": "reference = %(reference)s",
    "billing_subscription": "customer_id = %(customer)s",
    "billing_subscriptionitem": "subscription_id = %(subscription)s",
}
_LEFT = {
    "billing_invoice": "id = %(invoice)s",
    "billing_invoiceline": "invoice_id = %(invoice)s",
    "payments_paymentintent": "id = %(intent)s",
    "billing_invoicepayment": "invoice_id = %(invoice)s",
    "payments_charge": "payment_intent_id = %(intent)s",
    "payments_operation": "charge_id = %(charge)s",
    "payments_balancetransaction": "source_id = %(charge)s",
    "events_event": "created_at BETWEEN %(due)s AND %(done)s AND (customer_id = %(customer)s OR object_id IN "
    "(SELECT id FROM billing_invoicepayment WHERE invoice_id = %(invoice)s))",
}
_KEYS = {"id", "reference", "number", "request_key", "gateway_reference", "client_secret"}
"""Columns whose values tell one row from another."""


class Template:
    """A subscription whose rows, and those that its renewal left behind, are copied."""

    def __init__(self):
        from customers.kit import clock
        from customers.services import sites
        from tests.v1_client import V1Client

        site, keys = sites.create(name="Bench", at=clock.now())
        self.site, self.key = site, keys["sk_test"]
        api = V1Client(keys["sk_test"])
        card, customer = "pm_card_visa", api.post("customers", email="jenny@example.com").body["id"]
        method = api.post(f"payment_methods/{card}/attach", customer=customer).body["id"]
        api.post(f"customers/{customer}", {"invoice_settings": {"default_payment_method": method}})
        price = api.post(
            "prices", {"recurring": {"interval": "month"}, "product_data": {"name": "Gold"}},
            unit_amount=2000, currency="usd",
        ).body["id"]  # fmt: skip
        made = api.post("subscriptions", {"items": [{"price": price}]}, customer=customer)
        self.names = {
            "customer": customer,
            "subscription": made.body["id"],
            "due": DUE,
            "done": _MOMENTS[-1],
        }
        self._backdate()
        self._read_reference(method)
        self.before = self._rows(_OURS)
        for at in _MOMENTS:
            _work(at)
        self._read_renewal()
        self.left = self._rows(_LEFT)
        self.fresh = {
            row[key]
            for rows in (*self.before.values(), *self.left.values())
            for row in rows
            for key in _KEYS & row.keys()
            if row[key]
        }

    def copy(self, mark, count):
        """Make copies of what is due."""
        texts = [
            self._insertion(table, row, mark, count)
            for table, rows in self.before.items()
            for row in rows
        ]
        self._run(texts)
        for table in _OURS:
            _execute(f"ANALYZE {table}")

    def floor(self, mark, count):
        """Return how long the database needs for what renewing the copies leaves behind, in seconds."""
        texts = [
            self._insertion(table, row, mark, count)
            for table, rows in self.left.items()
            for row in rows
        ]
        texts.append(
            "UPDATE billing_subscription SET period_start = period_end, period_end = period_end + interval '1 month', "
            f"next_step_at = period_end + interval '1 month', latest_invoice_id = '{self.names['invoice']}' || "
            f"right(id, {len(mark) + 8}) WHERE id LIKE '{self.names['subscription']}{mark}%'"
        )
        texts.append(
            "UPDATE customers_customer SET next_invoice_sequence = next_invoice_sequence + 1 "
            f"WHERE id LIKE '{self.names['customer']}{mark}%'"
        )
        return self._run(texts)

    def _run(self, texts):
        *first, last = texts
        named = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(first))
        started = perf_counter()
        _execute(f"WITH {named} {last}")
        return perf_counter() - started

    def _insertion(self, table, row, mark, count):
        names, values = [], []
        for name, value in row.items():
            names.append(f'"{name}"')
            if name == "invoice_prefix":
                values.append(f"'{mark.upper()}' || lpad(n::text, 8, '0')")
            elif isinstance(value, str) and value in self.fresh:
                values.append(f"'{value}{mark}' || lpad(n::text, 8, '0')")
            else:
                values.append(f'r."{name}"')
        key = "id" if "id" in row else "reference"
        return (
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
            f"FROM {_kept(table)} AS r, generate_series(1, {count}) AS n WHERE r.{key} = '{row[key]}'"
        )

    def _backdate(self):
        from payments.billing.models import Subscription

        start = DUE - timedelta(days=28)
        Subscription.objects.model._base_manager.update(
            created_at=start, start_at=start, anchor_at=start, period_start=start, period_end=DUE, next_step_at=DUE
        )  # fmt: skip

    def _read_reference(self, method):
        from payments.models import PaymentMethod

        row = PaymentMethod._base_manager.get(pk=method)
        self.names["reference"] = row.gateway_reference

    def _read_renewal(self):
        from payments.billing.models import Invoice
        from payments.models import Charge

        invoice = Invoice._base_manager.get(reason="subscription_cycle")
        charge = Charge._base_manager.get(payment_intent=invoice.payment_intent_id)
        if invoice.status != "paid":
            raise SystemExit(f"The renewal's invoice is {invoice.status}.")
        self.names |= {
            "invoice": invoice.pk,
            "intent": invoice.payment_intent_id,
            "charge": charge.pk,
        }

    def _rows(self, tables):
        from django.db import connection

        found = {}
        with connection.cursor() as cursor:
            for table, where in tables.items():
                cursor.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
                    "AND attgenerated = '' AND attidentity = '' AND NOT attisdropped",
                    [table],
                )
                names = [name for (name,) in cursor.fetchall()]
                columns = ", ".join(f'"{name}"' for name in names)
                kept = _kept(table)  # as they are now
                cursor.execute(
                    f"CREATE TABLE {kept} AS SELECT {columns} FROM {table} WHERE {where}",
                    self.names,
                )
                cursor.execute(f"SELECT * FROM {kept}")
                found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return found


def _kept(table):
    return f"kept_{table.replace('.', '_')}"


def _execute(text):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text)


def _work(at):
    """Carry out all that is due at an instant, as a worker does, and return the memory that the first batch took."""
    from payments.services import due_work
    from payments.tasks import _WORKER, acting

    first = 0
    with acting(_WORKER):
        while due_work.run(at=at):
            first = first or _peak()
    return first


def _peak():
    """Return the most memory that this process had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _be_worker(*, profiled):
    """Wait for the start, work, and say how long that took and what the sandbox had of it."""
    from django.db import connection

    from payments.gateways.sandbox.gateway import Sandbox

    spent = [0.0]
    authorize = Sandbox.authorize

    def timed(self, *args, **kwargs):
        started = perf_counter()
        try:
            return authorize(self, *args, **kwargs)
        finally:
            spent[0] += perf_counter() - started

    Sandbox.authorize = timed
    connection.ensure_connection()
    profile = cProfile.Profile()
    seconds, memory = 0.0, []
    for at in _MOMENTS:
        print("ready", flush=True)
        sys.stdin.readline()  # all workers begin an instant together: leases are shorter than the time between them
        started = perf_counter()
        memory.append(profile.runcall(_work, at) if profiled else _work(at))
        seconds += perf_counter() - started
    first = memory[0]
    if profiled:
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(90)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(50)
    print(json.dumps({"seconds": seconds, "sandbox": spent[0], "first": first, "peak": _peak()}))


def _renewed(count, *, profiled=False):
    """Let workers renew what is due; return how long it took, the sandbox's share of that, and the workers' memory."""
    command = [sys.executable, "-m", "tests.benchmarks.renewals", "--work"]
    command += ["--profile"] if profiled else []
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    _hear(workers)
    started = perf_counter()
    for _ in _MOMENTS:
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        said = _hear(workers)
    seconds = perf_counter() - started
    said = [json.loads(line) for line in said]
    for worker in workers:
        worker.wait()
    share = sum(one["sandbox"] for one in said) / sum(one["seconds"] for one in said)
    return seconds, seconds * share, said


def _hear(workers):
    return [worker.stdout.readline() for worker in workers]


def _check(count):
    """Have it fail loudly where what was due was not renewed and paid."""
    from payments.billing.models import Invoice

    paid = Invoice._base_manager.filter(reason="subscription_cycle", status="paid").count()
    if paid != count:
        raise SystemExit(f"{paid} of {count} renewals were paid.")


def _print(name, ratios):
    low, high = min(ratios), max(ratios)
    print(f"{name}: {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["API_RATE_LIMIT"] = "0"
    django.setup()
    if options.work:
        _be_worker(profiled=options.profile)
        return
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    template, count = Template(), options.count
    done, rows = 1, sum(map(len, template.left.values()))
    print(f"A renewal leaves {rows} rows behind.")
    to_floor, to_one = [], []
    for number in range(options.rounds):
        template.copy(f"a{number}", count)
        alone, sandbox, said = _renewed(1, profiled=options.profile)
        done += count
        _check(done)
        template.copy(f"b{number}", count)
        together, _, _ = _renewed(options.workers)
        done += count
        _check(done)
        template.copy(f"c{number}", count)
        floor = template.floor(f"c{number}", count)
        done += count
        _check(done)
        to_floor.append(floor / (alone - sandbox))
        to_one.append(alone / together)
        (one,) = said
        print(
            f"round {number + 1}: floor {floor * 1000 / count:.2f} ms, ours {(alone - sandbox) * 1000 / count:.2f} ms, "
            f"sandbox {sandbox * 1000 / count:.2f} ms a renewal; memory {one['first']} to {one['peak']} MiB"
        )  # fmt: skip
    _print("renewals, of one SQL statement", to_floor)
    _print(f"{options.workers} workers, of one", to_one)


if __name__ == "__main__":
    main()
