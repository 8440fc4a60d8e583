"""Exports over HTTP, as ratios to COPY … TO of the same columns of the same rows.

    DATA_DIR=… python -m tests.benchmarks.exporting [--count 200000 --rounds 5 --forms csv ndjson stripe]

Needs an empty DATA_DIR, which it fills with customers, or one that it has filled; starts the web server with one
worker. Each round has PostgreSQL copy the list's rows to this process, which throws them away (the floor), and asks the
dashboard for the same list as CSV, as NDJSON, and as `/v1/` spells the customers. Prints the median of the rounds'
ratios in rows per second and their range, what the web server and PostgreSQL worked for a row (microseconds of a
processor, which others on the machine change less), and what the server's memory grew to.
"""

import argparse
import http.client
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlencode

import django

COLUMNS = (
    "id, created_at, full_name, email, phone, organization_name, default_addresses #>> '{billing,country}', "
    "external_id, preferred_locales[1], balance, currency, mail_marketing, description"
)
FLOOR = (
    "COPY (SELECT {columns} FROM customers_customer WHERE site_id = '{site}' AND NOT livemode AND deleted_at IS NULL "
    "ORDER BY created_at DESC, id DESC) TO STDOUT (FORMAT csv)"
)
LIST, OWNER = "/admin/customers/customer/", "owner@example.com"
FORMS = ("csv", "ndjson", "stripe")
_TICKS = os.sysconf("SC_CLK_TCK")


def _fill(count):
    """Make customers, and return the site's id."""
    from customers.models import Site

    known = Site.objects.filter(slug="bench").first()
    if known is None:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.load", str(count)], check=True)
        known = Site.objects.get(slug="bench")
    return known.pk


def _session():
    """Sign an operator in who may see all, and return the session's key and a token for forms."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.middleware.csrf import _get_new_csrf_string

    from customers.kit import clock
    from customers.models import Operator

    operator, _made = Operator.objects.get_or_create(
        email=OWNER, defaults={"is_superuser": True, "created_at": clock.now()}
    )
    session = SessionStore()
    session[SESSION_KEY] = str(operator.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = operator.get_session_auth_hash()
    session.create()
    return session.session_key, _get_new_csrf_string()


@contextmanager
def _server():
    """Run the web server with one worker; yields its port and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "config.web", "127.0.0.1", str(port), "1"]
    process = subprocess.Popen(command)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait()


def _worker(process):
    """Return the process that answers: the server's only child that has its own memory."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return max(map(int, children), default=process.pid)


def _cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _peak(pid):
    """Return the most memory that a process had so far, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def _backends():
    """Return the processor time of all database connections but this process's."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return sum(_cpu(row[0]) for row in cursor.fetchall())


def _floor(text):
    """Return how long COPY takes, how many rows it gave, and the processor time of this side and of PostgreSQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        backend = cursor.connection.info.backend_pid
        rows, used = 0, (_cpu(os.getpid()), _cpu(backend))
        started = perf_counter()
        with cursor.copy(text) as lines:
            for _line in lines:
                rows += 1
        seconds = perf_counter() - started
        return seconds, rows, (_cpu(os.getpid()) - used[0], _cpu(backend) - used[1])


def _asked(port, session, form):
    """Return how long an export takes, and how many lines it has."""
    key, token = session
    headers = {
        "Cookie": f"staff={key}; csrf={token}",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": token,
        "Origin": f"http://127.0.0.1:{port}",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = perf_counter()
    connection.request("POST", f"{LIST}export/", urlencode({"format": form}), headers)
    answer = connection.getresponse()
    if answer.status != 200 or "attachment" not in answer.headers.get("Content-Disposition", ""):
        raise SystemExit(f"The export of {form} was refused: {answer.status}.")
    rows = 0
    while piece := answer.read(1 << 18):
        rows += piece.count(b"\n")
    return perf_counter() - started, rows


def _print_ratios(name, ratios):
    low, high = min(ratios), max(ratios)
    print(f"{name}, of COPY … TO: {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")


def _print_work(name, rows, used):
    """Print what both sides worked for a row; ticks are coarse, so over all rounds."""
    near, database = (sum(side) / len(used) / rows * 1e6 for side in zip(*used, strict=True))
    print(f"{name}, µs a row: {near:.2f}, and {database:.2f} of PostgreSQL")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    site = _fill(options.count)
    text, session = FLOOR.format(columns=COLUMNS, site=site), _session()
    forms = options.forms
    ratios, used = {form: [] for form in forms}, {form: [] for form in ("floor", *forms)}
    with _server() as (port, process):
        _asked(port, session, "csv")  # the first one finds nothing in memory
        worker = _worker(process)
        first = _peak(worker)
        for _round in range(options.rounds):
            floor, rows, floor_used = _floor(text)
            used["floor"].append(floor_used)
            for form in forms:
                near, database = _cpu(worker), _backends()
                seconds, lines = _asked(port, session, form)
                used[form].append((_cpu(worker) - near, _backends() - database))
                if lines != rows + (form == "csv"):
                    raise SystemExit(f"{form} has {lines} lines, the list {rows} rows.")
                ratios[form].append(floor / seconds)
                print(json.dumps({form: round(lines / seconds), "floor": round(rows / floor)}))
        print(f"The server's memory: {first} MiB after the first, {_peak(worker)} MiB at most.")
    for form in forms:
        _print_ratios(form, ratios[form])
    for name, of_rounds in used.items():
        _print_work(name, rows, of_rounds)
    print(f"This process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB.")


if __name__ == "__main__":
    main()
