"""What can be set from outside: each variable with its meaning and unit, and what is in force."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from config import env, mail
from customers.kit import scrubbing

_WITH_DATABASE = "kept in DATA_DIR/secrets; required with DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment; NAME_FILE may name a file that holds its value.

    Args:
        default: what counts when it is not set, in words or as a value.
        meaning: what it decides, with its unit.
        example: a value that makes sense.
        setting: Django's setting that holds what is in force, where that is more than the variable's text.
        is_secret: the value is never shown.
    """

    name: str
    default: str
    meaning: str
    example: str = ""
    setting: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class InForce:
    """What a variable comes to here.

    Args:
        value: without what is secret in it.
        source: `environment`, `file` or `default`.
    """

    name: str
    value: str
    source: str


VARIABLES = (
    Variable(
        "DATABASE_URL", "the embedded PostgreSQL in DATA_DIR/postgres",
        "the PostgreSQL to use; a folder of Unix sockets as host is spelled %2Frun%2Fpostgresql",
        "postgres://keeptab:password@db.example.com:5432/keeptab",
    ),
    Variable(
        "DATABASE_DIRECT_URL", "DATABASE_URL",
        "the same PostgreSQL past a pooler, where DATABASE_URL names one that lends connections for a transaction each",
        "postgres://keeptab:password@db.example.com:5432/keeptab",
    ),
    Variable(
        "DATABASE_REPLICA_URL", "none",
        "standbys of the same PostgreSQL, separated by commas: they answer lists, searches, reports and exports",
        "postgres://keeptab:password@standby.example.com:5432/keeptab",
    ),
    Variable(
        "DATABASE_REPLICA_WAIT_MS", "50",
        "milliseconds for which a read waits until a replica has caught up with the primary, which answers else",
        "50", "DATABASE_REPLICA_WAIT_MS",
    ),
    Variable(
        "DATA_DIR", "var beside the code",
        "the folder of the embedded database, its secrets, static files, kept mail and logs",
        "/var/lib/keeptab", "DATA_DIR",
    ),
    Variable(
        "SECRET_KEY", _WITH_DATABASE, "signs staff sessions and forms; at least 32 random characters",
        is_secret=True,
    ),
    Variable(
        "HASHING_KEY", _WITH_DATABASE,
        "keys the digests under which API keys are stored; at least 32 random characters, never changed",
        is_secret=True,
    ),
    Variable(
        "SEALING_KEYS", _WITH_DATABASE,
        "encrypt what is kept but secret; separated by commas, the first encrypts, all decrypt",
        is_secret=True,
    ),
    Variable(
        "PUBLIC_URL", "http://127.0.0.1:8000",
        "where people reach the installation; with https://, cookies are for HTTPS only",
        "https://billing.example.com", "PUBLIC_URL",
    ),
    Variable(
        "ALLOWED_HOSTS", "this machine's names and the host of PUBLIC_URL",
        "host names that pages answer to, separated by commas", "billing.example.com", "ALLOWED_HOSTS",
    ),
    Variable(
        "BEHIND_PROXY", "false",
        "true: believe X-Forwarded-Proto and the last address of X-Forwarded-For, which the proxy sets itself",
        "true", "BEHIND_PROXY",
    ),
    Variable(
        "OMISE_HOSTS", "all names of this installation",
        "host names under which Omise's dialect answers at the root, separated by commas",
        "omise.example.com", "OMISE_HOSTS",
    ),
    Variable(
        "API_RATE_LIMIT", "1000", "requests a second for each key and web process; 0: no limit",
        "1000", "API_RATE_LIMIT",
    ),
    Variable(
        "API_KEY_CACHE_SECONDS", "5", "seconds for which a revoked key may still be accepted",
        "5", "API_KEY_CACHE_SECONDS",
    ),
    Variable(
        "EVENTS_RETENTION_DAYS", "0",
        "days for which events are kept, 30 at least, where a site does not choose otherwise; whole months go, so it "
        "may be a month longer; 0: for good, since they are the customers' history",
        "400", "EVENTS_RETENTION_DAYS",
    ),
    Variable(
        "DELIVERIES_RETENTION_DAYS", "90",
        "days for which it is kept what became of telling webhook endpoints, 7 at least, never longer than the events; "
        "whole months go, so it may be a month longer; 0: as long as the events",
        "30", "DELIVERIES_RETENTION_DAYS",
    ),
    Variable(
        "METRICS_TOKEN", "none: there is no such page",
        "lets who sends it as a bearer token read /metrics; at least 32 random characters", is_secret=True,
    ),
    Variable(
        "DRILL_TIME_FACTOR", "1",
        "by what waiting times are multiplied in test mode; with another value than 1, live payments are refused",
        "0.01", "DRILL_TIME_FACTOR",
    ),
    Variable(
        "OUTBOUND_ALLOW", "nowhere",
        "where else than to the gateways and to public addresses we may connect: host:port, separated by commas",
        "127.0.0.1:8420", "OUTBOUND_ALLOW",
    ),
    Variable(
        "EMAIL_URL", "mail is kept in DATA_DIR/mail", "the mail server: smtp+tls://, smtp+ssl:// or smtp://",
        "smtp+tls://user:password@mail.example.com:587",
    ),
    Variable(
        "EMAIL_PROVIDER", "none",
        f"instead of EMAIL_URL, a service that takes mail over HTTPS: {', '.join(mail.PROVIDERS).lower()}",
        "postmark",
    ),
    Variable(
        "DEFAULT_FROM_EMAIL", "required with EMAIL_URL or EMAIL_PROVIDER", "the address that mail comes from",
        "billing@example.com", "DEFAULT_FROM_EMAIL",
    ),
    Variable(
        "EMAIL_TEST_MODE", "true",
        "whether mail of test mode leaves as that of live mode does; false: it is kept in DATA_DIR/mail",
        "false",
    ),
    Variable("LOG_LEVEL", "WARNING", "DEBUG, INFO, WARNING or ERROR; logs go to standard error", "INFO"),
    Variable(
        "LOG_FORMAT", "line", "line: a line of text each; json: a JSON object each, on a line of its own",
        "json",
    ),
    *(
        Variable(
            name, "none", f"what EMAIL_PROVIDER={provider.lower()} needs or may have",
            is_secret=name.endswith(("KEY", "TOKEN")),
        )
        for provider, its in mail.PROVIDERS.items()
        for name in (*its.needs, *its.may_have)
    ),
)  # fmt: skip


