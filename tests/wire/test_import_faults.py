"""Imports under fire: processes are killed at random, two work at once, and in the end every row was done once.

IMPORT_FAULT_ROWS (20000) and IMPORT_FAULT_SEED make longer runs and other ones.
"""

import csv
import os
import signal
import subprocess
import sys
import time
from random import Random  # noqa: TID251 -- seeded, so that a run can be had again

import pytest
from django.db import connection

from customers.events.models import Event
from customers.kit.tenancy import scoped_to
from customers.models import Address, Customer, Import
from tests.start import ROOT

pytestmark = pytest.mark.server
ROWS = int(os.environ.get("IMPORT_FAULT_ROWS", "20000"))
SEED = int(os.environ.get("IMPORT_FAULT_SEED", "7"))
KILLS = 3
PATIENCE = 120  # seconds for a process to begin


class Importer:
    """The command that imports a file, in a process of its own."""

    def __init__(self, path, site, log):
        command = [sys.executable, "manage.py", "import", str(path), "--site", site.slug]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
            "SERVED_DATABASE": connection.settings_dict["NAME"],
        }
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )

    def kill(self):
        self.process.send_signal(signal.SIGKILL)  # nothing where it has ended
        self.process.wait()
        self.process.stdout.close()

    def end(self):
        try:
            out, _ = self.process.communicate(timeout=PATIENCE)
        finally:
            self.kill()
        return self.process.returncode, out


def test_every_row_is_done_once_whoever_is_killed(made, tmp_path):
    site, _keys = made
    chance, path = Random(SEED), tmp_path / "customers.csv"
    _write(path)
    with (tmp_path / "errors.log").open("w") as log:
        stood = [_killed_at_work(path, site, log, chance) for _ in range(KILLS)]
        together = [Importer(path, site, log) for _ in range(2)]
        ends = [each.end() for each in together]
        again = Importer(path, site, log).end()

    good = [n for n in range(ROWS) if n % 50]
    said = f"{ROWS:,} rows: {len(good):,} created, 0 changed, 0 left as they were, {ROWS // 50:,} refused.\n"
    again_said = f"{ROWS:,} rows: 0 created, 0 changed, {len(good):,} left as they were, {ROWS // 50:,} refused.\n"
    assert stood == sorted(stood)
    assert (3, said) in ends
    assert again == (3, again_said)
    with scoped_to(site, livemode=False):
        said = Customer.objects.values_list("description", flat=True)
        assert sorted(int(text.removeprefix("row-")) for text in said) == good
        told = Event.objects.filter(type="customer.created").values_list("object_id", flat=True)
        assert sorted(told) == sorted(Customer.objects.values_list("pk", flat=True))
        assert Address.objects.count() == len(good)


def _write(path):
    """Of the rows a third has no external id, and a fiftieth is bad."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["external_id", "email", "description", "City"])
        for n in range(ROWS):
            email = f"n{n}@example.com" if n % 50 else "nobody"
            # No number of its own, which might be a security code that tests look for.
            writer.writerow([f"id-{n}" if n % 3 else "", email, f"row-{n}", "Paris\nTexas"])


def _killed_at_work(path, site, log, chance):
    """Start the command, kill it at some moment after it has begun, and return up to which row it came."""
    before, importer = _read(site), Importer(path, site, log)
    give_up_at = time.monotonic() + PATIENCE
    while (
        _read(site) == before and importer.process.poll() is None and time.monotonic() < give_up_at
    ):
        time.sleep(0.02)
    time.sleep(chance.random() * 0.2)
    importer.kill()
    return _read(site)


def _read(site):
    """Up to which row an import of the site has come; -1 before it is there."""
    with scoped_to(site, livemode=False):
        return max(Import.objects.values_list("read", flat=True), default=-1)
