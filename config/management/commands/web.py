"""`manage.py web`: the web server alone, for any number of machines beside one database."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config import health, server_options, startup
from config.env import BASE_DIR
from config.supervisor import Refused, python


class Command(BaseCommand):
    help = (
        "Serves over HTTP, and nothing else: run it on as many machines as you like, with manage.py worker beside it, "
        "once manage.py migrate has been run. Stop it with Ctrl+C or SIGTERM."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        server_options.add(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Become the web server.

        Raises:
            CommandError: something is in the way.
        """
        address, port = options["bind"], options["port"]
        try:
            startup.check_port(address, port)
            startup.prepare_static()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if (said := health.migrations()) != "ok":
            raise CommandError(f"{said}.")
        connections.close_all()
        sys.stdout.flush()
        os.chdir(BASE_DIR)  # where its modules are found, wherever the command was given
        command = python("config.web", address, str(port), str(options["workers"]))
        os.execv(command[0], command)  # noqa: S606 -- ourselves
