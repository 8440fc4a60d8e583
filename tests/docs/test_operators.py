"""What the guides have operators type that needs an installation: each command is run on one, started for it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests import servers
from tests.docs import examples, readme
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


def of(path, words, instead=None):
    return examples.left_to(path, BY, words, instead)


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
    """A function that begins an example in a shell, beside the installation."""

    def begun(text, **options):
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        usual = {
            "DATA_DIR": str(installation.data_dir),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "OUTBOUND_ALLOW": installation.url.removeprefix("http://"),
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
    code, said = _ended(operate(of(path, "doctor")))

    assert code == 0, said
    assert "ok    database: PostgreSQL" in said


def test_a_backup_comes_back_in_an_empty_folder(operate, tmp_path):
    backup, drill = tmp_path / "keeptab-monday", tmp_path / "drill"
    places = {"/backups/keeptab-monday": backup, "/var/lib/keeptab-drill": drill}
    kept = _ended(operate(of("operations", " backup ", {"/backups/keeptab-monday": backup})))

    code, said = _ended(operate(of("operations", " restore ", places)))

    assert kept[0] == 0, kept[1]
    assert code == 0, said
    assert (drill / "postgres").is_dir()


def test_a_revoked_key_is_refused(installation, operate):
    key = installation.keys["skey_test"]
    before = installation.ask("/omise/account", key=key, dialect="omise")[0]

    code, said = _ended(operate(of("operations", "key revoke", {"sk_live_…": key})))

    def is_refused():
        return installation.ask("/omise/account", key=key, dialect="omise")[0] == 401

    assert (before, code) == (200, 0), said
    assert within(30, is_refused)


def test_a_second_factor_is_reset(installation, operate):
    email = "noa@example.com"
    installation.manage("operator", "create", "--email", email, "--site", "acme", "--role", "owner")
    installation.manage("shell", "-c", WITH_A_PHONE.format(email=email))

    code, said = _ended(operate(of("operations", "reset-second-factor")))

    assert code == 0, said
    assert email in said


def test_events_are_forwarded_as_they_happen(installation, operate):
    with Receiver() as receiver:
        instead = {".venv/bin/python": "exec python", "http://localhost:3000": receiver.url}
        process = operate(of("first-hour", " listen ", instead))
        said = iter(process.stdout)
        assert any("signed with this secret" in line for line in said)
        rest = threading.Thread(target=lambda: list(said), daemon=True)
        rest.start()

        code, told = _ended(operate(of("first-hour", " trigger ", {".venv/bin/python": "python"})))
        came = within(60, lambda: any(b'"invoice.paid"' in one.body for one in receiver.requests))
        servers.end(process)
        rest.join(10)
        process.stdout.close()
    assert code == 0, told
    assert came
    assert {request.path for request in receiver.requests} == {"/hook"}


def test_an_account_elsewhere_is_looked_at_before_it_is_imported(installation, operate):
    away = installation.site("Elsewhere")["sk_test"]
    for name in ("ada", "noa"):
        installation.ask("/v1/customers", key=away, data=f"email={name}@example.com".encode())
    before = installation.ask("/v1/customers", key=installation.keys["sk_test"])[2]
    instead = {
        "sk_live_…": away,
        "--mode live": "--mode test",
        "--precheck": f"--precheck --api-base {installation.url}",
    }

    code, said = _ended(operate(of("moving", "import_account", instead)))

    assert code == 0, said
    assert "customers  2 " in said
    assert "nothing was written" in said
    assert installation.ask("/v1/customers", key=installation.keys["sk_test"])[2] == before


def test_address_and_keys_are_where_the_libraries_look_for_them(installation, operate):
    instead = {
        "http://127.0.0.1:8000": installation.url,
        "sk_test_…": installation.keys["sk_test"],
        "pk_test_…": installation.keys["pk_test"],
    }
    asked = """
curl -fsS "$KEEPTAB_URL/v1/customers" -u "$KEEPTAB_KEY:"
curl -fsS "$KEEPTAB_URL/v1/tokens" -u "$KEEPTAB_PUBLISHABLE_KEY:" \\
    -d "bank_account[country]=US" -d "bank_account[account_number]=000123456789" \\
    -d "bank_account[routing_number]=110000000"
"""

    code, said = _ended(operate(of("api/libraries", "PUBLISHABLE", instead) + asked))

    assert code == 0, said


def test_a_backup_comes_back_as_the_readme_says(operate, tmp_path):
    places = {
        "/backups/keeptab-monday": tmp_path / "monday",
        "/var/lib/keeptab-restored": tmp_path / "restored",
        ".venv/bin/python": "python",
    }

    code, said = _ended(operate(examples.adapted(readme.example("Backups"), places)))

    assert code == 0, said
    assert (tmp_path / "restored" / "postgres").is_dir()
