"""Money under fire: processes are killed and the acquirer's line fails, and in the end the books agree line by line.

FAULT_ACTS (300) and FAULT_SEED make longer runs and other ones.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random  # seeded, so that a run can be had again

import psycopg
import pytest
import stripe
from psycopg.types.json import Jsonb

from config.database.cluster import Cluster
from tests import hidden_numbers
from tests.shop import Shop
from tests.start import ROOT, Start, free_port, within

pytestmark = pytest.mark.server
ACTS = int(os.environ.get("FAULT_ACTS", "300"))
SEED = int(os.environ.get("FAULT_SEED", "7"))
TELLERS = 12
STORIES = ACTS * 11 // 20  # of two acts, but for those that a declined card ends
KILLS = max(4, ACTS // 50)
FAULTS = (
    ("timeout_before", "money", None, {"chance": 0.05}),
    ("timeout_after", "money", None, {"chance": 0.08}),
    ("not_sent", "money", None, {"chance": 0.03}),
    ("latency", "money", None, {"chance": 0.3, "seconds": 0.1}),
    ("timeout_before", "look_up", 5, {}),
)
SWITCH_ON = """
INSERT INTO sandbox.faults (account, fault, act, times, settings)
SELECT id, %s, %s, %s, %s FROM payments_gatewayaccount
"""
CURRENCIES = ("usd", "jpy", "kwd", "eur")


class Run:
    """A merchant whose programs go through stories of two acts each, while everything falls down around them."""

    def __init__(self, shop, customer, seed):
        self.shop = shop
        self.customer = customer
        self.chance = Random(seed)
        self.answers = []

    def story(self, number):
        tell = (self._sale, self._hold, self._intent)[number % 3]
        amount = 1000 + 10 * number
        money = {"amount": amount, "currency": CURRENCIES[number % len(CURRENCIES)]}
        return tell(str(number), money)

    def _sale(self, name, money):
        made = self._charge(name, money)
        if not isinstance(made, stripe.Charge):
            return [made]
        charge = self.shop.settled(made, self.shop.v1.charges)
        return [made, self._refund(name, charge, amount=money["amount"] // 3)]

    def _hold(self, name, money):
        made = self._charge(name, money, capture=False)
        if not isinstance(made, stripe.Charge):
            return [made]
        charge = self.shop.settled(made, self.shop.v1.charges)
        if charge.status != "succeeded":
            return [made, charge]
        if int(name) % 2:
            taken = money["amount"] - 10
            capture = self.shop.v1.charges.capture
            return [made, self.shop.act(capture, charge.id, key=f"capture {name}", amount=taken)]
        return [made, self._refund(name, charge)]

    def _intent(self, name, money):
        made = self.shop.act(
            self.shop.v1.payment_intents.create, key=f"pay {name}", confirm=True, off_session=True,
            customer=self.customer, payment_method=self._method(name), metadata={"story": name}, **money,
        )  # fmt: skip
        if not isinstance(made, stripe.PaymentIntent):
            return [made]
        intent = self.shop.settled(made, self.shop.v1.payment_intents)
        charge = self.shop.read(self.shop.v1.charges.retrieve, intent.latest_charge)
        return [made, self._refund(name, charge)]

    def _charge(self, name, money, **params):
        wanted = {"customer": self.customer, "source": self._method(name), **money, **params}
        create = self.shop.v1.charges.create
        return self.shop.act(create, key=f"charge {name}", metadata={"story": name}, **wanted)

    def _refund(self, name, charge, **params):
        if charge.status != "succeeded":
            return charge  # it failed, or was never received: there is nothing to give back
        create = self.shop.v1.refunds.create
        return self.shop.act(create, key=f"refund {name}", charge=charge.id, **params)

    def _method(self, name):
        return self.methods["declined" if int(name) % 10 == 9 else "visa"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Keeptab as an operator starts it for a drill: an empty folder, and clocks that run a hundred times as fast."""
    folder = tmp_path_factory.mktemp("drill")
    with (folder / "errors.log").open("w") as errors:
        started = Start(
            folder / "data", port=free_port(), arguments=["--no-demo", "--workers", "2"], errors=errors,
            DRILL_TIME_FACTOR="0.01", API_RATE_LIMIT="0",
        )  # fmt: skip
        try:
            yield started.wait_for_welcome()
        finally:
            started.process.send_signal(signal.SIGTERM)
            started.process.wait(60)
            started.process.stdout.close()
    assert hidden_numbers.in_files(folder / "errors.log") == []
    for kept in ("logs", "run", "postgres/data/log"):
        assert hidden_numbers.in_files(folder / "data" / kept) == []


@pytest.fixture(scope="module")
def manage(running):
    """A function that runs a command of `manage.py` on the drill's data and returns what it prints."""

    def run(*words):
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(running.data_dir),
            "DRILL_TIME_FACTOR": "0.01",
        }
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout

    return run


@pytest.fixture(scope="module")
def key(manage):
    made = manage("site", "create", "--name", "Drill", "--slug", "drill", "--json")
    return re.search(r"sk_test_\w+", made)[0]


@pytest.fixture(scope="module")
def statement(running):
    """A function that runs a statement in the drill's database: the acquirer's switches are in its own schema."""
    cluster = Cluster(running.data_dir / "postgres", {})
    cluster.ensure()
    with psycopg.connect(**cluster.address, dbname="keeptab", autocommit=True) as link:
        yield link.execute
        assert hidden_numbers.in_database(link.cursor()) == []
    cluster.leave()


