"""What the doctor sees, and what it says of it."""

import contextlib
import smtplib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError

from config import doctor, health, mail
from config.finding import Finding, Level
from customers.events.services import events, partitions
from customers.kit import clock
from customers.kit.partitions import following, start_of
from customers.kit.tenancy import scoped_to
from customers.services import invariant_rounds
from payments.billing.documents import faces
from payments.gateways.base import Refused
from payments.models import GatewayAccount
from payments.services import gateway_accounts
from tests.factories.customers import CustomerFactory, SiteFactory

pytestmark = pytest.mark.django_db
_GOOD_KEY = "k" * 40


@pytest.fixture(autouse=True)
def _in_order(db, settings, monkeypatch, tmp_path):
    """An installation of which nothing can be said."""
    partitions.make(at=clock.now())
    settings.SECRET_KEY, settings.HASHING_KEY = "s" * 40, "h" * 40
    settings.SEALING_KEYS = [_GOOD_KEY]
    settings.PUBLIC_URL, settings.HTTPS = "https://billing.example.com", True
    settings.BEHIND_PROXY, settings.ALLOWED_HOSTS = True, ["billing.example.com"]
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(health, "worker", lambda: "ok")


def _found(name):
    return [finding for finding in doctor.examine() if finding.name == name]


def test_an_installation_in_order_has_nothing_to_mend(monkeypatch):
    # The tests' role may be a superuser, and the embedded database has no pg_trgm.
    looks = [look for look in doctor._INSIDE if look is not doctor._role]
    monkeypatch.setattr(doctor, "_INSIDE", looks)

    levels = {finding.name: finding.level for finding in doctor.examine()}

    assert levels == {
        "SECRET_KEY": Level.WELL, "HASHING_KEY": Level.WELL, "SEALING_KEYS": Level.WELL,
        "PUBLIC_URL": Level.WELL, "CSP": Level.WELL, "disk": Level.WELL, "fonts": Level.WELL,
        "mail": Level.WELL, "database": Level.WELL, "migrations": Level.WELL, "worker": Level.WELL,
        "jobs": Level.WELL, "integrity": Level.WELL, "clock": Level.WELL, "months": Level.WELL,
        "sealed values": Level.WELL,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "name", "level", "said"),
    [
        pytest.param({"SECRET_KEY": "short"}, "SECRET_KEY", Level.WARNING, "5 characters", id="short"),
        pytest.param({"HASHING_KEY": "s" * 40}, "keys", Level.WARNING, "the same", id="twice"),
        pytest.param(
            {"HTTPS": False, "PUBLIC_URL": "http://billing.example.com"},
            "PUBLIC_URL", Level.BAD, "not encrypted", id="http",
        ),
        pytest.param({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL", Level.BAD, "no address", id="none"),
        pytest.param({"BEHIND_PROXY": False}, "BEHIND_PROXY", Level.WARNING, "is off", id="proxy"),
        pytest.param(
            {"ALLOWED_HOSTS": ["example.com"]}, "ALLOWED_HOSTS", Level.BAD,
            "billing.example.com", id="host",
        ),
        pytest.param(
            {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"default-src": ["'none'"], "script-src": ["*"]}}},
            "CSP", Level.BAD, "script-src *", id="policy",
        ),
        pytest.param(
            {"EMAIL_BACKEND": mail.KEEPING, "EMAIL_FILE_PATH": "/kept"}, "mail", Level.WARNING,
            "none leaves", id="mail",
        ),
    ],
)  # fmt: skip
def test_a_setting_that_is_no_good_is_told(settings, changed, name, level, said):
    for setting, value in changed.items():
        setattr(settings, setting, value)

    (finding,) = _found(name)

    assert (finding.level, said in finding.said, bool(finding.remedy)) == (level, True, True)


@pytest.mark.parametrize("allowed", [["*"], [".example.com"], ["BILLING.example.com"]])
def test_hosts_are_allowed_in_every_spelling(settings, allowed):
    settings.ALLOWED_HOSTS = allowed

    assert _found("ALLOWED_HOSTS") == []


def test_others_must_not_look_into_the_secrets(tmp_path):
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o755)
    secrets.chmod(0o755)

    (finding,) = _found("secrets")

    assert (finding.level, finding.remedy) == (Level.BAD, f"Run: chmod 700 {secrets}")


def test_a_disk_that_fills_up_is_told(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 1024**2))

    (finding,) = _found("disk")

    assert (finding.level, finding.said.startswith("5 MiB are free")) == (Level.WARNING, True)


def test_missing_fonts_are_named(monkeypatch):
    monkeypatch.setattr(faces, "missing", lambda: ["NotoSansThai"])

    (finding,) = _found("fonts")

    assert (finding.level, finding.said) == (Level.BAD, "PDFs lack NotoSansThai")


def test_a_mail_server_that_refuses_is_told_without_its_words(monkeypatch):
    def refuse():
        return SimpleNamespace(open=_raise)

    def _raise():
        raise smtplib.SMTPAuthenticationError(535, b"user ada@example.com password hidden")

    monkeypatch.setattr(doctor, "get_connection", refuse)

    (finding,) = _found("mail")

    assert (finding.level, finding.said) == (
        Level.BAD, "the mail server does not take us (SMTPAuthenticationError)",
    )  # fmt: skip


