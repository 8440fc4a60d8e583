import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.kit import clock
from customers.kit.provenance import Provenance, acting
from customers.management.output import refusals_as_sentences
from customers.models import Operator, Role, Site
from customers.services import operators, second_factors


class Command(BaseCommand):
    help = "Makes operators: the people who sign in to the dashboard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser(
            "create", help="make an operator, or give one a role at another site"
        )
        create.add_argument("--email", required=True)
        create.add_argument("--name", default="")
        create.add_argument("--site", required=True, help="the site's short name or id")
        create.add_argument("--role", required=True, choices=Role.values)
        create.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input; else one is made",
        )

        reset = verbs.add_parser(
            "reset-second-factor", help="let one who lost phone and recovery codes sign in again"
        )
        reset.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "reset-second-factor":
            self._reset(options["email"])
        else:
            self._create(options)

    def _reset(self, email: str) -> None:
        operator = Operator.objects.filter(email__iexact=email).first()
        if operator is None:
            message = f"There is no operator with the email address '{email}'."
            raise CommandError(message)
        with refusals_as_sentences(), acting(Provenance(door="command", actor=getpass.getuser())):
            second_factors.reset_for(operator, at=clock.now())
        self.stderr.write(f"{operator.email} signs in with the password alone now, and was told.")

    def _create(self, options: dict[str, Any]) -> None:
        site = (
            Site.objects.filter(slug=options["site"]).first()
            or Site.objects.filter(pk=options["site"]).first()
        )
        if site is None:
            message = f"There is no site '{options['site']}': see manage.py site list."
            raise CommandError(message)
        with refusals_as_sentences():
            _operator, password = operators.invite(
                email=options["email"],
                name=options["name"],
                site=site,
                role=options["role"],
                password=_password() if options["password_stdin"] else "",
                at=clock.now(),
            )
        if password and not options["password_stdin"]:
            self.stdout.write(password)
            self.stderr.write("This is the password, shown this once; change it after signing in.")
        self.stderr.write(f"{options['email']} may sign in to {site.name} as {options['role']}.")


def _password() -> str:
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
