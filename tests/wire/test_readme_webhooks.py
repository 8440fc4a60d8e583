"""The README's section about webhooks: its commands and programs, run as they stand there, but for address and keys."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from customers.events.models import Delivery
from customers.kit.tenancy import scoped_to
from tests.wire import node_flows

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Webhooks")[2].partition("\n## ")[0]
SAMPLES = re.findall(r"```(\w+)\n(.*?)```", SECTION, re.DOTALL)
SHELL = [text for language, text in SAMPLES if language == "sh"]
LISTEN, TRIGGER, ENDPOINT, RETRY = SHELL
PYTHON_HOOK, PYTHON_ENDPOINT = (text for language, text in SAMPLES if language == "python")
(NODE_HOOK,) = (text for language, text in SAMPLES if language == "js")


@pytest.fixture
def environment():
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.wire.settings",
        "SERVED_DATABASE": connection.settings_dict["NAME"],
    }


@contextmanager
def running(command, **options):
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def arguments(command, site):
    """A command of the README, by this interpreter and at this test's site."""
    (line,) = command.strip().splitlines()
    return [sys.executable, *line.split()[1:], "--site", site.slug]


@pytest.mark.node
@pytest.mark.server
@pytest.mark.usefixtures("_node_ready")
@pytest.mark.parametrize("language", ["python", "node"])
def test_a_program_gets_what_was_triggered(language, made, free_port, environment, tmp_path):
    site, _keys = made
    url = f"http://localhost:{free_port}/hook"
    listen = [url if word.startswith("http") else word for word in arguments(LISTEN, site)]
    with running(listen, env=environment) as listening:
        secret = [listening.stderr.readline() for _ in range(3)][-1].strip()
        with program(language, secret, free_port, tmp_path) as hook:
            triggered = subprocess.run(
                arguments(TRIGGER, site), cwd=ROOT, env=environment, capture_output=True, text=True,
                timeout=60, check=True,
            )  # fmt: skip
            printed = [listening.stdout.readline().strip().partition("  ")[2] for _ in range(2)]
            received = hook.stdout.readline().split()

    pk, type_, _object = triggered.stdout.split()
    assert received == [type_, pk] == ["customer.created", pk]
    assert printed == [f"--> {type_}  {pk}", f"<-- [200] POST {url}  {pk}"]


@contextmanager
def program(language, secret, port, folder):
    """The README's program, which listens once this block begins."""
    if language == "python":
        text, name, before = PYTHON_HOOK, folder / "hook.py", "print('ready', flush=True)\n"
        text = text.replace("HTTPServer((", f"{before}HTTPServer((")
        command = [sys.executable, name]
    else:
        text, name = NODE_HOOK, node_flows.FLOWS / f"{folder.name}.mjs"
        text = text.replace(".listen(3000)", ".listen(3000, () => console.log('ready'))")
        command = ["node", name]
    name.write_text(text.replace("whsec_…", secret).replace("3000", str(port)), encoding="utf-8")
    try:
        with running(command) as process:
            assert process.stdout.readline() == "ready\n"
            yield process
    finally:
        name.unlink()


def test_endpoints_are_made_and_an_event_is_sent_again(live, made, api_events):
    site, keys = made

    def adapted(sample):
        return sample.replace("sk_test_…", keys["sk_test"]).replace("http://127.0.0.1:8000", live)

    by_curl = _output("sh", "-c", adapted(ENDPOINT))
    by_python = _output(sys.executable, "-c", adapted(PYTHON_ENDPOINT))
    event = api_events()
    again = _output("sh", "-c", adapted(RETRY).replace("evt_…", event))

    with scoped_to(site, livemode=False):
        told = sorted(Delivery.objects.values_list("event_id", "replays"))
    assert '"secret":"whsec_' in by_curl.replace(" ", "")
    assert re.fullmatch(r"we_\w+ whsec_\w+\n", by_python)
    assert f'"id":"{event}"' in again.replace(" ", "")
    assert told == [(event, 1), (event, 1)]


@pytest.fixture
def api_events(stripe_v1):
    """Makes a customer, and returns the id of the event that tells of it."""

    def make():
        stripe_v1.customers.create({"name": "Ada Example"})
        return stripe_v1.events.list({"type": "customer.created"}).data[0].id

    return make


def _output(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
