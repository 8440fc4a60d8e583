import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from customers.kit import clock
from customers.management.output import refusals_as_sentences, table
from customers.models import Site
from customers.services import sites


class Command(BaseCommand):
    help = "Makes and lists sites: the merchants whom this installation serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a site and print its API keys, this once")
        create.add_argument("--name", required=True)
        create.add_argument(
            "--slug", default="", help="its name in addresses; made from the name when absent"
        )
        create.add_argument("--country", default="US", help="ISO 3166-1 (US)")
        create.add_argument("--currency", default="usd", help="ISO 4217 (usd)")
        create.add_argument("--json", action="store_true", help="print JSON")
        listing = verbs.add_parser("list", help="list the sites")
        listing.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals_as_sentences():
            self._create(options) if options["verb"] == "create" else self._list(options)

    def _create(self, options: dict[str, Any]) -> None:
        site, keys = sites.create(
            name=options["name"],
            slug=options["slug"],
            country=options["country"].upper(),
            default_currency=options["currency"].lower(),
            at=clock.now(),
        )
        made = {"id": site.pk, "slug": site.slug, **keys}
        if options["json"]:
            self.stdout.write(json.dumps(made))
            return
        self.stdout.write(table(list(made.items())))
        self.stdout.write("\nThe keys are shown this once; keep them where secrets are kept.")

    def _list(self, options: dict[str, Any]) -> None:
        found = [
            {
                "id": site.pk,
                "slug": site.slug,
                "name": site.name,
                "created": site.created_at.isoformat(),
            }
            for site in Site.objects.order_by("created_at", "pk")
        ]
        if options["json"]:
            self.stdout.write(json.dumps(found))
        elif found:
            self.stdout.write(table([list(site.values()) for site in found]))
        else:
            self.stdout.write(
                "There are no sites yet: make one with manage.py site create --name …"
            )
