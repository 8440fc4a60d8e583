"""`manage.py doctor`: is everything in order here, and if not, what to do."""

import dataclasses
import sys
from argparse import ArgumentParser
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from config import doctor
from config.finding import Finding, Level

_MARKS = {Level.WELL: "ok  ", Level.WARNING: "warn", Level.BAD: "BAD "}


class Command(BaseCommand):
    help = (
        "Looks at database, migrations, keys, mail, worker, clock, HTTPS, fonts and gateways, and says how to mend "
        "what is not in order. Ends with 1 where something is broken; warnings end with 0."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="a JSON object on each line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each finding as soon as it is made.

        Raises:
            SystemExit: with 1 where something is broken.
        """
        levels = set()
        for finding in doctor.examine():
            levels.add(finding.level)
            self._tell(finding, as_json=options["json"])
        if levels != {Level.WELL} and not options["json"]:
            self.stdout.write(
                f"More of it: {settings.PUBLIC_URL}{reverse('docs-page', args=['operations'])}"
            )
        if Level.BAD in levels:
            sys.exit(1)

    def _tell(self, finding: Finding, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(orjson.dumps(dataclasses.asdict(finding)).decode())
            return
        self.stdout.write(f"{_MARKS[finding.level]}  {finding.name}: {finding.said}")
        if finding.remedy:
            self.stdout.write(f"      {finding.remedy}")
