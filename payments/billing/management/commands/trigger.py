from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.kit import clock
from customers.kit.tenancy import scoped_to
from customers.management import choosing
from customers.management.output import refusals_as_sentences, table
from payments.billing.services import triggers


class Command(BaseCommand):
    help = "Lets an event come about in test mode, by making the real objects that it tells of."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", nargs="?", help="such as customer.created")
        parser.add_argument("--list", action="store_true", help="list the types that there are")
        choosing.add_site(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.stdout.write("\n".join(triggers.TRIGGERS))
            return
        if not options["type"]:
            raise CommandError("Name a type of events, such as customer.created; --list shows all.")
        site = choosing.site(options["site"])
        with refusals_as_sentences(), scoped_to(site, livemode=False):
            published = triggers.pull(options["type"], at=clock.now())
        self.stdout.write(table([[event.pk, event.type, event.object_id] for event in published]))
