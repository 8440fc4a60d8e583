"""Importing customers from a file of CSV, as a ratio to a bare COPY of the finished rows into the same table.

    DATA_DIR=… python -m tests.benchmarks.importing [--count N --rounds R --profile]

Needs an empty DATA_DIR, which it fills, and takes some 3 KB of disk for a customer, of which it leaves nothing but the
empty tables. Each round has the database COPY the rows that an import left behind, all indexes and triggers in place,
first the customers and then their events, and imports the file again: kept, read, every row checked, written with its
events. Prints the median of the rounds' ratios and their range, and what the importing process's memory grew to.
"""

import argparse
import cProfile
import csv
import json
import os
import pstats
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import django

from tests.benchmarks.load import FIRST, LAST

TABLES = ("customers_customer", "events_event")
_PIECE = 1 << 16


def write_file(path, count, *, with_phone, with_address):
    """Write a file of customers in a shape that real ones have."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        more = _more(with_phone, with_address, "Phone", "City", "Country")
        writer.writerow(["External ID", "Email", "Name", "Plan", "Order", "Time zone", *more])
        for n in range(count):
            name = f"{FIRST[n % 15]} {LAST[(n // 15) % 15]} {n}"
            plan = ("basic", "premium", "enterprise", "none")[n % 4]
            more = _more(with_phone, with_address, f"+1415{2000000 + n:07}", "Berlin", "DE")
            writer.writerow([f"user_{n}", f"customer{n}@example.com", name, plan, n, "UTC", *more])


def _more(with_phone, with_address, phone, city, country):
    return [*([phone] if with_phone else []), *([city, country] if with_address else [])]


MAPPING = {
    "External ID": "external_id",
    "Email": "email",
    "Name": "name",
    "Plan": "metadata[plan]",
    "Order": "metadata[order_id]",
    "Time zone": "timezone",
    "Phone": "phone",
    "City": "address[city]",
    "Country": "address[country]",
}


def _be_importer(slug, path, *, profiled):
    """Import a file as a worker does, and say how long it took and how much memory."""
    from customers.kit import clock
    from customers.kit.provenance import acting
    from customers.kit.tenancy import scoped_to
    from customers.models import Import, Site
    from customers.services import imports

    site = Site.objects.get(slug=slug)
    server, before, started, used = _server_time(), _peak(), perf_counter(), process_time()
    with scoped_to(site, livemode=False), path.open("rb") as file:
        of = imports.create(file, file_name=path.name, at=clock.now())
        mapping = {column: MAPPING[column] for column in of.columns}
        of = imports.update(of, details={"mapping": mapping}, at=clock.now())
        kept = perf_counter() - started
        of = imports.begin(of, Import.Status.RUNNING, at=clock.now())
        profile = cProfile.Profile()
        with acting(imports.acting_for(of)):
            do = profile.runcall if profiled else lambda act, **more: act(**more)
            do(lambda: imports.work(of, now=clock.now, stops=lambda _: False))
        of = imports.get(of.pk)
    seconds, used = perf_counter() - started, process_time() - used
    if profiled:
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(60)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    said = {"seconds": seconds, "cpu": used, "kept": kept, "created": of.created}
    said |= {"server": _server_time() - server, "before": before, "peak": _peak()}
    print(json.dumps(said))


def _server_time():
    """Return the CPU time that the server's process behind our connection had so far, in seconds; 0 where none says."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return 0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _peak():
    """Return the most memory that this process had so far, in MiB; `getrusage` would count what its parent had."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def _imported(path, *, profiled=False):
    command = [sys.executable, "-m", "tests.benchmarks.importing", "--work", str(path)]
    command += ["--profile"] if profiled else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _columns(cursor, table):
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped",
        [table],
    )
    return cursor.fetchone()[0]


def _copy_out(folder):
    """Write what the tables hold into files."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in TABLES:
            text = f"COPY (SELECT {_columns(cursor, table)} FROM {table}) TO STDOUT"
            with cursor.copy(text) as copy, (folder / table).open("wb") as file:
                for piece in copy:
                    file.write(piece)


def _part(table):
    """Return where rows of now are, into which a COPY is fastest."""
    from customers.events.models.partitions import EVENTS
    from customers.kit import clock
    from customers.kit.partitions import month_of

    (events, _) = EVENTS.tables
    return events.part(month_of(clock.now())) if table == events.name else table


def _copy_in(folder, table):
    """Return how long the database needs to COPY a finished file into a table, and the server's CPU time for it.

    It is a transaction of its own, as it is of whoever has nothing but COPY: references are checked as it commits.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        text = f"COPY {_part(table)} ({_columns(cursor, table)}) FROM STDIN"
        used, started = _server_time(), perf_counter()
        with cursor.copy(text) as copy, (folder / table).open("rb") as file:
            while piece := file.read(_PIECE):
                copy.write(piece)
        return perf_counter() - started, _server_time() - used


def _empty():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_customer, events_event, customers_import CASCADE")


def _print(name, ratios):
    low, high = min(ratios), max(ratios)
    print(f"{name}: {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--phone", action="store_true", help="with a phone number each")
    parser.add_argument("--address", action="store_true", help="with an address each")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--work", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if options.work:
        _be_importer("bench", Path(options.work), profiled=options.profile)
        return
    from django.core.management import call_command

    from customers.kit import clock
    from customers.models import Site
    from customers.services import sites

    call_command("migrate", verbosity=0)
    if not Site.objects.filter(slug="bench").exists():
        sites.create(name="Bench", slug="bench", at=clock.now())
    with tempfile.TemporaryDirectory() as name:
        _measure(Path(name), options)


def _measure(folder, options):
    count, path = options.count, folder / "customers.csv"
    write_file(path, count, with_phone=options.phone, with_address=options.address)
    _empty()
    said = _imported(path, profiled=options.profile)
    if said["created"] != count:
        raise SystemExit(f"{said['created']} of {count} customers were made.")
    _copy_out(folder)
    bare, both, work = [], [], []
    for number in range(options.rounds):
        _empty()
        (customers, customers_work), (events, events_work) = (
            _copy_in(folder, table) for table in TABLES
        )
        _empty()
        said = _imported(path)
        bare.append(customers / said["seconds"])
        both.append((customers + events) / said["seconds"])
        each = {"COPY": customers, "of events": events, "ours": said["seconds"]}
        each |= {"of which keeping the file": said["kept"], "CPU": said["cpu"]}
        each |= {"CPU of its server": said["server"], "of COPY's": customers_work}
        each |= {"for events": events_work}
        work.append(customers_work / max(said["cpu"], said["server"], 0.01))
        times = ", ".join(f"{word} {seconds * 1e6 / count:.1f}" for word, seconds in each.items())
        shares = [f"{said[name] / said['seconds']:.0%}" for name in ("cpu", "server")]
        print(
            f"round {number + 1}: {times} µs a row; the importer worked {shares[0]} of the time and its server "
            f"{shares[1]}; memory {said['before']} to {said['peak']} MiB"
        )
    _empty()
    _print("import with its events, of a bare COPY of the customers", bare)
    _print("import with its events, of a bare COPY of customers and events", both)
    _print("CPU time of COPY's server, of the longer of the importer's and its server's", work)


if __name__ == "__main__":
    main()
