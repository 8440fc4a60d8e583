"""What the guides have operators type that needs an installation: each command is run on one, started for it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests import servers
from tests.docs import examples
from tests.faults.installation import Installation
from tests.receiver import Receiver
from tests.start import OURS, ROOT, within

BY = "tests/docs/test_operators.py"
WITH_A_PHONE = """
from django_otp.plugins.otp_totp.models import TOTPDevice
from customers.models import Operator
TOTPDevice.objects.create(user=Operator.objects.get(email="{email}"), name="phone", confirmed=True)
"""
pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("guides"), "--no-demo")
    made.start()
    made.keys = made.site("Acme")
    assert made.recovers()
    yield made
    made.stop()


@pytest.fixture
def operate(installation):
    """A function that begins an example in a shell, with other words in place of some of its own."""

    def begun(path, words, **options):
        text = examples.left_to(path, BY, words)
        for shown, meant in options.pop("instead", {}).items():
            assert shown in text
            text = text.replace(shown, str(meant))
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        usual = {
            "DATA_DIR": str(installation.data_dir),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env={**clean, **usual}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options,
        )  # fmt: skip

    return begun


def _ended(process):
    said, _ = process.communicate(timeout=180)
    return process.returncode, said


@pytest.mark.parametrize("path", ["deploy", "operations"])
def test_doctor_finds_nothing_bad(operate, path):
    code, said = _ended(operate(path, "doctor"))

    assert code == 0, said
    assert "ok    database: PostgreSQL" in said


def test_a_backup_comes_back_in_an_empty_folder(operate, tmp_path):
    backup, drill = tmp_path / "keeptab-monday", tmp_path / "drill"
    places = {"/backups/keeptab-monday": backup, "/var/lib/keeptab-drill": drill}
    kept = _ended(operate("operations", " backup ", instead={"/backups/keeptab-monday": backup}))

    code, said = _ended(operate("operations", " restore ", instead=places))

    assert kept[0] == 0, kept[1]
    assert code == 0, said
    assert (drill / "postgres").is_dir()


def test_a_revoked_key_is_refused(installation, operate):
    key = installation.keys["skey_test"]
    before = installation.ask("/omise/account", key=key, dialect="omise")[0]

    code, said = _ended(operate("operations", "key revoke", instead={"sk_live_…": key}))

    def is_refused():
        return installation.ask("/omise/account", key=key, dialect="omise")[0] == 401

    assert (before, code) == (200, 0), said
    assert within(30, is_refused)


def test_a_second_factor_is_reset(installation, operate):
    email = "noa@example.com"
    installation.manage("operator", "create", "--email", email, "--site", "acme", "--role", "owner")
    installation.manage("shell", "-c", WITH_A_PHONE.format(email=email))

    code, said = _ended(operate("operations", "reset-second-factor"))

    assert code == 0, said
    assert email in said


def test_events_are_forwarded_as_they_happen(installation, operate):
    with Receiver() as receiver:
        instead = {".venv/bin/python": "exec python", "http://localhost:3000": receiver.url}
        process = operate("first-hour", " listen ", instead=instead)
        said = iter(process.stdout)
        assert any("signed with this secret" in line for line in said)
        rest = threading.Thread(target=lambda: list(said), daemon=True)
        rest.start()

        code, told = _ended(
            operate("first-hour", " trigger ", instead={".venv/bin/python": "python"})
        )
        came = within(60, lambda: any(b'"invoice.paid"' in one.body for one in receiver.requests))
        servers.end(process)
        rest.join(10)
        process.stdout.close()
    assert code == 0, told
    assert came
    assert {request.path for request in receiver.requests} == {"/hook"}
