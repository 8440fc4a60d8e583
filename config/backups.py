"""Backups of the embedded database: made while everything runs, restored into an empty installation.

A backup is a tar of `manifest.json` and `database.dump` (PostgreSQL's custom format), and beside it a file with the
secrets without which sealed values cannot be opened and no API key is known. Who has both reads everything; so they are
two files, to be kept in two places.
"""

import hashlib
import io
import os
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from config.database import binaries
from config.env import BASE_DIR

FORMAT = 1
_MANIFEST, _DUMP = "manifest.json", "database.dump"
_SECRETS = ("SECRET_KEY", "HASHING_KEY", "SEALING_KEYS")
_PIECE = 1024 * 1024  # bytes


class Refused(Exception):
    """A backup cannot be made or restored; the message is one sentence for whoever asked."""


def create(target: Path, secrets: Path, *, at: datetime) -> Mapping[str, Any]:
    """Write a backup and the secrets that belong to it; both appear only when they are complete.

    Args:
        target: the file for the backup.
        secrets: the file for the secrets.
        at: now; the manifest names it.

    Returns:
        The manifest: `made_at`, `keeptab`, `postgres`, `migrations`, `rows` by table, `bytes` and `sha256` of the dump,
        `secrets` as digests.

    Raises:
        Refused: the database is not the embedded one, or empty, or PostgreSQL's program failed, or the files cannot be
            written.
    """
    _only_embedded("backup")
    dump = target.with_name(f".{target.name}.dump")
    try:
        with _snapshot() as (snapshot, rows):
            if not rows:
                raise Refused(
                    f"The database in {settings.DATA_DIR} is empty; DATA_DIR names the folder of another."
                )
            dump.touch(mode=0o600)
            _run(
                [
                    *_program("pg_dump"),
                    "--format=custom",
                    f"--snapshot={snapshot}",
                    f"--file={dump}",
                ]
            )
        manifest = _manifest(dump, rows, at=at)
        _write(target, lambda file: _pack(file, manifest, dump))
        kept = {name: _secret(name) for name in _SECRETS}
        _write(secrets, lambda file: file.write(orjson.dumps(kept, option=orjson.OPT_INDENT_2)))
    except OSError as error:
        raise Refused(
            f"The backup cannot be written: {(error.strerror or str(error)).lower()}."
        ) from error
    finally:
        dump.unlink(missing_ok=True)
    return manifest


def restore(source: Path, secrets: Path) -> Mapping[str, Any]:
    """Fill an empty installation from a backup, and make sure that everything arrived.

    Args:
        secrets: the file that was written beside the backup.

    Returns:
        The backup's manifest.

    Raises:
        Refused: the database is not the embedded one or not empty, a file is none of ours, is damaged, or was made by a
            newer version; nothing was changed then.
    """
    _only_embedded("restore")
    manifest = _read_manifest(source)
    kept = _read_secrets(secrets, manifest)
    _refuse_newer(manifest)
    _check_dump(source, manifest)
    _refuse_filled()
    with _opened(source) as archive, _member(archive, _DUMP) as dump:
        command = [*_program("pg_restore"), "--no-owner", "--exit-on-error", "--single-transaction"]
        _run(command, given=dump)
    folder = settings.DATA_DIR / "secrets"
    for name, value in kept.items():
        _write(folder / name.lower(), lambda file, value=value: file.write(value.encode()))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        found = _count(cursor)
    if found != manifest["rows"]:
        tables = [name for name in manifest["rows"] if manifest["rows"][name] != found.get(name)]
        raise Refused(f"Rows are missing after the restore, in {', '.join(sorted(tables))}.")
    return manifest


def _only_embedded(what: str) -> None:
    if not settings.EMBEDDED:
        raise Refused(
            f"manage.py {what} is for the embedded database; for your own, use the tools of PostgreSQL (pg_dump, WAL "
            "archiving), and keep SECRET_KEY, HASHING_KEY and SEALING_KEYS apart."
        )


def _program(name: str) -> list[str]:
    params = connection.get_connection_params()
    there = [f"--host={params['host']}", f"--port={params['port']}", f"--username={params['user']}"]
    return [str(binaries.installed() / name), *there, f"--dbname={params['dbname']}"]


