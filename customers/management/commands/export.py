import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from customers.admin import takeout
from customers.kit.tenancy import scoped_to
from customers.management import choosing
from customers.restkit import takeouts


class Command(BaseCommand):
    help = "Writes a site's data to files: objects as the API of Stripe or of Omise spells them, or lists as CSV."

    def add_arguments(self, parser: ArgumentParser) -> None:
        choosing.add_site(parser)
        parser.add_argument("--mode", choices=["test", "live"], default="test", help="(test)")
        parser.add_argument(
            "--shape", choices=[*takeouts.SHAPES, takeout.CSV], default=takeouts.STRIPE
        )
        parser.add_argument("--list", help="one kind of rows, such as customers; all when absent")
        parser.add_argument(
            "--out", required=True, help="a folder; with --list a file, or - for standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        site = choosing.site(options["site"])
        livemode, shape = options["mode"] == "live", options["shape"]
        known = takeout.names(shape)
        if options["list"] and options["list"] not in known:
            message = f"There is no list '{options['list']}' in this shape: {', '.join(known)}."
            raise CommandError(message)
        wanted = [options["list"]] if options["list"] else known
        choice = takeout.choice_of_all(site, livemode=livemode)
        with _snapshot(), scoped_to(site, livemode=livemode):
            for name, pieces in takeout.files(shape, wanted, choice):
                self._write(options["out"], name, pieces, is_one=bool(options["list"]))

    def _write(self, out: str, name: str, pieces: Iterator[bytes], *, is_one: bool) -> None:
        if is_one and out == "-":
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.flush()
            return
        path = Path(out)
        if not is_one or path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            path /= name
        size = _written(path, pieces)
        self.stderr.write(f"{path}: {size} bytes")


def _written(path: Path, pieces: Iterator[bytes]) -> int:
    """Write a file that nobody else may read, whole or not at all, and return its size in bytes.

    Raises:
        CommandError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            size = sum(map(file.write, pieces))
        part.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    return size


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let all that is read inside be as it was at one moment, so that what files say of each other fits."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
