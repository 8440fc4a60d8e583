"""What a customer takes: bytes of each kind of row with its indexes, and processor time of each kind of work.

    DATA_DIR=… python -m tests.benchmarks.scaling [--count N --work W] > tests/benchmarks/scaling.json
    python -m tests.benchmarks.scaling --tables < tests/benchmarks/scaling.json

Needs an empty DATA_DIR, which it fills with N of everything that a subscription renewed once leaves behind, and works
W times on each kind of work. Processor time is that of this process and of PostgreSQL's for it, which other programs
beside it disturb far less than they do the time on the clock. The second form prints the tables of docs/scaling.md.
"""

import argparse
import io
import json
import os
import sys
import threading
import time
from pathlib import Path

import django

TARGET = 100_000_000  # customers
_KINDS = {
    "customer": ["customers_customer"],
    "payment method": ["payments_paymentmethod"],
    "subscription": ["billing_subscription", "billing_subscriptionitem"],
    "invoice": ["billing_invoice", "billing_invoiceline", "billing_invoicepayment"],
    "charge": [
        "payments_paymentintent", "payments_charge", "payments_operation", "payments_balancetransaction",
    ],
    "event": ["events_event"],
    "delivery": ["events_delivery"],
}  # fmt: skip
_SIZE = """
SELECT coalesce((SELECT sum(pg_table_size(relid)) FROM pg_partition_tree(%(table)s)), pg_table_size(%(table)s)),
coalesce((SELECT sum(pg_indexes_size(relid)) FROM pg_partition_tree(%(table)s)), pg_indexes_size(%(table)s))
"""
_SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"


def sizes():
    """Return by kind how many there are, and the bytes of one in the table and in its indexes."""
    found = {}
    for kind, tables in _KINDS.items():
        data = indexes = 0
        for table in tables:
            _execute(f"VACUUM ANALYZE {table}")
            heap, index = _row(_SIZE, {"table": table})
            data, indexes = data + int(heap), indexes + int(index)
        (rows,) = _row(f"SELECT count(*) FROM {tables[0]}")
        found[kind] = {"rows": rows, "table": round(data / rows), "indexes": round(indexes / rows)}
        print(kind, found[kind], file=sys.stderr)
    return found


def fill(count):
    """Make so many customers, each with a method and a subscription that was renewed once; return how to make more."""
    from customers.events.models import Delivery, Event
    from customers.events.services import webhook_endpoints
    from customers.kit import clock
    from customers.kit.tenancy import scoped_to
    from tests.benchmarks import renewals

    template = renewals.Template()
    template.copy("s", count)
    template.floor("s", count)
    with scoped_to(template.site, livemode=False):
        url = "http://127.0.0.1:8999/hook"
        endpoint, _secret = webhook_endpoints.create(url=url, enabled_events=["*"], at=clock.now())
        some = Event.objects.order_by("id")[: 2 * count]
        told = [_delivered(Delivery, event, endpoint) for event in some]
        Delivery.objects.bulk_create(told, 1000)
        webhook_endpoints.delete(endpoint, at=clock.now())
    return template


def _delivered(model, event, endpoint):
    return model(
        id=model.new_id(), site=event.site, livemode=event.livemode, created_at=event.created_at, endpoint=endpoint,
        event=event, status=model.Status.SUCCEEDED, tries=1, last_try_at=event.created_at, last_status_code=200,
        last_response='{"received": true}', last_duration_ms=120, delivered_at=event.created_at,
    )  # fmt: skip


def spent(act, count):
    """Return how many milliseconds of processors' time one of so many takes: ours, and PostgreSQL's."""
    before = time.process_time(), _of_sessions()
    act()
    ours, theirs = time.process_time() - before[0], _of_sessions()
    sessions = sum(used - before[1].get(pid, 0) for pid, used in theirs.items())
    return {
        "ours": round(ours * 1000 / count, 3), "postgres": round(sessions * 1000 / count, 3),
    }  # fmt: skip


