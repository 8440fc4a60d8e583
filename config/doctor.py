"""What `manage.py doctor` looks at; every finding that is not well says how to mend it.

It reads and asks, and changes nothing. Gateways and the mail server are asked over the network, each for some seconds.
"""

import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection

from config import env, health, mail, server_findings
from config.database.errors import ClusterError
from config.finding import Finding, Level, well
from customers.events.services import partitions
from customers.kit import clock, sealing
from customers.kit.errors import DomainError
from customers.kit.partitions import month_of
from customers.kit.tenancy import every_site, scoped_to
from customers.services import findings, invariant_rounds
from payments.billing.documents import faces
from payments.models import GatewayAccount
from payments.services import gateway_accounts

_KEY_LENGTH = 32  # characters
_OLDEST_POSTGRES = 150_000  # as the server counts: 15.0
_SKEW = timedelta(seconds=2)  # between this machine's clock and the database's
_ROOM = 1024**3  # bytes that should be free where data are kept
_ROUND = timedelta(days=2)  # within which the worker has looked through all that is stored
_SAMPLE = 200  # sealed values that are tried


def examine() -> Iterator[Finding]:
    """Yield what is found, part by part; what lies in tables only where there are all of them."""
    for look in _OUTSIDE:
        yield from look()
    for ground in (_database, _migrations):
        finding = ground()
        yield finding
        if finding.level == Level.BAD:
            return
    for look in _INSIDE:
        yield from look()


def _keys() -> Iterator[Finding]:
    kept = {
        "SECRET_KEY": [settings.SECRET_KEY],
        "HASHING_KEY": [settings.HASHING_KEY],
        "SEALING_KEYS": settings.SEALING_KEYS,
    }
    for name, values in kept.items():
        shortest = min(len(value) for value in values)
        if shortest >= _KEY_LENGTH:
            yield well(name, f"{shortest} characters")
            continue
        yield Finding(
            name, Level.WARNING, f"has {shortest} characters, which can be guessed",
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'. In SEALING_KEYS it stands "
            "before the old one; a new HASHING_KEY makes every API key invalid.",
        )  # fmt: skip
    if len({*kept["SECRET_KEY"], *kept["HASHING_KEY"], *kept["SEALING_KEYS"]}) < 2 + len(
        settings.SEALING_KEYS
    ):
        yield Finding("keys", Level.WARNING, "two of them are the same", "Give each a value of its own.")  # fmt: skip


def _https() -> Iterator[Finding]:
    host = env.host_of(settings.PUBLIC_URL)
    is_at_home = host in {"127.0.0.1", "localhost", "[::1]"}
    if not host:
        yield Finding(
            "PUBLIC_URL", Level.BAD, f"{settings.PUBLIC_URL} is no address",
            "Set it to where people reach you, such as https://billing.example.com.",
        )  # fmt: skip
        return
    if settings.HTTPS or is_at_home:
        yield well("PUBLIC_URL", settings.PUBLIC_URL)
    else:
        yield Finding(
            "PUBLIC_URL", Level.BAD, f"{settings.PUBLIC_URL} is not encrypted",
            "Put a proxy that speaks HTTPS in front, set PUBLIC_URL to its https:// address and BEHIND_PROXY=true.",
        )  # fmt: skip
    if settings.HTTPS and not settings.BEHIND_PROXY:
        yield Finding(
            "BEHIND_PROXY", Level.WARNING, "is off, though HTTPS is spoken by something in front",
            "Set BEHIND_PROXY=true where that proxy sets X-Forwarded-Proto and X-Forwarded-For itself.",
        )  # fmt: skip
    if not is_at_home and not _is_allowed(host):
        yield Finding(
            "ALLOWED_HOSTS", Level.BAD, f"does not name {host}, the host of PUBLIC_URL: every page answers 400",
            f"Add {host} to ALLOWED_HOSTS.",
        )  # fmt: skip


def _is_allowed(host: str) -> bool:
    named = (one.lower() for one in settings.ALLOWED_HOSTS)
    return any(
        one in {"*", host} or (one.startswith(".") and f".{host}".endswith(one)) for one in named
    )


