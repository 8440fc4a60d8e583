"""`manage.py listen` in a process of its own, as a developer runs it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import stripe
from django.core.management.base import CommandError
from django.db import connection

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.services import customers
from tests.receiver import Receiver, answer

ROOT = Path(__file__).resolve().parents[3]


class Listening:
    """What the command has printed so far, by lines."""

    def __init__(self, process):
        self.process = process
        self.begun = [process.stderr.readline().strip()]
        self.secret = ""

    def read_secret(self):
        self.begun.append(self.process.stderr.readline().strip())
        self.secret = self.process.stderr.readline().strip()

    def lines(self, count):
        """The next lines, without the time and with `evt` for the id."""
        return [
            re.sub(r"evt_\w+", "evt", self.process.stdout.readline().strip().partition("  ")[2])
            for _ in range(count)
        ]

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def listening(*arguments):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
        "SERVED_DATABASE": connection.settings_dict["NAME"],
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "listen", *arguments], cwd=ROOT, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            yield Listening(process)
        finally:
            process.kill()


@pytest.fixture
def make(site):
    def make(*names):
        with scoped_to(site, livemode=False):
            for name in names:
                customers.create(details={"name": name}, at=clock.now())

    return make


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_events_are_printed_and_forwarded_signed(site, make):
    replies = iter([answer(), answer(500)])

    def reply(link, request):
        return next(replies)(link, request)

    with Receiver(reply) as receiver:
        url = f"http://localhost:{receiver.port}/hook"
        with listening("--site", "acme", "--forward-to", url) as said:
            said.read_secret()
            make("Ada", "Grace")
            lines = said.lines(4)
            code = said.interrupt()
        received = receiver.wait_for(2)

    assert said.begun[0] == "Listening to the test events of Acme. End with Ctrl+C."
    assert lines == [
        "--> customer.created  evt",
        f"<-- [200] POST {url}  evt",
        "--> customer.created  evt",
        f"<-- [500] POST {url}  evt",
    ]
    events = [
        stripe.Webhook.construct_event(
            request.body, request.headers["stripe-signature"], said.secret
        )
        for request in received
    ]
    assert [(event.type, event.data.object.name) for event in events] == [
        ("customer.created", "Ada"),
        ("customer.created", "Grace"),
    ]
    assert code == 0


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_it_goes_on_after_its_connection_was_lost(site, make):
    with listening("--events", "customer.created,customer.updated") as said:
        make("Ada")
        before = said.lines(1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        make("Grace", "Edith")
        after = said.lines(2)
        told = [said.process.stderr.readline().strip() for _ in range(2)]

    assert before + after == ["--> customer.created  evt"] * 3
    assert told == [
        "The database went away. Waiting for it to come back.",
        "The database is back.",
    ]


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_who_is_not_there_is_told_of(site, make):
    with Receiver() as receiver:
        url = f"{receiver.url}/hook"
    with listening("--forward-to", url) as said:
        said.read_secret()
        make("Ada")

        lines = said.lines(2)

    assert lines[1] == f"<-- [failed] POST {url}: The connection was refused.  evt"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("--site", "nowhere"), "There is no site 'nowhere'", id="site"),
        pytest.param(("--forward-to", "localhost:3000"), "This is no web address", id="url"),
        pytest.param(("--forward-to", "http://10.0.0.1/hook"), "is not a public address", id="private"),
        pytest.param(("--events", "customer.make"), "customer.make", id="type"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(run, site, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("listen", *arguments)


def test_the_only_site_need_not_be_named(run, site, other):
    with pytest.raises(CommandError, match="Name the site with --site"):
        run("listen")
