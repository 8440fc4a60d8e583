"""Imports of an account by processes that are killed in the middle of them.

`KILLED_IMPORTS` says how many customers are brought over, for a long run by hand.
"""

import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from django.db import connection

from customers.events.models import Event
from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.models import Address, Alias, Customer, CustomerBalanceTransaction
from customers.services import customers
from payments.models import AccountImport, Charge, ImportedRecord
from payments.money import Money
from payments.services import charges, payment_methods

ROOT = Path(__file__).resolve().parents[5]
MANY = int(os.environ.get("KILLED_IMPORTS", "120"))
KILLS = max(4, MANY // 30)
PATIENCE = 120  # seconds until a process has written something


def test_killed_import_loses_and_doubles_nothing(live, other, site):
    filled(other[0])

    for _ in range(KILLS):
        kill_in_the_middle(live, other, site)
    last = started(live, other, site)
    said, _ = last.communicate(timeout=600)

    assert last.returncode == 0, said
    assert pictures(site) == pictures(other[0])
    with scoped_to(site, livemode=False):
        entries = Counter(ImportedRecord.objects.values_list("kind", "state"))
        assert entries == {("customer", "done"): MANY, ("charge", "done"): MANY // 10}
        made = Event.objects.filter(type="customer.created").values_list("object_id", flat=True)
        assert sorted(made) == sorted(Customer.objects.values_list("pk", flat=True))
        assert Alias.objects.count() == MANY + MANY // 10
        assert not AccountImport.objects.filter(finished_at=None).exists()


def filled(source):
    """Let a site have customers with what belongs to them, and a charge of every tenth."""
    at = clock.now()
    with scoped_to(source, livemode=False):
        for place in range(MANY):
            details = {
                "email": f"reader{place}@example.com",
                "name": f"Reader {place}",
                "balance": -place,
                "metadata": {"place": str(place)},
                "address": {"line1": f"{place} High Street", "country": "GB"},
            }
            customer = customers.create(details=details, at=at)
            if place % 10 == 0:
                method = payment_methods.resolve("pm_card_visa", at=at)
                payment_methods.attach(method, customer, at=at)
                money = Money(1000 + place, "usd")
                charges.create(money=money, method=method, customer=customer, at=at)


def kill_in_the_middle(live, other, site):
    """Start the command, and kill it once it has written some more."""
    process, before = started(live, other, site), written(site)
    enough = before + 1 + secrets.randbelow(max(2, MANY // 4))
    give_up_at = time.monotonic() + PATIENCE
    while process.poll() is None and written(site) < enough and time.monotonic() < give_up_at:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert written(site) > before or written(site) >= MANY


def started(live, other, site):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
        "SERVED_DATABASE": connection.settings_dict["NAME"],
        "IMPORT_KEY": other[1]["sk_test"],
        "OUTBOUND_ALLOW": live.removeprefix("http://"),
    }
    options = ["stripe", "--mode=test", f"--site={site.slug}", f"--api-base={live}"]
    command = [sys.executable, "manage.py", "import_account", *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )  # fmt: skip


def written(site):
    with scoped_to(site, livemode=False):
        return ImportedRecord.objects.count()


def pictures(site):
    """Return what a site has, without ids."""
    with scoped_to(site, livemode=False):
        people = Customer.objects.values_list("email", "name", "balance", "metadata__place")
        moves = CustomerBalanceTransaction.objects.values_list("customer__email", "amount")
        places = Address.objects.values_list("customer__email", "line1", "is_default")
        paid = Charge.objects.values_list("customer__email", "amount", "status")
        return [sorted(people), sorted(moves), sorted(places), sorted(paid)]