def in_force() -> Iterator[InForce]:
    """Yield what each variable comes to, in their order; secrets only by their length.

    Raises:
        ImproperlyConfigured: a file that is to hold a value cannot be read.
    """
    for variable in VARIABLES:
        yield InForce(variable.name, _value(variable), _source(variable.name, os.environ))


def example() -> str:
    """Return the text of a file with every variable, each commented out below its meaning."""
    head = (
        "# Every variable that Keeptab reads, with meaning and default. Take away the # before those that you set.\n"
        "# A value may also lie in a file that NAME_FILE names. `manage.py config` shows what is in force.\n"
    )
    return head + "".join(
        f"\n# {variable.meaning}\n# Default: {variable.default}\n#{variable.name}={variable.example}\n"
        for variable in VARIABLES
    )


def _source(name: str, environment: Mapping[str, str]) -> str:
    if environment.get(f"{name}_FILE"):
        return "file"
    return "environment" if name in environment else "default"


def _value(variable: Variable) -> str:
    text = env.text(variable.name, "")
    if variable.is_secret:
        return f"{len(text)} characters" if text else variable.default
    if variable.setting:
        return _spelled(getattr(settings, variable.setting))
    return scrubbing.scrub_secrets(text) or variable.default


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | frozenset):
        return ",".join(sorted(value)) if value else "-"
    return str(value)