def _policy() -> Iterator[Finding]:
    allowed = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    wide = sorted(
        f"{name} {source}"
        for name, sources in allowed.items()
        for source in sources
        if source in {"*", "http:", "https:", "'unsafe-inline'", "'unsafe-eval'"}
    )
    if allowed["default-src"] == ["'none'"] and not wide:
        yield well("CSP", "pages load nothing but our own files")
    else:
        yield Finding(
            "CSP", Level.BAD, f"pages may load more than our own files: {', '.join(wide) or 'default-src'}",
            "Undo the change to CONTENT_SECURITY_POLICY in config/settings.py.",
        )  # fmt: skip


def _data_folder() -> Iterator[Finding]:
    folder: Path = settings.DATA_DIR
    if not folder.exists():
        yield well("DATA_DIR", f"{folder} does not exist yet; manage.py start makes it")
        return
    free = shutil.disk_usage(folder).free
    if free < _ROOM:
        yield Finding(
            "disk", Level.WARNING, f"{free // 1024**2} MiB are free in {folder}",
            "Make room before the disk is full: writes are refused then.",
        )  # fmt: skip
    else:
        yield well("disk", f"{free // 1024**3} GiB are free in {folder}")
    secrets = folder / "secrets"
    if secrets.exists() and stat.S_IMODE(secrets.stat().st_mode) & 0o077:
        yield Finding("secrets", Level.BAD, f"others can look into {secrets}", f"Run: chmod 700 {secrets}")  # fmt: skip


def _fonts() -> Iterator[Finding]:
    missing = faces.missing()
    if missing:
        yield Finding(
            "fonts", Level.BAD, f"PDFs lack {', '.join(missing)}",
            "Install the project's dependencies again: pip install -e .",
        )  # fmt: skip
    else:
        yield well("fonts", "PDFs have every script that we ship")


def _mail() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND == mail.KEEPING:
        yield Finding(
            "mail", Level.WARNING, f"none leaves this machine; it is kept in {settings.EMAIL_FILE_PATH}",
            "Set EMAIL_URL or EMAIL_PROVIDER, and DEFAULT_FROM_EMAIL.",
        )  # fmt: skip
        return
    way = get_connection()
    try:
        way.open()
        way.close()
    except (OSError, SMTPException) as error:
        yield Finding(
            "mail", Level.BAD, f"the mail server does not take us ({type(error).__name__})",
            "Check host, port, user and password in EMAIL_URL; then run: manage.py sendtestemail you@example.com",
        )  # fmt: skip
    else:
        yield well("mail", f"sent as {settings.DEFAULT_FROM_EMAIL}")


def _database() -> Finding:
    try:
        connection.ensure_connection()
    except (DatabaseError, ClusterError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        remedy = (
            "See the log in DATA_DIR/postgres, and that DATA_DIR can be written."
            if settings.EMBEDDED
            else "Check that the server runs and that DATABASE_URL names it."
        )
        return Finding("database", Level.BAD, f"it does not answer: {reason}", remedy)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
        )
        number, version = cursor.fetchone()
    if number < _OLDEST_POSTGRES:
        return Finding(
            "database", Level.BAD, f"PostgreSQL {version}", "Move to PostgreSQL 15 or newer."
        )
    return well("database", f"PostgreSQL {version}{', our own' if settings.EMBEDDED else ''}")


def _role() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        name, is_superuser = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        has_trigrams = cursor.fetchone()[0]
    if is_superuser and not settings.EMBEDDED:
        yield Finding(
            "role", Level.WARNING, f"{name} is a superuser",
            "Make a role that only owns this database, and name it in DATABASE_URL.",
        )  # fmt: skip
    else:
        yield well("role", name)
    if not has_trigrams:
        yield Finding(
            "pg_trgm", Level.WARNING, "is not there: finding a part of a name reads every row",
            "On a PostgreSQL of your own, run: CREATE EXTENSION pg_trgm; the embedded one has none.",
        )  # fmt: skip


def _migrations() -> Finding:
    said = health.migrations()
    if said == "ok":
        return well("migrations", "up to date")
    return Finding("migrations", Level.BAD, said.partition(":")[0], "Run: manage.py migrate")


def _worker() -> Iterator[Finding]:
    said = health.worker()
    if said == "ok":
        yield well("worker", "heard of within a minute")
    else:
        yield Finding(
            "worker", Level.BAD, said.partition(":")[0], "Run: manage.py start, or manage.py worker"
        )