def test_without_a_database_nothing_else_is_asked(monkeypatch):
    def refuse():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(doctor.connection, "ensure_connection", refuse)

    last = list(doctor.examine())[-1]

    assert (last.name, last.level, last.said) == (
        "database", Level.BAD, "it does not answer: connection refused",
    )  # fmt: skip


def test_without_tables_nothing_else_is_asked(monkeypatch):
    monkeypatch.setattr(health, "migrations", lambda: "3 migrations are missing: run it")

    last = list(doctor.examine())[-1]

    assert last == Finding(
        "migrations", Level.BAD, "3 migrations are missing", "Run: manage.py migrate"
    )


def test_a_worker_that_is_silent_is_told(monkeypatch):
    monkeypatch.setattr(health, "worker", lambda: "no worker has been heard of: run it")

    (finding,) = _found("worker")

    assert (finding.level, finding.said) == (Level.BAD, "no worker has been heard of")


def _round_at(at):
    invariant_rounds.work(until=at + timedelta(hours=1), now=lambda: at)


def test_what_contradicts_itself_is_told(scope):
    CustomerFactory(balance=100, currency="usd")
    _round_at(clock.now())

    (found,) = _found("integrity")

    assert (found.level, found.said) == (Level.BAD, "2 findings: customers.balance, customers.told")


def test_a_round_long_ago_is_told(scope):
    _round_at(clock.now() - timedelta(days=3))

    (found,) = _found("integrity")

    assert found.level == Level.WARNING
    assert "nobody has looked through" in found.said


def test_a_round_of_this_night_is_well(scope):
    _round_at(clock.now() - timedelta(hours=3))

    (found,) = _found("integrity")

    assert found.level == Level.WELL
    assert "all that is stored agrees" in found.said


def test_clocks_that_differ_are_told(monkeypatch):
    now = clock.now()
    monkeypatch.setattr(doctor.clock, "now", lambda: now - timedelta(minutes=5))

    (finding,) = _found("clock")

    assert finding.level == Level.BAD


@pytest.fixture
def gateway_account():
    site = SiteFactory()
    with scoped_to(site, livemode=True):
        yield GatewayAccount.objects.create(
            id=GatewayAccount.new_id(), site=site, livemode=True, created_at=clock.now(),
            kind="stripe", credentials=b"sealed under another key",
        )  # fmt: skip


def test_what_no_key_opens_is_told(gateway_account):
    (finding,) = _found("sealed values")

    assert (finding.level, finding.said) == (
        Level.BAD, "1 of 1 cannot be opened with SEALING_KEYS",
    )  # fmt: skip


def test_gateways_are_asked_whether_they_take_our_credentials(gateway_account, monkeypatch):
    def refuse():
        raise Refused("Invalid API Key provided")

    refusing = SimpleNamespace(check=refuse)
    monkeypatch.setattr(gateway_accounts, "gateway_of", lambda _: refusing)

    (finding,) = _found(f"Stripe of {gateway_account.site.slug}, live")

    assert (finding.level, "Invalid API Key" in finding.said) == (Level.BAD, True)


@pytest.mark.parametrize(
    ("level", "code"), [(Level.WELL, None), (Level.WARNING, None), (Level.BAD, 1)]
)
def test_the_command_ends_with_1_where_something_is_broken(monkeypatch, capsys, level, code):
    finding = Finding("part", level, "as it is", "Mend it." if level != Level.WELL else "")
    monkeypatch.setattr(doctor, "examine", lambda: iter([finding]))

    try:
        call_command("doctor", json=True)
        ended = None
    except SystemExit as end:
        ended = end.code

    assert ended == code
    assert f'"level":"{level}"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("level", "is_told"), [(Level.WELL, False), (Level.WARNING, True), (Level.BAD, True)]
)
def test_who_has_to_mend_something_is_led_to_the_documentation(monkeypatch, capsys, level, is_told):
    monkeypatch.setattr(doctor, "examine", lambda: iter([Finding("mail", level, "so it is")]))

    with contextlib.suppress(SystemExit):
        call_command("doctor")

    told = "More of it: https://billing.example.com/docs/operations\n"
    assert (told in capsys.readouterr().out) is is_told


def test_months_that_nobody_made_are_told(monkeypatch):
    last = partitions.last_made()
    monkeypatch.setattr(clock, "now", lambda: start_of(last))

    (finding,) = _found("months")

    assert (finding.level, finding.said) == (
        Level.WARNING,
        f"events have tables until {last:%Y-%m} only",
    )


def test_events_without_a_month_are_told(scope, monkeypatch):
    month = following(partitions.last_made(), 3)
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: start_of(month))
        events.publish("customer.updated", CustomerFactory(), at=start_of(month))

    (finding,) = _found("months")

    assert (finding.level, finding.said) == (
        Level.WARNING,
        "outside the tables of their months: 1 events and deliveries",
    )
