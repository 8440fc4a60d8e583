"""`manage.py config`: what is in force here, with secrets masked."""

import sys
from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from config import variables


class Command(BaseCommand):
    help = "Shows each variable of the environment with its value in force. Secrets are shown by their length only."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        shape = parser.add_mutually_exclusive_group()
        shape.add_argument("--json", action="store_true", help="a JSON object")
        shape.add_argument(
            "--example",
            action="store_true",
            help="a file of variables to fill in, such as .env.example",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["example"]:
            self.stdout.write(variables.example(), ending="")
            return
        rows = list(variables.in_force())
        if options["json"]:
            shown = {row.name: {"source": row.source, "value": row.value} for row in rows}
            sys.stdout.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n")
            return
        width = max(len(row.name) for row in rows)
        for row in rows:
            self.stdout.write(f"{row.name:{width}}  {row.source:11}  {row.value}")