def _jobs() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        failed = cursor.fetchone()[0]
    if failed:
        yield Finding(
            "jobs", Level.WARNING, f"{failed} were given up after every try",
            "Look for their tracebacks in the worker's log.",
        )  # fmt: skip
    else:
        yield well("jobs", "none was given up")


def _integrity() -> Iterator[Finding]:
    found = findings.counts()
    oldest = invariant_rounds.standing().oldest
    if found:
        yield Finding(
            "integrity", Level.BAD, f"{sum(found.values())} findings: {', '.join(sorted(found))}",
            "Run: manage.py invariants, or see the dashboard, under Developers, Integrity.",
        )  # fmt: skip
    elif oldest is None:
        yield well("integrity", "all that is stored is being looked through for the first time")
    elif clock.now() - oldest > _ROUND:
        yield Finding(
            "integrity", Level.WARNING, f"nobody has looked through all that is stored since {oldest:%Y-%m-%d}",
            "The worker does so every night: see that it runs, and its log.",
        )  # fmt: skip
    else:
        yield well("integrity", f"all that is stored agrees, as of {oldest:%Y-%m-%d %H:%M} UTC")


def _clock() -> Iterator[Finding]:
    before = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    skew = abs(there - before - (clock.now() - before) / 2)
    if skew > _SKEW:
        yield Finding(
            "clock", Level.BAD, f"this machine and the database differ by {skew.total_seconds():.0f} s",
            "Let both follow a time server (timedatectl set-ntp true).",
        )  # fmt: skip
    else:
        yield well("clock", "as the database's")


def _months() -> Iterator[Finding]:
    last, outside = partitions.last_made(), partitions.outside()
    if last <= month_of(clock.now()):
        yield Finding(
            "months", Level.WARNING, f"events have tables until {last:%Y-%m} only",
            "Run: manage.py start, or manage.py worker, which makes those of the next months.",
        )  # fmt: skip
    elif outside:
        yield Finding(
            "months", Level.WARNING, f"outside the tables of their months: {outside} events and deliveries",
            "Those of coming months, made by test clocks of older versions, go into theirs by themselves. The others, "
            "in events_event_default and events_delivery_default, work as any, and are never let go of.",
        )  # fmt: skip
    else:
        yield well("months", f"events have tables until {last:%Y-%m}")


def _sealed() -> Iterator[Finding]:
    with every_site():
        kept = list(
            GatewayAccount.objects.exclude(credentials=b"").values_list("credentials", flat=True)[:_SAMPLE]
        )  # fmt: skip
    closed = sum(not _opens(bytes(value)) for value in kept)
    if closed:
        yield Finding(
            "sealed values", Level.BAD, f"{closed} of {len(kept)} cannot be opened with SEALING_KEYS",
            "Add the key that sealed them behind the first one.",
        )  # fmt: skip
    else:
        yield well("sealed values", "SEALING_KEYS open what was looked at")


def _opens(value: bytes) -> bool:
    try:
        sealing.unseal(value)
    except sealing.CannotUnseal:
        return False
    return True


def _gateways() -> Iterator[Finding]:
    with every_site():
        active = GatewayAccount.objects.filter(is_active=True).exclude(kind="sandbox")
        accounts = list(active.select_related("site"))
    for account in accounts:
        name = f"{account.get_kind_display()} of {account.site.slug}, {'live' if account.livemode else 'test'}"
        try:
            with scoped_to(account.site, livemode=account.livemode):
                gateway_accounts.ask(account)
        except (DomainError, sealing.CannotUnseal) as error:
            yield Finding(
                name, Level.BAD, str(error) or "its credentials cannot be opened",
                "Enter the credentials again in the dashboard, under Settings, Payment gateway.",
            )  # fmt: skip
        else:
            yield well(name, "takes our credentials")


_Look = Callable[[], Iterator[Finding]]
_OUTSIDE: tuple[_Look, ...] = (_keys, _https, _policy, _data_folder, _fonts, _mail)
_INSIDE: tuple[_Look, ...] = (
    server_findings.look_at_pooler,
    server_findings.look_at_replicas,
    _role,
    _worker,
    _jobs,
    _integrity,
    _clock,
    _months,
    _sealed,
    _gateways,
)