def _run(command: list[str], *, given: IO[bytes] | None = None) -> None:
    """Run one of PostgreSQL's programs, with what it is to read, if anything.

    Raises:
        Refused: it failed.
    """
    with subprocess.Popen(  # noqa: S603 -- programs of ours, arguments of ours
        command, stdin=subprocess.PIPE if given else subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            while given is not None and process.stdin and (piece := given.read(_PIECE)):
                process.stdin.write(piece)
        except BrokenPipeError:  # it has ended, and says why
            pass
        _, errors = process.communicate()
    if process.returncode:
        said = errors.decode("utf-8", "replace").strip().splitlines()
        raise Refused(f"PostgreSQL says: {said[-1] if said else 'nothing'}")


@contextmanager
def _snapshot() -> Iterator[tuple[str, dict[str, int]]]:
    """Hold the database's state still for other readers, for the length of a block; yield its name and all counts."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield name, _count(cursor)


def _count(cursor: Any) -> dict[str, int]:
    """Return how many rows each table has."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    found = {}
    for (table,) in cursor.fetchall():
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        found[table] = cursor.fetchone()[0]
    return found


def _manifest(dump: Path, rows: Mapping[str, int], *, at: datetime) -> dict[str, Any]:
    with dump.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    applied = MigrationLoader(connection).applied_migrations
    return {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "keeptab": _version(),
        "postgres": binaries.version(binaries.installed()),
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
        "rows": dict(rows),
        "bytes": dump.stat().st_size,
        "sha256": digest,
        "secrets": {name: _digest(_secret(name)) for name in _SECRETS},
    }


def _version() -> str:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def _secret(name: str) -> str:
    value = getattr(settings, name)
    return ",".join(value) if isinstance(value, list) else value


def _digest(secret: str) -> str:
    """Return by what a secret is known again, and from which it cannot be guessed: they have 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def _pack(file: IO[bytes], manifest: Mapping[str, Any], dump: Path) -> None:
    with tarfile.open(fileobj=file, mode="w") as archive:
        text = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
        head = tarfile.TarInfo(_MANIFEST)
        head.size = len(text)
        archive.addfile(head, io.BytesIO(text))
        body = tarfile.TarInfo(_DUMP)
        body.size = manifest["bytes"]
        with dump.open("rb") as content:
            archive.addfile(body, content)


def _write(path: Path, fill: Any) -> None:
    """Write a file for nobody but its owner, under its name only when it is complete and on the disk."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        with draft.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source, mode="r:") as archive:
            yield archive
    except (tarfile.TarError, KeyError, orjson.JSONDecodeError) as error:
        raise Refused(f"{source} is no backup of Keeptab, or it is damaged.") from error
    except OSError as error:
        raise Refused(
            f"{source} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error


@contextmanager
def _member(archive: tarfile.TarFile, name: str) -> Iterator[IO[bytes]]:
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    with content:
        yield content


def _read_manifest(source: Path) -> dict[str, Any]:
    with _opened(source) as archive, _member(archive, _MANIFEST) as content:
        manifest: dict[str, Any] = orjson.loads(content.read())
    if manifest.get("format") != FORMAT:
        raise Refused(f"{source} is of another format than this version of Keeptab reads.")
    return manifest


def _read_secrets(path: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    try:
        kept: dict[str, str] = orjson.loads(path.read_bytes())
        fits = {name: _digest(kept[name]) for name in _SECRETS} == manifest["secrets"]
    except OSError as error:
        raise Refused(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        fits = False
    if not fits:
        raise Refused(f"{path} does not hold the secrets that belong to this backup.")
    return {name: kept[name] for name in _SECRETS}


def _refuse_newer(manifest: Mapping[str, Any]) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        raise Refused(
            f"The backup was made by a newer version of Keeptab ({manifest['keeptab']}): install that one first. "
            f"Unknown here: {unknown[0]}."
        )


def _check_dump(source: Path, manifest: Mapping[str, Any]) -> None:
    digest = hashlib.sha256()
    with _opened(source) as archive, _member(archive, _DUMP) as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != manifest["sha256"]:
        raise Refused(f"{source} is damaged: its content is not what was written.")


def _refuse_filled() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        (tables,) = cursor.fetchone()
    if tables:
        raise Refused(
            f"The database in {settings.DATA_DIR} is not empty; restore into another folder (DATA_DIR=…)."
        )