def _kill_now_and_then(running, stop, killed):
    """Kill the web server or the worker at points that the seed chooses, but never one that is not up yet."""
    chance = Random(SEED)
    for number in range(KILLS):
        name = "worker" if number % 4 == 2 else "web"
        is_up = partial(running.process_id, name)
        within(60, lambda is_up=is_up: stop.is_set() or (is_up() and running.answers()))
        if stop.wait(chance.uniform(0.05, 1.5)):
            return
        os.kill(running.process_id(name), signal.SIGKILL)
        killed[name] += 1


def _book(lines):
    """Return what the acquirer did for us, line by line, without its own ids."""
    names = ("kind", "amount", "currency", "status", "customer")
    return sorted(
        (_without_try(line["reference"]), *(line[name] for name in names)) for line in lines
    )


def _without_try(reference):
    """Return `ch_…/capture` for the second try `ch_…/capture/2` as well."""
    return re.sub(r"/\d+$", "", reference)


def _ours(shop):
    """Return the lines that the acquirer's book must have, as our charges and refunds tell."""
    lines = []
    for charge in shop.every(shop.v1.charges):
        whose = (charge.currency, charge.customer)
        if charge.status == "failed":
            if charge.failure_code != "never_received":
                lines.append((charge.id, "charge", charge.amount, "failed", *whose))
            continue
        lines += _lines_of(charge, whose)
    customers = {charge.id: charge.customer for charge in shop.every(shop.v1.charges)}
    voided = {reference for reference, kind, *_ in lines if kind == "void"}
    for refund in shop.every(shop.v1.refunds):
        if refund.status != "failed" and f"{refund.charge}/void" not in voided:
            whose = (refund.currency, customers[refund.charge])
            lines.append((refund.id, "refund", refund.amount, refund.status, *whose))
    return sorted(
        (ref, kind, amount, cur, said, who) for ref, kind, amount, said, cur, who in lines
    )


def _lines_of(charge, whose):
    is_hold = charge.metadata["story"] and int(charge.metadata["story"]) % 3 == 1
    if not is_hold:
        return [(charge.id, "charge", charge.amount, charge.status, *whose)]
    if charge.captured:
        return [
            (charge.id, "charge", charge.amount, "captured", *whose),
            (f"{charge.id}/capture", "capture", charge.amount_captured, "succeeded", *whose),
        ]
    if charge.refunded:
        return [
            (charge.id, "charge", charge.amount, "voided", *whose),
            (f"{charge.id}/void", "void", charge.amount, "succeeded", *whose),
        ]
    return [(charge.id, "charge", charge.amount, "authorized", *whose)]


def _moved(lines):
    """Return what the acquirer's lines moved on our account: source, amount, fee."""
    coming = {"charge": 1, "capture": 1, "refund": -1}
    return sorted(
        (line["reference"].partition("/")[0], coming[line["kind"]] * line["amount"], line["fee"])
        for line in lines
        if line["status"] == "succeeded" and line["kind"] in coming
    )


def test_nothing_is_lost_or_doubled_whatever_falls_down(running, manage, statement, key, capsys):
    shop = Shop(running.url, key)
    customer = shop.v1.customers.create({"source": "tok_visa"})
    run = Run(shop, customer.id, SEED)
    declined = shop.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.id}
    )
    run.methods = {"visa": customer.default_source, "declined": declined.id}
    for fault, act, times, said in FAULTS:
        statement(SWITCH_ON, [fault, act, times, Jsonb(said)])
    stop, killed = threading.Event(), Counter()
    killer = threading.Thread(target=_kill_now_and_then, args=(running, stop, killed))
    database = running.process_id("postgres")
    began = time.monotonic()

    killer.start()
    try:
        with ThreadPoolExecutor(TELLERS) as pool:
            told = list(pool.map(run.story, range(STORIES)))
    finally:
        stop.set()
        killer.join()
    acted = time.monotonic()
    statement("DELETE FROM sandbox.faults")
    within(60, lambda: _ours(shop) == _book(shop.ledger()))
    book = [json.loads(line) for line in manage("sandbox", "ledger", "--json").splitlines()]
    ours = _ours(shop)
    moved = shop.every(shop.v1.balance_transactions)
    with capsys.disabled():
        print(  # noqa: T201 -- what a drill has shown
            f"\n{sum(map(len, told))} acts, {dict(killed)} killed, {sum(shop.silences.values())} asked again "
            f"{dict(shop.silences)}, {len(book)} lines, {acted - began:.0f} s + {time.monotonic() - acted:.0f} s"
        )
    assert killed["web"] >= 2
    assert killed["worker"] >= 1
    assert running.process_id("postgres") == database
    assert ours == _book(book)
    assert sorted((one.source, one.amount, one.fee) for one in moved) == _moved(book)
    assert shop.ledger() == book
    charges = Counter(charge.metadata["story"] for charge in shop.every(shop.v1.charges))
    assert charges == {str(number): 1 for number in range(STORIES)}
    assert [answer for story in told for answer in story if _is_odd(answer)] == []


def _is_odd(answer):
    """Tell whether an act got an answer that nobody could act on."""
    if isinstance(answer, stripe.StripeError):
        return answer.code not in {"card_declined", "never_received", "processing_error"}
    return False
