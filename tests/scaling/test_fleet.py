"""Two web servers and three workers on one PostgreSQL, pooled and with a standby beside it: each thing is done once."""

import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import pytest
import stripe

from tests import servers
from tests.receiver import Receiver
from tests.start import ROOT, answers, free_port, within

PEOPLE, ROWS = 6, 120
_IMPORT = """
import django, io, sys; django.setup()
from django.db import transaction
from customers.kit import clock, jobs
from customers.kit.provenance import acting
from customers.kit.tenancy import scoped_to
from customers.models import Import, Site
from customers.services import imports
with scoped_to(Site.objects.get(), livemode=False):
    of = imports.create(io.BytesIO(sys.stdin.buffer.read()), file_name="people.csv", at=clock.now())
    with acting(imports.acting_for(of)), transaction.atomic():
        imports.begin(of, Import.Status.RUNNING, at=clock.now())
        for _worker in range(3):
            jobs.defer("customers.run_import", import_id=of.pk)
"""


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="module")
def surroundings(primary, pooled, standby, acme, receiver, tmp_path_factory):
    """What every program of the fleet is told."""
    return servers.environment(
        tmp_path_factory.mktemp("fleet"),
        DATABASE_URL=pooled.url,
        DATABASE_DIRECT_URL=primary.url,
        DATABASE_REPLICA_URL=standby.url,
        DATABASE_REPLICA_WAIT_MS="1000",
        METRICS_TOKEN="m" * 40,
        OUTBOUND_ALLOW=f"127.0.0.1:{receiver.port}",
    )


@contextmanager
def _running(surroundings, *programs):
    started = [servers.python(arguments, surroundings) for arguments in programs]
    try:
        yield
    finally:
        servers.end(*started)


@pytest.fixture(scope="module")
def shops(surroundings, acme):
    """Clients of both web servers, while the workers work."""
    ports = [free_port(), free_port()]
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    webs = [["-m", "config.web", "127.0.0.1", str(port), "1"] for port in ports]
    with _running(surroundings, *webs):
        assert within(300, lambda: all(map(answers, ports)))
        clients = [
            stripe.StripeClient(acme["sk_test"], base_addresses={"api": url}, max_network_retries=4)
            for url in addresses
        ]
        with _running(surroundings, *[["manage.py", "worker"]] * 3):
            yield [client.v1 for client in clients]


@pytest.fixture(scope="module")
def done(shops, surroundings, receiver, primary):
    """Everything is asked for, much of it twice at the same moment, and all of it is worked off."""
    shops[0].webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    product = shops[0].products.create({"name": "Tea"})
    price = shops[1].prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}}
    )  # fmt: skip
    ends = int(time.time()) + 15  # of the trials
    with ThreadPoolExecutor(8) as crowd:

        def twice(name, act):
            return _twice(crowd, shops, name, act)

        made = twice(
            "person", lambda shop, number, key: shop.customers.create(_person(number), key)
        )
        payments = [_payment(customer) for customer in made]
        twice("pay", lambda shop, number, key: shop.payment_intents.create(payments[number], key))
        plans = [_plan(customer, price, ends) for customer in made]
        twice("plan", lambda shop, number, key: shop.subscriptions.create(plans[number], key))
    lines = "".join(f"import{number}@example.com\n" for number in range(ROWS))
    subprocess.run(
        [sys.executable, "-c", _IMPORT], cwd=ROOT, env=surroundings, input=f"email\n{lines}".encode(), check=True
    )  # fmt: skip
    assert within(240, lambda: _is_worked_off(primary)), _left(primary)
    return made


def _twice(crowd, shops, name, act):
    """Have both servers do each of these with one idempotency key, side by side; return the ids."""
    keys = [{"idempotency_key": f"{name}-{number}"} for number in range(PEOPLE)]
    calls = [
        [crowd.submit(act, shop, number, key) for shop in shops] for number, key in enumerate(keys)
    ]
    answers = [{call.result().id for call in pair} for pair in calls]
    assert {len(ids) for ids in answers} == {1}
    return [ids.pop() for ids in answers]


def _person(number):
    return {
        "email": f"fleet{number}@example.com", "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }  # fmt: skip


def _payment(customer):
    return {
        "customer": customer, "amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }  # fmt: skip


def _plan(customer, price, ends):
    return {"customer": customer, "items": [{"price": price.id}], "trial_end": ends}


def _left(primary):
    return primary.ask(
        """SELECT (SELECT count(*) FROM billing_subscription WHERE status <> 'active'),
        (SELECT count(*) FROM events_delivery WHERE status = 'pending'),
        (SELECT count(*) FROM customers_import WHERE finished_at IS NULL),
        (SELECT count(*) FROM payments_charge WHERE status <> 'succeeded')"""
    )


def _is_worked_off(primary):
    return _left(primary) == (0, 0, 0, 0)


def test_what_two_servers_are_asked_at_once_is_done_once(done, primary):
    counts = primary.ask(
        """SELECT (SELECT count(*) FROM customers_customer WHERE email LIKE 'fleet%%'),
        (SELECT count(*) FROM payments_paymentintent WHERE amount = 1000),
        (SELECT count(*) FROM billing_subscription)"""
    )

    assert counts == (PEOPLE, PEOPLE, PEOPLE)


def test_every_charge_is_in_the_ledger_and_at_the_gateway_once(done, primary):
    counts = primary.ask(
        """SELECT (SELECT count(*) FROM payments_charge),
        (SELECT count(*) FROM payments_balancetransaction WHERE kind = 'charge'),
        (SELECT count(*) FROM payments_operation WHERE kind = 'authorize' AND state = 'done')"""
    )

    assert counts == (PEOPLE,) * 3


def test_every_subscription_is_renewed_once(done, primary):
    with primary.link() as link:
        found = link.execute(
            "SELECT count(*), max(total) FROM billing_invoice GROUP BY subscription_id"
        ).fetchall()

    assert found == [(2, 500)] * PEOPLE  # of nothing for the trial, and of the first month


def test_every_row_of_a_file_is_imported_once_though_three_workers_have_it(done, primary):
    found = primary.ask(
        "SELECT count(*), count(DISTINCT email) FROM customers_customer WHERE email LIKE 'import%%'"
    )

    assert found == (ROWS, ROWS)


def _promised(primary):
    with primary.link() as link:
        rows = link.execute("SELECT event_id FROM events_delivery").fetchall()
    return Counter(pk for (pk,) in rows)


def _told(receiver):
    return Counter(orjson.loads(request.body)["id"] for request in receiver.requests)


def test_the_endpoint_is_told_of_every_event_once(done, primary, receiver):
    within(30, lambda: _told(receiver) == _promised(primary))

    promised = _promised(primary)

    assert _told(receiver) == promised
    assert len(promised) > ROWS


def test_no_job_failed(done, primary):
    failed = primary.ask("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")

    assert failed == (0,)


def test_lists_of_both_servers_come_from_the_standby_and_show_all(done, shops):
    found = [
        {customer.email for customer in shop.customers.list({"limit": 100}).auto_paging_iter()}
        for shop in shops
    ]

    assert found[0] == found[1]
    assert len([email for email in found[0] if email.startswith("import")]) == ROWS


def test_workers_keep_few_sessions_past_the_pooler(done, primary):
    """The sender's, the queue's listener and pool: what is left when nothing is being done."""
    (direct,) = primary.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'keeptab' AND query LIKE 'LISTEN%%'"
    )

    assert direct <= 3 * 2