def _of_sessions():
    """Return the seconds of processors' time that each session of the database has taken so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_SESSIONS)
        pids = [pid for (pid,) in cursor.fetchall()]
    ticks = os.sysconf("SC_CLK_TCK")
    found = {}
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found[pid] = (int(fields[11]) + int(fields[12])) / ticks
    return found


def work(template, count):
    """Return by kind of work what one takes."""
    from tests.v1_client import V1Client

    api = V1Client(template.key)
    customer = template.names["customer"]
    card, pays = (
        {"payment_method": "pm_card_visa", "confirm": True, "amount": 2000, "currency": "usd"},
        [],
    )

    def each(act, times=count):
        act(-1)  # what is compiled once
        return spent(lambda: [act(number) for number in range(times)], times)

    def pay(number):
        answer = api.post(
            "payment_intents", {**card, "customer": customer, "return_url": "https://example.com/"},
            headers={"Idempotency-Key": f"pay{number}"},
        )  # fmt: skip
        pays.append(answer.body.get("status"))

    found = {
        "read a customer": each(lambda _: api.get(f"customers/{customer}"), 4 * count),
        "list 100 customers": each(lambda _: api.get("customers", limit="100")),
        "search by email": each(
            lambda number: api.get("customers/search", query=f'email:"nobody{number}@example.com"')
        ),
        "make a customer": each(
            lambda number: api.post(
                "customers", email=f"made{number}@example.com", headers={"Idempotency-Key": f"made{number}"}
            )
        ),
        "charge a card in the sandbox": each(pay, count // 2),
        "import a customer": _imported(template, 10 * count),
        "renew a subscription": _renewed(template, 2 * count),
        "deliver an event": _sent(4 * count),
    }  # fmt: skip
    if set(pays) != {"succeeded"}:
        raise SystemExit(f"Payments ended as {set(pays)}.")
    return found


def _imported(template, count):
    from customers.kit import clock
    from customers.kit.tenancy import scoped_to
    from customers.models import Import
    from customers.services import imports

    lines = "".join(f"import{n}@example.com,Person {n},gold\n" for n in range(count))
    with scoped_to(template.site, livemode=False):
        of = imports.create(
            io.BytesIO(f"email,name,metadata[plan]\n{lines}".encode()),
            file_name="people.csv",
            at=clock.now(),
        )
        of = imports.begin(of, Import.Status.RUNNING, at=clock.now())
        found = spent(lambda: imports.work(of, now=clock.now, stops=lambda _: False), count)
        if imports.get(of.pk).created != count:
            raise SystemExit("Not every row was imported.")
    return found


def _renewed(template, count):
    from tests.benchmarks import renewals

    template.copy("w", count)
    return spent(lambda: [renewals._work(at) for at in renewals._MOMENTS], count)


def _sent(count):
    """Let a sender tell one endpoint of events; the receiver is a process of its own."""
    from customers.events.models import Delivery
    from customers.events.sender import Sender
    from tests.benchmarks import webhooks

    receiver = webhooks._started("--receiver")
    ports = json.loads(receiver.stdout.readline())
    bench, sender = webhooks.Bench(ports[:1]), Sender()
    bench.point(*bench.urls)
    bench.publish(count)
    thread = threading.Thread(target=sender.run)
    waiting = Delivery._base_manager.filter(status="pending")

    def send():
        thread.start()
        while waiting.exists():
            time.sleep(0.2)

    try:
        return spent(send, count)
    finally:
        sender.stop()
        thread.join()
        receiver.terminate()
        receiver.wait()


def _execute(text):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text)


def _row(text, params=None):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchone()


# -- The page ----------------------------------------------------------------------------------------------------------

_A_YEAR = {"customer": 1, "payment method": 1, "subscription": 1, "invoice": 12, "charge": 12}
"""What a customer who pays monthly has after a year, beside events and deliveries."""


def tables(found):
    """Return the tables of docs/scaling.md by name, in Markdown."""
    return {"bytes": _bytes(found), "work": _work_table(found), "millions": _millions(found)}


def _bytes(found):
    lines = ["| A | table, bytes | indexes, bytes | together |", "| --- | ---: | ---: | ---: |"]
    for kind, one in found["sizes"].items():
        lines.append(
            f"| {kind} | {one['table']:,} | {one['indexes']:,} | {one['table'] + one['indexes']:,} |"
        )
    return "\n".join(lines)


def _work_table(found):
    head = "| To | ours, ms | PostgreSQL's, ms | a second, on a core of each kind's share |"
    lines = [head, "| --- | ---: | ---: | ---: |"]
    for name, one in found["work"].items():
        whole = one["ours"] + one["postgres"]
        lines.append(
            f"| {name} | {one['ours']:.2f} | {one['postgres']:.2f} | {1000 / whole:,.0f} |"
        )
    return "\n".join(lines)


def _millions(found):
    """Return what customers take who each pay once a month, for a year; events are kept for 30 days or for ever."""
    sizes, events = found["sizes"], found["events_a_renewal"]
    whole = {kind: one["table"] + one["indexes"] for kind, one in sizes.items()}
    rest = sum(whole[kind] * number for kind, number in _A_YEAR.items())
    told = events * (whole["event"] + whole["delivery"])
    works = {name: one["ours"] + one["postgres"] for name, one in found["work"].items()}
    per_month = works["renew a subscription"] + events * works["deliver an event"]
    lines = [
        "| Customers | without events | events of 30 days | events of a year | cores for renewals and webhooks |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    for count in (100_000, 1_000_000, 10_000_000, TARGET):
        cores = count * per_month / 1000 / (30 * 86_400)
        lines.append(
            f"| {count:,} | {_size(count * rest)} | {_size(count * told)} | {_size(count * told * 12)} "
            f"| {max(cores, 0.01):,.2f} |"
        )
    return "\n".join(lines)


def _size(count):
    for unit, size in (("TB", 10**12), ("GB", 10**9)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count / 10**6:,.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--work", type=int, default=200)
    parser.add_argument("--tables", action="store_true")
    options = parser.parse_args()
    if options.tables:
        for name, table in tables(json.load(sys.stdin)).items():
            print(f"<!-- {name} -->\n{table}\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["API_RATE_LIMIT"] = "0"
    django.setup()
    print(json.dumps(_measured(options), indent=2))


def _measured(options):
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    template = fill(options.count)
    found = {"sizes": sizes(), "events_a_renewal": len(template.left["events_event"])}
    found["work"] = work(template, options.work)
    (version,) = _row("SHOW server_version")
    return {"rows": options.count, "postgres": version, **found}


if __name__ == "__main__":
    main()
