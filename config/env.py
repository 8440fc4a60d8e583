"""Typed reads of the environment; a value NAME may also lie in the file that NAME_FILE names."""

import os
import re
import secrets
import warnings
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

BASE_DIR = Path(__file__).resolve().parent.parent
_REPLICA_SECONDS = 2  # to connect; the primary waits to take over
_TRUE, _FALSE = {"1", "on", "true", "yes"}, {"", "0", "false", "no", "off"}


def text(name: str, default: str) -> str:
    """Read a text.

    Raises:
        ImproperlyConfigured: the file that is to hold it cannot be read.
    """
    file = os.environ.get(f"{name}_FILE", "")
    if not file:
        return os.environ.get(name, default)
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "it is no text"
        message = f"{name}_FILE names {file}, which cannot be read: {why.lower()}."
        raise ImproperlyConfigured(message) from error


def texts(name: str, default: Sequence[str]) -> list[str]:
    """Read texts that commas separate.

    Raises:
        ImproperlyConfigured: as for `text`.
    """
    return [part.strip() for part in text(name, ",".join(default)).split(",") if part.strip()]


def number(name: str, default: int) -> int:
    """Read a whole number, 0 or more.

    Raises:
        ImproperlyConfigured: it is none.
    """
    value = text(name, str(default)).strip()
    if not (value.isascii() and value.isdigit()):
        message = f"{name} has to be a whole number, and is '{value}'."
        raise ImproperlyConfigured(message)
    return int(value)


def days(name: str, default: int, *, least: int) -> int:
    """Read a number of days: 0, which stands for all days to come, or so many at least.

    Raises:
        ImproperlyConfigured: it is none, or too few.
    """
    value = number(name, default)
    if 0 < value < least:
        message = f"{name} has to be 0 or at least {least} days, and is {value}."
        raise ImproperlyConfigured(message)
    return value


def factor(name: str, default: float) -> float:
    """Read a factor: a number above 0, such as 0.01.

    Raises:
        ImproperlyConfigured: it is none.
    """
    value = text(name, str(default)).strip()
    if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,6})?", value) or float(value) == 0:
        message = f"{name} has to be a number above 0, such as 0.01, and is '{value}'."
        raise ImproperlyConfigured(message)
    return float(value)


def flag(name: str, *, default: bool) -> bool:
    """Read a yes or no.

    Raises:
        ImproperlyConfigured: it is neither.
    """
    value = text(name, str(default)).strip().lower()
    if value not in _TRUE | _FALSE:
        message = f"{name} has to be true or false, and is '{value}'."
        raise ImproperlyConfigured(message)
    return value in _TRUE


def one_of(name: str, choices: Sequence[str], default: str) -> str:
    """Read one of these words, in any letter case.

    Raises:
        ImproperlyConfigured: it is none of them.
    """
    value = text(name, default).strip().upper()
    if value not in choices:
        message = f"{name} has to be one of {', '.join(choices)}, and is '{value}'."
        raise ImproperlyConfigured(message)
    return value


# A machine that vanishes says nothing: without limits, requests would wait for it for minutes.
_NOT_FOR_EVER = {"connect_timeout": 5, "tcp_user_timeout": 20_000}  # seconds; milliseconds


def database(name: str) -> dict[str, Any]:
    """Read the address of a PostgreSQL, for Django; a folder of Unix sockets may stand as its host (`%2Frun%2Fpg`).

    Raises:
        ImproperlyConfigured: it is none.
    """
    return _database(text(name, ""), name)


