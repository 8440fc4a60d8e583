"""`manage.py restore`: a backup becomes an installation again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups


class Command(BaseCommand):
    help = (
        "Fills an empty installation from a backup, and compares it with what was written. Give it an empty folder: "
        "DATA_DIR=/var/lib/keeptab-restored manage.py restore FILE."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--secrets", type=Path, help="file with the secrets (FILE.secrets)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore the backup.

        Raises:
            CommandError: it cannot be restored; nothing was changed then.
        """
        source = options["file"].absolute()
        secrets = (options["secrets"] or source.with_name(f"{source.name}.secrets")).absolute()
        try:
            manifest = backups.restore(source, secrets)
        except backups.Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(manifest["rows"].values())
        self.stdout.write(
            f"{rows} rows of {len(manifest['rows'])} tables are back, as of {manifest['made_at']}."
        )
        self.stdout.write(
            "What happened at a live gateway since then is not known here. Start the web server alone (manage.py web), "
            "compare payments with the gateway's list, and start the worker when you have: it collects what looks due."
        )
