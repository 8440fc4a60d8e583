"""`manage.py backup`: everything that is kept, in a file; works while Keeptab runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups
from customers.kit import clock


class Command(BaseCommand):
    help = (
        "Writes a backup of the embedded database to FILE, and the secrets that belong to it to another file. "
        "Keep the two in different places: who has both reads everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--secrets", type=Path, help="file for the secrets (FILE.secrets)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the backup.

        Raises:
            CommandError: it cannot be made.
        """
        target = options["file"].absolute()
        secrets = (options["secrets"] or target.with_name(f"{target.name}.secrets")).absolute()
        try:
            manifest = backups.create(target, secrets, at=clock.now())
        except backups.Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(manifest["rows"].values())
        self.stdout.write(
            f"{rows} rows of {len(manifest['rows'])} tables are in {target} ({manifest['bytes']} bytes)."
        )
        self.stdout.write(f"The secrets are in {secrets}: keep them elsewhere.")