def _database(url: str, name: str, **patience: int) -> dict[str, Any]:
    """Read an address.

    Args:
        patience: settings of libpq's that hold where the address says nothing else.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of, we refuse
        found: dict[str, Any] = environ.Env.db_url_config(url)
    if not found.get("ENGINE", "").endswith("postgresql") or not found["NAME"]:
        message = f"{name} has to look like postgres://user:password@host:port/name."
        raise ImproperlyConfigured(message)
    options = {**_NOT_FOR_EVER, **patience, **found.get("OPTIONS", {})}
    return {**found, "HOST": unquote(found["HOST"]), "OPTIONS": options}


def more_databases(
    *, direct: str, replicas: Sequence[str], is_embedded: bool
) -> dict[str, dict[str, Any]]:
    """Return the ways to one PostgreSQL beside DATABASE_URL, for Django.

    Args:
        direct: the address past a pooler; empty where there is none.
        replicas: the addresses of standbys.

    Returns:
        By the names under which Django knows them: `direct`, `replica1`, `replica2`, and so on.

    Raises:
        ImproperlyConfigured: one is no address, or there is no PostgreSQL but the embedded one.
    """
    found = {"direct": _database(direct, "DATABASE_DIRECT_URL")} if direct else {}
    for number, url in enumerate(replicas, start=1):
        found[f"replica{number}"] = _database(
            url, "DATABASE_REPLICA_URL", connect_timeout=_REPLICA_SECONDS
        )
    if found and is_embedded:
        message = "DATABASE_DIRECT_URL and DATABASE_REPLICA_URL need DATABASE_URL: the embedded database is one server."
        raise ImproperlyConfigured(message)
    return found


def host_of(url: str) -> str:
    """Return the host of an address, as browsers name it in the header `Host`; an empty text where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # a bracket that is not closed
        return ""
    return f"[{host}]" if ":" in host else host


def email(name: str) -> dict[str, Any]:
    """Read where mail goes, for Django: `smtp://`, `smtp+tls://`, `smtp+ssl://`, or a way to keep it (`filemail:///folder`).

    Raises:
        ImproperlyConfigured: it is none of these.
    """
    url = text(name, "")
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except (ImproperlyConfigured, ValueError):
        found = {}
    kind = found.get("EMAIL_BACKEND", "").rpartition(".")[0].rpartition(".")[2]
    needs = {"smtp": "EMAIL_HOST", "filebased": "EMAIL_FILE_PATH"}.get(kind, "EMAIL_BACKEND")
    if (
        kind not in {"smtp", "console", "filebased", "dummy"}
        or not found[needs]
        or "OPTIONS" in found
    ):
        # What was written may hold a password, so it is not repeated.
        message = (
            f"{name} has to look like smtp+tls://user:password@host:587, smtp+ssl://… or smtp://…."
        )
        raise ImproperlyConfigured(message)
    if kind == "filebased":
        found["EMAIL_FILE_PATH"] = f"/{found['EMAIL_FILE_PATH'].lstrip('/')}"
    return found


def address(name: str) -> str:
    """Read an email address, with or without a name before it; an empty text when it is not set.

    Raises:
        ImproperlyConfigured: it is none.
    """
    value = text(name, "").strip()
    if not value:
        return ""
    _who, spec = parseaddr(value)
    try:
        validate_email(spec)
    except ValidationError as error:
        message = f"{name} has to be an email address, such as Acme <billing@example.com>, and is '{value}'."
        raise ImproperlyConfigured(message) from error
    if len(value.splitlines()) > 1:
        message = f"{name} has to be one line."
        raise ImproperlyConfigured(message)
    return value


def data_dir() -> Path:
    """Return the folder in which this installation keeps its data: DATA_DIR, or `var` beside the code."""
    return Path(text("DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()


def secret(name: str, *, keep_in: Path | None) -> str:
    """Return a secret from the environment or, for a self-contained installation, from its data folder.

    Args:
        keep_in: the folder in which a missing secret is made once and kept (mode 0600);
            None where the operator has to supply it.

    Raises:
        ImproperlyConfigured: the secret is missing and there is no folder to keep one in.
    """
    value = text(name, "")
    if value:
        return value
    if keep_in is None:
        message = f"Set {name}, or {name}_FILE to a file that holds it (at least 32 random bytes, as text)."
        raise ImproperlyConfigured(message)
    try:
        return _kept(keep_in / name.lower())
    except OSError as error:
        message = (
            f"Keeptab cannot keep its secrets in {keep_in}: {(error.strerror or str(error)).lower()}; "
            "choose another folder with DATA_DIR (or start --data-dir)."
        )
        raise ImproperlyConfigured(message) from error


def _kept(path: Path) -> str:
    """Read the secret at `path`; the first process to ask makes it."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)  # link, unlike rename, refuses to replace what a twin has made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
